//! Villages for which nobody answers.

use actix_web::{get, web as actix};
use app::responsibilities::{self, GapPage, GapView};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{ApiResult, AppData, Caller, Problem, Query};

use super::fifty;

/// Where to look, and which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct GapQuery {
    /// Code of a division; all of one's own where absent.
    division: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Villages on a page, 1 to 200.
    #[serde(default = "fifty")]
    #[param(default = 50, minimum = 1, maximum = 200)]
    limit: u32,
}

/// A village for whose whole nobody answers now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GapReply {
    /// Its code.
    code: String,
    /// Its name.
    name: String,
    /// Names from the top down to it.
    path: Vec<String>,
    /// `nobody`, or `only_patches` where parts of it have somebody.
    #[schema(value_type = String)]
    reason: &'static str,
}

impl From<GapView> for GapReply {
    fn from(GapView { code, name, path, reason }: GapView) -> Self {
        Self { code: code.to_string(), name, path, reason: reason.as_str() }
    }
}

/// Some gaps, in the order of the codes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GapListReply {
    /// The villages.
    items: Vec<GapReply>,
    /// How many there are in all.
    total: usize,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

/// The villages for whose whole nobody answers now: defects to mend.
#[utoipa::path(tag = "responsibilities", operation_id = "responsibility_gaps", params(GapQuery),
    responses((status = 200, body = GapListReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/console/responsibilities/gaps")]
pub(crate) async fn responsibility_gaps(
    caller: Caller,
    app: AppData,
    query: Query<GapQuery>,
) -> ApiResult<GapListReply> {
    let GapQuery { division, cursor, limit } = query.0;
    let GapPage { items, total, next_cursor } =
        responsibilities::responsibility_gaps(&app, &caller.0, division.as_deref(), cursor.as_deref(), limit).await?;
    Ok(actix::Json(GapListReply { items: items.into_iter().map(GapReply::from).collect(), total, next_cursor }))
}
