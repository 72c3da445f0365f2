//! Who answers for which village, township or county.

mod gaps;
mod imports;

use actix_web::{CustomizeResponder, HttpResponse, Responder as _, delete, get, http::StatusCode, post, web as actix};
use app::responsibilities::{self, AssignResponsibility, AssignmentView, BelowView, ResponsibilitiesWanted};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{ApiError, ApiResult, AppData, Caller, IdempotencyKey, Json, Path, Problem, Query};

pub(crate) use gaps::responsibility_gaps;
pub(crate) use imports::responsibilities_import;

use crate::times::day_if_any;

/// Who answers for what.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResponsibilityReply {
    /// Outward id.
    id: String,
    /// Name of the person, masked.
    name: String,
    /// Phone of the person, masked.
    phone: String,
    /// What they are there.
    post: String,
    /// Code of the division.
    division: String,
    /// Names from the top down to the division.
    path: Vec<String>,
    /// The part of the village, where it is not the whole.
    patch: Option<String>,
    /// First day, in Beijing.
    #[schema(format = Date)]
    from_day: String,
    /// Last day, in Beijing, where one was set.
    #[schema(format = Date)]
    to_day: Option<String>,
    /// Whether it holds today.
    current: bool,
    /// When it was ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<DateTime<Utc>>,
}

impl From<AssignmentView> for ResponsibilityReply {
    fn from(view: AssignmentView) -> Self {
        Self {
            id: view.id,
            name: view.name,
            phone: view.phone,
            post: view.post,
            division: view.division.to_string(),
            path: view.path,
            patch: view.patch,
            from_day: view.from_day.to_string(),
            to_day: view.to_day.map(|day| day.to_string()),
            current: view.current,
            ended_at: view.ended_at,
        }
    }
}

/// A division below the one that is asked about.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResponsibilityBelowReply {
    /// Its code: ask with it to go down.
    code: String,
    /// Its name.
    name: String,
    /// `province`, `city`, `county`, `township` or `village`.
    #[schema(value_type = String)]
    level: &'static str,
    /// People who answer for the whole of it now.
    assigned: u32,
    /// Villages in use in it.
    villages: u32,
    /// Those of them for whose whole nobody answers now.
    villages_without: u32,
}

impl From<BelowView> for ResponsibilityBelowReply {
    fn from(view: BelowView) -> Self {
        let BelowView { code, name, level, assigned, villages, villages_without } = view;
        Self { code: code.to_string(), name, level: level.as_str(), assigned, villages, villages_without }
    }
}

/// Which assignments.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ResponsibilityQuery {
    /// Code of the division; absent for one's own divisions, or the top of the tree.
    division: Option<String>,
    /// Also assignments that are over or have not begun.
    #[serde(default)]
    history: bool,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Assignments on a page, 1 to 200.
    #[serde(default = "fifty")]
    #[param(default = 50, minimum = 1, maximum = 200)]
    limit: u32,
}

pub(crate) const fn fifty() -> u32 {
    50
}

/// Some assignments of a division, and what lies below it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResponsibilityListReply {
    /// The assignments of the division itself, in the order in which they were entered.
    items: Vec<ResponsibilityReply>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
    /// The divisions directly below it.
    below: Vec<ResponsibilityBelowReply>,
}

/// Who answers for a division, and how far the divisions below it are covered. The look is kept in the audit log.
#[utoipa::path(tag = "responsibilities", operation_id = "responsibilities_list", params(ResponsibilityQuery),
    responses((status = 200, body = ResponsibilityListReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/console/responsibilities")]
pub(crate) async fn responsibilities_list(
    caller: Caller,
    app: AppData,
    query: Query<ResponsibilityQuery>,
) -> ApiResult<ResponsibilityListReply> {
    let ResponsibilityQuery { division, history, cursor, limit } = query.0;
    let wanted = ResponsibilitiesWanted { division, history, cursor, limit };
    let page = responsibilities::responsibilities_list(&app, &caller.0, wanted).await?;
    let items = page.items.into_iter().map(ResponsibilityReply::from).collect();
    let below = page.below.into_iter().map(ResponsibilityBelowReply::from).collect();
    Ok(actix::Json(ResponsibilityListReply { items, next_cursor: page.next_cursor, below }))
}

/// An assignment to enter.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResponsibilityRequest {
    /// Name of the person, who need not be an officer.
    name: String,
    /// Phone of the person, mobile or with area code.
    phone: String,
    /// What they are there.
    #[schema(example = "村支书")]
    post: String,
    /// Code of what they answer for.
    division: String,
    /// Name of a group, block or building, where it is not the whole village.
    patch: Option<String>,
    /// First day, in Beijing; today where absent.
    #[schema(format = Date)]
    from_day: Option<String>,
    /// Last day, in Beijing; open where absent.
    #[schema(format = Date)]
    to_day: Option<String>,
}

/// Say who answers for a place. With an `Idempotency-Key` the same request says it once.
#[utoipa::path(tag = "responsibilities", operation_id = "responsibility_assign", request_body = ResponsibilityRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "Names the request, so that a repeat does nothing new")),
    responses((status = 201, body = ResponsibilityReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[post("/console/responsibilities")]
pub(crate) async fn responsibility_assign(
    caller: Caller,
    app: AppData,
    key: IdempotencyKey,
    body: Json<ResponsibilityRequest>,
) -> Result<CustomizeResponder<actix::Json<ResponsibilityReply>>, ApiError> {
    let ResponsibilityRequest { name, phone, post, division, patch, from_day, to_day } = body.0;
    let from_day = day_if_any("/from_day", from_day.as_deref())?;
    let to_day = day_if_any("/to_day", to_day.as_deref())?;
    let request = AssignResponsibility { name, phone, post, division, patch, from_day, to_day };
    let view = responsibilities::responsibility_assign(&app, &caller.0, request, key.0).await?;
    Ok(actix::Json(ResponsibilityReply::from(view)).customize().with_status(StatusCode::CREATED))
}

/// End an assignment at once. It stays in the history.
#[utoipa::path(tag = "responsibilities", operation_id = "responsibility_end",
    params(("id" = String, Path, description = "Outward id of the assignment")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[delete("/console/responsibilities/{id}")]
pub(crate) async fn responsibility_end(
    caller: Caller,
    app: AppData,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    responsibilities::responsibility_end(&app, &caller.0, &id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
