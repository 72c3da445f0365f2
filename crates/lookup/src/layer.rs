//! Changes over a snapshot, as layers: the newest last, each at least four times smaller than the one below, so that
//! applying a million changes in small batches copies each of them a few times only, and a look-up asks few layers.

use std::{
    collections::{BTreeMap, HashMap},
    hash::{BuildHasherDefault, Hasher},
    sync::Arc,
};

use domain::{KeyPrefix, LookupKey, candidates::Reaches};

use crate::{
    book::{Book, BookWriter},
    error::SnapshotError,
    record::Record,
    row::{Change, Name},
};

/// Below this many changes, layers are simply joined.
const SMALL: usize = 1024;

/// What is so at a key since a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) number: u64,
    pub(crate) record: Option<Record>,
}

type Changes = HashMap<LookupKey, Held, BuildHasherDefault<KeyHasher>>;

/// Lookup keys are hashes already: their last eight bytes will do.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(last) = bytes.last_chunk::<8>() {
            self.0 = u64::from_le_bytes(*last);
        }
    }

    fn write_usize(&mut self, _length: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Some changes, at most one a key. Never changed once readers can see it.
#[derive(Debug, Default)]
pub(crate) struct Layer {
    changes: Changes,
    names: BTreeMap<LookupKey, Arc<Name>>,
    book: Vec<u8>,
    reaches: Reaches,
    /// The changed keys in order, for the private check.
    sorted: Vec<LookupKey>,
    fullest_bucket: u64,
}

impl Layer {
    /// The layer of `changes`; of several on one key the highest number counts.
    pub(crate) fn of(changes: impl Iterator<Item = Change>) -> Result<Self, SnapshotError> {
        let mut layer = Self::default();
        for change in changes {
            if layer.changes.get(&change.key).is_some_and(|held| held.number > change.number) {
                continue;
            }
            layer.put(change.key, Held { number: change.number, record: change.record }, change.name.map(Arc::new));
        }
        layer.bound()
    }

    /// This layer with a newer one on top.
    pub(crate) fn under(&self, newer: &Self) -> Result<Self, SnapshotError> {
        let mut joined = Self {
            changes: self.changes.clone(),
            names: self.names.clone(),
            reaches: self.reaches.and(newer.reaches),
            ..Self::default()
        };
        for (key, held) in &newer.changes {
            joined.put(*key, *held, newer.names.get(key).cloned());
        }
        joined.bound()
    }

    /// Only the changes after `number`.
    pub(crate) fn after(&self, number: u64) -> Result<Self, SnapshotError> {
        let mut later = Self::default();
        for (key, held) in self.changes.iter().filter(|(_, held)| held.number > number) {
            later.put(*key, *held, self.names.get(key).cloned());
        }
        later.bound()
    }

    fn put(&mut self, key: LookupKey, held: Held, name: Option<Arc<Name>>) {
        self.changes.insert(key, held);
        match name {
            Some(name) if held.record.is_some() => self.names.insert(key, name),
            _ => self.names.remove(&key),
        };
        if let Some(record) = held.record {
            self.reaches = self.reaches.and(record.reaches());
        }
    }

    /// Orders its keys and writes the book of its names, last of all.
    fn bound(mut self) -> Result<Self, SnapshotError> {
        let mut writer = BookWriter::default();
        for (key, name) in &self.names {
            if let Some(record) = self.changes.get(key).and_then(|held| held.record) {
                writer.push(*key, &record, name)?;
            }
        }
        self.book = writer.finish()?;
        self.sorted = self.changes.keys().copied().collect();
        self.sorted.sort_unstable();
        let exact = |key: &&LookupKey| {
            self.changes.get(*key).and_then(|held| held.record).is_some_and(|record| record.is_exact())
        };
        let mut run = (None, 0);
        for prefix in self.sorted.iter().filter(exact).map(LookupKey::prefix) {
            run = if run.0 == Some(prefix) { (run.0, run.1 + 1) } else { (Some(prefix), 1) };
            self.fullest_bucket = self.fullest_bucket.max(run.1);
        }
        Ok(self)
    }

    pub(crate) fn get(&self, key: &LookupKey) -> Option<&Held> {
        self.changes.get(key)
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &LookupKey> {
        self.changes.keys()
    }

    /// The changed keys that begin so.
    pub(crate) fn beginning(&self, prefix: KeyPrefix) -> &[LookupKey] {
        let keys = prefix.keys();
        let first = self.sorted.partition_point(|key| key < keys.start());
        let behind = self.sorted.partition_point(|key| key <= keys.end());
        self.sorted.get(first..behind).unwrap_or_default()
    }

    /// How many exact entries the fullest bucket of the private check gets from it.
    pub(crate) const fn fullest_bucket(&self) -> u64 {
        self.fullest_bucket
    }

    pub(crate) fn len(&self) -> usize {
        self.changes.len()
    }

    pub(crate) const fn reaches(&self) -> Reaches {
        self.reaches
    }

    pub(crate) fn book(&self) -> Option<Book<'_>> {
        Book::read(&self.book)
    }
}

/// Puts `newest` on top and joins layers until each is much smaller than the one below.
pub(crate) fn stack(layers: &[Arc<Layer>], newest: Arc<Layer>) -> Result<Vec<Arc<Layer>>, SnapshotError> {
    let mut below = layers.to_vec();
    let mut top = newest;
    while let Some(older) = below.pop() {
        if older.len() >= SMALL && older.len() > 4 * top.len() {
            below.push(older);
            break;
        }
        top = Arc::new(older.under(&top)?);
    }
    if top.len() > 0 {
        below.push(top);
    }
    Ok(below)
}
