//! What officers sign in with, told once.

use actix_web::{HttpResponse, http::StatusCode, post};
use app::officers::{self, OfficerCredentials};
use serde::Serialize;
use utoipa::ToSchema;
use web::{ApiError, AppData, Caller, Path, Problem};

/// What an officer signs in with. Nobody is told again.
#[derive(Serialize, ToSchema)]
pub(crate) struct OfficerCredentialsReply {
    /// Outward id of the officer.
    id: String,
    /// The name to sign in with.
    username: String,
    /// The password.
    password: String,
    /// The secret of the one-time codes, base32, to be typed into a phone.
    totp_secret: String,
    /// The same as an address for a QR code.
    otpauth_uri: String,
}

impl From<OfficerCredentials> for OfficerCredentialsReply {
    fn from(told: OfficerCredentials) -> Self {
        let OfficerCredentials { public_id, username, password, totp_secret, otpauth_uri } = told;
        Self { id: public_id, username, password, totp_secret, otpauth_uri }
    }
}

/// Give an officer another password and another secret of one-time codes.
///
/// The officer is signed out everywhere, and what they had passes no more. Not for oneself.
#[utoipa::path(tag = "officers", operation_id = "officer_credentials_reset",
    params(("id" = String, Path, description = "Outward id of the officer")),
    responses((status = 200, body = OfficerCredentialsReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[post("/console/officers/{id}/credentials")]
pub(crate) async fn officer_credentials_reset(
    caller: Caller,
    app: AppData,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let told = officers::officer_credentials_reset(&app, &caller.0, &id.0).await?;
    Ok(super::told_once(StatusCode::OK, &OfficerCredentialsReply::from(told)))
}

/// Let a disabled officer sign in again, in the role and unit they had, with another password and another secret of
/// one-time codes. Refused where their unit was closed meanwhile, or another active officer has their phone.
#[utoipa::path(tag = "officers", operation_id = "officer_enable",
    params(("id" = String, Path, description = "Outward id of the officer")),
    responses((status = 200, body = OfficerCredentialsReply), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[post("/console/officers/{id}/activation")]
pub(crate) async fn officer_enable(caller: Caller, app: AppData, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let told = officers::officer_enable(&app, &caller.0, &id.0).await?;
    Ok(super::told_once(StatusCode::OK, &OfficerCredentialsReply::from(told)))
}
