//! What happened to entries: who did it, and why. Bulk deliveries stand in the claims; here stands what changed a state, and
//! what people did.

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _};
use domain::{ListKind, LookupKey, standing::EntryState};

use crate::{connection::DbConnection, dialect::native, error::StoreError, schema::list_events, types::At};

const ROWS_PER_STATEMENT: usize = 1_000;

/// Who does something to entries, why and when.
#[derive(Debug, Clone, Copy)]
pub struct Doing<'a> {
    /// What the actor is: `officer`, `source`, `system`, `operator`.
    pub actor_kind: &'a str,
    /// Outward id of the officer, name of the source; empty where there is none.
    pub actor_id: &'a str,
    /// What is done, e.g. `ruled`, `delivered`, `aged`.
    pub action: &'a str,
    /// Why, in plain words.
    pub reason: &'a str,
    /// When.
    pub now: DateTime<Utc>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListEvent {
    /// When.
    pub at: DateTime<Utc>,
    /// What the actor is.
    pub actor_kind: String,
    /// Who.
    pub actor_id: String,
    /// What was done.
    pub action: String,
    /// The state afterwards.
    pub state: String,
    /// Why.
    pub reason: String,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = list_events, treat_none_as_default_value = false)]
struct Row<'a> {
    lookup_key: Vec<u8>,
    list: &'a str,
    at: At,
    actor_kind: &'a str,
    actor_id: &'a str,
    action: &'a str,
    state: &'a str,
    reason: &'a str,
}

/// Writes down what was done to these entries, each with its state afterwards.
pub(crate) fn list_events_add(
    connection: &mut DbConnection,
    list: ListKind,
    entries: &[(LookupKey, EntryState)],
    doing: &Doing<'_>,
) -> Result<(), StoreError> {
    for part in entries.chunks(ROWS_PER_STATEMENT) {
        let rows: Vec<Row<'_>> = part
            .iter()
            .map(|(key, state)| Row {
                lookup_key: key.0.to_vec(),
                list: list.as_str(),
                at: At::new(doing.now),
                actor_kind: doing.actor_kind,
                actor_id: doing.actor_id,
                action: doing.action,
                state: state.as_str(),
                reason: doing.reason,
            })
            .collect();
        native!(connection, |inner| diesel::insert_into(list_events::table).values(&rows).execute(inner))?;
    }
    Ok(())
}

/// The latest things that happened to an entry, newest first.
pub fn list_events_of(
    connection: &mut DbConnection,
    key: LookupKey,
    list: ListKind,
    limit: i64,
) -> Result<Vec<ListEvent>, StoreError> {
    let rows: Vec<(At, String, String, String, String, String)> = list_events::table
        .filter(list_events::lookup_key.eq(key.0.to_vec()))
        .filter(list_events::list.eq(list.as_str()))
        .order(list_events::id.desc())
        .limit(limit)
        .select((
            list_events::at,
            list_events::actor_kind,
            list_events::actor_id,
            list_events::action,
            list_events::state,
            list_events::reason,
        ))
        .load(connection)?;
    Ok(rows
        .into_iter()
        .map(|(at, actor_kind, actor_id, action, state, reason)| ListEvent {
            at: at.into(),
            actor_kind,
            actor_id,
            action,
            state,
            reason,
        })
        .collect())
}
