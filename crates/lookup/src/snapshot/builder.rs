//! Writing a snapshot, row by row.

use std::{
    fs::{self, File, OpenOptions},
    io::{BufWriter, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use domain::{KeyPrefix, ListKind, candidates::Reaches};
use sha2::{Digest, Sha256};

use super::{
    files,
    format::{self, HEADER, Header},
};
use crate::{book::BookWriter, error::SnapshotError, row::Row};

/// Index bits counted while writing, at least: 1 MiB.
const FEWEST_COUNTED_BITS: u32 = 18;

/// Writes one snapshot: rows are streamed to a file under another name, which gets its own name when it is whole.
///
/// In memory are kept the index (a few bytes a row) and the names. A builder that is dropped unfinished leaves nothing.
#[derive(Debug)]
pub struct SnapshotBuilder {
    partial: Partial,
    path: PathBuf,
    list_version: u64,
    pending: Option<Row>,
    count: u64,
    counted_bits: u32,
    /// How many entries each leading-bits bucket has, at the finest that may be wanted.
    buckets: Vec<u32>,
    reaches: Reaches,
    /// The bucket of the private check that is being written, its exact entries so far, and the most that one had.
    private: (Option<KeyPrefix>, u64, u64),
    book: BookWriter,
}

/// The file in the making, and the checksum of what went into it.
#[derive(Debug)]
struct Partial {
    path: PathBuf,
    file: BufWriter<File>,
    checksum: Sha256,
    kept: bool,
}

impl Partial {
    fn write(&mut self, bytes: &[u8]) -> Result<(), SnapshotError> {
        self.checksum.update(bytes);
        Ok(self.file.write_all(bytes)?)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.kept {
            // Nothing to be done about a failure here; `prune` tries again.
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl SnapshotBuilder {
    /// Begins the snapshot of list version `list_version` in `dir`, which is made if need be. `expected_count` is a hint for
    /// the index; being wrong costs some speed, nothing else.
    ///
    /// # Errors
    /// If the file can't be made.
    pub fn create(dir: &Path, list_version: u64, expected_count: u64) -> Result<Self, SnapshotError> {
        fs::create_dir_all(dir)?;
        let path = dir.join(files::name(list_version));
        let partial_path = dir.join(files::partial_name(list_version));
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(&partial_path)?;
        let counted_bits = format::index_bits(expected_count).max(FEWEST_COUNTED_BITS);
        let mut partial = Partial {
            path: partial_path,
            file: BufWriter::with_capacity(1 << 18, file),
            checksum: Sha256::new(),
            kept: false,
        };
        partial.file.write_all(&[0; HEADER])?;
        Ok(Self {
            partial,
            path,
            list_version,
            pending: None,
            count: 0,
            counted_bits,
            buckets: vec![0; 1 << counted_bits],
            reaches: Reaches::default(),
            private: (None, 0, 0),
            book: BookWriter::default(),
        })
    }

    /// Adds a row. Rows come in ascending key order; several of one key in a row become one record, with the name from the
    /// allowlist before others.
    ///
    /// # Errors
    /// [`SnapshotError::OutOfOrder`], [`SnapshotError::TooLarge`], or the disk's.
    pub fn push(&mut self, row: Row) -> Result<(), SnapshotError> {
        match &mut self.pending {
            Some(pending) if pending.key > row.key => return Err(SnapshotError::OutOfOrder),
            Some(pending) if pending.key == row.key => {
                pending.record = pending.record.merge(row.record);
                if pending.name.is_none() || (row.name.is_some() && row.record.is_on(ListKind::Allowlist)) {
                    pending.name = row.name;
                }
            }
            _ => {
                self.write_pending()?;
                self.pending = Some(row);
            }
        }
        Ok(())
    }

    fn write_pending(&mut self) -> Result<(), SnapshotError> {
        let Some(Row { key, record, name }) = self.pending.take() else { return Ok(()) };
        self.count += 1;
        if self.count > u64::from(u32::MAX) {
            return Err(SnapshotError::TooLarge);
        }
        if let Some(bucket) = self.buckets.get_mut(format::bucket(&key, self.counted_bits)) {
            *bucket += 1;
        }
        if let Some(name) = &name {
            self.book.push(key, &record, name)?;
        }
        self.reaches = self.reaches.and(record.reaches());
        if record.is_exact() {
            let (bucket, count, most) = self.private;
            let count = if bucket == Some(key.prefix()) { count + 1 } else { 1 };
            self.private = (Some(key.prefix()), count, most.max(count));
        }
        self.partial.write(&key.0)?;
        self.partial.write(&record.to_bytes())
    }

    /// Makes the file whole and durable and gives it its name. An older file of the same list version is replaced; whoever has
    /// it open keeps it.
    ///
    /// # Errors
    /// [`SnapshotError::TooLarge`] with too many names, or the disk's.
    pub fn finish(mut self) -> Result<PathBuf, SnapshotError> {
        self.write_pending()?;
        let index_bits = format::index_bits(self.count).min(self.counted_bits);
        self.write_index(index_bits)?;
        let book = std::mem::take(&mut self.book).finish()?;
        self.partial.write(&book)?;
        let mut checksum = [0; 32];
        for (to, from) in checksum.iter_mut().zip(self.partial.checksum.finalize_reset()) {
            *to = from;
        }
        let header = Header {
            index_bits,
            list_version: self.list_version,
            count: self.count,
            book_length: u64::try_from(book.len()).map_err(|_| SnapshotError::TooLarge)?,
            reaches: self.reaches,
            fullest_bucket: self.private.2,
            checksum,
        };
        self.partial.file.seek(SeekFrom::Start(0))?;
        self.partial.file.write_all(&header.to_bytes())?;
        self.partial.file.flush()?;
        self.partial.file.get_ref().sync_all()?;
        fs::rename(&self.partial.path, &self.path)?;
        self.partial.kept = true;
        if let Some(dir) = self.path.parent() {
            // The new name is durable only with its folder.
            File::open(dir)?.sync_all()?;
        }
        Ok(self.path.clone())
    }

    fn write_index(&mut self, index_bits: u32) -> Result<(), SnapshotError> {
        let buckets = std::mem::take(&mut self.buckets);
        let mut start = 0_u32;
        let joined = 1 << (self.counted_bits - index_bits);
        for finest in buckets.chunks(joined) {
            self.partial.write(&start.to_le_bytes())?;
            start += finest.iter().sum::<u32>();
        }
        self.partial.write(&start.to_le_bytes())
    }
}
