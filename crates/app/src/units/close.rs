//! Closing a unit.

use chrono::{DateTime, Utc};
use domain::authorization::{Action, Scope};
use store::{
    DbConnection,
    divisions::divisions_hold,
    officers::officers_of_unit,
    units::{self, StoredUnit},
};

use super::{UnitView, create};
use crate::{
    App, Context,
    divisions::Tree,
    error::{AppError, ErrorCode},
};

/// Names in a refusal; more are counted.
const NAMED: usize = 5;

/// Closes a unit. It stays, with its name, for what was done in it. Closing it twice changes nothing.
///
/// # Errors
/// `conflict` while units below it are open or officers of it are active; the sentence says which and how many.
pub async fn unit_close(app: &App, context: &Context, id: &str) -> Result<UnitView, AppError> {
    context.authorize(Action::EditUnits, Scope::Whole)?;
    let (context, id, now) = (context.clone(), id.to_owned(), app.now());
    app.write(move |connection| close(connection, &context, &id, now)).await
}

pub(super) fn close(
    connection: &mut DbConnection,
    context: &Context,
    id: &str,
    now: DateTime<Utc>,
) -> Result<UnitView, AppError> {
    divisions_hold(connection)?;
    let tree = Tree::load(connection)?;
    let all = units::units_all(connection)?;
    let unit = all.iter().find(|unit| unit.public_id == id).ok_or_else(AppError::not_found)?;
    if unit.closed_at.is_some() {
        return Ok(UnitView::of(unit, &all, &tree));
    }
    let below = all.iter().filter(|below| below.parent_id == Some(unit.id) && below.closed_at.is_none());
    let below: Vec<&str> = below.map(|unit| unit.name.as_str()).collect();
    let officers = officers_of_unit(connection, unit.id)?;
    if let Some(detail) = obstacles(&below, officers.len()) {
        return Err(AppError::new(ErrorCode::Conflict, detail));
    }
    units::unit_close(connection, unit.id, now)?;
    let closed = StoredUnit { closed_at: Some(store::At::new(now).into()), ..unit.clone() };
    create::audit(connection, context, "unit.closed", &closed, now)?;
    Ok(UnitView::of(&closed, &all, &tree))
}

/// What stands against closing a unit.
fn obstacles(below: &[&str], officers: usize) -> Option<String> {
    let mut obstacles = Vec::new();
    if !below.is_empty() {
        obstacles.push(format!("还有{}个下级机构没有撤销（{}）", below.len(), some(below)));
    }
    // Who they are is for the list of officers to say, which leaves a row in the audit log.
    if officers > 0 {
        obstacles.push(format!("还有{officers}名在职人员"));
    }
    (!obstacles.is_empty()).then(|| format!("{}，请先处理后再撤销本机构。", obstacles.join("，")))
}

fn some(names: &[&str]) -> String {
    let named = names.iter().take(NAMED).copied().collect::<Vec<_>>().join("、");
    if names.len() > NAMED { format!("{named}等") } else { named }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusal_says_which_and_how_many() {
        assert_eq!(obstacles(&[], 0), None);
        assert_eq!(
            obstacles(&["一所", "二所"], 6).as_deref(),
            Some("还有2个下级机构没有撤销（一所、二所），还有6名在职人员，请先处理后再撤销本机构。")
        );
    }
}
