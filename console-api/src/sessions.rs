//! Officers sign in with password and one-time code, stay signed in, and sign out.

use actix_web::{HttpRequest, HttpResponse, delete, http::header, post, web::Data};
use app::identity::{self, HolderKind, OfficerSignIn, Tokens};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{ApiError, AppData, Caller, Json, Limits, Problem, RequestId};

/// What an officer proves themselves with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateOfficerSession {
    /// User name.
    username: String,
    /// Password.
    password: String,
    /// The code of this half minute, six digits.
    totp: String,
}

/// A refresh token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshOfficerSession {
    /// The newest refresh token of the session.
    refresh_token: String,
}

/// What its holder keeps of a session.
#[derive(Serialize, ToSchema)]
pub(crate) struct OfficerSessionTokens {
    /// Goes with every request as `Authorization: Bearer …`.
    access_token: String,
    /// Is exchanged, once, for the next pair.
    refresh_token: String,
    /// Seconds for which the access token is good.
    expires_in: u32,
}

/// Tokens must not be kept by anything between us and the client (RFC 6749 section 5.1).
fn reply(Tokens { access_token, refresh_token, expires_in }: Tokens) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(OfficerSessionTokens {
        access_token,
        refresh_token,
        expires_in,
    })
}

/// Sign in as an officer.
///
/// A refusal does not say which of the three is wrong. Each one-time code passes once.
#[utoipa::path(tag = "sessions", operation_id = "officer_session_create", request_body = CreateOfficerSession,
    responses((status = 200, body = OfficerSessionTokens), (status = "default", body = Problem, content_type = "application/problem+json")))]
#[post("/console/sessions")]
pub(crate) async fn officer_session_create(
    app: AppData,
    limits: Data<Limits>,
    request: HttpRequest,
    body: Json<CreateOfficerSession>,
) -> Result<HttpResponse, ApiError> {
    let CreateOfficerSession { username, password, totp } = body.0;
    let request_id = RequestId::of(&request).to_string();
    let sign_in = OfficerSignIn { username, password, totp, address: limits.client_address(&request), request_id };
    Ok(reply(identity::officer_sign_in(&app, sign_in).await?))
}

/// Exchange an officer's refresh token for the next pair.
///
/// A token is good once. Repeat the call within ten seconds if its reply was lost; a later second use ends the session.
#[utoipa::path(tag = "sessions", operation_id = "officer_session_refresh", request_body = RefreshOfficerSession,
    responses((status = 200, body = OfficerSessionTokens), (status = "default", body = Problem, content_type = "application/problem+json")))]
#[post("/console/sessions/refresh")]
pub(crate) async fn officer_session_refresh(
    app: AppData,
    request: HttpRequest,
    body: Json<RefreshOfficerSession>,
) -> Result<HttpResponse, ApiError> {
    let request_id = RequestId::of(&request).to_string();
    let tokens = identity::session_refresh(&app, HolderKind::Officer, &body.0.refresh_token, &request_id);
    Ok(reply(tokens.await?))
}

/// Sign out everywhere.
///
/// Ends all sessions of the officer; their access tokens are refused within a second.
#[utoipa::path(tag = "sessions", operation_id = "officer_session_delete",
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[delete("/console/sessions")]
pub(crate) async fn officer_session_delete(caller: Caller, app: AppData) -> Result<HttpResponse, ApiError> {
    identity::sign_out(&app, &caller.0, HolderKind::Officer).await?;
    Ok(HttpResponse::NoContent().finish())
}
