//! Entries of the lists: adding them in bulk, and following their changes.

mod add;
mod follow;

pub use add::{Added, NewEntry, list_entries_add, list_entries_expect_many};
pub use follow::{ActiveEntry, ChangedKey, list_entries_changed, list_entries_keys, list_entries_walk};
