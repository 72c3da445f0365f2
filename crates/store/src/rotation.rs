//! Moves what is stored to the current keys, a few rows at a time, while servers go on reading and writing.
//!
//! Each step is a transaction of its own and leaves a person wholly under the current keys, so a walk that was killed is
//! simply begun again. Rows that somebody else holds are passed by and come up in the next walk: a walk never waits while it
//! holds rows, and so never stands in a circle of waiting.

mod opened;
mod people;
mod system;
mod uses;

pub use people::persons_reseal;
pub use system::{officers_reseal, responsibilities_reseal, upstream_keys_reseal};
pub use uses::{KeyUse, is_noted, key_uses};

use diesel::sql_types::{Binary, Integer};
use keyring::{Keyring, SEAL_HEADER_BYTES};

diesel::define_sql_function! {
    /// Bytes of a value, counted from 1.
    fn substr(value: Binary, from: Integer, count: Integer) -> Binary;
}

/// Which rows a walk looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// Those whose own key lies under another master key or suite than the current ones.
    Left,
    /// All: also finds indexes under older keys.
    All,
}

impl Rows {
    /// What the keys of rows to pass by begin with; nothing does where that is empty.
    fn passed_by(self, keyring: &Keyring) -> Vec<u8> {
        match self {
            Self::Left => keyring.seal_header().to_vec(),
            Self::All => Vec::new(),
        }
    }
}

/// Bytes of a key that say under what it lies, for SQL.
const HEADER: i32 = SEAL_HEADER_BYTES as i32;

/// What one step of a walk did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Step {
    /// Key of the last row; the next step goes on after it. None at the end.
    pub last: Option<i64>,
    /// Rows that were looked at.
    pub seen: u64,
    /// Rows that were brought to the current keys.
    pub changed: u64,
    /// Rows of which something could not be: it does not open, or its new index is another row's.
    pub stuck: u64,
}
