//! The audit log: who did what to which thing, when. Rows are added in the transaction of the change they tell of, name
//! persons only by their outward ids, and are never changed. The one free text in them, the purpose that an officer writes down
//! for a look at a person, lies sealed under that person's key, and goes with the person.

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _};
use keyring::{Keyring, SealContext};

use crate::{
    connection::DbConnection,
    dialect::native,
    error::StoreError,
    persons::{StoredPerson, profile::open_text},
    schema::audit_log,
    types::At,
};

/// What rows about persons are about.
pub(crate) const PERSON: &str = "person";
/// Names the sealed purpose of a look.
pub(crate) const PURPOSE: &str = "audit_log.purpose";

/// Rows in one statement: well below SQLite's limit of 32,766 bound values.
const ROWS_PER_STATEMENT: usize = 1_000;

/// A row to add.
#[derive(Debug, Clone)]
pub struct NewAudit<'a> {
    /// When it was done.
    pub at: DateTime<Utc>,
    /// What the actor is: `officer`, `operator`, `resident`, `upstream`, `anonymous`.
    pub actor_kind: &'a str,
    /// Outward id of the actor; empty where there is none.
    pub actor_id: &'a str,
    /// What was done, as `object.verb`, e.g. `session.created`.
    pub action: &'a str,
    /// The kind of thing it was done to.
    pub object_kind: &'a str,
    /// Outward id or code of that thing; empty where there is none.
    pub object_id: &'a str,
    /// The request in which it was done.
    pub request_id: &'a str,
    /// What else is worth keeping. Never personal data.
    pub detail: serde_json::Value,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = audit_log, treat_none_as_default_value = false)]
struct Row<'a> {
    at: At,
    actor_kind: &'a str,
    actor_id: &'a str,
    action: &'a str,
    object_kind: &'a str,
    object_id: &'a str,
    request_id: &'a str,
    detail: &'a serde_json::Value,
    purpose: Option<&'a [u8]>,
}

/// A row as it stands in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Audit {
    /// When it was done.
    pub at: DateTime<Utc>,
    /// What the actor is.
    pub actor_kind: String,
    /// Outward id of the actor.
    pub actor_id: String,
    /// What was done.
    pub action: String,
    /// What else was kept.
    pub detail: serde_json::Value,
    /// For what an officer said they looked, in their words.
    pub purpose: Option<String>,
}

/// Adds a row. Call it inside the transaction of the change.
pub fn audit_log_add(connection: &mut DbConnection, audit: &NewAudit<'_>) -> Result<(), StoreError> {
    diesel::insert_into(audit_log::table).values(row(audit, audit.object_id)).execute(connection)?;
    Ok(())
}

/// Adds a row about a person, with what an officer wrote down as the purpose.
pub fn audit_log_add_purpose(
    connection: &mut DbConnection,
    keyring: &Keyring,
    audit: &NewAudit<'_>,
    person: &StoredPerson,
    purpose: &str,
) -> Result<(), StoreError> {
    let context = SealContext::new(PURPOSE, person.public_id);
    let sealed = keyring.seal(&person.key, context, purpose.as_bytes())?;
    let id = person.public_id.to_string();
    let row = Row { object_kind: PERSON, purpose: Some(&sealed), ..row(audit, &id) };
    diesel::insert_into(audit_log::table).values(row).execute(connection)?;
    Ok(())
}

/// Adds the same row for each of these objects.
pub fn audit_log_add_each(
    connection: &mut DbConnection,
    audit: &NewAudit<'_>,
    object_ids: &[String],
) -> Result<(), StoreError> {
    for ids in object_ids.chunks(ROWS_PER_STATEMENT) {
        let rows: Vec<Row<'_>> = ids.iter().map(|id| row(audit, id)).collect();
        native!(connection, |inner| diesel::insert_into(audit_log::table).values(&rows).execute(inner))?;
    }
    Ok(())
}

fn row<'a>(audit: &'a NewAudit<'a>, object_id: &'a str) -> Row<'a> {
    Row {
        at: At::new(audit.at),
        actor_kind: audit.actor_kind,
        actor_id: audit.actor_id,
        action: audit.action,
        object_kind: audit.object_kind,
        object_id,
        request_id: audit.request_id,
        detail: &audit.detail,
        purpose: None,
    }
}

/// The rows about one thing, oldest first.
pub fn audit_log_of(
    connection: &mut DbConnection,
    object_kind: &str,
    object_id: &str,
) -> Result<Vec<Audit>, StoreError> {
    Ok(rows_of(connection, object_kind, object_id)?.into_iter().map(|(audit, _)| audit).collect())
}

/// The rows about a person, oldest first, with the purposes that officers wrote down.
pub fn audit_log_of_person(
    connection: &mut DbConnection,
    keyring: &Keyring,
    person: &StoredPerson,
) -> Result<Vec<Audit>, StoreError> {
    let rows = rows_of(connection, PERSON, &person.public_id.to_string())?;
    let opened = |(audit, sealed): Sealed| {
        let purpose = open_text(keyring, &person.key, PURPOSE, person.public_id, sealed)?;
        Ok(Audit { purpose, ..audit })
    };
    rows.into_iter().map(opened).collect()
}

/// A row, and its purpose as it lies there.
type Sealed = (Audit, Option<Vec<u8>>);
type Stored = (At, String, String, String, serde_json::Value, Option<Vec<u8>>);

/// Rows with their purposes, still sealed.
fn rows_of(connection: &mut DbConnection, object_kind: &str, object_id: &str) -> Result<Vec<Sealed>, StoreError> {
    let rows: Vec<Stored> = audit_log::table
        .filter(audit_log::object_kind.eq(object_kind))
        .filter(audit_log::object_id.eq(object_id))
        .order(audit_log::id)
        .select((
            audit_log::at,
            audit_log::actor_kind,
            audit_log::actor_id,
            audit_log::action,
            audit_log::detail,
            audit_log::purpose,
        ))
        .load(connection)?;
    let read = |(at, actor_kind, actor_id, action, detail, purpose): Stored| {
        (Audit { at: at.into(), actor_kind, actor_id, action, detail, purpose: None }, purpose)
    };
    Ok(rows.into_iter().map(read).collect())
}
