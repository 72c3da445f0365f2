//! A list as a file.

use actix_web::{HttpResponse, get};
use app::lists::{self, ExportFormat, ExportRequest, ExportStream, ORGANISATION};
use domain::{ListKind, SubjectKind};
use serde::Deserialize;
use utoipa::IntoParams;
use web::{ApiError, AppData, Caller, Download, Problem, Query, download};

/// What is exported.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// `csv`, `ndjson` or `misp`.
    #[serde(default)]
    #[param(value_type = Option<String>, default = "csv")]
    format: ExportFormat,
    /// `blacklist`, `allowlist` or `guardlist`.
    #[param(value_type = String)]
    list: ListKind,
    /// Only this kind of subject.
    #[param(value_type = Option<String>)]
    kind: Option<SubjectKind>,
    /// Only what changed after this number, in the order of changes: `x-list-version` of the export before.
    changed_after: Option<i64>,
}

/// A whole list as a file, as it stands at this moment. The number of the last change in it is in the header `x-list-version`.
#[utoipa::path(tag = "lists", operation_id = "list_export", params(ExportQuery),
    responses((status = 200, body = String, content_type = "text/csv"), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/console/lists/export")]
pub(crate) async fn list_export(
    caller: Caller,
    app: AppData,
    query: Query<ExportQuery>,
) -> Result<HttpResponse, ApiError> {
    let ExportQuery { format, list, kind, changed_after } = query.0;
    let request = ExportRequest { format, list, kind, changed_after, organisation: ORGANISATION.to_owned() };
    let ExportStream { version, chunks } = lists::export(&app, &caller.0, request).await?;
    let file_name = format!("{}-{version}.{}", list.as_str(), format.extension());
    Ok(download(Download { media_type: format.media_type(), file_name, version, chunks }))
}
