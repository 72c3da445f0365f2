//! What a send can end in.

use chrono::{DateTime, Utc};

use crate::http::TransportFailure;

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Vendor {
    /// Tencent Cloud.
    Tencent,
    /// Aliyun.
    Aliyun,
}

/// What came of a send. Holds no number and no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The vendor took it. Whether it arrives, the receipt says.
    Accepted {
        /// What the vendor calls it, at most 128 characters; the receipt carries it.
        message_id: String,
    },
    /// Nothing was sent, and a later try may well succeed.
    Retry {
        /// Not before.
        at: DateTime<Utc>,
        /// The vendor's code; `None` when it was not reached.
        code: Option<String>,
    },
    /// Nothing was sent, and trying the same again is of no use.
    Refused {
        /// Why.
        why: Refusal,
        /// The vendor's code; `None` when it was not asked.
        code: Option<String>,
    },
    /// It may have been sent: wait for the receipt, or ask the vendor, before another try.
    Unknown(Doubt),
}

impl Outcome {
    /// What a resident reads who waits for a code; `None` when there is nothing to tell but that it is on its way.
    #[must_use]
    pub fn message(&self) -> Option<&'static str> {
        match self {
            Self::Accepted { .. } => None,
            Self::Unknown(_) => Some("短信可能稍后到达，如未收到请一分钟后再试"),
            Self::Retry { .. } => Some("短信服务繁忙，请稍后再试"),
            Self::Refused { why, .. } => Some(match why {
                Refusal::NumberInvalid => "手机号码不正确，请检查后重新输入",
                Refusal::NumberBlocked => "该手机号码不接收短信，请更换号码或联系社区民警",
                Refusal::NumberLimited => "该手机号码收到的短信过多，请稍后再试",
                _ => "短信服务暂时不可用，请稍后再试",
            }),
        }
    }
}

/// Why nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The number is none.
    NumberInvalid,
    /// The number gets no texts: its owner opted out, or a carrier listed it. Holds for good.
    NumberBlocked,
    /// The number had its share for now. Another channel may do.
    NumberLimited,
    /// The cap of the day or month set for the whole account is reached.
    QuotaUsedUp,
    /// The account may not send: no money, suspended, no right, or this server's address is refused.
    Account,
    /// Key or application are wrong, or have no right to send.
    Credentials,
    /// The signature in front of the text, or its template, is wrong or not approved.
    NotApproved,
    /// This server's clock is wrong.
    Clock,
    /// The text holds words that may not be sent; it must be written anew.
    Content,
    /// An error of this program or of its data.
    Defect,
    /// A code the documents don't name.
    Undocumented,
}

impl Refusal {
    /// Whether the operator must act.
    #[must_use]
    pub fn is_for_operator(self) -> bool {
        !matches!(self, Self::NumberInvalid | Self::NumberBlocked | Self::NumberLimited)
    }

    /// Whether every other text would be refused as well, so that sending stops until somebody acts.
    #[must_use]
    pub fn holds_for_all(self) -> bool {
        matches!(self, Self::QuotaUsedUp | Self::Account | Self::Credentials | Self::Clock)
    }
}

/// Why it is not known whether a text was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// No documented answer came.
    #[error(transparent)]
    Transport(TransportFailure),
    /// The vendor says that it does not know, by this code.
    #[error("the vendor answers {0}")]
    Code(String),
}

/// What was read of an answer.
pub(super) enum Reply {
    Accepted { message_id: String },
    Refused { code: String },
}

impl Reply {
    /// Of what the vendor wrote; `None` when it is not what a vendor writes.
    pub(super) fn refused(code: &str) -> Option<Self> {
        // It goes to the log.
        let sound = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let sound = (1..=100).contains(&code.len()) && code.chars().all(sound);
        sound.then(|| Self::Refused { code: code.to_owned() })
    }

    /// As [`Reply::refused`].
    pub(super) fn accepted(message_id: &str) -> Option<Self> {
        let sound = (1..=128).contains(&message_id.len()) && message_id.bytes().all(|byte| byte.is_ascii_graphic());
        sound.then(|| Self::Accepted { message_id: message_id.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_vendor_does_not_write_is_no_reply() {
        let long = "a".repeat(101);
        for code in ["", "a b", "13800138000 is wrong", "码", &long] {
            assert!(Reply::refused(code).is_none(), "{code}");
        }
        for id in ["", "a b", "a\n", &"a".repeat(129)] {
            assert!(Reply::accepted(id).is_none(), "{id}");
        }
        assert!(Reply::accepted("900619746936498440^0").is_some());
    }

    #[test]
    fn a_resident_reads_chinese_and_nothing_when_a_code_is_on_its_way() {
        let refused = |why| Outcome::Refused { why, code: None };
        let outcomes = [
            refused(Refusal::NumberInvalid),
            refused(Refusal::NumberBlocked),
            refused(Refusal::NumberLimited),
            refused(Refusal::Account),
            Outcome::Retry { at: DateTime::<Utc>::UNIX_EPOCH, code: None },
            Outcome::Unknown(Doubt::Transport(TransportFailure::Cut)),
        ];
        for outcome in outcomes {
            let message = outcome.message().unwrap();
            assert!(message.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c) || c == '，'), "{message}");
        }
        assert_eq!(Outcome::Accepted { message_id: "1".to_owned() }.message(), None);
    }
}
