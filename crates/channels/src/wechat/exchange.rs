//! One call to WeChat: paused or sent, repeated where that helps, its answer read and its refusal told.

use reqwest::RequestBuilder;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::WeChat;
use super::errcode::{Action, Call};
use super::failure::{Failure, Refusal};
use crate::http::{Answer, TransportFailure};

/// What every answer may hold. Success leaves `errcode` out, or says 0.
#[derive(Deserialize)]
struct Envelope {
    errcode: Option<i64>,
    errmsg: Option<String>,
}

/// Makes a result of an answer that holds no error code. `None` when the answer is not the documented one.
type Read<T> = fn(Answer) -> Option<T>;

/// Reads a result that is JSON.
pub(super) fn json<T: DeserializeOwned>(answer: Answer) -> Option<T> {
    serde_json::from_slice(&answer.body).ok()
}

impl WeChat {
    /// Sends what `request` makes, at most `repeats` times more while WeChat is busy or not reached, all within the
    /// total deadline.
    pub(super) async fn exchange<T>(
        &self,
        call: Call,
        repeats: u32,
        request: impl Fn() -> RequestBuilder,
        read: Read<T>,
    ) -> Result<T, Failure> {
        if let Some(refusal) = self.inner.pauses.holding(call, self.now()) {
            return Err(Failure::Refused(refusal));
        }
        let limit = self.inner.config.limits.total;
        let result = match timeout(limit, self.repeat(call, repeats, request, read)).await {
            Ok(result) => result,
            Err(_) => Err(TransportFailure::TimedOut.into()),
        };
        if let Err(failure) = &result {
            tell(call, failure);
        }
        result
    }

    /// Posts `body` to `path` with the access token, which is renewed once where WeChat refuses it.
    pub(super) async fn exchange_with_token<T>(
        &self,
        call: Call,
        path: &str,
        body: &Value,
        read: Read<T>,
    ) -> Result<T, Failure> {
        self.with_token(move |token| async move {
            let query = [("access_token", token.as_str())];
            let request = || self.inner.http.client().post(self.endpoint(path)).query(&query).json(body);
            self.exchange(call, self.inner.config.api_repeats, request, read).await
        })
        .await
    }

    async fn repeat<T>(
        &self,
        call: Call,
        mut repeats: u32,
        request: impl Fn() -> RequestBuilder,
        read: Read<T>,
    ) -> Result<T, Failure> {
        let mut wait = self.inner.config.repeat_after;
        loop {
            match self.once(call, request(), read).await {
                Err(failure) if repeats > 0 && failure.is_passing() => {
                    tracing::debug!(?call, %failure, "WeChat is asked again");
                    sleep(wait.mul_f64(rand::random_range(0.5..=1.0))).await;
                    (repeats, wait) = (repeats - 1, wait.saturating_mul(2));
                }
                result => return result,
            }
        }
    }

    async fn once<T>(&self, call: Call, request: RequestBuilder, read: Read<T>) -> Result<T, Failure> {
        let config = &self.inner.config;
        let largest = if call == Call::CodeImage { config.largest_image } else { config.limits.largest_body };
        let answer = self.inner.http.send(request, largest).await?;
        let malformed = Failure::Transport(TransportFailure::Malformed);
        if call != Call::CodeImage || is_json(&answer) {
            let Ok(Envelope { errcode, errmsg }) = serde_json::from_slice(&answer.body) else { return Err(malformed) };
            let errcode = errcode.unwrap_or(0);
            if errcode != 0 {
                let refusal = Refusal::new(call, errcode, errmsg.as_deref().unwrap_or_default(), self.now());
                self.inner.pauses.mind(call, &refusal);
                return Err(Failure::Refused(refusal));
            }
        }
        read(answer).ok_or(malformed)
    }
}

/// Whether an answer that may be an image is JSON. The content type alone is no guide: WeChat sends JSON as plain text.
fn is_json(answer: &Answer) -> bool {
    answer.calls_itself_json || answer.body.trim_ascii_start().starts_with(b"{")
}

/// One line for the operator: an error where somebody must act, a warning where WeChat is at fault. What only concerns
/// one user is no news.
fn tell(call: Call, failure: &Failure) {
    match failure {
        Failure::Transport(failure) => tracing::warn!(?call, %failure, "WeChat gives no answer"),
        Failure::Refused(refusal) => {
            let Refusal { errcode, outcome, rid, ip, .. } = refusal;
            match refusal.action {
                Action::TellOperator | Action::StopUntilMidnight | Action::StopForHours(_) => {
                    tracing::error!(
                        ?call,
                        errcode,
                        ?outcome,
                        rid,
                        ip = ip.map(tracing::field::display),
                        "WeChat refuses"
                    );
                }
                Action::Repeat => tracing::warn!(?call, errcode, ?outcome, rid, "WeChat is busy"),
                _ => tracing::debug!(?call, errcode, ?outcome, rid, "WeChat refuses"),
            }
        }
    }
}
