//! `POST /wxa/getuserriskrank`.

use std::collections::HashMap;
use std::net::IpAddr;

use serde::Deserialize;
use serde_json::json;

use super::is_openid;
use super::login::Logins;
use super::reply::{BODY_WRONG, NO_RECENT_VISIT, OPENID_OF_ANOTHER_APP, OPENID_WRONG, Reply};
use crate::state::Settings;

pub(crate) const PATH: &str = "/wxa/getuserriskrank";

#[derive(Deserialize)]
struct Wish {
    appid: String,
    openid: String,
    scene: u8,
    client_ip: String,
    #[serde(default)]
    is_test: bool,
}

pub(crate) fn answer(
    settings: &Settings,
    logins: &Logins,
    ranks: &HashMap<String, u8>,
    body: &[u8],
    now_ms: u64,
) -> Reply {
    match openid(settings, logins, body, now_ms) {
        Ok(openid) => {
            let rank = ranks.get(&openid).copied().unwrap_or_default();
            let id = rand::random_range(1..=u64::from(u32::MAX));
            Reply::ok(json!({ "risk_rank": rank, "unoin_id": id }), "getuserriskrank succ")
        }
        Err(errcode) => Reply::error(errcode),
    }
}

fn openid(settings: &Settings, logins: &Logins, body: &[u8], now_ms: u64) -> Result<String, i64> {
    let wish: Wish = serde_json::from_slice(body).map_err(|_| BODY_WRONG)?;
    if wish.scene > 2 || wish.client_ip.parse::<IpAddr>().is_err() {
        return Err(BODY_WRONG);
    }
    if !is_openid(&wish.openid) {
        return Err(OPENID_WRONG);
    }
    if wish.appid != settings.app_id {
        return Err(OPENID_OF_ANOTHER_APP);
    }
    if !wish.is_test && !logins.seen_lately(&wish.openid, now_ms) {
        return Err(NO_RECENT_VISIT);
    }
    Ok(wish.openid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_signed_in_within_two_hours_has_a_rank() {
        let (settings, mut logins) = (Settings::default(), Logins::default());
        let (code, person) = logins.create_code(Some("o1"), 0);
        let query = [
            ("appid", settings.app_id.clone()),
            ("secret", settings.secret.clone()),
            ("js_code", code),
            ("grant_type", "authorization_code".to_owned()),
        ];
        let body = |appid: &str, openid: &str, ip: &str| {
            json!({ "appid": appid, "openid": openid, "scene": 0, "client_ip": ip }).to_string()
        };
        let right = body(&settings.app_id, &person, "2001:db8::1");
        assert_eq!(openid(&settings, &logins, right.as_bytes(), 0), Err(NO_RECENT_VISIT));
        logins.answer(&settings, &query.map(|(name, value)| (name.to_owned(), value)).into(), 0);
        let hours = 2 * 60 * 60 * 1000;
        assert_eq!(openid(&settings, &logins, right.as_bytes(), hours - 1), Ok(person));
        assert_eq!(openid(&settings, &logins, right.as_bytes(), hours), Err(NO_RECENT_VISIT));
        for (text, errcode) in [
            (body("wx0", "o1", "192.0.2.1"), OPENID_OF_ANOTHER_APP),
            (body(&settings.app_id, "o 1", "192.0.2.1"), OPENID_WRONG),
            (body(&settings.app_id, "o1", "here"), BODY_WRONG),
            ("{}".to_owned(), BODY_WRONG),
        ] {
            assert_eq!(openid(&settings, &logins, text.as_bytes(), 0), Err(errcode), "{text}");
        }
    }
}
