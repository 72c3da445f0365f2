//! SMS by one of two vendors, Tencent Cloud or Aliyun: one text to one person, so far.
//!
//! Contract: `SendSms` of version 2021-01-11, signed by TC3-HMAC-SHA256, and `SendSms` of Dysmsapi 2017-05-25, signed by
//! ACS3-HMAC-SHA256. What each code means stands in one table, [`classify`].
//!
//! Neither vendor knows a text again that is sent twice. So a call is repeated only when the vendor never saw it or said
//! that it did nothing; where the end is not known the answer is [`Outcome::Unknown`], and the receipt decides. Batches and
//! receipts find their places here: [`Message::reference`] and the id of [`Outcome::Accepted`] are what receipts carry.

mod aliyun;
mod codes;
mod config;
mod message;
mod outcome;
mod seal;
mod tencent;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{RequestBuilder, Url};
use tokio::time::{Instant, sleep};

pub use codes::{Meaning, classify};
pub use config::{Account, AliyunAccount, Config, ConfigError, Template, TencentAccount};
pub use message::Message;
pub use outcome::{Doubt, Outcome, Refusal, Vendor};

use crate::http::{ClientError, ProviderClient, TransportFailure};
use crate::moment::{Clock, next_beijing_morning};
use message::Text;
use outcome::Reply;

/// The way to the vendor. Clones share one connection pool.
#[derive(Clone)]
pub struct SmsSender {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    http: ProviderClient,
    clock: Clock,
}

/// Why there is no sender.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The configuration can't work.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The HTTP client can't be made.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// What one try brought.
enum Heard {
    End(Outcome),
    /// Nothing was sent; the code that said so, if the vendor was reached.
    Again(Option<String>),
}

impl SmsSender {
    /// Makes the client; nothing is called yet. The address in `config` must have passed
    /// [`crate::check_provider_address`].
    ///
    /// # Errors
    /// The configuration can't work, or the HTTP client can't be made.
    pub fn new(config: Config, clock: Clock) -> Result<Self, SetupError> {
        config.check()?;
        let http = ProviderClient::new(&config.limits)?;
        Ok(Self { inner: Arc::new(Inner { config, http, clock }) })
    }

    /// Which vendor sends.
    #[must_use]
    pub fn vendor(&self) -> Vendor {
        self.inner.config.account.vendor()
    }

    /// Sends a verification code of 4 to 6 digits, which works for so many minutes, to `phone` (`+86…`). `reference` is
    /// as in [`Message`].
    pub async fn send_code(&self, phone: &str, code: &str, minutes: u32, reference: Option<&str>) -> Outcome {
        if !(4..=6).contains(&code.len()) || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            return Outcome::Refused { why: Refusal::Defect, code: None };
        }
        let template = &self.inner.config.verification;
        let minutes = minutes.to_string();
        let values = [(config::CODE, code), (config::MINUTES, minutes.as_str())];
        self.send(&Message { phone, template, values: &values, reference }).await
    }

    /// Sends one text. Takes no longer than the total deadline, repeats included.
    pub async fn send(&self, message: &Message<'_>) -> Outcome {
        let outcome = match message.text() {
            Ok(text) => self.repeat(&text).await,
            Err(why) => Outcome::Refused { why, code: None },
        };
        tell(self.vendor(), &outcome);
        outcome
    }

    async fn repeat(&self, text: &Text<'_>) -> Outcome {
        let config = &self.inner.config;
        let give_up = Instant::now() + config.limits.total;
        let (mut repeats, mut wait) = (config.repeats, config.repeat_after);
        loop {
            let code = match self.once(text, left(give_up)).await {
                Heard::End(outcome) => return outcome,
                Heard::Again(code) => code,
            };
            let pause = wait.mul_f64(rand::random_range(0.5..=1.0));
            if repeats == 0 || left(give_up) <= pause {
                let at = later(self.now(), config.retry_after);
                return Outcome::Retry { at, code };
            }
            tracing::debug!(vendor = ?self.vendor(), code, "the vendor of SMS is asked again");
            sleep(pause).await;
            (repeats, wait) = (repeats - 1, wait.saturating_mul(2));
        }
    }

    async fn once(&self, text: &Text<'_>, left: Duration) -> Heard {
        let request = self.request(text).timeout(left);
        let answer = match self.inner.http.send_any(request, self.inner.config.limits.largest_body).await {
            Ok(answer) => answer,
            Err(TransportFailure::Connect) => return Heard::Again(None),
            Err(failure) => return Heard::End(Outcome::Unknown(Doubt::Transport(failure))),
        };
        let reply = match &self.inner.config.account {
            Account::Tencent(_) => tencent::read(&answer.body),
            Account::Aliyun(_) => aliyun::read(&answer.body),
        };
        match reply {
            Some(reply) => self.heard(reply, answer.status),
            None => {
                let strange = if answer.status == 200 {
                    TransportFailure::Malformed
                } else {
                    TransportFailure::Status(answer.status)
                };
                Heard::End(Outcome::Unknown(Doubt::Transport(strange)))
            }
        }
    }

    /// Every try is signed anew: a nonce works once, and a time stamp only for minutes.
    fn request(&self, text: &Text<'_>) -> RequestBuilder {
        let (config, client) = (&self.inner.config, self.inner.http.client());
        match &config.account {
            Account::Tencent(account) => tencent::request(client, account, &config.sign_name, text, self.now()),
            Account::Aliyun(account) => aliyun::request(client, account, &config.sign_name, text, self.now()),
        }
    }

    fn heard(&self, reply: Reply, status: u16) -> Heard {
        let code = match reply {
            Reply::Accepted { message_id } => return Heard::End(Outcome::Accepted { message_id }),
            Reply::Refused { code } => code,
        };
        Heard::End(match classify(self.vendor(), &code) {
            Meaning::Again => return Heard::Again(Some(code)),
            Meaning::InTheMorning => Outcome::Retry { at: next_beijing_morning(self.now()), code: Some(code) },
            // An error inside the vendor that no page names may have come after the text was sent.
            Meaning::Refused(Refusal::Undocumented) if status >= 500 => Outcome::Unknown(Doubt::Code(code)),
            Meaning::Refused(why) => Outcome::Refused { why, code: Some(code) },
            Meaning::Unknown => Outcome::Unknown(Doubt::Code(code)),
        })
    }

    fn now(&self) -> DateTime<Utc> {
        (self.inner.clock)()
    }
}

/// The host as the HTTP client will name it, which is what is signed.
fn host(address: &Url) -> String {
    let host = address.host_str().unwrap_or_default();
    address.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn left(give_up: Instant) -> Duration {
    give_up.saturating_duration_since(Instant::now())
}

fn later(now: DateTime<Utc>, wait: Duration) -> DateTime<Utc> {
    let wait = TimeDelta::from_std(wait).unwrap_or(TimeDelta::MAX);
    now.checked_add_signed(wait).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// One line for the operator: an error where somebody must act, a warning where the end is open. What only concerns one
/// number is no news. No line holds what the vendor says besides its code: its messages repeat numbers.
fn tell(vendor: Vendor, outcome: &Outcome) {
    match outcome {
        Outcome::Accepted { message_id } => tracing::debug!(?vendor, message_id, "a text was taken"),
        Outcome::Retry { code, .. } => tracing::warn!(?vendor, code, "the vendor of SMS can't take a text now"),
        Outcome::Refused { why, code } if why.is_for_operator() => {
            tracing::error!(?vendor, ?why, code, "a text is refused");
        }
        Outcome::Refused { why, code } => tracing::debug!(?vendor, ?why, code, "a number gets no text"),
        Outcome::Unknown(doubt) => tracing::warn!(?vendor, %doubt, "whether a text was sent is not known"),
    }
}
