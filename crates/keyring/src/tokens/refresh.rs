//! Refresh tokens: random texts of which only a keyed hash is stored.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{keys::Keyring, mac::hmac_sha256, random::random_bytes};

const LABEL: &[u8] = b"golden-bell/1 refresh token";
const REQUEST_LABEL: &[u8] = b"golden-bell/1 repeated request";

/// A new refresh token: 256 random bits, 43 characters of base64url.
pub fn new_refresh_token() -> String {
    URL_SAFE_NO_PAD.encode(random_bytes::<32>())
}

impl Keyring {
    /// What is stored of a refresh token and what a presented one is looked up by. Any text may be given; one that we never
    /// issued gives a hash that is not stored.
    pub fn hash_refresh(&self, token: &str) -> [u8; 32] {
        hmac_sha256(self.refresh.expose(), &[LABEL, token.as_bytes()])
    }

    /// What is stored of a request that may come twice, or of the key it carries: both can be made of names and phones. Under
    /// the same key that is never exchanged, so that a repeat is known at any time.
    pub fn hash_request(&self, text: &str) -> [u8; 32] {
        hmac_sha256(self.refresh.expose(), &[REQUEST_LABEL, text.as_bytes()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Suite;

    #[test]
    fn a_token_is_random_and_fits_a_header() {
        let token = new_refresh_token();
        assert_eq!(token.len(), 43);
        assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
        assert_ne!(token, new_refresh_token());
    }

    #[test]
    fn the_hash_depends_on_token_and_keyring_and_outlives_rotations() {
        let keyring = Keyring::random(Suite::Aes256Gcm);
        let token = new_refresh_token();
        let hash = keyring.hash_refresh(&token);
        assert_ne!(hash, keyring.hash_refresh(&new_refresh_token()));
        assert_ne!(hash, Keyring::random(Suite::Aes256Gcm).hash_refresh(&token));
        let rotated = keyring.rotate_token_key().rotate_master().with_suite(Suite::Sm4Gcm);
        assert_eq!(hash, rotated.hash_refresh(&token));
        assert_eq!(keyring.hash_request("a"), rotated.hash_request("a"));
        assert_ne!(keyring.hash_request(&token), hash, "the two are never taken for one another");
    }
}
