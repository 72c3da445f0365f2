//! Bytes of a table before they are rows: counted for the progress bar, unpacked within a limit.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Cursor, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use flate2::read::MultiGzDecoder;

use super::{Limits, TableError};

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZIP: [u8; 4] = *b"PK\x03\x04";

/// Where the bytes come from.
enum Origin {
    File(File),
    Bytes(Cursor<Vec<u8>>),
}

impl Read for Origin {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read(buffer),
            Self::Bytes(bytes) => bytes.read(buffer),
        }
    }
}

/// A file or body, not yet read.
pub(super) struct Source {
    origin: Origin,
    /// Its first bytes are those of gzip.
    packed: bool,
    /// Bytes as they lie.
    pub(super) size: u64,
    /// How many of them are read.
    pub(super) position: Arc<AtomicU64>,
}

/// Opens a file.
pub(super) fn of_path(path: &Path) -> Result<Source, TableError> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory).into());
    }
    let mut magic = Vec::new();
    Read::take(&mut file, 2).read_to_end(&mut magic)?;
    io::Seek::rewind(&mut file)?;
    Ok(Source { origin: Origin::File(file), packed: magic == GZIP, size: metadata.len(), position: Arc::default() })
}

/// Takes a body.
pub(super) fn of_bytes(bytes: Vec<u8>) -> Source {
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let packed = bytes.starts_with(&GZIP);
    Source { origin: Origin::Bytes(Cursor::new(bytes)), packed, size, position: Arc::default() }
}

impl Source {
    /// True if a body is a workbook, packed or not.
    pub(super) fn is_workbook(&self, limits: Limits) -> Result<bool, TableError> {
        let Origin::Bytes(bytes) = &self.origin else { return Ok(false) };
        let mut magic = Vec::new();
        let read = if self.packed {
            let mut inner = MultiGzDecoder::new(bytes.get_ref().as_slice()).take(4.min(limits.text_bytes));
            inner.read_to_end(&mut magic)
        } else {
            bytes.get_ref().as_slice().take(4).read_to_end(&mut magic)
        };
        // What cannot be unpacked shows up again, with its line, when it is read.
        Ok(read.is_ok() && magic == ZIP)
    }

    /// The bytes, unpacked where they were packed. Beyond `limit` reading fails with [`io::ErrorKind::FileTooLarge`].
    pub(super) fn unpacked(self, limit: u64) -> Result<Box<dyn BufRead + Send>, TableError> {
        let counted = Counted { inner: self.origin, count: self.position };
        Ok(if self.packed {
            let unpacked = MultiGzDecoder::new(BufReader::with_capacity(64 * 1024, counted));
            Box::new(BufReader::with_capacity(64 * 1024, Bounded { inner: unpacked, left: limit }))
        } else {
            Box::new(BufReader::with_capacity(64 * 1024, Bounded { inner: counted, left: limit }))
        })
    }

    /// All bytes, unpacked.
    pub(super) fn whole(self, limit: u64) -> Result<Vec<u8>, TableError> {
        let mut bytes = Vec::new();
        match self.unpacked(limit)?.read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => Err(TableError::TooLarge),
            Err(error) => Err(error.into()),
        }
    }
}

struct Counted<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count.fetch_add(u64::try_from(read).unwrap_or(0), Ordering::Relaxed);
        Ok(read)
    }
}

struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        match self.left.checked_sub(u64::try_from(read).unwrap_or(u64::MAX)) {
            Some(left) => self.left = left,
            None => return Err(io::ErrorKind::FileTooLarge.into()),
        }
        Ok(read)
    }
}
