//! One call to WeChat: paused or sent, repeated where that helps, its answer read and its refusal told.

use reqwest::RequestBuilder;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::{sleep, timeout};

use super::WeChat;
use super::errcode::{Action, Call};
use super::failure::{Failure, Refusal};
use crate::http::TransportFailure;

/// What every answer may hold. Success leaves `errcode` out, or says 0.
#[derive(Deserialize)]
struct Envelope {
    errcode: Option<i64>,
    errmsg: Option<String>,
}

impl WeChat {
    /// Sends what `request` makes, at most `repeats` times more while WeChat is busy or not reached, all within the
    /// total deadline.
    pub(super) async fn exchange<T: DeserializeOwned>(
        &self,
        call: Call,
        repeats: u32,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<T, Failure> {
        if let Some(refusal) = self.inner.pauses.holding(call, self.now()) {
            return Err(Failure::Refused(refusal));
        }
        let limit = self.inner.config.limits.total;
        let result = match timeout(limit, self.repeat(call, repeats, request)).await {
            Ok(result) => result,
            Err(_) => Err(TransportFailure::TimedOut.into()),
        };
        if let Err(failure) = &result {
            tell(call, failure);
        }
        result
    }

    async fn repeat<T: DeserializeOwned>(
        &self,
        call: Call,
        mut repeats: u32,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<T, Failure> {
        let mut wait = self.inner.config.repeat_after;
        loop {
            match self.once(call, request()).await {
                Err(failure) if repeats > 0 && failure.is_passing() => {
                    tracing::debug!(?call, %failure, "WeChat is asked again");
                    sleep(wait.mul_f64(rand::random_range(0.5..=1.0))).await;
                    (repeats, wait) = (repeats - 1, wait.saturating_mul(2));
                }
                result => return result,
            }
        }
    }

    async fn once<T: DeserializeOwned>(&self, call: Call, request: RequestBuilder) -> Result<T, Failure> {
        let body = self.inner.http.send(request).await?;
        // The content type is no guide: WeChat sends JSON as plain text.
        let malformed = |_| Failure::Transport(TransportFailure::Malformed);
        let Envelope { errcode, errmsg } = serde_json::from_slice(&body).map_err(malformed)?;
        match errcode.unwrap_or(0) {
            0 => serde_json::from_slice(&body).map_err(malformed),
            errcode => {
                let refusal = Refusal::new(call, errcode, errmsg.as_deref().unwrap_or_default(), self.now());
                self.inner.pauses.mind(call, &refusal);
                Err(Failure::Refused(refusal))
            }
        }
    }
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
