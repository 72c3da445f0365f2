//! A refresh token becomes the next pair.

use chrono::TimeDelta;
use domain::authorization::Role;
use keyring::{PublicId, tokens::new_refresh_token};
use store::{
    DbConnection, StoreError,
    audit_log::{NewAudit, audit_log_add},
    officers::officer_active,
    persons::resident_find,
    sessions::{HolderKind, Rotated, Rotation, Session, session_rotate},
};

use super::seen::note_seen;
use super::tokens::{Holder, Tokens, revoked_until, tokens};
use crate::{
    App,
    error::{AppError, ErrorCode},
};

/// Longer than any refresh token of ours.
const LONGEST_TOKEN: usize = 128;

enum Outcome {
    Renewed(Holder),
    Refused,
    Reused(PublicId),
}

/// Exchanges a refresh token of a resident or an officer for the next pair. A token is good once; used again later than a
/// lost reply explains, it ends the session, because then somebody else has it.
///
/// # Errors
/// `refresh_refused` for every token that is not the live one of a living session; `unavailable` when the database is
/// away.
pub async fn session_refresh(
    app: &App,
    kind: HolderKind,
    refresh_token: &str,
    request_id: &str,
) -> Result<Tokens, AppError> {
    if refresh_token.is_empty() || refresh_token.len() > LONGEST_TOKEN {
        return Err(refused());
    }
    let successor = new_refresh_token();
    let rotation = rotation(app, kind, refresh_token, &successor);
    let (now, request_id) = (rotation.now, request_id.to_owned());
    let rotated = app.store.db.write(move |connection| rotate(connection, &rotation, &request_id));
    match rotated.await? {
        Outcome::Renewed(holder) => {
            if kind == HolderKind::Resident {
                note_seen(app, &holder).await;
            }
            tokens(&app.store.keyring, &app.settings.identity, holder, successor, now)
        }
        Outcome::Refused => Err(refused()),
        Outcome::Reused(session) => {
            tracing::warn!(%session, "a refresh token was used twice, its session has ended");
            app.revocations.announce(app, &[session], now).await;
            Err(refused())
        }
    }
}

fn refused() -> AppError {
    AppError::new(ErrorCode::RefreshRefused, "登录已失效，请重新登录。")
}

fn rotation(app: &App, kind: HolderKind, presented: &str, successor: &str) -> Rotation {
    let (settings, now) = (&app.settings.identity, app.now());
    let (idle, absolute) = match kind {
        HolderKind::Resident => {
            (TimeDelta::days(settings.refresh_token_days.into()), TimeDelta::days(settings.session_days.into()))
        }
        HolderKind::Officer => (
            TimeDelta::hours(settings.officer_idle_hours.into()),
            TimeDelta::hours(settings.officer_session_hours.into()),
        ),
    };
    Rotation {
        holder_kind: kind,
        presented: app.store.keyring.hash_refresh(presented),
        successor: app.store.keyring.hash_refresh(successor),
        now,
        retry_window: TimeDelta::seconds(settings.refresh_retry_seconds.into()),
        idle,
        absolute,
        revoked_until: revoked_until(now),
    }
}

fn rotate(connection: &mut DbConnection, rotation: &Rotation, request_id: &str) -> Result<Outcome, StoreError> {
    match session_rotate(connection, rotation)? {
        Rotated::Refused => Ok(Outcome::Refused),
        Rotated::Renewed(session) => {
            Ok(holder(connection, rotation.holder_kind, session)?.map_or(Outcome::Refused, Outcome::Renewed))
        }
        Rotated::Reused(session) => {
            let audit = NewAudit {
                at: rotation.now,
                actor_kind: "anonymous",
                actor_id: "",
                action: "session.ended",
                object_kind: "session",
                object_id: &session.public_id.to_string(),
                request_id,
                detail: serde_json::json!({ "reason": "reused", "holder": rotation.holder_kind.as_str() }),
            };
            audit_log_add(connection, &audit)?;
            Ok(Outcome::Reused(session.public_id))
        }
    }
}

/// Who holds the session now; nobody when erased or disabled.
fn holder(connection: &mut DbConnection, kind: HolderKind, session: Session) -> Result<Option<Holder>, StoreError> {
    let found = match kind {
        HolderKind::Resident => {
            resident_find(connection, session.holder_id)?.map(|resident| (resident.public_id, Role::Resident))
        }
        HolderKind::Officer => {
            officer_active(connection, session.holder_id)?.map(|officer| (officer.public_id, officer.role))
        }
    };
    Ok(found.map(|(public_id, role)| Holder { public_id, role, session: session.public_id }))
}
