//! `POST /` of `dysmsapi.aliyuncs.com`: `SendSms`, signed by ACS3-HMAC-SHA256, its parameters in the query.

use std::collections::{BTreeMap, HashMap, HashSet};

use actix_web::web::Query;
use chrono::NaiveDateTime;
use serde_json::{Value, json};

use super::frequency::Frequency;
use super::seal::{hmac_sha256, percent_encoded, sha256_hex};
use super::{SentSms, canonical};
use crate::call::{Answer, Request};

const JSON: &str = "application/json;charset=utf-8";
const SKEW_MS: u64 = 15 * MINUTE_MS;
const MOST_NUMBERS: usize = 1_000;
const LONGEST_VALUE: usize = 35;
const LONGEST_REFERENCE: usize = 255;
const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
/// How many verification texts a number gets in how long.
const FREQUENCY: [(u64, usize); 3] = [(MINUTE_MS, 1), (HOUR_MS, 5), (24 * HOUR_MS, 10)];

/// Whom the stand-in of Aliyun knows. Made up and public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AliyunSms {
    /// The id of the key.
    pub access_key_id: String,
    /// The key.
    pub access_key_secret: String,
    /// The one approved signature.
    pub sign_name: String,
    /// The one approved template, of one variable: `code`.
    pub template_code: String,
}

impl Default for AliyunSms {
    fn default() -> Self {
        Self {
            access_key_id: "LTAI5a4d50b0e11d00000001".to_owned(),
            access_key_secret: "5a4d50b0e11da11e4e75a4d50b0e11".to_owned(),
            sign_name: "金钟反诈".to_owned(),
            template_code: "SMS_100000001".to_owned(),
        }
    }
}

#[derive(Default)]
pub(super) struct Aliyun {
    account: AliyunSms,
    nonces: HashSet<String>,
    frequency: Frequency,
}

impl Aliyun {
    pub(super) fn answer(&mut self, request: &Request, now_ms: u64) -> (Answer, Vec<SentSms>) {
        let sent = self.check(request, now_ms).and_then(|()| self.send(&request.parameters(), now_ms));
        match sent {
            Ok(sent) => {
                let id = sent.first().map(|text| text.message_id.as_str());
                let body = json!({ "Code": "OK", "Message": "OK", "BizId": id, "RequestId": request_id() });
                (Answer::json(200, JSON, &body), sent)
            }
            Err(code) => (refusal(code), Vec::new()),
        }
    }

    fn check(&mut self, request: &Request, now_ms: u64) -> Result<(), &'static str> {
        let fields = Authorization::read(request.header("authorization")).ok_or("IncompleteSignature")?;
        if fields.id != self.account.access_key_id {
            return Err("InvalidAccessKeyId.NotFound");
        }
        let time = NaiveDateTime::parse_from_str(request.header("x-acs-date"), "%Y-%m-%dT%H:%M:%SZ");
        let at_ms = time.ok().and_then(|time| u64::try_from(time.and_utc().timestamp_millis()).ok());
        if at_ms.is_none_or(|at_ms| at_ms.abs_diff(now_ms) > SKEW_MS) {
            return Err("InvalidTimeStamp.Expired");
        }
        let signed = signature(request, &fields, &self.account.access_key_secret);
        if signed.as_deref() != Some(fields.signature) {
            return Err("SignatureDoesNotMatch");
        }
        if !self.nonces.insert(request.header("x-acs-signature-nonce").to_owned()) {
            return Err("SignatureNonceUsed");
        }
        match (request.header("x-acs-action"), request.header("x-acs-version")) {
            ("SendSms", "2017-05-25") => Ok(()),
            _ => Err("InvalidAction.NotFound"),
        }
    }

    /// One text for every number; all have the same id.
    fn send(&mut self, query: &HashMap<String, String>, now_ms: u64) -> Result<Vec<SentSms>, &'static str> {
        let value = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
        let phones: Vec<&str> = value("PhoneNumbers").split(',').collect();
        if phones.len() > MOST_NUMBERS {
            return Err("isv.MOBILE_COUNT_OVER_LIMIT");
        }
        let phones: Option<Vec<String>> = phones.into_iter().map(canonical).collect();
        let phones = phones.ok_or("isv.MOBILE_NUMBER_ILLEGAL")?;
        if value("SignName") != self.account.sign_name {
            return Err("isv.SMS_SIGNATURE_ILLEGAL");
        }
        if value("TemplateCode") != self.account.template_code {
            return Err("isv.SMS_TEMPLATE_ILLEGAL");
        }
        let parameters = parameters(value("TemplateParam"))?;
        if value("OutId").len() > LONGEST_REFERENCE {
            return Err("isv.INVALID_PARAMETERS");
        }
        let full = |phone: &String| {
            FREQUENCY.iter().any(|(within_ms, most)| self.frequency.count(phone, *within_ms, now_ms) >= *most)
        };
        if phones.iter().any(full) {
            return Err("isv.BUSINESS_LIMIT_CONTROL");
        }
        let message_id = format!("{now_ms:015}{:06}^0", rand::random_range(0..1_000_000));
        let sent = phones.into_iter().map(|phone| {
            self.frequency.note(&phone, "", now_ms);
            SentSms {
                at_ms: now_ms,
                vendor: "aliyun",
                phone,
                sign_name: self.account.sign_name.clone(),
                template: self.account.template_code.clone(),
                parameters: parameters.clone(),
                message_id: message_id.clone(),
                reference: query.get("OutId").cloned(),
            }
        });
        Ok(sent.collect())
    }
}

/// A JSON object whose values are texts, of a verification.
fn parameters(text: &str) -> Result<BTreeMap<String, String>, &'static str> {
    if text.is_empty() {
        return Err("isv.TEMPLATE_MISSING_PARAMETERS");
    }
    let parameters: BTreeMap<String, String> = serde_json::from_str(text).map_err(|_| "isv.INVALID_JSON_PARAM")?;
    let code = parameters.get("code").ok_or("isv.TEMPLATE_MISSING_PARAMETERS")?;
    if parameters.values().any(|value| value.contains("://")) {
        return Err("isv.PARAM_NOT_SUPPORT_URL");
    }
    let sound = |value: &String| (1..=LONGEST_VALUE).contains(&value.chars().count());
    if !(4..=6).contains(&code.chars().count()) || !parameters.values().all(sound) {
        return Err("isv.PARAM_LENGTH_LIMIT");
    }
    Ok(parameters)
}

/// The fields of the header of that name.
struct Authorization<'a> {
    id: &'a str,
    headers: &'a str,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let mut fields = text.strip_prefix("ACS3-HMAC-SHA256 ")?.split(',');
        let mut next = |name: &str| fields.next()?.strip_prefix(name)?.strip_prefix('=');
        Some(Self { id: next("Credential")?, headers: next("SignedHeaders")?, signature: next("Signature")? })
    }
}

/// The signature the request should have; `None` when a header that must be signed is not, or the body is another one.
fn signature(request: &Request, fields: &Authorization<'_>, key: &str) -> Option<String> {
    let names: Vec<&str> = fields.headers.split(';').collect();
    let must_be = |name: &str| name.starts_with("x-acs-") || name == "host" || name == "content-type";
    let all_signed = request.headers.keys().filter(|name| must_be(name)).all(|name| names.contains(&name.as_str()));
    if !all_signed || !names.is_sorted() || request.header("x-acs-content-sha256") != sha256_hex(&request.body) {
        return None;
    }
    let mut pairs = Query::<Vec<(String, String)>>::from_query(&request.query).ok()?.into_inner();
    pairs.sort();
    let pair = |(name, value): &(String, String)| format!("{}={}", percent_encoded(name), percent_encoded(value));
    let query = pairs.iter().map(pair).collect::<Vec<_>>().join("&");
    let lines: String = names.iter().map(|name| format!("{name}:{}\n", request.header(name).trim())).collect();
    let (method, hash) = (&request.method, sha256_hex(&request.body));
    let canonical = format!("{method}\n/\n{query}\n{lines}\n{}\n{hash}", fields.headers);
    let to_sign = format!("ACS3-HMAC-SHA256\n{}", sha256_hex(canonical));
    Some(hex::encode(hmac_sha256(key.as_bytes(), &to_sign)))
}

/// What concerns a text has status 200; what concerns the call has 400, or 503 when the vendor is at fault.
pub(super) fn refusal(code: &str) -> Answer {
    let status = match code {
        code if code.starts_with("isv.") || code.starts_with("isp.") => 200,
        code if code.starts_with("Service") => 503,
        _ => 400,
    };
    let body: Value = json!({ "Code": code, "Message": "refused", "RequestId": request_id() });
    Answer::json(status, JSON, &body)
}

fn request_id() -> String {
    format!("{:032X}", rand::random::<u128>())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The request of the vendor's example, with this host, action, version and query.
    fn request(host: &str, action: &str, version: &str, query: &str) -> Request {
        let headers = [
            ("host", host),
            ("x-acs-action", action),
            ("x-acs-content-sha256", &sha256_hex("")),
            ("x-acs-date", "2023-10-26T10:22:32Z"),
            ("x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d"),
            ("x-acs-version", version),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Request { method: "POST".to_owned(), query: query.to_owned(), headers, ..Request::default() }
    }

    const HEADERS: &str = "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version";

    #[test]
    fn the_signature_of_the_published_example_is_right() {
        let query = "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai";
        let mut call = request("ecs.cn-shanghai.aliyuncs.com", "RunInstances", "2014-05-26", query);
        let expected = "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0";
        let text = format!("ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders={HEADERS},Signature={expected}");
        let fields = Authorization::read(&text).unwrap();
        assert_eq!((fields.id, fields.signature), ("YourAccessKeyId", expected));
        assert_eq!(signature(&call, &fields, "YourAccessKeySecret").as_deref(), Some(expected));
        call.headers.insert("x-acs-security-token".to_owned(), "unsigned".to_owned());
        assert_eq!(signature(&call, &fields, "YourAccessKeySecret"), None);
    }

    #[test]
    fn the_signature_of_a_text_is_right_whatever_the_order_of_its_parameters() {
        let query = "TemplateCode=SMS_15305&PhoneNumbers=13900000000&SignName=%E9%98%BF%E9%87%8C%E4%BA%91&TemplateParam=%7B%22code%22%3A%221234%22%7D";
        let call = request("dysmsapi.aliyuncs.com", "SendSms", "2017-05-25", query);
        let fields = Authorization { id: "testId", headers: HEADERS, signature: "" };
        let expected = "8a4b8dfab791ae306135f89f892e53411a8d94ab51b333a2cfd95f16d498da0f";
        assert_eq!(signature(&call, &fields, "testSecret").as_deref(), Some(expected));
    }

    fn query(pairs: &[(&str, &str)]) -> HashMap<String, String> {
        let AliyunSms { sign_name, template_code, .. } = AliyunSms::default();
        let usual =
            [("SignName", &*sign_name), ("TemplateCode", &*template_code), ("TemplateParam", r#"{"code":"1234"}"#)];
        usual.iter().chain(pairs).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_a_text_may_not_be_has_its_code() {
        let mut aliyun = Aliyun::default();
        let many = vec!["13800138000"; 1_001].join(",");
        let reference = "r".repeat(256);
        let phone = ("PhoneNumbers", "13800138000");
        let cases: [(&[(&str, &str)], &str); 11] = [
            (&[], "isv.MOBILE_NUMBER_ILLEGAL"),
            (&[("PhoneNumbers", "13800138000,1")], "isv.MOBILE_NUMBER_ILLEGAL"),
            (&[("PhoneNumbers", &many)], "isv.MOBILE_COUNT_OVER_LIMIT"),
            (&[phone, ("SignName", "x")], "isv.SMS_SIGNATURE_ILLEGAL"),
            (&[phone, ("TemplateCode", "x")], "isv.SMS_TEMPLATE_ILLEGAL"),
            (&[phone, ("TemplateParam", "")], "isv.TEMPLATE_MISSING_PARAMETERS"),
            (&[phone, ("TemplateParam", r#"{"minutes":"5"}"#)], "isv.TEMPLATE_MISSING_PARAMETERS"),
            (&[phone, ("TemplateParam", r#"{"code":1234}"#)], "isv.INVALID_JSON_PARAM"),
            (&[phone, ("TemplateParam", r#"{"code":"123"}"#)], "isv.PARAM_LENGTH_LIMIT"),
            (&[phone, ("TemplateParam", r#"{"code":"1234","a":"http://a"}"#)], "isv.PARAM_NOT_SUPPORT_URL"),
            (&[phone, ("OutId", &reference)], "isv.INVALID_PARAMETERS"),
        ];
        for (pairs, code) in cases {
            assert_eq!(aliyun.send(&query(pairs), 0), Err(code), "{code}");
        }
    }

    #[test]
    fn a_number_gets_one_text_a_minute_five_an_hour_and_ten_a_day() {
        let mut aliyun = Aliyun::default();
        let wish = query(&[("PhoneNumbers", "13800138000")]);
        let taken = |aliyun: &mut Aliyun, now_ms| aliyun.send(&wish, now_ms).is_ok();
        assert!(taken(&mut aliyun, 0) && !taken(&mut aliyun, MINUTE_MS - 1));
        assert!((1..5).all(|minute| taken(&mut aliyun, minute * MINUTE_MS)));
        assert!(!taken(&mut aliyun, 5 * MINUTE_MS));
        assert!((60..65).all(|minute| taken(&mut aliyun, minute * MINUTE_MS)));
        assert!(!taken(&mut aliyun, 23 * HOUR_MS));
        assert!(taken(&mut aliyun, 24 * HOUR_MS));
    }
}
