//! What the operator sets.

use std::fmt;
use std::time::Duration;

use chrono::TimeDelta;
use reqwest::Url;

use super::push::PushSettings;
use crate::http::Limits;

/// How WeChat is reached and as whom.
#[derive(Clone, PartialEq, Eq)]
pub struct Config {
    /// The app id of the mini-program.
    pub app_id: String,
    /// The AppSecret.
    pub secret: String,
    /// `https://api.weixin.qq.com`, or a named proxy, or a stand-in.
    pub address: Url,
    /// Deadlines and caps of a call.
    pub limits: Limits,
    /// How often at most a login is repeated when WeChat is busy or not reached.
    pub login_repeats: u32,
    /// The same for the access token.
    pub token_repeats: u32,
    /// The same for a call with an access token.
    pub api_repeats: u32,
    /// The wait before the first repeat; it doubles, and is shortened by up to a half at random.
    pub repeat_after: Duration,
    /// How long this process trusts its own copy of the access token; WeChat advises one minute.
    pub trust_copy_for: TimeDelta,
    /// A token is renewed when it lives less than this. WeChat lets the old and the new one work for five minutes.
    pub renew_before: TimeDelta,
    /// How far from now, either way, WeChat's time stamp on a phone number may lie.
    pub phone_fresh_within: TimeDelta,
    /// The longest code image that is read, in bytes. Other answers have the cap of `limits`.
    pub largest_image: usize,
    /// How long a registration waits for a risk rank, the access token included.
    pub risk_within: Duration,
    /// What proves pushes; without it none are taken.
    pub push: Option<PushSettings>,
}

impl Config {
    /// The documented limits, for this app.
    #[must_use]
    pub fn new(app_id: impl Into<String>, secret: impl Into<String>, address: Url) -> Self {
        Self {
            app_id: app_id.into(),
            secret: secret.into(),
            address,
            limits: Limits::default(),
            login_repeats: 1,
            token_repeats: 2,
            api_repeats: 2,
            repeat_after: Duration::from_millis(200),
            trust_copy_for: TimeDelta::seconds(60),
            renew_before: TimeDelta::seconds(300),
            phone_fresh_within: TimeDelta::seconds(300),
            largest_image: 1024 * 1024,
            risk_within: Duration::from_secs(3),
            push: None,
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.address.as_str();
        f.debug_struct("Config").field("app_id", &self.app_id).field("address", &address).finish_non_exhaustive()
    }
}
