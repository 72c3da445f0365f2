//! Who is on duty now.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::authorization::{Action, Scope};
use store::{
    duty_shifts::{StoredShift, duty_shifts_at},
    officer_substitutes::officer_substitutes_between,
    officers::StoredOfficer,
    units::StoredUnit,
};

use super::{OfficerName, view::officers_named};
use crate::{App, Context, beijing_day, error::AppError, officers::UnitName, units::scope_of};

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

/// Every shift that runs now in the units the caller sees, or in one of them, with substitutes in place of whom they stand
/// in for.
pub async fn duty_current(app: &App, context: &Context, unit: Option<String>) -> Result<Vec<DutyNow>, AppError> {
    context.authorize(Action::ReadDuty, Scope::Served)?;
    let tree = app.divisions.get(&app.store.db).await?;
    let units = app.store.db.run(store::units::units_all).await?;
    let visible = |unit: &StoredUnit| context.authorize(Action::ReadDuty, scope_of(context, &tree, unit)).is_ok();
    let wanted: HashMap<i64, UnitName> = units
        .iter()
        .filter(|one| unit.as_ref().is_none_or(|id| one.public_id == *id) && visible(one))
        .map(|unit| (unit.id, UnitName::of(unit)))
        .collect();
    if unit.is_some() && wanted.is_empty() {
        return Err(AppError::not_found());
    }
    let (keyring, now) = (app.store.keyring.clone(), app.now());
    let items = app.store.db.run(move |connection| {
        let mut shifts = duty_shifts_at(connection, now)?;
        shifts.retain(|shift| wanted.contains_key(&shift.unit_id));
        let today = beijing_day(now);
        let substitutes: HashMap<i64, i64> = officer_substitutes_between(connection, (today, today))?
            .into_iter()
            .map(|one| (one.officer_id, one.substitute_id))
            .collect();
        let ids = shifts.iter().flat_map(|shift| {
            [Some(shift.officer_id), substitutes.get(&shift.officer_id).copied()].into_iter().flatten()
        });
        let officers = officers_named(connection, &keyring, ids)?;
        let item = |shift: StoredShift| {
            let unit = wanted.get(&shift.unit_id)?.clone();
            let planned = officers.get(&shift.officer_id)?;
            let substitute = substitutes.get(&shift.officer_id).and_then(|id| officers.get(id));
            let (on_duty, instead_of) = present(planned, substitute);
            let StoredShift { public_id, starts_at, ends_at, .. } = shift;
            Some(DutyNow { shift: public_id, unit, on_duty, instead_of, starts_at, ends_at })
        };
        Ok(shifts.into_iter().filter_map(item).collect())
    });
    Ok(items.await?)
}

/// Who is there, and instead of whom.
fn present(planned: &StoredOfficer, substitute: Option<&StoredOfficer>) -> (Option<OfficerName>, Option<OfficerName>) {
    match substitute.filter(|substitute| substitute.active) {
        Some(substitute) => (Some(OfficerName::of(substitute)), Some(OfficerName::of(planned))),
        None if planned.active => (Some(OfficerName::of(planned)), None),
        None => (None, Some(OfficerName::of(planned))),
    }
}
