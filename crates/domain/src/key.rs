//! Lookup keys: fixed-size names of canonical forms, public and versioned.

use std::{fmt, ops::RangeInclusive};

use sha2::{Digest, Sha256};

use crate::subject::SubjectKind;

/// The first 128 bits of SHA-256(`golden-bell/1` ‖ kind ‖ 0 ‖ canonical form).
///
/// Not a secret: anyone can compute it (the private check depends on that). Ordered as big-endian bytes, so that a range
/// of keys sharing leading bits is one slice of a sorted list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LookupKey(pub [u8; 16]);

impl LookupKey {
    /// The key of one canonical form.
    pub fn of(kind: SubjectKind, canonical: &str) -> Self {
        Self::of_parts(kind, &[canonical])
    }

    /// The key of the canonical form made by joining `parts`, without building it.
    pub fn of_parts(kind: SubjectKind, parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"golden-bell/1");
        hash.update(kind.as_str().as_bytes());
        hash.update([0]);
        for part in parts {
            hash.update(part.as_bytes());
        }
        let mut key = [0; 16];
        for (to, from) in key.iter_mut().zip(hash.finalize()) {
            *to = from;
        }
        Self(key)
    }

    /// This key with another beginning.
    #[must_use]
    pub const fn beginning(mut self, prefix: KeyPrefix) -> Self {
        let [_, first, second, third] = (prefix.0 << 4).to_be_bytes();
        let [to_first, to_second, to_third, ..] = &mut self.0;
        (*to_first, *to_second) = (first, second);
        *to_third = third | (*to_third & 0x0f);
        self
    }

    /// The bucket of the private check it belongs to.
    pub const fn prefix(&self) -> KeyPrefix {
        let [first, second, third, ..] = self.0;
        KeyPrefix(u32::from_be_bytes([0, first, second, third]) >> 4)
    }
}

/// The first 20 bits of a lookup key: all that a private check tells the server. Some ten thousand mobile numbers share them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyPrefix(u32);

impl KeyPrefix {
    /// How many there are.
    pub const COUNT: u32 = 1 << 20;

    /// The prefix with this value; none at or above [`Self::COUNT`].
    pub fn new(value: u32) -> Option<Self> {
        (value < Self::COUNT).then_some(Self(value))
    }

    /// The prefix written as five hexadecimal digits in lower case, the only way to write it.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.len() == 5 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        u32::from_str_radix(text, 16).ok().filter(|_| plain).and_then(Self::new)
    }

    /// Its value.
    pub const fn value(self) -> u32 {
        self.0
    }

    /// The first and the last key that begin so.
    pub fn keys(self) -> RangeInclusive<LookupKey> {
        LookupKey([0; 16]).beginning(self)..=LookupKey([0xff; 16]).beginning(self)
    }
}

impl fmt::Display for KeyPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:05x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answer() {
        // printf 'golden-bell/1phone\0+8613800138000' | sha256sum
        let key = LookupKey::of(SubjectKind::Phone, "+8613800138000");
        let hex: String = key.0.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "8755495cc0ba378ba9144a57d4022e3a");
    }

    #[test]
    fn prefixes_have_one_spelling_and_hold_their_keys() {
        let key = LookupKey::of(SubjectKind::Phone, "+8613800138000");
        assert_eq!(key.prefix().to_string(), "87554");
        assert_eq!(KeyPrefix::parse("87554"), Some(key.prefix()));
        assert!(key.prefix().keys().contains(&key));
        for text in ["8755", "875549", "8755F", "+7554", " 8755", "8755g", ""] {
            assert_eq!(KeyPrefix::parse(text), None, "{text}");
        }
        let keys = KeyPrefix::parse("0a0ff").expect("a prefix").keys();
        assert_eq!(keys.start().0.first_chunk(), Some(&[0x0a, 0x0f, 0xf0, 0]));
        assert_eq!(keys.end().0.first_chunk(), Some(&[0x0a, 0x0f, 0xff, 0xff]));
        assert_eq!(LookupKey([0xab; 16]).beginning(key.prefix()).prefix(), key.prefix());
        assert_eq!(KeyPrefix::new(KeyPrefix::COUNT), None);
    }

    #[test]
    fn parts_join() {
        assert_eq!(
            LookupKey::of_parts(SubjectKind::Link, &["evil.example", "/a/", "*"]),
            LookupKey::of(SubjectKind::Link, "evil.example/a/*"),
        );
    }
}
