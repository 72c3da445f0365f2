//! Ending an officer's account, and taking it up again.

use chrono::{DateTime, Utc};
use domain::authorization::{Action, Scope};
use keyring::PublicId;
use serde_json::json;
use store::{
    DbConnection, Store,
    audit_log::audit_log_add,
    officers::{
        StoredOfficer, officer_close, officer_credentials_set, officer_find, officer_named, officer_open,
        officer_phone_taken,
    },
    sessions::{EndReason, HolderKind, sessions_end_all},
};

use super::{credentials::Secrets, leave::duty_left, rules};
use crate::{
    App, Context,
    change::change_blocking,
    error::AppError,
    identity::{OfficerCredentials, revoked_until, username_canonical},
    units::Ground,
};

/// What ended with an account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Disabled {
    /// Sessions.
    pub sessions: usize,
    /// Shifts that had not begun and now lack somebody.
    pub shifts_ended: usize,
}

/// Disables an officer: they cannot sign in, their sessions end, and every server refuses their tokens at the next request.
/// The account stays, for what was done in its name; shifts and substitutions that have not begun do not. Disabling twice changes
/// nothing.
///
/// # Errors
/// `not_found` for an officer the caller does not see; `forbidden` for a role above the caller's reach; `conflict` for
/// oneself and for the last active administrator.
pub async fn officer_disable(app: &App, context: &Context, id: &str) -> Result<Disabled, AppError> {
    context.authorize(Action::EditOfficers, Scope::Served)?;
    let (context, keyring, id, now) = (context.clone(), app.store.keyring.clone(), id.to_owned(), app.now());
    let (ended, disabled) = app
        .write(move |connection| {
            let ground = Ground::hold(connection)?;
            let officer = officer_find(connection, &keyring, &id)?.ok_or_else(AppError::not_found)?;
            rules::within_reach(&context, &ground, &officer)?;
            if officer.active { end(connection, &context, &officer, now) } else { Ok(Default::default()) }
        })
        .await?;
    app.revocations.announce(app, &ended, now).await;
    Ok(disabled)
}

/// The same for a command, by user name. Blocking.
///
/// # Errors
/// `not_found` when no active officer has this name; `conflict` for the last active administrator.
pub fn disable_officer(
    store: &Store,
    context: &Context,
    username: &str,
    now: DateTime<Utc>,
) -> Result<Disabled, AppError> {
    let username = username_canonical(username).ok_or_else(AppError::not_found)?;
    change_blocking(&store.db, |connection| {
        Ground::hold(connection)?;
        let officer = officer_named(connection, &store.keyring, &username)?.filter(|officer| officer.active);
        let officer = officer.ok_or_else(AppError::not_found)?;
        Ok(end(connection, context, &officer, now)?.1)
    })
}

fn end(
    connection: &mut DbConnection,
    context: &Context,
    officer: &StoredOfficer,
    now: DateTime<Utc>,
) -> Result<(Vec<PublicId>, Disabled), AppError> {
    if rules::is_self(context, officer) {
        return Err(rules::conflict("不能停用自己的账号，请由另一名管理人员停用。"));
    }
    rules::administrator_remains(connection, officer)?;
    officer_close(connection, officer.id, now)?;
    let holder = (HolderKind::Officer, officer.id);
    let ended = sessions_end_all(connection, holder, EndReason::Disabled, now, revoked_until(now))?;
    let (id, left) = (officer.public_id.to_string(), duty_left(connection, officer.id, now)?);
    let detail = json!({ "sessions": ended.len(), "shifts": left.shifts, "substitutions": left.substitutions });
    audit_log_add(connection, &context.audit(now, "officer.disabled", "officer", &id, detail))?;
    let disabled = Disabled { sessions: ended.len(), shifts_ended: left.shifts };
    Ok((ended, disabled))
}

/// Lets a disabled officer sign in again, in the role and unit they had, with another password and another secret of
/// one-time codes: who knew the old ones has had time to lose them.
///
/// # Errors
/// `not_found` for an officer the caller does not see; `forbidden` for a role above the caller's reach; `conflict` for an
/// active officer, where the unit was closed meanwhile, and where somebody else has the phone now.
pub async fn officer_enable(app: &App, context: &Context, id: &str) -> Result<OfficerCredentials, AppError> {
    context.authorize(Action::EditOfficers, Scope::Served)?;
    let secrets = app.password_gate.run(Secrets::random).await??;
    let (context, keyring, id, now) = (context.clone(), app.store.keyring.clone(), id.to_owned(), app.now());
    app.write(move |connection| {
        let ground = Ground::hold(connection)?;
        let officer = officer_find(connection, &keyring, &id)?.ok_or_else(AppError::not_found)?;
        rules::within_reach(&context, &ground, &officer)?;
        if officer.active {
            return Err(rules::conflict("这名人员在用，不用恢复。忘记密码的，请重置密码和动态验证码。"));
        }
        if ground.unit(officer.unit_id).is_some_and(|unit| unit.closed_at.is_some()) {
            return Err(rules::conflict("这名人员原来的机构已撤销，不能恢复，请另建账号。"));
        }
        if let Some(phone) = &officer.phone
            && officer_phone_taken(connection, &keyring, phone, Some(officer.id))?
        {
            return Err(rules::Fault::PhoneTaken.into());
        }
        officer_open(connection, officer.id)?;
        let Secrets { password_hash, totp_secret, .. } = &secrets;
        officer_credentials_set(connection, &keyring, &officer, password_hash, totp_secret)?;
        let detail = json!({ "role": officer.role.as_str() });
        audit_log_add(connection, &context.audit(now, "officer.enabled", "officer", &id, detail))?;
        Ok(secrets.told(&id, &officer.username))
    })
    .await
}
