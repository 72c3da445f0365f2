//! Entering a unit.

use chrono::{DateTime, Utc};
use domain::{
    authorization::{Action, Scope},
    division::DivisionCode,
    unit::UnitKind,
};
use keyring::PublicId;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use store::{
    DbConnection, StoreError,
    audit_log::audit_log_add,
    divisions::divisions_hold,
    idempotency_keys::{Idempotency, idempotency_begin, idempotency_finish, idempotency_release},
    units::{self, NewUnit, StoredUnit},
};

use super::{
    UnitView,
    rules::{self, Wanted},
};
use crate::{
    App, Context,
    divisions::Tree,
    error::{AppError, ErrorCode},
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
    let (context, now) = (context.clone(), app.now());
    app.store
        .db
        .write(move |connection| match idempotency_key {
            None => create(connection, &context, &request, now),
            Some(key) => create_once(connection, &context, &request, &key, now),
        })
        .await?
}

pub(super) fn create_once(
    connection: &mut DbConnection,
    context: &Context,
    request: &CreateUnit,
    key: &str,
    now: DateTime<Utc>,
) -> Result<Result<UnitView, AppError>, StoreError> {
    let text = serde_json::to_vec(request).map_err(|error| StoreError::Fault(error.to_string()))?;
    let hash = Sha256::new().chain_update(b"unit_create\0").chain_update(text).finalize();
    let (kind, id) = context.actor_words();
    let actor = format!("{kind}:{id}");
    match idempotency_begin(connection, &actor, key, &hash, now)? {
        Idempotency::OtherRequest => {
            let detail = "这个请求编号已用于另一个请求，请换一个编号。";
            Ok(Err(AppError::new(ErrorCode::IdempotencyKeyReused, detail)))
        }
        Idempotency::Replay { response, .. } => {
            let view = serde_json::from_str(&response).map_err(|error| StoreError::Unreadable(error.to_string()))?;
            Ok(Ok(view))
        }
        Idempotency::New => {
            let created = create(connection, context, request, now)?;
            match &created {
                Ok(view) => {
                    let response = serde_json::to_string(view).map_err(|error| StoreError::Fault(error.to_string()))?;
                    idempotency_finish(connection, &actor, key, 201, &response)?;
                }
                // A refused request may be mended and sent again under its key.
                Err(_) => idempotency_release(connection, &actor, key)?,
            }
            Ok(created)
        }
    }
}

fn create(
    connection: &mut DbConnection,
    context: &Context,
    request: &CreateUnit,
    now: DateTime<Utc>,
) -> Result<Result<UnitView, AppError>, StoreError> {
    divisions_hold(connection)?;
    let tree = Tree::load(connection)?;
    let all = units::units_all(connection)?;
    let divisions = rules::in_order(request.divisions.iter().copied());
    let parent_id = match &request.parent {
        None => None,
        Some(parent) => match all.iter().find(|unit| unit.public_id == *parent) {
            Some(parent) => Some(parent.id),
            None => return Ok(Err(rules::Fault::UnknownParent.into())),
        },
    };
    let wanted = Wanted { id: None, name: &request.name, parent_id, divisions: &divisions };
    if let Err(fault) = rules::check(&all, &tree, wanted) {
        return Ok(Err(fault.into()));
    }
    let unit = add(connection, context, wanted, request.kind, now)?;
    let view = UnitView::of(&unit, &all, &tree);
    Ok(Ok(view))
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
