//! Divisions for officers: facts, history, imports, successors.

mod imports;

use actix_web::{get, post, web as actix};
use app::divisions::{self, DivisionFactsView, DivisionView};
use chrono::{DateTime, Utc};
use domain::division::DivisionCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{ApiResult, AppData, Caller, Json, Path, Problem};

pub(crate) use imports::{RefusedReply, clipped_refused};
pub(crate) use imports::{division_facts_import, divisions_import};

/// A division with what its officers may know.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DivisionFactsReply {
    /// Its code.
    code: String,
    /// Its name.
    name: String,
    /// `province`, `city`, `county`, `township` or `village`.
    #[schema(value_type = String)]
    level: &'static str,
    /// Code of the division above it.
    parent: Option<String>,
    /// Names from the top down to it.
    path: Vec<String>,
    /// Year of the newest file that held it.
    year: i32,
    /// True while it is in use.
    open: bool,
    /// Year of the file from which it was missing.
    closed_year: Option<i32>,
    /// What a closed one became.
    successor: Option<String>,
    /// Communities in use at and below it.
    communities: u32,
    /// People, summed over the communities where they are known.
    population: i64,
    /// Communities whose population is not known.
    population_unknown: u32,
    /// Households, summed over the communities where they are known.
    households: i64,
    /// Communities whose households are not known.
    households_unknown: u32,
    /// Communities whose place is known.
    placed: u32,
    /// `on_map`, or `beside_map` where neither its place nor that of a community in it is known.
    #[schema(value_type = String)]
    place: &'static str,
    /// Degrees north, GCJ-02.
    latitude: Option<f64>,
    /// Degrees east, GCJ-02.
    longitude: Option<f64>,
    /// True if any of these figures is made up for the demo.
    made_up: bool,
}

impl From<DivisionFactsView> for DivisionFactsReply {
    fn from(DivisionFactsView { division, totals }: DivisionFactsView) -> Self {
        Self {
            code: division.code.to_string(),
            name: division.name,
            level: division.level.as_str(),
            parent: division.parent.map(|code| code.to_string()),
            path: division.path,
            year: division.year,
            open: division.closed_year.is_none(),
            closed_year: division.closed_year,
            successor: division.successor.map(|code| code.to_string()),
            communities: totals.communities,
            population: totals.population,
            population_unknown: totals.population_unknown,
            households: totals.households,
            households_unknown: totals.households_unknown,
            placed: totals.placed,
            place: if division.on_map { "on_map" } else { "beside_map" },
            latitude: division.latitude,
            longitude: division.longitude,
            made_up: division.made_up,
        }
    }
}

/// A division one serves, with population and households.
#[utoipa::path(tag = "divisions", operation_id = "division_facts_get",
    params(("code" = String, Path, description = "Code of the division")),
    responses((status = 200, body = DivisionFactsReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/console/divisions/{code}")]
pub(crate) async fn division_facts_get(
    caller: Caller,
    app: AppData,
    code: Path<String>,
) -> ApiResult<DivisionFactsReply> {
    Ok(actix::Json(divisions::division_facts(&app, &caller.0, &code.0).await?.into()))
}

/// Something that happened to a division.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DivisionChangeReply {
    /// Year of the file.
    year: i32,
    /// `added`, `renamed`, `moved`, `split`, `vanished` or `succeeded`.
    kind: String,
    /// What it was before, or what it became.
    #[schema(value_type = Object)]
    detail: serde_json::Value,
    /// When it was noted.
    #[schema(value_type = String, format = DateTime)]
    created_at: DateTime<Utc>,
}

/// What happened to a division.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DivisionHistoryReply {
    /// Oldest first.
    items: Vec<DivisionChangeReply>,
}

/// The history of a division one serves; old codes keep theirs.
#[utoipa::path(tag = "divisions", operation_id = "division_history_list",
    params(("code" = String, Path, description = "Code of the division")),
    responses((status = 200, body = DivisionHistoryReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/console/divisions/{code}/history")]
pub(crate) async fn division_history_list(
    caller: Caller,
    app: AppData,
    code: Path<String>,
) -> ApiResult<DivisionHistoryReply> {
    let changes = divisions::division_history(&app, &caller.0, &code.0).await?.into_iter();
    let items = changes.map(|change| DivisionChangeReply {
        year: change.year,
        kind: change.kind,
        detail: change.detail,
        created_at: change.created_at,
    });
    Ok(actix::Json(DivisionHistoryReply { items: items.collect() }))
}

/// What a closed division became.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SuccessorRequest {
    /// Codes in use of the same level; the first is the main one.
    #[schema(value_type = Vec<String>, example = json!(["411602001003", "411602001004"]))]
    successors: Vec<DivisionCode>,
}

/// A closed division and what it became.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SuccessorReply {
    /// The closed division.
    code: String,
    /// Year of the file from which it was missing.
    closed_year: Option<i32>,
    /// What it became.
    successor: Option<String>,
}

impl From<DivisionView> for SuccessorReply {
    fn from(view: DivisionView) -> Self {
        Self {
            code: view.code.to_string(),
            closed_year: view.closed_year,
            successor: view.successor.map(|code| code.to_string()),
        }
    }
}

/// Name what a closed division became: units that served it and its people and households follow. The same again is the
/// same answer.
#[utoipa::path(tag = "divisions", operation_id = "division_successor_set", request_body = SuccessorRequest,
    params(("code" = String, Path, description = "Code of the closed division")),
    responses((status = 200, body = SuccessorReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[post("/console/divisions/{code}/successor")]
pub(crate) async fn division_successor_set(
    caller: Caller,
    app: AppData,
    code: Path<String>,
    body: Json<SuccessorRequest>,
) -> ApiResult<SuccessorReply> {
    Ok(actix::Json(divisions::division_succeed(&app, &caller.0, &code.0, body.0.successors).await?.into()))
}
