//! Login of a resident: the code of `wx.login` becomes an openid.

use std::fmt;
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::WeChat;
use super::errcode::{Call, Outcome};
use super::exchange::json;
use super::failure::{Failure, Refusal};
use crate::http::TransportFailure;

const PATH: &str = "/sns/jscode2session";
/// A code is some 32 characters; a longer text is none and is not worth a call.
pub(super) const LONGEST_CODE: usize = 128;
pub(super) const LONGEST_OPENID: usize = 64;

/// Who signed in. Never leaves the server; the debug form shows nothing of it.
#[derive(Clone, Deserialize, PartialEq, Eq)]
pub struct Session {
    /// The user within this mini-program, at most 64 characters.
    pub openid: String,
    /// Base64 of 16 bytes; opens what the client encrypts for this login.
    pub session_key: Option<String>,
    /// The user within all apps of one WeChat Open Platform account, if there is one.
    pub unionid: Option<String>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

/// Why nobody signed in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// 40029, 40163: the code is wrong, expired or used. The client signs in again (401).
    #[error("the login code does not work")]
    CodeInvalid,
    /// -1, after one repeat. The client calls `wx.login` again a little later (503).
    #[error("WeChat is busy")]
    Busy,
    /// 40226: WeChat holds the user for high-risk (403). Trying again does not help.
    #[error("WeChat blocks this user")]
    Blocked,
    /// 45011: this user signed in too often (429).
    #[error("too many logins, until {retry_at}")]
    TooFrequent {
        /// The beginning of the next minute.
        retry_at: DateTime<Utc>,
    },
    /// 45009: the app used up its quota; WeChat is not asked until then (503).
    #[error("the quota of logins is used up, until {retry_at}")]
    QuotaUsedUp {
        /// The next midnight in Beijing.
        retry_at: DateTime<Utc>,
    },
    /// 50002: the user's account is frozen or cancelled (403).
    #[error("this user's account is restricted")]
    UserRestricted,
    /// 40013, 40125, 41002, 41004, 40001: app id or secret are wrong. The operator was told (503).
    #[error("app id or secret are wrong: {errcode}")]
    Misconfigured {
        /// The code as it came.
        errcode: i64,
    },
    /// 40164, 61004: the address of this server is not on the list. The operator was told (503).
    #[error("the address of this server is not allowed")]
    IpNotAllowed {
        /// The address as WeChat sees it.
        ip: Option<IpAddr>,
    },
    /// 40243: the secret is frozen. The operator was told (503).
    #[error("the secret is frozen")]
    SecretFrozen,
    /// 48001, 48004: the app may not sign users in. The operator was told (503).
    #[error("the app may not sign users in: {errcode}")]
    NotAuthorised {
        /// The code as it came.
        errcode: i64,
    },
    /// A code that is not documented for a login. The operator was told (503).
    #[error("WeChat refuses with {errcode}")]
    Unexpected {
        /// The code as it came.
        errcode: i64,
    },
    /// No documented answer came (503).
    #[error(transparent)]
    Unreachable(TransportFailure),
}

impl LoginError {
    /// When trying again makes sense, where WeChat says so.
    #[must_use]
    pub fn retry_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::TooFrequent { retry_at } | Self::QuotaUsedUp { retry_at } => Some(*retry_at),
            _ => None,
        }
    }

    /// What the resident reads.
    #[must_use]
    pub fn message(&self) -> &'static str {
        match self {
            Self::CodeInvalid => "登录凭证已失效，请重新登录",
            Self::Busy | Self::Unreachable(_) => "微信服务繁忙，请稍后重新登录",
            Self::Blocked => "微信判定该账号存在较高风险，暂时不能登录",
            Self::TooFrequent { .. } => "登录过于频繁，请一分钟后再试",
            Self::QuotaUsedUp { .. } => "今天的微信登录已暂停，请明天再试",
            Self::UserRestricted => "该微信账号已被限制或注销，不能登录",
            Self::Misconfigured { .. }
            | Self::IpNotAllowed { .. }
            | Self::SecretFrozen
            | Self::NotAuthorised { .. }
            | Self::Unexpected { .. } => "登录服务暂时不可用，请稍后再试",
        }
    }
}

impl From<Failure> for LoginError {
    fn from(failure: Failure) -> Self {
        let Refusal { errcode, outcome, ip, retry_at, .. } = match failure {
            Failure::Transport(failure) => return Self::Unreachable(failure),
            Failure::Refused(refusal) => refusal,
        };
        match (outcome, retry_at) {
            (Outcome::CodeInvalid, _) => Self::CodeInvalid,
            (Outcome::Busy, _) => Self::Busy,
            (Outcome::Blocked, _) => Self::Blocked,
            (Outcome::TooFrequent, Some(retry_at)) => Self::TooFrequent { retry_at },
            (Outcome::QuotaUsedUp, Some(retry_at)) => Self::QuotaUsedUp { retry_at },
            (Outcome::UserRestricted, _) => Self::UserRestricted,
            (Outcome::Misconfigured, _) => Self::Misconfigured { errcode },
            (Outcome::IpNotAllowed, _) => Self::IpNotAllowed { ip },
            (Outcome::SecretFrozen, _) => Self::SecretFrozen,
            (Outcome::NotAuthorised, _) => Self::NotAuthorised { errcode },
            _ => Self::Unexpected { errcode },
        }
    }
}

impl WeChat {
    /// Asks WeChat whose `code` this is. A code works once: whatever comes of it, the client needs a new one to try
    /// again.
    ///
    /// # Errors
    /// Every documented error code has its [`LoginError`]; so have a silent, broken or strange WeChat.
    pub async fn login(&self, code: &str) -> Result<Session, LoginError> {
        if code.len() > LONGEST_CODE || code.is_empty() || !code.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(LoginError::CodeInvalid);
        }
        let config = &self.inner.config;
        let query = [
            ("appid", config.app_id.as_str()),
            ("secret", &config.secret),
            ("js_code", code),
            ("grant_type", "authorization_code"),
        ];
        let request = || self.inner.http.client().get(self.endpoint(PATH)).query(&query);
        let session: Session = self.exchange(Call::Login, config.login_repeats, request, json).await?;
        if session.openid.is_empty() || session.openid.len() > LONGEST_OPENID {
            return Err(LoginError::Unreachable(TransportFailure::Malformed));
        }
        Ok(session)
    }
}
