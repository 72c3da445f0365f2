//! Putting a roster.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::authorization::{Action, Scope};
use serde_json::json;
use store::{
    At, DbConnection,
    audit_log::audit_log_add,
    duty_shifts::{NewShift, duty_shifts_add, duty_shifts_beginning, duty_shifts_of_officers, duty_shifts_remove},
    officers::officers_of_unit,
};

use crate::{
    App, Context,
    error::{AppError, ErrorCode},
    units::Ground,
};

/// Longest span of one roster.
const LONGEST_SPAN: TimeDelta = TimeDelta::days(62);
/// Longest shift.
const LONGEST_SHIFT: TimeDelta = TimeDelta::hours(72);
/// Shifts in one roster: a month of twenty people a day.
const MOST_SHIFTS: usize = 1_000;

/// A shift as it shall be.
#[derive(Debug, Clone)]
pub struct WantedShift {
    /// Outward id of an active officer of the unit.
    pub officer: String,
    /// When it begins: inside the roster's span.
    pub starts_at: DateTime<Utc>,
    /// When it ends: at most 72 hours later.
    pub ends_at: DateTime<Utc>,
}

/// A roster: all shifts of a unit that begin in a span of time.
#[derive(Debug, Clone)]
pub struct PutRoster {
    /// Outward id of the unit.
    pub unit: String,
    /// Begin of the span, not in the past: what has begun stays as it was.
    pub from: DateTime<Utc>,
    /// End of the span, at most 62 days later, not included.
    pub to: DateTime<Utc>,
    /// The shifts.
    pub shifts: Vec<WantedShift>,
}

/// What became of the roster.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RosterReport {
    /// Shifts that are new.
    pub added: usize,
    /// Shifts that were planned and are no more.
    pub removed: usize,
    /// Shifts that were planned so already.
    pub unchanged: usize,
}

/// Sets the shifts of a unit that begin in a span of time. The same roster again changes nothing.
///
/// # Errors
/// `not_found` for a unit the caller does not see; `invalid_field` for a shift that cannot be; `conflict` where an officer
/// would be on duty twice at once.
pub async fn duty_shifts_put(app: &App, context: &Context, roster: PutRoster) -> Result<RosterReport, AppError> {
    context.authorize(Action::EditDuty, Scope::Served)?;
    let now = app.now();
    check(&roster, now)?;
    let context = context.clone();
    app.write(move |connection| put(connection, &context, &roster, now)).await
}

fn check(roster: &PutRoster, now: DateTime<Utc>) -> Result<(), AppError> {
    if roster.from < now {
        return Err(AppError::invalid("/from", "已经开始的班次不能再改，请从现在以后的时间排起。"));
    }
    if roster.to <= roster.from || roster.to - roster.from > LONGEST_SPAN {
        return Err(AppError::invalid("/to", "结束时间须晚于开始时间，一次最多排62天。"));
    }
    if roster.shifts.len() > MOST_SHIFTS {
        return Err(AppError::invalid("/shifts", "一次最多1000个班次。"));
    }
    for (place, shift) in roster.shifts.iter().enumerate() {
        if shift.starts_at < roster.from || shift.starts_at >= roster.to {
            return Err(AppError::invalid(format!("/shifts/{place}/starts_at"), "班次须在本次排班的时间内开始。"));
        }
        if shift.ends_at <= shift.starts_at || shift.ends_at - shift.starts_at > LONGEST_SHIFT {
            let rule = "班次的结束须晚于开始，一班最长72小时。";
            return Err(AppError::invalid(format!("/shifts/{place}/ends_at"), rule));
        }
    }
    Ok(())
}

fn put(
    connection: &mut DbConnection,
    context: &Context,
    roster: &PutRoster,
    now: DateTime<Utc>,
) -> Result<RosterReport, AppError> {
    let ground = Ground::hold(connection)?;
    let unit = ground.unit_named(&roster.unit).ok_or_else(AppError::not_found)?;
    context.authorize(Action::EditDuty, ground.scope_of(context, Some(unit.id)))?;
    if unit.closed_at.is_some() {
        return Err(AppError::new(ErrorCode::Conflict, "这个机构已撤销，不能再排班。"));
    }
    let officers: HashMap<String, i64> =
        officers_of_unit(connection, unit.id)?.into_iter().map(|(id, public_id, _)| (public_id, id)).collect();
    let wanted = wanted(roster, unit.id, &officers)?;
    let planned = duty_shifts_beginning(connection, unit.id, (roster.from, roster.to))?;
    let replaced: Vec<i64> = planned.iter().map(|shift| shift.id).collect();
    refuse_twice(connection, &wanted, &replaced)?;

    let same = |new: &NewShift, old: &store::duty_shifts::StoredShift| {
        (new.officer_id, new.starts_at, new.ends_at) == (old.officer_id, old.starts_at, old.ends_at)
    };
    let gone: Vec<i64> =
        planned.iter().filter(|old| !wanted.iter().any(|new| same(new, old))).map(|old| old.id).collect();
    let new: Vec<NewShift> = wanted.iter().filter(|new| !planned.iter().any(|old| same(new, old))).copied().collect();
    duty_shifts_remove(connection, &gone)?;
    duty_shifts_add(connection, &new, now)?;
    let report = RosterReport { added: new.len(), removed: gone.len(), unchanged: wanted.len() - new.len() };
    if report.added + report.removed > 0 {
        let detail = json!({ "from": roster.from, "to": roster.to, "added": report.added, "removed": report.removed });
        audit_log_add(connection, &context.audit(now, "duty_shifts.put", "unit", &roster.unit, detail))?;
    }
    Ok(report)
}

fn wanted(roster: &PutRoster, unit_id: i64, officers: &HashMap<String, i64>) -> Result<Vec<NewShift>, AppError> {
    let shift = |(place, shift): (usize, &WantedShift)| {
        let officer_id = officers
            .get(&shift.officer)
            .copied()
            .ok_or_else(|| AppError::invalid(format!("/shifts/{place}/officer"), "本机构没有这名在职人员。"))?;
        // To the microsecond, as stored: what is the same must be known as the same.
        let stored = |at| DateTime::from(At::new(at));
        Ok(NewShift { unit_id, officer_id, starts_at: stored(shift.starts_at), ends_at: stored(shift.ends_at) })
    };
    roster.shifts.iter().enumerate().map(shift).collect()
}

/// Nobody is on duty twice at once, here or in another unit.
fn refuse_twice(connection: &mut DbConnection, wanted: &[NewShift], replaced: &[i64]) -> Result<(), AppError> {
    let (Some(from), Some(to)) =
        (wanted.iter().map(|shift| shift.starts_at).min(), wanted.iter().map(|shift| shift.ends_at).max())
    else {
        return Ok(());
    };
    let mut officers: Vec<i64> = wanted.iter().map(|shift| shift.officer_id).collect();
    officers.sort_unstable();
    officers.dedup();
    let others = duty_shifts_of_officers(connection, &officers, (from, to))?;
    let others = others.into_iter().filter(|shift| !replaced.contains(&shift.id));
    let mut all: Vec<(i64, DateTime<Utc>, DateTime<Utc>)> = others
        .map(|shift| (shift.officer_id, shift.starts_at, shift.ends_at))
        .chain(wanted.iter().map(|shift| (shift.officer_id, shift.starts_at, shift.ends_at)))
        .collect();
    all.sort_unstable();
    let twice = all.iter().zip(all.iter().skip(1)).find(|(a, b)| a.0 == b.0 && b.1 < a.2);
    match twice {
        None => Ok(()),
        Some((_, (_, starts_at, _))) => {
            let at = (*starts_at + TimeDelta::hours(8)).format("%Y-%m-%d %H:%M");
            let detail = format!("有人在同一时间排了两个班（{at}起），请核对后重排。");
            Err(AppError::new(ErrorCode::Conflict, detail))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_767_225_600, 0).unwrap() + TimeDelta::hours(hours)
    }

    fn roster(from: i64, to: i64, shift: (i64, i64)) -> PutRoster {
        let shift = WantedShift { officer: "a".to_owned(), starts_at: at(shift.0), ends_at: at(shift.1) };
        PutRoster { unit: "u".to_owned(), from: at(from), to: at(to), shifts: vec![shift] }
    }

    #[test]
    fn a_roster_lies_ahead_and_its_shifts_in_it() {
        let pointer = |roster| check(&roster, at(0)).map_err(|error| error.fields[0].pointer.clone());
        assert_eq!(pointer(roster(0, 24, (0, 8))), Ok(()));
        assert_eq!(pointer(roster(0, 24, (20, 32))), Ok(()), "it may end after the span");
        assert_eq!(pointer(roster(-1, 24, (0, 8))), Err("/from".to_owned()));
        assert_eq!(pointer(roster(0, 0, (0, 8))), Err("/to".to_owned()));
        assert_eq!(pointer(roster(0, 24 * 63, (0, 8))), Err("/to".to_owned()));
        assert_eq!(pointer(roster(0, 24, (24, 32))), Err("/shifts/0/starts_at".to_owned()));
        assert_eq!(pointer(roster(0, 24, (8, 8))), Err("/shifts/0/ends_at".to_owned()));
        assert_eq!(pointer(roster(0, 24, (0, 73))), Err("/shifts/0/ends_at".to_owned()));
    }
}
