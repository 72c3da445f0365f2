//! Moves what is stored to the current keys, a few rows at a time, while servers go on reading and writing.
//!
//! Each step is a transaction of its own and leaves a person wholly under the current keys, so a walk that was killed is
//! simply begun again. Rows that somebody else holds are passed by and come up in the next walk: a walk never waits while it
//! holds rows, and so never stands in a circle of waiting.

mod opened;
mod people;
mod reports;
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
diesel::define_sql_function! {
    /// How many bytes a value has.
    fn length(value: Binary) -> Integer;
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

/// What one step of a walk is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// Which rows.
    pub rows: Rows,
    /// Only rows after the one with this key.
    pub after: i64,
    /// Rows at most.
    pub limit: i64,
}

/// Loads the part of a table that a step is asked for as `$row`; `$key` lies under a master key. Rows that others hold are
/// passed by.
macro_rules! load_part {
    ($connection:expr, $keyring:expr, $part:expr, $table:ident, $key:ident, $row:ty) => {
        $crate::dialect::load_unheld!(
            $connection,
            $table::table
                .filter($table::id.gt($part.after))
                // Who was erased has no key.
                .filter($crate::rotation::length($table::$key).gt(0))
                .filter(
                    $crate::rotation::substr($table::$key, 1, $crate::rotation::HEADER)
                        .ne($part.rows.passed_by($keyring))
                )
                .order($table::id)
                .limit($part.limit)
                .select(<$row>::as_select())
        )
    };
}
use load_part;

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

impl Step {
    /// A step over rows, none of them moved yet.
    fn over<R>(rows: &[R], id: impl FnOnce(&R) -> i64) -> Self {
        Self { last: rows.last().map(id), seen: rows.len() as u64, ..Self::default() }
    }
}
