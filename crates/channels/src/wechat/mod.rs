//! WeChat: login of residents, the access token, and what a registration needs besides: the resident's phone number, the
//! code that an officer shows, and how risky WeChat holds a user. Besides, what it says of pictures, and what it pushes.
//!
//! Contract: the pages `api_code2session`, `api_getstableaccesstoken`, `api_getphonenumber`, `getwxacodeunlimit`,
//! `getuserriskrank`, `api_mediacheckasync`, `message-push` and the common error codes of the mini-program server documentation. What each error code means and asks for stands in one table, [`classify`].

mod code_image;
mod config;
mod errcode;
mod exchange;
mod failure;
mod login;
mod media_check;
mod pause;
mod phone;
mod push;
mod risk;
mod token;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use reqwest::Url;
use signals::Signals;

pub use code_image::{CodeImage, CodeImageError, CodeImageRequest, EnvVersion, ImageType, Scene};
pub use config::Config;
pub use errcode::{Action, Call, Outcome, classify};
pub use failure::{Failure, Refusal};
pub use login::{LoginError, Session};
pub use media_check::MediaCheckError;
pub use phone::{PhoneError, PhoneNumber};
pub use push::{
    MediaCheckEvent, MediaSuggestion, PushError, PushEvent, PushQuery, PushSettings, PushSettingsError, Pushed,
};
pub use risk::{Risk, RiskError};
pub use token::AccessToken;

use crate::http::{ClientError, ProviderClient};
use crate::moment::Clock;
use pause::Pauses;
use token::TokenCache;

/// The way to WeChat. Clones share one connection pool and one token.
#[derive(Clone)]
pub struct WeChat {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    http: ProviderClient,
    signals: Signals,
    clock: Clock,
    pauses: Pauses,
    tokens: TokenCache,
}

impl WeChat {
    /// Makes the client; nothing is called yet. The address in `config` must have passed
    /// [`crate::check_provider_address`].
    ///
    /// # Errors
    /// The HTTP client can't be made.
    pub fn new(config: Config, signals: Signals, clock: Clock) -> Result<Self, ClientError> {
        let http = ProviderClient::new(&config.limits)?;
        let (pauses, tokens) = (Pauses::default(), TokenCache::default());
        Ok(Self { inner: Arc::new(Inner { config, http, signals, clock, pauses, tokens }) })
    }

    /// Lets calls go on that were stopped until a quota begins anew, for an operator who had the quota cleared.
    pub fn resume(&self) {
        self.inner.pauses.clear();
    }

    fn now(&self) -> DateTime<Utc> {
        (self.inner.clock)()
    }

    /// The address of `path`, under whatever path the configured address has.
    fn endpoint(&self, path: &str) -> Url {
        let mut url = self.inner.config.address.clone();
        let whole = format!("{}{path}", url.path().trim_end_matches('/'));
        url.set_path(&whole);
        url
    }
}
