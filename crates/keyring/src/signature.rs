//! Signed requests of upstream systems.
//!
//! The signature is the HMAC-SHA-256, in hex, of five lines joined by a line feed, none at the end: method, path with query
//! as sent, timestamp, nonce, and the SHA-256 of the body in lower-case hex. The key is the secret's text as handed over.
//!
//! Known answer: secret `example-secret`, `POST`, `/api/v1/upstream/contact-events?dry_run=true`, timestamp `1767225600`,
//! nonce `5f2b9c0d-0001`, body `[]` give
//! `939e52811abea0b87be5bf96e638e45a3a57a99f76737140f1194580dc446b8d`.

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::mac::hmac_sha256;

/// How far, in seconds, a timestamp may be from now, in either direction. A nonce seen within twice this is a replay.
pub const WINDOW_SECONDS: i64 = 300;

/// What a signature covers, as it stands in the request.
#[derive(Debug, Clone, Copy)]
pub struct SignedRequest<'a> {
    /// The method in capitals.
    pub method: &'a str,
    /// The path and, after `?`, the query, exactly as sent.
    pub path_and_query: &'a str,
    /// `X-Timestamp`: seconds since 1970, digits only.
    pub timestamp: &'a str,
    /// `X-Nonce`: 8 to 64 of `A-Z a-z 0-9 _ -`.
    pub nonce: &'a str,
    /// The body as sent.
    pub body: &'a [u8],
}

/// Why a signed request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The method or path holds a line break, with which lines could be shifted.
    #[error("method or path with a line break")]
    LineBreak,
    /// The timestamp is not a number of seconds.
    #[error("the timestamp is not digits")]
    Timestamp,
    /// The timestamp is more than [`WINDOW_SECONDS`] from now.
    #[error("the timestamp is more than 300 seconds from now")]
    Stale,
    /// The nonce has another form.
    #[error("the nonce is not 8 to 64 letters, digits, _ or -")]
    Nonce,
    /// The signature is not that of this request under this secret.
    #[error("the signature does not match")]
    Mismatch,
}

impl SignedRequest<'_> {
    /// The signature of the request, 64 lower-case hex digits.
    pub fn sign(&self, secret: &[u8]) -> String {
        hex::encode(self.mac(secret))
    }

    /// Checks form, time and signature. That the nonce is new is for the caller to check, after this and only then: else
    /// strangers could fill its memory.
    ///
    /// # Errors
    /// [`SignatureError`], of which a partner may be told the kind.
    pub fn verify(&self, secret: &[u8], signature: &str, now: DateTime<Utc>) -> Result<(), SignatureError> {
        if [self.method, self.path_and_query].iter().any(|text| text.contains(['\n', '\r'])) {
            return Err(SignatureError::LineBreak);
        }
        if !is_nonce(self.nonce) {
            return Err(SignatureError::Nonce);
        }
        let timestamp = seconds(self.timestamp).ok_or(SignatureError::Timestamp)?;
        if timestamp.abs_diff(now.timestamp()) > WINDOW_SECONDS.unsigned_abs() {
            return Err(SignatureError::Stale);
        }
        let mut given = [0; 32];
        hex::decode_to_slice(signature, &mut given).map_err(|_| SignatureError::Mismatch)?;
        if bool::from(self.mac(secret).ct_eq(&given)) { Ok(()) } else { Err(SignatureError::Mismatch) }
    }

    fn mac(&self, secret: &[u8]) -> [u8; 32] {
        let mut body = [0; 64];
        // Cannot fail: 32 bytes are 64 digits. Were it to, the signature would match nothing.
        let _ = hex::encode_to_slice(Sha256::digest(self.body), &mut body);
        let lines = [self.method, self.path_and_query, self.timestamp, self.nonce];
        let [method, path, timestamp, nonce] = lines.map(str::as_bytes);
        hmac_sha256(secret, &[method, b"\n", path, b"\n", timestamp, b"\n", nonce, b"\n", &body])
    }
}

fn is_nonce(text: &str) -> bool {
    (8..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// Digits only: `i64::from_str` alone would take a sign.
fn seconds(text: &str) -> Option<i64> {
    if text.len() > 12 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECRET: &[u8] = b"example-secret";
    const SIGNATURE: &str = "939e52811abea0b87be5bf96e638e45a3a57a99f76737140f1194580dc446b8d";
    const REQUEST: SignedRequest<'static> = SignedRequest {
        method: "POST",
        path_and_query: "/api/v1/upstream/contact-events?dry_run=true",
        timestamp: "1767225600",
        nonce: "5f2b9c0d-0001",
        body: b"[]",
    };

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    /// `printf '%s\n%s\n%s\n%s\n%s' POST '/api/v1/upstream/contact-events?dry_run=true' 1767225600 5f2b9c0d-0001 \
    /// "$(printf '[]' | sha256sum | cut -d' ' -f1)" | openssl dgst -sha256 -hmac example-secret`
    #[test]
    fn the_known_answer_is_that_of_openssl() {
        assert_eq!(REQUEST.sign(SECRET), SIGNATURE);
        assert_eq!(REQUEST.verify(SECRET, SIGNATURE, at(1_767_225_600)), Ok(()));
        assert_eq!(REQUEST.verify(SECRET, &SIGNATURE.to_uppercase(), at(1_767_225_600)), Ok(()));
    }

    #[test]
    fn any_change_of_the_request_or_secret_is_a_mismatch() {
        let now = at(1_767_225_600);
        let changed = [
            SignedRequest { method: "GET", ..REQUEST },
            SignedRequest { path_and_query: "/api/v1/upstream/contact-events", ..REQUEST },
            SignedRequest { timestamp: "1767225601", ..REQUEST },
            SignedRequest { timestamp: "01767225600", ..REQUEST },
            SignedRequest { nonce: "5f2b9c0d-0002", ..REQUEST },
            SignedRequest { body: b"[] ", ..REQUEST },
        ];
        for request in changed {
            assert_eq!(request.verify(SECRET, SIGNATURE, now), Err(SignatureError::Mismatch), "{request:?}");
        }
        assert_eq!(REQUEST.verify(b"example-secreT", SIGNATURE, now), Err(SignatureError::Mismatch));
        for signature in
            ["", "00", SIGNATURE.trim_end_matches('d'), &format!("{SIGNATURE}00"), &SIGNATURE.replace('a', "g")]
        {
            assert_eq!(REQUEST.verify(SECRET, signature, now), Err(SignatureError::Mismatch), "{signature}");
        }
    }

    #[test]
    fn the_window_is_five_minutes_either_way() {
        for (now, answer) in
            [(-301, Err(SignatureError::Stale)), (-300, Ok(())), (300, Ok(())), (301, Err(SignatureError::Stale))]
        {
            assert_eq!(REQUEST.verify(SECRET, SIGNATURE, at(1_767_225_600 + now)), answer, "{now}");
        }
    }

    #[test]
    fn malformed_parts_are_refused_even_when_signed() {
        let cases = [
            (SignedRequest { timestamp: "+1767225600", ..REQUEST }, SignatureError::Timestamp),
            (SignedRequest { timestamp: "", ..REQUEST }, SignatureError::Timestamp),
            (SignedRequest { timestamp: "1767225600.0", ..REQUEST }, SignatureError::Timestamp),
            (SignedRequest { timestamp: "99999999999999999999", ..REQUEST }, SignatureError::Timestamp),
            (SignedRequest { timestamp: "0", ..REQUEST }, SignatureError::Stale),
            (SignedRequest { nonce: "short12", ..REQUEST }, SignatureError::Nonce),
            (SignedRequest { nonce: "with space", ..REQUEST }, SignatureError::Nonce),
            (SignedRequest { nonce: "with\nbreak", ..REQUEST }, SignatureError::Nonce),
            (SignedRequest { path_and_query: "/a\n1", ..REQUEST }, SignatureError::LineBreak),
            (SignedRequest { method: "POST\r", ..REQUEST }, SignatureError::LineBreak),
        ];
        for (request, error) in cases {
            let signature = request.sign(SECRET);
            assert_eq!(request.verify(SECRET, &signature, at(1_767_225_600)), Err(error), "{request:?}");
        }
        let long = "n".repeat(65);
        let request = SignedRequest { nonce: &long, ..REQUEST };
        assert_eq!(request.verify(SECRET, &request.sign(SECRET), at(1_767_225_600)), Err(SignatureError::Nonce));
    }

    proptest! {
        #[test]
        fn what_is_signed_verifies(path in "/[a-z/?=&]{0,40}", nonce in "[A-Za-z0-9_-]{8,64}", body: Vec<u8>, secret: Vec<u8>) {
            let request = SignedRequest { path_and_query: &path, nonce: &nonce, body: &body, ..REQUEST };
            prop_assert_eq!(request.verify(&secret, &request.sign(&secret), at(1_767_225_600)), Ok(()));
        }

        #[test]
        fn anything_is_judged(method in "\\PC{0,8}", path in "\\PC{0,40}", timestamp in "\\PC{0,14}", nonce in "\\PC{0,70}", signature in "\\PC{0,70}") {
            let request = SignedRequest { method: &method, path_and_query: &path, timestamp: &timestamp, nonce: &nonce, body: b"" };
            prop_assert!(request.verify(SECRET, &signature, at(1_767_225_600)).is_err());
        }
    }
}
