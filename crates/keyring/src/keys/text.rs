//! The key file as text: TOML, written by hand so that it explains itself.

use serde::Deserialize;
use zeroize::Zeroizing;

use super::{Keyring, KeyringError, key_set::KeyId, key_set::KeySet};
use crate::{
    personal::{BlindKey, Suite},
    secret::Secret,
    tokens::TokenKey,
};

const VERSION: u32 = 1;

const HEAD: &str = "\
# The keys of Golden Bell. Whoever holds this file can read all personal data; without it nobody can.
# Keep a copy apart from the database and its backups. Of each kind the last key is the current one; `next` is to come.
";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    version: u32,
    suite: Suite,
    refresh: Secret<32>,
    master: Vec<Entry>,
    blind_index: Vec<BlindEntry>,
    token: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: KeyId,
    key: Secret<32>,
    #[serde(default)]
    next: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BlindEntry {
    id: KeyId,
    suite: Suite,
    key: Secret<32>,
    #[serde(default)]
    next: bool,
}

impl Keyring {
    /// Reads the text of a key file, as made by [`Keyring::to_toml`].
    ///
    /// # Errors
    /// [`KeyringError::Text`], [`KeyringError::Version`] or [`KeyringError::Keys`]; none of them repeats what was read.
    pub fn from_toml(text: &str) -> Result<Self, KeyringError> {
        let file: KeyFile = toml::from_str(text).map_err(|error| KeyringError::Text { line: line_of(text, &error) })?;
        if file.version != VERSION {
            return Err(KeyringError::Version(file.version));
        }
        refuse_shared_keys(&file)?;
        let master = file.master.into_iter().map(|entry| (entry.id, entry.key, entry.next)).collect();
        let blind_index = file
            .blind_index
            .into_iter()
            .map(|entry| (entry.id, BlindKey { suite: entry.suite, secret: entry.key }, entry.next))
            .collect();
        let token =
            file.token.into_iter().map(|entry| (entry.id, TokenKey::new(entry.id, entry.key), entry.next)).collect();
        Ok(Self {
            suite: file.suite,
            master: KeySet::from_oldest_first(master).ok_or(KeyringError::Keys("master"))?,
            blind_index: KeySet::from_oldest_first(blind_index).ok_or(KeyringError::Keys("blind_index"))?,
            token: KeySet::from_oldest_first(token).ok_or(KeyringError::Keys("token"))?,
            refresh: file.refresh,
        })
    }

    /// The text of the key file. All of it is secret; it is wiped when dropped.
    pub fn to_toml(&self) -> Zeroizing<String> {
        // Reserved at once: a string that grows leaves unwiped copies behind.
        let keys = self.master.iter().count() + self.blind_index.iter().count() + self.token.iter().count();
        let mut text = Zeroizing::new(String::with_capacity(512 + 160 * keys));
        text.push_str(HEAD);
        text.push_str(&format!("version = {VERSION}\nsuite = \"{}\"\n", self.suite));
        push_key(&mut text, "refresh", &self.refresh);
        for (id, key) in self.master.iter().rev() {
            text.push_str(&format!("\n[[master]]\nid = \"{id}\"\n"));
            push_key(&mut text, "key", key);
            push_next(&mut text, &self.master, id);
        }
        for (id, key) in self.blind_index.iter().rev() {
            text.push_str(&format!("\n[[blind_index]]\nid = \"{id}\"\nsuite = \"{}\"\n", key.suite));
            push_key(&mut text, "key", &key.secret);
            push_next(&mut text, &self.blind_index, id);
        }
        for (id, key) in self.token.iter().rev() {
            text.push_str(&format!("\n[[token]]\nid = \"{id}\"\n"));
            push_key(&mut text, "key", key.secret());
            push_next(&mut text, &self.token, id);
        }
        text
    }
}

fn push_key(text: &mut String, name: &str, key: &Secret<32>) {
    let digits = Zeroizing::new(hex::encode(key.expose()));
    text.push_str(name);
    text.push_str(" = \"");
    text.push_str(&digits);
    text.push_str("\"\n");
}

fn push_next<K: Clone>(text: &mut String, keys: &KeySet<K>, id: KeyId) {
    if keys.next().is_some_and(|(next, _)| *next == id) {
        text.push_str("next = true\n");
    }
}

/// The line a TOML error points at. Its own message is not kept: it quotes the line, which may hold a key.
fn line_of(text: &str, error: &toml::de::Error) -> usize {
    let start = error.span().map_or(0, |span| span.start);
    1 + text.bytes().take(start).filter(|byte| *byte == b'\n').count()
}

/// A key that serves two purposes, or the same purpose under two ids, is a slip of a hand that edited the file.
fn refuse_shared_keys(file: &KeyFile) -> Result<(), KeyringError> {
    let mut seen = vec![&file.refresh];
    let entries = file.master.iter().map(|entry| ("master", &entry.key));
    let entries = entries.chain(file.blind_index.iter().map(|entry| ("blind_index", &entry.key)));
    for (purpose, key) in entries.chain(file.token.iter().map(|entry| ("token", &entry.key))) {
        if seen.contains(&key) {
            return Err(KeyringError::Keys(purpose));
        }
        seen.push(key);
    }
    Ok(())
}
