//! What a private check takes: all exact entries whose keys share their first bits, and the numbers whose names are kept.

use std::collections::BTreeMap;

use domain::{KeyPrefix, LookupKey, SubjectKind};

use crate::{record::Record, view::View};

/// Entries looked at for a sample: among a million sites there may be few numbers.
const FARTHEST: usize = 4_096;

/// A number that the lists know by name: a number prefix, or a number with an owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedNumber {
    /// Where it stands.
    pub key: LookupKey,
    /// How it is written: of number prefixes, and of official numbers that others may imitate.
    pub canonical: Option<String>,
    /// Whose it is, if known.
    pub owner: Option<String>,
    /// All that is listed there.
    pub record: Record,
}

impl View {
    /// The exact entries whose keys begin with `prefix`, in key order: one slice of the snapshot with what changed since. A
    /// record does not say its kind, so links and accounts of all kinds are among them.
    pub fn bucket(&self, prefix: KeyPrefix) -> Vec<(LookupKey, Record)> {
        let reader = self.reader();
        let mut bucket = Vec::with_capacity(usize::try_from(self.fullest_bucket()).unwrap_or(0));
        for (key, record) in self.state.snapshot.iter().flat_map(|snapshot| snapshot.pages().beginning(prefix)) {
            if record.is_exact() && !reader.has_changed(&key) {
                bucket.push((key, record));
            }
        }
        let unchanged = bucket.len();
        for changed in self.state.layers.iter().rev().flat_map(|layer| layer.beginning(prefix)) {
            // A key that changed in several layers counts once, as the newest has it.
            let known = bucket.iter().skip(unchanged).any(|(key, _)| key == changed);
            if let Some(record) = reader.get(changed).filter(|record| record.is_exact() && !known) {
                bucket.push((*changed, record));
            }
        }
        bucket.sort_unstable_by_key(|(key, _)| *key);
        bucket
    }

    /// No bucket has more entries than this: as many as the fullest of the snapshot has, and room for what changed since.
    pub fn fullest_bucket(&self) -> u64 {
        let changed: u64 = self.state.layers.iter().map(|layer| layer.fullest_bucket()).sum();
        changed + self.state.snapshot.as_ref().map_or(0, |snapshot| snapshot.fullest_bucket())
    }

    /// The record of some exact entry: the first of the snapshot at or after `key`. For a random key a fair sample of them. None
    /// where none is near.
    pub fn record_near(&self, key: &LookupKey) -> Option<Record> {
        let pages = self.state.snapshot.as_ref()?.pages();
        pages.records_from(key).take(FARTHEST).find(Record::is_exact)
    }

    /// The phone numbers, bank accounts and number prefixes whose names are kept and that are listed now, in key order. Reads
    /// all names, which takes milliseconds where there are hundred thousands of guarded sites.
    pub fn named_numbers(&self) -> Vec<NamedNumber> {
        let mut numbers = BTreeMap::new();
        for named in self.books().flat_map(|book| book.names()) {
            if !matches!(named.kind, SubjectKind::Phone | SubjectKind::BankAccount) || numbers.contains_key(&named.key)
            {
                continue;
            }
            let Some(record) = self.get(&named.key) else { continue };
            let number = NamedNumber {
                key: named.key,
                canonical: named.text.map(str::to_owned),
                owner: self.owner(&named.key).map(str::to_owned),
                record,
            };
            numbers.insert(named.key, number);
        }
        numbers.into_values().collect()
    }
}

#[cfg(test)]
mod tests;
