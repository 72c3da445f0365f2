//! Reading a request body: bounded in size and time, never decompressed.

use std::time::Duration;

use actix_web::{
    HttpMessage as _, HttpRequest,
    dev::Payload,
    http::header,
    web::{Bytes, BytesMut},
};
use app::{AppError, ErrorCode};
use futures_util::StreamExt as _;

/// How long a body may take to arrive.
const DEADLINE: Duration = Duration::from_secs(10);

/// The whole body, at most `limit` bytes.
pub(crate) async fn read(request: &HttpRequest, payload: &mut Payload, limit: usize) -> Result<Bytes, AppError> {
    // A body of 400 bytes can inflate to 500 MB: what is compressed is refused, not inflated.
    if request.headers().contains_key(header::CONTENT_ENCODING) {
        return Err(AppError::new(ErrorCode::UnsupportedMediaType, "请不要压缩请求内容。"));
    }
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > limit) {
        return Err(too_large(limit));
    }
    match tokio::time::timeout(DEADLINE, collect(payload, announced.unwrap_or(0), limit)).await {
        Ok(body) => body,
        Err(_) => Err(AppError::new(ErrorCode::BodyTooSlow, "内容没有在10秒内发完，请检查网络后重试。")),
    }
}

async fn collect(payload: &mut Payload, announced: usize, limit: usize) -> Result<Bytes, AppError> {
    let mut first = None;
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| AppError::new(ErrorCode::MalformedRequest, "请求内容在传输中断开，请重试。"))?;
        if body.len() + chunk.len() > limit {
            return Err(too_large(limit));
        }
        // Nearly every body is one chunk: then it is used as it came.
        if first.is_none() && chunk.len() >= announced {
            first = Some(chunk);
        } else {
            body.extend_from_slice(&first.take().unwrap_or_default());
            body.extend_from_slice(&chunk);
        }
    }
    Ok(first.unwrap_or_else(|| body.freeze()))
}

fn too_large(limit: usize) -> AppError {
    AppError::new(ErrorCode::BodyTooLarge, format!("内容过大：最多{}KB，请分次提交。", limit / 1024))
}

/// Refuses a body that does not say it is JSON.
pub(crate) fn require_json(request: &HttpRequest) -> Result<(), AppError> {
    let is_json = request.content_type().eq_ignore_ascii_case("application/json");
    if is_json {
        return Ok(());
    }
    Err(AppError::new(ErrorCode::UnsupportedMediaType, "请求内容须为JSON，并注明Content-Type: application/json。"))
}
