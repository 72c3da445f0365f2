//! Ending an assignment.

use domain::authorization::{Action, Scope};
use serde_json::json;
use store::{
    audit_log::audit_log_add,
    responsibilities::{responsibility_end as end, responsibility_find},
};

use crate::{App, Context, divisions::scope_of, error::AppError};

/// Ends an assignment at once. It stays in the history; ending it twice changes nothing.
///
/// # Errors
/// `not_found` for an assignment in a division the caller does not see.
pub async fn responsibility_end(app: &App, context: &Context, id: &str) -> Result<(), AppError> {
    context.authorize(Action::EditResponsibilities, Scope::Served)?;
    let tree = app.divisions.get(&app.store.db).await?;
    let (context, keyring, id, now) = (context.clone(), app.store.keyring.clone(), id.to_owned(), app.now());
    app.write(move |connection| {
        let assignment = responsibility_find(connection, &keyring, &id)?.ok_or_else(AppError::not_found)?;
        let scope = scope_of(&context, &tree, assignment.division);
        context.authorize(Action::EditResponsibilities, scope)?;
        if assignment.ended_at.is_some() {
            return Ok(());
        }
        let (kind, actor) = context.actor_words();
        end(connection, assignment.id, &format!("{kind}:{actor}"), now)?;
        let detail = json!({ "division": assignment.division });
        audit_log_add(connection, &context.audit(now, "responsibility.ended", "responsibility", &id, detail))?;
        Ok(())
    })
    .await
}
