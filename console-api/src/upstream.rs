//! Checks by upstream systems, whose requests are signed. Nothing is stored of them.

use actix_web::{HttpRequest, post, web::Data};
use app::check;
use web::{
    ApiError, AppData, Limits, Problem, Rendered, SignedCaller,
    checks::{BatchReply, BatchRequest, CheckReply, CheckRequest},
};

/// Check one number, link, account or message.
#[utoipa::path(tag = "upstream", operation_id = "upstream_check_create", request_body = CheckRequest,
    responses((status = 200, body = CheckReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("signature" = [])))]
#[post("/upstream/checks")]
pub(crate) async fn upstream_check_create(
    caller: SignedCaller,
    app: AppData,
    limits: Data<Limits>,
    request: HttpRequest,
) -> Result<Rendered<CheckReply>, ApiError> {
    limits.charge_checks(&caller.context, &request, 1)?;
    let question = caller.json::<CheckRequest>()?.question()?;
    let report = check::check(&app, &caller.context, question).await?;
    Ok(Rendered(report.into()))
}

/// Check up to 1,000 at once.
#[utoipa::path(tag = "upstream", operation_id = "upstream_check_batch", request_body = BatchRequest,
    responses((status = 200, body = BatchReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("signature" = [])))]
#[post("/upstream/checks/batch")]
pub(crate) async fn upstream_check_batch(
    caller: SignedCaller,
    app: AppData,
    limits: Data<Limits>,
    request: HttpRequest,
) -> Result<Rendered<BatchReply>, ApiError> {
    let questions = caller.json::<BatchRequest>()?.questions()?;
    limits.charge_checks(&caller.context, &request, questions.len())?;
    let results = check::check_batch(&app, &caller.context, questions.into_iter())?;
    Ok(Rendered(BatchReply::new(results)))
}
