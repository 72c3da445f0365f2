//! Whether a picture may be shown: WeChat fetches it, looks at it, and tells by a push ([`super::MediaCheckEvent`]).
//!
//! `POST /wxa/media_check_async`, page `api_mediacheckasync`: one picture of at most 10 MB a call, 2,000 calls a minute and
//! 200,000 a day, the result within 30 minutes. Whoever asks fails closed: without a result somebody looks.

use chrono::{DateTime, Utc};
use reqwest::Url;
use serde::Deserialize;
use serde_json::json;

use super::WeChat;
use super::errcode::{Call, Outcome};
use super::exchange;
use super::failure::Failure;
use crate::http::TransportFailure;

const PATH: &str = "/wxa/media_check_async";
const IMAGE: u8 = 2;
const VERSION: u8 = 2;
/// Social log: the page knows profiles, comments, forums and these; a report to the police is none, and this is the nearest.
const SCENE: u8 = 4;
/// The longest trace id that is kept; those of the page have some forty characters.
const LONGEST_TRACE: usize = 128;

/// Why a check was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MediaCheckError {
    /// 61010: WeChat has not seen the person in the app within about two hours. Asking again is of no use.
    #[error("WeChat has not seen the user in the app lately")]
    NoRecentVisit,
    /// 87014: WeChat finds the picture bad without looking longer.
    #[error("WeChat refuses the content")]
    Risky,
    /// Busy, over a quota, out of reach, or something that an operator can set right: it may succeed later.
    #[error("{failure}")]
    Later {
        /// What happened.
        failure: Failure,
        /// Not before this, where WeChat's answer tells.
        retry_at: Option<DateTime<Utc>>,
    },
    /// Anything else: the same call would fail again.
    #[error(transparent)]
    Refused(Failure),
}

impl From<Failure> for MediaCheckError {
    fn from(failure: Failure) -> Self {
        let retry_at = match &failure {
            Failure::Refused(refusal) => refusal.retry_at,
            Failure::Transport(_) => None,
        };
        match failure.outcome() {
            Some(Outcome::NoRecentVisit) => Self::NoRecentVisit,
            Some(Outcome::ContentRisky) => Self::Risky,
            Some(
                Outcome::Mismatch
                | Outcome::Defect
                | Outcome::UserRestricted
                | Outcome::Unknown
                | Outcome::CodeInvalid
                | Outcome::Blocked
                | Outcome::SceneRefused
                | Outcome::PageNotReleased,
            ) => Self::Refused(failure),
            Some(
                Outcome::Busy
                | Outcome::TokenInvalid
                | Outcome::TooFrequent
                | Outcome::QuotaUsedUp
                | Outcome::Misconfigured
                | Outcome::IpNotAllowed
                | Outcome::SecretFrozen
                | Outcome::AwaitingAdministrator
                | Outcome::NotAuthorised,
            )
            | None => Self::Later { failure, retry_at },
        }
    }
}

#[derive(Deserialize)]
struct Reply {
    trace_id: String,
}

impl WeChat {
    /// Asks for a check of the picture that WeChat can fetch from `media_url`, sent in by `openid`. Returns the trace id
    /// that the result will carry.
    ///
    /// # Errors
    /// Every documented error code has its [`MediaCheckError`].
    pub async fn media_check_async(&self, media_url: &Url, openid: &str) -> Result<String, MediaCheckError> {
        let body = json!({
            "media_url": media_url.as_str(),
            "media_type": IMAGE,
            "version": VERSION,
            "scene": SCENE,
            "openid": openid,
        });
        let Reply { trace_id } = self.exchange_with_token(Call::MediaCheck, PATH, &body, exchange::json).await?;
        if !is_trace(&trace_id) {
            return Err(Failure::from(TransportFailure::Malformed).into());
        }
        Ok(trace_id)
    }
}

/// Whether this can be a trace id: something visible of bounded length.
pub(super) fn is_trace(text: &str) -> bool {
    (1..=LONGEST_TRACE).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}
