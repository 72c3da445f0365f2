//! The stand-ins of the vendors of SMS. Nothing is sent: what was taken can be read.

mod aliyun;
mod frequency;
mod seal;
mod tencent;

use std::collections::BTreeMap;

use serde::Serialize;

pub use aliyun::AliyunSms;
pub use tencent::TencentSms;

use crate::call::{Answer, Request};
use aliyun::Aliyun;
use tencent::Tencent;

/// The path under which the stand-in of Tencent Cloud is called; the vendor's own is `/`, and that one is signed.
pub const TENCENT_SMS: &str = "/tencent-sms";
/// The same for Aliyun.
pub const ALIYUN_SMS: &str = "/aliyun-sms";

/// How many texts are kept; the oldest go first.
const KEPT: usize = 10_000;

/// A text that a stand-in took, to one person. Nothing is hidden: the people here are made up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SentSms {
    /// When, by the stand-ins' clock: milliseconds since 1970, UTC.
    pub at_ms: u64,
    /// `tencent` or `aliyun`.
    pub vendor: &'static str,
    /// The number, as `+86…`.
    pub phone: String,
    /// The signature in front of the text.
    pub sign_name: String,
    /// The id of the template.
    pub template: String,
    /// What was put into the template, by name; Tencent Cloud's have numbers for names, from `1`.
    pub parameters: BTreeMap<String, String>,
    /// What the sender was told the text is called.
    pub message_id: String,
    /// What the sender calls it.
    pub reference: Option<String>,
}

impl SentSms {
    /// The verification code in it: the first parameter of four to six digits.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        let is_code = |text: &&String| (4..=6).contains(&text.len()) && text.chars().all(|c| c.is_ascii_digit());
        self.parameters.values().find(is_code).map(String::as_str)
    }
}

/// Both vendors, and what they took.
#[derive(Default)]
pub(crate) struct Sms {
    tencent: Tencent,
    aliyun: Aliyun,
    sent: Vec<SentSms>,
}

impl Sms {
    /// `None` for a path that does not exist.
    pub(crate) fn answer(&mut self, request: &Request, now_ms: u64) -> Option<Answer> {
        let (answer, sent) = match request.path.trim_end_matches('/') {
            TENCENT_SMS => self.tencent.answer(request, now_ms),
            ALIYUN_SMS => self.aliyun.answer(request, now_ms),
            _ => return None,
        };
        self.sent.extend(sent);
        let too_many = self.sent.len().saturating_sub(KEPT);
        self.sent.drain(..too_many);
        Some(answer)
    }

    pub(crate) fn sent(&self) -> Vec<SentSms> {
        self.sent.clone()
    }
}

/// The refusal with this code in the form of the vendor at the path; `None` where no vendor of SMS is.
pub(crate) fn refusal(request: &Request, code: &str) -> Option<Answer> {
    match request.path.trim_end_matches('/') {
        TENCENT_SMS => Some(tencent::refusal(&request.body, code)),
        ALIYUN_SMS => Some(aliyun::refusal(code)),
        _ => None,
    }
}

/// A mobile number as `+86…`, or a number of another country; `None` for what is neither.
fn canonical(phone: &str) -> Option<String> {
    let rest = phone.strip_prefix('+').unwrap_or(phone);
    if !rest.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let is_mobile =
        |text: &str| text.len() == 11 && text.starts_with('1') && !matches!(text.get(1..2), Some("0" | "1" | "2"));
    match rest.strip_prefix("86") {
        Some(number) if is_mobile(number) => Some(format!("+{rest}")),
        _ if is_mobile(rest) && !phone.starts_with('+') => Some(format!("+86{rest}")),
        None if (7..=15).contains(&rest.len()) && !rest.starts_with(['0', '1']) => Some(format!("+{rest}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_taken_as_the_vendors_take_them() {
        for phone in ["13800138000", "8613800138000", "+8613800138000"] {
            assert_eq!(canonical(phone).as_deref(), Some("+8613800138000"), "{phone}");
        }
        assert_eq!(canonical("+85261234567").as_deref(), Some("+85261234567"));
        for phone in ["", "+", "12345678901", "1380013800", "+8612345678901", "+861380013800", "138 0013 8000", "010"] {
            assert_eq!(canonical(phone), None, "{phone}");
        }
    }
}
