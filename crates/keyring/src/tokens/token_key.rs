//! A key that signs access tokens, with what can be made of it once.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use zeroize::Zeroizing;

use crate::{keys::KeyId, secret::Secret};

/// An HS256 key and the one header its tokens bear.
///
/// A token is verified only when its first part is, byte for byte, the header we write for a key we hold. So `alg`, `typ`
/// and `kid` are what we wrote, and no foreign header (`none`, `jku`, `jwk`, `x5u`, `crit`, a path as `kid`, one name twice)
/// is ever parsed (RFC 8725 sections 3.1, 3.10 and 3.11).
#[derive(Debug, Clone)]
pub(crate) struct TokenKey {
    secret: Secret<32>,
    header: String,
    /// Has taken in the key already: a token is verified at every request.
    mac: Hmac<Sha256>,
}

impl TokenKey {
    pub(crate) fn new(id: KeyId, secret: Secret<32>) -> Self {
        let header = URL_SAFE_NO_PAD.encode(format!(r#"{{"typ":"at+jwt","alg":"HS256","kid":"{id}"}}"#));
        let mut block = Zeroizing::new([0; 64]);
        for (to, from) in block.iter_mut().zip(secret.expose()) {
            *to = *from;
        }
        let mac = <Hmac<Sha256> as KeyInit>::new((&*block).into());
        Self { secret, header, mac }
    }

    pub(crate) const fn secret(&self) -> &Secret<32> {
        &self.secret
    }

    /// The first part of every token of this key.
    pub(super) fn header(&self) -> &str {
        &self.header
    }

    /// The third part for the first two, `message`.
    pub(super) fn sign(&self, message: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(self.mac.clone().chain_update(message).finalize().into_bytes())
    }

    /// Whether `signature`, the third part, is that of the first two; compared in constant time.
    pub(super) fn verifies(&self, message: &[u8], signature: &str) -> bool {
        let mut bytes = [0; 33];
        let Ok(32) = URL_SAFE_NO_PAD.decode_slice(signature, &mut bytes) else { return false };
        let Some(signature) = bytes.get(..32) else { return false };
        self.mac.clone().chain_update(message).verify_slice(signature).is_ok()
    }
}
