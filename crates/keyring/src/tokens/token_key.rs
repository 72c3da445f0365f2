//! A key that signs access tokens, with what can be made of it once.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, crypto};

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
    signing: EncodingKey,
    verifying: DecodingKey,
}

impl TokenKey {
    pub(crate) fn new(id: KeyId, secret: Secret<32>) -> Self {
        let header = URL_SAFE_NO_PAD.encode(format!(r#"{{"typ":"at+jwt","alg":"HS256","kid":"{id}"}}"#));
        let (signing, verifying) =
            (EncodingKey::from_secret(secret.expose()), DecodingKey::from_secret(secret.expose()));
        Self { secret, header, signing, verifying }
    }

    pub(crate) const fn secret(&self) -> &Secret<32> {
        &self.secret
    }

    /// The first part of every token of this key.
    pub(super) fn header(&self) -> &str {
        &self.header
    }

    /// The third part for the first two, `message`.
    pub(super) fn sign(&self, message: &[u8]) -> Option<String> {
        crypto::sign(message, &self.signing, Algorithm::HS256).ok()
    }

    /// Whether `signature`, the third part, is that of the first two; compared in constant time.
    pub(super) fn verifies(&self, message: &[u8], signature: &str) -> bool {
        crypto::verify(signature, message, &self.verifying, Algorithm::HS256).unwrap_or(false)
    }
}
