//! Names and what imitates them, as one block of bytes: a section of a snapshot file, and a part of a layer.
//!
//! Layout, little-endian: four u32 counts (names, variants, filter words, text bytes); names as key and text offset,
//! sorted by key; variants as hash and index of a name, sorted; a Bloom filter of 64-bit words over the hashes, so
//! that the many probes that find nothing cost one cache line each; texts: of each name the kind, the owner, and the text that
//! is kept of it, which is what imitations would name or, of a number prefix, the rule itself.

use domain::{
    ListKind, LookupKey, SubjectKind,
    lookalike::{self, Protected},
};

use crate::{error::SnapshotError, record::Record, row::Name};

const COUNTS: usize = 16;
const NAME: usize = 20;
const VARIANT: usize = 12;

/// A text's fixed part: kind, owner length, length of the kept text.
const TEXT_HEAD: usize = 5;

/// Makes a book; names come in ascending key order.
#[derive(Debug, Default)]
pub(crate) struct BookWriter {
    names: Vec<[u8; NAME]>,
    variants: Vec<(u64, u32)>,
    text: Vec<u8>,
}

impl BookWriter {
    /// Writes down one name.
    pub(crate) fn push(&mut self, key: LookupKey, record: &Record, name: &Name) -> Result<(), SnapshotError> {
        let official = record.is_on(ListKind::Allowlist);
        let rule = record.rule_on(if official { ListKind::Allowlist } else { ListKind::Guardlist });
        let protected = rule.and_then(|rule| name.protected_text(rule));
        let owner = name.owner.as_deref();
        // The private check hands number prefixes out, so the lists in memory have to know how they are written.
        let kept = protected.as_deref().or_else(|| record.is_number_prefix().then_some(name.canonical.as_str()));
        if owner.is_none() && kept.is_none() {
            return Ok(());
        }
        let index = count(self.names.len())?;
        if let Some(text) = &protected {
            let keep = &mut |hash| self.variants.push((hash, index));
            lookalike::stored(Protected { kind: name.kind, text, official }, keep);
        }
        let offset = count(self.text.len())?;
        let mut line = [0; NAME];
        for (to, from) in line.iter_mut().zip(key.0.into_iter().chain(offset.to_le_bytes())) {
            *to = from;
        }
        self.names.push(line);
        let (owner, kept) = (short(owner.unwrap_or("")), short(kept.unwrap_or("")));
        self.text.push(name.kind as u8);
        self.text.extend_from_slice(&owner.0.to_le_bytes());
        self.text.extend_from_slice(&kept.0.to_le_bytes());
        self.text.extend_from_slice(owner.1.as_bytes());
        self.text.extend_from_slice(kept.1.as_bytes());
        Ok(())
    }

    /// The bytes.
    pub(crate) fn finish(mut self) -> Result<Vec<u8>, SnapshotError> {
        self.variants.sort_unstable();
        self.variants.dedup();
        let words = if self.variants.is_empty() { 0 } else { (self.variants.len() / 4).next_power_of_two() };
        let mut filter = vec![0_u64; words];
        for (hash, _) in &self.variants {
            if let Some(word) = filter.get_mut(word_of(*hash, words)) {
                *word |= bits_of(*hash);
            }
        }
        let mut bytes = Vec::new();
        for length in [self.names.len(), self.variants.len(), words, self.text.len()] {
            bytes.extend_from_slice(&count(length)?.to_le_bytes());
        }
        bytes.extend(self.names.iter().flatten());
        for (hash, name) in &self.variants {
            bytes.extend_from_slice(&hash.to_le_bytes());
            bytes.extend_from_slice(&name.to_le_bytes());
        }
        bytes.extend(filter.into_iter().flat_map(u64::to_le_bytes));
        bytes.extend_from_slice(&self.text);
        Ok(bytes)
    }
}

fn count(length: usize) -> Result<u32, SnapshotError> {
    u32::try_from(length).map_err(|_| SnapshotError::TooLarge)
}

/// A text with its length; one too long to be counted is no name and is left out.
fn short(text: &str) -> (u16, &str) {
    u16::try_from(text.len()).map_or((0, ""), |length| (length, text))
}

/// Which word of the filter: the low bits of the hash.
fn word_of(hash: u64, words: usize) -> usize {
    usize::try_from(hash & u64::MAX >> 8).unwrap_or(0) & words.wrapping_sub(1)
}

/// Which two bits of the word: the high bits.
const fn bits_of(hash: u64) -> u64 {
    (1 << (hash >> 58)) | (1 << ((hash >> 52) & 63))
}

/// Reads a book.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Book<'a> {
    names: &'a [[u8; NAME]],
    variants: &'a [[u8; VARIANT]],
    filter: &'a [[u8; 8]],
    text: &'a [u8],
}

/// One name as read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Named<'a> {
    pub(crate) key: LookupKey,
    pub(crate) kind: SubjectKind,
    pub(crate) owner: Option<&'a str>,
    /// What imitations would name, or the number prefix.
    pub(crate) text: Option<&'a str>,
}

impl<'a> Book<'a> {
    /// The book in `bytes`; none if the counts don't add up to its length.
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (counts, rest) = bytes.split_at_checked(COUNTS)?;
        let mut counts = counts.as_chunks::<4>().0.iter().map(|count| u32::from_le_bytes(*count));
        let mut next = || usize::try_from(counts.next()?).ok();
        let (names, variants, words, text) = (next()?, next()?, next()?, next()?);
        let (names, rest) = rest.split_at_checked(names.checked_mul(NAME)?)?;
        let (variants, rest) = rest.split_at_checked(variants.checked_mul(VARIANT)?)?;
        let (filter, rest) = rest.split_at_checked(words.checked_mul(8)?)?;
        (rest.len() == text).then_some(Self {
            names: names.as_chunks().0,
            variants: variants.as_chunks().0,
            filter: filter.as_chunks().0,
            text: rest,
        })
    }

    /// The name at `key`.
    pub(crate) fn name(&self, key: &LookupKey) -> Option<Named<'a>> {
        let at = self.names.binary_search_by(|line| line.first_chunk::<16>().cmp(&Some(&key.0))).ok()?;
        self.named(self.names.get(at)?)
    }

    /// Every name.
    pub(crate) fn names(self) -> impl Iterator<Item = Named<'a>> {
        self.names.iter().filter_map(move |line| self.named(line))
    }

    /// The names kept under a variant hash.
    pub(crate) fn variants(self, hash: u64) -> impl Iterator<Item = Named<'a>> {
        let word = self.filter.get(word_of(hash, self.filter.len())).map_or(0, |word| u64::from_le_bytes(*word));
        let possible = word & bits_of(hash) == bits_of(hash);
        let from = if possible { self.variants.partition_point(|line| hash_of(line) < hash) } else { usize::MAX };
        let lines = self.variants.get(from..).unwrap_or_default().iter();
        lines.take_while(move |line| hash_of(line) == hash).filter_map(move |line| {
            let index = line.last_chunk::<4>().map(|index| u32::from_le_bytes(*index))?;
            self.named(self.names.get(usize::try_from(index).ok()?)?)
        })
    }

    fn named(&self, line: &[u8; NAME]) -> Option<Named<'a>> {
        let key = LookupKey(*line.first_chunk()?);
        let offset = u32::from_le_bytes(*line.last_chunk()?);
        let text = self.text.get(usize::try_from(offset).ok()?..)?;
        let (head, text) = text.split_first_chunk::<TEXT_HEAD>()?;
        let [kind, owner_0, owner_1, kept_0, kept_1] = *head;
        let (owner, text) = text.split_at_checked(usize::from(u16::from_le_bytes([owner_0, owner_1])))?;
        let kept = text.get(..usize::from(u16::from_le_bytes([kept_0, kept_1])))?;
        let present = |bytes| str::from_utf8(bytes).ok().filter(|text| !text.is_empty());
        Some(Named { key, kind: *SubjectKind::ALL.get(usize::from(kind))?, owner: present(owner), text: present(kept) })
    }
}

fn hash_of(line: &[u8; VARIANT]) -> u64 {
    line.first_chunk::<8>().map_or(0, |hash| u64::from_le_bytes(*hash))
}

#[cfg(test)]
mod tests {
    use domain::MatchRule;
    use proptest::prelude::*;

    use super::*;

    fn name(kind: SubjectKind, canonical: &str, owner: &str) -> (LookupKey, Name) {
        let owner = (!owner.is_empty()).then(|| owner.to_owned());
        (LookupKey::of(kind, canonical), Name { kind, canonical: canonical.to_owned(), owner })
    }

    fn book() -> Vec<u8> {
        let official = Record::new(ListKind::Allowlist, MatchRule::HostSuffix, 0);
        let number = Record::new(ListKind::Allowlist, MatchRule::Exact, 0);
        let listed = Record::blacklisted(MatchRule::Exact, 0, "T01", 1);
        let mut rows = [
            (name(SubjectKind::Link, "icbc.com.cn/", "工商银行"), official),
            (name(SubjectKind::Phone, "cn:95588", "工商银行"), number),
            (name(SubjectKind::Link, "taobao.com/", ""), Record::new(ListKind::Guardlist, MatchRule::HostSuffix, 0)),
            (name(SubjectKind::Phone, "+8613800138000", "某人"), listed),
        ];
        rows.sort_by_key(|((key, _), _)| *key);
        let mut writer = BookWriter::default();
        for ((key, name), record) in &rows {
            writer.push(*key, record, name).expect("fits");
        }
        writer.finish().expect("fits")
    }

    #[test]
    fn owners_and_protected_texts_are_read_back() {
        let bytes = book();
        let book = Book::read(&bytes).expect("a book");
        let named = book.name(&LookupKey::of(SubjectKind::Link, "icbc.com.cn/")).expect("is in it");
        assert_eq!((named.owner, named.text), (Some("工商银行"), Some("icbc.com.cn")));
        let named = book.name(&LookupKey::of(SubjectKind::Link, "taobao.com/")).expect("is in it");
        assert_eq!((named.owner, named.text), (None, Some("taobao.com")));
        let named = book.name(&LookupKey::of(SubjectKind::Phone, "+8613800138000")).expect("is in it");
        assert_eq!((named.owner, named.text), (Some("某人"), None));
        assert_eq!(book.name(&LookupKey::of(SubjectKind::Phone, "cn:95599")), None);
    }

    #[test]
    fn every_stored_variant_is_found() {
        let bytes = book();
        let book = Book::read(&bytes).expect("a book");
        let protected = Protected { kind: SubjectKind::Link, text: "icbc.com.cn", official: true };
        let mut kept = 0;
        lookalike::stored(protected, &mut |hash| {
            kept += 1;
            assert!(book.variants(hash).any(|named| named.text == Some("icbc.com.cn")));
        });
        assert!(kept > 0);
        assert_eq!(book.variants(7).count(), 0);
    }

    #[test]
    fn an_empty_book_has_nothing() {
        let bytes = BookWriter::default().finish().expect("fits");
        let book = Book::read(&bytes).expect("a book");
        assert_eq!(book.variants(7).count(), 0);
        assert_eq!(book.name(&LookupKey([0; 16])), None);
    }

    proptest! {
        #[test]
        fn damaged_bytes_never_panic(place in 0_usize..2000, byte: u8, cut in 0_usize..2000, hash: u64) {
            let mut bytes = book();
            if let Some(one) = bytes.get_mut(place) {
                *one = byte;
            }
            bytes.truncate(bytes.len().max(cut) - cut.min(bytes.len()));
            if let Some(read) = Book::read(&bytes) {
                read.variants(hash).count();
                for (hash, key) in [(hash, "icbc.com.cn/"), (0, "taobao.com/")] {
                    read.variants(hash).count();
                    read.name(&LookupKey::of(SubjectKind::Link, key));
                }
            }
        }
    }
}
