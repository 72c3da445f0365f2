//! Upstream systems, whose requests are signed: checks, of which nothing is stored, and changes of their lists.

use actix_web::{HttpRequest, post, web as actix, web::Data};
use app::{
    check,
    lists::{self, PushReply},
};
use domain::{MatchRule, SubjectKind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{
    ApiError, ApiResult, AppData, Limits, Problem, Rendered, SignedCaller,
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

/// Changes of a partner's list since the version before.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PushRequest {
    /// The number of this push.
    #[schema(minimum = 1)]
    version: i64,
    /// The number of the last one that was taken; 0 for the first.
    #[schema(minimum = 0)]
    previous: i64,
    /// What is new, or said again.
    #[serde(default)]
    additions: Vec<PushItem>,
    /// What is taken back.
    #[serde(default)]
    removals: Vec<PushItem>,
}

/// An entry as the partner names it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PushItem {
    /// `phone`, `link`, `bank_account`, `payment_account`, `wechat_id`, `qq_id` or `app`.
    #[schema(value_type = String)]
    kind: SubjectKind,
    /// The number, link or account.
    value: String,
    /// How far it reaches; by the look of the value if absent.
    #[schema(value_type = Option<String>)]
    rule: Option<MatchRule>,
    /// Code or name of the fraud type.
    fraud_type: Option<String>,
    /// 0 (unknown) to 3 (grave).
    severity: Option<u8>,
    /// First day seen, `2026-01-31`.
    first_seen: Option<String>,
    /// Last day seen.
    last_seen: Option<String>,
    /// How sure the partner is, 0 to 100.
    confidence: Option<u8>,
}

impl From<PushItem> for lists::PushedEntry {
    fn from(item: PushItem) -> Self {
        let PushItem { kind, value, rule, fraud_type, severity, first_seen, last_seen, confidence } = item;
        let (severity, confidence) = (severity.map(|n| n.to_string()), confidence.map(|n| n.to_string()));
        Self { kind, value, rule, fraud_type, severity, first_seen, last_seen, confidence }
    }
}

/// What became of a push.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PushedReply {
    /// The version that holds now.
    version: i64,
    /// New entries that are active.
    active: u64,
    /// New entries that wait for more trust in the partner, or because a guard list holds them.
    waiting: u64,
    /// Entries that were there: it is noted that the partner says so too.
    confirmed: u64,
    /// Claims that were taken back.
    removed: usize,
    /// What could not be taken; the rest was.
    refused: Vec<PushRefused>,
}

/// An item that could not be taken.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PushRefused {
    /// `additions` or `removals`.
    part: String,
    /// Its place there, from 0.
    index: usize,
    /// The stable word for the rule it breaks.
    code: String,
    /// The rule, in Chinese.
    detail: String,
}

impl From<PushReply> for PushedReply {
    fn from(reply: PushReply) -> Self {
        let PushReply { version, active, waiting, confirmed, removed, refused } = reply;
        let refused = refused.into_iter().map(|one| PushRefused {
            part: one.part,
            index: one.index,
            code: one.code,
            detail: one.detail,
        });
        Self { version, active, waiting, confirmed, removed, refused: refused.collect() }
    }
}

/// Push changes of one's own list, up to 10,000 at once. The same push twice is answered as the first time; one that does not
/// follow the last is refused with 409, and the detail names the version that holds.
#[utoipa::path(tag = "upstream", operation_id = "upstream_list_push", request_body = PushRequest,
    responses((status = 200, body = PushedReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("signature" = [])))]
#[post("/upstream/list-changes")]
pub(crate) async fn upstream_list_push(caller: SignedCaller, app: AppData) -> ApiResult<PushedReply> {
    let PushRequest { version, previous, additions, removals } = caller.json()?;
    let push = lists::Push {
        version,
        previous,
        additions: additions.into_iter().map(Into::into).collect(),
        removals: removals.into_iter().map(Into::into).collect(),
    };
    let reply = lists::push(&app, &caller.context, push, &caller.body).await?;
    Ok(actix::Json(reply.into()))
}
