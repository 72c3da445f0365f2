//! Bringing a file into a list.

mod entry;
mod file;

pub use entry::Defaults;
pub(crate) use entry::entry_of;
pub use file::{ImportOptions, ImportSummary, import_file};
