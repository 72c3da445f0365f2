//! Whether two accounts may be one person.

use diesel::{
    BoolExpressionMethods as _, ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _, dsl::exists, select,
};

use crate::{
    connection::DbConnection,
    error::StoreError,
    schema::{audit_log, officers},
};

/// What gives somebody the means to sign in as another.
const MADE: [&str; 3] = ["officer.created", "officer.credentials_reset", "officer.enabled"];

/// Whether one of two officers made the other's account or handed out its credentials, as the audit log knows.
pub fn officers_linked(connection: &mut DbConnection, first: i64, second: i64) -> Result<bool, StoreError> {
    let ids: Vec<String> =
        officers::table.filter(officers::id.eq_any([first, second])).select(officers::public_id).load(connection)?;
    let made = audit_log::table
        .filter(audit_log::object_kind.eq("officer"))
        .filter(audit_log::object_id.eq_any(ids.clone()))
        .filter(audit_log::actor_kind.eq("officer").and(audit_log::actor_id.eq_any(ids)))
        .filter(audit_log::actor_id.ne(audit_log::object_id))
        .filter(audit_log::action.eq_any(MADE));
    Ok(select(exists(made)).get_result(connection)?)
}
