//! The stand-in of `api.weixin.qq.com`.

mod code_image;
mod login;
mod media;
mod phone;
mod push;
mod quota;
mod reply;
mod risk;
mod token;

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::call::{Answer, Request};
use crate::state::Settings;
use login::Logins;
pub use login::demo_openid;
pub(crate) use login::is_openid;
pub(crate) use media::{Media, MediaJob};
pub use media::{MediaRule, MediaVerdict};
use phone::PhoneCodes;
pub(crate) use phone::is_phone;
pub use push::{PushTo, Pushed};
pub(crate) use push::{deliver, is_aes_key};
use quota::Quota;
pub(crate) use quota::beijing_midnight_ms;
pub(crate) use reply::Reply;
pub use token::WorkingToken;
use token::{PlainToken, StableToken};

/// The state of one app at WeChat.
pub(crate) struct WeChat {
    settings: Settings,
    logins: Logins,
    stable: StableToken,
    plain: PlainToken,
    phone_codes: PhoneCodes,
    code_images: Quota,
    risk_ranks: HashMap<String, u8>,
    pub(crate) media: Media,
}

impl WeChat {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            settings,
            logins: Logins::default(),
            stable: StableToken::default(),
            plain: PlainToken::default(),
            phone_codes: PhoneCodes::default(),
            code_images: Quota::default(),
            risk_ranks: HashMap::new(),
            media: Media::default(),
        }
    }

    /// `None` for a path that does not exist.
    pub(crate) fn answer(&mut self, request: &Request, now_ms: u64) -> Option<Answer> {
        let wanted = match request.path.as_str() {
            "/sns/jscode2session" | "/cgi-bin/token" => "GET",
            "/cgi-bin/stable_token" | phone::PATH | code_image::PATH | risk::PATH | media::PATH => "POST",
            _ => return None,
        };
        if request.method != wanted {
            return Some(Reply::error(if wanted == "GET" { reply::NEED_GET } else { reply::NEED_POST }).into());
        }
        Some(match request.path.as_str() {
            "/sns/jscode2session" => self.logins.answer(&self.settings, &request.parameters(), now_ms).into(),
            "/cgi-bin/token" => self.plain.answer(&self.settings, &request.parameters(), now_ms).into(),
            "/cgi-bin/stable_token" => self.stable.answer(&self.settings, &request.body, now_ms).into(),
            path => match self.lacks(request, now_ms) {
                Some(errcode) => Reply::error(errcode).into(),
                None => self.answer_with_token(path, &request.body, now_ms),
            },
        })
    }

    /// What a call with an access token lacks in its token or body, as an errcode.
    fn lacks(&self, request: &Request, now_ms: u64) -> Option<i64> {
        let token = request.parameters().remove("access_token").unwrap_or_default();
        if token.is_empty() {
            return Some(reply::TOKEN_MISSING);
        }
        if self.working_tokens(now_ms).iter().all(|working| working.token != token) {
            return Some(reply::TOKEN_INVALID);
        }
        request.body.is_empty().then_some(reply::BODY_EMPTY)
    }

    fn answer_with_token(&mut self, path: &str, body: &[u8], now_ms: u64) -> Answer {
        let settings = &self.settings;
        match path {
            phone::PATH => self.phone_codes.answer(settings, body, now_ms).into(),
            media::PATH => self.media.answer(&self.logins, body, now_ms).into(),
            risk::PATH => risk::answer(settings, &self.logins, &self.risk_ranks, body, now_ms).into(),
            _ => code_image::answer(&mut self.code_images, body, now_ms),
        }
    }

    pub(crate) fn create_phone_code(
        &mut self,
        country_code: &str,
        number: &str,
        openid: Option<&str>,
        now_ms: u64,
    ) -> String {
        self.phone_codes.create(country_code, number, openid, now_ms)
    }

    pub(crate) fn set_risk_rank(&mut self, openid: &str, rank: u8) {
        self.risk_ranks.insert(openid.to_owned(), rank);
    }

    pub(crate) fn create_code(&mut self, openid: Option<&str>, now_ms: u64) -> (String, String) {
        self.logins.create_code(openid, now_ms)
    }

    pub(crate) fn working_tokens(&self, now_ms: u64) -> Vec<WorkingToken> {
        self.stable.working(now_ms).chain(self.plain.working(now_ms)).collect()
    }
}

/// The errcode of wrong credentials, if they are wrong; missing ones are told apart, as the documents do.
fn refused(settings: &Settings, app_id: Option<&str>, secret: Option<&str>) -> Option<i64> {
    match (app_id.unwrap_or_default(), secret.unwrap_or_default()) {
        ("", _) => Some(reply::APP_ID_MISSING),
        (_, "") => Some(reply::SECRET_MISSING),
        (app_id, _) if app_id != settings.app_id => Some(reply::APP_ID_WRONG),
        (_, secret) if secret != settings.secret => Some(reply::SECRET_WRONG),
        _ => None,
    }
}

/// Random text of four characters for every three bytes, of letters, digits, `-` and `_`.
fn random_text<const BYTES: usize>() -> String {
    let mut bytes = [0_u8; BYTES];
    rand::fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}
