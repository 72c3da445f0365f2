//! `POST /cgi-bin/stable_token` and `GET /cgi-bin/token`. Their tokens are separate: neither touches the other's.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::quota::{Quota, day};
use super::reply::{BODY_EMPTY, BODY_WRONG, GRANT_TYPE_WRONG, Reply};
use super::{random_text, refused};
use crate::state::Settings;

const LIFE_MS: u64 = 7_200_000;
/// A token is renewed, and an older one goes on working, for this long.
const OVERLAP_MS: u64 = 300_000;
const FORCED_APART_MS: u64 = 30_000;
const FORCED_PER_DAY: u32 = 20;
const STABLE_PER_MINUTE: u32 = 10_000;
const STABLE_PER_DAY: u32 = 500_000;
const PLAIN_PER_DAY: u32 = 2_000;

/// A token WeChat would accept now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WorkingToken {
    /// The access token.
    pub token: String,
    /// For how many more seconds.
    pub expires_in: u64,
}

struct Issued {
    token: String,
    until_ms: u64,
}

impl Issued {
    fn new(now_ms: u64) -> Self {
        Self { token: random_text::<102>(), until_ms: now_ms.saturating_add(LIFE_MS) }
    }

    fn reply(&self, now_ms: u64) -> Reply {
        let expires_in = self.until_ms.saturating_sub(now_ms) / 1000;
        Reply::success(json!({ "access_token": self.token, "expires_in": expires_in }))
    }

    fn working(&self, now_ms: u64) -> Option<WorkingToken> {
        let left_ms = self.until_ms.checked_sub(now_ms).filter(|left| *left > 0)?;
        Some(WorkingToken { token: self.token.clone(), expires_in: left_ms / 1000 })
    }
}

/// The token several servers may ask for without harm.
#[derive(Default)]
pub(crate) struct StableToken {
    quota: Quota,
    current: Option<Issued>,
    older: Option<Issued>,
    forced_at_ms: Option<u64>,
    forced: (u64, u32),
}

#[derive(Deserialize)]
struct Wish {
    grant_type: Option<String>,
    appid: Option<String>,
    secret: Option<String>,
    #[serde(default)]
    force_refresh: bool,
}

impl StableToken {
    pub(crate) fn answer(&mut self, settings: &Settings, body: &[u8], now_ms: u64) -> Reply {
        match self.issue(settings, body, now_ms) {
            Ok(issued) => issued.reply(now_ms),
            Err(errcode) => Reply::error(errcode),
        }
    }

    pub(crate) fn working(&self, now_ms: u64) -> impl Iterator<Item = WorkingToken> {
        [&self.current, &self.older].into_iter().flatten().filter_map(move |issued| issued.working(now_ms))
    }

    fn issue(&mut self, settings: &Settings, body: &[u8], now_ms: u64) -> Result<&Issued, i64> {
        if body.is_empty() {
            return Err(BODY_EMPTY);
        }
        let wish: Wish = serde_json::from_slice(body).map_err(|_| BODY_WRONG)?;
        if let Some(errcode) = refused(settings, wish.appid.as_deref(), wish.secret.as_deref()) {
            return Err(errcode);
        }
        if wish.grant_type.as_deref() != Some("client_credential") {
            return Err(GRANT_TYPE_WRONG);
        }
        self.quota.add(now_ms, STABLE_PER_MINUTE, STABLE_PER_DAY)?;
        let forced = wish.force_refresh && self.may_force(now_ms);
        let due = self.current.as_ref().is_none_or(|issued| issued.until_ms <= now_ms.saturating_add(OVERLAP_MS));
        if forced {
            (self.older, self.current) = (None, None);
        } else if due {
            self.older = self.current.take();
        }
        Ok(self.current.get_or_insert_with(|| Issued::new(now_ms)))
    }

    /// A forced refresh too soon or too often changes nothing, as documented.
    fn may_force(&mut self, now_ms: u64) -> bool {
        if self.forced.0 != day(now_ms) {
            self.forced = (day(now_ms), 0);
        }
        let rested = self.forced_at_ms.is_none_or(|at| now_ms.saturating_sub(at) >= FORCED_APART_MS);
        let may = rested && self.forced.1 < FORCED_PER_DAY;
        if may {
            self.forced_at_ms = Some(now_ms);
            self.forced.1 += 1;
        }
        may
    }
}

/// The old kind: every call makes a new token, and the one before works five minutes more.
#[derive(Default)]
pub(crate) struct PlainToken {
    quota: Quota,
    current: Option<Issued>,
    older: Option<Issued>,
}

impl PlainToken {
    pub(crate) fn answer(&mut self, settings: &Settings, query: &HashMap<String, String>, now_ms: u64) -> Reply {
        let value = |name: &str| query.get(name).map(String::as_str);
        if let Some(errcode) = refused(settings, value("appid"), value("secret")) {
            return Reply::error(errcode);
        }
        if value("grant_type") != Some("client_credential") {
            return Reply::error(GRANT_TYPE_WRONG);
        }
        if let Err(errcode) = self.quota.add(now_ms, u32::MAX, PLAIN_PER_DAY) {
            return Reply::error(errcode);
        }
        self.older = self.current.take().map(|issued| Issued {
            until_ms: issued.until_ms.min(now_ms.saturating_add(OVERLAP_MS)),
            token: issued.token,
        });
        self.current.insert(Issued::new(now_ms)).reply(now_ms)
    }

    pub(crate) fn working(&self, now_ms: u64) -> impl Iterator<Item = WorkingToken> {
        [&self.current, &self.older].into_iter().flatten().filter_map(move |issued| issued.working(now_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(force_refresh: bool) -> Vec<u8> {
        let Settings { app_id, secret } = Settings::default();
        let wish = json!({
            "grant_type": "client_credential", "appid": app_id, "secret": secret, "force_refresh": force_refresh,
        });
        wish.to_string().into_bytes()
    }

    fn ask(stable: &mut StableToken, force_refresh: bool, now_ms: u64) -> String {
        stable
            .issue(&Settings::default(), &body(force_refresh), now_ms)
            .unwrap_or_else(|code| panic!("{code}"))
            .token
            .clone()
    }

    #[test]
    fn a_stable_token_stays_the_same_until_five_minutes_before_its_end() {
        let mut stable = StableToken::default();
        let first = ask(&mut stable, false, 0);
        assert_eq!(ask(&mut stable, false, LIFE_MS - OVERLAP_MS - 1), first);
        let second = ask(&mut stable, false, LIFE_MS - OVERLAP_MS);
        assert_ne!(second, first);
        assert_eq!(stable.working(LIFE_MS - 1).count(), 2);
        assert_eq!(stable.working(LIFE_MS).map(|working| working.token).collect::<Vec<_>>(), [second]);
    }

    #[test]
    fn a_forced_refresh_kills_the_older_token_but_not_too_soon_and_not_too_often() {
        let mut stable = StableToken::default();
        let first = ask(&mut stable, false, 0);
        let second = ask(&mut stable, true, 1);
        assert_ne!(second, first);
        assert_eq!(stable.working(1).count(), 1);
        assert_eq!(ask(&mut stable, true, FORCED_APART_MS), second);
        let forced = (1..=25_u64).map(|times| ask(&mut stable, true, times * FORCED_APART_MS + 1));
        let mut distinct: Vec<String> = forced.collect();
        distinct.dedup();
        assert_eq!(distinct.len(), 19);
    }

    #[test]
    fn the_old_kind_makes_a_new_token_a_call_and_lets_the_one_before_work_five_minutes() {
        let Settings { app_id, secret } = Settings::default();
        let pairs = [("grant_type", "client_credential".to_owned()), ("appid", app_id), ("secret", secret)];
        let query = pairs.map(|(name, value)| (name.to_owned(), value)).into();
        let mut plain = PlainToken::default();
        plain.answer(&Settings::default(), &query, 0);
        plain.answer(&Settings::default(), &query, 1);
        assert_eq!(plain.working(OVERLAP_MS).count(), 2);
        assert_eq!(plain.working(OVERLAP_MS + 1).count(), 1);
    }
}
