//! The layout of a snapshot file.
//!
//! All numbers little-endian. A header of 128 bytes; the entries, 28 bytes each (key and record), sorted by key as
//! big-endian bytes; the index, 2^bits + 1 positions (u32) of the first entry whose key has at least these leading bits;
//! the [book](crate::book) of names. Key and record lie together, so that a hit costs one cache line less.

use std::ops::Range;

use domain::{LookupKey, candidates::Reaches};
use sha2::{Digest, Sha256};

use crate::{error::SnapshotError, record::Record};

/// Bytes of the header.
pub(super) const HEADER: usize = 128;

/// Bytes of an entry.
pub(super) const ENTRY: usize = 16 + Record::SIZE;

const MAGIC: [u8; 8] = *b"GBLISTS\n";
const FORMAT: u32 = 2;
const FIELDS: usize = 96;

/// The most bits an index may have; more than this is no file of ours.
pub(super) const MOST_BITS: u32 = 26;

/// What stands in front.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) index_bits: u32,
    pub(super) list_version: u64,
    pub(super) count: u64,
    pub(super) book_length: u64,
    pub(super) reaches: Reaches,
    /// How many exact entries the fullest bucket of the private check has.
    pub(super) fullest_bucket: u64,
    /// SHA-256 of all that follows the header.
    pub(super) checksum: [u8; 32],
}

/// Where the parts lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sections {
    pub(super) entries: Range<usize>,
    pub(super) index: Range<usize>,
    pub(super) book: Range<usize>,
}

impl Header {
    /// The header as bytes, with its own checksum at the end.
    pub(super) fn to_bytes(self) -> [u8; HEADER] {
        let mut bytes = Vec::with_capacity(HEADER);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        bytes.extend_from_slice(&self.index_bits.to_le_bytes());
        let numbers = [
            self.list_version,
            self.count,
            self.book_length,
            self.reaches.number_prefix_lengths,
            self.reaches.path_prefix_depths,
            self.fullest_bucket,
        ];
        bytes.extend(numbers.into_iter().flat_map(u64::to_le_bytes));
        bytes.extend_from_slice(&self.checksum);
        bytes.extend_from_slice(Sha256::digest(&bytes).as_slice());
        let mut whole = [0; HEADER];
        for (to, from) in whole.iter_mut().zip(bytes) {
            *to = from;
        }
        whole
    }

    /// The header in `bytes`.
    pub(super) fn read(bytes: &[u8; HEADER]) -> Result<Self, SnapshotError> {
        let (fields, rest) = bytes.split_first_chunk::<FIELDS>().ok_or(SnapshotError::Foreign)?;
        let (magic, fields_after) = fields.split_first_chunk::<8>().ok_or(SnapshotError::Foreign)?;
        let (format, fields_after) = fields_after.split_first_chunk::<4>().ok_or(SnapshotError::Foreign)?;
        if *magic != MAGIC || u32::from_le_bytes(*format) != FORMAT {
            return Err(SnapshotError::Foreign);
        }
        let sum = Sha256::digest(fields);
        if !rest.starts_with(sum.as_slice()) {
            return Err(SnapshotError::Damaged("header"));
        }
        let damaged = SnapshotError::Damaged("header");
        let (index_bits, fields_after) = fields_after.split_first_chunk::<4>().ok_or(damaged)?;
        let mut numbers = fields_after.as_chunks::<8>().0.iter().map(|number| u64::from_le_bytes(*number));
        let mut next = || numbers.next().ok_or(SnapshotError::Damaged("header"));
        Ok(Self {
            index_bits: u32::from_le_bytes(*index_bits),
            list_version: next()?,
            count: next()?,
            book_length: next()?,
            reaches: Reaches { number_prefix_lengths: next()?, path_prefix_depths: next()? },
            fullest_bucket: next()?,
            checksum: *fields.last_chunk().ok_or(SnapshotError::Damaged("header"))?,
        })
    }

    /// Where the parts lie; none if the numbers make no sense.
    pub(super) fn sections(&self) -> Option<Sections> {
        if self.index_bits == 0 || self.index_bits > MOST_BITS || self.count > u64::from(u32::MAX) {
            return None;
        }
        let entries = HEADER.checked_add(usize::try_from(self.count).ok()?.checked_mul(ENTRY)?)?;
        let index = entries.checked_add(((1 << self.index_bits) + 1) * 4)?;
        let book = index.checked_add(usize::try_from(self.book_length).ok()?)?;
        Some(Sections { entries: HEADER..entries, index: entries..index, book: index..book })
    }
}

/// The leading bits of a key; shifted in two steps, so that no bits at all give bucket 0.
#[inline]
pub(super) fn bucket(key: &LookupKey, bits: u32) -> usize {
    let leading = key.0.first_chunk().map_or(0, |leading| u64::from_be_bytes(*leading));
    usize::try_from((leading >> 1) >> (63 - (bits & 63))).unwrap_or(0)
}

/// Index bits for so many entries: one or two to a bucket, at 2 to 4 bytes an entry.
pub(super) fn index_bits(count: u64) -> u32 {
    count.checked_ilog2().unwrap_or(0).clamp(4, MOST_BITS)
}
