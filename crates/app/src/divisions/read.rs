//! Reading divisions.

use domain::{
    authorization::{Action, Scope},
    division::{DivisionCode, Place, PlaceError},
};
use store::divisions::{DivisionChange, division_changes_of};

use super::{DivisionFactsView, DivisionView, NearView, Tree};
use crate::{Actor, App, Context, error::AppError};

/// Communities in an answer to "where am I".
const NEAREST: usize = 5;

/// The communities nearest to a place.
#[derive(Debug, Clone, PartialEq)]
pub struct NearestReply {
    /// At most five, the nearest first.
    pub items: Vec<NearView>,
    /// Why there are none.
    pub reason: Option<&'static str>,
}

/// A code from a path of a URL: what is no code does not exist.
fn parse_code(code: &str) -> Result<DivisionCode, AppError> {
    code.parse().map_err(|_| AppError::not_found())
}

/// One division, closed ones too.
pub async fn division_get(app: &App, context: &Context, code: &str) -> Result<DivisionView, AppError> {
    context.authorize(Action::ReadDivisions, Scope::Whole)?;
    let tree = app.divisions.get(&app.store.db).await?;
    let node = tree.get(parse_code(code)?).ok_or_else(AppError::not_found)?;
    Ok(DivisionView::of(&tree, node))
}

/// The divisions in use directly below one, in the order of their codes.
pub async fn division_children(app: &App, context: &Context, code: &str) -> Result<Vec<DivisionView>, AppError> {
    context.authorize(Action::ReadDivisions, Scope::Whole)?;
    let tree = app.divisions.get(&app.store.db).await?;
    let node = tree.get(parse_code(code)?).ok_or_else(AppError::not_found)?;
    Ok(tree.children(node).filter(|child| child.is_open()).map(|child| DivisionView::of(&tree, child)).collect())
}

/// The five communities nearest to a place in degrees (GCJ-02).
pub async fn divisions_nearest(
    app: &App,
    context: &Context,
    latitude: f64,
    longitude: f64,
) -> Result<NearestReply, AppError> {
    context.authorize(Action::ReadDivisions, Scope::Whole)?;
    nearest(&*app.divisions.get(&app.store.db).await?, latitude, longitude)
}

pub(super) fn nearest(tree: &Tree, latitude: f64, longitude: f64) -> Result<NearestReply, AppError> {
    let place = Place::on_earth(latitude, longitude).map_err(|error| match error {
        PlaceError::NotOnEarth if (-90.0..=90.0).contains(&latitude) => {
            AppError::invalid("longitude", "经度须在-180至180之间。")
        }
        _ => AppError::invalid("latitude", "纬度须在-90至90之间。"),
    })?;
    let items: Vec<NearView> = tree.nearest(place, NEAREST).into_iter().map(|near| near_view(tree, near)).collect();
    let reason = match (items.is_empty(), tree.nodes().next()) {
        (false, _) => None,
        (true, None) => Some("还没有导入行政区划，暂时无法按位置查找。"),
        (true, Some(_)) => Some("社区的位置还没有录入，暂时无法按位置查找，请按名称查找。"),
    };
    Ok(NearestReply { items, reason })
}

fn near_view(tree: &Tree, (node, distance): (&super::Node, f64)) -> NearView {
    // Half the earth's circumference fits; a cast of a float saturates.
    NearView { division: DivisionView::of(tree, node), distance_m: distance.round() as u32 }
}

/// How a division lies to the one who asks.
pub(crate) fn scope_of(context: &Context, tree: &Tree, code: DivisionCode) -> Scope {
    match &context.actor {
        Actor::Officer(officer) if tree.is_within(code, &officer.served) => Scope::Served,
        Actor::Officer(_) => Scope::Foreign,
        _ => Scope::Whole,
    }
}

/// A division with its population and households, for officers who serve it.
pub async fn division_facts(app: &App, context: &Context, code: &str) -> Result<DivisionFactsView, AppError> {
    context.authorize(Action::ReadDivisionFacts, Scope::Served)?;
    let tree = app.divisions.get(&app.store.db).await?;
    let code = authorized_code(context, &tree, code)?;
    let node = tree.get(code).ok_or_else(AppError::not_found)?;
    Ok(DivisionFactsView { division: DivisionView::of(&tree, node), totals: node.totals })
}

/// What happened to a division, oldest first, for officers who serve it.
pub async fn division_history(app: &App, context: &Context, code: &str) -> Result<Vec<DivisionChange>, AppError> {
    context.authorize(Action::ReadDivisionFacts, Scope::Served)?;
    let tree = app.divisions.get(&app.store.db).await?;
    let code = authorized_code(context, &tree, code)?;
    tree.get(code).ok_or_else(AppError::not_found)?;
    Ok(app.store.db.run(move |connection| division_changes_of(connection, code)).await?)
}

fn authorized_code(context: &Context, tree: &Tree, code: &str) -> Result<DivisionCode, AppError> {
    let parsed: Option<DivisionCode> = code.parse().ok();
    let scope = parsed.map_or(Scope::Foreign, |code| scope_of(context, tree, code));
    context.authorize(Action::ReadDivisionFacts, scope)?;
    parsed.ok_or_else(AppError::not_found)
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
