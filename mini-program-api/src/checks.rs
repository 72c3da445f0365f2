//! Checking numbers, links, accounts and pasted messages.

use actix_web::{HttpRequest, post, web::Data};
use app::check;
use web::{
    ApiError, AppData, Caller, Json, Limits, Problem, Rendered,
    checks::{BatchReply, BatchRequest, CheckReply, CheckRequest},
};

/// Largest body of a batch.
const BATCH_LIMIT: usize = 4 * 1024 * 1024;

/// Check one number, link, account or pasted message.
///
/// Signed in or not. A signed-in resident who meets `fraud` finds a warning in their inbox, and `warning_saved` says
/// whether it is already durable.
#[utoipa::path(tag = "checks", operation_id = "check_create", request_body = CheckRequest,
    responses((status = 200, body = CheckReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security((), ("access_token" = [])))]
#[post("/checks")]
pub(crate) async fn check_create(
    caller: Caller,
    app: AppData,
    limits: Data<Limits>,
    request: HttpRequest,
    body: Json<CheckRequest>,
) -> Result<Rendered<CheckReply>, ApiError> {
    limits.charge_checks(&caller.0, &request, 1)?;
    let report = check::check(&app, &caller.0, body.0.question()?).await?;
    Ok(Rendered(CheckReply::from(report)))
}

/// Check up to 1,000 at once.
///
/// Results come in the order of the items; a bad item is an `error` in its place and does not fail the others. A batch
/// leaves no warnings.
#[utoipa::path(tag = "checks", operation_id = "check_batch", request_body = BatchRequest,
    responses((status = 200, body = BatchReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security((), ("access_token" = [])))]
#[post("/checks/batch")]
pub(crate) async fn check_batch(
    caller: Caller,
    app: AppData,
    limits: Data<Limits>,
    request: HttpRequest,
    body: Json<BatchRequest, BATCH_LIMIT>,
) -> Result<Rendered<BatchReply>, ApiError> {
    let questions = body.0.questions()?;
    limits.charge_checks(&caller.0, &request, questions.len())?;
    let results = check::check_batch(&app, &caller.0, questions.into_iter())?;
    Ok(Rendered(BatchReply::new(results)))
}
