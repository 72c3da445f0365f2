//! What officers sign in with: made, told once, made anew.

use domain::authorization::{Action, Scope};
use keyring::{
    passwords::{hash_password, new_password},
    totp::TotpSecret,
};
use serde_json::json;
use store::{
    audit_log::audit_log_add,
    officers::{officer_credentials_set, officer_find},
    sessions::{EndReason, HolderKind, sessions_end_all},
};

use super::rules;
use crate::{
    App, Context,
    error::AppError,
    identity::{OfficerCredentials, revoked_until},
    units::Ground,
};

/// A new password and a new secret of one-time codes. Has no `Debug`: it holds the password.
pub(super) struct Secrets {
    password: String,
    /// The password as PHC text.
    pub(super) password_hash: String,
    /// The secret of the one-time codes.
    pub(super) totp_secret: TotpSecret,
}

impl Secrets {
    /// Random ones. Blocking: a password is hashed.
    pub(super) fn random() -> Result<Self, AppError> {
        let password = new_password();
        let password_hash = hash_password(&password).map_err(|error| AppError::internal(error.to_string()))?;
        Ok(Self { password, password_hash, totp_secret: TotpSecret::random() })
    }

    /// What their holder is told.
    pub(super) fn told(&self, public_id: &str, username: &str) -> OfficerCredentials {
        OfficerCredentials {
            public_id: public_id.to_owned(),
            username: username.to_owned(),
            password: self.password.clone(),
            totp_secret: self.totp_secret.to_base32(),
            otpauth_uri: self.totp_secret.to_uri(username),
        }
    }
}

/// Gives an officer another password and another secret of one-time codes, and ends their sessions: what they had passes
/// nowhere any more.
///
/// # Errors
/// `not_found` for an officer the caller does not see; `forbidden` for a role above the caller's reach; `conflict` for
/// oneself: a stolen token must not become a stolen account.
pub async fn officer_credentials_reset(app: &App, context: &Context, id: &str) -> Result<OfficerCredentials, AppError> {
    context.authorize(Action::EditOfficers, Scope::Served)?;
    let secrets = app.password_gate.run(Secrets::random).await??;
    let (context, keyring, id, now) = (context.clone(), app.store.keyring.clone(), id.to_owned(), app.now());
    let (told, ended) = app
        .write(move |connection| {
            let ground = Ground::hold(connection)?;
            let officer = officer_find(connection, &keyring, &id)?.ok_or_else(AppError::not_found)?;
            rules::manageable(&context, &ground, &officer)?;
            if rules::is_self(&context, &officer) {
                return Err(rules::conflict("不能重置自己的密码和动态验证码，请由另一名管理人员重置。"));
            }
            let Secrets { password_hash, totp_secret, .. } = &secrets;
            officer_credentials_set(connection, &keyring, &officer, password_hash, totp_secret)?;
            let holder = (HolderKind::Officer, officer.id);
            let ended = sessions_end_all(connection, holder, EndReason::SignedOut, now, revoked_until(now))?;
            let detail = json!({ "sessions": ended.len() });
            audit_log_add(connection, &context.audit(now, "officer.credentials_reset", "officer", &id, detail))?;
            Ok((secrets.told(&id, &officer.username), ended))
        })
        .await?;
    app.revocations.announce(app, &ended, now).await;
    Ok(told)
}
