//! Saying who answers for a place.

use chrono::{DateTime, NaiveDate, Utc};
use domain::authorization::{Action, Scope};
use keyring::Keyring;
use serde::Serialize;
use serde_json::json;
use store::{
    DbConnection,
    audit_log::audit_log_add,
    divisions::divisions_hold,
    responsibilities::{NewAssignment, responsibility_add, responsibility_find, responsibility_overlaps},
};

use super::{
    AssignmentView,
    list::listed,
    rules::{Fault, checked},
};
use crate::{
    App, Context, beijing_day,
    divisions::{Tree, scope_of},
    error::AppError,
    once::{Done, Request, once},
};

/// An assignment to enter.
#[derive(Debug, Clone, Serialize)]
pub struct AssignResponsibility {
    /// Name of the person.
    pub name: String,
    /// Phone of the person.
    pub phone: String,
    /// What they are there, e.g. 村支书.
    pub post: String,
    /// Code of what they answer for.
    pub division: String,
    /// The part of a village, where it is not the whole.
    pub patch: Option<String>,
    /// First day, in Beijing; today where none is given.
    pub from_day: Option<NaiveDate>,
    /// Last day, in Beijing, where one is known.
    pub to_day: Option<NaiveDate>,
}

/// Enters an assignment. The same request under the same key enters it once.
///
/// # Errors
/// `invalid_field` for what cannot be, also for a division the caller does not see; `conflict` where the person answers for
/// the same place already on one of the days.
pub async fn responsibility_assign(
    app: &App,
    context: &Context,
    request: AssignResponsibility,
    idempotency_key: Option<String>,
) -> Result<AssignmentView, AppError> {
    context.authorize(Action::EditResponsibilities, Scope::Served)?;
    let (context, keyring, now) = (context.clone(), app.store.keyring.clone(), app.now());
    app.write(move |connection| {
        let once_only = Request { operation: "responsibility_assign", body: &request, key: idempotency_key.as_deref() };
        let done = once(connection, &keyring, &context, &once_only, now, |connection| {
            divisions_hold(connection)?;
            let (tree, today) = (Tree::load(connection)?, beijing_day(now));
            let new = checked(&context, &tree, &request, today)?;
            if responsibility_overlaps(connection, &keyring, &new)? {
                return Err(Fault::Overlap.into());
            }
            enter(connection, &keyring, &context, &new, now)
        })?;
        let (tree, today) = (Tree::load(connection)?, beijing_day(now));
        let stored = responsibility_find(connection, &keyring, done.id())?.ok_or_else(AppError::not_found)?;
        if let Done::Before(id) = &done {
            // The officer may serve other divisions by now.
            context.authorize(Action::ReadResponsibilities, scope_of(&context, &tree, stored.division))?;
            listed(connection, &context, std::slice::from_ref(id), now)?;
        }
        Ok(AssignmentView::of(&stored, &tree, today))
    })
    .await
}

/// Writes an assignment that keeps the rules, and the audit row. Returns its outward id.
pub(super) fn enter(
    connection: &mut DbConnection,
    keyring: &Keyring,
    context: &Context,
    new: &NewAssignment,
    now: DateTime<Utc>,
) -> Result<String, AppError> {
    let (kind, actor) = context.actor_words();
    let id = responsibility_add(connection, keyring, new, &format!("{kind}:{actor}"), now)?.to_string();
    let detail = json!({ "division": new.division, "from_day": new.from_day, "to_day": new.to_day });
    audit_log_add(connection, &context.audit(now, "responsibility.assigned", "responsibility", &id, detail))?;
    Ok(id)
}
