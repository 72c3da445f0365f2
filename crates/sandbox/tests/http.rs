//! The stand-ins over HTTP, as the service and a person with curl meet them.

#![cfg(test)]

use std::time::Duration;

use reqwest::{Client, StatusCode};
use sandbox::{ALIYUN_SMS, Fault, Handle, Settings, TENCENT_SMS};
use serde_json::{Value, json};

const LOGIN: &str = "/sns/jscode2session";
const STABLE: &str = "/cgi-bin/stable_token";
const PLAIN: &str = "/cgi-bin/token";
const PHONE: &str = "/wxa/business/getuserphonenumber";
const IMAGE: &str = "/wxa/getwxacodeunlimit";
const RISK: &str = "/wxa/getuserriskrank";

fn start() -> Handle {
    sandbox::start("127.0.0.1:0").expect("a free port")
}

fn client() -> Client {
    Client::builder().no_proxy().build().expect("a client")
}

async fn get(sandbox: &Handle, path: &str, query: &[(&str, &str)]) -> Value {
    let request = client().get(format!("{}{path}", sandbox.url())).query(query);
    let bytes = request.send().await.expect("an answer").bytes().await.expect("a body");
    serde_json::from_slice(&bytes).expect("JSON")
}

async fn post(sandbox: &Handle, path: &str, body: String) -> (StatusCode, Value) {
    let answer = client().post(format!("{}{path}", sandbox.url())).body(body).send().await.expect("an answer");
    let status = answer.status();
    (status, serde_json::from_slice(&answer.bytes().await.expect("a body")).unwrap_or_default())
}

async fn log_in(sandbox: &Handle, code: &str) -> Value {
    let Settings { app_id, secret } = Settings::default();
    let query = [("appid", &*app_id), ("secret", &*secret), ("js_code", code), ("grant_type", "authorization_code")];
    get(sandbox, LOGIN, &query).await
}

#[tokio::test]
async fn a_code_made_by_the_control_route_logs_in_once() {
    let sandbox = start();
    let (status, made) = post(&sandbox, "/sandbox/wechat/codes", json!({ "openid": "oTest" }).to_string()).await;
    assert_eq!((status, &made["openid"]), (StatusCode::OK, &json!("oTest")));
    let code = made["code"].as_str().expect("a code");
    let session = log_in(&sandbox, code).await;
    assert_eq!(session["openid"], "oTest");
    assert_eq!(session["session_key"].as_str().map(str::len), Some(24));
    assert_eq!(session.get("errcode"), None);
    assert_eq!(log_in(&sandbox, code).await["errcode"], 40163);
    let (_, somebody) = post(&sandbox, "/sandbox/wechat/codes", String::new()).await;
    assert_eq!(somebody["openid"].as_str().map(str::len), Some(28));
}

#[tokio::test]
async fn a_code_expires_with_the_clock_and_a_demo_code_never() {
    let sandbox = start();
    let code = sandbox.create_code(None);
    assert_eq!(post(&sandbox, "/sandbox/clock", json!({ "advance_s": 301 }).to_string()).await.0, 204);
    assert_eq!(log_in(&sandbox, &code).await["errcode"], 40029);
    let first = log_in(&sandbox, "demo-li").await;
    assert_eq!(first["openid"], json!(sandbox::demo_openid("demo-li")));
    assert_eq!(log_in(&sandbox, "demo-li").await["openid"], first["openid"]);
}

#[tokio::test]
async fn missing_and_wrong_parameters_of_a_get_have_their_codes() {
    let sandbox = start();
    let Settings { app_id, secret } = Settings::default();
    let (id, key) = (("appid", &*app_id), ("secret", &*secret));
    for path in [LOGIN, PLAIN] {
        let cases: [(&[(&str, &str)], i64); 5] = [
            (&[], 41002),
            (&[id], 41004),
            (&[("appid", "wx0"), key], 40013),
            (&[id, ("secret", "0")], 40125),
            (&[id, key, ("grant_type", "password")], 40002),
        ];
        for (query, errcode) in cases {
            let refused = get(&sandbox, path, query).await;
            assert_eq!(refused["errcode"], errcode, "{path} {query:?}");
            assert!(refused["errmsg"].as_str().is_some_and(|message| message.contains(", rid: ")));
        }
        assert_eq!(post(&sandbox, path, "{}".to_owned()).await.1["errcode"], 43001);
    }
    assert_eq!(get(&sandbox, LOGIN, &[id, key, ("grant_type", "authorization_code")]).await["errcode"], 40029);
}

#[tokio::test]
async fn missing_and_wrong_parts_of_a_stable_token_body_have_their_codes() {
    let sandbox = start();
    let Settings { app_id, secret } = Settings::default();
    let cases = [
        (String::new(), 44002),
        ("appid=1".to_owned(), 47001),
        (r#""{}""#.to_owned(), 47001),
        (json!({ "secret": secret }).to_string(), 41002),
        (json!({ "appid": app_id }).to_string(), 41004),
        (json!({ "appid": "wx0", "secret": secret }).to_string(), 40013),
        (json!({ "appid": app_id, "secret": "0" }).to_string(), 40125),
        (json!({ "appid": app_id, "secret": secret }).to_string(), 40002),
        (json!({ "appid": app_id, "secret": secret, "force_refresh": 1 }).to_string(), 47001),
    ];
    for (body, errcode) in cases {
        assert_eq!(post(&sandbox, STABLE, body.clone()).await.1["errcode"], errcode, "{body}");
    }
    assert_eq!(get(&sandbox, STABLE, &[]).await["errcode"], 43002);
    let right = json!({ "appid": app_id, "secret": secret, "grant_type": "client_credential" }).to_string();
    let token = post(&sandbox, STABLE, right).await.1;
    assert_eq!(token["expires_in"], 7200);
    let working = get(&sandbox, "/sandbox/wechat/tokens", &[]).await;
    assert_eq!(working["tokens"][0]["token"], token["access_token"]);
}

#[tokio::test]
async fn faults_are_met_as_scripted_and_then_all_is_well() {
    let sandbox = start();
    let faults =
        [json!({ "errcode": -1 }), json!("html"), json!("cut"), json!({ "status": 503 }), json!({ "slow_ms": 1 })];
    for fault in &faults {
        let wish = json!({ "path": LOGIN, "fault": fault }).to_string();
        assert_eq!(post(&sandbox, "/sandbox/faults", wish).await.0, 204);
    }
    assert_eq!(log_in(&sandbox, "demo-li").await["errcode"], -1);
    let url = format!("{}{LOGIN}", sandbox.url());
    let page = client().get(&url).send().await.expect("a page");
    assert_eq!((page.status(), page.headers()["content-type"].to_str().ok()), (StatusCode::OK, Some("text/html")));
    let cut = client().get(&url).send().await.expect("a head");
    assert!(cut.bytes().await.is_err());
    assert_eq!(client().get(&url).send().await.expect("a page").status(), 503);
    assert!(log_in(&sandbox, "demo-li").await["openid"].is_string());
    assert!(log_in(&sandbox, "demo-li").await["openid"].is_string());
}

#[tokio::test]
async fn a_hanging_call_does_not_hold_up_others_nor_the_end() {
    let sandbox = start();
    sandbox.add_fault(LOGIN, Fault::Hang, 1);
    let url = format!("{}{LOGIN}", sandbox.url());
    let hanging = client().get(&url).timeout(Duration::from_millis(200)).send();
    assert!(hanging.await.is_err_and(|error| error.is_timeout()));
    assert!(log_in(&sandbox, "demo-li").await["openid"].is_string());
    sandbox.stop();
    assert!(client().get(&url).send().await.is_err_and(|error| error.is_connect()));
}

#[tokio::test]
async fn what_was_received_is_listed_counted_and_forgotten_by_a_reset() {
    let sandbox = start();
    log_in(&sandbox, "demo-li").await;
    post(&sandbox, STABLE, "body".to_owned()).await;
    let received = get(&sandbox, "/sandbox/received", &[]).await;
    assert!(received["received"][0]["query"].as_str().is_some_and(|query| query.contains("js_code=demo-li")));
    assert_eq!(received["received"][1]["body"], "body");
    let counters = get(&sandbox, "/sandbox/counters", &[]).await;
    assert_eq!(counters, json!({ LOGIN: 1, STABLE: 1 }));
    sandbox.add_fault(LOGIN, Fault::Html, 5);
    assert_eq!(post(&sandbox, "/sandbox/reset", String::new()).await.0, 204);
    assert!(sandbox.received().is_empty() && sandbox.counters().is_empty());
    assert!(log_in(&sandbox, "demo-li").await["openid"].is_string());
}

#[tokio::test]
async fn a_wrong_wish_is_refused_with_a_reason() {
    let sandbox = start();
    let wishes = [
        ("/sandbox/faults", "{}"),
        ("/sandbox/faults", r#"{"path":"/a","fault":"burn"}"#),
        ("/sandbox/faults", r#"{"path":"/a","fault":"cut","times":0}"#),
        ("/sandbox/wechat/codes", r#"{"openid":"a b"}"#),
        ("/sandbox/wechat/phone-codes", r#"{"number":"1a"}"#),
        ("/sandbox/wechat/phone-codes", r#"{"number":"13800138000","openid":"a b"}"#),
        ("/sandbox/wechat/risk-ranks", r#"{"openid":"o1","rank":5}"#),
        ("/sandbox/clock", r#"{"advance_s":-1}"#),
    ];
    for (path, body) in wishes {
        let (status, answer) = post(&sandbox, path, body.to_owned()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path} {body}");
        assert!(answer["error"].is_string());
    }
    assert_eq!(client().get(format!("{}/other", sandbox.url())).send().await.expect("an answer").status(), 404);
}

async fn token(sandbox: &Handle) -> String {
    let Settings { app_id, secret } = Settings::default();
    let wish = json!({ "appid": app_id, "secret": secret, "grant_type": "client_credential" }).to_string();
    let token = post(sandbox, STABLE, wish).await.1;
    token["access_token"].as_str().expect("a token").to_owned()
}

#[tokio::test]
async fn calls_with_an_access_token_need_one_that_works_and_a_body() {
    let sandbox = start();
    let token = token(&sandbox).await;
    for path in [PHONE, IMAGE, RISK] {
        assert_eq!(get(&sandbox, path, &[]).await["errcode"], 43002);
        assert_eq!(post(&sandbox, path, "{}".to_owned()).await.1["errcode"], 41001);
        assert_eq!(post(&sandbox, &format!("{path}?access_token=x"), "{}".to_owned()).await.1["errcode"], 40001);
        assert_eq!(post(&sandbox, &format!("{path}?access_token={token}"), String::new()).await.1["errcode"], 44002);
    }
}

#[tokio::test]
async fn a_phone_code_made_by_the_control_route_gives_its_number_once() {
    let sandbox = start();
    let path = format!("{PHONE}?access_token={}", token(&sandbox).await);
    let wish = json!({ "number": "61234567", "country_code": "852", "openid": "oTest" }).to_string();
    let (_, made) = post(&sandbox, "/sandbox/wechat/phone-codes", wish).await;
    let ask = json!({ "code": made["code"], "openid": "oTest" }).to_string();
    let (_, answer) = post(&sandbox, &path, ask.clone()).await;
    assert_eq!((&answer["errcode"], &answer["phone_info"]["purePhoneNumber"]), (&json!(0), &json!("61234567")));
    assert_eq!(post(&sandbox, &path, ask).await.1["errcode"], 40029);
    let literal = json!({ "code": "phone-13800138000", "openid": "oTest" }).to_string();
    assert_eq!(post(&sandbox, &path, literal).await.1["phone_info"]["phoneNumber"], "13800138000");
}

#[tokio::test]
async fn a_code_image_is_a_picture_and_its_refusal_is_json() {
    let sandbox = start();
    let url = format!("{}{IMAGE}?access_token={}", sandbox.url(), token(&sandbox).await);
    let ask = |scene: &str| client().post(&url).body(json!({ "scene": scene }).to_string()).send();
    let image = ask("abc").await.expect("an answer");
    assert_eq!(image.headers()["content-type"].to_str().ok(), Some("image/jpeg"));
    assert!(image.bytes().await.expect("a body").starts_with(b"\xff\xd8\xff"));
    let refused = ask("a b").await.expect("an answer");
    assert_eq!(refused.headers()["content-type"].to_str().ok(), Some("text/plain"));
    assert!(refused.text().await.expect("a body").starts_with('{'));
}

#[tokio::test]
async fn a_risk_rank_is_the_one_that_was_set() {
    let sandbox = start();
    let path = format!("{RISK}?access_token={}", token(&sandbox).await);
    let session = log_in(&sandbox, "demo-li").await;
    let openid = session["openid"].as_str().expect("an openid");
    let app_id = Settings::default().app_id;
    let ask = json!({ "appid": app_id, "openid": openid, "scene": 0, "client_ip": "192.0.2.1" }).to_string();
    assert_eq!(post(&sandbox, &path, ask.clone()).await.1["risk_rank"], 0);
    let wish = json!({ "openid": openid, "rank": 4 }).to_string();
    assert_eq!(post(&sandbox, "/sandbox/wechat/risk-ranks", wish).await.0, 204);
    let risky = post(&sandbox, &path, ask).await.1;
    assert_eq!((&risky["risk_rank"], &risky["errmsg"]), (&json!(4), &json!("getuserriskrank succ")));
    assert!(risky["unoin_id"].is_u64());
}

#[tokio::test]
async fn a_text_that_nobody_signed_is_refused_in_the_form_of_its_vendor() {
    let sandbox = start();
    let (status, answer) = post(&sandbox, TENCENT_SMS, "{}".to_owned()).await;
    let refused = (status, answer["Response"]["Error"]["Code"].clone());
    assert_eq!(refused, (StatusCode::OK, json!("AuthFailure.SignatureFailure")));
    let (status, answer) = post(&sandbox, ALIYUN_SMS, String::new()).await;
    assert_eq!((status, &answer["Code"]), (StatusCode::BAD_REQUEST, &json!("IncompleteSignature")));
    assert_eq!(get(&sandbox, "/sandbox/sms", &[]).await, json!({ "sms": [] }));
}

#[tokio::test]
async fn a_refusal_on_order_has_the_form_of_its_kind() {
    let sandbox = start();
    let code = |code: &str| Fault::Code(code.to_owned());
    let text = json!({ "PhoneNumberSet": ["+8613800138000"], "SmsSdkAppId": "1", "TemplateId": "1" }).to_string();
    sandbox.add_fault(TENCENT_SMS, code("LimitExceeded.PhoneNumberDailyLimit"), 1);
    sandbox.add_fault(TENCENT_SMS, code("InternalError.Timeout"), 1);
    let response = post(&sandbox, TENCENT_SMS, text.clone()).await.1;
    assert_eq!(response["Response"]["SendStatusSet"][0]["Code"], "LimitExceeded.PhoneNumberDailyLimit");
    assert_eq!(post(&sandbox, TENCENT_SMS, text).await.1["Response"]["Error"]["Code"], "InternalError.Timeout");
    for (word, status) in [("isv.OUT_OF_SERVICE", 200), ("Throttling.User", 400), ("ServiceUnavailable", 503)] {
        sandbox.add_fault(ALIYUN_SMS, code(word), 1);
        let (answered, body) = post(&sandbox, ALIYUN_SMS, String::new()).await;
        assert_eq!((answered.as_u16(), &body["Code"]), (status, &json!(word)));
    }
    sandbox.add_fault(LOGIN, code("isv.OUT_OF_SERVICE"), 1);
    assert_eq!(post(&sandbox, LOGIN, String::new()).await.0, 502);
}
