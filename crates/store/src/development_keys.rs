//! Keys shared by development servers over one PostgreSQL. Production refuses to start without a key file instead.

use diesel::{ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _};

use crate::{connection::DbConnection, dialect::native, error::StoreError, schema::development_keys};

/// Stores `key_file` if nothing is stored yet, and returns what is stored.
pub fn development_keys_share(connection: &mut DbConnection, key_file: &str) -> Result<String, StoreError> {
    native!(connection, |inner| diesel::insert_into(development_keys::table)
        .values((development_keys::id.eq(1), development_keys::key_file.eq(key_file)))
        .on_conflict_do_nothing()
        .execute(inner))?;
    Ok(development_keys::table.find(1).select(development_keys::key_file).first(connection)?)
}

/// What is stored.
pub fn development_keys_find(connection: &mut DbConnection) -> Result<Option<String>, StoreError> {
    Ok(development_keys::table.find(1).select(development_keys::key_file).first(connection).optional()?)
}

/// Stores `after` where `before` is stored. False when something else is: another command was faster.
pub fn development_keys_replace(connection: &mut DbConnection, before: &str, after: &str) -> Result<bool, StoreError> {
    let stored = development_keys::table.find(1).filter(development_keys::key_file.eq(before));
    Ok(diesel::update(stored).set(development_keys::key_file.eq(after)).execute(connection)? == 1)
}
