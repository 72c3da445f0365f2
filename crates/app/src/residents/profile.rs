//! Corrections, moving house, pausing.

use domain::{
    authorization::{Action, Scope},
    division::DivisionCode,
    person::TagSource,
};
use serde_json::json;
use store::{
    DbConnection, StoreError,
    audit_log::audit_log_add,
    persons::{
        StoredPerson, person_birth_year_set, person_hold, person_home_set, person_name_set, person_pause_set,
        persons_settle, tags_set,
    },
};

use super::{NamedTag, me, me::Me, rules, tags};
use crate::{App, AppError, Context, error::ErrorCode};

/// What is to be put right; what is not named stays. An empty name or a year of 0 is taken away.
#[derive(Debug, Clone, Default)]
pub struct Corrections {
    /// Name.
    pub name: Option<String>,
    /// Year of birth.
    pub birth_year: Option<i16>,
    /// Risk groups, instead of those the person named before.
    pub tags: Option<Vec<NamedTag>>,
}

/// Puts the caller's data right.
pub async fn correct(app: &App, context: &Context, corrections: Corrections) -> Result<Me, AppError> {
    let now = app.now();
    let name_named = corrections.name.is_some();
    let name = rules::name("/name", corrections.name.as_deref().filter(|name| !name.trim().is_empty()))?;
    let year = corrections.birth_year;
    let birth_year = rules::birth_year("/birth_year", year.filter(|year| *year != 0), now)?;
    let tags = corrections.tags.as_deref().map(|named| tags::tags("/tags", named, now)).transpose()?;
    let keyring = app.store.keyring.clone();
    change(app, context, "person.corrected", json!({}), move |connection, person| {
        if name_named {
            person_name_set(connection, &keyring, person, name.as_deref())?;
        }
        if year.is_some() {
            person_birth_year_set(connection, person.id, birth_year)?;
        }
        if let Some(tags) = tags {
            tags_set(connection, person.id, &tags, TagSource::Own, now)?;
        }
        Ok(())
    })
    .await
}

/// The caller lives in another village now.
pub async fn home_move(app: &App, context: &Context, division: DivisionCode) -> Result<Me, AppError> {
    let division = rules::village(app, "/division", division).await?;
    change(app, context, "person.moved", json!({ "division": division }), move |connection, person| {
        registered(person)?;
        Ok(person_home_set(connection, person.id, division)?)
    })
    .await
}

/// The caller's protection rests, or goes on.
pub async fn pause(app: &App, context: &Context, paused: bool) -> Result<Me, AppError> {
    let now = app.now();
    let action = if paused { "person.paused" } else { "person.resumed" };
    change(app, context, action, json!({}), move |connection, person| {
        registered(person)?;
        if person.paused_at.is_some() == paused {
            return Ok(());
        }
        Ok(person_pause_set(connection, person.id, paused.then_some(now))?)
    })
    .await
}

/// Refuses who has not registered.
pub(super) fn registered(person: &StoredPerson) -> Result<(), AppError> {
    if person.is_registered() {
        return Ok(());
    }
    Err(AppError::new(ErrorCode::NotRegistered, "您还没有登记，请先点“我要登记”。"))
}

/// A change of the caller's own data: held, changed, settled, audited, in one transaction; then what they see of themselves.
pub(super) async fn change<F>(
    app: &App,
    context: &Context,
    action: &'static str,
    detail: serde_json::Value,
    change: F,
) -> Result<Me, AppError>
where
    F: FnOnce(&mut DbConnection, &StoredPerson) -> Result<(), AppError> + Send + 'static,
{
    context.authorize(Action::ManageOwnData, Scope::Own)?;
    let resident = context.resident()?.public_id.clone();
    let (keyring, now, asker) = (app.store.keyring.clone(), app.now(), context.clone());
    app.write(move |connection| {
        let person = person_hold(connection, &keyring, &resident, None).map_err(me::gone)?;
        change(connection, &person)?;
        settle_one(connection, &keyring, &person, now)?;
        audit_log_add(connection, &asker.audit(now, action, "person", &resident, detail))?;
        Ok(())
    })
    .await?;
    me::me(app, context).await
}

/// Settles a person who was held, with all who share the phone.
pub(super) fn settle_one(
    connection: &mut DbConnection,
    keyring: &keyring::Keyring,
    person: &StoredPerson,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(), StoreError> {
    let phones: Vec<&str> = person.phone.as_deref().into_iter().collect();
    persons_settle(connection, keyring, &[person.id], &phones, now)
}
