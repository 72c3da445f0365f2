//! Ending an officer's account.

use domain::authorization::{Action, Scope};
use serde_json::json;
use store::{
    audit_log::audit_log_add,
    officers::{officer_close, officer_find},
    sessions::{EndReason, HolderKind, sessions_end_all},
};

use super::rules;
use crate::{App, Context, error::AppError, identity::revoked_until, units::Ground};

/// Disables an officer: they cannot sign in, their sessions end, and every server refuses their tokens at the next request.
/// The account stays, for what was done in its name. Disabling twice changes nothing.
///
/// # Errors
/// `not_found` for an officer the caller does not see; `forbidden` for a role above the caller's reach; `conflict` for
/// oneself and for the last active administrator.
pub async fn officer_disable(app: &App, context: &Context, id: &str) -> Result<(), AppError> {
    context.authorize(Action::EditOfficers, Scope::Served)?;
    let (context, keyring, id, now) = (context.clone(), app.store.keyring.clone(), id.to_owned(), app.now());
    let ended = app
        .write(move |connection| {
            let ground = Ground::hold(connection)?;
            let officer = officer_find(connection, &keyring, &id)?.ok_or_else(AppError::not_found)?;
            context.authorize(Action::EditOfficers, ground.scope_of(&context, officer.unit_id))?;
            rules::role(&context, officer.role)?;
            if !officer.active {
                return Ok(Vec::new());
            }
            if rules::is_self(&context, &officer) {
                return Err(rules::conflict("不能停用自己的账号，请由另一名管理人员停用。"));
            }
            rules::administrator_remains(connection, &officer)?;
            officer_close(connection, officer.id, now)?;
            let holder = (HolderKind::Officer, officer.id);
            let ended = sessions_end_all(connection, holder, EndReason::Disabled, now, revoked_until(now))?;
            let detail = json!({ "sessions": ended.len() });
            audit_log_add(connection, &context.audit(now, "officer.disabled", "officer", &id, detail))?;
            Ok(ended)
        })
        .await?;
    app.revocations.announce(app, &ended, now).await;
    Ok(())
}
