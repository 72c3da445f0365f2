//! The events that mean something here.

use serde_json::Value;

use super::PushError;
use crate::wechat::media_check::is_trace;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PushEvent {
    /// The result of a check of a picture.
    MediaCheck(MediaCheckEvent),
    /// Something that nothing here waits for.
    Other,
}

/// What WeChat says of a picture (`wxa_media_check`, version 2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaCheckEvent {
    /// Which check this is the result of.
    pub trace_id: String,
    /// What it says.
    pub suggestion: MediaSuggestion,
}

/// What WeChat suggests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaSuggestion {
    /// Nothing is wrong with it.
    Pass,
    /// Somebody should look; a word that no page names counts as this.
    Review,
    /// It is bad.
    Risky,
    /// There is no result: WeChat could not fetch or read the picture.
    Failed,
}

/// Reads a message for the app `app_id`. Numbers may be texts, as in XML all are.
pub(super) fn read(message: &Value, app_id: &str) -> Result<PushEvent, PushError> {
    let text = |name: &str| message.get(name).and_then(Value::as_str);
    if text("MsgType").is_none() || text("FromUserName").is_none() {
        return Err(PushError::Malformed);
    }
    if text("Event") != Some("wxa_media_check") {
        return Ok(PushEvent::Other);
    }
    if text("appid").is_some_and(|named| named != app_id) {
        return Err(PushError::Forged);
    }
    let trace_id = text("trace_id").filter(|id| is_trace(id)).ok_or(PushError::Malformed)?.to_owned();
    let errcode = message.get("errcode").and_then(number).ok_or(PushError::Malformed)?;
    let suggest = message.get("result").and_then(|result| result.get("suggest")).and_then(Value::as_str);
    let suggestion = match (errcode, suggest) {
        (0, Some("pass")) => MediaSuggestion::Pass,
        (0, Some("risky")) => MediaSuggestion::Risky,
        (0, Some(_)) => MediaSuggestion::Review,
        (0, None) => return Err(PushError::Malformed),
        _ => MediaSuggestion::Failed,
    };
    Ok(PushEvent::MediaCheck(MediaCheckEvent { trace_id, suggestion }))
}

fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}
