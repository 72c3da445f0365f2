//! Entering a unit.

use chrono::{DateTime, Utc};
use domain::{
    authorization::{Action, Scope},
    division::DivisionCode,
    unit::UnitKind,
};
use keyring::{Keyring, PublicId};
use serde::Serialize;
use serde_json::json;
use store::{
    DbConnection, StoreError,
    audit_log::audit_log_add,
    units::{self, NewUnit, StoredUnit},
};

use super::{
    Ground, UnitView,
    rules::{self, Wanted},
};
use crate::{
    App, Context,
    error::AppError,
    once::{Request, once},
};

/// A unit to enter.
#[derive(Debug, Clone, Serialize)]
pub struct CreateUnit {
    /// Its name, which no other unit has.
    pub name: String,
    /// What it is.
    pub kind: UnitKind,
    /// Outward id of the unit above it.
    pub parent: Option<String>,
    /// The divisions it serves.
    pub divisions: Vec<DivisionCode>,
}

/// Enters a unit. The same request under the same key enters it once and is answered alike.
pub async fn unit_create(
    app: &App,
    context: &Context,
    request: CreateUnit,
    idempotency_key: Option<String>,
) -> Result<UnitView, AppError> {
    context.authorize(Action::EditUnits, Scope::Whole)?;
    let (context, keyring, now) = (context.clone(), app.store.keyring.clone(), app.now());
    app.write(move |connection| create_once(connection, &keyring, &context, &request, idempotency_key.as_deref(), now))
        .await
}

pub(super) fn create_once(
    connection: &mut DbConnection,
    keyring: &Keyring,
    context: &Context,
    request: &CreateUnit,
    key: Option<&str>,
    now: DateTime<Utc>,
) -> Result<UnitView, AppError> {
    let once_only = Request { operation: "unit_create", body: request, key };
    let done =
        once(connection, keyring, context, &once_only, now, |connection| create(connection, context, request, now))?;
    let ground = Ground::load(connection)?;
    let unit = ground.unit_named(done.id()).ok_or_else(AppError::not_found)?;
    Ok(UnitView::of(unit, &ground.units, &ground.tree))
}

fn create(
    connection: &mut DbConnection,
    context: &Context,
    request: &CreateUnit,
    now: DateTime<Utc>,
) -> Result<String, AppError> {
    let Ground { tree, units: all } = Ground::hold(connection)?;
    let divisions = rules::in_order(request.divisions.iter().copied());
    let named = |parent: &String| all.iter().find(|unit| unit.public_id == *parent).map(|unit| unit.id);
    let parent_id = match &request.parent {
        None => None,
        Some(parent) => Some(named(parent).ok_or(rules::Fault::UnknownParent)?),
    };
    let wanted = Wanted { id: None, name: &request.name, parent_id, divisions: &divisions };
    rules::check(&all, &tree, wanted)?;
    Ok(add(connection, context, wanted, request.kind, now)?.public_id)
}

/// Writes a unit that keeps the rules, and the audit row.
pub(super) fn add(
    connection: &mut DbConnection,
    context: &Context,
    wanted: Wanted<'_>,
    kind: UnitKind,
    now: DateTime<Utc>,
) -> Result<StoredUnit, StoreError> {
    let public_id = PublicId::random().to_string();
    let new = NewUnit { public_id: &public_id, name: wanted.name, kind, parent_id: wanted.parent_id };
    let id = units::unit_add(connection, new, now)?;
    units::unit_divisions_set(connection, id, wanted.divisions)?;
    let unit = StoredUnit {
        id,
        public_id,
        name: wanted.name.to_owned(),
        kind,
        parent_id: wanted.parent_id,
        divisions: wanted.divisions.to_vec(),
        created_at: store::At::new(now).into(),
        closed_at: None,
    };
    audit(connection, context, "unit.created", &unit, now)?;
    Ok(unit)
}

/// Notes who made a unit what it is now.
pub(super) fn audit(
    connection: &mut DbConnection,
    context: &Context,
    action: &str,
    unit: &StoredUnit,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let detail = json!({ "name": unit.name, "kind": unit.kind, "divisions": unit.divisions });
    audit_log_add(connection, &context.audit(now, action, "unit", &unit.public_id, detail))
}
