//! Requests that carry an `Idempotency-Key`: the first one is done and what it made is kept for a day, by its outward id alone; a
//! repeat learns that id. No personal data lies here.
//!
//! Both functions belong in the transaction of the write they protect: either both are kept or neither.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _};

use crate::{connection::DbConnection, dialect::native, error::StoreError, schema::idempotency_keys, types::At};

/// How long a reply is kept.
const KEPT: TimeDelta = TimeDelta::hours(24);

/// What is known of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Idempotency {
    /// It comes for the first time: do it, then call [`idempotency_finish`] in the same transaction.
    New,
    /// It was done.
    Replay {
        /// The HTTP status of the first reply.
        status: u16,
        /// The outward id of what it made.
        response: String,
    },
    /// The key came before, with another request.
    OtherRequest,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = idempotency_keys, treat_none_as_default_value = false)]
struct Row<'a> {
    actor_id: &'a str,
    key: &'a str,
    request_hash: &'a [u8],
    status: i16,
    response: &'a str,
    created_at: At,
}

/// Claims the key for a request, or says what became of an earlier one. `actor_id` is the outward id of who asks, with
/// its kind where ids of two kinds could meet; `key` and `request_hash` are keyed hashes of the key that was sent, and of what is asked. A concurrent request with
/// the same key waits here for the first to commit.
pub fn idempotency_begin(
    connection: &mut DbConnection,
    actor_id: &str,
    key: &str,
    request_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Idempotency, StoreError> {
    diesel::delete(
        idempotency_keys::table.find((actor_id, key)).filter(idempotency_keys::created_at.le(At::new(now - KEPT))),
    )
    .execute(connection)?;
    let row = Row { actor_id, key, request_hash, status: 0, response: "", created_at: At::new(now) };
    let claimed = native!(connection, |inner| diesel::insert_into(idempotency_keys::table)
        .values(&row)
        .on_conflict((idempotency_keys::actor_id, idempotency_keys::key))
        .do_nothing()
        .execute(inner))?;
    if claimed == 1 {
        return Ok(Idempotency::New);
    }
    let (hash, status, response): (Vec<u8>, i16, String) = idempotency_keys::table
        .find((actor_id, key))
        .select((idempotency_keys::request_hash, idempotency_keys::status, idempotency_keys::response))
        .first(connection)?;
    if hash != request_hash {
        return Ok(Idempotency::OtherRequest);
    }
    match u16::try_from(status) {
        Ok(status @ 100..) => Ok(Idempotency::Replay { status, response }),
        _ => Err(StoreError::Fault("a claimed idempotency key was committed without its reply".to_owned())),
    }
}

/// Keeps the outward id of what a request made that [`idempotency_begin`] called new.
pub fn idempotency_finish(
    connection: &mut DbConnection,
    actor_id: &str,
    key: &str,
    status: u16,
    response: &str,
) -> Result<(), StoreError> {
    let status = i16::try_from(status).map_err(|_| StoreError::Fault(format!("{status} is no HTTP status")))?;
    let changed = diesel::update(idempotency_keys::table.find((actor_id, key)))
        .set((idempotency_keys::status.eq(status), idempotency_keys::response.eq(response)))
        .execute(connection)?;
    if changed == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

/// Forgets replies older than a day. Returns how many.
pub fn idempotency_prune(connection: &mut DbConnection, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let old = idempotency_keys::table.filter(idempotency_keys::created_at.le(At::new(now - KEPT)));
    Ok(diesel::delete(old).execute(connection)?)
}
