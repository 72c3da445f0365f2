//! Keys shared by development servers over one PostgreSQL. Production refuses to start without a key file instead.

use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _};

use crate::{connection::DbConnection, dialect::native, error::StoreError, schema::development_keys};

/// Stores `key_file` if nothing is stored yet, and returns what is stored.
pub fn development_keys_share(connection: &mut DbConnection, key_file: &str) -> Result<String, StoreError> {
    native!(connection, |inner| diesel::insert_into(development_keys::table)
        .values((development_keys::id.eq(1), development_keys::key_file.eq(key_file)))
        .on_conflict_do_nothing()
        .execute(inner))?;
    Ok(development_keys::table.find(1).select(development_keys::key_file).first(connection)?)
}
