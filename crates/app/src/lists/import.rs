//! Bringing a file into a list.

mod batch;
mod columns;
mod entry;
mod file;
mod guards;
mod misp;
mod misp_event;
mod ndjson;
mod said;

pub use batch::ImportSummary;
pub use entry::Defaults;
pub(crate) use entry::{Extra, entry_of};
pub(super) use file::import_each;
pub use file::{ImportFormat, ImportOptions, import_file};
pub(super) use guards::{guard_keys, held_by_guards};
