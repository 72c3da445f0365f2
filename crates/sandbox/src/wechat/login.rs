//! `GET /sns/jscode2session`.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::quota::Quota;
use super::reply::{CODE_INVALID, CODE_USED, GRANT_TYPE_WRONG, Reply};
use super::{random_text, refused};
use crate::state::Settings;

/// How long a code works.
const CODE_MS: u64 = 5 * 60 * 1000;
/// Logins of one user in a minute.
const PER_MINUTE: u32 = 100;
/// For how long WeChat has seen a user lately: 30 minutes by one page, two hours by its staff.
const LATELY_MS: u64 = 2 * 60 * 60 * 1000;

/// Codes given out, and how often each user came.
#[derive(Default)]
pub(crate) struct Logins {
    codes: HashMap<String, Code>,
    users: HashMap<String, User>,
}

#[derive(Default)]
struct User {
    quota: Quota,
    seen_ms: u64,
}

struct Code {
    openid: String,
    until_ms: u64,
    used: bool,
}

impl Logins {
    /// A new code and the openid it is for.
    pub(crate) fn create_code(&mut self, openid: Option<&str>, now_ms: u64) -> (String, String) {
        self.codes.retain(|_, code| code.until_ms > now_ms);
        let code = random_text::<24>();
        let openid = openid.map_or_else(random_text::<21>, str::to_owned);
        self.codes.insert(
            code.clone(),
            Code { openid: openid.clone(), until_ms: now_ms.saturating_add(CODE_MS), used: false },
        );
        (code, openid)
    }

    pub(crate) fn answer(&mut self, settings: &Settings, query: &HashMap<String, String>, now_ms: u64) -> Reply {
        let value = |name: &str| query.get(name).map(String::as_str);
        if let Some(errcode) = refused(settings, value("appid"), value("secret")) {
            return Reply::error(errcode);
        }
        if value("grant_type") != Some("authorization_code") {
            return Reply::error(GRANT_TYPE_WRONG);
        }
        match self.log_in(value("js_code").unwrap_or_default(), now_ms) {
            Ok(openid) => Reply::success(json!({
                "openid": openid,
                "session_key": STANDARD.encode(rand::random::<[u8; 16]>()),
            })),
            Err(errcode) => Reply::error(errcode),
        }
    }

    /// Whether the user signed in lately.
    pub(crate) fn seen_lately(&self, openid: &str, now_ms: u64) -> bool {
        self.users.get(openid).is_some_and(|user| now_ms.saturating_sub(user.seen_ms) < LATELY_MS)
    }

    fn log_in(&mut self, code: &str, now_ms: u64) -> Result<String, i64> {
        let kept = self.codes.get_mut(code).filter(|kept| kept.until_ms > now_ms);
        let openid = match (&kept, demo_openid(code)) {
            (Some(Code { used: true, .. }), _) => return Err(CODE_USED),
            (Some(code), _) => code.openid.clone(),
            (None, Some(openid)) => openid,
            (None, None) => return Err(CODE_INVALID),
        };
        let user = self.users.entry(openid.clone()).or_default();
        user.quota.add(now_ms, PER_MINUTE, u32::MAX)?;
        user.seen_ms = now_ms;
        if let Some(code) = kept {
            code.used = true;
        }
        Ok(openid)
    }
}

/// The openid a code `demo-<name>` signs in: always the same for a name. `None` for any other code.
#[must_use]
pub fn demo_openid(code: &str) -> Option<String> {
    let name = code.strip_prefix("demo-")?;
    let sound = (1..=40).contains(&name.len()) && name.chars().all(is_id_character);
    sound.then(|| {
        let digest = hex::encode(Sha256::digest(name.as_bytes()));
        let short: String = digest.chars().take(27).collect();
        format!("o{short}")
    })
}

/// Whether WeChat could give this openid.
pub(crate) fn is_openid(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.chars().all(is_id_character)
}

fn is_id_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wechat::reply::MINUTE_FULL;

    #[test]
    fn a_code_works_once_and_for_five_minutes() {
        let mut logins = Logins::default();
        let (code, openid) = logins.create_code(Some("o1"), 0);
        let (late, _) = logins.create_code(None, 0);
        assert_eq!(logins.log_in(&code, CODE_MS - 1), Ok(openid));
        assert_eq!(logins.log_in(&code, CODE_MS - 1), Err(CODE_USED));
        assert_eq!(logins.log_in(&late, CODE_MS), Err(CODE_INVALID));
        assert_eq!(logins.log_in("", 0), Err(CODE_INVALID));
    }

    #[test]
    fn a_demo_name_is_always_the_same_person() {
        assert_eq!(demo_openid("demo-li"), demo_openid("demo-li"));
        assert_ne!(demo_openid("demo-li"), demo_openid("demo-wang"));
        assert_eq!(demo_openid("demo-li").map(|openid| openid.len()), Some(28));
        assert_eq!([demo_openid("demo-"), demo_openid("demo-a b"), demo_openid("li")], [None, None, None]);
    }

    #[test]
    fn one_user_logs_in_a_hundred_times_a_minute_and_others_are_not_held_up() {
        let mut logins = Logins::default();
        for _ in 0..PER_MINUTE {
            assert!(logins.log_in("demo-li", 0).is_ok());
        }
        assert_eq!(logins.log_in("demo-li", 0), Err(MINUTE_FULL));
        assert!(logins.log_in("demo-wang", 0).is_ok());
        assert!(logins.log_in("demo-li", 60_000).is_ok());
    }
}
