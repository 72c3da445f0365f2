//! Residents as officers see and register them.

mod imports;

use actix_web::{
    HttpResponse, get,
    http::{StatusCode, header},
    post, put,
};
use app::residents::{self, Attested, PersonView};
use chrono::{DateTime, Utc};
use domain::division::DivisionCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::{ApiError, ApiResult, AppData, Caller, Json, Path, Problem, Query, TagReply, TagRequest};

pub(crate) use imports::residents_import;

/// An officer's own code.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OwnCodeReply {
    /// The code: the scene of the mini-program code, and what residents send as `officer_code`.
    code: String,
    /// The page of the mini-program that it opens.
    page: String,
}

/// One's own registration code, made at the first asking.
#[utoipa::path(tag = "residents", operation_id = "registration_code_own",
    responses((status = 200, body = OwnCodeReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/console/registration-code")]
pub(crate) async fn registration_code_own(caller: Caller, app: AppData) -> ApiResult<OwnCodeReply> {
    let own = residents::registration_code(&app, &caller.0).await?;
    Ok(actix_web::web::Json(OwnCodeReply { code: own.code, page: own.page }))
}

/// The same as the picture WeChat makes of it, to print and hang up.
#[utoipa::path(tag = "residents", operation_id = "registration_code_image",
    responses((status = 200, body = Vec<u8>, content_type = "image/jpeg"), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/console/registration-code/image")]
pub(crate) async fn registration_code_image(caller: Caller, app: AppData) -> Result<HttpResponse, ApiError> {
    let (bytes, content_type) = residents::registration_code_image(&app, &caller.0).await?;
    Ok(HttpResponse::Ok().content_type(content_type).body(bytes))
}

/// Which page of which division.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PersonQuery {
    /// Code of a division one serves.
    division: String,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Persons on a page, 1 to 100.
    #[serde(default = "fifty")]
    #[param(default = 50, minimum = 1, maximum = 100)]
    limit: u32,
}

const fn fifty() -> u32 {
    50
}

/// A person, masked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonReply {
    /// Outward id.
    id: String,
    /// `self`, `officer` or `family`.
    #[schema(value_type = String)]
    origin: &'static str,
    /// The name with all but its first character hidden.
    name: Option<String>,
    /// The phone with its middle hidden.
    phone: Option<String>,
    /// `wechat`, `sms` or `attested`.
    #[schema(value_type = Option<String>)]
    phone_proof: Option<&'static str>,
    /// Code of the home village.
    division: Option<String>,
    /// Its name.
    division_name: String,
    /// Protected and counted.
    protected: bool,
    /// Something reached them in the last thirty days.
    reachable: bool,
    /// When they registered.
    #[schema(value_type = Option<String>, format = DateTime)]
    registered_at: Option<DateTime<Utc>>,
    /// Year of birth.
    birth_year: Option<i16>,
    /// Risk groups.
    tags: Vec<TagReply>,
}

impl From<PersonView> for PersonReply {
    fn from(view: PersonView) -> Self {
        Self {
            id: view.id,
            origin: view.origin.as_str(),
            name: view.name,
            phone: view.phone,
            phone_proof: view.phone_proof.map(|proof| proof.as_str()),
            division: view.division.map(|code| code.to_string()),
            division_name: view.division_name,
            protected: view.protected,
            reachable: view.reachable,
            registered_at: view.registered_at,
            birth_year: view.birth_year,
            tags: view.tags.into_iter().map(TagReply::from).collect(),
        }
    }
}

/// Some persons, in the order in which they came.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonListReply {
    /// The persons.
    items: Vec<PersonReply>,
    /// Where the next page begins; null at the end.
    next_cursor: Option<String>,
}

/// Registered persons of a division one serves. Each one shown leaves a row that the person can read.
#[utoipa::path(tag = "residents", operation_id = "residents_list", params(PersonQuery),
    responses((status = 200, body = PersonListReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/console/residents")]
pub(crate) async fn residents_list(
    caller: Caller,
    app: AppData,
    query: Query<PersonQuery>,
) -> ApiResult<PersonListReply> {
    let PersonQuery { division, cursor, limit } = query.0;
    let page = residents::persons_list(&app, &caller.0, &division, cursor, limit).await?;
    let items = page.items.into_iter().map(PersonReply::from).collect();
    Ok(actix_web::web::Json(PersonListReply { items, next_cursor: page.next_cursor }))
}

/// One person of a division one serves.
#[utoipa::path(tag = "residents", operation_id = "resident_get",
    params(("id" = String, Path, description = "Outward id of the person")),
    responses((status = 200, body = PersonReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/console/residents/{id}")]
pub(crate) async fn resident_get(caller: Caller, app: AppData, id: Path<String>) -> ApiResult<PersonReply> {
    Ok(actix_web::web::Json(residents::person_get(&app, &caller.0, &id.0).await?.into()))
}

/// Which risk groups.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResidentTagsRequest {
    /// The groups, instead of those that officers named before.
    tags: Vec<TagRequest>,
}

/// Say which risk groups a person belongs to. What the person said themselves stays; the person can read who did this.
#[utoipa::path(tag = "residents", operation_id = "resident_tags_set", request_body = ResidentTagsRequest,
    params(("id" = String, Path, description = "Outward id of the person")),
    responses((status = 200, body = PersonReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[put("/console/residents/{id}/tags")]
pub(crate) async fn resident_tags_set(
    caller: Caller,
    app: AppData,
    id: Path<String>,
    body: Json<ResidentTagsRequest>,
) -> ApiResult<PersonReply> {
    let tags = body.0.tags.into_iter().map(Into::into).collect();
    Ok(actix_web::web::Json(residents::tags_set_for(&app, &caller.0, &id.0, tags).await?.into()))
}

/// Why name and phone are needed in full.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RevealRequest {
    /// 2 to 100 characters; the person can read it.
    purpose: String,
}

/// Name and phone in full.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RevealReply {
    /// Name.
    name: Option<String>,
    /// Phone in canonical form.
    phone: Option<String>,
}

/// Read name and phone in full, for a purpose the person can read.
#[utoipa::path(tag = "residents", operation_id = "resident_reveal", request_body = RevealRequest,
    params(("id" = String, Path, description = "Outward id of the person")),
    responses((status = 200, body = RevealReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[post("/console/residents/{id}/contact")]
pub(crate) async fn resident_reveal(
    caller: Caller,
    app: AppData,
    id: Path<String>,
    body: Json<RevealRequest>,
) -> Result<HttpResponse, ApiError> {
    let (name, phone) = residents::person_reveal(&app, &caller.0, &id.0, &body.0.purpose).await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(RevealReply { name, phone }))
}

/// Somebody to register.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResidentRequest {
    /// Code of the home village, one that one serves.
    #[schema(value_type = String)]
    division: DivisionCode,
    /// Name.
    name: String,
    /// Phone.
    phone: String,
    /// Year of birth.
    birth_year: Option<i16>,
    /// Risk groups.
    #[serde(default)]
    tags: Vec<TagRequest>,
    /// How the person agreed, and why they could not register themselves: 2 to 100 characters.
    attestation: String,
}

/// Register somebody on one's word. The same phone and name again gives the person who is there.
#[utoipa::path(tag = "residents", operation_id = "resident_create", request_body = ResidentRequest,
    responses((status = 201, body = PersonReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[post("/console/residents")]
pub(crate) async fn resident_create(
    caller: Caller,
    app: AppData,
    body: Json<ResidentRequest>,
) -> Result<HttpResponse, ApiError> {
    let said = body.0;
    let request = Attested {
        division: said.division,
        name: said.name,
        phone: said.phone,
        birth_year: said.birth_year,
        tags: said.tags.into_iter().map(Into::into).collect(),
        attestation: said.attestation,
    };
    let view = residents::register_for(&app, &caller.0, request).await?;
    Ok(HttpResponse::build(StatusCode::CREATED).json(PersonReply::from(view)))
}
