//! Importing residents.

use actix_web::{HttpRequest, HttpResponse, post};
use app::residents::{self, ImportReport, Phase};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{ApiError, AppData, Caller, Line, Problem, Query, Upload, in_lines, lines_wanted};

use crate::divisions::{RefusedReply, clipped_refused};

/// Whether to try only.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ResidentsImportQuery {
    /// True to check the file and change nothing.
    #[serde(default)]
    dry_run: bool,
}

/// What an import did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResidentsImportReply {
    /// True if nothing was to be changed.
    dry_run: bool,
    /// Rows read.
    read: u64,
    /// Persons registered, or who would be.
    added: usize,
    /// Persons registered already, with the same phone and name.
    already: usize,
    /// How many rows cannot be taken. Where there is one, nothing was registered.
    refused_count: usize,
    /// The first thousand of them.
    refused: Vec<RefusedReply>,
}

impl ResidentsImportReply {
    fn of(report: ImportReport, dry_run: bool) -> Self {
        let ImportReport { read, added, already, refused } = report;
        Self { dry_run, read, added, already, refused_count: refused.len(), refused: clipped_refused(refused) }
    }
}

/// Register the persons of a file (CSV or Excel), all or none. Columns: name, phone, division, attestation, and where known
/// birth_year and tags; Chinese names of the columns do as well (姓名, 手机号, 区划代码, 同意说明, 出生年份, 人群标签).
///
/// With `Accept: application/x-ndjson` the reply tells progress, a line about every thousand rows of each phase (`reading`,
/// `sealing`, `writing`); the last line holds the `report`, or the `problem` for which nothing was registered. What can be
/// refused before a row is looked at keeps its status. A reply without a last line says nothing of the end: the same file
/// again tells how many are registered `already`.
#[utoipa::path(tag = "residents", operation_id = "residents_import", params(ResidentsImportQuery),
    request_body(content = Vec<u8>, description = "CSV or xlsx, at most 20,000 rows", content_type = "application/octet-stream"),
    responses(
        (status = 200, content((ResidentsImportReply = "application/json"), (Line<ResidentsImportReply> = "application/x-ndjson"))),
        (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[post("/console/residents/imports")]
pub(crate) async fn residents_import(
    request: HttpRequest,
    caller: Caller,
    app: AppData,
    query: Query<ResidentsImportQuery>,
    body: Upload,
) -> Result<HttpResponse, ApiError> {
    let dry_run = query.0.dry_run;
    let file = residents::persons_file(&app, &caller.0, body.bytes.to_vec()).await?;
    if !lines_wanted(&request) {
        let report = residents::persons_import(&app, &caller.0, file, dry_run, |_, _, _| ()).await?;
        return Ok(HttpResponse::Ok().json(ResidentsImportReply::of(report, dry_run)));
    }
    Ok(in_lines(&request, async move |lines| {
        let progress = move |phase: Phase, done, of| lines.progress(phase.as_str(), done, of);
        let report = residents::persons_import(&app, &caller.0, file, dry_run, progress).await?;
        Ok(ResidentsImportReply::of(report, dry_run))
    }))
}
