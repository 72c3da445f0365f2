//! What residents reported, without who they are.

use actix_web::{HttpResponse, get, http::header, web as actix};
use app::lists::reports::{self, ReportGroupView, ReportInFull, ScreenshotBrief, StoredScreenshot};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{ApiError, ApiResult, AppData, Caller, Path, Problem, Query};

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReportQueueQuery {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Subjects on a page, 1 to 100.
    #[serde(default = "super::entries::fifty")]
    #[param(default = 50, minimum = 1, maximum = 100)]
    limit: u32,
}

/// Some reported subjects, the latest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReportQueueReply {
    /// The subjects.
    items: Vec<ReportGroupReply>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

/// What was reported about a subject.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReportGroupReply {
    /// Its kind.
    kind: &'static str,
    /// Its canonical form.
    canonical: String,
    /// How many residents reported it.
    reporters: i64,
    /// When first.
    #[schema(value_type = String, format = DateTime)]
    first_at: DateTime<Utc>,
    /// When last.
    #[schema(value_type = String, format = DateTime)]
    last_at: DateTime<Utc>,
    /// Outward id of the latest report.
    latest: String,
    /// State of its entry on the blacklist; null where there is none.
    entry_state: Option<&'static str>,
    /// True where an allowlist or a guard list keeps it from being proposed.
    held: bool,
}

impl From<ReportGroupView> for ReportGroupReply {
    fn from(view: ReportGroupView) -> Self {
        Self {
            kind: view.kind.as_str(),
            canonical: view.canonical,
            reporters: view.reporters,
            first_at: view.first_at,
            last_at: view.last_at,
            latest: view.latest,
            entry_state: view.entry_state.map(|state| state.as_str()),
            held: view.held,
        }
    }
}

/// Read which subjects residents reported and nobody has decided about, the latest first.
#[utoipa::path(tag = "lists", operation_id = "list_report_queue", params(ReportQueueQuery),
    responses((status = 200, body = ReportQueueReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/console/lists/reports")]
pub(crate) async fn list_report_queue(
    caller: Caller,
    app: AppData,
    query: Query<ReportQueueQuery>,
) -> ApiResult<ReportQueueReply> {
    let page = reports::reports_queue(&app, &caller.0, query.0.cursor, query.0.limit).await?;
    let items = page.items.into_iter().map(ReportGroupReply::from).collect();
    Ok(actix::Json(ReportQueueReply { items, next_cursor: page.next_cursor }))
}

/// A report.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReportInFullReply {
    /// Outward id.
    id: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    created_at: DateTime<Utc>,
    /// Code of the fraud type, as the reporter sees it.
    fraud_type: Option<String>,
    /// The reported text.
    text: Option<String>,
    /// What the reporter said about it.
    note: Option<String>,
    /// Other reports of almost the same text.
    alike: i64,
    /// What is reported.
    subjects: Vec<ReportedSubjectReply>,
    /// The screenshots.
    screenshots: Vec<ReportScreenshotReply>,
}

/// A screenshot of a report.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReportScreenshotReply {
    /// Outward id.
    id: String,
    /// What WeChat says of it: `unchecked`, `asked`, `passed`, `review` (somebody should look), `risky` (it finds it bad) or
    /// `manual` (it has no result: somebody has to look).
    check: &'static str,
}

/// A reported subject.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReportedSubjectReply {
    /// Its kind.
    kind: &'static str,
    /// Its canonical form.
    canonical: String,
    /// Whether the centre found the report right; null while it is open.
    right: Option<bool>,
}

impl From<ScreenshotBrief> for ReportScreenshotReply {
    fn from(screenshot: ScreenshotBrief) -> Self {
        Self { id: screenshot.public_id, check: screenshot.check.as_str() }
    }
}

impl From<ReportInFull> for ReportInFullReply {
    fn from(full: ReportInFull) -> Self {
        let ReportInFull { report, alike, screenshots } = full;
        let subjects = report.subjects.into_iter().map(|subject| ReportedSubjectReply {
            kind: subject.kind.as_str(),
            canonical: subject.canonical,
            right: subject.right,
        });
        Self {
            id: report.public_id,
            created_at: report.created_at,
            fraud_type: report.fraud_type,
            text: report.text,
            note: report.note,
            alike,
            subjects: subjects.collect(),
            screenshots: screenshots.into_iter().map(ReportScreenshotReply::from).collect(),
        }
    }
}

/// Read a report. Who made it is not shown; the look is audited.
#[utoipa::path(tag = "lists", operation_id = "list_report_get",
    params(("id" = String, Path, description = "Outward id of the report")),
    responses((status = 200, body = ReportInFullReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/console/lists/reports/{id}")]
pub(crate) async fn list_report_get(caller: Caller, app: AppData, id: Path<String>) -> ApiResult<ReportInFullReply> {
    Ok(actix::Json(reports::report_read(&app, &caller.0, id.0).await?.into()))
}

/// Whether to look at it whatever WeChat says.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ScreenshotQuery {
    /// True shows a screenshot that WeChat finds bad, which is refused otherwise.
    #[serde(default)]
    #[param(default = false)]
    anyway: bool,
}

/// Look at a screenshot of a report. The look is audited.
#[utoipa::path(tag = "lists", operation_id = "list_report_screenshot_get",
    params(("id" = String, Path, description = "Outward id of the report"),
        ("screenshot" = String, Path, description = "Outward id of the screenshot"), ScreenshotQuery),
    responses((status = 200, body = Vec<u8>, content_type = "image/*"), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/console/lists/reports/{id}/screenshots/{screenshot}")]
pub(crate) async fn list_report_screenshot_get(
    caller: Caller,
    app: AppData,
    path: Path<(String, String)>,
    query: Query<ScreenshotQuery>,
) -> Result<HttpResponse, ApiError> {
    let (report, screenshot) = path.0;
    let found = reports::report_screenshot_read(&app, &caller.0, report, screenshot, query.0.anyway).await?;
    Ok(picture(found))
}

/// A picture that a stranger sent.
pub(crate) fn picture(found: StoredScreenshot) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(found.media_type)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // Whatever a stranger put into the picture, no browser shall take it for a page.
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .body(found.image)
}
