//! Aliyun: `SendSms` of Dysmsapi, signed by ACS3-HMAC-SHA256, its parameters in the query and its body empty.

use chrono::{DateTime, Utc};
use reqwest::header::AUTHORIZATION;
use reqwest::{Client, RequestBuilder};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::config::AliyunAccount;
use super::host;
use super::message::Text;
use super::outcome::Reply;
use super::seal::{hmac_sha256, percent_encoded, sha256_hex};

const ACTION: &str = "SendSms";
const VERSION: &str = "2017-05-25";

/// The signed call that sends `text`.
pub(super) fn request(
    client: &Client,
    account: &AliyunAccount,
    sign_name: &str,
    text: &Text<'_>,
    now: DateTime<Utc>,
) -> RequestBuilder {
    let mut address = account.address.clone();
    let (host, query) = (host(&address), query(sign_name, text));
    address.set_query(Some(&query));
    let nonce = hex::encode(rand::random::<[u8; 16]>());
    let headers = headers(&host, (ACTION, VERSION), &nonce, now);
    let keys = (account.access_key_id.as_str(), account.access_key_secret.as_str());
    let authorization = authorization(keys, &query, &headers);
    let own = headers.iter().filter(|(name, _)| *name != "host");
    own.fold(client.post(address), |request, (name, value)| request.header(*name, value))
        .header(AUTHORIZATION, authorization)
}

/// The parameters, sorted and encoded as they are signed and sent.
fn query(sign_name: &str, text: &Text<'_>) -> String {
    // A number of China goes without its country code, another one with it and without the plus.
    let phone = text.phone.strip_prefix("+86").unwrap_or_else(|| text.phone.trim_start_matches('+'));
    let values: Map<String, Value> =
        text.parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    let parameters = (!values.is_empty()).then(|| Value::Object(values).to_string());
    let pairs = [
        ("OutId", text.reference),
        ("PhoneNumbers", Some(phone)),
        ("SignName", Some(sign_name)),
        ("TemplateCode", Some(text.template)),
        ("TemplateParam", parameters.as_deref()),
    ];
    let given = pairs.iter().filter_map(|(name, value)| Some(format!("{name}={}", percent_encoded((*value)?))));
    given.collect::<Vec<_>>().join("&")
}

/// All headers that are signed, sorted. The body is empty.
fn headers(
    host: &str,
    (action, version): (&str, &str),
    nonce: &str,
    now: DateTime<Utc>,
) -> [(&'static str, String); 6] {
    [
        ("host", host.to_owned()),
        ("x-acs-action", action.to_owned()),
        ("x-acs-content-sha256", sha256_hex("")),
        ("x-acs-date", now.format("%Y-%m-%dT%H:%M:%SZ").to_string()),
        ("x-acs-signature-nonce", nonce.to_owned()),
        ("x-acs-version", version.to_owned()),
    ]
}

/// The header that signs this query and these headers. The path is always `/`.
fn authorization((id, key): (&str, &str), query: &str, headers: &[(&str, String)]) -> String {
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let to_sign = format!("ACS3-HMAC-SHA256\n{}", request_hash(query, headers, &names));
    let signature = hex::encode(hmac_sha256(key.as_bytes(), &to_sign));
    format!("ACS3-HMAC-SHA256 Credential={id},SignedHeaders={names},Signature={signature}")
}

fn request_hash(query: &str, headers: &[(&str, String)], names: &str) -> String {
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    sha256_hex(format!("POST\n/\n{query}\n{lines}\n{names}\n{}", sha256_hex("")))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    code: String,
    #[serde(default)]
    biz_id: Option<String>,
}

/// The reply to a call.
pub(super) fn read(body: &[u8]) -> Option<Reply> {
    let Answer { code, biz_id } = serde_json::from_slice(body).ok()?;
    if code == "OK" { Reply::accepted(biz_id.as_deref().unwrap_or_default()) } else { Reply::refused(&code) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NONCE: &str = "3156853299f313e23d1673dc12e1703d";
    const NAMES: &str = "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version";

    fn now() -> DateTime<Utc> {
        "2023-10-26T10:22:32Z".parse().unwrap()
    }

    #[test]
    fn the_published_example_has_the_published_signature() {
        let query = "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai";
        let headers = headers("ecs.cn-shanghai.aliyuncs.com", ("RunInstances", "2014-05-26"), NONCE, now());
        let hash = "7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259";
        assert_eq!(request_hash(query, &headers, NAMES), hash);
        let expected = format!(
            "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders={NAMES},\
            Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
        );
        assert_eq!(authorization(("YourAccessKeyId", "YourAccessKeySecret"), query, &headers), expected);
    }

    fn text<'a>(phone: &'a str, reference: Option<&'a str>) -> Text<'a> {
        Text { phone, template: "SMS_15305", parameters: vec![("code", "1234")], reference }
    }

    #[test]
    fn a_text_has_the_known_query_and_signature() {
        let query = query("阿里云", &text("+8613900000000", None));
        let expected = "PhoneNumbers=13900000000&SignName=%E9%98%BF%E9%87%8C%E4%BA%91&TemplateCode=SMS_15305\
            &TemplateParam=%7B%22code%22%3A%221234%22%7D";
        assert_eq!(query, expected);
        let headers = headers("dysmsapi.aliyuncs.com", (ACTION, VERSION), NONCE, now());
        let hash = "3496ff09b99929bab67530a01b0b10dc7fd206ce024df3736d59f5c279aa3612";
        assert_eq!(request_hash(&query, &headers, NAMES), hash);
        let signature = "8a4b8dfab791ae306135f89f892e53411a8d94ab51b333a2cfd95f16d498da0f";
        assert!(authorization(("testId", "testSecret"), &query, &headers).ends_with(signature));
    }

    #[test]
    fn a_request_is_a_post_of_a_query_and_no_body_with_a_new_nonce_each_time() {
        let account = AliyunAccount {
            address: "https://dysmsapi.aliyuncs.com".parse().unwrap(),
            access_key_id: "testId".to_owned(),
            access_key_secret: "testSecret".to_owned(),
        };
        let build =
            || request(&Client::new(), &account, "阿里云", &text("+85261234567", Some("d-1")), now()).build().unwrap();
        let (first, second) = (build(), build());
        assert_eq!((first.method().as_str(), first.body().is_none()), ("POST", true));
        assert!(first.url().as_str().starts_with("https://dysmsapi.aliyuncs.com/?OutId=d-1&PhoneNumbers=85261234567&"));
        assert_ne!(first.headers()["x-acs-signature-nonce"], second.headers()["x-acs-signature-nonce"]);
        assert_eq!(first.headers()["x-acs-date"], "2023-10-26T10:22:32Z");
    }

    fn told(body: &str) -> Option<Result<String, String>> {
        read(body.as_bytes()).map(|reply| match reply {
            Reply::Accepted { message_id } => Ok(message_id),
            Reply::Refused { code } => Err(code),
        })
    }

    #[test]
    fn an_answer_is_accepted_refused_or_no_reply() {
        let accepted = r#"{"Message":"OK","RequestId":"r","Code":"OK","BizId":"900619746936498440^0"}"#;
        assert_eq!(told(accepted), Some(Ok("900619746936498440^0".to_owned())));
        let refused = r#"{"Message":"13900000000 is wrong","RequestId":"r","Code":"isv.MOBILE_NUMBER_ILLEGAL"}"#;
        assert_eq!(told(refused), Some(Err("isv.MOBILE_NUMBER_ILLEGAL".to_owned())));
        for body in ["", "{}", r#"{"Code":"OK"}"#, r#"{"Code":1}"#, r#"{"Code":"a b"}"#, "<html>"] {
            assert_eq!(told(body), None, "{body}");
        }
    }

    proptest! {
        #[test]
        fn no_answer_panics(body: Vec<u8>, code in ".*", biz_id in ".*") {
            read(&body);
            read(serde_json::json!({ "Code": code, "BizId": biz_id }).to_string().as_bytes());
        }
    }
}
