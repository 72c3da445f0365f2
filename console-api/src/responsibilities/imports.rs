//! Importing who answers for what.

use actix_web::{post, web as actix};
use app::responsibilities;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{ApiResult, AppData, Caller, Problem, Query, Upload};

use crate::divisions::{RefusedReply, clipped_refused};

/// How to import.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ResponsibilitiesImportQuery {
    /// Report only, change nothing.
    #[serde(default)]
    dry_run: bool,
}

/// What the import did, or would do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResponsibilitiesImportReply {
    /// True if nothing was changed.
    dry_run: bool,
    /// Rows read.
    read: u64,
    /// Assignments entered.
    added: usize,
    /// How many rows were refused.
    refused_count: usize,
    /// The first thousand of them.
    refused: Vec<RefusedReply>,
}

/// Import who answers for what (CSV or Excel with name, phone, post, division and any of patch, from_day, to_day).
#[utoipa::path(tag = "responsibilities", operation_id = "responsibilities_import", params(ResponsibilitiesImportQuery),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, body = ResponsibilitiesImportReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[post("/console/responsibilities/imports")]
pub(crate) async fn responsibilities_import(
    caller: Caller,
    app: AppData,
    query: Query<ResponsibilitiesImportQuery>,
    body: Upload,
) -> ApiResult<ResponsibilitiesImportReply> {
    let dry_run = query.0.dry_run;
    let report = responsibilities::responsibilities_import(&app, &caller.0, body.bytes.to_vec(), dry_run).await?;
    Ok(actix::Json(ResponsibilitiesImportReply {
        dry_run,
        read: report.read,
        added: report.added,
        refused_count: report.refused.len(),
        refused: clipped_refused(report.refused),
    }))
}
