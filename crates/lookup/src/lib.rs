//! The lists in memory: build, open, swap, look up.
//!
//! Players: a [`Snapshot`] is one file, keys sorted, read through a memory map and never changed in place; it holds all that
//! was listed up to its *list version*, the number of the last change in it. Changes after that live in layers over it.
//! [`Lists`] is the handle that everybody shares: writers [`apply`](Lists::apply) changes and [`swap`](Lists::swap) in a new
//! snapshot, readers take a [`View`], which stays as it is for as long as they hold it and never waits.
//!
//! Flow of a check: [`View::find`] walks the subject's candidate keys, most specific first, and stops at the first listed
//! one; where nothing is found, [`View::imitated_by`] asks whether the subject passes itself off as somebody. A private check
//! takes a whole [`View::bucket`] instead, and [`View::named_numbers`] beside it.
//!
//! One key has one [`Record`], whatever the number of lists and entries on it; whoever writes a change gives the record as it
//! is after the change.

mod book;
mod bucket;
mod error;
mod layer;
mod lists;
mod mmap;
mod record;
mod row;
mod sieve;
mod snapshot;
mod view;

pub use bucket::NamedNumber;
pub use error::SnapshotError;
pub use lists::Lists;
pub use record::Record;
pub use row::{Change, Name, Row};
pub use snapshot::{Snapshot, SnapshotBuilder, prune};
pub use view::{Finding, Imitation, Match, Reader, View};
