//! What is sealed under one key of its own, on its way to the current keys.

use keyring::{Keyring, PersonKey, PublicId, SealContext, SealError};

use super::Step;
use crate::{error::StoreError, persons::parse_id};

/// A person, an officer or an assignment whose key opened.
pub(super) struct Opened {
    owner: PublicId,
    key: PersonKey,
    /// The key under the current master key.
    pub(super) wrapped: Vec<u8>,
    /// Whether all of it could be moved.
    pub(super) whole: bool,
    /// Whether any of it was.
    pub(super) changed: bool,
}

/// Opens the keys of rows, for a step over them; `sealed` gives a row's key in the database, its outward id, and its own key
/// as it is wrapped.
pub(super) fn opened<R>(
    keyring: &Keyring,
    rows: Vec<R>,
    sealed: impl Fn(&R) -> (i64, &str, &[u8]),
) -> Result<(Step, Vec<(R, Opened)>), StoreError> {
    let mut step = Step::over(&rows, |row| sealed(row).0);
    let mut opened = Vec::with_capacity(rows.len());
    for row in rows {
        let (_, public_id, key) = sealed(&row);
        match Opened::of(keyring, key, parse_id(public_id)?) {
            Ok(one) => opened.push((row, one)),
            Err(_) => step.stuck += 1,
        }
    }
    Ok((step, opened))
}

impl Opened {
    /// Opens a wrapped key.
    fn of(keyring: &Keyring, wrapped: &[u8], owner: PublicId) -> Result<Self, SealError> {
        let key = keyring.unwrap_key(wrapped, owner)?;
        let wrapped = keyring.rewrap_key(wrapped, owner)?.unwrap_or_else(|| wrapped.to_vec());
        Ok(Self { owner, key, wrapped, whole: true, changed: false })
    }

    /// The outward id of whose key it is.
    pub(super) fn name(&self) -> String {
        self.owner.to_string()
    }

    /// Brings a column and its index to the current keys. One that does not open stays as it is.
    pub(super) fn column(
        &mut self,
        keyring: &Keyring,
        column: &'static str,
        value: &mut Option<Vec<u8>>,
        index: Option<&mut Option<Vec<u8>>>,
    ) {
        let Some(sealed) = value else { return };
        let Ok((anew, text)) = self.open(keyring, column, sealed) else { return };
        *sealed = anew;
        if let Some(index) = index {
            *index = Some(keyring.blind_index(column, &text).to_vec());
        }
    }

    /// A text sealed with the current suite, and the text.
    pub(super) fn open(
        &mut self,
        keyring: &Keyring,
        column: &'static str,
        sealed: &[u8],
    ) -> Result<(Vec<u8>, String), SealError> {
        let opened = keyring.open(&self.key, SealContext::new(column, self.owner), sealed);
        let text = opened.and_then(|bytes| String::from_utf8(bytes).map_err(|_| SealError::Malformed));
        self.whole &= text.is_ok();
        let text = text?;
        Ok((self.bytes(keyring, column, sealed), text))
    }

    /// Bytes sealed with the current suite.
    pub(super) fn bytes(&mut self, keyring: &Keyring, column: &'static str, sealed: &[u8]) -> Vec<u8> {
        let anew = keyring.reseal(&self.key, SealContext::new(column, self.owner), sealed);
        self.whole &= anew.is_ok();
        anew.ok().flatten().unwrap_or_else(|| sealed.to_vec())
    }
}
