//! Lookup keys: fixed-size names of canonical forms, public and versioned.

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
    fn parts_join() {
        assert_eq!(
            LookupKey::of_parts(SubjectKind::Link, &["evil.example", "/a/", "*"]),
            LookupKey::of(SubjectKind::Link, "evil.example/a/*"),
        );
    }
}
