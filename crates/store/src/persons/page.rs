//! Persons as officers list them.

use diesel::{ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _};
use keyring::Keyring;

use super::profile::{COLUMNS, PHONE, Row, StoredPerson, opened};
use crate::{connection::DbConnection, error::StoreError, schema::persons, sought::sought};

/// Phones in one statement: each may stand under several indexes, SQLite takes 32,766 values.
const PHONES_PER_STATEMENT: usize = 1_000;

/// Registered persons at home in one of these villages, in the order in which they came, after the one with outward id
/// `after`.
pub fn persons_page(
    connection: &mut DbConnection,
    keyring: &Keyring,
    villages: &[String],
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<StoredPerson>, StoreError> {
    let mut query = persons::table
        .filter(persons::division_code.eq_any(villages.iter().map(|code| Some(code.clone()))))
        .filter(persons::state.eq("active"))
        .filter(persons::registered_at.is_not_null())
        .order(persons::id)
        .limit(limit)
        .select(COLUMNS)
        .into_boxed();
    if let Some(after) = after {
        let after = sought(after)?;
        let id: Option<i64> =
            persons::table.filter(persons::public_id.eq(after)).select(persons::id).first(connection).optional()?;
        query = query.filter(persons::id.gt(id.ok_or(StoreError::NotFound)?));
    }
    let rows: Vec<Row> = query.load(connection)?;
    rows.into_iter().map(|row| opened(keyring, row)).collect()
}

/// Everybody who holds one of these phones, the earliest first; invited ones too.
pub fn persons_of_phones(
    connection: &mut DbConnection,
    keyring: &Keyring,
    phones: &[&str],
) -> Result<Vec<StoredPerson>, StoreError> {
    let mut found = Vec::new();
    for chunk in phones.chunks(PHONES_PER_STATEMENT) {
        let indexes = chunk.iter().flat_map(|phone| keyring.blind_index_candidates(PHONE, phone));
        let indexes: Vec<Option<Vec<u8>>> = indexes.map(|index| Some(index.to_vec())).collect();
        let rows: Vec<Row> = persons::table
            .filter(persons::phone_index.eq_any(indexes))
            .filter(persons::state.eq("active"))
            .order(persons::id)
            .select(COLUMNS)
            .load(connection)?;
        for row in rows {
            found.push(opened(keyring, row)?);
        }
    }
    Ok(found)
}
