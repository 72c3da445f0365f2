//! Divisions: importing the tree and its facts, finding a division, and the tree in memory.
//!
//! Players: a [`Tree`] is all divisions with their facts at one moment; the [`TreeCache`] holds the newest one this server
//! has seen, so that reads and questions of scope need no query; a [`DivisionView`] is what a reply says of a division.
//!
//! Flow of an import: [`read_tree_file`] makes rows of a file, `domain::division` checks and compares them, one transaction
//! applies what changed, and every server's cache follows within seconds, this one's at once.

mod cache;
mod facts;
mod facts_file;
mod find;
mod import;
mod made_up;
mod outlines;
mod read;
mod successors;
#[cfg(test)]
pub(crate) mod test_support;
mod tree;
mod tree_file;
mod view;
mod write;

pub use cache::TreeCache;
pub use facts::{FactsReport, import_facts};
pub use find::{FindDivisions, divisions_find};
pub use import::{ImportOptions, ImportReport, Moved, Renamed, Vanished, import_tree};
pub use made_up::{MadeUpReport, make_up};
pub(crate) use read::scope_of;
pub use read::{NearestReply, division_children, division_facts, division_get, division_history, divisions_nearest};
pub use successors::{Successors, name_successors, read_successors};
pub use tree::{Node, Totals, Tree};
pub use tree_file::{TreeFile, read_tree_file};
pub(crate) use tree_file::{bounded, unreadable};
pub use view::{DivisionFactsView, DivisionView, NearView};
pub use write::{division_succeed, divisions_import, facts_import};
pub(crate) use write::{off_the_workers, uploaded};

/// The divisions of Zhoukou of 2023, as a file to import: what the demo starts with.
pub const ZHOUKOU_2023: &[u8] = include_bytes!("../../../data/divisions/zhoukou_2023.csv");

/// How many bytes of how many are read so far.
pub type Progress<'a> = &'a dyn Fn(u64, Option<u64>);
