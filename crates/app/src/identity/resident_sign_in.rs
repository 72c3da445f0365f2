//! A resident signs in with the code of `wx.login`.

use std::borrow::Cow;

use channels::wechat::LoginError;
use chrono::{DateTime, TimeDelta, Utc};
use domain::authorization::Role;
use keyring::tokens::new_refresh_token;
use store::{
    persons::resident_sign_in as find_or_create,
    sessions::{HolderKind, NewSession, session_create},
};

use super::{
    addresses::seconds_until,
    seen::note_seen,
    tokens::{Holder, Tokens, tokens},
};
use crate::{
    App,
    error::{AppError, ErrorCode},
};

/// Seconds after which a busy or silent WeChat may be asked again.
const WECHAT_BUSY_SECONDS: u32 = 5;
/// Seconds after which an operator may have set the app right.
const WECHAT_BROKEN_SECONDS: u32 = 60;

/// Signs in the resident whose WeChat login `code` is, making the resident at the first time.
///
/// # Errors
/// What WeChat refuses, each with its own code: `wechat_code_invalid`, `wechat_user_blocked`, `too_many_requests`,
/// `wechat_unavailable`; `unavailable` when the database is away.
pub async fn resident_sign_in(app: &App, code: &str) -> Result<Tokens, AppError> {
    let wechat = app.wechat.login(code).await.map_err(|error| refusal(&error, app.now()))?;
    begin(app, wechat.openid).await
}

/// Begins a session of the resident with this openid.
pub(super) async fn begin(app: &App, openid: String) -> Result<Tokens, AppError> {
    let (now, settings, refresh_token) = (app.now(), &app.settings.identity, new_refresh_token());
    let keyring = app.store.keyring.clone();
    let token_hash = keyring.hash_refresh(&refresh_token);
    let idle = TimeDelta::days(settings.refresh_token_days.into());
    let expires_at = now + idle.min(TimeDelta::days(settings.session_days.into()));
    let signed_in = app.store.db.write(move |connection| {
        let resident = find_or_create(connection, &keyring, &openid, now)?;
        let (holder_kind, holder_id) = (HolderKind::Resident, resident.id);
        let session = session_create(connection, &NewSession { holder_kind, holder_id, token_hash, now, expires_at })?;
        Ok(Holder { public_id: resident.public_id, role: Role::Resident, session: session.public_id })
    });
    let holder = signed_in.await?;
    note_seen(app, &holder).await;
    tokens(&app.store.keyring, settings, holder, refresh_token, now)
}

/// The reply for each way in which WeChat refuses.
fn refusal(error: &LoginError, now: DateTime<Utc>) -> AppError {
    let (code, retry_after) = match error {
        LoginError::CodeInvalid => (ErrorCode::WechatCodeInvalid, None),
        LoginError::Blocked | LoginError::UserRestricted => (ErrorCode::WechatUserBlocked, None),
        LoginError::TooFrequent { retry_at } => {
            (ErrorCode::TooManyRequests, Some(seconds_until(*retry_at, now).unwrap_or(1)))
        }
        LoginError::QuotaUsedUp { retry_at } => {
            (ErrorCode::WechatUnavailable, Some(seconds_until(*retry_at, now).unwrap_or(1)))
        }
        LoginError::Busy | LoginError::Unreachable(_) => (ErrorCode::WechatUnavailable, Some(WECHAT_BUSY_SECONDS)),
        LoginError::Misconfigured { .. }
        | LoginError::IpNotAllowed { .. }
        | LoginError::SecretFrozen
        | LoginError::NotAuthorised { .. }
        | LoginError::Unexpected { .. } => (ErrorCode::WechatUnavailable, Some(WECHAT_BROKEN_SECONDS)),
    };
    let mut refusal = AppError::new(code, Cow::Owned(format!("{}。", error.message())));
    refusal.retry_after = retry_after;
    refusal.cause = Some(error.to_string());
    refusal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_of_wechat_has_its_own_reply() {
        let now = DateTime::from_timestamp(1_767_225_600, 0).unwrap();
        let retry_at = now + TimeDelta::seconds(17);
        let cases = [
            (LoginError::CodeInvalid, "wechat_code_invalid", 401, None),
            (LoginError::Blocked, "wechat_user_blocked", 403, None),
            (LoginError::UserRestricted, "wechat_user_blocked", 403, None),
            (LoginError::TooFrequent { retry_at }, "too_many_requests", 429, Some(17)),
            (LoginError::QuotaUsedUp { retry_at }, "wechat_unavailable", 503, Some(17)),
            (LoginError::Busy, "wechat_unavailable", 503, Some(5)),
            (LoginError::Misconfigured { errcode: 40_125 }, "wechat_unavailable", 503, Some(60)),
            (LoginError::IpNotAllowed { ip: None }, "wechat_unavailable", 503, Some(60)),
            (LoginError::SecretFrozen, "wechat_unavailable", 503, Some(60)),
            (LoginError::NotAuthorised { errcode: 48_001 }, "wechat_unavailable", 503, Some(60)),
            (LoginError::Unexpected { errcode: 1 }, "wechat_unavailable", 503, Some(60)),
        ];
        for (error, code, status, retry_after) in cases {
            let refusal = refusal(&error, now);
            assert_eq!(
                (refusal.code.as_str(), refusal.code.status(), refusal.retry_after),
                (code, status, retry_after),
                "{error}"
            );
        }
    }
}
