//! Units and the divisions they serve.

use actix_web::{
    CustomizeResponder, Responder as _, delete, get,
    http::StatusCode,
    patch, post, put,
    web::{self as actix},
};
use app::units::{self, ChangeUnit, CreateUnit, ServedView, UnitView, UnitsReport};
use chrono::{DateTime, Utc};
use domain::{division::DivisionCode, unit::UnitKind};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{ApiError, ApiResult, AppData, Caller, IdempotencyKey, Json, Path, Problem, Query, Upload};

use crate::divisions::{RefusedReply, clipped_refused};

/// A division that a unit serves.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServedReply {
    /// Its code.
    code: String,
    /// Its name.
    name: String,
    /// False once it is closed and nobody has said what it became.
    open: bool,
}

/// A unit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnitReply {
    /// Outward id.
    id: String,
    /// Its name.
    name: String,
    /// `city_centre`, `dissuasion_centre`, `county_centre`, `police_station` or `community_team`.
    #[schema(value_type = String)]
    kind: &'static str,
    /// Outward id of the unit above it.
    parent: Option<String>,
    /// The divisions it serves, with all that lies below them.
    divisions: Vec<ServedReply>,
    /// When it was entered.
    #[schema(value_type = String, format = DateTime)]
    created_at: DateTime<Utc>,
    /// When it was closed.
    #[schema(value_type = Option<String>, format = DateTime)]
    closed_at: Option<DateTime<Utc>>,
}

impl From<UnitView> for UnitReply {
    fn from(view: UnitView) -> Self {
        let served = |ServedView { code, name, open }| ServedReply { code: code.to_string(), name, open };
        Self {
            id: view.id,
            name: view.name,
            kind: view.kind.as_str(),
            parent: view.parent,
            divisions: view.divisions.into_iter().map(served).collect(),
            created_at: view.created_at,
            closed_at: view.closed_at,
        }
    }
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UnitQuery {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Units on a page, 1 to 200.
    #[serde(default = "fifty")]
    #[param(default = 50, minimum = 1, maximum = 200)]
    limit: u32,
}

const fn fifty() -> u32 {
    50
}

/// Some units, in the order in which they were entered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnitListReply {
    /// The units.
    items: Vec<UnitReply>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

/// The units inside one's own divisions.
#[utoipa::path(tag = "units", operation_id = "units_list", params(UnitQuery),
    responses((status = 200, body = UnitListReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/console/units")]
pub(crate) async fn units_list(caller: Caller, app: AppData, query: Query<UnitQuery>) -> ApiResult<UnitListReply> {
    let page = units::units_list(&app, &caller.0, query.0.cursor, query.0.limit).await?;
    let items = page.items.into_iter().map(UnitReply::from).collect();
    Ok(actix::Json(UnitListReply { items, next_cursor: page.next_cursor }))
}

/// One unit inside one's own divisions.
#[utoipa::path(tag = "units", operation_id = "unit_get",
    params(("id" = String, Path, description = "Outward id of the unit")),
    responses((status = 200, body = UnitReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/console/units/{id}")]
pub(crate) async fn unit_get(caller: Caller, app: AppData, id: Path<String>) -> ApiResult<UnitReply> {
    Ok(actix::Json(units::unit_get(&app, &caller.0, &id.0).await?.into()))
}

/// A unit to enter.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnitCreateRequest {
    /// Its name, at most 60 characters, which no other unit has.
    name: String,
    /// `city_centre`, `dissuasion_centre`, `county_centre`, `police_station` or `community_team`.
    #[schema(value_type = String, example = "police_station")]
    kind: UnitKind,
    /// Outward id of the unit above it.
    parent: Option<String>,
    /// Codes of the divisions it serves, inside those of the unit above it.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    divisions: Vec<DivisionCode>,
}

/// Enter a unit. With an `Idempotency-Key` the same request enters it once.
#[utoipa::path(tag = "units", operation_id = "unit_create", request_body = UnitCreateRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "Names the request, so that a repeat does nothing new")),
    responses((status = 201, body = UnitReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[post("/console/units")]
pub(crate) async fn unit_create(
    caller: Caller,
    app: AppData,
    key: IdempotencyKey,
    body: Json<UnitCreateRequest>,
) -> Result<CustomizeResponder<actix::Json<UnitReply>>, ApiError> {
    let UnitCreateRequest { name, kind, parent, divisions } = body.0;
    let view = units::unit_create(&app, &caller.0, CreateUnit { name, kind, parent, divisions }, key.0).await?;
    Ok(actix::Json(UnitReply::from(view)).customize().with_status(StatusCode::CREATED))
}

/// What to change; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnitChangeRequest {
    /// Another name.
    name: Option<String>,
    /// Another kind.
    #[schema(value_type = Option<String>)]
    kind: Option<UnitKind>,
    /// Outward id of another unit above it; null for none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    parent: Option<Option<String>>,
}

/// Tells a null from an absent field.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Change name, kind or parent of a unit.
#[utoipa::path(tag = "units", operation_id = "unit_change", request_body = UnitChangeRequest,
    params(("id" = String, Path, description = "Outward id of the unit")),
    responses((status = 200, body = UnitReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[patch("/console/units/{id}")]
pub(crate) async fn unit_change(
    caller: Caller,
    app: AppData,
    id: Path<String>,
    body: Json<UnitChangeRequest>,
) -> ApiResult<UnitReply> {
    let UnitChangeRequest { name, kind, parent } = body.0;
    let request = ChangeUnit { name, kind, parent, divisions: None };
    Ok(actix::Json(units::unit_change(&app, &caller.0, &id.0, request).await?.into()))
}

/// Close a unit: it stays, for what was done in its name. Refused while units below it are open or officers of it are active.
#[utoipa::path(tag = "units", operation_id = "unit_close",
    params(("id" = String, Path, description = "Outward id of the unit")),
    responses((status = 200, body = UnitReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[delete("/console/units/{id}")]
pub(crate) async fn unit_close(caller: Caller, app: AppData, id: Path<String>) -> ApiResult<UnitReply> {
    Ok(actix::Json(units::unit_close(&app, &caller.0, &id.0).await?.into()))
}

/// The divisions a unit serves.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnitDivisionsRequest {
    /// Codes of divisions in use, inside those of the unit above it.
    #[schema(value_type = Vec<String>)]
    divisions: Vec<DivisionCode>,
}

/// Set the divisions a unit serves.
#[utoipa::path(tag = "units", operation_id = "unit_divisions_set", request_body = UnitDivisionsRequest,
    params(("id" = String, Path, description = "Outward id of the unit")),
    responses((status = 200, body = UnitReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[put("/console/units/{id}/divisions")]
pub(crate) async fn unit_divisions_set(
    caller: Caller,
    app: AppData,
    id: Path<String>,
    body: Json<UnitDivisionsRequest>,
) -> ApiResult<UnitReply> {
    Ok(actix::Json(units::unit_divisions_set(&app, &caller.0, &id.0, body.0.divisions).await?.into()))
}

/// What the import of units did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnitsImportReply {
    /// Rows read.
    read: u64,
    /// Units entered.
    added: usize,
    /// Units with another kind, parent or other divisions.
    changed: usize,
    /// Units that were so already.
    unchanged: usize,
    /// How many rows were refused.
    refused_count: usize,
    /// The first thousand of them.
    refused: Vec<RefusedReply>,
}

impl From<UnitsReport> for UnitsImportReply {
    fn from(report: UnitsReport) -> Self {
        Self {
            read: report.read,
            added: report.added,
            changed: report.changed,
            unchanged: report.unchanged,
            refused_count: report.refused.len(),
            refused: clipped_refused(report.refused),
        }
    }
}

/// Import units (CSV or Excel with name, kind, parent, divisions divided by `;`). A unit is known by its name.
#[utoipa::path(tag = "units", operation_id = "units_import",
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, body = UnitsImportReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[post("/console/units/imports")]
pub(crate) async fn units_import(caller: Caller, app: AppData, body: Upload) -> ApiResult<UnitsImportReply> {
    Ok(actix::Json(units::units_import(&app, &caller.0, body.bytes.to_vec()).await?.into()))
}
