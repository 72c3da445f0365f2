//! Reading units.

use domain::authorization::{Action, Scope};
use store::units::{StoredUnit, units_all};

use super::UnitView;
use crate::{Actor, App, Context, divisions::Tree, error::AppError};

/// Some units and where the next ones begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitPage {
    /// The units, in the order in which they were entered.
    pub items: Vec<UnitView>,
    /// What to ask with for the next page; none on the last.
    pub next_cursor: Option<String>,
}

/// How a unit lies to the one who asks: served if all it serves lies in their own divisions. A unit that serves nothing is
/// for those who see everything.
pub(crate) fn scope_of(context: &Context, tree: &Tree, unit: &StoredUnit) -> Scope {
    let Actor::Officer(officer) = &context.actor else { return Scope::Whole };
    let inside = |code| tree.is_within(code, &officer.served);
    let served = !unit.divisions.is_empty() && unit.divisions.iter().all(|code| inside(*code));
    if served { Scope::Served } else { Scope::Foreign }
}

/// Units in the divisions of the one who asks, or all for those who see the whole.
pub async fn units_list(
    app: &App,
    context: &Context,
    cursor: Option<String>,
    limit: u32,
) -> Result<UnitPage, AppError> {
    context.authorize(Action::ReadUnits, Scope::Served)?;
    if !(1..=200).contains(&limit) {
        return Err(AppError::invalid("limit", "条数须为1至200。"));
    }
    let tree = app.divisions.get(&app.store.db).await?;
    let units = app.store.db.run(units_all).await?;
    page(context, &tree, &units, cursor.as_deref(), usize::try_from(limit).unwrap_or(usize::MAX))
}

fn page(
    context: &Context,
    tree: &Tree,
    units: &[StoredUnit],
    cursor: Option<&str>,
    limit: usize,
) -> Result<UnitPage, AppError> {
    let after = match cursor {
        None => i64::MIN,
        Some(cursor) => {
            let last = units.iter().find(|unit| unit.public_id == cursor);
            last.ok_or_else(|| AppError::invalid("cursor", "翻页位置无效，请从第一页重新开始。"))?.id
        }
    };
    let visible = |unit: &&StoredUnit| context.authorize(Action::ReadUnits, scope_of(context, tree, unit)).is_ok();
    let mut rest = units.iter().filter(|unit| unit.id > after).filter(visible);
    let items: Vec<UnitView> = rest.by_ref().take(limit).map(|unit| UnitView::of(unit, units, tree)).collect();
    let next_cursor = if rest.next().is_some() { items.last().map(|unit| unit.id.clone()) } else { None };
    Ok(UnitPage { items, next_cursor })
}

/// One unit.
pub async fn unit_get(app: &App, context: &Context, id: &str) -> Result<UnitView, AppError> {
    context.authorize(Action::ReadUnits, Scope::Served)?;
    let tree = app.divisions.get(&app.store.db).await?;
    let units = app.store.db.run(units_all).await?;
    let unit = units.iter().find(|unit| unit.public_id == id).ok_or_else(AppError::not_found)?;
    context.authorize(Action::ReadUnits, scope_of(context, &tree, unit))?;
    Ok(UnitView::of(unit, &units, &tree))
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
