//! The stand-in of `api.weixin.qq.com`.

mod login;
mod quota;
mod reply;
mod token;

use std::collections::HashMap;

use actix_web::web::{Bytes, Query};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::state::Settings;
use login::Logins;
pub use login::demo_openid;
pub(crate) use login::is_openid;
pub(crate) use reply::Reply;
pub use token::WorkingToken;
use token::{PlainToken, StableToken};

/// One call as it came.
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) body: Bytes,
}

impl Request {
    fn parameters(&self) -> HashMap<String, String> {
        Query::<HashMap<String, String>>::from_query(&self.query).map(Query::into_inner).unwrap_or_default()
    }
}

/// The state of one app at WeChat.
pub(crate) struct WeChat {
    settings: Settings,
    logins: Logins,
    stable: StableToken,
    plain: PlainToken,
}

impl WeChat {
    pub(crate) fn new(settings: Settings) -> Self {
        Self { settings, logins: Logins::default(), stable: StableToken::default(), plain: PlainToken::default() }
    }

    /// `None` for a path that does not exist.
    pub(crate) fn answer(&mut self, request: &Request, now_ms: u64) -> Option<Reply> {
        let wanted = match request.path.as_str() {
            "/sns/jscode2session" | "/cgi-bin/token" => "GET",
            "/cgi-bin/stable_token" => "POST",
            _ => return None,
        };
        if request.method != wanted {
            return Some(Reply::error(if wanted == "GET" { reply::NEED_GET } else { reply::NEED_POST }));
        }
        Some(match request.path.as_str() {
            "/sns/jscode2session" => self.logins.answer(&self.settings, &request.parameters(), now_ms),
            "/cgi-bin/token" => self.plain.answer(&self.settings, &request.parameters(), now_ms),
            _ => self.stable.answer(&self.settings, &request.body, now_ms),
        })
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
