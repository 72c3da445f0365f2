//! Sealing: what is stored of personal data, and of the secrets of officers and upstream systems.
//!
//! Under a person's key: suite (1 byte) ‖ nonce (12) ‖ ciphertext ‖ tag (16).
//! Under a master key: suite (1) ‖ master key id (4) ‖ nonce (12) ‖ ciphertext ‖ tag (16).
//! Everything before the nonce, the column and the owner are bound: a value moved to another row or column does not open.

use super::suite::{NONCE_BYTES, Suite};
use crate::{
    keys::{KeyId, Keyring},
    public_id::PublicId,
    random::random_bytes,
    secret::Secret,
};

const LABEL: &[u8] = b"golden-bell/1 sealed";
const PERSON_KEY_COLUMN: &str = "person_key";

/// Bytes that say with which suite and under which master key a value is sealed.
pub const SEAL_HEADER_BYTES: usize = 5;

/// The key of one person's data. Destroying its wrapped form destroys the person's data, in backups too once the backup
/// of the wrapped form is gone (PIPL article 47).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonKey(Secret<32>);

impl PersonKey {
    /// A new random key.
    pub fn random() -> Self {
        Self(Secret::random())
    }
}

/// Where a sealed value belongs: the column (`table.column`) and the public id of the row's owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealContext<'a> {
    column: &'a str,
    owner: PublicId,
}

impl<'a> SealContext<'a> {
    /// The place of a value; both parts must be the same when it is opened.
    pub const fn new(column: &'a str, owner: PublicId) -> Self {
        Self { column, owner }
    }

    /// The public id of the owner.
    pub const fn owner(&self) -> PublicId {
        self.owner
    }

    fn bound(&self, header: &[u8]) -> Vec<u8> {
        // Label and owner have fixed lengths and no column's name holds a zero, so no two places give the same bytes.
        [LABEL, self.owner.as_bytes(), self.column.as_bytes(), &[0], header].concat()
    }
}

/// Why a value could not be sealed or opened. Says nothing about the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Longer than the cipher allows (64 GiB).
    #[error("too long to seal")]
    TooLong,
    /// Too short to be a sealed value.
    #[error("not a sealed value")]
    Malformed,
    /// Sealed with a suite this program does not know.
    #[error("sealed with the unknown suite {0}")]
    UnknownSuite(u8),
    /// Sealed with a master key that is not in this key file.
    #[error("sealed with master key {0}, which is not in this key file")]
    UnknownMasterKey(KeyId),
    /// Another key, another column, another owner, or changed bytes.
    #[error("does not open: wrong key, wrong place, or changed")]
    Refused,
}

impl Keyring {
    /// Seals a value under a person's key, with the current suite.
    ///
    /// # Errors
    /// [`SealError::TooLong`].
    pub fn seal(&self, key: &PersonKey, context: SealContext<'_>, text: &[u8]) -> Result<Vec<u8>, SealError> {
        seal(self.suite, &key.0, &[self.suite.id()], context, text)
    }

    /// Opens a value sealed by [`Keyring::seal`], whatever its suite.
    ///
    /// # Errors
    /// Any [`SealError`] but `TooLong` and `UnknownMasterKey`.
    pub fn open(&self, key: &PersonKey, context: SealContext<'_>, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (header, rest) = sealed.split_first_chunk::<1>().ok_or(SealError::Malformed)?;
        open(suite_of(*header)?, &key.0, header, context, rest)
    }

    /// Seals a secret that belongs to no resident (TOTP secret of an officer, secret of an upstream key) under the current
    /// master key.
    ///
    /// # Errors
    /// [`SealError::TooLong`].
    pub fn seal_system(&self, context: SealContext<'_>, text: &[u8]) -> Result<Vec<u8>, SealError> {
        seal(self.suite, &self.master.current().1, &self.seal_header(), context, text)
    }

    /// Opens a value sealed by [`Keyring::seal_system`], whatever its suite and master key.
    ///
    /// # Errors
    /// Any [`SealError`] but `TooLong`.
    pub fn open_system(&self, context: SealContext<'_>, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (header, rest) = sealed.split_first_chunk::<SEAL_HEADER_BYTES>().ok_or(SealError::Malformed)?;
        let (suite, id) = sealed_under(header)?;
        let key = self.master.get(id).ok_or(SealError::UnknownMasterKey(id))?;
        open(suite, key, header, context, rest)
    }

    /// The stored form of a person's key: wrapped by the current master key and bound to its person, 65 bytes.
    ///
    /// # Errors
    /// None in practice.
    pub fn wrap_key(&self, key: &PersonKey, owner: PublicId) -> Result<Vec<u8>, SealError> {
        self.seal_system(SealContext::new(PERSON_KEY_COLUMN, owner), key.0.expose())
    }

    /// The person's key from its stored form.
    ///
    /// # Errors
    /// Any [`SealError`] but `TooLong`.
    pub fn unwrap_key(&self, wrapped: &[u8], owner: PublicId) -> Result<PersonKey, SealError> {
        let bytes = zeroize::Zeroizing::new(self.open_system(SealContext::new(PERSON_KEY_COLUMN, owner), wrapped)?);
        Secret::from_slice(&bytes).map(PersonKey).ok_or(SealError::Malformed)
    }

    /// After a rotation: the person's key wrapped by the current master key and suite, or `None` when it is already.
    ///
    /// # Errors
    /// As [`Keyring::unwrap_key`].
    pub fn rewrap_key(&self, wrapped: &[u8], owner: PublicId) -> Result<Option<Vec<u8>>, SealError> {
        self.reseal_system(SealContext::new(PERSON_KEY_COLUMN, owner), wrapped)
    }

    /// After a rotation: the value sealed by the current master key and suite, or `None` when it is already.
    ///
    /// # Errors
    /// As [`Keyring::open_system`].
    pub fn reseal_system(&self, context: SealContext<'_>, sealed: &[u8]) -> Result<Option<Vec<u8>>, SealError> {
        let text = zeroize::Zeroizing::new(self.open_system(context, sealed)?);
        if sealed.starts_with(&self.seal_header()) {
            return Ok(None);
        }
        self.seal_system(context, &text).map(Some)
    }

    /// After a change of suite: the value under a person's key sealed with the current suite, or `None` when it is already.
    ///
    /// # Errors
    /// As [`Keyring::open`].
    pub fn reseal(
        &self,
        key: &PersonKey,
        context: SealContext<'_>,
        sealed: &[u8],
    ) -> Result<Option<Vec<u8>>, SealError> {
        if sealed.first() == Some(&self.suite.id()) {
            return Ok(None);
        }
        let text = zeroize::Zeroizing::new(self.open(key, context, sealed)?);
        self.seal(key, context, &text).map(Some)
    }

    /// What every value sealed under the current master key with the current suite begins with.
    pub fn seal_header(&self) -> [u8; SEAL_HEADER_BYTES] {
        let [a, b, c, d] = self.master.current().0.to_bytes();
        [self.suite.id(), a, b, c, d]
    }
}

/// With which suite and under which master key a value is sealed, by its first [`SEAL_HEADER_BYTES`] bytes.
///
/// # Errors
/// [`SealError::Malformed`] and [`SealError::UnknownSuite`].
pub fn sealed_under(sealed: &[u8]) -> Result<(Suite, KeyId), SealError> {
    let ([suite, a, b, c, d], _) = sealed.split_first_chunk::<SEAL_HEADER_BYTES>().ok_or(SealError::Malformed)?;
    Ok((suite_of([*suite])?, KeyId::from_bytes([*a, *b, *c, *d])))
}

fn suite_of([id]: [u8; 1]) -> Result<Suite, SealError> {
    Suite::from_id(id).ok_or(SealError::UnknownSuite(id))
}

fn seal(
    suite: Suite,
    key: &Secret<32>,
    header: &[u8],
    context: SealContext<'_>,
    text: &[u8],
) -> Result<Vec<u8>, SealError> {
    // Random nonces of 96 bits are safe for 2^32 values under one key (SP 800-38D 8.3); the largest user, a master key,
    // wraps some 2^24 keys.
    let nonce = random_bytes::<NONCE_BYTES>();
    let ciphertext = suite.ciphers().encrypt(key.expose(), nonce, &context.bound(header), text);
    Ok([header, &nonce, &ciphertext.ok_or(SealError::TooLong)?].concat())
}

fn open(
    suite: Suite,
    key: &Secret<32>,
    header: &[u8],
    context: SealContext<'_>,
    rest: &[u8],
) -> Result<Vec<u8>, SealError> {
    let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(SealError::Malformed)?;
    suite.ciphers().decrypt(key.expose(), *nonce, &context.bound(header), ciphertext).ok_or(SealError::Refused)
}
