//! What signatures are made of.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// SHA-256 in lower-case hex.
pub(super) fn sha256_hex(bytes: impl AsRef<[u8]>) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
pub(super) fn hmac_sha256(key: &[u8], text: &str) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

/// As RFC 3986 says: all but letters, digits and `-_.~`.
pub(super) fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push_str(&hex::encode_upper([byte]));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use reqwest::Url;

    /// RFC 4231, test case 2.
    #[test]
    fn the_mac_is_that_of_the_rfc() {
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hex::encode(hmac_sha256(b"Jefe", "what do ya want for nothing?")), expected);
    }

    #[test]
    fn a_space_a_star_and_a_tilde_are_as_the_vendors_want_them() {
        assert_eq!(percent_encoded("a b*c~d+é"), "a%20b%2Ac~d%2B%C3%A9");
    }

    proptest! {
        #[test]
        fn what_is_encoded_comes_back_and_an_address_leaves_it_alone(text in ".*") {
            let query = format!("a={}", percent_encoded(&text));
            let mut url = Url::parse("http://h/").unwrap();
            url.set_query(Some(&query));
            prop_assert_eq!(url.query(), Some(query.as_str()));
            let (_, value) = url.query_pairs().next().unwrap();
            prop_assert_eq!(value, text);
        }
    }
}
