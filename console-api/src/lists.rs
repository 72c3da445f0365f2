//! The lists: what is effective here, their entries, what is proposed about them, and where they contradict each other.

mod appeals;
mod entries;
mod exports;
mod proposals;
mod reports;

pub(crate) use appeals::*;
pub(crate) use entries::*;
pub(crate) use exports::*;
pub(crate) use proposals::*;
pub(crate) use reports::*;

use actix_web::{get, put, web as actix};
use app::lists::{self, ListConflict, ListConflictPage, ListStatus, Settlement};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{ApiResult, AppData, Caller, Json, Path, Problem, Query};

/// What the server that answers holds in memory.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListStatusReply {
    /// Number of the last change that is effective.
    version: u64,
    /// Last change in the open snapshot.
    snapshot_version: u64,
    /// Changes lying over the snapshot.
    overlay: usize,
}

impl From<ListStatus> for ListStatusReply {
    fn from(status: ListStatus) -> Self {
        Self { version: status.version, snapshot_version: status.snapshot_version, overlay: status.overlay }
    }
}

/// What this server holds of the lists.
#[utoipa::path(tag = "lists", operation_id = "list_status",
    responses((status = 200, body = ListStatusReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/console/lists/status")]
pub(crate) async fn list_status(caller: Caller, app: AppData) -> ApiResult<ListStatusReply> {
    let status = std::future::ready(lists::status(&app, &caller.0)).await?;
    Ok(actix::Json(status.into()))
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ConflictQuery {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Conflicts on a page, 1 to 100.
    #[serde(default = "twenty")]
    #[param(default = 20, minimum = 1, maximum = 100)]
    limit: u32,
}

const fn twenty() -> u32 {
    20
}

/// Some conflicts, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConflictListReply {
    /// The conflicts.
    items: Vec<ConflictReply>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

/// A rule that stands on both the blacklist and the allowlist. Until it is settled the allowlist holds.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConflictReply {
    /// Outward id.
    id: String,
    /// Kind of the subject.
    kind: String,
    /// The rule.
    canonical: String,
    /// When it was found.
    #[schema(value_type = String, format = DateTime)]
    opened_at: DateTime<Utc>,
}

impl From<ListConflict> for ConflictReply {
    fn from(conflict: ListConflict) -> Self {
        let ListConflict { id, kind, canonical, opened_at } = conflict;
        Self { id, kind, canonical, opened_at }
    }
}

/// Open conflicts, newest first.
#[utoipa::path(tag = "lists", operation_id = "list_conflict_list", params(ConflictQuery),
    responses((status = 200, body = ConflictListReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/console/lists/conflicts")]
pub(crate) async fn list_conflict_list(
    caller: Caller,
    app: AppData,
    query: Query<ConflictQuery>,
) -> ApiResult<ConflictListReply> {
    let ListConflictPage { items, next_cursor } =
        lists::conflicts_list(&app, &caller.0, query.0.cursor, query.0.limit).await?;
    let items = items.into_iter().map(ConflictReply::from).collect();
    Ok(actix::Json(ConflictListReply { items, next_cursor }))
}

/// Which list is right.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettlementRequest {
    /// `blacklist` or `allowlist`: the entry that stays; the other one is withdrawn.
    #[schema(value_type = String, example = "allowlist")]
    keep: Settlement,
}

/// How far the settlement has come.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SettlementReply {
    /// The list whose entry stays.
    #[schema(value_type = String)]
    kept: Settlement,
    /// False while another officer has to say the same.
    settled: bool,
}

/// Say which entry of a conflict stays. When a second officer says the same, the other entry is lifted. The same decision twice
/// is the same answer.
#[utoipa::path(tag = "lists", operation_id = "list_conflict_settle", request_body = SettlementRequest,
    params(("id" = String, Path, description = "Outward id of the conflict")),
    responses((status = 200, body = SettlementReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[put("/console/lists/conflicts/{id}/settlement")]
pub(crate) async fn list_conflict_settle(
    caller: Caller,
    app: AppData,
    id: Path<String>,
    body: Json<SettlementRequest>,
) -> ApiResult<SettlementReply> {
    let settled = lists::conflict_settle(&app, &caller.0, id.0, body.0.keep).await?;
    Ok(actix::Json(SettlementReply { kept: body.0.keep, settled }))
}
