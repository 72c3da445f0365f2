//! What lies under which key.

use diesel::{
    ExpressionMethods as _, QueryDsl as _, QueryableByName, RunQueryDsl as _, sql_query,
    sql_types::{BigInt, Binary},
};
use keyring::{KeyId, SEAL_HEADER_BYTES, Suite, sealed_under};

use crate::{connection::DbConnection, dialect::expect_long_statements, error::StoreError, schema::audit_log};

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
const UNDER_MASTER_KEYS: [(&str, &str); 4] =
    [("persons", "key"), ("officers", "key"), ("responsibility_assignments", "key"), ("upstream_keys", "secret")];

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

/// Whether the audit log says that `action` was done to the key `id`.
pub fn is_noted(connection: &mut DbConnection, action: &str, id: &str) -> Result<bool, StoreError> {
    let noted = audit_log::table
        .filter(audit_log::object_kind.eq("key"))
        .filter(audit_log::object_id.eq(id))
        .filter(audit_log::action.eq(action));
    Ok(diesel::select(diesel::dsl::exists(noted)).get_result(connection)?)
}
