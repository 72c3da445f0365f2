//! How keys are exchanged while several servers use them.
//!
//! 1. [`Keyring::prepare`]: the new keys open, and are searched under, but nothing new is sealed with them. This keyring goes
//!    to every server.
//! 2. [`Keyring::promote`], once every server has that: the new keys are current. It goes to every server too.
//! 3. What lies under older keys is sealed anew, and only then [`Keyring::without_older`] forgets them.
//!
//! So at every moment each server can read what any other writes.

use super::{Keyring, TOKEN_KEYS_KEPT, key_set::KeyId, key_set::KeyState};
use crate::{
    personal::{BlindKey, Suite},
    secret::Secret,
    tokens::TokenKey,
};

/// What a rotation exchanges besides the master key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exchange {
    /// The blind-index key.
    pub blind_index: bool,
    /// The key that signs access tokens.
    pub token: bool,
    /// The suite for what is new; another one than now also exchanges the blind-index key, whose hash belongs to it.
    pub suite: Option<Suite>,
}

impl Keyring {
    /// With keys that are to become current. One that is prepared already stays as it is.
    pub fn prepare(&self, exchange: Exchange) -> Self {
        if self.is_prepared() {
            return self.clone();
        }
        let suite = exchange.suite.unwrap_or(self.suite);
        let mut prepared = Self { master: self.master.prepared(|_| Secret::random()), ..self.clone() };
        if exchange.blind_index || suite != self.suite {
            prepared.blind_index = self.blind_index.prepared(|_| BlindKey { suite, secret: Secret::random() });
        }
        if exchange.token {
            prepared.token = self.token.prepared(|id| TokenKey::new(id, Secret::random()));
        }
        prepared
    }

    /// Whether there are keys that are to become current.
    pub fn is_prepared(&self) -> bool {
        self.master.next().is_some()
    }

    /// With the prepared keys as the current ones; as it is where none are.
    pub fn promote(&self) -> Self {
        Self {
            suite: self.blind_index.next().map_or(self.suite, |(_, key)| key.suite),
            master: self.master.promoted(),
            blind_index: self.blind_index.promoted(),
            token: self.token.promoted().keeping(TOKEN_KEYS_KEPT),
            refresh: self.refresh.clone(),
        }
    }

    /// Without older master and blind-index keys. What is still under them is lost.
    pub fn without_older(&self) -> Self {
        let (master, blind_index) = (self.master.clone().keeping(1), self.blind_index.clone().keeping(1));
        Self { master, blind_index, ..self.clone() }
    }

    /// The master keys and what each is used for, the current one first.
    pub fn master_keys(&self) -> impl Iterator<Item = (KeyId, KeyState)> {
        self.master.states()
    }

    /// The blind-index keys and what each is used for, the current one first.
    pub fn blind_index_keys(&self) -> impl Iterator<Item = (KeyId, KeyState)> {
        self.blind_index.states()
    }

    /// The token keys and what each is used for, the current one first.
    pub fn token_keys(&self) -> impl Iterator<Item = (KeyId, KeyState)> {
        self.token.states()
    }

    /// Whether this is another state of the same keyring: the key that is never exchanged tells.
    pub fn is_of_same_installation(&self, other: &Self) -> bool {
        self.refresh == other.refresh
    }
}
