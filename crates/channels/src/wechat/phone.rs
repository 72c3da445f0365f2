//! The phone number of a resident: the code behind the button "get phone number" becomes the number WeChat knows.
//!
//! `POST /wxa/business/getuserphonenumber`. A code works once, for five minutes, and its success costs money, so a call
//! whose end is not known is not repeated. The openid goes along always: WeChat then checks that both are of one person.

use std::fmt;
use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::json;

use super::WeChat;
use super::errcode::{Call, Outcome};
use super::exchange;
use super::failure::{Failure, Refusal};
use super::login::{LONGEST_CODE, LONGEST_OPENID};
use crate::http::TransportFailure;

const PATH: &str = "/wxa/business/getuserphonenumber";
/// The longest number of E.164, country code included.
const LONGEST_NUMBER: usize = 15;

/// A phone number as WeChat proved it; its debug form shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// `+`, the country code and the number, 5 to 15 digits: the text to canonicalise.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber(..)")
    }
}

/// Why there is no number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// 40029: the code is wrong, expired, used, or another person's. The user presses the button again (400).
    #[error("the code of the phone number does not work")]
    CodeInvalid,
    /// The answer is marked for another app: the code was made elsewhere. The user presses the button again (400).
    #[error("the phone number is marked for another app")]
    ForeignMark,
    /// The answer's time stamp is too old or in the future. The user presses the button again (400).
    #[error("the phone number's time stamp is not fresh")]
    NotFresh,
    /// -1, after the repeats. The same code may still work a little later (503).
    #[error("WeChat is busy")]
    Busy,
    /// 45011: the limit of the minute (429). The code was not used.
    #[error("too many phone numbers, until {retry_at}")]
    TooFrequent {
        /// The beginning of the next minute.
        retry_at: DateTime<Utc>,
    },
    /// 45009: the quota of the day; WeChat is not asked until then (503).
    #[error("the quota of phone numbers is used up, until {retry_at}")]
    QuotaUsedUp {
        /// The next midnight in Beijing.
        retry_at: DateTime<Utc>,
    },
    /// 50002: the user's account is frozen or cancelled (403).
    #[error("this user's account is restricted")]
    UserRestricted,
    /// 40001, 40014, 42001, though the token was renewed. The operator was told (503).
    #[error("WeChat refuses a new access token: {errcode}")]
    TokenRefused {
        /// The code as it came.
        errcode: i64,
    },
    /// 40013, 40125, 41002, 41004: app id or secret are wrong. The operator was told (503).
    #[error("app id or secret are wrong: {errcode}")]
    Misconfigured {
        /// The code as it came.
        errcode: i64,
    },
    /// 40164, 61004: the address of this server is not on the list. The operator was told (503).
    #[error("the address of this server is not allowed")]
    IpNotAllowed {
        /// The address as WeChat sees it.
        ip: Option<IpAddr>,
    },
    /// 40243: the secret is frozen. The operator was told (503).
    #[error("the secret is frozen")]
    SecretFrozen,
    /// 89503, 89506, 89507: an administrator of the app must confirm this server. The operator was told (503).
    #[error("an administrator of the app must confirm this server: {errcode}")]
    AwaitingAdministrator {
        /// The code as it came.
        errcode: i64,
    },
    /// 48001, 48004: the app may not ask for phone numbers. The operator was told (503).
    #[error("the app may not ask for phone numbers: {errcode}")]
    NotAuthorised {
        /// The code as it came.
        errcode: i64,
    },
    /// 41001, 43002, 43003, 44002, 47001: the request is wrong, an error of this program. The operator was told (503).
    #[error("WeChat does not understand the request: {errcode}")]
    Defect {
        /// The code as it came.
        errcode: i64,
    },
    /// A code that is not documented for this call. The operator was told (503).
    #[error("WeChat refuses with {errcode}")]
    Unexpected {
        /// The code as it came.
        errcode: i64,
    },
    /// No documented answer came (503). The code may be used up.
    #[error(transparent)]
    Unreachable(TransportFailure),
}

impl PhoneError {
    /// When trying again makes sense, where WeChat says so.
    #[must_use]
    pub fn retry_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::TooFrequent { retry_at } | Self::QuotaUsedUp { retry_at } => Some(*retry_at),
            _ => None,
        }
    }

    /// What the resident reads.
    #[must_use]
    pub fn message(&self) -> &'static str {
        match self {
            Self::CodeInvalid | Self::ForeignMark | Self::NotFresh => "手机号授权已失效，请重新点击获取手机号",
            Self::Busy | Self::Unreachable(_) => "微信服务繁忙，请稍后重新点击获取手机号",
            Self::TooFrequent { .. } => "获取手机号的人数较多，请一分钟后再试",
            Self::QuotaUsedUp { .. } => "今天的微信手机号验证已暂停，请改用短信验证码",
            Self::UserRestricted => "该微信账号已被限制或注销，请改用短信验证码",
            Self::TokenRefused { .. }
            | Self::Misconfigured { .. }
            | Self::IpNotAllowed { .. }
            | Self::SecretFrozen
            | Self::AwaitingAdministrator { .. }
            | Self::NotAuthorised { .. }
            | Self::Defect { .. }
            | Self::Unexpected { .. } => "微信手机号验证暂时不可用，请改用短信验证码",
        }
    }
}

impl From<Failure> for PhoneError {
    fn from(failure: Failure) -> Self {
        let Refusal { errcode, outcome, ip, retry_at, .. } = match failure {
            Failure::Transport(failure) => return Self::Unreachable(failure),
            Failure::Refused(refusal) => refusal,
        };
        match (outcome, retry_at) {
            (Outcome::CodeInvalid, _) => Self::CodeInvalid,
            (Outcome::Busy, _) => Self::Busy,
            (Outcome::TooFrequent, Some(retry_at)) => Self::TooFrequent { retry_at },
            (Outcome::QuotaUsedUp, Some(retry_at)) => Self::QuotaUsedUp { retry_at },
            (Outcome::UserRestricted, _) => Self::UserRestricted,
            (Outcome::TokenInvalid, _) => Self::TokenRefused { errcode },
            (Outcome::Misconfigured, _) => Self::Misconfigured { errcode },
            (Outcome::IpNotAllowed, _) => Self::IpNotAllowed { ip },
            (Outcome::SecretFrozen, _) => Self::SecretFrozen,
            (Outcome::AwaitingAdministrator, _) => Self::AwaitingAdministrator { errcode },
            (Outcome::NotAuthorised, _) => Self::NotAuthorised { errcode },
            (Outcome::Defect, _) => Self::Defect { errcode },
            _ => Self::Unexpected { errcode },
        }
    }
}

#[derive(Deserialize)]
struct Reply {
    phone_info: PhoneInfo,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PhoneInfo {
    pure_phone_number: String,
    country_code: Figures,
    watermark: Watermark,
}

#[derive(Deserialize)]
struct Watermark {
    timestamp: Figures,
    appid: String,
}

/// The page says text, and its example shows a number.
#[derive(Deserialize)]
#[serde(untagged)]
enum Figures {
    Number(u64),
    Text(String),
}

impl Figures {
    fn into_text(self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text,
        }
    }
}

impl PhoneInfo {
    /// The number, once its mark shows that it was made for this app and just now.
    fn checked(self, app_id: &str, now: DateTime<Utc>, fresh_within: TimeDelta) -> Result<PhoneNumber, PhoneError> {
        let malformed = PhoneError::Unreachable(TransportFailure::Malformed);
        if self.watermark.appid != app_id {
            return Err(PhoneError::ForeignMark);
        }
        let seconds = self.watermark.timestamp.into_text().parse().ok();
        let Some(made_at) = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)) else {
            return Err(malformed);
        };
        if (now - made_at).abs() > fresh_within {
            return Err(PhoneError::NotFresh);
        }
        joined(&self.country_code.into_text(), &self.pure_phone_number).ok_or(malformed)
    }
}

/// `+`, country code and number, if both are what they should be.
fn joined(country_code: &str, number: &str) -> Option<PhoneNumber> {
    let country_code = country_code.strip_prefix('+').unwrap_or(country_code);
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let sound = (1..=3).contains(&country_code.len())
        && !country_code.starts_with('0')
        && (4..=LONGEST_NUMBER.saturating_sub(country_code.len())).contains(&number.len())
        && digits(country_code)
        && digits(number);
    sound.then(|| PhoneNumber(format!("+{country_code}{number}")))
}

impl WeChat {
    /// Asks WeChat for the number behind `code`, which the button "get phone number" gave to the person `openid`. It is
    /// not the code of `wx.login`. A code works once: after [`PhoneError::Busy`] and the two limits it may still do,
    /// after anything else the user has to press again.
    ///
    /// # Errors
    /// Every documented error code has its [`PhoneError`]; so have an answer marked for another app or another time, and
    /// a silent, broken or strange WeChat.
    pub async fn phone_number(&self, code: &str, openid: &str) -> Result<PhoneNumber, PhoneError> {
        let sound = |text: &str, longest| {
            (1..=longest).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
        };
        if !sound(code, LONGEST_CODE) || !sound(openid, LONGEST_OPENID) {
            return Err(PhoneError::CodeInvalid);
        }
        let body = json!({ "code": code, "openid": openid });
        let reply = self.exchange_with_token(Call::PhoneNumber, PATH, &body, exchange::json);
        let Reply { phone_info } = reply.await?;
        let config = &self.inner.config;
        let number = phone_info.checked(&config.app_id, self.now(), config.phone_fresh_within);
        if let Err(error) = &number {
            tracing::warn!(%error, "WeChat's phone number is not taken");
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<String, PhoneError> {
        let info: PhoneInfo = serde_json::from_str(text).unwrap();
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        info.checked("wx1", now, TimeDelta::seconds(300)).map(|number| number.0)
    }

    fn info(country_code: &str, number: &str, timestamp: &str, appid: &str) -> String {
        format!(
            r#"{{"phoneNumber":"x","purePhoneNumber":"{number}","countryCode":{country_code},
                "watermark":{{"timestamp":{timestamp},"appid":"{appid}"}}}}"#
        )
    }

    #[test]
    fn a_country_code_may_be_a_text_or_a_number() {
        for code in ["86", "\"86\"", "\"+86\""] {
            let text = info(code, "13800138000", "1700000000", "wx1");
            assert_eq!(read(&text).as_deref(), Ok("+8613800138000"), "{code}");
        }
        assert_eq!(read(&info("852", "61234567", "\"1700000000\"", "wx1")).as_deref(), Ok("+85261234567"));
    }

    #[test]
    fn a_mark_of_another_app_or_another_time_is_not_taken() {
        assert_eq!(read(&info("86", "13800138000", "1700000000", "wx2")), Err(PhoneError::ForeignMark));
        for (timestamp, fresh) in [("1699999700", true), ("1699999699", false), ("1700000301", false), ("0", false)] {
            let result = read(&info("86", "13800138000", timestamp, "wx1"));
            assert_eq!(result.is_ok(), fresh, "{timestamp}");
            assert!(fresh || result == Err(PhoneError::NotFresh));
        }
    }

    #[test]
    fn what_is_no_number_is_malformed() {
        let malformed = Err(PhoneError::Unreachable(TransportFailure::Malformed));
        let strange = [("86", ""), ("86", "138 0013 8000"), ("86", "13800138000138"), ("0", "13800138000")];
        for (code, number) in strange {
            assert_eq!(read(&info(code, number, "1700000000", "wx1")), malformed, "{code} {number}");
        }
        for timestamp in ["\"\"", "\"soon\"", "18446744073709551615"] {
            assert_eq!(read(&info("86", "13800138000", timestamp, "wx1")), malformed, "{timestamp}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_the_number_is_a_plus_and_digits(country_code in "[+0-9a]{0,5}", number in "[0-9 ]{0,20}|.*") {
            if let Some(PhoneNumber(text)) = joined(&country_code, &number) {
                let digits = text.strip_prefix('+').unwrap();
                prop_assert!((5..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()));
                prop_assert!(text.ends_with(&number));
            }
        }
    }
}
