//! Changing a unit.

use chrono::{DateTime, Utc};
use domain::{
    authorization::{Action, Scope},
    division::DivisionCode,
    unit::UnitKind,
};
use store::{
    DbConnection, StoreError,
    divisions::divisions_hold,
    units::{self, StoredUnit},
};

use super::{
    UnitView, create,
    rules::{self, Fault, Wanted},
};
use crate::{App, Context, divisions::Tree, error::AppError};

/// What to change; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct ChangeUnit {
    /// Another name.
    pub name: Option<String>,
    /// Another kind.
    pub kind: Option<UnitKind>,
    /// Another unit above it, by outward id, or none above it.
    pub parent: Option<Option<String>>,
    /// Other divisions.
    pub divisions: Option<Vec<DivisionCode>>,
}

/// Changes name, kind or parent of a unit.
pub async fn unit_change(app: &App, context: &Context, id: &str, request: ChangeUnit) -> Result<UnitView, AppError> {
    context.authorize(Action::EditUnits, Scope::Whole)?;
    let (context, id, now) = (context.clone(), id.to_owned(), app.now());
    app.store.db.write(move |connection| change(connection, &context, &id, &request, now)).await?
}

/// Sets the divisions a unit serves.
pub async fn unit_divisions_set(
    app: &App,
    context: &Context,
    id: &str,
    divisions: Vec<DivisionCode>,
) -> Result<UnitView, AppError> {
    unit_change(app, context, id, ChangeUnit { divisions: Some(divisions), ..ChangeUnit::default() }).await
}

pub(super) fn change(
    connection: &mut DbConnection,
    context: &Context,
    id: &str,
    request: &ChangeUnit,
    now: DateTime<Utc>,
) -> Result<Result<UnitView, AppError>, StoreError> {
    divisions_hold(connection)?;
    let tree = Tree::load(connection)?;
    let all = units::units_all(connection)?;
    let Some(old) = all.iter().find(|unit| unit.public_id == id) else { return Ok(Err(AppError::not_found())) };
    if old.closed_at.is_some() {
        return Ok(Err(Fault::Closed.into()));
    }
    let parent_id = match &request.parent {
        None => old.parent_id,
        Some(None) => None,
        Some(Some(parent)) => match all.iter().find(|unit| unit.public_id == *parent) {
            Some(parent) => Some(parent.id),
            None => return Ok(Err(Fault::UnknownParent.into())),
        },
    };
    let divisions = request.divisions.as_ref().map(|codes| rules::in_order(codes.iter().copied()));
    let new = StoredUnit {
        name: request.name.clone().unwrap_or_else(|| old.name.clone()),
        kind: request.kind.unwrap_or(old.kind),
        parent_id,
        divisions: divisions.unwrap_or_else(|| old.divisions.clone()),
        ..old.clone()
    };
    if let Err(fault) = rules::check(&all, &tree, wanted(&new)) {
        return Ok(Err(fault.into()));
    }
    update(connection, context, old, &new, now)?;
    Ok(Ok(UnitView::of(&new, &all, &tree)))
}

/// The unit as the rules look at it.
pub(super) fn wanted(unit: &StoredUnit) -> Wanted<'_> {
    Wanted { id: Some(unit.id), name: &unit.name, parent_id: unit.parent_id, divisions: &unit.divisions }
}

/// Writes what differs, and the audit row if anything does. Returns whether it did.
pub(super) fn update(
    connection: &mut DbConnection,
    context: &Context,
    old: &StoredUnit,
    new: &StoredUnit,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    if old == new {
        return Ok(false);
    }
    units::unit_update(connection, new.id, &new.name, new.kind, new.parent_id)?;
    if old.divisions != new.divisions {
        units::unit_divisions_set(connection, new.id, &new.divisions)?;
    }
    create::audit(connection, context, "unit.changed", new, now)?;
    Ok(true)
}

#[cfg(test)]
#[path = "change_tests.rs"]
mod tests;
