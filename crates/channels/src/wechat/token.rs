//! The access token: one for all processes, asked for in the stable way, renewed five minutes before its end.
//!
//! `POST /cgi-bin/stable_token` in normal mode gives every asker the same token, so a lost lock or a lost cache costs a
//! call and harms nobody. `force_refresh` is never used: it would kill the token of every other server.

use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::WeChat;
use super::errcode::{Call, Outcome};
use super::exchange;
use super::failure::Failure;
use crate::http::TransportFailure;

const PATH: &str = "/cgi-bin/stable_token";
/// WeChat asks for room for 512 characters; more than this is no token.
const LONGEST_TOKEN: usize = 2048;
/// WeChat never gives less than five minutes; should it, one call a second is enough.
const FRESH_FOR: TimeDelta = TimeDelta::seconds(1);
/// How often a process looks whether another one has the token by now.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// An access token; its debug form shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken(String);

impl AccessToken {
    /// The text that goes into the query of a call.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(..)")
    }
}

/// What this process knows.
#[derive(Default)]
pub(crate) struct TokenCache {
    copy: Mutex<Option<Copy>>,
    flight: tokio::sync::Mutex<()>,
    landed: AtomicU64,
    last_failure: Mutex<Option<Failure>>,
}

struct Copy {
    token: SharedToken,
    taken_at: DateTime<Utc>,
}

/// A token as the processes share it.
#[derive(Clone, Deserialize, PartialEq, Eq, Serialize)]
struct SharedToken {
    token: String,
    #[serde(with = "chrono::serde::ts_milliseconds")]
    fetched_at: DateTime<Utc>,
    #[serde(with = "chrono::serde::ts_milliseconds")]
    expires_at: DateTime<Utc>,
}

impl SharedToken {
    fn access_token(&self) -> AccessToken {
        AccessToken(self.token.clone())
    }

    fn lives(&self, now: DateTime<Utc>) -> bool {
        self.expires_at > now
    }

    fn is_fresh(&self, now: DateTime<Utc>, renew_before: TimeDelta) -> bool {
        let just_fetched = (TimeDelta::zero()..FRESH_FOR).contains(&(now - self.fetched_at));
        self.expires_at - now >= renew_before || (just_fetched && self.lives(now))
    }
}

#[derive(Deserialize)]
struct Issued {
    access_token: String,
    expires_in: i64,
}

impl WeChat {
    /// The token to use now. However many ask, one process asks WeChat once.
    ///
    /// # Errors
    /// WeChat gives none, and the one before has ended.
    pub async fn access_token(&self) -> Result<AccessToken, Failure> {
        let cache = &self.inner.tokens;
        if let Some(token) = self.trusted_copy() {
            return Ok(token);
        }
        let landed = cache.landed.load(Ordering::SeqCst);
        let _flight = cache.flight.lock().await;
        if let Some(token) = self.trusted_copy() {
            return Ok(token);
        }
        if cache.landed.load(Ordering::SeqCst) != landed {
            // Somebody tried while this caller waited: a hundred waiters must not try one after the other.
            if let Some(failure) = lock(&cache.last_failure).clone() {
                return Err(failure);
            }
        }
        let result = self.obtain().await;
        *lock(&cache.last_failure) = result.as_ref().err().cloned();
        cache.landed.fetch_add(1, Ordering::SeqCst);
        result
    }

    /// Compare and drop: forgets `token` here and among all processes, unless a newer one is kept by now.
    pub async fn invalidate(&self, token: &AccessToken) {
        lock(&self.inner.tokens.copy).take_if(|copy| copy.token.token == token.0);
        let key = self.key();
        if let Some(text) = self.inner.signals.shared_get(&key).await
            && serde_json::from_str::<SharedToken>(&text).is_ok_and(|kept| kept.token == token.0)
        {
            self.inner.signals.shared_delete_if(&key, &text).await;
        }
    }

    /// Makes `call` with the token. When WeChat says the token is no good, it is dropped, asked for anew and the call
    /// repeated once.
    ///
    /// # Errors
    /// The failure of `call`, or of getting a token.
    pub async fn with_token<T, C, F>(&self, call: C) -> Result<T, Failure>
    where
        C: Fn(AccessToken) -> F,
        F: Future<Output = Result<T, Failure>>,
    {
        let first = self.access_token().await?;
        match call(first.clone()).await {
            Err(failure) if failure.outcome() == Some(Outcome::TokenInvalid) => {}
            result => return result,
        }
        self.invalidate(&first).await;
        let second = self.access_token().await?;
        let result = call(second.clone()).await;
        if let Err(failure) = &result
            && failure.outcome() == Some(Outcome::TokenInvalid)
        {
            let same = first == second;
            tracing::error!(%failure, same, "WeChat refuses the access token it has just given");
        }
        result
    }

    fn key(&self) -> String {
        format!("wechat:token:{}", self.inner.config.app_id)
    }

    fn trusted_copy(&self) -> Option<AccessToken> {
        let (now, config) = (self.now(), &self.inner.config);
        let copy = lock(&self.inner.tokens.copy);
        let copy = copy.as_ref()?;
        let trusted = (TimeDelta::zero()..config.trust_copy_for).contains(&(now - copy.taken_at));
        (trusted && copy.token.is_fresh(now, config.renew_before)).then(|| copy.token.access_token())
    }

    fn keep_copy(&self, token: &SharedToken) -> AccessToken {
        *lock(&self.inner.tokens.copy) = Some(Copy { token: token.clone(), taken_at: self.now() });
        token.access_token()
    }

    /// From the other processes, or from WeChat, or by waiting for the process that is asking WeChat.
    async fn obtain(&self) -> Result<AccessToken, Failure> {
        let (signals, limit) = (&self.inner.signals, self.inner.config.limits.total);
        let give_up = Instant::now() + limit;
        loop {
            if let Some(token) = self.fresh_shared().await {
                return Ok(self.keep_copy(&token));
            }
            let lock = signals.try_lock(&self.key(), limit + Duration::from_secs(2)).await;
            // Whoever holds the lock too long is stuck; asking WeChat beside it is harmless.
            if lock.is_some() || Instant::now() >= give_up {
                let result = match self.fresh_shared().await {
                    Some(token) => Ok(self.keep_copy(&token)),
                    None => self.renew().await,
                };
                if let Some(lock) = lock {
                    lock.release().await;
                }
                return result;
            }
            sleep(LOOK_EVERY).await;
        }
    }

    async fn shared(&self) -> Option<SharedToken> {
        let text = self.inner.signals.shared_get(&self.key()).await?;
        serde_json::from_str(&text).ok()
    }

    async fn fresh_shared(&self) -> Option<SharedToken> {
        let token = self.shared().await?;
        token.is_fresh(self.now(), self.inner.config.renew_before).then_some(token)
    }

    /// Asks WeChat. While it gives none, the token before is used to its end.
    async fn renew(&self) -> Result<AccessToken, Failure> {
        match self.fetch().await {
            Ok(token) => {
                let lives = (token.expires_at - token.fetched_at).to_std().unwrap_or_default();
                // Plain texts and numbers always become JSON.
                if let Ok(text) = serde_json::to_string(&token) {
                    self.inner.signals.shared_set(&self.key(), &text, lives).await;
                }
                Ok(self.keep_copy(&token))
            }
            Err(failure) => match self.shared().await {
                Some(token) if token.lives(self.now()) => Ok(token.access_token()),
                _ => Err(failure),
            },
        }
    }

    async fn fetch(&self) -> Result<SharedToken, Failure> {
        let config = &self.inner.config;
        let body = json!({
            "grant_type": "client_credential",
            "appid": config.app_id,
            "secret": config.secret,
            "force_refresh": false,
        });
        let request = || self.inner.http.client().post(self.endpoint(PATH)).json(&body);
        // The life is counted from before the call, so a slow answer makes it shorter, not longer.
        let fetched_at = self.now();
        let issued = self.exchange(Call::Token, config.token_repeats, request, exchange::json).await?;
        let Issued { access_token, expires_in } = issued;
        let sound = (1..=LONGEST_TOKEN).contains(&access_token.len())
            && access_token.bytes().all(|byte| byte.is_ascii_graphic())
            && (1..=86_400).contains(&expires_in);
        if !sound {
            return Err(TransportFailure::Malformed.into());
        }
        Ok(SharedToken { token: access_token, fetched_at, expires_at: fetched_at + TimeDelta::seconds(expires_in) })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
