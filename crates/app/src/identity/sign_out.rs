//! Signing out everywhere.

use domain::authorization::{Action, Scope};
use store::{
    StoreError,
    audit_log::{NewAudit, audit_log_add},
    persons::person_find,
    sessions::{EndReason, HolderKind, sessions_end_all},
};

use super::tokens::revoked_until;
use crate::{Actor, App, Context, error::AppError};

/// Ends all sessions of the caller: refresh tokens at once, access tokens at this server at once and at all others within
/// a second.
///
/// # Errors
/// `unauthenticated` or `forbidden` for a caller who is no holder of this kind; `unavailable` when the database is away:
/// then nothing has ended.
pub async fn sign_out(app: &App, context: &Context, kind: HolderKind) -> Result<(), AppError> {
    context.authorize(Action::SignOut, Scope::Own)?;
    match kind {
        HolderKind::Resident => context.resident().map(|_| ())?,
        HolderKind::Officer => context.officer().map(|_| ())?,
    }
    let (now, actor, request_id) = (app.now(), context.actor.clone(), context.request_id.clone());
    let keyring = app.store.keyring.clone();
    let ended = app.store.db.write(move |connection| {
        let (kind, public_id, id) = match &actor {
            Actor::Resident(resident) => {
                let found = person_find(connection, &keyring, &resident.public_id)?.ok_or(StoreError::NotFound)?;
                (HolderKind::Resident, &resident.public_id, found.id)
            }
            Actor::Officer(officer) => (HolderKind::Officer, &officer.public_id, officer.id),
            Actor::Anonymous | Actor::Upstream(_) | Actor::Operator => return Err(StoreError::NotFound),
        };
        let ended = sessions_end_all(connection, (kind, id), EndReason::SignedOut, now, revoked_until(now))?;
        let audit = NewAudit {
            at: now,
            actor_kind: kind.as_str(),
            actor_id: public_id,
            action: "session.ended_all",
            object_kind: kind.as_str(),
            object_id: public_id,
            request_id: &request_id,
            detail: serde_json::json!({ "sessions": ended.len() }),
        };
        audit_log_add(connection, &audit)?;
        Ok(ended)
    });
    app.revocations.announce(app, &ended.await?, now).await;
    Ok(())
}
