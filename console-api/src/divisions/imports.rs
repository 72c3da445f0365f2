//! Importing a tree and its facts.

use actix_web::{post, web as actix};
use app::{
    divisions::{self, FactsReport, ImportOptions, ImportReport, Moved, Renamed, Vanished},
    tables::RefusedRow,
};
use domain::division::DivisionCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{ApiResult, AppData, Caller, Problem, Query, Upload};

/// Refused rows in one reply; a file with more of them is another file.
const MOST_REFUSED: usize = 1_000;

/// A row that was not taken.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RefusedReply {
    /// Line of the file, from 1.
    line: u64,
    /// What stood there, where it was a code of a division; empty otherwise: the line says enough.
    value: String,
    /// Stable word of the reason.
    #[schema(value_type = String)]
    code: &'static str,
    /// The reason in Chinese.
    reason: String,
}

impl From<RefusedRow> for RefusedReply {
    fn from(row: RefusedRow) -> Self {
        Self { line: row.line, value: row.value, code: row.code, reason: row.reason }
    }
}

/// The first thousand refused rows.
pub(crate) fn clipped_refused(rows: Vec<RefusedRow>) -> Vec<RefusedReply> {
    rows.into_iter().take(MOST_REFUSED).map(RefusedReply::from).collect()
}

/// How to import.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportQuery {
    /// The year the file describes.
    #[param(example = 2024)]
    year: i32,
    /// Report only, change nothing.
    #[serde(default)]
    dry_run: bool,
}

/// A division with another name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RenamedReply {
    code: String,
    old_name: String,
    name: String,
}

/// A division with another parent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MovedReply {
    code: String,
    name: String,
    old_parent: Option<String>,
    parent: Option<String>,
}

/// A division the file does not hold any more.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VanishedReply {
    code: String,
    name: String,
    /// `province`, `city`, `county`, `township` or `village`.
    #[schema(value_type = String)]
    level: &'static str,
    parent: Option<String>,
    /// True if it seems to have become several.
    split: bool,
    /// What it may have become, by its name: name one, or several, as its successors.
    likely_successors: Vec<String>,
}

/// What the import did, or would do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DivisionImportReply {
    /// The year of the file.
    year: i32,
    /// True if nothing was changed.
    dry_run: bool,
    /// Rows read.
    read: u64,
    /// Divisions that stay as they are.
    unchanged: usize,
    /// New divisions.
    added: usize,
    /// Divisions that had been closed and are back.
    reopened: usize,
    /// Divisions with another name.
    renamed: Vec<RenamedReply>,
    /// Divisions with another parent.
    moved: Vec<MovedReply>,
    /// Divisions that are closed now.
    vanished: Vec<VanishedReply>,
    /// How many rows were refused.
    refused_count: usize,
    /// The first thousand of them.
    refused: Vec<RefusedReply>,
}

fn texts(codes: Vec<DivisionCode>) -> Vec<String> {
    codes.into_iter().map(|code| code.to_string()).collect()
}

fn text(code: Option<DivisionCode>) -> Option<String> {
    code.map(|code| code.to_string())
}

impl From<Vanished> for VanishedReply {
    fn from(gone: Vanished) -> Self {
        Self {
            split: gone.is_split(),
            code: gone.code.to_string(),
            name: gone.name,
            level: gone.level.as_str(),
            parent: text(gone.parent),
            likely_successors: texts(gone.likely),
        }
    }
}

impl From<ImportReport> for DivisionImportReply {
    fn from(report: ImportReport) -> Self {
        let renamed = |Renamed { code, old_name, name }| RenamedReply { code: code.to_string(), old_name, name };
        let moved = |Moved { code, name, old_parent, parent }| MovedReply {
            code: code.to_string(),
            name,
            old_parent: text(old_parent),
            parent: text(parent),
        };
        Self {
            year: report.year,
            dry_run: report.dry_run,
            read: report.read,
            unchanged: report.unchanged,
            added: report.added,
            reopened: report.reopened,
            renamed: report.renamed.into_iter().map(renamed).collect(),
            moved: report.moved.into_iter().map(moved).collect(),
            vanished: report.vanished.into_iter().map(VanishedReply::from).collect(),
            refused_count: report.refused.len(),
            refused: clipped_refused(report.refused),
        }
    }
}

/// Import a division file (CSV or Excel with code, name, level, parent) of a year.
#[utoipa::path(tag = "divisions", operation_id = "divisions_import", params(ImportQuery),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, body = DivisionImportReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[post("/console/divisions/imports")]
pub(crate) async fn divisions_import(
    caller: Caller,
    app: AppData,
    query: Query<ImportQuery>,
    body: Upload,
) -> ApiResult<DivisionImportReply> {
    let ImportQuery { year, dry_run } = query.0;
    let options = ImportOptions { year, dry_run, ..ImportOptions::default() };
    let report = divisions::divisions_import(&app, &caller.0, body.bytes.to_vec(), options).await?;
    Ok(actix::Json(report.into()))
}

/// What the import of facts did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FactsImportReply {
    /// Rows read.
    read: u64,
    /// Communities whose facts are new or other than before.
    changed: usize,
    /// Communities that were so already.
    unchanged: usize,
    /// How many rows were refused.
    refused_count: usize,
    /// The first thousand of them.
    refused: Vec<RefusedReply>,
}

impl From<FactsReport> for FactsImportReply {
    fn from(report: FactsReport) -> Self {
        Self {
            read: report.read,
            changed: report.changed,
            unchanged: report.unchanged,
            refused_count: report.refused.len(),
            refused: clipped_refused(report.refused),
        }
    }
}

/// Import population, households and places of communities (CSV or Excel with code and any of population, households,
/// latitude, longitude; GCJ-02).
#[utoipa::path(tag = "divisions", operation_id = "division_facts_import",
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, body = FactsImportReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[post("/console/divisions/facts/imports")]
pub(crate) async fn division_facts_import(caller: Caller, app: AppData, body: Upload) -> ApiResult<FactsImportReply> {
    Ok(actix::Json(divisions::facts_import(&app, &caller.0, body.bytes.to_vec()).await?.into()))
}
