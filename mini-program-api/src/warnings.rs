//! The resident's inbox.

use std::borrow::Cow;

use actix_web::get;
use app::check::{self, Warning, WarningPage};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{ApiResult, AppData, Caller, Problem, Query};

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WarningQuery {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Warnings on a page, 1 to 100.
    #[serde(default = "twenty")]
    #[param(default = 20, minimum = 1, maximum = 100)]
    limit: u32,
}

const fn twenty() -> u32 {
    20
}

/// Some warnings, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WarningListReply {
    /// The warnings.
    items: Vec<WarningReply>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

/// A warning.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WarningReply {
    /// Outward id.
    id: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    created_at: DateTime<Utc>,
    /// Kind of the subject.
    #[schema(value_type = String)]
    kind: &'static str,
    /// The subject.
    canonical: String,
    /// Code of the fraud type.
    fraud_type: String,
    /// Why it is told: `checked` (the caller met it), `turned_bad` (the caller checked it, and later it was listed) or
    /// `withdrawn` (a correction: it was taken from the list).
    #[schema(value_type = String)]
    reason: &'static str,
    /// What it was, in Chinese.
    #[schema(value_type = String)]
    what: Cow<'static, str>,
    /// What comes next in that kind of fraud.
    #[schema(value_type = String)]
    next: &'static str,
    /// What to do now.
    #[schema(value_type = String)]
    advice: &'static str,
}

impl From<Warning> for WarningReply {
    fn from(warning: Warning) -> Self {
        Self {
            id: warning.id,
            created_at: warning.created_at,
            kind: warning.kind.as_str(),
            canonical: warning.canonical,
            fraud_type: warning.fraud_type,
            reason: warning.reason.as_str(),
            what: warning.what,
            next: warning.next,
            advice: warning.advice,
        }
    }
}

/// Read one's own warnings, newest first.
#[utoipa::path(tag = "warnings", operation_id = "warning_list", params(WarningQuery),
    responses((status = 200, body = WarningListReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/warnings")]
pub(crate) async fn warning_list(
    caller: Caller,
    app: AppData,
    query: Query<WarningQuery>,
) -> ApiResult<WarningListReply> {
    let WarningPage { items, next_cursor } =
        check::warnings_list(&app, &caller.0, query.0.cursor, query.0.limit).await?;
    let items = items.into_iter().map(WarningReply::from).collect();
    Ok(actix_web::web::Json(WarningListReply { items, next_cursor }))
}
