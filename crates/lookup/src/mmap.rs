//! The one place of `unsafe`: mapping a snapshot file into memory.

use std::{fs::File, io};

use memmap2::Mmap;

/// Maps `file` for reading.
#[expect(
    unsafe_code,
    reason = "A mapped file must not shrink or change while mapped. Snapshot files are written under another name, renamed \
              when whole, never opened for writing again, and removed only by unlinking, which leaves a mapping as it is. \
              They lie in the server's own data folder; whoever can truncate them there can replace the program as well."
)]
pub(crate) fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: see the reason above.
    unsafe { Mmap::map(file) }
}
