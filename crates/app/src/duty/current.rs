//! Who is on duty now.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::authorization::{Action, Scope};
use store::{
    duty_shifts::{StoredShift, duty_shifts_running},
    officer_substitutes::officer_substitutes_on,
    officers::StoredOfficer,
    units::StoredUnit,
};

use super::{OfficerName, view::officers_named};
use crate::{
    App, Context, Page, beijing_day,
    error::AppError,
    officers::UnitName,
    officers::listed,
    page::{rows_wanted, unread},
    units::scope_of,
};

/// A shift that runs now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DutyNow {
    /// Outward id of the shift.
    pub shift: String,
    /// For which unit.
    pub unit: UnitName,
    /// Who is on duty; none if the one who was planned is disabled and nobody stands in.
    pub on_duty: Option<OfficerName>,
    /// Who was planned, where somebody else stands in or nobody is there.
    pub instead_of: Option<OfficerName>,
    /// When the shift began.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
}

/// Which shifts that run now.
#[derive(Debug, Clone)]
pub struct DutyWanted {
    /// Outward id of a unit; none for all that the caller sees.
    pub unit: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Shifts on a page, 1 to 200.
    pub limit: u32,
}

/// The shifts that run now in the units the caller sees, or in one of them, with substitutes in place of whom they stand in
/// for. The look is audited.
pub async fn duty_current(app: &App, context: &Context, wanted: DutyWanted) -> Result<Page<DutyNow>, AppError> {
    context.authorize(Action::ReadDuty, Scope::Served)?;
    let rows = rows_wanted(wanted.limit, 200)?;
    let tree = app.divisions.get(&app.store.db).await?;
    let units = app.store.db.run(store::units::units_all).await?;
    let visible = |unit: &StoredUnit| context.authorize(Action::ReadDuty, scope_of(context, &tree, unit)).is_ok();
    let units: HashMap<i64, UnitName> = units
        .iter()
        .filter(|one| wanted.unit.as_ref().is_none_or(|id| one.public_id == *id) && visible(one))
        .map(|unit| (unit.id, UnitName::of(unit)))
        .collect();
    if wanted.unit.is_some() && units.is_empty() {
        return Err(AppError::not_found());
    }
    let (asker, keyring, now) = (context.clone(), app.store.keyring.clone(), app.now());
    app.write(move |connection| {
        let keys: Vec<i64> = units.keys().copied().collect();
        let found = duty_shifts_running(connection, &keys, now, wanted.cursor.as_deref(), rows).map_err(unread)?;
        let shifts = Page::of(found, wanted.limit, |shift| shift.public_id.clone());
        let planned: Vec<i64> = shifts.items.iter().map(|shift| shift.officer_id).collect();
        let substitutes = officer_substitutes_on(connection, &planned, beijing_day(now))?;
        let officers = officers_named(connection, &keyring, planned.into_iter().chain(substitutes.values().copied()))?;
        listed(connection, &asker, officers.values().map(|officer| officer.public_id.to_string()), "duty", now)?;
        Ok(shifts.filter_map(|shift: StoredShift| {
            let unit = units.get(&shift.unit_id)?.clone();
            let planned = officers.get(&shift.officer_id)?;
            let substitute = substitutes.get(&shift.officer_id).and_then(|id| officers.get(id));
            let (on_duty, instead_of) = present(planned, substitute);
            let StoredShift { public_id, starts_at, ends_at, .. } = shift;
            Some(DutyNow { shift: public_id, unit, on_duty, instead_of, starts_at, ends_at })
        }))
    })
    .await
}

/// Who is there, and instead of whom.
fn present(planned: &StoredOfficer, substitute: Option<&StoredOfficer>) -> (Option<OfficerName>, Option<OfficerName>) {
    match substitute.filter(|substitute| substitute.active) {
        Some(substitute) => (Some(OfficerName::of(substitute)), Some(OfficerName::of(planned))),
        None if planned.active => (Some(OfficerName::of(planned)), None),
        None => (None, Some(OfficerName::of(planned))),
    }
}
