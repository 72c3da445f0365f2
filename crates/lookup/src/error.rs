//! What can be wrong with a snapshot file.

use std::io;

/// Why a snapshot could not be written, opened or trusted.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The disk said so.
    #[error("snapshot file: {0}")]
    Io(#[from] io::Error),
    /// The file is something else, or of another format version.
    #[error("not a snapshot of this format")]
    Foreign,
    /// Cut short, overwritten or otherwise not as written.
    #[error("damaged snapshot: {0}")]
    Damaged(&'static str),
    /// A row's key was smaller than the one before.
    #[error("rows must come in ascending key order")]
    OutOfOrder,
    /// More rows, or more text, than the format counts (2^32).
    #[error("too much for one snapshot")]
    TooLarge,
}
