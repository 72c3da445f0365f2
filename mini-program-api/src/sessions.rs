//! Residents sign in with WeChat, stay signed in, and sign out.

use actix_web::{HttpRequest, HttpResponse, delete, http::header, post};
use app::identity::{self, HolderKind, Tokens};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{ApiError, AppData, Caller, Json, Problem, RequestId};

/// A WeChat login.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateSession {
    /// The code of `wx.login`: good for five minutes, once.
    code: String,
}

/// A refresh token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshSession {
    /// The newest refresh token of the session.
    refresh_token: String,
}

/// What its holder keeps of a session.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionTokens {
    /// Goes with every request as `Authorization: Bearer …`.
    access_token: String,
    /// Is exchanged, once, for the next pair.
    refresh_token: String,
    /// Seconds for which the access token is good.
    expires_in: u32,
}

/// Tokens must not be kept by anything between us and the client (RFC 6749 section 5.1).
fn reply(Tokens { access_token, refresh_token, expires_in }: Tokens) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(SessionTokens {
        access_token,
        refresh_token,
        expires_in,
    })
}

/// Sign in with WeChat.
///
/// The first sign-in of a person makes them a resident of this service.
#[utoipa::path(tag = "sessions", operation_id = "session_create", request_body = CreateSession,
    responses((status = 200, body = SessionTokens), (status = "default", body = Problem, content_type = "application/problem+json")))]
#[post("/sessions")]
pub(crate) async fn session_create(app: AppData, body: Json<CreateSession>) -> Result<HttpResponse, ApiError> {
    Ok(reply(identity::resident_sign_in(&app, &body.0.code).await?))
}

/// Exchange a refresh token for the next pair.
///
/// A token is good once. Repeat the call within ten seconds if its reply was lost; a later second use ends the session.
#[utoipa::path(tag = "sessions", operation_id = "session_refresh", request_body = RefreshSession,
    responses((status = 200, body = SessionTokens), (status = "default", body = Problem, content_type = "application/problem+json")))]
#[post("/sessions/refresh")]
pub(crate) async fn session_refresh(
    app: AppData,
    request: HttpRequest,
    body: Json<RefreshSession>,
) -> Result<HttpResponse, ApiError> {
    let request_id = RequestId::of(&request).to_string();
    let tokens = identity::session_refresh(&app, HolderKind::Resident, &body.0.refresh_token, &request_id);
    Ok(reply(tokens.await?))
}

/// Sign out everywhere.
///
/// Ends all sessions of the caller on all devices; their access tokens are refused within a second.
#[utoipa::path(tag = "sessions", operation_id = "session_delete",
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(("access_token" = [])))]
#[delete("/sessions")]
pub(crate) async fn session_delete(caller: Caller, app: AppData) -> Result<HttpResponse, ApiError> {
    identity::sign_out(&app, &caller.0, HolderKind::Resident).await?;
    Ok(HttpResponse::NoContent().finish())
}
