//! Answers in WeChat's form: JSON, and on failure an `errcode` and an `errmsg` that ends in a request id.

use serde_json::{Value, json};

use crate::call::Answer;

pub(crate) const NEED_GET: i64 = 43001;
pub(crate) const NEED_POST: i64 = 43002;
pub(crate) const BODY_EMPTY: i64 = 44002;
pub(crate) const BODY_WRONG: i64 = 47001;
pub(crate) const TOKEN_INVALID: i64 = 40001;
pub(crate) const GRANT_TYPE_WRONG: i64 = 40002;
pub(crate) const OPENID_WRONG: i64 = 40003;
pub(crate) const MEDIA_TYPE_WRONG: i64 = 40004;
pub(crate) const APP_ID_WRONG: i64 = 40013;
pub(crate) const ARGUMENTS_WRONG: i64 = 40097;
pub(crate) const SECRET_WRONG: i64 = 40125;
pub(crate) const SCENE_WRONG: i64 = 40129;
pub(crate) const SCENE_LENGTH_WRONG: i64 = 40169;
pub(crate) const PAGE_WRONG: i64 = 41030;
pub(crate) const OPENID_OF_ANOTHER_APP: i64 = 43104;
pub(crate) const NO_RECENT_VISIT: i64 = 61010;
pub(crate) const TOKEN_MISSING: i64 = 41001;
pub(crate) const APP_ID_MISSING: i64 = 41002;
pub(crate) const SECRET_MISSING: i64 = 41004;
pub(crate) const CODE_INVALID: i64 = 40029;
pub(crate) const CODE_USED: i64 = 40163;
pub(crate) const DAY_FULL: i64 = 45009;
pub(crate) const MINUTE_FULL: i64 = 45011;

/// The body of an answer.
pub(crate) struct Reply(Value);

impl Reply {
    /// A success; `errcode` is left out, as WeChat does for logins and tokens.
    pub(crate) fn success(body: Value) -> Self {
        Self(body)
    }

    /// A success that says so, as calls with an access token do.
    pub(crate) fn ok(mut body: Value, errmsg: &str) -> Self {
        if let Some(fields) = body.as_object_mut() {
            fields.insert("errcode".to_owned(), 0.into());
            fields.insert("errmsg".to_owned(), errmsg.into());
        }
        Self(body)
    }

    pub(crate) fn error(errcode: i64) -> Self {
        let id: [u32; 3] = rand::random();
        let [first, second, third] = id.map(|part| format!("{part:08x}"));
        let message = format!("{}, rid: {first}-{second}-{third}", meaning(errcode));
        Self(json!({ "errcode": errcode, "errmsg": message }))
    }

    #[cfg(test)]
    pub(crate) fn body(&self) -> &Value {
        &self.0
    }
}

/// WeChat sends JSON under this odd type, and status 200 on failures too.
impl From<Reply> for Answer {
    fn from(Reply(body): Reply) -> Self {
        Self::json(200, "text/plain", &body)
    }
}

fn meaning(errcode: i64) -> &'static str {
    match errcode {
        -1 => "system error",
        TOKEN_INVALID => "invalid credential, access_token is invalid or not latest",
        GRANT_TYPE_WRONG => "invalid grant_type",
        OPENID_WRONG => "invalid openid",
        APP_ID_WRONG => "invalid appid",
        MEDIA_TYPE_WRONG => "invalid media type",
        40014 => "invalid access_token",
        CODE_INVALID => "invalid code",
        SECRET_WRONG => "invalid appsecret",
        CODE_USED => "code been used",
        40164 => "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist",
        40226 => "code blocked",
        40243 => "appsecret frozen",
        ARGUMENTS_WRONG => "invalid args",
        SCENE_WRONG => "invalid scene",
        SCENE_LENGTH_WRONG => "invalid length for scene, or the data is not json string",
        TOKEN_MISSING => "access_token missing",
        PAGE_WRONG => "invalid page",
        OPENID_OF_ANOTHER_APP => "this appid does not have permission",
        45063 => "not a mini program",
        NO_RECENT_VISIT => "no recent visit of the user",
        APP_ID_MISSING => "appid missing",
        SECRET_MISSING => "appsecret missing",
        42001 => "access_token expired",
        NEED_GET => "require GET method",
        43302 => "require POST method",
        87014 => "risky content",
        NEED_POST => "require POST method",
        43003 => "require https",
        BODY_EMPTY => "empty post data",
        DAY_FULL => "reach max api daily quota limit",
        MINUTE_FULL => "api minute-quota reach limit, must slower, retry next minute",
        BODY_WRONG => "data format error",
        48001 => "api unauthorized",
        48004 => "api forbidden for irregularities",
        50002 => "user limited",
        61004 => "access clientip is not registered",
        _ => "request failed",
    }
}
