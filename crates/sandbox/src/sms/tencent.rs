//! `POST /` of `sms.tencentcloudapi.com`: `SendSms`, signed by TC3-HMAC-SHA256.

use actix_web::web::Bytes;
use chrono::DateTime;
use serde::Deserialize;
use serde_json::{Value, json};

use super::frequency::Frequency;
use super::seal::{hmac_sha256, sha256_hex};
use super::{SentSms, canonical};
use crate::call::{Answer, Request};
use crate::wechat::beijing_midnight_ms;

const JSON: &str = "application/json";
const SKEW_S: u64 = 300;
const MOST_NUMBERS: usize = 200;
const REPEAT_MS: u64 = 30_000;
/// Two by the newest page, ten by older ones, and any number in the vendor's console; with two a demo soon ends.
const PER_DAY: usize = 10;

/// Whom the stand-in of Tencent Cloud knows. Made up and public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TencentSms {
    /// The id of the key.
    pub secret_id: String,
    /// The key.
    pub secret_key: String,
    /// The SMS application.
    pub sdk_app_id: String,
    /// The one approved signature.
    pub sign_name: String,
    /// The one approved template: a code, and for how many minutes it works.
    pub template_id: String,
}

impl Default for TencentSms {
    fn default() -> Self {
        Self {
            secret_id: "AKID5a4d50b0e11d00000000000000000001".to_owned(),
            secret_key: "5a4d50b0e11d7e4ce4e75a4d50b0e11d".to_owned(),
            sdk_app_id: "1400000001".to_owned(),
            sign_name: "金钟反诈".to_owned(),
            template_id: "1000001".to_owned(),
        }
    }
}

#[derive(Default)]
pub(super) struct Tencent {
    account: TencentSms,
    frequency: Frequency,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Wish {
    phone_number_set: Vec<String>,
    sms_sdk_app_id: String,
    template_id: String,
    #[serde(default)]
    sign_name: String,
    #[serde(default)]
    template_param_set: Vec<String>,
    #[serde(default)]
    session_context: String,
}

impl Tencent {
    pub(super) fn answer(&mut self, request: &Request, now_ms: u64) -> (Answer, Vec<SentSms>) {
        let wish = match self.wish(request, now_ms) {
            Ok(wish) => wish,
            Err(code) => return (refusal(&request.body, code), Vec::new()),
        };
        let results: Vec<_> =
            wish.phone_number_set.iter().map(|phone| (phone, self.send(&wish, phone, now_ms))).collect();
        let statuses = results.iter().map(|(phone, result)| match result {
            Ok(sent) => status(phone, &sent.message_id, "Ok", &wish.session_context),
            Err(code) => status(phone, "", code, &wish.session_context),
        });
        let answer = respond(&json!({ "SendStatusSet": statuses.collect::<Vec<_>>(), "RequestId": request_id() }));
        (answer, results.into_iter().filter_map(|(_, result)| result.ok()).collect())
    }

    /// The call, once it is known to be this account's and whole.
    fn wish(&self, request: &Request, now_ms: u64) -> Result<Wish, &'static str> {
        self.check_signature(request, now_ms)?;
        match (request.header("x-tc-action"), request.header("x-tc-version"), request.header("x-tc-region")) {
            ("SendSms", "2021-01-11", "") => return Err("MissingParameter"),
            ("SendSms", "2021-01-11", _) => {}
            ("SendSms", _, _) => return Err("NoSuchVersion"),
            _ => return Err("InvalidAction"),
        }
        let wish: Wish = serde_json::from_slice(&request.body).map_err(|_| "InvalidParameter")?;
        if wish.phone_number_set.len() > MOST_NUMBERS {
            return Err("LimitExceeded.PhoneNumberCountLimit");
        }
        if wish.sms_sdk_app_id != self.account.sdk_app_id {
            return Err("InvalidParameterValue.SdkAppIdNotExist");
        }
        Ok(wish)
    }

    fn check_signature(&self, request: &Request, now_ms: u64) -> Result<(), &'static str> {
        let fields = Authorization::read(request.header("authorization")).ok_or("AuthFailure.SignatureFailure")?;
        if fields.id != self.account.secret_id {
            return Err("AuthFailure.SecretIdNotFound");
        }
        let seconds: u64 = request.header("x-tc-timestamp").parse().map_err(|_| "AuthFailure.SignatureFailure")?;
        if seconds.abs_diff(now_ms / 1000) > SKEW_S {
            return Err("AuthFailure.SignatureExpire");
        }
        let signed = signature(request, &fields, &self.account.secret_key, seconds);
        if request.method == "POST" && fields.service == "sms" && signed.as_deref() == Some(fields.signature) {
            Ok(())
        } else {
            Err("AuthFailure.SignatureFailure")
        }
    }

    fn send(&mut self, wish: &Wish, phone: &str, now_ms: u64) -> Result<SentSms, &'static str> {
        let phone = canonical(phone).ok_or("InvalidParameterValue.IncorrectPhoneNumber")?;
        if wish.sign_name != self.account.sign_name {
            return Err("FailedOperation.SignatureIncorrectOrUnapproved");
        }
        if wish.template_id != self.account.template_id {
            return Err("FailedOperation.TemplateIncorrectOrUnapproved");
        }
        let [code, minutes] = wish.template_param_set.as_slice() else {
            return Err("InvalidParameterValue.TemplateParameterFormatError");
        };
        if [code, minutes].iter().any(|text| text.contains("://")) {
            return Err("InvalidParameterValue.ProhibitedUseUrlInTemplateParameter");
        }
        if [code, minutes].iter().any(|text| text.chars().count() > 6) {
            return Err("InvalidParameterValue.TemplateParameterLengthLimit");
        }
        let content = format!("{} {}", wish.template_id, wish.template_param_set.join(" "));
        if self.frequency.has_repeat(&phone, &content, REPEAT_MS, now_ms) {
            return Err("LimitExceeded.PhoneNumberThirtySecondLimit");
        }
        if self.frequency.count_since(&phone, beijing_midnight_ms(now_ms)) >= PER_DAY {
            return Err("LimitExceeded.PhoneNumberDailyLimit");
        }
        self.frequency.note(&phone, &content, now_ms);
        let numbered = (1..).zip(&wish.template_param_set);
        Ok(SentSms {
            at_ms: now_ms,
            vendor: "tencent",
            phone,
            sign_name: wish.sign_name.clone(),
            template: wish.template_id.clone(),
            parameters: numbered.map(|(number, value): (u8, _)| (number.to_string(), value.clone())).collect(),
            message_id: format!("5000:{}", rand::random::<u64>()),
            reference: (!wish.session_context.is_empty()).then(|| wish.session_context.clone()),
        })
    }
}

/// The fields of the header of that name.
struct Authorization<'a> {
    id: &'a str,
    date: &'a str,
    service: &'a str,
    headers: &'a str,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let mut fields = text.strip_prefix("TC3-HMAC-SHA256 ")?.split(", ");
        let mut next = |name: &str| fields.next()?.strip_prefix(name)?.strip_prefix('=');
        let (credential, headers, signature) = (next("Credential")?, next("SignedHeaders")?, next("Signature")?);
        let mut scope = credential.split('/');
        let (id, date, service) = (scope.next()?, scope.next()?, scope.next()?);
        (scope.next()? == "tc3_request").then_some(Self { id, date, service, headers, signature })
    }
}

/// The signature the request should have; `None` when too little is signed or the date is another day's.
fn signature(request: &Request, fields: &Authorization<'_>, key: &str, seconds: u64) -> Option<String> {
    let Authorization { date, service, headers, .. } = fields;
    let day = DateTime::from_timestamp(i64::try_from(seconds).ok()?, 0)?.format("%Y-%m-%d").to_string();
    let names: Vec<&str> = headers.split(';').collect();
    if *date != day || !names.contains(&"content-type") || !names.contains(&"host") {
        return None;
    }
    let lines: String =
        names.iter().map(|name| format!("{name}:{}\n", request.header(name).trim().to_lowercase())).collect();
    let canonical = format!("POST\n/\n\n{lines}\n{headers}\n{}", sha256_hex(&request.body));
    let to_sign = format!("TC3-HMAC-SHA256\n{seconds}\n{date}/{service}/tc3_request\n{}", sha256_hex(canonical));
    let mut signing_key = format!("TC3{key}").into_bytes();
    for part in [*date, *service, "tc3_request"] {
        signing_key = hmac_sha256(&signing_key, part);
    }
    Some(hex::encode(hmac_sha256(&signing_key, &to_sign)))
}

/// The refusal in the form its kind has: of the whole call, or of each number in it.
pub(super) fn refusal(body: &Bytes, code: &str) -> Answer {
    let of_each = ["FailedOperation.", "LimitExceeded.", "InvalidParameterValue.", "InvalidParameter."];
    let of_call = ["LimitExceeded.PhoneNumberCountLimit", "InvalidParameterValue.SdkAppIdNotExist"];
    let id = request_id();
    let phones = serde_json::from_slice::<Wish>(body).map(|wish| wish.phone_number_set).unwrap_or_default();
    if of_each.iter().any(|prefix| code.starts_with(prefix)) && !of_call.contains(&code) && !phones.is_empty() {
        let statuses: Vec<_> = phones.iter().map(|phone| status(phone, "", code, "")).collect();
        respond(&json!({ "SendStatusSet": statuses, "RequestId": id }))
    } else {
        respond(&json!({ "Error": { "Code": code, "Message": "refused" }, "RequestId": id }))
    }
}

fn status(phone: &str, serial_no: &str, code: &str, context: &str) -> Value {
    let (fee, message) = if code == "Ok" { (1, "send success") } else { (0, "refused") };
    json!({
        "SerialNo": serial_no, "PhoneNumber": phone, "Fee": fee, "SessionContext": context, "Code": code,
        "Message": message, "IsoCode": "CN",
    })
}

fn respond(response: &Value) -> Answer {
    Answer::json(200, JSON, &json!({ "Response": response }))
}

fn request_id() -> String {
    format!("{:032x}", rand::random::<u128>())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"PhoneNumberSet":["+8618511122233"],"SmsSdkAppId":"1400006666","SignName":"腾讯云","TemplateId":"1110","TemplateParamSet":["4370"]}"#;

    fn request(headers: &[(&str, &str)], body: &'static str) -> Request {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Request { method: "POST".to_owned(), headers, body: body.into(), ..Request::default() }
    }

    #[test]
    fn the_signature_of_the_published_example_is_right() {
        let body = r#"{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}"#;
        let headers = [("content-type", "application/json; charset=utf-8"), ("host", "cvm.tencentcloudapi.com")];
        let (id, key) = ("AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE");
        let expected = "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168";
        let text = format!(
            "TC3-HMAC-SHA256 Credential={id}/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host, Signature={expected}"
        );
        let fields = Authorization::read(&text).unwrap();
        assert_eq!((fields.id, fields.signature), (id, expected));
        assert_eq!(signature(&request(&headers, body), &fields, key, 1_551_113_065).as_deref(), Some(expected));
        assert_eq!(signature(&request(&headers, body), &fields, key, 1_551_213_065), None);
    }

    #[test]
    fn the_signature_of_a_text_is_right() {
        let headers = [
            ("content-type", "application/json; charset=utf-8"),
            ("host", "sms.tencentcloudapi.com"),
            ("x-tc-action", "SendSms"),
        ];
        let (date, service, headers_signed) = ("2023-11-14", "sms", "content-type;host;x-tc-action");
        let fields = Authorization { id: "AKIDEXAMPLE", date, service, headers: headers_signed, signature: "" };
        let signed = signature(&request(&headers, BODY), &fields, "SECRETEXAMPLE", 1_700_000_000);
        let expected = "1315ed63e5c72ab79e41ea143f7c30e4d0fbaca890f9d05699104d73882aaef5";
        assert_eq!(signed.as_deref(), Some(expected));
    }

    #[test]
    fn what_a_text_may_not_be_has_its_code() {
        let mut tencent = Tencent::default();
        let account = TencentSms::default();
        let wish = |parameters: &[&str]| Wish {
            phone_number_set: Vec::new(),
            sms_sdk_app_id: account.sdk_app_id.clone(),
            template_id: account.template_id.clone(),
            sign_name: account.sign_name.clone(),
            template_param_set: parameters.iter().map(|&text| text.to_owned()).collect(),
            session_context: String::new(),
        };
        let mut code_of = |wish: &Wish, phone: &str| tencent.send(wish, phone, 0).map(drop);
        let wrong = |text: &str| Err(format!("InvalidParameterValue.{text}"));
        let right = wish(&["123456", "5"]);
        let (sign, template) =
            ("FailedOperation.SignatureIncorrectOrUnapproved", "FailedOperation.TemplateIncorrectOrUnapproved");
        assert_eq!(code_of(&right, "110").map_err(str::to_owned), wrong("IncorrectPhoneNumber"));
        let phone = "+8613800138000";
        assert_eq!(code_of(&Wish { sign_name: String::new(), ..wish(&["123456", "5"]) }, phone), Err(sign));
        assert_eq!(code_of(&Wish { template_id: String::new(), ..wish(&["123456", "5"]) }, phone), Err(template));
        for (parameters, code) in [
            (&["123456"][..], "TemplateParameterFormatError"),
            (&["1234567", "5"], "TemplateParameterLengthLimit"),
            (&["123456", "http://a"], "ProhibitedUseUrlInTemplateParameter"),
        ] {
            assert_eq!(code_of(&wish(parameters), phone).map_err(str::to_owned), wrong(code));
        }
        assert_eq!(code_of(&right, phone), Ok(()));
        assert_eq!(code_of(&right, "13800138000"), Err("LimitExceeded.PhoneNumberThirtySecondLimit"));
        for number in 1..10 {
            assert_eq!(code_of(&wish(&[&format!("00000{number}"), "5"]), phone), Ok(()));
        }
        assert_eq!(code_of(&wish(&["999999", "5"]), phone), Err("LimitExceeded.PhoneNumberDailyLimit"));
    }
}
