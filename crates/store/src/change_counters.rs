//! Numbers for changes that every server must see in order.
//!
//! A number is given under a row lock that is held to the commit, so that whoever has seen `n` has seen everything below
//! it, also when an earlier transaction commits late.

use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _};

use crate::{connection::DbConnection, error::StoreError, schema::change_counters};

/// The sequences of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counter {
    /// Changes of list entries.
    Lists,
    /// Ended sessions.
    Revocations,
    /// Changes of divisions and of their facts.
    Divisions,
}

impl Counter {
    const fn name(self) -> &'static str {
        match self {
            Self::Lists => "lists",
            Self::Revocations => "revocations",
            Self::Divisions => "divisions",
        }
    }
}

/// Takes `count` numbers and returns the one before the first of them. Call inside a write transaction, as late in it as
/// possible: every other change of the same sequence waits for the commit.
pub fn take(connection: &mut DbConnection, counter: Counter, count: i64) -> Result<i64, StoreError> {
    let last: i64 = diesel::update(change_counters::table.find(counter.name()))
        .set(change_counters::number.eq(change_counters::number + count))
        .returning(change_counters::number)
        .get_result(connection)?;
    Ok(last - count)
}

/// The last number given by a committed transaction.
pub fn current(connection: &mut DbConnection, counter: Counter) -> Result<i64, StoreError> {
    Ok(change_counters::table.find(counter.name()).select(change_counters::number).first(connection)?)
}
