//! One file with all that was listed up to a change number.

mod builder;
mod files;
mod format;

use std::{fs::File, io::Read, ops::Range, path::Path};

use domain::{KeyPrefix, LookupKey, candidates::Reaches};
use memmap2::Mmap;
use sha2::{Digest, Sha256};

pub use builder::SnapshotBuilder;
pub(crate) use files::newest;
pub use files::prune;
use format::{ENTRY, HEADER, Header, Sections};

use crate::{book::Book, error::SnapshotError, mmap, record::Record};

/// An open snapshot file. Look-ups read the memory map; nothing is copied out of it beforehand.
#[derive(Debug)]
pub struct Snapshot {
    map: Mmap,
    header: Header,
    sections: Sections,
}

impl Snapshot {
    /// Opens the file at `path` in well under a millisecond: the header and the sizes are checked, the rest is not read.
    ///
    /// # Errors
    /// [`SnapshotError::Foreign`] for a file of another kind, [`SnapshotError::Damaged`] for one cut short or with a header
    /// that is not as written, [`SnapshotError::Io`] from the disk.
    pub fn open(path: &Path) -> Result<Self, SnapshotError> {
        let mut file = File::open(path)?;
        let mut bytes = [0; HEADER];
        file.read_exact(&mut bytes).map_err(|_| SnapshotError::Foreign)?;
        let header = Header::read(&bytes)?;
        let sections = header.sections().ok_or(SnapshotError::Damaged("counts"))?;
        if file.metadata()?.len() != u64::try_from(sections.book.end).map_err(|_| SnapshotError::TooLarge)? {
            return Err(SnapshotError::Damaged("length"));
        }
        let snapshot = Self { map: mmap::map(&file)?, header, sections };
        snapshot.book().ok_or(SnapshotError::Damaged("names"))?;
        Ok(snapshot)
    }

    /// Reads the whole file against its checksum: to be done once, in the background, before a file from elsewhere is used.
    ///
    /// # Errors
    /// [`SnapshotError::Damaged`] if one bit differs from what was written.
    pub fn verify(&self) -> Result<(), SnapshotError> {
        let body = self.map.get(HEADER..).unwrap_or_default();
        let sum = Sha256::digest(body);
        if sum.as_slice() == self.header.checksum { Ok(()) } else { Err(SnapshotError::Damaged("checksum")) }
    }

    /// The number of the last change in it.
    pub const fn list_version(&self) -> u64 {
        self.header.list_version
    }

    /// How many keys it has.
    pub const fn len(&self) -> u64 {
        self.header.count
    }

    /// Whether it has none.
    pub const fn is_empty(&self) -> bool {
        self.header.count == 0
    }

    /// Which lengths of prefix rules it has.
    pub(crate) const fn reaches(&self) -> Reaches {
        self.header.reaches
    }

    /// How many exact entries the fullest bucket of the private check has.
    pub(crate) const fn fullest_bucket(&self) -> u64 {
        self.header.fullest_bucket
    }

    /// All that is listed at `key`.
    pub fn get(&self, key: &LookupKey) -> Option<Record> {
        self.pages().get(key)
    }

    /// Its entries, ready to be searched many times.
    pub(crate) fn pages(&self) -> Pages<'_> {
        let part = |range: &Range<usize>| self.map.get(range.clone()).unwrap_or_default();
        Pages {
            index: part(&self.sections.index).as_chunks().0,
            entries: part(&self.sections.entries).as_chunks().0,
            index_bits: self.header.index_bits,
        }
    }

    /// Its names.
    pub(crate) fn book(&self) -> Option<Book<'_>> {
        Book::read(self.map.get(self.sections.book.clone())?)
    }
}

/// The entries of a snapshot, taken apart once: the fewer steps a look-up has, the more of them are under way at once, and
/// waiting for memory is nearly all they do.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pages<'a> {
    index: &'a [[u8; 4]],
    entries: &'a [[u8; ENTRY]],
    index_bits: u32,
}

impl Pages<'_> {
    /// All that is listed at `key`.
    #[inline]
    pub(crate) fn get(&self, key: &LookupKey) -> Option<Record> {
        let [start, end] = *self.index.get(format::bucket(key, self.index_bits)..)?.first_chunk()?;
        let place = |position| usize::try_from(u32::from_le_bytes(position)).unwrap_or(usize::MAX);
        let bucket = self.entries.get(place(start)..place(end))?;
        // One or two keys as a rule; many only where the file outgrew its index.
        if bucket.len() > 8 {
            return search(bucket, key);
        }
        let wanted = u128::from_ne_bytes(key.0);
        let entry =
            bucket.iter().find(|entry| entry.first_chunk().copied().map(u128::from_ne_bytes) == Some(wanted))?;
        entry.last_chunk().copied().map(Record::from_bytes)
    }
}

impl<'a> Pages<'a> {
    /// The entries whose keys begin so, in key order.
    pub(crate) fn beginning(&self, prefix: KeyPrefix) -> impl Iterator<Item = (LookupKey, Record)> + use<'a> {
        let (first, last) = prefix.keys().into_inner();
        let ours = self.from(&first).take_while(move |entry| key_of(entry) <= last);
        ours.filter_map(|entry| Some((key_of(entry), Record::from_bytes(*entry.last_chunk()?))))
    }

    /// The records of the entries at and after `key`, in key order.
    pub(crate) fn records_from(&self, key: &LookupKey) -> impl Iterator<Item = Record> + use<'a> {
        self.from(key).filter_map(|entry| entry.last_chunk().copied().map(Record::from_bytes))
    }

    fn from(&self, key: &LookupKey) -> impl Iterator<Item = &'a [u8; ENTRY]> + use<'a> {
        let start =
            self.index.get(format::bucket(key, self.index_bits)).map_or(u32::MAX, |start| u32::from_le_bytes(*start));
        let entries = self.entries.get(usize::try_from(start).unwrap_or(usize::MAX)..).unwrap_or_default();
        let key = *key;
        entries.iter().skip_while(move |entry| key_of(entry) < key)
    }
}

fn key_of(entry: &[u8; ENTRY]) -> LookupKey {
    LookupKey(entry.first_chunk().copied().unwrap_or_default())
}

#[cold]
fn search(bucket: &[[u8; ENTRY]], key: &LookupKey) -> Option<Record> {
    let place = bucket.binary_search_by(|entry| entry.first_chunk::<16>().cmp(&Some(&key.0))).ok()?;
    bucket.get(place)?.last_chunk().copied().map(Record::from_bytes)
}

#[cfg(test)]
mod tests;
