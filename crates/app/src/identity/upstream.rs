//! Proof that a request comes from an upstream system.

use chrono::{DateTime, TimeDelta, Utc};
use keyring::signature::{SignatureError, SignedRequest, WINDOW_SECONDS};
use store::upstream_keys::upstream_nonce_use;

use crate::{
    App, Upstream,
    error::{AppError, ErrorCode},
};

/// The headers and the signed parts of a request, as they came.
#[derive(Debug, Clone, Copy)]
pub struct SignedParts<'a> {
    /// `X-Key-Id`.
    pub key_id: &'a str,
    /// `X-Timestamp`: seconds since 1970.
    pub timestamp: &'a str,
    /// `X-Nonce`: 8 to 64 letters, digits, `_` or `-`, used once.
    pub nonce: &'a str,
    /// `X-Signature`: the HMAC in hex.
    pub signature: &'a str,
    /// The method in capitals.
    pub method: &'a str,
    /// Path and query as sent.
    pub path_and_query: &'a str,
    /// The body as sent.
    pub body: &'a [u8],
}

/// The upstream system that signed a request. Its nonce is used up by this: a request that fails later is signed anew.
///
/// # Errors
/// `signature_refused`, with what is wrong as far as a partner may know; `unavailable` when the database is away, because
/// then a repetition cannot be told.
pub async fn verify_upstream(app: &App, parts: SignedParts<'_>) -> Result<Upstream, AppError> {
    let unknown = || refused("密钥编号不存在，或签名与请求不符。");
    let key_id = parts.key_id.parse().map_err(|_| unknown())?;
    let key = app.upstream_keys.find(app, key_id).await?.ok_or_else(unknown)?;
    let SignedParts { timestamp, nonce, method, path_and_query, body, .. } = parts;
    let request = SignedRequest { method, path_and_query, timestamp, nonce, body };
    let now = app.now();
    request.verify(key.secret.as_bytes(), parts.signature, now).map_err(|error| match error {
        SignatureError::Timestamp => refused("X-Timestamp 须为自1970年起的秒数。"),
        SignatureError::Stale => refused("X-Timestamp 与服务器时间相差超过300秒，请校准时钟。"),
        SignatureError::Nonce => refused("X-Nonce 须为8至64个字母、数字、下划线或连字符。"),
        SignatureError::LineBreak | SignatureError::Mismatch => unknown(),
    })?;
    let (upstream_key_id, nonce) = (key.id, nonce.to_owned());
    let expires_at = remembered_until(now);
    let fresh =
        app.store.db.write(move |connection| upstream_nonce_use(connection, upstream_key_id, &nonce, expires_at));
    if !fresh.await? {
        return Err(refused("X-Nonce 已经用过，每次请求都要换新的。"));
    }
    Ok(Upstream { key_id: key.key_id.to_string() })
}

/// A timestamp may lie as far ahead as behind, so a request can come again for twice the window; a minute more for
/// servers whose clocks differ.
fn remembered_until(now: DateTime<Utc>) -> DateTime<Utc> {
    now + TimeDelta::seconds(2 * WINDOW_SECONDS + 60)
}

fn refused(detail: &'static str) -> AppError {
    AppError::new(ErrorCode::SignatureRefused, detail)
}
