//! Officers: their accounts.

mod credentials;
mod imports;

use actix_web::{
    HttpResponse, delete, get,
    http::{StatusCode, header},
    patch, post, web as actix,
};
use app::officers::{
    self, ChangeOfficer, ChangedOfficer, CreateOfficer, CreatedOfficer, OfficerView, OfficersWanted, UnitName,
};
use chrono::{DateTime, Utc};
use domain::authorization::Role;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{ApiError, ApiResult, AppData, Caller, IdempotencyKey, Json, Path, Problem, Query};

use credentials::OfficerCredentialsReply;
pub(crate) use credentials::{officer_credentials_reset, officer_enable};
pub(crate) use imports::officers_import;

/// A unit by id and name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnitNameReply {
    /// Outward id.
    id: String,
    /// Its name.
    name: String,
}

impl From<UnitName> for UnitNameReply {
    fn from(UnitName { id, name }: UnitName) -> Self {
        Self { id, name }
    }
}

/// An officer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OfficerReply {
    /// Outward id.
    id: String,
    /// The name to sign in with.
    username: String,
    /// Their role, e.g. `community_officer`, `county_lead`.
    #[schema(value_type = String)]
    role: &'static str,
    /// Their unit.
    unit: Option<UnitNameReply>,
    /// Their name; masked except where one officer is read.
    name: Option<String>,
    /// Their phone; masked except where one officer is read.
    phone: Option<String>,
    /// Whether they may sign in.
    active: bool,
    /// When they were entered.
    #[schema(value_type = String, format = DateTime)]
    created_at: DateTime<Utc>,
    /// When they were disabled.
    #[schema(value_type = Option<String>, format = DateTime)]
    disabled_at: Option<DateTime<Utc>>,
}

impl From<OfficerView> for OfficerReply {
    fn from(view: OfficerView) -> Self {
        Self {
            id: view.id,
            username: view.username,
            role: view.role.as_str(),
            unit: view.unit.map(UnitNameReply::from),
            name: view.name,
            phone: view.phone,
            active: view.active,
            created_at: view.created_at,
            disabled_at: view.disabled_at,
        }
    }
}

/// Which officers.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OfficerQuery {
    /// Outward id of a unit.
    unit: Option<String>,
    /// True for those who may sign in, false for those who may not; both where absent.
    active: Option<bool>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Officers on a page, 1 to 200.
    #[serde(default = "fifty")]
    #[param(default = 50, minimum = 1, maximum = 200)]
    limit: u32,
}

const fn fifty() -> u32 {
    50
}

/// Some officers, in the order in which they were entered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OfficerListReply {
    /// The officers; name and phone masked.
    items: Vec<OfficerReply>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

/// The officers of units inside one's own divisions. The look is kept in the audit log.
#[utoipa::path(tag = "officers", operation_id = "officers_list", params(OfficerQuery),
    responses((status = 200, body = OfficerListReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/console/officers")]
pub(crate) async fn officers_list(
    caller: Caller,
    app: AppData,
    query: Query<OfficerQuery>,
) -> ApiResult<OfficerListReply> {
    let OfficerQuery { unit, active, cursor, limit } = query.0;
    let page = officers::officers_list(&app, &caller.0, OfficersWanted { unit, active, cursor, limit }).await?;
    let items = page.items.into_iter().map(OfficerReply::from).collect();
    Ok(actix::Json(OfficerListReply { items, next_cursor: page.next_cursor }))
}

/// One officer with name and phone in full. The look is kept in the audit log.
#[utoipa::path(tag = "officers", operation_id = "officer_get",
    params(("id" = String, Path, description = "Outward id of the officer")),
    responses((status = 200, body = OfficerReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/console/officers/{id}")]
pub(crate) async fn officer_get(caller: Caller, app: AppData, id: Path<String>) -> ApiResult<OfficerReply> {
    Ok(actix::Json(officers::officer_get(&app, &caller.0, &id.0).await?.into()))
}

/// An officer to enter.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfficerCreateRequest {
    /// The name to sign in with, 2 to 64 letters, digits or `. _ - @`, which no other officer has.
    username: String,
    /// Their name.
    name: Option<String>,
    /// Their phone, mobile or with area code, which no other active officer has.
    phone: Option<String>,
    /// Their role, within the caller's reach.
    #[schema(value_type = String, example = "community_officer")]
    role: Role,
    /// Outward id of their unit.
    unit: Option<String>,
}

/// A new officer.
#[derive(Serialize, ToSchema)]
pub(crate) struct OfficerCreatedReply {
    /// The officer; name and phone masked.
    officer: OfficerReply,
    /// What they sign in with, told once; null where the request is a repeat.
    credentials: Option<OfficerCredentialsReply>,
}

/// Enter an officer. Password and one-time-code secret are told once.
///
/// With an `Idempotency-Key` the same request enters them once; the repeat tells no secrets: reset them if the first reply
/// was lost.
#[utoipa::path(tag = "officers", operation_id = "officer_create", request_body = OfficerCreateRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "Names the request, so that a repeat does nothing new")),
    responses((status = 201, body = OfficerCreatedReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[post("/console/officers")]
pub(crate) async fn officer_create(
    caller: Caller,
    app: AppData,
    key: IdempotencyKey,
    body: Json<OfficerCreateRequest>,
) -> Result<HttpResponse, ApiError> {
    let OfficerCreateRequest { username, name, phone, role, unit } = body.0;
    let request = CreateOfficer { username, name, phone, role, unit };
    let CreatedOfficer { officer, credentials } = officers::officer_create(&app, &caller.0, request, key.0).await?;
    let reply = OfficerCreatedReply { officer: officer.into(), credentials: credentials.map(Into::into) };
    Ok(told_once(StatusCode::CREATED, &reply))
}

/// A reply with secrets, which nothing between us and the client may keep.
fn told_once(status: StatusCode, reply: &impl Serialize) -> HttpResponse {
    HttpResponse::build(status).insert_header((header::CACHE_CONTROL, "no-store")).json(reply)
}

/// What to change; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfficerChangeRequest {
    /// Another role, within the caller's reach.
    #[schema(value_type = Option<String>)]
    role: Option<Role>,
    /// Outward id of another unit; null for none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    unit: Option<Option<String>>,
    /// Another name.
    name: Option<String>,
    /// Another phone.
    phone: Option<String>,
}

/// Tells a null from an absent field.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A changed officer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OfficerChangedReply {
    /// The officer; name and phone masked.
    #[serde(flatten)]
    officer: OfficerReply,
    /// Shifts that had not begun and now lack somebody.
    shifts_ended: usize,
}

/// Change role, unit, name or phone of an officer. Role and unit hold from their next request on. Who moves to another unit
/// leaves the shifts and substitutions that have not begun.
#[utoipa::path(tag = "officers", operation_id = "officer_change", request_body = OfficerChangeRequest,
    params(("id" = String, Path, description = "Outward id of the officer")),
    responses((status = 200, body = OfficerChangedReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[patch("/console/officers/{id}")]
pub(crate) async fn officer_change(
    caller: Caller,
    app: AppData,
    id: Path<String>,
    body: Json<OfficerChangeRequest>,
) -> ApiResult<OfficerChangedReply> {
    let OfficerChangeRequest { role, unit, name, phone } = body.0;
    let request = ChangeOfficer { role, unit, name, phone };
    let ChangedOfficer { officer, shifts_ended } = officers::officer_change(&app, &caller.0, &id.0, request).await?;
    Ok(actix::Json(OfficerChangedReply { officer: officer.into(), shifts_ended }))
}

/// What ended with an account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OfficerDisabledReply {
    /// Shifts that had not begun and now lack somebody.
    shifts_ended: usize,
}

/// Disable an officer: they are signed out everywhere and cannot sign in again; shifts and substitutions that have not begun
/// end. The account stays for the record.
#[utoipa::path(tag = "officers", operation_id = "officer_disable",
    params(("id" = String, Path, description = "Outward id of the officer")),
    responses((status = 200, body = OfficerDisabledReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[delete("/console/officers/{id}")]
pub(crate) async fn officer_disable(caller: Caller, app: AppData, id: Path<String>) -> ApiResult<OfficerDisabledReply> {
    let shifts_ended = officers::officer_disable(&app, &caller.0, &id.0).await?.shifts_ended;
    Ok(actix::Json(OfficerDisabledReply { shifts_ended }))
}
