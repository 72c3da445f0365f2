//! Entering an officer.

use chrono::{DateTime, Utc};
use domain::authorization::{Action, Role, Scope};
use keyring::Keyring;
use serde::Serialize;
use serde_json::json;
use store::{
    DbConnection, StoreError,
    audit_log::audit_log_add,
    officers::{self, NewOfficer, StoredOfficer},
};

use super::{OfficerView, credentials::Secrets, read::listed, rules};
use crate::{
    App, Context,
    error::AppError,
    identity::OfficerCredentials,
    once::{Done, Request, once},
    units::Ground,
};

/// An officer to enter.
#[derive(Debug, Clone, Serialize)]
pub struct CreateOfficer {
    /// The name to sign in with.
    pub username: String,
    /// Their name.
    pub name: Option<String>,
    /// Their phone.
    pub phone: Option<String>,
    /// What they are.
    pub role: Role,
    /// Outward id of their unit.
    pub unit: Option<String>,
}

/// A new officer. Has no `Debug`: it holds the password.
pub struct CreatedOfficer {
    /// The officer, name and phone masked.
    pub officer: OfficerView,
    /// What they sign in with; none where the request is a repeat: secrets are told once.
    pub credentials: Option<OfficerCredentials>,
}

/// An officer who keeps the rules.
pub(super) struct Entry<'a> {
    pub(super) username: &'a str,
    pub(super) name: Option<&'a str>,
    pub(super) phone: Option<&'a str>,
    pub(super) role: Role,
    pub(super) unit_id: Option<i64>,
}

/// Enters an officer. The same request under the same key enters them once; the repeat tells no secrets.
///
/// # Errors
/// `invalid_field` for what cannot be, also for a unit the caller does not see; `forbidden` for a role above the caller's
/// reach; `conflict` for a user name or phone in use.
pub async fn officer_create(
    app: &App,
    context: &Context,
    request: CreateOfficer,
    idempotency_key: Option<String>,
) -> Result<CreatedOfficer, AppError> {
    context.authorize(Action::EditOfficers, Scope::Served)?;
    let username = rules::username(&request.username)?;
    let name = request.name.as_deref().map(rules::name).transpose()?;
    let phone = request.phone.as_deref().map(rules::phone).transpose()?;
    rules::role(context, request.role)?;
    let secrets = app.password_gate.run(Secrets::random).await??;
    let (context, keyring, now) = (context.clone(), app.store.keyring.clone(), app.now());
    app.write(move |connection| {
        let once_only = Request { operation: "officer_create", body: &request, key: idempotency_key.as_deref() };
        let done = once(connection, &keyring, &context, &once_only, now, |connection| {
            let ground = Ground::hold(connection)?;
            let unit_id = rules::unit_named(&context, &ground, request.unit.as_deref())?;
            let entry = Entry {
                username: &username,
                name: name.as_deref(),
                phone: phone.as_deref(),
                role: request.role,
                unit_id,
            };
            Ok(enter(connection, &keyring, &context, &entry, &secrets, now)?.public_id.to_string())
        })?;
        let ground = Ground::load(connection)?;
        let officer = officers::officer_find(connection, &keyring, done.id())?.ok_or_else(AppError::not_found)?;
        let credentials = match &done {
            Done::Now(id) => Some(secrets.told(id, &officer.username)),
            Done::Before(id) => {
                // The officer as they are now: they may have moved out of sight.
                context.authorize(Action::ReadOfficers, ground.scope_of(&context, officer.unit_id))?;
                listed(connection, &context, [id.clone()], "list", now)?;
                None
            }
        };
        Ok(CreatedOfficer { officer: OfficerView::masked(&officer, &ground.units), credentials })
    })
    .await
}

/// Writes an officer who keeps the rules, and the audit row.
pub(super) fn enter(
    connection: &mut DbConnection,
    keyring: &Keyring,
    context: &Context,
    entry: &Entry<'_>,
    secrets: &Secrets,
    now: DateTime<Utc>,
) -> Result<StoredOfficer, AppError> {
    if let Some(phone) = entry.phone
        && officers::officer_phone_taken(connection, keyring, phone, None)?
    {
        return Err(rules::Fault::PhoneTaken.into());
    }
    let new = NewOfficer {
        username: entry.username,
        password_hash: &secrets.password_hash,
        totp_secret: &secrets.totp_secret,
        role: entry.role,
        unit_id: entry.unit_id,
    };
    let public_id = officers::officer_create(connection, keyring, &new, now).map_err(rules::taken)?.to_string();
    let officer = officers::officer_find(connection, keyring, &public_id)?.ok_or(StoreError::NotFound)?;
    officers::officer_profile_set(connection, keyring, &officer, entry.name, entry.phone)?;
    let detail = json!({ "role": entry.role.as_str() });
    audit_log_add(connection, &context.audit(now, "officer.created", "officer", &public_id, detail))?;
    Ok(StoredOfficer { name: entry.name.map(str::to_owned), phone: entry.phone.map(str::to_owned), ..officer })
}
