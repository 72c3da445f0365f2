//! Duty rosters: put, read, and who is on duty now.

mod substitutes;

use actix_web::{get, put, web as actix};
use app::duty::{
    self, DutyNow, DutyWanted, OfficerName, PutRoster, RosterReport, ShiftView, ShiftsWanted, WantedShift,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{ApiResult, AppData, Caller, Json, PageReply, Problem, Query};

pub(crate) use substitutes::{substitute_create, substitute_end, substitutes_list};

use crate::{officers::UnitNameReply, times::instant};

/// An officer by id and name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OfficerNameReply {
    /// Outward id.
    id: String,
    /// The name to sign in with.
    username: String,
    /// Their name, masked.
    name: Option<String>,
}

impl From<OfficerName> for OfficerNameReply {
    fn from(OfficerName { id, username, name }: OfficerName) -> Self {
        Self { id, username, name }
    }
}

/// A shift.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShiftReply {
    /// Outward id.
    id: String,
    /// For which unit.
    unit: UnitNameReply,
    /// Who is planned.
    officer: OfficerNameReply,
    /// When it begins.
    #[schema(value_type = String, format = DateTime)]
    starts_at: DateTime<Utc>,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    ends_at: DateTime<Utc>,
}

impl From<ShiftView> for ShiftReply {
    fn from(ShiftView { id, unit, officer, starts_at, ends_at }: ShiftView) -> Self {
        Self { id, unit: unit.into(), officer: officer.into(), starts_at, ends_at }
    }
}

/// Which shifts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ShiftQuery {
    /// Outward id of the unit.
    unit: String,
    /// Shifts that end after this instant (RFC 3339).
    #[param(example = "2026-12-01T00:00:00Z")]
    from: String,
    /// Shifts that begin before this instant, at most 366 days later.
    #[param(example = "2026-12-08T00:00:00Z")]
    to: String,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Shifts on a page, 1 to 200.
    #[serde(default = "hundred")]
    #[param(default = 100, minimum = 1, maximum = 200)]
    limit: u32,
}

const fn hundred() -> u32 {
    100
}

/// Some shifts, in the order of their beginnings.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShiftListReply {
    /// The shifts.
    items: Vec<ShiftReply>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

/// The shifts of a unit that touch a span of time.
#[utoipa::path(tag = "duty", operation_id = "duty_shifts_list", params(ShiftQuery),
    responses((status = 200, body = ShiftListReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/console/duty-shifts")]
pub(crate) async fn duty_shifts_list(
    caller: Caller,
    app: AppData,
    query: Query<ShiftQuery>,
) -> ApiResult<ShiftListReply> {
    let ShiftQuery { unit, from, to, cursor, limit } = query.0;
    let wanted = ShiftsWanted { unit, from: instant("from", &from)?, to: instant("to", &to)?, cursor, limit };
    let page = duty::duty_shifts_list(&app, &caller.0, wanted).await?;
    let items = page.items.into_iter().map(ShiftReply::from).collect();
    Ok(actix::Json(ShiftListReply { items, next_cursor: page.next_cursor }))
}

/// A shift as it shall be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShiftRequest {
    /// Outward id of an active officer of the unit.
    officer: String,
    /// When it begins (RFC 3339), inside the span.
    #[schema(format = DateTime)]
    starts_at: String,
    /// When it ends, at most 72 hours later.
    #[schema(format = DateTime)]
    ends_at: String,
}

/// A roster: all shifts of a unit that begin in a span of time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RosterRequest {
    /// Outward id of the unit.
    unit: String,
    /// Begin of the span (RFC 3339), now or later: what has begun stays as it was.
    #[schema(format = DateTime)]
    from: String,
    /// End of the span, at most 62 days later, not included.
    #[schema(format = DateTime)]
    to: String,
    /// The shifts, at most 1,000.
    shifts: Vec<ShiftRequest>,
}

/// What became of the roster.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RosterReply {
    /// Shifts that are new.
    added: usize,
    /// Shifts that were planned and are no more.
    removed: usize,
    /// Shifts that were planned so already.
    unchanged: usize,
}

fn roster(body: RosterRequest) -> Result<PutRoster, app::AppError> {
    let shift = |(place, shift): (usize, ShiftRequest)| {
        let starts_at = instant(&format!("/shifts/{place}/starts_at"), &shift.starts_at)?;
        let ends_at = instant(&format!("/shifts/{place}/ends_at"), &shift.ends_at)?;
        Ok(WantedShift { officer: shift.officer, starts_at, ends_at })
    };
    let (from, to) = (instant("/from", &body.from)?, instant("/to", &body.to)?);
    let shifts = body.shifts.into_iter().enumerate().map(shift).collect::<Result<_, app::AppError>>()?;
    Ok(PutRoster { unit: body.unit, from, to, shifts })
}

/// Set the shifts of a unit that begin in a span of time. The same roster again changes nothing.
#[utoipa::path(tag = "duty", operation_id = "duty_shifts_put", request_body = RosterRequest,
    responses((status = 200, body = RosterReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[put("/console/duty-shifts")]
pub(crate) async fn duty_shifts_put(
    caller: Caller,
    app: AppData,
    body: Json<RosterRequest, { 512 * 1024 }>,
) -> ApiResult<RosterReply> {
    let RosterReport { added, removed, unchanged } = duty::duty_shifts_put(&app, &caller.0, roster(body.0)?).await?;
    Ok(actix::Json(RosterReply { added, removed, unchanged }))
}

/// A shift that runs now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DutyNowReply {
    /// Outward id of the shift.
    shift: String,
    /// For which unit.
    unit: UnitNameReply,
    /// Who is on duty; null if the one who was planned is disabled and nobody stands in.
    on_duty: Option<OfficerNameReply>,
    /// Who was planned, where it is not the one on duty.
    instead_of: Option<OfficerNameReply>,
    /// When the shift began.
    #[schema(value_type = String, format = DateTime)]
    starts_at: DateTime<Utc>,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    ends_at: DateTime<Utc>,
}

impl From<DutyNow> for DutyNowReply {
    fn from(now: DutyNow) -> Self {
        Self {
            shift: now.shift,
            unit: now.unit.into(),
            on_duty: now.on_duty.map(Into::into),
            instead_of: now.instead_of.map(Into::into),
            starts_at: now.starts_at,
            ends_at: now.ends_at,
        }
    }
}

/// Which shifts that run now.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DutyNowQuery {
    /// Outward id of a unit; every unit inside one's own divisions where absent.
    unit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Shifts on a page, 1 to 200.
    #[serde(default = "hundred")]
    #[param(default = 100, minimum = 1, maximum = 200)]
    limit: u32,
}

/// Who is on duty now, by unit, with substitutes in place of whom they stand in for.
#[utoipa::path(tag = "duty", operation_id = "duty_current", params(DutyNowQuery),
    responses((status = 200, body = PageReply<DutyNowReply>), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/console/duty-shifts/current")]
pub(crate) async fn duty_current(
    caller: Caller,
    app: AppData,
    query: Query<DutyNowQuery>,
) -> ApiResult<PageReply<DutyNowReply>> {
    let DutyNowQuery { unit, cursor, limit } = query.0;
    let page = duty::duty_current(&app, &caller.0, DutyWanted { unit, cursor, limit }).await?;
    Ok(actix::Json(PageReply::of(page)))
}
