//! Importing officers.

use actix_web::{HttpResponse, http::StatusCode, post};
use app::officers;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{ApiError, AppData, Caller, Problem, Query, Upload};

use super::OfficerCredentialsReply;
use crate::divisions::{RefusedReply, clipped_refused};

/// How to import.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OfficersImportQuery {
    /// Report only, change nothing.
    #[serde(default)]
    dry_run: bool,
}

/// What the import of officers did, or would do.
#[derive(Serialize, ToSchema)]
pub(crate) struct OfficersImportReply {
    /// True if nothing was to be changed.
    dry_run: bool,
    /// Rows read.
    read: u64,
    /// Rows that can be taken.
    valid: usize,
    /// The officers entered, with what each signs in with, told once. Empty if any row was refused.
    created: Vec<OfficerCredentialsReply>,
    /// How many rows were refused; with any, nobody was entered.
    refused_count: usize,
    /// The first thousand of them.
    refused: Vec<RefusedReply>,
}

/// Import at most 500 officers (CSV or Excel with username, name, phone, role, unit): all of them or none.
#[utoipa::path(tag = "officers", operation_id = "officers_import", params(OfficersImportQuery),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, body = OfficersImportReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[post("/console/officers/imports")]
pub(crate) async fn officers_import(
    caller: Caller,
    app: AppData,
    query: Query<OfficersImportQuery>,
    body: Upload,
) -> Result<HttpResponse, ApiError> {
    let dry_run = query.0.dry_run;
    let report = officers::officers_import(&app, &caller.0, body.bytes.to_vec(), dry_run).await?;
    let reply = OfficersImportReply {
        dry_run,
        read: report.read,
        valid: report.valid,
        created: report.created.into_iter().map(Into::into).collect(),
        refused_count: report.refused.len(),
        refused: clipped_refused(report.refused),
    };
    Ok(super::told_once(StatusCode::OK, &reply))
}
