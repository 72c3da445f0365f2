//! "Who looked at my data": officers' reads and changes, by role and unit, purpose and time. Never by name.

use chrono::{DateTime, Utc};
use domain::authorization::{Action, Scope};
use store::{
    StoreError,
    audit_log::{Audit, audit_log_of},
    persons::person_find,
};

use super::me;
use crate::{App, AppError, Context};

/// One look or change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessView {
    /// When.
    pub at: DateTime<Utc>,
    /// The officer's role at that time.
    pub role: Option<String>,
    /// The officer's unit at that time.
    pub unit: Option<String>,
    /// What for.
    pub purpose: String,
}

/// Who looked at or changed the caller's data, the newest first.
pub async fn access_log(app: &App, context: &Context) -> Result<Vec<AccessView>, AppError> {
    context.authorize(Action::ManageOwnData, Scope::Own)?;
    let (resident, keyring) = (context.resident()?.public_id.clone(), app.store.keyring.clone());
    let read = app.store.db.run(move |connection| {
        person_find(connection, &keyring, &resident)?.ok_or(StoreError::NotFound)?;
        audit_log_of(connection, "person", &resident)
    });
    let rows = read.await.map_err(me::gone)?;
    let mut views: Vec<AccessView> = rows.iter().filter(|row| row.actor_kind != "resident").map(view).collect();
    views.reverse();
    Ok(views)
}

pub(super) fn view(row: &Audit) -> AccessView {
    let word = |key: &str| row.detail.get(key).and_then(|value| value.as_str()).map(str::to_owned);
    let purpose = word("purpose").unwrap_or_else(|| row.action.clone());
    AccessView { at: row.at, role: word("role"), unit: word("unit"), purpose }
}
