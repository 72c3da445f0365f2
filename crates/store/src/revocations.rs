//! Ended sessions whose access tokens may not have expired yet. Every server follows this table by its change numbers.

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _};
use keyring::PublicId;

use crate::{
    change_counters::{self, Counter},
    connection::DbConnection,
    dialect::native,
    error::StoreError,
    schema::revocations,
    types::At,
};

/// Rows in one insert: below SQLite's limit of 32,766 bound values.
const ROWS_PER_INSERT: usize = 1_000;

/// A session whose access tokens are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// Its place in the sequence of changes.
    pub change_number: i64,
    /// Outward id of the session.
    pub session: PublicId,
    /// When the last of its access tokens has expired for certain.
    pub expires_at: DateTime<Utc>,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = revocations, treat_none_as_default_value = false)]
struct Row {
    change_number: i64,
    session_public_id: String,
    expires_at: At,
}

/// Records that the access tokens of these sessions are refused until `expires_at`. Takes change numbers, so call it late
/// in the transaction.
pub(crate) fn revocations_add(
    connection: &mut DbConnection,
    sessions: &[PublicId],
    expires_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    if sessions.is_empty() {
        return Ok(());
    }
    let count = i64::try_from(sessions.len()).unwrap_or(i64::MAX);
    let before = change_counters::take(connection, Counter::Revocations, count)?;
    let expires_at = At::new(expires_at);
    let rows: Vec<Row> = (before..)
        .zip(sessions)
        .map(|(number, session)| Row { change_number: number + 1, session_public_id: session.to_string(), expires_at })
        .collect();
    for chunk in rows.chunks(ROWS_PER_INSERT) {
        native!(connection, |inner| diesel::insert_into(revocations::table).values(chunk).execute(inner))?;
    }
    Ok(())
}

/// The revocations after a change number that have not expired, in order. Whoever has seen `n` has seen all below it.
pub fn revocations_after(
    connection: &mut DbConnection,
    change_number: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Revocation>, StoreError> {
    let rows: Vec<(i64, String, At)> = revocations::table
        .filter(revocations::change_number.gt(change_number))
        .filter(revocations::expires_at.gt(At::new(now)))
        .order(revocations::change_number)
        .select((revocations::change_number, revocations::session_public_id, revocations::expires_at))
        .load(connection)?;
    let revocation = |(change_number, session, expires_at): (i64, String, At)| {
        let session = session.parse().map_err(|_| StoreError::Unreadable("the id of a revoked session".to_owned()))?;
        Ok(Revocation { change_number, session, expires_at: expires_at.into() })
    };
    rows.into_iter().map(revocation).collect()
}

/// Forgets revocations whose tokens have expired by themselves. Returns how many.
pub fn revocations_prune(connection: &mut DbConnection, now: DateTime<Utc>) -> Result<usize, StoreError> {
    Ok(diesel::delete(revocations::table.filter(revocations::expires_at.le(At::new(now)))).execute(connection)?)
}
