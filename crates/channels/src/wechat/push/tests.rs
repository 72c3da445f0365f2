//! Against the known answers of the reference: those of the vendor's page (5-A to 5-D) and of two clients (5-E, 5-F).

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;
use signals::Signals;

use super::*;
use crate::wechat::Config;

const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const APP: &str = "wxba5fad812f8e6fb9";
const PLAIN: &str = r#"{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","CreateTime":1714037059,"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}"#;
const SEALED: &str = "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04=";

async fn wechat(key: Option<&str>, now: i64) -> WeChat {
    let mut config = Config::new(APP, "secret", "https://api.weixin.qq.com".parse().unwrap());
    config.push = Some(PushSettings::new("AAAAA", key).unwrap());
    let clock = Arc::new(move || DateTime::from_timestamp(now, 0).unwrap());
    WeChat::new(config, Signals::connect(None).await, clock).unwrap()
}

fn query(timestamp: &str, nonce: &str, signature: &str) -> PushQuery {
    let [timestamp, nonce, signature] = [timestamp, nonce, signature].map(str::to_owned);
    PushQuery { signature, timestamp, nonce, ..PushQuery::default() }
}

fn sealed_query() -> PushQuery {
    let msg_signature = "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3".to_owned();
    PushQuery { msg_signature, ..query("1714112445", "415670741", "6c5c811b55cc85e0e1b54100749188c20beb3f5d") }
}

#[tokio::test]
async fn the_address_is_echoed_to_who_signs_and_to_nobody_else() {
    let wechat = wechat(None, 1_714_036_504).await;
    let mut asked = query("1714036504", "1514711492", "f464b24fc39322e44b38aa78f5edd27bd1441696");
    asked.echostr = "4375120948345356249".to_owned();
    assert_eq!(wechat.push_echo(&asked).as_deref(), Ok("4375120948345356249"));
    let forged = PushQuery { nonce: "1514711493".to_owned(), ..asked.clone() };
    assert_eq!(wechat.push_echo(&forged), Err(PushError::Forged));
    assert_eq!(wechat.push_echo(&PushQuery { signature: String::new(), ..asked.clone() }), Err(PushError::Forged));
    let page = PushQuery { echostr: "<script>".to_owned(), ..asked };
    assert_eq!(wechat.push_echo(&page), Err(PushError::Malformed));
}

#[tokio::test]
async fn a_plain_push_is_read_within_five_minutes() {
    let asked = query("1714037059", "486452656", "899cf89e464efb63f54ddac96b0a0a235f53aa78");
    for (now, taken) in [(0, true), (300, true), (-300, true), (301, false), (-301, false)] {
        let opened = wechat(None, 1_714_037_059 + now).await.push_open(&asked, PLAIN.as_bytes());
        let expected = if taken { Ok(PushEvent::Other) } else { Err(PushError::Stale) };
        assert_eq!(opened.map(|pushed| pushed.event), expected, "{now}");
    }
    let wechat = wechat(None, 1_714_037_059).await;
    for body in ["", "[]", "{}", "hello", "{\"MsgType\":1}"] {
        assert_eq!(wechat.push_open(&asked, body.as_bytes()), Err(PushError::Malformed), "{body}");
    }
}

#[tokio::test]
async fn a_sealed_push_is_opened_and_a_plain_one_refused_beside_a_key() {
    let wechat = wechat(Some(KEY), 1_714_112_445).await;
    let json = json!({ "ToUserName": "gh_97417a04a28d", "Encrypt": SEALED }).to_string();
    let xml = format!("<xml><ToUserName>gh</ToUserName><Encrypt><![CDATA[{SEALED}]]></Encrypt></xml>");
    for body in [&json, &xml] {
        assert_eq!(wechat.push_open(&sealed_query(), body.as_bytes()).unwrap().event, PushEvent::Other);
    }
    // The signature of the query holds here, and is not enough.
    assert_eq!(wechat.push_open(&sealed_query(), PLAIN.as_bytes()), Err(PushError::Forged));
    let changed = json.replace("j04=", "j05=");
    assert_eq!(wechat.push_open(&sealed_query(), changed.as_bytes()), Err(PushError::Forged));
    let unsigned = PushQuery { msg_signature: sealed_query().signature, ..sealed_query() };
    assert_eq!(wechat.push_open(&unsigned, json.as_bytes()), Err(PushError::Forged));
}

#[test]
fn what_is_sealed_opens_as_the_vendors_answers_say() {
    let settings = PushSettings::new("AAAAA", Some(KEY)).unwrap();
    let opened = seal::open(settings.key().unwrap(), SEALED).unwrap();
    assert_eq!((opened.message.len(), opened.app_id.as_slice()), (167, APP.as_bytes()));
    assert_eq!(opened.message, PLAIN.replace("1714037059", "1714112445").as_bytes());

    let reply = "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==";
    assert_eq!(seal::open(settings.key().unwrap(), reply).unwrap().message, br#"{"demo_resp":"good luck"}"#);
    let signed = signature(["AAAAA", "1713424427", "415670741", reply]);
    assert_eq!(signed, "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1");

    let settings = PushSettings::new("pamtest", Some("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")).unwrap();
    let sealed = "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg==";
    let opened = seal::open(settings.key().unwrap(), sealed).unwrap();
    assert_eq!(
        (opened.message.as_slice(), opened.app_id.as_slice()),
        ("我是中文abcd123".as_bytes(), &b"wxb11529c136998cb6"[..])
    );
    let signed = signature(["pamtest", "1409304348", "xxxxxx", sealed]);
    assert_eq!(signed, "82c962d39941aa48552f90ef55aa323dc620cc10");
}

#[test]
fn parts_are_sorted_before_they_are_hashed() {
    assert_eq!(signature(["c", "a", "b"]), "a9993e364706816aba3e25717850c26c9cd0d89d");
    assert_eq!(signature(["345", "123"]), "9f537aeb751ec72605f57f94a2f6dc3e3958e1dd");
}

fn result(suggest: &str, errcode: i64) -> Value {
    json!({
        "ToUserName": "gh_1", "FromUserName": "o1", "CreateTime": 1, "MsgType": "event", "Event": "wxa_media_check",
        "appid": APP, "trace_id": "trace-1", "version": 2, "errcode": errcode, "errmsg": "ok",
        "result": { "suggest": suggest, "label": 100 },
    })
}

#[test]
fn a_result_says_what_to_do_and_an_error_is_none() {
    let read = |value: &Value| match event::read(value, APP) {
        Ok(PushEvent::MediaCheck(MediaCheckEvent { suggestion, .. })) => Ok(suggestion),
        Ok(PushEvent::Other) => Err(PushError::NotConfigured),
        Err(error) => Err(error),
    };
    for (suggest, expected) in [
        ("pass", MediaSuggestion::Pass),
        ("review", MediaSuggestion::Review),
        ("risky", MediaSuggestion::Risky),
        ("unheard-of", MediaSuggestion::Review),
    ] {
        assert_eq!(read(&result(suggest, 0)), Ok(expected));
        assert_eq!(read(&result(suggest, -1008)), Ok(MediaSuggestion::Failed));
    }
    let mut foreign = result("pass", 0);
    foreign["appid"] = json!("wx0");
    assert_eq!(read(&foreign), Err(PushError::Forged));
    for field in ["trace_id", "errcode", "result"] {
        let mut lacking = result("pass", 0);
        lacking.as_object_mut().unwrap().remove(field);
        assert_eq!(read(&lacking), Err(PushError::Malformed), "{field}");
    }
}

#[test]
fn a_result_in_xml_reads_like_one_in_json_and_declared_entities_are_refused() {
    let text = "<?xml version=\"1.0\"?><xml>\n<FromUserName><![CDATA[o1]]></FromUserName><MsgType>event</MsgType>\
        <Event>wxa_media_check</Event><trace_id>a&amp;b&#33;</trace_id><errcode>0</errcode>\
        <detail><label>1</label></detail><detail><label>2</label></detail><empty/>\
        <result><suggest><![CDATA[risky]]></suggest></result></xml>";
    let value = xml::read(text).unwrap();
    assert_eq!(value["detail"], json!([{ "label": "1" }, { "label": "2" }]));
    let expected = MediaCheckEvent { trace_id: "a&b!".to_owned(), suggestion: MediaSuggestion::Risky };
    assert_eq!(event::read(&value, APP), Ok(PushEvent::MediaCheck(expected)));
    let entity = "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><xml><a>&a;</a></xml>";
    let deep = format!("{}{}", "<a>".repeat(20), "</a>".repeat(20));
    for wrong in [entity, "<xml>&a;</xml>", "<xml><a></xml>", "<xml/>", "<a></a><b></b>", "x<a></a>", &deep] {
        assert_eq!(xml::read(wrong), None, "{wrong}");
    }
}

#[test]
fn token_and_key_have_their_forms() {
    assert_eq!(PushSettings::new("ab", None), Err(PushSettingsError::Token));
    assert_eq!(PushSettings::new("a b c", None), Err(PushSettingsError::Token));
    for key in ["", "short", "!AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        assert_eq!(PushSettings::new("abc", Some(key)), Err(PushSettingsError::Key));
    }
}

proptest! {
    #[test]
    fn no_body_panics(text in ".*", bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = (read(text.as_bytes()), read(&bytes), read(format!("<xml>{text}</xml>").as_bytes()));
        let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &bytes);
        let _ = (seal::open(&[0; 32], &encoded), seal::open(&[0; 32], &text));
    }
}
