//! Which servers live, so that limits without Redis can be divided by their number, and which keys they use.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _};

use crate::{connection::DbConnection, dialect::native, error::StoreError, schema::servers, types::At};

/// A server that was not seen for so long counts as gone.
const GONE_AFTER: TimeDelta = TimeDelta::seconds(10);
/// After so long its row is removed.
const FORGOTTEN_AFTER: TimeDelta = TimeDelta::minutes(10);

/// A server that lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveServer {
    /// Its name.
    pub id: String,
    /// Fingerprint of the keys it uses; empty from a program that does not say.
    pub keys: String,
}

/// Says that the server named `id` lives and which keys it uses, and returns how many do, this one included. Call it every
/// few seconds; the clocks of the servers may differ by a few seconds.
pub fn servers_beat(
    connection: &mut DbConnection,
    id: &str,
    keys: &str,
    now: DateTime<Utc>,
) -> Result<i64, StoreError> {
    let seen_at = At::new(now);
    native!(connection, |inner| diesel::insert_into(servers::table)
        .values((servers::id.eq(id), servers::seen_at.eq(seen_at), servers::keys.eq(keys)))
        .on_conflict(servers::id)
        .do_update()
        .set((servers::seen_at.eq(seen_at), servers::keys.eq(keys)))
        .execute(inner))?;
    diesel::delete(servers::table.filter(servers::seen_at.lt(At::new(now - FORGOTTEN_AFTER)))).execute(connection)?;
    Ok(servers::table.filter(servers::seen_at.gt(At::new(now - GONE_AFTER))).count().get_result(connection)?)
}

/// The servers that live.
pub fn servers_live(connection: &mut DbConnection, now: DateTime<Utc>) -> Result<Vec<LiveServer>, StoreError> {
    let rows: Vec<(String, String)> = servers::table
        .filter(servers::seen_at.gt(At::new(now - GONE_AFTER)))
        .order(servers::id)
        .select((servers::id, servers::keys))
        .load(connection)?;
    Ok(rows.into_iter().map(|(id, keys)| LiveServer { id, keys }).collect())
}

/// Says that the server named `id` stops: the others may use its share of the limits at once.
pub fn servers_leave(connection: &mut DbConnection, id: &str) -> Result<(), StoreError> {
    diesel::delete(servers::table.find(id)).execute(connection)?;
    Ok(())
}
