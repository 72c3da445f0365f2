//! The caller's own data: state, corrections, consents, export, erasure.

use actix_web::{HttpResponse, delete, get, http::header, patch, put};
use app::residents::{self, Corrections, Me};
use chrono::{DateTime, Utc};
use domain::division::DivisionCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{ApiError, ApiResult, AppData, Caller, Json, Path, Problem, TagReply, TagRequest};

/// What the caller sees of themselves.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MeReply {
    /// Outward id.
    id: String,
    /// Registered, and not gone.
    registered: bool,
    /// Protected and counted.
    protected: bool,
    /// Something reached the caller in the last thirty days.
    reachable: bool,
    /// All that in a sentence, in Chinese.
    state: String,
    /// What keeps the caller from being protected, in the order in which it is best mended.
    missing: Vec<MissingReply>,
    /// The phone with its middle hidden.
    phone: Option<String>,
    /// `wechat`, `sms` or `attested`.
    #[schema(value_type = Option<String>)]
    phone_proof: Option<&'static str>,
    /// Somebody else proved the same phone: until then it has to be proved anew, or it is unbound.
    #[schema(value_type = Option<String>, format = DateTime)]
    phone_contested_until: Option<DateTime<Utc>>,
    /// Name.
    name: Option<String>,
    /// Year of birth.
    birth_year: Option<i16>,
    /// Code of the home village.
    division: Option<String>,
    /// Names from the top down to it.
    division_path: Vec<String>,
    /// Since when protection rests at the caller's own wish.
    #[schema(value_type = Option<String>, format = DateTime)]
    paused_at: Option<DateTime<Utc>>,
    /// Risk groups.
    tags: Vec<TagReply>,
    /// Every purpose, and what the caller says to it.
    consents: Vec<ConsentReply>,
}

/// A thing that is missing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MissingReply {
    /// `registration`, `home`, `phone`, `warnings`, `paused`, `review` or `shared_phone`.
    #[schema(value_type = String)]
    code: &'static str,
    /// What to do, in Chinese.
    #[schema(value_type = String)]
    detail: &'static str,
}

/// A purpose.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConsentReply {
    /// `warnings`, `campaigns` or `look_back`.
    #[schema(value_type = String)]
    purpose: &'static str,
    /// What is agreed to, in Chinese.
    #[schema(value_type = String)]
    text: &'static str,
    /// The version of that text.
    #[schema(value_type = String)]
    version: &'static str,
    /// Whether the caller agrees now.
    given: bool,
    /// The version the caller agreed to.
    given_version: Option<String>,
    /// `self`, `guardian` or `attested`.
    #[schema(value_type = Option<String>)]
    basis: Option<&'static str>,
    /// Since when.
    #[schema(value_type = Option<String>, format = DateTime)]
    given_at: Option<DateTime<Utc>>,
    /// When it was last withdrawn.
    #[schema(value_type = Option<String>, format = DateTime)]
    withdrawn_at: Option<DateTime<Utc>>,
}

impl From<Me> for MeReply {
    fn from(me: Me) -> Self {
        let missing = |one: residents::MissingView| MissingReply { code: one.missing.as_str(), detail: one.detail };
        let consent = |consent: residents::ConsentView| ConsentReply {
            purpose: consent.purpose.as_str(),
            text: consent.text,
            version: consent.version,
            given: consent.given,
            given_version: consent.given_version,
            basis: consent.basis.map(|basis| basis.as_str()),
            given_at: consent.given_at,
            withdrawn_at: consent.withdrawn_at,
        };
        Self {
            id: me.id,
            registered: me.registered,
            protected: me.protected,
            reachable: me.reachable,
            state: me.state,
            missing: me.missing.into_iter().map(missing).collect(),
            phone: me.phone,
            phone_proof: me.phone_proof.map(|proof| proof.as_str()),
            phone_contested_until: me.phone_contested_until,
            name: me.name,
            birth_year: me.birth_year,
            division: me.division.map(|code| code.to_string()),
            division_path: me.division_path,
            paused_at: me.paused_at,
            tags: me.tags.into_iter().map(TagReply::from).collect(),
            consents: me.consents.into_iter().map(consent).collect(),
        }
    }
}

/// Read one's own state and data.
#[utoipa::path(tag = "registration", operation_id = "me_get",
    responses((status = 200, body = MeReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/me")]
pub(crate) async fn me_get(caller: Caller, app: AppData) -> ApiResult<MeReply> {
    Ok(actix_web::web::Json(residents::me(&app, &caller.0).await?.into()))
}

/// What is to be put right; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CorrectRequest {
    /// Name; empty takes it away.
    name: Option<String>,
    /// Year of birth; 0 takes it away.
    birth_year: Option<i16>,
    /// Risk groups instead of those the caller named before.
    tags: Option<Vec<TagRequest>>,
}

/// Put one's own data right.
#[utoipa::path(tag = "registration", operation_id = "me_change", request_body = CorrectRequest,
    responses((status = 200, body = MeReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[patch("/me")]
pub(crate) async fn me_change(caller: Caller, app: AppData, body: Json<CorrectRequest>) -> ApiResult<MeReply> {
    let CorrectRequest { name, birth_year, tags } = body.0;
    let tags = tags.map(|tags| tags.into_iter().map(Into::into).collect());
    let corrections = Corrections { name, birth_year, tags };
    Ok(actix_web::web::Json(residents::correct(&app, &caller.0, corrections).await?.into()))
}

/// A new home.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HomeRequest {
    /// Code of the village.
    #[schema(value_type = String)]
    division: DivisionCode,
}

/// Move to another village.
#[utoipa::path(tag = "registration", operation_id = "home_set", request_body = HomeRequest,
    responses((status = 200, body = MeReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[put("/me/home")]
pub(crate) async fn home_set(caller: Caller, app: AppData, body: Json<HomeRequest>) -> ApiResult<MeReply> {
    Ok(actix_web::web::Json(residents::home_move(&app, &caller.0, body.0.division).await?.into()))
}

/// Let protection rest.
#[utoipa::path(tag = "registration", operation_id = "pause_set",
    responses((status = 200, body = MeReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[put("/me/pause")]
pub(crate) async fn pause_set(caller: Caller, app: AppData) -> ApiResult<MeReply> {
    Ok(actix_web::web::Json(residents::pause(&app, &caller.0, true).await?.into()))
}

/// Take protection up again.
#[utoipa::path(tag = "registration", operation_id = "pause_delete",
    responses((status = 200, body = MeReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[delete("/me/pause")]
pub(crate) async fn pause_delete(caller: Caller, app: AppData) -> ApiResult<MeReply> {
    Ok(actix_web::web::Json(residents::pause(&app, &caller.0, false).await?.into()))
}

/// The text that was read.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConsentRequest {
    /// Its version.
    version: String,
}

/// Agree to a purpose.
#[utoipa::path(tag = "registration", operation_id = "consent_set", request_body = ConsentRequest,
    params(("purpose" = String, Path, description = "`warnings`, `campaigns` or `look_back`")),
    responses((status = 200, body = MeReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[put("/me/consents/{purpose}")]
pub(crate) async fn consent_set(
    caller: Caller,
    app: AppData,
    purpose: Path<String>,
    body: Json<ConsentRequest>,
) -> ApiResult<MeReply> {
    let me = residents::consent_set(&app, &caller.0, &purpose.0, Some(body.0.version)).await?;
    Ok(actix_web::web::Json(me.into()))
}

/// Withdraw a consent.
#[utoipa::path(tag = "registration", operation_id = "consent_delete",
    params(("purpose" = String, Path, description = "`warnings`, `campaigns` or `look_back`")),
    responses((status = 200, body = MeReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[delete("/me/consents/{purpose}")]
pub(crate) async fn consent_delete(caller: Caller, app: AppData, purpose: Path<String>) -> ApiResult<MeReply> {
    Ok(actix_web::web::Json(residents::consent_set(&app, &caller.0, &purpose.0, None).await?.into()))
}

/// Have all one's data erased. Cannot be undone.
#[utoipa::path(tag = "registration", operation_id = "me_delete",
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[delete("/me")]
pub(crate) async fn me_delete(caller: Caller, app: AppData) -> Result<HttpResponse, ApiError> {
    residents::erase(&app, &caller.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Everything that is kept of the caller, as JSON.
#[utoipa::path(tag = "registration", operation_id = "me_export",
    responses((status = 200, body = serde_json::Value), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/me/export")]
pub(crate) async fn me_export(caller: Caller, app: AppData) -> Result<HttpResponse, ApiError> {
    let export = residents::export(&app, &caller.0).await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(export.data))
}

/// The same as a page to read and print.
#[utoipa::path(tag = "registration", operation_id = "me_export_page",
    responses((status = 200, body = String, content_type = "text/html"), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/me/export.html")]
pub(crate) async fn me_export_page(caller: Caller, app: AppData) -> Result<HttpResponse, ApiError> {
    let export = residents::export(&app, &caller.0).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"))
        .content_type("text/html; charset=utf-8")
        .body(residents::export_page(&export)))
}

/// Who looked at or changed the caller's data.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccessLogReply {
    /// The newest first.
    items: Vec<AccessReply>,
}

/// One look or change.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccessReply {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: DateTime<Utc>,
    /// The officer's role.
    role: Option<String>,
    /// The officer's unit.
    unit: Option<String>,
    /// What for.
    purpose: String,
}

/// Who looked at or changed one's data: role and unit of the officer, purpose, time.
#[utoipa::path(tag = "registration", operation_id = "access_log_list",
    responses((status = 200, body = AccessLogReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/me/access-log")]
pub(crate) async fn access_log_list(caller: Caller, app: AppData) -> ApiResult<AccessLogReply> {
    let views = residents::access_log(&app, &caller.0).await?.into_iter();
    let items = views.map(|view| AccessReply { at: view.at, role: view.role, unit: view.unit, purpose: view.purpose });
    Ok(actix_web::web::Json(AccessLogReply { items: items.collect() }))
}
