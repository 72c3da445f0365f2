//! Tencent Cloud: `SendSms`, signed by TC3-HMAC-SHA256 over the body, its type, the host and the action.

use chrono::{DateTime, Utc};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Client, RequestBuilder};
use serde::{Deserialize, Serialize};

use super::config::TencentAccount;
use super::host;
use super::message::Text;
use super::outcome::Reply;
use super::seal::{hmac_sha256, sha256_hex};

const ACTION: &str = "SendSms";
const VERSION: &str = "2021-01-11";
const SERVICE: &str = "sms";
const JSON: &str = "application/json; charset=utf-8";

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    phone_number_set: [&'a str; 1],
    sms_sdk_app_id: &'a str,
    sign_name: &'a str,
    template_id: &'a str,
    template_param_set: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_context: Option<&'a str>,
}

/// The signed call that sends `text`.
pub(super) fn request(
    client: &Client,
    account: &TencentAccount,
    sign_name: &str,
    text: &Text<'_>,
    now: DateTime<Utc>,
) -> RequestBuilder {
    let body = body(account, sign_name, text);
    let host = host(&account.address);
    let headers = [("content-type", JSON), ("host", &host), ("x-tc-action", "sendsms")];
    let keys = (account.secret_id.as_str(), account.secret_key.as_str());
    let authorization = authorization(keys, SERVICE, &headers, &body, now);
    client
        .post(account.address.clone())
        .header(CONTENT_TYPE, JSON)
        .header("X-TC-Action", ACTION)
        .header("X-TC-Version", VERSION)
        .header("X-TC-Region", &account.region)
        .header("X-TC-Timestamp", now.timestamp())
        .header(AUTHORIZATION, authorization)
        .body(body)
}

/// Just what is sent and signed: the vendor hashes the bytes.
fn body(account: &TencentAccount, sign_name: &str, text: &Text<'_>) -> String {
    let body = Body {
        phone_number_set: [text.phone],
        sms_sdk_app_id: &account.sdk_app_id,
        sign_name,
        template_id: text.template,
        template_param_set: text.parameters.iter().map(|(_, value)| *value).collect(),
        session_context: text.reference,
    };
    // Plain texts always become JSON; were one not to, the vendor would refuse the empty body.
    serde_json::to_string(&body).unwrap_or_default()
}

/// The header that signs these headers (lower-case names and values, sorted) and this body. The path is always `/`.
fn authorization(
    (id, key): (&str, &str),
    service: &str,
    headers: &[(&str, &str)],
    body: &str,
    now: DateTime<Utc>,
) -> String {
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let date = now.format("%Y-%m-%d").to_string();
    let scope = format!("{date}/{service}/tc3_request");
    let (timestamp, hash) = (now.timestamp(), request_hash(headers, &names, body));
    let to_sign = format!("TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{hash}");
    let signature = hex::encode(hmac_sha256(&signing_key(key, &date, service), &to_sign));
    format!("TC3-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}")
}

fn request_hash(headers: &[(&str, &str)], names: &str, body: &str) -> String {
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    sha256_hex(format!("POST\n/\n\n{lines}\n{names}\n{}", sha256_hex(body)))
}

fn signing_key(key: &str, date: &str, service: &str) -> [u8; 32] {
    let dated = hmac_sha256(format!("TC3{key}").as_bytes(), date);
    hmac_sha256(&hmac_sha256(&dated, service), "tc3_request")
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    response: Response,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    error: Option<Coded>,
    #[serde(default)]
    send_status_set: Vec<SendStatus>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Coded {
    code: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendStatus {
    code: String,
    #[serde(default)]
    serial_no: String,
}

/// The reply to a call for one number: the refusal of the whole call, or what became of the number.
pub(super) fn read(body: &[u8]) -> Option<Reply> {
    let Answer { response } = serde_json::from_slice(body).ok()?;
    if let Some(Coded { code }) = response.error {
        return Reply::refused(&code);
    }
    match response.send_status_set.as_slice() {
        // How the word is written was only seen in examples.
        [SendStatus { code, serial_no }] if code.eq_ignore_ascii_case("ok") => Reply::accepted(serial_no),
        [SendStatus { code, .. }] => Reply::refused(code),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EXAMPLE: &str = r#"{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}"#;
    const HEADERS: [(&str, &str); 3] =
        [("content-type", JSON), ("host", "cvm.tencentcloudapi.com"), ("x-tc-action", "describeinstances")];
    const NAMES: &str = "content-type;host;x-tc-action";

    fn signed(keys: (&str, &str), headers: &[(&str, &str)]) -> String {
        let now = DateTime::from_timestamp(1_551_113_065, 0).unwrap();
        authorization(keys, "cvm", headers, EXAMPLE, now)
    }

    #[test]
    fn the_published_example_has_the_published_signature() {
        let keys = ("AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE");
        assert_eq!(sha256_hex(EXAMPLE), "35e9c5b0e3ae67532d3c9f17ead6c90222632e5b1ff7f6e89887f1398934f064");
        let hash = "5ffe6a04c0664d6b969fab9a13bdab201d63ee709638e2749d62a09ca18d7031";
        assert_eq!(request_hash(&HEADERS[..2], "content-type;host", EXAMPLE), hash);
        let expected = "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request, \
            SignedHeaders=content-type;host, \
            Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168";
        assert_eq!(signed(keys, &HEADERS[..2]), expected);
        let with_action = signed(keys, &HEADERS);
        let signature = "644be983de9a8a3f00db8eadaba61467c3b429e2215758ba897b738ca469fd26";
        assert!(with_action.ends_with(&format!("SignedHeaders={NAMES}, Signature={signature}")), "{with_action}");
    }

    #[test]
    fn the_newer_forms_of_the_example_agree_too() {
        let hash = "7019a55be8395899b900fb5564e4200d984910f34794a27cb3fb7d10ff6a1e84";
        assert_eq!(request_hash(&HEADERS, NAMES, EXAMPLE), hash);
        let masked = signed(("AKIDz8krbsJ5yKBZQpn74WFkmLPx3*******", "Gu5t9xGARNpq86cd98joQYCN3*******"), &HEADERS);
        assert!(masked.ends_with("=be4f67d323c78ab9acb7395e43c0dbcf822a9cfac32fea2449a7bc7726b770a3"), "{masked}");
        // The newest page shows no secret but the key derived from it.
        let key = hex::decode("b596b923aad85185e2d1f6659d2a062e0a86731226e021e61bfe06f7ed05f5af").unwrap();
        let to_sign = format!("TC3-HMAC-SHA256\n1551113065\n2019-02-25/cvm/tc3_request\n{hash}");
        let expected = "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f";
        assert_eq!(hex::encode(hmac_sha256(&key, &to_sign)), expected);
    }

    fn account() -> TencentAccount {
        TencentAccount {
            address: "https://sms.tencentcloudapi.com".parse().unwrap(),
            secret_id: "AKIDEXAMPLE".to_owned(),
            secret_key: "SECRETEXAMPLE".to_owned(),
            sdk_app_id: "1400006666".to_owned(),
            region: "ap-guangzhou".to_owned(),
        }
    }

    #[test]
    fn a_text_has_the_known_body_and_signature() {
        let parameters = vec![("code", "4370")];
        let text = Text { phone: "+8618511122233", template: "1110", parameters, reference: None };
        let body = body(&account(), "腾讯云", &text);
        assert_eq!(sha256_hex(&body), "40875fe6e83aedf8dd5b357dc22e06d0e7d0717f433790496e2e2d6991d5f6b0");
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let request = request(&Client::new(), &account(), "腾讯云", &text, now).build().unwrap();
        let header = |name: &str| request.headers()[name].to_str().unwrap().to_owned();
        let signature = "1315ed63e5c72ab79e41ea143f7c30e4d0fbaca890f9d05699104d73882aaef5";
        assert!(header("authorization").ends_with(signature), "{}", header("authorization"));
        assert_eq!((header("x-tc-action"), header("x-tc-version")), ("SendSms".to_owned(), "2021-01-11".to_owned()));
        assert_eq!(
            (header("x-tc-region"), header("x-tc-timestamp")),
            ("ap-guangzhou".to_owned(), "1700000000".to_owned())
        );
    }

    #[test]
    fn a_reference_goes_along_as_session_context() {
        let text = Text { phone: "+8618511122233", template: "1", parameters: Vec::new(), reference: Some("d-1") };
        assert!(body(&account(), "金钟", &text).ends_with(r#""TemplateParamSet":[],"SessionContext":"d-1"}"#));
    }

    fn told(body: &str) -> Option<Result<String, String>> {
        read(body.as_bytes()).map(|reply| match reply {
            Reply::Accepted { message_id } => Ok(message_id),
            Reply::Refused { code } => Err(code),
        })
    }

    #[test]
    fn a_number_is_accepted_or_refused_and_a_call_refused_as_a_whole() {
        let status = |code: &str| {
            format!(
                r#"{{"Response":{{"SendStatusSet":[{{"SerialNo":"5000:1","PhoneNumber":"+86","Fee":1,"SessionContext":"",
                "Code":"{code}","Message":"m","IsoCode":"CN"}}],"RequestId":"r"}}}}"#
            )
        };
        assert_eq!(told(&status("Ok")), Some(Ok("5000:1".to_owned())));
        assert_eq!(told(&status("OK")), Some(Ok("5000:1".to_owned())));
        let code = "LimitExceeded.PhoneNumberDailyLimit";
        assert_eq!(told(&status(code)), Some(Err(code.to_owned())));
        let whole = r#"{"Response":{"Error":{"Code":"AuthFailure.SignatureExpire","Message":"m"},"RequestId":"r"}}"#;
        assert_eq!(told(whole), Some(Err("AuthFailure.SignatureExpire".to_owned())));
    }

    #[test]
    fn anything_else_is_no_reply() {
        let one = r#"{"SerialNo":"1","Code":"Ok"}"#;
        for body in [
            String::new(),
            "{}".to_owned(),
            r#"{"Response":{}}"#.to_owned(),
            r#"{"Response":{"SendStatusSet":[]}}"#.to_owned(),
            format!(r#"{{"Response":{{"SendStatusSet":[{one},{one}]}}}}"#),
            r#"{"Response":{"SendStatusSet":[{"Code":"Ok"}]}}"#.to_owned(),
            "<html>".to_owned(),
        ] {
            assert_eq!(told(&body), None, "{body}");
        }
    }

    proptest! {
        #[test]
        fn no_answer_panics(body: Vec<u8>, code in ".*", serial_no in ".*") {
            read(&body);
            let status = serde_json::json!({ "Code": code, "SerialNo": serial_no });
            read(serde_json::json!({ "Response": { "SendStatusSet": [status] } }).to_string().as_bytes());
        }
    }
}
