//! Blind indexes: how a sealed column is searched without opening it.

use super::Suite;
use crate::{keys::Keyring, secret::Secret};

const LABEL: &[u8] = b"golden-bell/1 blind index";

/// The first 128 bits of a keyed hash of a column's name and a value: equal for equal values, meaningless without the key.
///
/// An unkeyed hash would not do: all Chinese phone numbers can be tried in minutes.
pub type BlindIndex = [u8; 16];

/// A blind-index key with the suite whose hash it feeds.
#[derive(Debug, Clone)]
pub(crate) struct BlindKey {
    pub(crate) suite: Suite,
    pub(crate) secret: Secret<32>,
}

impl BlindKey {
    fn index(&self, column: &str, value: &str) -> BlindIndex {
        // The length keeps column and value apart: ("ab", "c") is not ("a", "bc").
        let length = (column.len() as u64).to_be_bytes();
        let parts = [LABEL, &length, column.as_bytes(), value.as_bytes()];
        let full = self.suite.ciphers().mac(self.secret.expose(), &parts);
        let mut index = [0; 16];
        for (to, from) in index.iter_mut().zip(full) {
            *to = from;
        }
        index
    }
}

impl Keyring {
    /// The index to store for `value` in `column` (`table.column`). The value must be a canonical form: one spelling, one
    /// index. Columns are apart: the same phone in two tables cannot be matched by who reads the database.
    pub fn blind_index(&self, column: &str, value: &str) -> BlindIndex {
        self.blind_index.current().1.index(column, value)
    }

    /// All indexes under which `value` may stand, current first: one, and more while a rotation is under way.
    pub fn blind_index_candidates(&self, column: &str, value: &str) -> Vec<BlindIndex> {
        self.blind_index.iter().map(|(_, key)| key.index(column, value)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf 'golden-bell/1 blind index\0\0\0\0\0\0\0\014person.phone+8613800138000' |
    /// openssl dgst -sha256 -mac hmac -macopt hexkey:01…01`, likewise with `-sm3`; the first half of each.
    #[test]
    fn known_answers() {
        let answer = |suite| {
            let key = BlindKey { suite, secret: Secret::new([1; 32]) };
            hex::encode(key.index("person.phone", "+8613800138000"))
        };
        assert_eq!(answer(Suite::Aes256Gcm), "b52432c4ba6731c194943618d91e7cd3");
        assert_eq!(answer(Suite::Sm4Gcm), "20b3105ecd52c4afe51a22a59e1aa747");
    }

    #[test]
    fn columns_values_and_keys_are_apart() {
        let keyring = Keyring::random(Suite::Aes256Gcm);
        let index = keyring.blind_index("person.phone", "+8613800138000");
        assert_eq!(index, keyring.blind_index("person.phone", "+8613800138000"));
        assert_ne!(index, keyring.blind_index("family.phone", "+8613800138000"));
        assert_ne!(index, keyring.blind_index("person.phone", "+8613800138001"));
        assert_ne!(index, keyring.blind_index("person.phone+", "8613800138000"));
        assert_ne!(index, keyring.rotate_blind_index().blind_index("person.phone", "+8613800138000"));
    }

    #[test]
    fn an_older_index_is_still_searched_for_until_its_key_is_removed() {
        let before = Keyring::random(Suite::Aes256Gcm);
        let stored = before.blind_index("person.phone", "+8613800138000");
        let after = before.with_suite(Suite::Sm4Gcm);
        let candidates = after.blind_index_candidates("person.phone", "+8613800138000");
        assert_eq!(candidates, [after.blind_index("person.phone", "+8613800138000"), stored]);

        let old = after.blind_index_key_ids().last().unwrap();
        let done = after.remove_blind_index(old).unwrap();
        assert_eq!(done.blind_index_candidates("person.phone", "+8613800138000"), candidates[..1]);
    }
}
