//! Objections of owners.

use actix_web::{get, post, web as actix};
use app::lists::appeals::{self, AppealInFull};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{ApiResult, AppData, Caller, Json, Path, Problem, Query};

/// How many.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AppealQueueQuery {
    /// Appeals in the reply, 1 to 200.
    #[serde(default = "super::entries::fifty")]
    #[param(default = 50, minimum = 1, maximum = 200)]
    limit: u32,
}

/// Appeals that wait, those that are due first at the front.
#[derive(Serialize, ToSchema)]
pub(crate) struct AppealQueueReply {
    /// The appeals.
    items: Vec<AppealInFullReply>,
}

/// An appeal.
#[derive(Serialize, ToSchema)]
pub(crate) struct AppealInFullReply {
    /// Outward id.
    id: String,
    /// Kind of the subject.
    kind: &'static str,
    /// Canonical form of the subject.
    canonical: String,
    /// What the owner says.
    statement: String,
    /// `unproved`, `open`, `lifted`, `upheld` or `withdrawn`.
    state: &'static str,
    /// How ownership was proved: `sms`, `dns`, `file` or `papers`.
    method: Option<&'static str>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: DateTime<Utc>,
    /// When ownership was proved.
    #[schema(value_type = Option<String>, format = DateTime)]
    proved_at: Option<DateTime<Utc>>,
    /// By when it has to be decided.
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<DateTime<Utc>>,
    /// Whether that has passed.
    late: bool,
    /// Outward id of the proposal to decide; null while another about the same entry waits.
    proposal: Option<String>,
}

impl From<AppealInFull> for AppealInFullReply {
    fn from(appeal: AppealInFull) -> Self {
        Self {
            id: appeal.id,
            kind: appeal.kind.as_str(),
            canonical: appeal.canonical,
            statement: appeal.statement,
            state: appeal.state.as_str(),
            method: appeal.method.map(|method| method.as_str()),
            created_at: appeal.created_at,
            proved_at: appeal.proved_at,
            due_at: appeal.due_at,
            late: appeal.late,
            proposal: appeal.proposal,
        }
    }
}

/// Read the appeals that wait for a decision. The look is audited.
#[utoipa::path(tag = "lists", operation_id = "list_appeal_queue", params(AppealQueueQuery),
    responses((status = 200, body = AppealQueueReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/console/lists/appeals")]
pub(crate) async fn list_appeal_queue(
    caller: Caller,
    app: AppData,
    query: Query<AppealQueueQuery>,
) -> ApiResult<AppealQueueReply> {
    let waiting = appeals::appeals_queue(&app, &caller.0, query.0.limit).await?;
    Ok(actix::Json(AppealQueueReply { items: waiting.into_iter().map(AppealInFullReply::from).collect() }))
}

/// Read an appeal. The look is audited.
#[utoipa::path(tag = "lists", operation_id = "list_appeal_get",
    params(("id" = String, Path, description = "Outward id of the appeal")),
    responses((status = 200, body = AppealInFullReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/console/lists/appeals/{id}")]
pub(crate) async fn list_appeal_get(caller: Caller, app: AppData, id: Path<String>) -> ApiResult<AppealInFullReply> {
    Ok(actix::Json(appeals::appeal_read(&app, &caller.0, id.0).await?.into()))
}

/// Which papers were shown.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PapersRequest {
    /// Which papers, in one line.
    reason: String,
}

/// Note that the owner showed papers at a station. That decides nothing: two officers do.
#[utoipa::path(tag = "lists", operation_id = "list_appeal_papers", request_body = PapersRequest,
    params(("id" = String, Path, description = "Outward id of the appeal")),
    responses((status = 200, body = AppealInFullReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[post("/console/lists/appeals/{id}/papers")]
pub(crate) async fn list_appeal_papers(
    caller: Caller,
    app: AppData,
    id: Path<String>,
    body: Json<PapersRequest>,
) -> ApiResult<AppealInFullReply> {
    Ok(actix::Json(appeals::appeal_papers(&app, &caller.0, id.0, &body.0.reason).await?.into()))
}
