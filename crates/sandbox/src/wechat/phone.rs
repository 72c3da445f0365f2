//! `POST /wxa/business/getuserphonenumber`.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::json;

use super::quota::Quota;
use super::random_text;
use super::reply::{BODY_WRONG, CODE_INVALID, Reply};
use crate::state::Settings;

pub(crate) const PATH: &str = "/wxa/business/getuserphonenumber";
/// How long a code works.
const CODE_MS: u64 = 5 * 60 * 1000;
/// No page says how many numbers a minute; this many stop nobody who plays.
const PER_MINUTE: u32 = 10_000;

/// Codes given out.
#[derive(Default)]
pub(crate) struct PhoneCodes {
    codes: HashMap<String, Code>,
    quota: Quota,
}

#[derive(Clone)]
struct Code {
    country_code: String,
    number: String,
    /// Whose it is; `None` for anybody's.
    openid: Option<String>,
    until_ms: u64,
    used: bool,
}

#[derive(Deserialize)]
struct Wish {
    code: String,
    openid: Option<String>,
}

impl PhoneCodes {
    pub(crate) fn create(&mut self, country_code: &str, number: &str, openid: Option<&str>, now_ms: u64) -> String {
        self.codes.retain(|_, code| code.until_ms > now_ms);
        let code = random_text::<48>();
        let (country_code, number) = (country_code.to_owned(), number.to_owned());
        let (openid, until_ms) = (openid.map(str::to_owned), now_ms.saturating_add(CODE_MS));
        self.codes.insert(code.clone(), Code { country_code, number, openid, until_ms, used: false });
        code
    }

    pub(crate) fn answer(&mut self, settings: &Settings, body: &[u8], now_ms: u64) -> Reply {
        match self.number(body, now_ms) {
            Ok(Code { country_code, number, .. }) => {
                let whole = if country_code == "86" { number.clone() } else { format!("+{country_code}{number}") };
                let watermark = json!({ "timestamp": now_ms / 1000, "appid": settings.app_id });
                let phone_info = json!({
                    "phoneNumber": whole, "purePhoneNumber": number, "countryCode": country_code, "watermark": watermark,
                });
                Reply::ok(json!({ "phone_info": phone_info }), "ok")
            }
            Err(errcode) => Reply::error(errcode),
        }
    }

    fn number(&mut self, body: &[u8], now_ms: u64) -> Result<Code, i64> {
        let wish: Wish = serde_json::from_slice(body).map_err(|_| BODY_WRONG)?;
        self.quota.add(now_ms, PER_MINUTE, u32::MAX)?;
        let known = self.codes.get(&wish.code).cloned().or_else(|| literal(&wish.code)).ok_or(CODE_INVALID)?;
        // What WeChat answers to a code of another person is not documented; to the client it is a code that fails.
        let foreign = known.openid.is_some() && wish.openid.is_some() && known.openid != wish.openid;
        if known.used || known.until_ms <= now_ms || foreign {
            return Err(CODE_INVALID);
        }
        self.codes.insert(wish.code, Code { used: true, ..known.clone() });
        Ok(known)
    }
}

/// The number in a code like `phone-13800138000` or `phone-13800138000-second-try`.
fn literal(code: &str) -> Option<Code> {
    let rest = code.strip_prefix("phone-")?;
    let (number, _) = rest.split_once('-').unwrap_or((rest, ""));
    let sound = number.len() == 11 && number.starts_with('1') && is_phone("86", number) && code.len() <= 128;
    let (country_code, number) = ("86".to_owned(), number.to_owned());
    sound.then_some(Code { country_code, number, openid: None, until_ms: u64::MAX, used: false })
}

/// Whether there can be such a number.
pub(crate) fn is_phone(country_code: &str, number: &str) -> bool {
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    (1..=3).contains(&country_code.len())
        && (4..=15_usize.saturating_sub(country_code.len())).contains(&number.len())
        && digits(country_code)
        && digits(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(codes: &mut PhoneCodes, code: &str, openid: &str, now_ms: u64) -> Result<String, i64> {
        let body = json!({ "code": code, "openid": openid }).to_string();
        codes.number(body.as_bytes(), now_ms).map(|code| code.number)
    }

    #[test]
    fn a_code_works_once_for_five_minutes_and_for_its_person() {
        let mut codes = PhoneCodes::default();
        let code = codes.create("86", "13800138000", Some("o1"), 0);
        let late = codes.create("86", "13800138000", None, 0);
        assert_eq!(ask(&mut codes, &code, "o2", 0), Err(CODE_INVALID));
        assert_eq!(ask(&mut codes, &code, "o1", CODE_MS - 1).as_deref(), Ok("13800138000"));
        assert_eq!(ask(&mut codes, &code, "o1", CODE_MS - 1), Err(CODE_INVALID));
        assert_eq!(ask(&mut codes, &late, "o1", CODE_MS), Err(CODE_INVALID));
        assert_eq!(codes.number(b"{}", 0).err(), Some(BODY_WRONG));
    }

    #[test]
    fn a_spelled_out_code_gives_its_number_once() {
        let mut codes = PhoneCodes::default();
        assert_eq!(ask(&mut codes, "phone-13800138000", "o1", 0).as_deref(), Ok("13800138000"));
        assert_eq!(ask(&mut codes, "phone-13800138000", "o1", 0), Err(CODE_INVALID));
        assert_eq!(ask(&mut codes, "phone-13800138000-2", "o1", 0).as_deref(), Ok("13800138000"));
        for code in ["phone-", "phone-1380013800", "phone-23800138000", "phone-1380013800a", "13800138000"] {
            assert_eq!(ask(&mut codes, code, "o1", 0), Err(CODE_INVALID), "{code}");
        }
    }

    #[test]
    fn a_foreign_number_carries_its_country_code() {
        let mut codes = PhoneCodes::default();
        let settings = Settings::default();
        let code = codes.create("852", "61234567", None, 0);
        let reply = codes.answer(&settings, json!({ "code": code }).to_string().as_bytes(), 7_000);
        let info = &reply.body()["phone_info"];
        assert_eq!((&info["phoneNumber"], &info["countryCode"]), (&json!("+85261234567"), &json!("852")));
        assert_eq!(info["watermark"], json!({ "timestamp": 7, "appid": settings.app_id }));
    }
}
