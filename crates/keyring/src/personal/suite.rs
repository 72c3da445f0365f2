//! Cipher suites behind one trait: the international one and the Chinese commercial one (GB/T 39786 asks for it).

use std::fmt;

use aes_gcm::{
    Aes256Gcm, AesGcm,
    aead::{Aead, KeyInit, Payload, consts::U12},
};
use serde::Deserialize;
use sm4::Sm4;
use zeroize::Zeroizing;

use crate::mac::{hmac_sha256, hmac_sm3};

/// Bytes of a nonce in both suites (SP 800-38D, RFC 8998).
pub(crate) const NONCE_BYTES: usize = 12;

/// SM4 in Galois counter mode as RFC 8998 defines it: the construction of AES-GCM with another block cipher.
type Sm4Gcm = AesGcm<Sm4, U12>;

/// An AEAD and a keyed hash that belong together.
pub(crate) trait CipherSuite: Send + Sync {
    /// Ciphertext and 16-byte tag; `None` when the text is longer than the mode allows.
    fn encrypt(&self, key: &[u8; 32], nonce: [u8; NONCE_BYTES], bound: &[u8], text: &[u8]) -> Option<Vec<u8>>;
    /// The text; `None` when anything was changed.
    fn decrypt(&self, key: &[u8; 32], nonce: [u8; NONCE_BYTES], bound: &[u8], sealed: &[u8]) -> Option<Vec<u8>>;
    /// The keyed hash of the joined parts.
    fn mac(&self, key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32];
}

/// Which ciphers seal and index personal data. Both stay readable; the keyring says which is used for what is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Suite {
    /// AES-256-GCM (SP 800-38D) and HMAC-SHA-256.
    #[serde(rename = "aes-256-gcm")]
    Aes256Gcm,
    /// SM4-GCM (RFC 8998, GB/T 32907) and HMAC-SM3 (GB/T 32905).
    #[serde(rename = "sm4-gcm")]
    Sm4Gcm,
}

impl Suite {
    /// The first byte of every ciphertext of the suite.
    pub(crate) const fn id(self) -> u8 {
        match self {
            Self::Aes256Gcm => 1,
            Self::Sm4Gcm => 2,
        }
    }

    pub(crate) const fn from_id(id: u8) -> Option<Self> {
        match id {
            1 => Some(Self::Aes256Gcm),
            2 => Some(Self::Sm4Gcm),
            _ => None,
        }
    }

    pub(crate) const fn ciphers(self) -> &'static dyn CipherSuite {
        match self {
            Self::Aes256Gcm => &International,
            Self::Sm4Gcm => &Chinese,
        }
    }
}

impl std::str::FromStr for Suite {
    type Err = UnknownSuite;

    fn from_str(word: &str) -> Result<Self, UnknownSuite> {
        [Self::Aes256Gcm, Self::Sm4Gcm].into_iter().find(|suite| suite.to_string() == word).ok_or(UnknownSuite)
    }
}

/// The word names no suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the suites are aes-256-gcm and sm4-gcm")]
pub struct UnknownSuite;

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Aes256Gcm => "aes-256-gcm",
            Self::Sm4Gcm => "sm4-gcm",
        })
    }
}

struct International;

impl CipherSuite for International {
    fn encrypt(&self, key: &[u8; 32], nonce: [u8; NONCE_BYTES], bound: &[u8], text: &[u8]) -> Option<Vec<u8>> {
        Aes256Gcm::new(key.into()).encrypt(&nonce.into(), Payload { msg: text, aad: bound }).ok()
    }

    fn decrypt(&self, key: &[u8; 32], nonce: [u8; NONCE_BYTES], bound: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        Aes256Gcm::new(key.into()).decrypt(&nonce.into(), Payload { msg: sealed, aad: bound }).ok()
    }

    fn mac(&self, key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
        hmac_sha256(key, parts)
    }
}

struct Chinese;

impl Chinese {
    /// SM4 takes 16 bytes. They are derived, so that no cipher ever sees the key of another.
    fn cipher(key: &[u8; 32]) -> Sm4Gcm {
        let derived = Zeroizing::new(hmac_sm3(key, &[b"golden-bell/1 sm4-gcm key"]));
        let mut short = Zeroizing::new([0; 16]);
        for (to, from) in short.iter_mut().zip(derived.iter()) {
            *to = *from;
        }
        Sm4Gcm::new((&*short).into())
    }
}

impl CipherSuite for Chinese {
    fn encrypt(&self, key: &[u8; 32], nonce: [u8; NONCE_BYTES], bound: &[u8], text: &[u8]) -> Option<Vec<u8>> {
        Self::cipher(key).encrypt(&nonce.into(), Payload { msg: text, aad: bound }).ok()
    }

    fn decrypt(&self, key: &[u8; 32], nonce: [u8; NONCE_BYTES], bound: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        Self::cipher(key).decrypt(&nonce.into(), Payload { msg: sealed, aad: bound }).ok()
    }

    fn mac(&self, key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
        hmac_sm3(key, parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes<const N: usize>(digits: &str) -> [u8; N] {
        hex::decode(digits).unwrap().try_into().unwrap()
    }

    /// McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 13, 14 and 16 (the last with bound data).
    #[test]
    fn aes_gives_the_answers_of_the_gcm_specification() {
        let suite = Suite::Aes256Gcm.ciphers();
        let none = suite.encrypt(&[0; 32], [0; 12], b"", b"").unwrap();
        assert_eq!(hex::encode(none), "530f8afbc74536b9a963b4f1c4cb738b");

        let zeros = suite.encrypt(&[0; 32], [0; 12], b"", &[0; 16]).unwrap();
        assert_eq!(hex::encode(zeros), "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");

        let key = bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
        let nonce = bytes("cafebabefacedbaddecaf888");
        let bound = hex::decode("feedfacedeadbeeffeedfacedeadbeefabaddad2").unwrap();
        let text = hex::decode(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        )
        .unwrap();
        let sealed = suite.encrypt(&key, nonce, &bound, &text).unwrap();
        assert_eq!(
            hex::encode(&sealed),
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"
        );
        assert_eq!(suite.decrypt(&key, nonce, &bound, &sealed).unwrap(), text);
    }

    /// RFC 8998, appendix A.1.
    #[test]
    fn sm4_gives_the_answer_of_rfc_8998() {
        let cipher = Sm4Gcm::new(&bytes::<16>("0123456789abcdeffedcba9876543210").into());
        let bound = hex::decode("feedfacedeadbeeffeedfacedeadbeefabaddad2").unwrap();
        let text = hex::decode(
            "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccddddddddddddddddeeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
        )
        .unwrap();
        let nonce = bytes::<12>("00001234567800000000abcd").into();
        let sealed = cipher.encrypt(&nonce, Payload { msg: &text, aad: &bound }).unwrap();
        assert_eq!(
            hex::encode(&sealed),
            "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d83de3541e4c2b58177e065a9bf7b62ec"
        );
        assert_eq!(cipher.decrypt(&nonce, Payload { msg: &sealed, aad: &bound }).unwrap(), text);
    }

    #[test]
    fn ids_and_suites_agree() {
        for suite in [Suite::Aes256Gcm, Suite::Sm4Gcm] {
            assert_eq!(Suite::from_id(suite.id()), Some(suite));
        }
        assert_eq!(Suite::from_id(0), None);
        assert_eq!(Suite::from_id(3), None);
    }
}
