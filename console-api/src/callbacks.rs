//! What WeChat calls of its own accord. It signs in by nothing but a signature, or by a word that only it was told.

use actix_web::{HttpResponse, get, post};
use app::{
    lists::reports,
    receipts::{self, PushQuery},
};
use serde::Deserialize;
use utoipa::IntoParams;
use web::{ApiError, AppData, Path, Problem, Query, Upload};

use crate::lists::picture;

/// Bytes of a push; those that mean something here have one or two thousand.
const LONGEST_PUSH: usize = 64 * 1024;

/// How WeChat signs. It sends more, and may send what is not known yet: nothing else is read.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct WeChatQuery {
    /// Over token, time stamp and nonce.
    signature: String,
    /// Seconds since 1970.
    timestamp: String,
    /// A random text of WeChat's.
    nonce: String,
    /// Over token, time stamp, nonce and the sealed body.
    msg_signature: String,
    /// What a check of the address wants to hear again.
    echostr: String,
}

impl From<WeChatQuery> for PushQuery {
    fn from(query: WeChatQuery) -> Self {
        let WeChatQuery { signature, timestamp, nonce, msg_signature, echostr } = query;
        Self { signature, timestamp, nonce, msg_signature, echostr }
    }
}

/// A screenshot for WeChat to look at, under a random word that works while it is asked about it, at most half an hour.
#[utoipa::path(tag = "callbacks", operation_id = "media_get",
    params(("token" = String, Path, description = "The word WeChat was told")),
    responses((status = 200, body = Vec<u8>, content_type = "image/*"), (status = "default", body = Problem, content_type = "application/problem+json")),
    security(()))]
#[get("/media/{token}")]
pub(crate) async fn media_get(app: AppData, token: Path<String>) -> Result<HttpResponse, ApiError> {
    Ok(picture(reports::media_read(&app, token.0).await?))
}

/// WeChat makes sure that this address is ours.
#[utoipa::path(tag = "callbacks", operation_id = "wechat_address_prove", params(WeChatQuery),
    responses((status = 200, body = String, content_type = "text/plain", description = "`echostr`, unchanged"),
        (status = "default", body = Problem, content_type = "application/problem+json")),
    security(()))]
#[get("/callbacks/wechat")]
pub(crate) async fn wechat_address_prove(app: AppData, query: Query<WeChatQuery>) -> Result<HttpResponse, ApiError> {
    let echo = receipts::wechat_address_prove(&app, &query.0.into());
    std::future::ready(echo).await.map(text).map_err(ApiError)
}

/// WeChat tells what happened; a message in JSON or XML, plain or sealed as set there.
#[utoipa::path(tag = "callbacks", operation_id = "wechat_push_take", params(WeChatQuery),
    request_body(content = String, content_type = "application/json"),
    responses((status = 200, body = String, content_type = "text/plain", description = "`success`"),
        (status = "default", body = Problem, content_type = "application/problem+json")),
    security(()))]
#[post("/callbacks/wechat")]
pub(crate) async fn wechat_push_take(
    app: AppData,
    query: Query<WeChatQuery>,
    message: Upload<LONGEST_PUSH>,
) -> Result<HttpResponse, ApiError> {
    receipts::wechat_push_take(&app, &query.0.into(), &message.bytes).await?;
    Ok(text("success".to_owned()))
}

fn text(body: String) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(body)
}
