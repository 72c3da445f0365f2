//! Keys of one purpose: one current, one perhaps to come, older ones kept.

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

/// What a key is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// For what is new, and to open.
    Current,
    /// To open only; it becomes current when every server knows it.
    Next,
    /// To open only; it was current once.
    Older,
}

impl KeyState {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Next => "next",
            Self::Older => "older",
        }
    }
}

/// The current key apart from the others, so that there always is one. Older ones are newest first.
#[derive(Debug, Clone)]
pub(crate) struct KeySet<K> {
    current: (KeyId, K),
    next: Option<(KeyId, K)>,
    older: Vec<(KeyId, K)>,
}

impl<K: Clone> KeySet<K> {
    /// One key under a new id.
    pub(crate) fn new(make: impl FnOnce(KeyId) -> K) -> Self {
        let id = KeyId::from_bytes(random_bytes());
        Self { current: (id, make(id)), next: None, older: Vec::new() }
    }

    /// The keys in the order of a key file: oldest first, the last is current, one may be marked as the next. `None` when
    /// there is none, when two are marked, when the last is, or when one id stands twice.
    pub(crate) fn from_oldest_first(keys: Vec<(KeyId, K, bool)>) -> Option<Self> {
        let ids: Vec<KeyId> = keys.iter().map(|(id, ..)| *id).collect();
        let twice = ids.iter().enumerate().any(|(at, id)| ids.iter().skip(at + 1).any(|other| other == id));
        if twice || keys.last().is_some_and(|(.., next)| *next) {
            return None;
        }
        let (next, others): (Vec<_>, Vec<_>) = keys.into_iter().partition(|(.., next)| *next);
        let (mut next, mut older): (Vec<_>, Vec<_>) = (unmarked(next).collect(), unmarked(others).collect());
        let current = older.pop()?;
        older.reverse();
        (next.len() < 2).then(|| Self { current, next: next.pop(), older })
    }

    /// The key for what is new.
    pub(crate) const fn current(&self) -> &(KeyId, K) {
        &self.current
    }

    pub(crate) fn get(&self, id: KeyId) -> Option<&K> {
        self.iter().find(|(of, _)| *of == id).map(|(_, key)| key)
    }

    /// The key that is to become current.
    pub(crate) const fn next(&self) -> Option<&(KeyId, K)> {
        self.next.as_ref()
    }

    /// All keys: the current one, the next, then from the newest to the oldest.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (KeyId, &K)> {
        std::iter::once(&self.current).chain(&self.next).chain(&self.older).map(|(id, key)| (*id, key))
    }

    /// All keys in the same order, with what each is used for.
    pub(crate) fn states(&self) -> impl Iterator<Item = (KeyId, KeyState)> {
        let next = self.next.iter().map(|(id, _)| (*id, KeyState::Next));
        let older = self.older.iter().map(|(id, _)| (*id, KeyState::Older));
        std::iter::once((self.current.0, KeyState::Current)).chain(next).chain(older)
    }

    /// With a new next key, unless there is one.
    pub(crate) fn prepared(&self, make: impl FnOnce(KeyId) -> K) -> Self {
        let mut prepared = self.clone();
        if prepared.next.is_none() {
            let id = self.new_id();
            prepared.next = Some((id, make(id)));
        }
        prepared
    }

    /// With the next key as the current one; as it is where there is no next.
    pub(crate) fn promoted(&self) -> Self {
        let mut promoted = self.clone();
        if let Some(next) = promoted.next.take() {
            promoted.older.insert(0, std::mem::replace(&mut promoted.current, next));
        }
        promoted
    }

    /// With a new current key.
    pub(crate) fn rotated(&self, make: impl FnOnce(KeyId) -> K) -> Self {
        let id = self.new_id();
        let mut rotated = self.clone();
        rotated.older.insert(0, std::mem::replace(&mut rotated.current, (id, make(id))));
        rotated
    }

    fn new_id(&self) -> KeyId {
        let mut id = KeyId::from_bytes(random_bytes());
        while self.get(id).is_some() {
            id = KeyId::from_bytes(random_bytes());
        }
        id
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

fn unmarked<K>(keys: Vec<(KeyId, K, bool)>) -> impl Iterator<Item = (KeyId, K)> {
    keys.into_iter().map(|(id, key, _)| (id, key))
}
