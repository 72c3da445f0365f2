//! One-time codes of officers: RFC 6238 with HMAC-SHA-1, six digits, steps of 30 seconds, what every phone app reads.

use chrono::{DateTime, Utc};
use subtle::ConstantTimeEq;
use totp_rs::{Algorithm, Builder, Totp};

use crate::secret::Secret;

const ISSUER: &str = "金钟罩";
const STEP_SECONDS: u64 = 30;

/// The secret an officer's phone shares with us: 160 bits (RFC 4226 section 4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TotpSecret(Secret<20>);

impl TotpSecret {
    /// A new random secret.
    pub fn random() -> Self {
        Self(Secret::random())
    }

    /// The secret of 20 bytes opened from storage; `None` for another length.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Secret::from_slice(bytes).map(Self)
    }

    /// The bytes, to be sealed and stored.
    pub const fn as_bytes(&self) -> &[u8; 20] {
        self.0.expose()
    }

    /// The secret as base32, to be typed into a phone.
    pub fn to_base32(&self) -> String {
        self.totp().secret().to_base32()
    }

    /// The `otpauth://` address for a QR code: issuer 金钟罩, account the user name.
    pub fn to_uri(&self, user_name: &str) -> String {
        let (issuer, account) = (percent_encoded(ISSUER), percent_encoded(user_name));
        let secret = self.to_base32();
        format!("otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30")
    }

    /// The code of the step `now` lies in.
    pub fn code_at(&self, now: DateTime<Utc>) -> String {
        code_of(&self.totp(), step_of(now))
    }

    /// Whether `code` is valid at `now`: its step, to be stored as the new last step, or `None`.
    ///
    /// The step before and the step after are accepted for slow typing and clocks that differ (RFC 6238 section 5.2). A step
    /// not above `last_step`, the last accepted one, is refused: a code passes once. Two processes that accept the same
    /// code at once are kept apart by whoever stores the step (`UPDATE … WHERE last_step < step`).
    pub fn verify(&self, code: &str, now: DateTime<Utc>, last_step: Option<i64>) -> Option<i64> {
        let (totp, current) = (self.totp(), step_of(now));
        let mut accepted = None;
        // All three are always computed, so that time does not tell which was near.
        for step in current.saturating_sub(1)..=current.saturating_add(1) {
            let equal = bool::from(code_of(&totp, step).as_bytes().ct_eq(code.as_bytes()));
            let step = i64::try_from(step).ok()?;
            if equal && last_step.is_none_or(|last| step > last) {
                accepted = accepted.or(Some(step));
            }
        }
        accepted
    }

    fn totp(&self) -> Totp {
        let builder = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6).with_step_duration(STEP_SECONDS);
        builder.with_secret(self.0.expose().as_slice()).build_noncompliant()
    }
}

fn step_of(now: DateTime<Utc>) -> u64 {
    u64::try_from(now.timestamp()).unwrap_or(0) / STEP_SECONDS
}

fn code_of(totp: &Totp, step: u64) -> String {
    totp.generate(step.saturating_mul(STEP_SECONDS)).to_string()
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(3 * text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn secret() -> TotpSecret {
        TotpSecret::from_bytes(b"12345678901234567890").unwrap()
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    /// RFC 6238, appendix B, the SHA-1 column; its eight digits end in our six.
    #[test]
    fn codes_are_those_of_rfc_6238() {
        let vectors = [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ];
        for (seconds, code) in vectors {
            let six: String = code.chars().skip(2).collect();
            assert_eq!(secret().code_at(at(seconds)), six, "{seconds}");
            assert_eq!(secret().verify(&six, at(seconds), None), Some(seconds / 30));
        }
    }

    #[test]
    fn a_code_is_valid_one_step_before_and_after_and_no_further() {
        let code = secret().code_at(at(90_000));
        let step = 3_000;
        for (now, answer) in [
            (89_969, None),
            (89_970, Some(step)),
            (90_000, Some(step)),
            (90_029, Some(step)),
            (90_059, Some(step)),
            (90_060, None),
        ] {
            assert_eq!(secret().verify(&code, at(now), None), answer, "{now}");
        }
    }

    #[test]
    fn a_step_passes_once_and_no_earlier_step_passes_after_it() {
        let (now, next) = (at(90_000), at(90_030));
        let accepted = secret().verify(&secret().code_at(now), now, None);
        assert_eq!(secret().verify(&secret().code_at(now), now, accepted), None);
        assert_eq!(secret().verify(&secret().code_at(now), next, accepted), None);
        assert_eq!(secret().verify(&secret().code_at(next), next, accepted), Some(3_001));
        assert_eq!(secret().verify(&secret().code_at(at(89_970)), now, accepted), None);
        let ahead = secret().verify(&secret().code_at(next), now, None);
        assert_eq!(ahead, Some(3_001));
        assert_eq!(secret().verify(&secret().code_at(now), now, ahead), None);
    }

    #[test]
    fn other_spellings_of_a_code_are_refused() {
        let code = secret().code_at(at(1_111_111_109));
        assert_eq!(code, "081804");
        for wrong in ["81804", " 081804", "081804 ", "0081804", "+81804", "081805", "", "０８１８０４", "081804\n"]
        {
            assert_eq!(secret().verify(wrong, at(1_111_111_109), None), None, "{wrong}");
        }
    }

    #[test]
    fn the_address_is_what_phone_apps_read() {
        assert_eq!(secret().to_base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            secret().to_uri("张三 a@b"),
            "otpauth://totp/%E9%87%91%E9%92%9F%E7%BD%A9:%E5%BC%A0%E4%B8%89%20a%40b\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=%E9%87%91%E9%92%9F%E7%BD%A9\
             &algorithm=SHA1&digits=6&period=30"
        );
    }

    #[test]
    fn times_before_1970_do_not_crash() {
        assert_eq!(secret().verify("000000", at(-1_000_000), None), None);
    }

    proptest! {
        #[test]
        fn any_code_is_judged(code in "\\PC{0,12}", seconds in -10_i64..10_000_000_000, last: Option<i64>) {
            if let Some(step) = secret().verify(&code, at(seconds), last) {
                prop_assert!(last.is_none_or(|last| step > last));
            }
        }
    }
}
