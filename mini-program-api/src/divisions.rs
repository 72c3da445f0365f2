//! Divisions: names and places, which are public facts.

use actix_web::{get, web as actix};
use app::divisions::{self, DivisionView, FindDivisions, NearView};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{ApiResult, AppData, Caller, Path, Problem, Query};

/// A division.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DivisionReply {
    /// Its code.
    #[schema(example = "411602002000")]
    code: String,
    /// Its name.
    #[schema(example = "七一路街道")]
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
    /// `on_map`, or `beside_map` where neither its place nor that of a community in it is known.
    #[schema(value_type = String)]
    place: &'static str,
    /// Degrees north, GCJ-02.
    latitude: Option<f64>,
    /// Degrees east, GCJ-02.
    longitude: Option<f64>,
    /// True if its facts are made up for the demo.
    made_up: bool,
}

impl From<DivisionView> for DivisionReply {
    fn from(view: DivisionView) -> Self {
        Self {
            code: view.code.to_string(),
            name: view.name,
            level: view.level.as_str(),
            parent: view.parent.map(|code| code.to_string()),
            path: view.path,
            year: view.year,
            open: view.closed_year.is_none(),
            closed_year: view.closed_year,
            successor: view.successor.map(|code| code.to_string()),
            place: if view.on_map { "on_map" } else { "beside_map" },
            latitude: view.latitude,
            longitude: view.longitude,
            made_up: view.made_up,
        }
    }
}

/// Some divisions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DivisionListReply {
    /// The divisions.
    items: Vec<DivisionReply>,
}

impl From<Vec<DivisionView>> for DivisionListReply {
    fn from(views: Vec<DivisionView>) -> Self {
        Self { items: views.into_iter().map(DivisionReply::from).collect() }
    }
}

/// What to find.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FindQuery {
    /// A name or a part of one.
    #[param(example = "七一路")]
    name: Option<String>,
    /// Names from above down, divided by `/` or spaces; levels may be left out.
    #[param(example = "川汇区/七一路办事处")]
    path: Option<String>,
    /// Only at or below the division of this code.
    under: Option<String>,
    /// Divisions at most, 1 to 100; 20 unless said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// Find divisions in use by name or path, the best first. Without both: the tops of the trees, or what lies directly below
/// `under`.
#[utoipa::path(tag = "divisions", operation_id = "divisions_find", params(FindQuery),
    responses((status = 200, body = DivisionListReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/divisions")]
pub(crate) async fn divisions_find(
    caller: Caller,
    app: AppData,
    query: Query<FindQuery>,
) -> ApiResult<DivisionListReply> {
    let FindQuery { name, path, under, limit } = query.0;
    let found = divisions::divisions_find(&app, &caller.0, FindDivisions { name, path, under, limit }).await?;
    Ok(actix::Json(found.into()))
}

/// A place.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PlaceQuery {
    /// Degrees north, GCJ-02, as WeChat gives it.
    #[param(example = 33.626)]
    latitude: f64,
    /// Degrees east, GCJ-02.
    #[param(example = 114.697)]
    longitude: f64,
}

/// A community near the place.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NearReply {
    /// The community.
    #[serde(flatten)]
    division: DivisionReply,
    /// How far it is, in metres.
    distance_m: u32,
}

/// The nearest communities.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NearestReply {
    /// At most five, the nearest first.
    items: Vec<NearReply>,
    /// Why there are none, in Chinese; null where there are some.
    #[schema(value_type = Option<String>)]
    reason: Option<&'static str>,
}

/// The five communities nearest to a place.
#[utoipa::path(tag = "divisions", operation_id = "divisions_nearest", params(PlaceQuery),
    responses((status = 200, body = NearestReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/divisions/nearest")]
pub(crate) async fn divisions_nearest(
    caller: Caller,
    app: AppData,
    query: Query<PlaceQuery>,
) -> ApiResult<NearestReply> {
    let near = divisions::divisions_nearest(&app, &caller.0, query.0.latitude, query.0.longitude).await?;
    let item = |NearView { division, distance_m }| NearReply { division: DivisionReply::from(division), distance_m };
    Ok(actix::Json(NearestReply { items: near.items.into_iter().map(item).collect(), reason: near.reason }))
}

/// One division; closed ones say what they became.
#[utoipa::path(tag = "divisions", operation_id = "division_get",
    params(("code" = String, Path, description = "Code of the division")),
    responses((status = 200, body = DivisionReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/divisions/{code}")]
pub(crate) async fn division_get(caller: Caller, app: AppData, code: Path<String>) -> ApiResult<DivisionReply> {
    Ok(actix::Json(divisions::division_get(&app, &caller.0, &code.0).await?.into()))
}

/// The divisions in use directly below one.
#[utoipa::path(tag = "divisions", operation_id = "division_children",
    params(("code" = String, Path, description = "Code of the division above")),
    responses((status = 200, body = DivisionListReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/divisions/{code}/children")]
pub(crate) async fn division_children(
    caller: Caller,
    app: AppData,
    code: Path<String>,
) -> ApiResult<DivisionListReply> {
    Ok(actix::Json(divisions::division_children(&app, &caller.0, &code.0).await?.into()))
}
