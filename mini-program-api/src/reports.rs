//! Reporting a subject or a text, and following what becomes of it.

use actix_web::{HttpRequest, HttpResponse, get, http::StatusCode, post, web::Data};
use app::lists::reports::{self, NewReport, OwnReport, Progress, Reported};
use chrono::{DateTime, Utc};
use domain::SubjectKind;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{ApiError, ApiResult, AppData, Caller, IdempotencyKey, Json, Limits, Path, Problem, Query, Upload};

/// What is reported: either `kind` and `value`, or `text`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportRequest {
    /// `phone`, `link`, `bank_account`, `payment_account`, `wechat_id`, `qq_id` or `app`.
    #[schema(value_type = Option<String>, example = "phone")]
    kind: Option<SubjectKind>,
    /// The number, link or account.
    #[schema(example = "170 1234 5678")]
    value: Option<String>,
    /// A pasted message; what stands in it is reported with it.
    text: Option<String>,
    /// Code or name of the fraud type.
    fraud_type: Option<String>,
    /// What happened, at most 500 characters.
    note: Option<String>,
    /// A random word that the client keeps for its device.
    device: Option<String>,
}

/// What became of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReportedReply {
    /// Outward id of the report.
    id: String,
    /// False where the caller reported the same before: then it is the earlier report's id.
    new: bool,
}

impl From<Reported> for ReportedReply {
    fn from(reported: Reported) -> Self {
        Self { id: reported.id, new: reported.new }
    }
}

/// Report a number, a link, an account or a whole message.
///
/// One report alone lists nothing; when enough independent residents report the same, the centre decides.
#[utoipa::path(tag = "reports", operation_id = "report_create", request_body = ReportRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once")),
    responses((status = 201, body = ReportedReply), (status = 200, body = ReportedReply, description = "The caller reported it before"),
        (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[post("/reports")]
pub(crate) async fn report_create(
    caller: Caller,
    app: AppData,
    limits: Data<Limits>,
    request: HttpRequest,
    key: IdempotencyKey,
    body: Json<ReportRequest>,
) -> Result<HttpResponse, ApiError> {
    let ReportRequest { kind, value, text, fraud_type, note, device } = body.0;
    let (address, idempotency_key) = (limits.client_address(&request), key.0);
    let new = NewReport { subject: kind.zip(value), text, fraud_type, note, device, address, idempotency_key };
    let reported = reports::report_create(&app, &caller.0, new).await?;
    let status = if reported.new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(HttpResponse::build(status).json(ReportedReply::from(reported)))
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReportQuery {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Reports on a page, 1 to 100.
    #[serde(default = "twenty")]
    #[param(default = 20, minimum = 1, maximum = 100)]
    limit: u32,
}

const fn twenty() -> u32 {
    20
}

/// Some reports, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReportListReply {
    /// The reports.
    items: Vec<ReportReply>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

/// A report.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReportReply {
    /// Outward id.
    id: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    created_at: DateTime<Utc>,
    /// Code of the fraud type.
    fraud_type: Option<String>,
    /// The text.
    text: Option<String>,
    /// What the reporter said about it.
    note: Option<String>,
    /// Other reports of almost the same text.
    alike: i64,
    /// What became of each subject.
    subjects: Vec<ProgressReply>,
    /// Outward ids of the screenshots.
    screenshots: Vec<String>,
}

impl From<OwnReport> for ReportReply {
    fn from(report: OwnReport) -> Self {
        Self {
            id: report.id,
            created_at: report.created_at,
            fraud_type: report.fraud_type,
            text: report.text,
            note: report.note,
            alike: report.alike,
            subjects: report.subjects.into_iter().map(ProgressReply::from).collect(),
            screenshots: report.screenshots,
        }
    }
}

/// What became of a subject.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProgressReply {
    /// Its kind.
    kind: &'static str,
    /// Its canonical form.
    canonical: String,
    /// `received`, `proposed`, `listed`, `declined` or `official`.
    state: &'static str,
    /// That in a sentence, in Chinese, with what the report achieved.
    detail: String,
    /// Other residents who reported the same.
    others: i64,
    /// Residents who were warned of it.
    warned: i64,
    /// What happened, the earliest first.
    steps: Vec<StepReply>,
}

/// Something that happened.
#[derive(Serialize, ToSchema)]
pub(crate) struct StepReply {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: DateTime<Utc>,
    /// What, in Chinese.
    detail: &'static str,
}

impl From<Progress> for ProgressReply {
    fn from(progress: Progress) -> Self {
        let steps = progress.steps.into_iter().map(|step| StepReply { at: step.at, detail: step.text });
        Self {
            kind: progress.kind.as_str(),
            canonical: progress.canonical,
            state: progress.state.as_str(),
            detail: progress.text,
            others: progress.others,
            warned: progress.warned,
            steps: steps.collect(),
        }
    }
}

/// Read one's own reports and what became of them, newest first.
#[utoipa::path(tag = "reports", operation_id = "report_list", params(ReportQuery),
    responses((status = 200, body = ReportListReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/reports")]
pub(crate) async fn report_list(caller: Caller, app: AppData, query: Query<ReportQuery>) -> ApiResult<ReportListReply> {
    let page = reports::own_reports(&app, &caller.0, query.0.cursor, query.0.limit).await?;
    let items = page.items.into_iter().map(ReportReply::from).collect();
    Ok(actix_web::web::Json(ReportListReply { items, next_cursor: page.next_cursor }))
}

/// Read one of one's own reports.
#[utoipa::path(tag = "reports", operation_id = "report_get",
    params(("id" = String, Path, description = "Outward id of the report")),
    responses((status = 200, body = ReportReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/reports/{id}")]
pub(crate) async fn report_get(caller: Caller, app: AppData, id: Path<String>) -> ApiResult<ReportReply> {
    Ok(actix_web::web::Json(reports::own_report(&app, &caller.0, id.0).await?.into()))
}

/// A screenshot that was kept.
#[derive(Serialize, ToSchema)]
pub(crate) struct ScreenshotReply {
    /// Outward id.
    id: String,
}

/// Add a screenshot to one's own report: the picture is the whole body, PNG, JPEG, GIF, BMP or WebP.
#[utoipa::path(tag = "reports", operation_id = "report_screenshot_create",
    params(("id" = String, Path, description = "Outward id of the report")),
    request_body(content = Vec<u8>, content_type = "image/*"),
    responses((status = 201, body = ScreenshotReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[post("/reports/{id}/screenshots")]
pub(crate) async fn report_screenshot_create(
    caller: Caller,
    app: AppData,
    id: Path<String>,
    upload: Upload,
) -> Result<HttpResponse, ApiError> {
    let id = reports::screenshot_add(&app, &caller.0, id.0, upload.bytes.to_vec()).await?;
    Ok(HttpResponse::build(StatusCode::CREATED).json(ScreenshotReply { id }))
}
