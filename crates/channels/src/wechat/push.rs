//! What WeChat pushes to us: who sent it is proved before anything of it is read.
//!
//! Contract: the page `framework/server-ability/message-push`. A signature over token, time and nonce stands in the query.
//! Where an EncodingAESKey is set, only sealed bodies are taken, whose own signature covers what is sealed; without one the
//! body is not covered, and whoever saw an address could send another body under it. So the caller takes one body a
//! [`Pushed::occasion`].

mod event;
mod seal;
mod settings;
mod xml;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use sha1::{Digest as _, Sha1};
use subtle::ConstantTimeEq as _;

pub use event::{MediaCheckEvent, MediaSuggestion, PushEvent};
pub use settings::{PushSettings, PushSettingsError};

use super::WeChat;

/// How far from now, either way, the time stamp of a push may lie; the page asks for replays to be refused and names no time.
const FRESH_WITHIN: TimeDelta = TimeDelta::minutes(5);
const LONGEST_NONCE: usize = 64;
const LONGEST_ECHO: usize = 128;

/// The query of a push as it came; what is missing is empty.
#[derive(Clone, Debug, Default)]
pub struct PushQuery {
    /// Over token, time stamp and nonce.
    pub signature: String,
    /// Seconds since 1970.
    pub timestamp: String,
    /// A random text of WeChat's.
    pub nonce: String,
    /// Over token, time stamp, nonce and the sealed body.
    pub msg_signature: String,
    /// What a check of the address wants to hear again.
    pub echostr: String,
}

/// A push whose sender is proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// What happened.
    pub event: PushEvent,
    /// Names the occasion of a plain push: WeChat sends one body for it, however often it repeats it. None for a sealed one,
    /// whose signature covers its body.
    pub occasion: Option<String>,
}

/// Why a push is not taken. Holds nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// No token is configured.
    #[error("pushes are not configured")]
    NotConfigured,
    /// The signature does not hold, or the body is not for this app, or it is plain where it has to be sealed.
    #[error("the push is not from WeChat")]
    Forged,
    /// The signature holds, but is old or from the future.
    #[error("the push is not of now")]
    Stale,
    /// The signature holds, but it is no message.
    #[error("the push can't be read")]
    Malformed,
}

impl WeChat {
    /// What a check of our address wants to hear: the `echostr` of the query.
    ///
    /// # Errors
    /// The signature does not hold, is not of now, or there is nothing to echo.
    pub fn push_echo(&self, query: &PushQuery) -> Result<String, PushError> {
        let settings = self.push_settings()?;
        prove(settings, query, self.now())?;
        let echo = &query.echostr;
        let sound = (1..=LONGEST_ECHO).contains(&echo.len()) && echo.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if sound { Ok(echo.clone()) } else { Err(PushError::Malformed) }
    }

    /// Proves the sender of a push and reads it.
    ///
    /// # Errors
    /// See [`PushError`].
    pub fn push_open(&self, query: &PushQuery, body: &[u8]) -> Result<Pushed, PushError> {
        let settings = self.push_settings()?;
        let message = match settings.key() {
            Some(key) => read(&self.unseal(settings.token(), key, query, body)?),
            None => {
                prove(settings, query, self.now())?;
                read(body)
            }
        };
        let event = event::read(&message.ok_or(PushError::Malformed)?, &self.inner.config.app_id)?;
        let plain = settings.key().is_none();
        Ok(Pushed { event, occasion: plain.then(|| signature([&query.timestamp, &query.nonce])) })
    }

    /// The message in a sealed body for this app.
    fn unseal(&self, token: &str, key: &[u8; 32], query: &PushQuery, body: &[u8]) -> Result<Vec<u8>, PushError> {
        fresh(query, self.now())?;
        let envelope = read(body);
        let sealed = envelope.as_ref().and_then(|body| body.get("Encrypt")).and_then(Value::as_str);
        let sealed = sealed.ok_or(PushError::Forged)?;
        if !same(&signature([token, &query.timestamp, &query.nonce, sealed]), &query.msg_signature) {
            return Err(PushError::Forged);
        }
        let opened = seal::open(key, sealed).ok_or(PushError::Malformed)?;
        if opened.app_id != self.inner.config.app_id.as_bytes() {
            return Err(PushError::Forged);
        }
        Ok(opened.message)
    }

    fn push_settings(&self) -> Result<&PushSettings, PushError> {
        self.inner.config.push.as_ref().ok_or(PushError::NotConfigured)
    }
}

/// The signature before the time: who cannot sign does not learn our clock.
fn prove(settings: &PushSettings, query: &PushQuery, now: DateTime<Utc>) -> Result<(), PushError> {
    if !same(&signature([settings.token(), &query.timestamp, &query.nonce]), &query.signature) {
        return Err(PushError::Forged);
    }
    fresh(query, now)
}

fn fresh(query: &PushQuery, now: DateTime<Utc>) -> Result<(), PushError> {
    if query.nonce.is_empty() || query.nonce.len() > LONGEST_NONCE {
        return Err(PushError::Forged);
    }
    let sent = query.timestamp.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let fresh = sent.is_some_and(|sent| (now - sent).abs() <= FRESH_WITHIN);
    if fresh { Ok(()) } else { Err(PushError::Stale) }
}

fn same(own: &str, given: &str) -> bool {
    own.as_bytes().ct_eq(given.as_bytes()).into()
}

/// Hex of the SHA-1 of the parts, sorted by their bytes and put together.
fn signature<const PARTS: usize>(mut parts: [&str; PARTS]) -> String {
    parts.sort_unstable();
    hex::encode(Sha1::digest(parts.concat()))
}

/// JSON or XML, by its first character: both are configured at WeChat, not here.
fn read(body: &[u8]) -> Option<Value> {
    match body.trim_ascii_start().first()? {
        b'<' => xml::read(std::str::from_utf8(body).ok()?),
        b'{' => serde_json::from_slice(body).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
