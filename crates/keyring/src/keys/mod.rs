//! The keyring: which keys there are, which is used for what is new, and how they are exchanged.

mod file;
mod key_set;
mod live;
mod rotation;
mod text;

#[cfg(test)]
mod file_tests;
#[cfg(test)]
mod rotation_tests;
#[cfg(test)]
mod tests;

use sha2::{Digest, Sha256};

pub use key_set::{KeyId, KeyState};
pub use live::LiveKeyring;
pub use rotation::Exchange;

use crate::{
    personal::{BlindKey, Suite},
    secret::Secret,
    tokens::TokenKey,
};
use key_set::KeySet;

/// How many token keys stay valid after one another. Access tokens live minutes, so more would only keep a lost key alive.
const TOKEN_KEYS_KEPT: usize = 3;

/// All keys of an installation. Immutable: a rotation gives a new keyring, to be written and then used ([`LiveKeyring`]).
///
/// - **Master keys** wrap the keys of persons and seal the secrets of officers and upstream systems. Older ones stay
///   readable until everything under them was wrapped anew ([`Keyring::rewrap_key`]).
/// - **Blind-index keys** make the values by which sealed columns are found. While two are in use a search asks for all of
///   [`Keyring::blind_index_candidates`].
/// - **Token keys** sign access tokens; the last three verify.
/// - **The refresh key** hashes refresh tokens.
///
/// `Debug` shows ids and suites, never a key.
#[derive(Debug, Clone)]
pub struct Keyring {
    pub(crate) suite: Suite,
    pub(crate) master: KeySet<Secret<32>>,
    pub(crate) blind_index: KeySet<BlindKey>,
    pub(crate) token: KeySet<TokenKey>,
    pub(crate) refresh: Secret<32>,
}

/// Why a keyring could not be read, written or changed. Never holds a secret, nor a line of the key file.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// The key file could not be read or written.
    #[error("key file: {0}")]
    File(#[from] std::io::Error),
    /// There is a key file already; it is never overwritten.
    #[error("there is a key file already")]
    Exists,
    /// The key file may be read or changed by everybody on the machine.
    #[error("the key file is open to all users: its mode must be 0600, or 0640 for a group")]
    OpenToAll,
    /// The text is no key file; `line` counts from 1.
    #[error("not a key file: line {line} cannot be understood")]
    Text {
        /// The line where reading stopped.
        line: usize,
    },
    /// The text is a key file of a version this program does not know.
    #[error("the key file has version {0}, this program reads version 1")]
    Version(u32),
    /// The key file lacks the keys of one purpose, gives one id twice, or uses one key twice.
    #[error("the key file has no usable `{0}` keys: none, one id twice, or one key twice")]
    Keys(&'static str),
    /// A key to be removed is the current one or is not there.
    #[error("key {0} is current or unknown and cannot be removed")]
    NotRemovable(KeyId),
}

impl Keyring {
    /// New random keys, sealing with `suite`. Nothing is written.
    pub fn random(suite: Suite) -> Self {
        Self {
            suite,
            master: KeySet::new(|_| Secret::random()),
            blind_index: KeySet::new(|_| BlindKey { suite, secret: Secret::random() }),
            token: KeySet::new(|id| TokenKey::new(id, Secret::random())),
            refresh: Secret::random(),
        }
    }

    /// The suite with which new data is sealed.
    pub const fn suite(&self) -> Suite {
        self.suite
    }

    /// A new current master key; the older ones still open what they sealed.
    pub fn rotate_master(&self) -> Self {
        Self { master: self.master.rotated(|_| Secret::random()), ..self.clone() }
    }

    /// A new current token key; the two before it still verify, so nobody is signed out.
    pub fn rotate_token_key(&self) -> Self {
        let token = self.token.rotated(|id| TokenKey::new(id, Secret::random())).keeping(TOKEN_KEYS_KEPT);
        Self { token, ..self.clone() }
    }

    /// A new current blind-index key under the current suite; indexes under the older ones are still searched for.
    pub fn rotate_blind_index(&self) -> Self {
        let suite = self.suite;
        let blind_index = self.blind_index.rotated(|_| BlindKey { suite, secret: Secret::random() });
        Self { blind_index, ..self.clone() }
    }

    /// The keyring that seals new data with `suite`; what is sealed stays readable. A change also starts a new blind-index
    /// key, because an index belongs to the hash of its suite.
    pub fn with_suite(&self, suite: Suite) -> Self {
        if suite == self.suite {
            return self.clone();
        }
        Self { suite, ..self.clone() }.rotate_blind_index()
    }

    /// The ids of the master keys, current first.
    pub fn master_key_ids(&self) -> impl Iterator<Item = KeyId> {
        self.master.iter().map(|(id, _)| id)
    }

    /// The ids of the blind-index keys, current first.
    pub fn blind_index_key_ids(&self) -> impl Iterator<Item = KeyId> {
        self.blind_index.iter().map(|(id, _)| id)
    }

    /// Forgets an older master key. Whatever is still wrapped by it is lost for good: wrap everything anew first.
    ///
    /// # Errors
    /// [`KeyringError::NotRemovable`] for the current or an unknown key.
    pub fn remove_master(&self, id: KeyId) -> Result<Self, KeyringError> {
        let master = self.master.without(id).ok_or(KeyringError::NotRemovable(id))?;
        Ok(Self { master, ..self.clone() })
    }

    /// Forgets an older blind-index key, once all indexes were made anew.
    ///
    /// # Errors
    /// [`KeyringError::NotRemovable`] for the current or an unknown key.
    pub fn remove_blind_index(&self, id: KeyId) -> Result<Self, KeyringError> {
        let blind_index = self.blind_index.without(id).ok_or(KeyringError::NotRemovable(id))?;
        Ok(Self { blind_index, ..self.clone() })
    }

    /// A name of exactly this set of keys, 16 hex digits, that tells nothing about them: two servers are alike when their
    /// fingerprints are. It changes with every rotation.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new_with_prefix(b"golden-bell/1 keyring fingerprint");
        hash.update([self.suite.id()]);
        // Whether a key is the next one or an older one is the difference between two steps of a rotation.
        hash.update([u8::from(self.is_prepared())]);
        for (id, key) in self.master.iter() {
            hash.update(id.to_bytes());
            hash.update(key.expose());
        }
        for (id, key) in self.blind_index.iter() {
            hash.update(id.to_bytes());
            hash.update([key.suite.id()]);
            hash.update(key.secret.expose());
        }
        for (id, key) in self.token.iter() {
            hash.update(id.to_bytes());
            hash.update(key.secret().expose());
        }
        hash.update(self.refresh.expose());
        hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}
