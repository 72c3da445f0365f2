//! Registering, proving a phone, leaving.

use actix_web::{HttpRequest, HttpResponse, delete, get, post, put, web::Data};
use app::residents::{self, Proof, Register};
use domain::division::DivisionCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{ApiError, ApiResult, AppData, Caller, Json, Limits, Path, Problem, TagRequest};

use crate::me::MeReply;

/// A phone to send a code to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PhoneCodeRequest {
    /// A mobile number in any usual spelling.
    phone: String,
}

/// Have a one-time code sent by SMS; good for five minutes, the next one after a minute.
#[utoipa::path(tag = "registration", operation_id = "phone_code_create", request_body = PhoneCodeRequest,
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[post("/phone-codes")]
pub(crate) async fn phone_code_create(
    caller: Caller,
    app: AppData,
    body: Json<PhoneCodeRequest>,
) -> Result<HttpResponse, ApiError> {
    residents::phone_code_send(&app, &caller.0, &body.0.phone).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What proves a phone: the code of WeChat's button, or a phone with the code sent to it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PhoneRequest {
    /// The code of `bindgetphonenumber`: good for five minutes, once.
    wechat_code: Option<String>,
    /// The phone to which a code was sent.
    phone: Option<String>,
    /// That code.
    sms_code: Option<String>,
}

/// Prove that a phone is one's own. Older holders of it lose it unless they prove it too within seven days.
#[utoipa::path(tag = "registration", operation_id = "phone_set", request_body = PhoneRequest,
    responses((status = 200, body = MeReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[put("/me/phone")]
pub(crate) async fn phone_set(caller: Caller, app: AppData, body: Json<PhoneRequest>) -> ApiResult<MeReply> {
    let proof = match body.0 {
        PhoneRequest { wechat_code: Some(code), phone: None, sms_code: None } => Proof::Wechat(code),
        PhoneRequest { wechat_code: None, phone: Some(phone), sms_code: Some(code) } => Proof::Sms { phone, code },
        _ => {
            let rule = "请用微信验证（wechat_code），或填手机号（phone）和短信验证码（sms_code）。";
            return Err(ApiError(app::AppError::invalid("", rule)));
        }
    };
    Ok(actix_web::web::Json(residents::phone_prove(&app, &caller.0, proof).await?.into()))
}

/// A consent that is given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GivenConsent {
    /// `warnings`, `campaigns` or `look_back`.
    purpose: String,
    /// The version of the text that was read.
    version: String,
}

/// What is said to register.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegisterRequest {
    /// The code of the officer whose QR code was scanned.
    officer_code: Option<String>,
    /// Code of the home village.
    #[schema(value_type = String)]
    division: DivisionCode,
    /// Name.
    name: Option<String>,
    /// Year of birth; needed of minors.
    birth_year: Option<i16>,
    /// Risk groups.
    #[serde(default)]
    tags: Vec<TagRequest>,
    /// What is agreed to; `warnings` is needed.
    consents: Vec<GivenConsent>,
    /// A random word that the client keeps for its device.
    device: Option<String>,
}

/// Register. The same again changes nothing.
#[utoipa::path(tag = "registration", operation_id = "registration_create", request_body = RegisterRequest,
    responses((status = 200, body = MeReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[post("/registrations")]
pub(crate) async fn registration_create(
    caller: Caller,
    app: AppData,
    limits: Data<Limits>,
    request: HttpRequest,
    body: Json<RegisterRequest>,
) -> ApiResult<MeReply> {
    let said = body.0;
    let register = Register {
        officer_code: said.officer_code,
        division: said.division,
        name: said.name,
        birth_year: said.birth_year,
        tags: said.tags.into_iter().map(Into::into).collect(),
        consents: said.consents.into_iter().map(|consent| (consent.purpose, consent.version)).collect(),
        device: said.device,
        address: limits.client_address(&request),
    };
    Ok(actix_web::web::Json(residents::register(&app, &caller.0, register).await?.into()))
}

/// What an officer's code says.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RegistrationCodeReply {
    /// Name of the officer's unit.
    unit: Option<String>,
    /// Villages to choose from.
    villages: Vec<crate::divisions::DivisionReply>,
    /// True if there are more: search among them.
    more: bool,
}

/// Read what an officer's code says: whose unit it is and which villages to choose from.
#[utoipa::path(tag = "registration", operation_id = "registration_code_get",
    params(("code" = String, Path, description = "The scene of the scanned code")),
    responses((status = 200, body = RegistrationCodeReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[get("/registration-codes/{code}")]
pub(crate) async fn registration_code_get(
    caller: Caller,
    app: AppData,
    code: Path<String>,
) -> ApiResult<RegistrationCodeReply> {
    let view = residents::registration_code_read(&app, &caller.0, &code.0).await?;
    let villages = view.villages.into_iter().map(Into::into).collect();
    Ok(actix_web::web::Json(RegistrationCodeReply { unit: view.unit, villages, more: view.more }))
}

/// Leave: protection, consents and family links end. One may register again.
#[utoipa::path(tag = "registration", operation_id = "registration_delete",
    responses((status = 200, body = MeReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[delete("/registrations")]
pub(crate) async fn registration_delete(caller: Caller, app: AppData) -> ApiResult<MeReply> {
    Ok(actix_web::web::Json(residents::withdraw(&app, &caller.0).await?.into()))
}
