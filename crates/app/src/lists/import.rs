//! Bringing a file into a list.

mod entry;
mod file;

pub use entry::Defaults;
pub(crate) use entry::{Extra, entry_of};
pub use file::{ImportOptions, ImportSummary, import_file};
pub(super) use file::{guard_keys, held_by_guards, import_each};
