//! Keys of one purpose: one current, older ones kept.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, de::Error};

use crate::random::random_bytes;

/// The name of a key within its purpose: 8 lower-case hex digits. Random, so that two copies of a key file rotated apart
/// never give one name to two keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId(u32);

impl KeyId {
    pub(crate) const fn from_bytes(bytes: [u8; 4]) -> Self {
        Self(u32::from_be_bytes(bytes))
    }

    pub(crate) const fn to_bytes(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

impl FromStr for KeyId {
    type Err = hex::FromHexError;

    fn from_str(text: &str) -> Result<Self, hex::FromHexError> {
        let mut bytes = [0; 4];
        hex::decode_to_slice(text, &mut bytes)?;
        Ok(Self::from_bytes(bytes))
    }
}

impl<'de> Deserialize<'de> for KeyId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(|_| D::Error::custom("not a key id"))
    }
}

/// The current key apart from the older ones, so that there always is one. Older ones are newest first.
#[derive(Debug, Clone)]
pub(crate) struct KeySet<K> {
    current: (KeyId, K),
    older: Vec<(KeyId, K)>,
}

impl<K: Clone> KeySet<K> {
    /// One key under a new id.
    pub(crate) fn new(make: impl FnOnce(KeyId) -> K) -> Self {
        let id = KeyId::from_bytes(random_bytes());
        Self { current: (id, make(id)), older: Vec::new() }
    }

    /// The keys in the order of a key file: oldest first, the last is current. `None` when there is none or one id twice.
    pub(crate) fn from_oldest_first(mut keys: Vec<(KeyId, K)>) -> Option<Self> {
        let twice = keys.iter().enumerate().any(|(at, (id, _))| keys.iter().skip(at + 1).any(|(other, _)| other == id));
        if twice {
            return None;
        }
        let current = keys.pop()?;
        keys.reverse();
        Some(Self { current, older: keys })
    }

    /// The key for what is new.
    pub(crate) const fn current(&self) -> &(KeyId, K) {
        &self.current
    }

    pub(crate) fn get(&self, id: KeyId) -> Option<&K> {
        self.iter().find(|(of, _)| *of == id).map(|(_, key)| key)
    }

    /// All keys, current first, then from the newest to the oldest.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (KeyId, &K)> {
        std::iter::once(&self.current).chain(&self.older).map(|(id, key)| (*id, key))
    }

    /// With a new current key.
    pub(crate) fn rotated(&self, make: impl FnOnce(KeyId) -> K) -> Self {
        let mut id = KeyId::from_bytes(random_bytes());
        while self.get(id).is_some() {
            id = KeyId::from_bytes(random_bytes());
        }
        let older = self.iter().map(|(id, key)| (id, key.clone())).collect();
        Self { current: (id, make(id)), older }
    }

    /// Only the newest `count` keys; the current one always stays.
    pub(crate) fn keeping(mut self, count: usize) -> Self {
        self.older.truncate(count.saturating_sub(1));
        self
    }

    /// Without an older key; `None` when `id` is not an older key.
    pub(crate) fn without(&self, id: KeyId) -> Option<Self> {
        let mut left = self.clone();
        left.older.retain(|(of, _)| *of != id);
        (left.older.len() < self.older.len()).then_some(left)
    }
}
