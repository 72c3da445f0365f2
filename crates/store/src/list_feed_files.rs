//! Which files of feeds were read, and what came of them.

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _};

use crate::{connection::DbConnection, dialect::native, error::StoreError, schema::list_feed_files, types::At};

#[derive(diesel::Insertable)]
#[diesel(table_name = list_feed_files, treat_none_as_default_value = false)]
struct Row<'a> {
    source: &'a str,
    name: &'a str,
    hash: &'a [u8],
    taken_at: At,
    outcome: &'a serde_json::Value,
}

/// Whether a file with this content was read for this source.
pub fn list_feed_file_known(connection: &mut DbConnection, source: &str, hash: &[u8]) -> Result<bool, StoreError> {
    let found: i64 = list_feed_files::table
        .filter(list_feed_files::source.eq(source))
        .filter(list_feed_files::hash.eq(hash.to_vec()))
        .count()
        .get_result(connection)?;
    Ok(found > 0)
}

/// Writes down that a file was read.
pub fn list_feed_file_add(
    connection: &mut DbConnection,
    source: &str,
    name: &str,
    hash: &[u8],
    outcome: &serde_json::Value,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let row = Row { source, name, hash, taken_at: At::new(now), outcome };
    native!(connection, |inner| diesel::insert_into(list_feed_files::table)
        .values(&row)
        .on_conflict_do_nothing()
        .execute(inner))?;
    Ok(())
}
