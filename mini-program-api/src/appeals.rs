//! Objecting to what the blacklist says of one's own number or site.

use actix_web::{HttpRequest, HttpResponse, get, http::StatusCode, post, web::Data};
use app::lists::appeals::{self, AppealProof, AppealView, AppealWhy, Corrections};
use chrono::{DateTime, NaiveDate, Utc};
use domain::SubjectKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{ApiError, ApiResult, AppData, Caller, Json, Limits, Path, Problem};

/// What is objected to, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppealRequest {
    /// `phone`, `link`, `bank_account`, `payment_account`, `wechat_id`, `qq_id` or `app`.
    #[schema(value_type = String, example = "phone")]
    kind: SubjectKind,
    /// The number, link or account.
    value: String,
    /// Why it should not be listed, at most 1,000 characters.
    statement: String,
}

/// An appeal.
#[derive(Serialize, ToSchema)]
pub(crate) struct AppealReply {
    /// Outward id.
    id: String,
    /// Kind of the subject.
    kind: &'static str,
    /// Canonical form of the subject.
    canonical: String,
    /// What the owner said.
    statement: String,
    /// `unproved`, `open`, `lifted`, `upheld` or `withdrawn`.
    state: &'static str,
    /// That in a sentence, in Chinese.
    detail: String,
    /// How ownership can be proved: `sms`, `dns`, `file`, `papers`.
    methods: Vec<&'static str>,
    /// The text to publish as a TXT record or as a line of the file.
    token: String,
    /// The name of the TXT record; null for what is no site.
    txt_name: Option<String>,
    /// The address of the file; null for what is no site.
    file_url: Option<String>,
    /// Why it is listed; null before ownership is proved and after the decision.
    why: Option<AppealWhyReply>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: DateTime<Utc>,
    /// When ownership was proved: from then on the clock runs.
    #[schema(value_type = Option<String>, format = DateTime)]
    proved_at: Option<DateTime<Utc>>,
    /// By when it has to be decided.
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<DateTime<Utc>>,
    /// Whether that has passed.
    late: bool,
    /// When it was closed.
    #[schema(value_type = Option<String>, format = DateTime)]
    closed_at: Option<DateTime<Utc>>,
    /// The reasons of the decision.
    decision: Option<String>,
}

/// Why a subject is listed, in fact and in law.
#[derive(Serialize, ToSchema)]
pub(crate) struct AppealWhyReply {
    /// Code of the fraud type.
    fraud_type: String,
    /// What it is called.
    fraud_type_name: String,
    /// First day seen.
    #[schema(value_type = Option<String>, format = Date)]
    first_seen: Option<NaiveDate>,
    /// Last day seen.
    #[schema(value_type = Option<String>, format = Date)]
    last_seen: Option<NaiveDate>,
    /// How many sources say so.
    sources: usize,
    /// All that in words, with the article of the law.
    detail: String,
}

impl From<AppealWhy> for AppealWhyReply {
    fn from(why: AppealWhy) -> Self {
        Self {
            fraud_type: why.fraud_type,
            fraud_type_name: why.fraud_type_name,
            first_seen: why.first_seen,
            last_seen: why.last_seen,
            sources: why.sources,
            detail: why.text,
        }
    }
}

impl From<AppealView> for AppealReply {
    fn from(view: AppealView) -> Self {
        Self {
            id: view.id,
            kind: view.kind.as_str(),
            canonical: view.canonical,
            statement: view.statement,
            state: view.state.as_str(),
            detail: view.text,
            methods: view.methods,
            token: view.token,
            txt_name: view.txt_name,
            file_url: view.file_url,
            why: view.why.map(AppealWhyReply::from),
            created_at: view.created_at,
            proved_at: view.proved_at,
            due_at: view.due_at,
            late: view.late,
            closed_at: view.closed_at,
            decision: view.decision,
        }
    }
}

/// Object. Nothing moves before ownership is proved.
#[utoipa::path(tag = "appeals", operation_id = "appeal_create", request_body = AppealRequest,
    responses((status = 201, body = AppealReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[post("/appeals")]
pub(crate) async fn appeal_create(
    caller: Caller,
    app: AppData,
    body: Json<AppealRequest>,
) -> Result<HttpResponse, ApiError> {
    let AppealRequest { kind, value, statement } = body.0;
    let made = appeals::appeal_create(&app, &caller.0, kind, &value, &statement).await?;
    Ok(HttpResponse::build(StatusCode::CREATED).json(AppealReply::from(made)))
}

/// Some appeals, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct AppealListReply {
    /// The appeals.
    items: Vec<AppealReply>,
}

/// Read one's own appeals, newest first.
#[utoipa::path(tag = "appeals", operation_id = "appeal_list",
    responses((status = 200, body = AppealListReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/appeals")]
pub(crate) async fn appeal_list(caller: Caller, app: AppData) -> ApiResult<AppealListReply> {
    let items = appeals::own_appeals(&app, &caller.0).await?.into_iter().map(AppealReply::from).collect();
    Ok(actix_web::web::Json(AppealListReply { items }))
}

/// Read one of one's own appeals.
#[utoipa::path(tag = "appeals", operation_id = "appeal_get",
    params(("id" = String, Path, description = "Outward id of the appeal")),
    responses((status = 200, body = AppealReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/appeals/{id}")]
pub(crate) async fn appeal_get(caller: Caller, app: AppData, id: Path<String>) -> ApiResult<AppealReply> {
    Ok(actix_web::web::Json(appeals::own_appeal(&app, &caller.0, id.0).await?.into()))
}

/// Have a code sent to the number that the appeal is about.
#[utoipa::path(tag = "appeals", operation_id = "appeal_code_create",
    params(("id" = String, Path, description = "Outward id of the appeal")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[post("/appeals/{id}/code")]
pub(crate) async fn appeal_code_create(
    caller: Caller,
    app: AppData,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    appeals::appeal_code_send(&app, &caller.0, id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// How ownership is proved.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, tag = "method", rename_all = "snake_case")]
pub(crate) enum ProofRequest {
    /// By the code that was sent to the number.
    Sms {
        /// The code.
        code: String,
    },
    /// By the token in a TXT record.
    Dns,
    /// By the token in a file on the site.
    File,
}

/// Prove ownership: then the clock runs, and the reply says why the subject is listed.
#[utoipa::path(tag = "appeals", operation_id = "appeal_prove", request_body = ProofRequest,
    params(("id" = String, Path, description = "Outward id of the appeal")),
    responses((status = 200, body = AppealReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[post("/appeals/{id}/proof")]
pub(crate) async fn appeal_prove(
    caller: Caller,
    app: AppData,
    id: Path<String>,
    body: Json<ProofRequest>,
) -> ApiResult<AppealReply> {
    let proof = match body.0 {
        ProofRequest::Sms { code } => AppealProof::Sms(code),
        ProofRequest::Dns => AppealProof::Dns,
        ProofRequest::File => AppealProof::File,
    };
    Ok(actix_web::web::Json(appeals::appeal_prove(&app, &caller.0, id.0, proof).await?.into()))
}

/// How appeals went.
#[derive(Serialize, ToSchema)]
pub(crate) struct CorrectionsReply {
    /// Days covered.
    days: i64,
    /// Proved appeals that were decided.
    decided: u64,
    /// Those that were right.
    lifted: u64,
    /// Proved appeals that wait.
    open: u64,
    /// Those of them that are beyond their time.
    late: u64,
    /// Hours from proof to correction, the median; null where nothing was corrected.
    median_hours: Option<f64>,
    /// Hours within which nine of ten were corrected.
    p90_hours: Option<f64>,
}

impl From<Corrections> for CorrectionsReply {
    fn from(figures: Corrections) -> Self {
        Self {
            days: figures.days,
            decided: figures.decided,
            lifted: figures.lifted,
            open: figures.open,
            late: figures.late,
            median_hours: figures.median_hours,
            p90_hours: figures.p90_hours,
        }
    }
}

/// Read how long corrections take. For everybody.
#[utoipa::path(tag = "appeals", operation_id = "corrections_get",
    responses((status = 200, body = CorrectionsReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(()))]
#[get("/corrections")]
pub(crate) async fn corrections_get(
    caller: Caller,
    app: AppData,
    limits: Data<Limits>,
    request: HttpRequest,
) -> ApiResult<CorrectionsReply> {
    limits.charge_checks(&caller.0, &request, 1)?;
    Ok(actix_web::web::Json(appeals::corrections(&app).await?.into()))
}
