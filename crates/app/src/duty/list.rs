//! Reading a roster.

use chrono::{DateTime, TimeDelta, Utc};
use domain::authorization::{Action, Scope};
use store::duty_shifts::duty_shifts_page;

use super::{OfficerName, ShiftView, view::officers_named};
use crate::{
    App, Context,
    error::AppError,
    officers::{UnitName, listed},
    page::unread,
    units::scope_of,
};

/// Longest span of one question.
const LONGEST_SPAN: TimeDelta = TimeDelta::days(366);

/// Which shifts.
#[derive(Debug, Clone)]
pub struct ShiftsWanted {
    /// Outward id of the unit.
    pub unit: String,
    /// Shifts that end after this.
    pub from: DateTime<Utc>,
    /// Shifts that begin before this.
    pub to: DateTime<Utc>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Shifts on a page, 1 to 200.
    pub limit: u32,
}

/// Some shifts and where the next ones begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShiftPage {
    /// The shifts, in the order of their beginnings.
    pub items: Vec<ShiftView>,
    /// What to ask with for the next page; none on the last.
    pub next_cursor: Option<String>,
}

/// Shifts of a unit that touch a span of time. The look is audited.
pub async fn duty_shifts_list(app: &App, context: &Context, wanted: ShiftsWanted) -> Result<ShiftPage, AppError> {
    context.authorize(Action::ReadDuty, Scope::Served)?;
    if !(1..=200).contains(&wanted.limit) {
        return Err(AppError::invalid("limit", "条数须为1至200。"));
    }
    if wanted.to <= wanted.from || wanted.to - wanted.from > LONGEST_SPAN {
        return Err(AppError::invalid("to", "结束时间须晚于开始时间，一次最多查一年。"));
    }
    let tree = app.divisions.get(&app.store.db).await?;
    let units = app.store.db.run(store::units::units_all).await?;
    let unit = units.into_iter().find(|unit| unit.public_id == wanted.unit).ok_or_else(AppError::not_found)?;
    context.authorize(Action::ReadDuty, scope_of(context, &tree, &unit))?;
    let (asker, keyring, now) = (context.clone(), app.store.keyring.clone(), app.now());
    app.write(move |connection| {
        let (span, limit) = ((wanted.from, wanted.to), wanted.limit as usize);
        let cursor = wanted.cursor.as_deref();
        let found = duty_shifts_page(connection, unit.id, span, cursor, i64::from(wanted.limit) + 1);
        let mut found = found.map_err(unread)?;
        let more = found.len() > limit;
        found.truncate(limit);
        let officers = officers_named(connection, &keyring, found.iter().map(|shift| shift.officer_id))?;
        listed(connection, &asker, officers.values().map(|officer| officer.public_id.to_string()), "duty", now)?;
        let items: Vec<ShiftView> = found
            .into_iter()
            .filter_map(|shift| {
                let officer = OfficerName::of(officers.get(&shift.officer_id)?);
                let (unit, id) = (UnitName::of(&unit), shift.public_id);
                Some(ShiftView { id, unit, officer, starts_at: shift.starts_at, ends_at: shift.ends_at })
            })
            .collect();
        let next_cursor = items.last().filter(|_| more).map(|shift| shift.id.clone());
        Ok(ShiftPage { items, next_cursor })
    })
    .await
}
