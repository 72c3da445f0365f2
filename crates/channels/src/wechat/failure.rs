//! What a call to WeChat can end in besides success.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};

use super::errcode::{Action, Call, Outcome, classify};
use crate::http::TransportFailure;
use crate::moment::{next_beijing_midnight, next_minute};

/// A call that brought no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// WeChat answered with an error code.
    #[error(transparent)]
    Refused(Refusal),
    /// No documented answer came.
    #[error(transparent)]
    Transport(#[from] TransportFailure),
}

impl Failure {
    /// What WeChat's answer means; `None` when there was none.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Refused(refusal) => Some(refusal.outcome),
            Self::Transport(_) => None,
        }
    }

    /// Whether the same call may well succeed in a moment.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.action == Action::Repeat,
            Self::Transport(failure) => failure.is_passing(),
        }
    }
}

/// An error code with what it means, and the little of the message that is kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("WeChat refuses with {errcode}, rid {}", rid.as_deref().unwrap_or("unknown"))]
pub struct Refusal {
    /// The code as it came.
    pub errcode: i64,
    /// What it means.
    pub outcome: Outcome,
    /// What it asks for.
    pub action: Action,
    /// WeChat's request id, which its support and `/cgi-bin/openapi/rid/get` explain for seven days.
    pub rid: Option<String>,
    /// The address of this server as WeChat sees it, where the message tells it ([`Outcome::IpNotAllowed`]).
    pub ip: Option<IpAddr>,
    /// When the call may be tried again, where waiting helps.
    pub retry_at: Option<DateTime<Utc>>,
}

impl Refusal {
    /// Reads an error code and its message.
    #[must_use]
    pub fn new(call: Call, errcode: i64, errmsg: &str, now: DateTime<Utc>) -> Self {
        let (outcome, action) = classify(call, errcode);
        let retry_at = match action {
            Action::WaitForNextMinute => Some(next_minute(now)),
            Action::StopUntilMidnight => Some(next_beijing_midnight(now)),
            Action::StopForHours(hours) => now.checked_add_signed(TimeDelta::hours(hours)),
            _ => None,
        };
        let ip = if outcome == Outcome::IpNotAllowed { address_in(errmsg) } else { None };
        Self { errcode, outcome, action, rid: rid_in(errmsg), ip, retry_at }
    }
}

/// The request id behind `rid:`; anything that does not look like one is left out, for it goes to the log.
fn rid_in(errmsg: &str) -> Option<String> {
    let (_, behind) = errmsg.rsplit_once("rid:")?;
    let rid: String = behind.trim_start().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    (1..=64).contains(&rid.len()).then_some(rid)
}

fn address_in(errmsg: &str) -> Option<IpAddr> {
    errmsg.split([' ', ',']).find_map(|word| word.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refusal(errcode: i64, errmsg: &str) -> Refusal {
        Refusal::new(Call::Token, errcode, errmsg, "2026-11-25T08:30:10Z".parse().unwrap())
    }

    #[test]
    fn the_request_id_and_the_address_are_taken_from_the_message() {
        let message = "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: 6512a0c1-1b2c-5f6a";
        let refused = refusal(40164, message);
        assert_eq!(refused.rid.as_deref(), Some("6512a0c1-1b2c-5f6a"));
        assert_eq!(refused.ip, Some([203, 0, 113, 7].into()));
        assert_eq!(refusal(40013, message).ip, None);
        assert_eq!(refusal(40013, "invalid appid").rid, None);
        assert_eq!(refusal(40013, "rid: <script>").rid, None);
    }

    #[test]
    fn a_refusal_that_ends_by_itself_says_when() {
        let at = |text: &str| Some(text.parse::<DateTime<Utc>>().unwrap());
        assert_eq!(refusal(45011, "").retry_at, at("2026-11-25T08:31:00Z"));
        assert_eq!(refusal(45009, "").retry_at, at("2026-11-25T16:00:00Z"));
        assert_eq!(refusal(89506, "").retry_at, at("2026-11-26T08:30:10Z"));
        assert_eq!(refusal(89507, "").retry_at, at("2026-11-25T09:30:10Z"));
        assert_eq!(refusal(40013, "").retry_at, None);
    }

    proptest! {
        #[test]
        fn no_message_panics(errcode: i64, errmsg in ".*") {
            refusal(errcode, &errmsg);
            refusal(40164, &format!("ip {errmsg} rid:{errmsg}"));
        }
    }
}
