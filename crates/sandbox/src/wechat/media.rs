//! `POST /wxa/media_check_async`, and what comes of it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::login::Logins;
use super::push::{PushTo, Pushed};
use super::quota::Quota;
use super::reply::{BODY_WRONG, MEDIA_TYPE_WRONG, NO_RECENT_VISIT, OPENID_WRONG, Reply, SCENE_WRONG};
use super::{is_openid, random_text};
use crate::state::Settings;

pub(crate) const PATH: &str = "/wxa/media_check_async";

const PER_MINUTE: u32 = 2_000;
const PER_DAY: u32 = 200_000;
/// What the event says where the picture could not be fetched.
const DOWNLOAD_FAILED: i64 = -1008;
/// Label of what is in order, and of what is not.
const NORMAL: u32 = 100;
const OTHER: u32 = 21_000;

/// What WeChat thinks of a picture. In JSON a word, or an object of one field: `"risky"`, `{"errcode": -1008}`.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaVerdict {
    /// Nothing is wrong.
    Pass,
    /// Somebody should look.
    Review,
    /// It is bad.
    Risky,
    /// The event carries this error instead of a result.
    Errcode(i64),
    /// No event ever comes.
    Silent,
}

/// Which pictures WeChat thinks what of.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MediaRule {
    /// Bytes that stand in the picture, as text; empty fits all.
    #[serde(default)]
    pub marker: String,
    /// What it thinks.
    pub verdict: MediaVerdict,
    /// How often; always without a number.
    #[serde(default)]
    pub times: Option<u32>,
}

/// A check that was taken.
#[derive(Clone, Debug)]
pub(crate) struct MediaJob {
    pub(crate) url: String,
    openid: String,
    trace_id: String,
}

/// All checks.
#[derive(Default)]
pub(crate) struct Media {
    quota: Quota,
    target: Option<PushTo>,
    rules: Vec<MediaRule>,
    waiting: Vec<MediaJob>,
    running: usize,
    pushed: Vec<Pushed>,
}

#[derive(Deserialize)]
struct Wish {
    media_url: String,
    media_type: u8,
    version: u8,
    scene: u8,
    openid: String,
}

impl Media {
    pub(crate) fn answer(&mut self, logins: &Logins, body: &[u8], now_ms: u64) -> Reply {
        match self.take(logins, body, now_ms) {
            Ok(trace_id) => Reply::ok(json!({ "trace_id": trace_id }), "ok"),
            Err(errcode) => Reply::error(errcode),
        }
    }

    fn take(&mut self, logins: &Logins, body: &[u8], now_ms: u64) -> Result<String, i64> {
        let wish: Wish = serde_json::from_slice(body).map_err(|_| BODY_WRONG)?;
        if wish.version != 2 || !wish.media_url.starts_with("http") {
            return Err(BODY_WRONG);
        }
        if !matches!(wish.media_type, 1 | 2) {
            return Err(MEDIA_TYPE_WRONG);
        }
        if !(1..=4).contains(&wish.scene) {
            return Err(SCENE_WRONG);
        }
        if !is_openid(&wish.openid) {
            return Err(OPENID_WRONG);
        }
        if !logins.seen_lately(&wish.openid, now_ms) {
            return Err(NO_RECENT_VISIT);
        }
        self.quota.add(now_ms, PER_MINUTE, PER_DAY)?;
        let trace_id = random_text::<21>();
        self.waiting.push(MediaJob { url: wish.media_url, openid: wish.openid, trace_id: trace_id.clone() });
        self.running += 1;
        Ok(trace_id)
    }

    pub(crate) fn take_jobs(&mut self) -> Vec<MediaJob> {
        std::mem::take(&mut self.waiting)
    }

    pub(crate) fn push_to(&mut self, target: PushTo) {
        self.target = Some(target);
    }

    pub(crate) fn add_rule(&mut self, rule: MediaRule) {
        self.rules.push(rule);
    }

    /// The event about a picture and who is told, if anybody is.
    pub(crate) fn event(
        &mut self,
        settings: &Settings,
        job: &MediaJob,
        picture: Option<&[u8]>,
        now_ms: u64,
    ) -> Option<(PushTo, Value)> {
        let verdict = match picture {
            Some(picture) => self.verdict(picture),
            None => MediaVerdict::Errcode(DOWNLOAD_FAILED),
        };
        let (errcode, suggest, label) = match verdict {
            MediaVerdict::Pass => (0, "pass", NORMAL),
            MediaVerdict::Review => (0, "review", OTHER),
            MediaVerdict::Risky => (0, "risky", OTHER),
            MediaVerdict::Errcode(errcode) => (errcode, "", 0),
            MediaVerdict::Silent => return None,
        };
        let mut event = json!({
            "ToUserName": "gh_5a4d50b0e11d",
            "FromUserName": job.openid,
            "CreateTime": now_ms / 1000,
            "MsgType": "event",
            "Event": "wxa_media_check",
            "appid": settings.app_id,
            "trace_id": job.trace_id,
            "version": 2,
            "errcode": errcode,
            "errmsg": if errcode == 0 { "ok" } else { "request failed" },
        });
        if errcode == 0
            && let Some(fields) = event.as_object_mut()
        {
            let detail = json!([{
                "strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label, "prob": 90,
            }]);
            fields.insert("detail".to_owned(), detail);
            fields.insert("result".to_owned(), json!({ "suggest": suggest, "label": label }));
        }
        Some((self.target.clone()?, event))
    }

    fn verdict(&mut self, picture: &[u8]) -> MediaVerdict {
        let fits = |rule: &&mut MediaRule| rule.times != Some(0) && holds(picture, rule.marker.as_bytes());
        let Some(rule) = self.rules.iter_mut().find(fits) else { return MediaVerdict::Pass };
        rule.times = rule.times.map(|times| times - 1);
        rule.verdict
    }

    pub(crate) fn done(&mut self, pushed: Option<Pushed>) {
        self.running = self.running.saturating_sub(1);
        self.pushed.extend(pushed);
    }

    pub(crate) fn is_busy(&mut self) -> bool {
        self.running > 0
    }

    pub(crate) fn pushed(&self) -> Vec<Pushed> {
        self.pushed.clone()
    }
}

fn holds(picture: &[u8], marker: &[u8]) -> bool {
    marker.is_empty() || picture.windows(marker.len()).any(|window| window == marker)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_needs_all_of_its_fields_and_somebody_who_was_there() {
        let (mut media, logins) = (Media::default(), Logins::default());
        let body = |field: &str, value: Value| {
            let mut wish =
                json!({ "media_url": "https://h/p", "media_type": 2, "version": 2, "scene": 4, "openid": "o1" });
            wish[field] = value;
            wish.to_string()
        };
        for (text, errcode) in [
            (body("scene", json!(5)), SCENE_WRONG),
            (body("media_type", json!(3)), MEDIA_TYPE_WRONG),
            (body("version", json!(1)), BODY_WRONG),
            (body("openid", json!("o 1")), OPENID_WRONG),
            (body("scene", json!(4)), NO_RECENT_VISIT),
            ("{}".to_owned(), BODY_WRONG),
        ] {
            assert_eq!(media.take(&logins, text.as_bytes(), 0), Err(errcode), "{text}");
        }
    }

    #[test]
    fn the_first_rule_that_fits_counts_as_often_as_it_says() {
        let mut media = Media::default();
        let rule = |marker: &str, verdict, times| MediaRule { marker: marker.to_owned(), verdict, times };
        media.add_rule(rule("bad", MediaVerdict::Errcode(-1008), Some(1)));
        media.add_rule(rule("bad", MediaVerdict::Risky, None));
        let met = [&b"a bad one"[..], b"bad", b"good", b"bad"].map(|picture| media.verdict(picture));
        assert_eq!(met, [MediaVerdict::Errcode(-1008), MediaVerdict::Risky, MediaVerdict::Pass, MediaVerdict::Risky]);
    }
}
