//! What lies under which key, and what still needs an older one.

use chrono::{DateTime, Utc};
use diesel::{
    ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, QueryableByName, RunQueryDsl as _, sql_query,
    sql_types::{BigInt, Binary},
};
use keyring::{KeyId, SEAL_HEADER_BYTES, Suite, sealed_under};

use crate::{
    connection::DbConnection,
    dialect::expect_long_statements,
    error::StoreError,
    schema::{audit_log, family_links},
    types::At,
};

/// Rows of a table that lie under one master key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyUse {
    /// The table.
    pub table: &'static str,
    /// The suite with which they are sealed.
    pub suite: Suite,
    /// The master key.
    pub key: KeyId,
    /// How many.
    pub rows: u64,
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = Binary)]
    header: Vec<u8>,
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

/// The columns that lie under a master key itself. All else lies under the key of its person.
const UNDER_MASTER_KEYS: [(&str, &str); 3] = [("persons", "key"), ("officers", "key"), ("upstream_keys", "secret")];

/// How many rows lie under which master key.
pub fn key_uses(connection: &mut DbConnection) -> Result<Vec<KeyUse>, StoreError> {
    expect_long_statements(connection)?;
    let mut uses = Vec::new();
    for (table, column) in UNDER_MASTER_KEYS {
        let counted: Vec<Counted> = sql_query(format!(
            "select substr({column}, 1, {SEAL_HEADER_BYTES}) as header, count(*) as \"rows\" from {table} \
             where length({column}) > 0 group by 1 order by 1"
        ))
        .load(connection)?;
        for Counted { header, rows } in counted {
            let (suite, key) = sealed_under(&header)?;
            uses.push(KeyUse { table, suite, key, rows: u64::try_from(rows).unwrap_or(0) });
        }
    }
    Ok(uses)
}

/// Open invitations, and when the last of them lapses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// How many.
    pub count: u64,
    /// Until when.
    pub until: DateTime<Utc>,
}

/// Invitations made before an instant that may still be answered. Only the guest has the secret, so their blind index cannot
/// be made anew: they are found under the key of their time.
pub fn invitations_waiting(
    connection: &mut DbConnection,
    made_before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Option<Waiting>, StoreError> {
    let open: Vec<Option<At>> = family_links::table
        .filter(family_links::state.eq("invited"))
        .filter(family_links::created_at.lt(At::new(made_before)))
        .filter(family_links::expires_at.gt(Some(At::new(now))))
        .select(family_links::expires_at)
        .load(connection)?;
    let until = open.iter().flatten().max().copied();
    Ok(until.map(|until| Waiting { count: open.len() as u64, until: until.into() }))
}

/// When the audit log first says that `action` was done to the key `id`.
pub fn keys_noted(connection: &mut DbConnection, action: &str, id: &str) -> Result<Option<DateTime<Utc>>, StoreError> {
    let at: Option<At> = audit_log::table
        .filter(audit_log::object_kind.eq("key"))
        .filter(audit_log::object_id.eq(id))
        .filter(audit_log::action.eq(action))
        .order(audit_log::id)
        .select(audit_log::at)
        .first(connection)
        .optional()?;
    Ok(at.map(Into::into))
}
