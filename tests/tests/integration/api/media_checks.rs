//! What WeChat says of screenshots: asked by a worker, fetched under a random word, told by a signed push; officers see it and
//! the reporter does not.

use std::net::TcpListener;

use chrono::TimeDelta;
use harness::{Client, Reply, TestService};
use reqwest::Method;
use sandbox::{Fault, MediaRule, MediaVerdict, PushTo, Pushed};
use serde_json::{Value, json};
use server::config::Secret;
use sha1::{Digest as _, Sha1};

use super::people::{VILLAGE, png, protected, service_with};

const CHECK: &str = "/wxa/media_check_async";
const CALLBACK: &str = "/api/v1/callbacks/wechat";
const REPORTS: &str = "/api/v1/reports";
const QUEUE: &str = "/api/v1/console/lists/reports";
const TOKEN: &str = "PushToken2026";
const AES_KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

/// A report with screenshots, at a service that WeChat can reach and push to.
struct Scene {
    service: TestService,
    reporter: Client,
    report: String,
}

impl Scene {
    async fn new(aes_key: Option<&str>, xml: bool) -> Self {
        let key = aes_key.unwrap_or_default().to_owned();
        let service = service_with(|config| {
            // The address has to be known before the service listens.
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            config.http.listen = format!("127.0.0.1:{port}");
            config.reports.public_url = format!("http://127.0.0.1:{port}");
            config.reports.screenshots = 60;
            config.wechat.push_token = Secret(TOKEN.to_owned());
            config.wechat.push_aes_key = Secret(key);
        })
        .await;
        let aes_key = aes_key.map(str::to_owned);
        service.wechat.push_to(PushTo {
            url: format!("{}{CALLBACK}", service.url),
            token: TOKEN.to_owned(),
            aes_key,
            xml,
        });
        for (marker, verdict) in [
            ("look", MediaVerdict::Review),
            ("bad", MediaVerdict::Risky),
            ("broken", MediaVerdict::Errcode(-1008)),
            ("silent", MediaVerdict::Silent),
        ] {
            service.wechat.add_media_rule(MediaRule { marker: marker.to_owned(), verdict, times: None });
        }
        let reporter = protected(&service, "reporter", "13900000001", VILLAGE).await;
        let made = reporter.post(REPORTS, json!({ "kind": "phone", "value": "17012345678" })).await.expect(201);
        let report = made.body["id"].as_str().unwrap().to_owned();
        Self { service, reporter, report }
    }

    /// Sends a picture in which this marker stands; its outward id.
    async fn upload(&self, marker: &str) -> String {
        let mut picture = png();
        picture.extend_from_slice(marker.as_bytes());
        let path = format!("{REPORTS}/{}/screenshots", self.report);
        let sent = self.reporter.send(Method::POST, &path, Some(("image/png", picture))).await.expect(201);
        assert_eq!(sent.body.as_object().unwrap().len(), 1, "the reporter sees nothing of it: {}", sent.text);
        sent.body["id"].as_str().unwrap().to_owned()
    }

    /// A round of the workers, and all that WeChat tells after it.
    async fn round(&self) -> Vec<Pushed> {
        self.service.run_workers().await;
        tokio::task::block_in_place(|| self.service.wechat.settled())
    }

    async fn officer(&self) -> Client {
        self.service.officer("city_lead", None).await
    }

    async fn states(&self) -> Vec<String> {
        let report = self.officer().await.get(&format!("{QUEUE}/{}", self.report)).await.expect(200);
        let screenshots = report.body["screenshots"].as_array().unwrap();
        screenshots.iter().map(|one| one["check"].as_str().unwrap().to_owned()).collect()
    }

    /// What the database holds of all of it.
    fn stored(&self) -> Vec<String> {
        let rows = self.service.store().db.run_blocking(store::parity::rows_as_text).unwrap();
        [&rows["report_screenshots"][..], &rows["media_results"][..]].concat()
    }

    /// The bodies of the askings so far.
    fn asked(&self) -> Vec<Value> {
        let calls = self.service.wechat.received().into_iter().filter(|call| call.path == CHECK);
        calls.map(|call| serde_json::from_str(&call.body).unwrap()).collect()
    }

    /// The path under which WeChat was told to fetch the last picture.
    fn media_path(&self) -> String {
        let asked = self.asked().pop().unwrap();
        asked["media_url"].as_str().unwrap().strip_prefix(&self.service.url).unwrap().to_owned()
    }

    async fn push(&self, url: &str, body: &str) -> Reply {
        let path = url.strip_prefix(&self.service.url).unwrap_or(url);
        let body = Some(("application/json", body.as_bytes().to_vec()));
        self.service.anonymous().send(Method::POST, path, body).await
    }

    /// The query of a push signed now.
    fn signed(&self, nonce: &str) -> String {
        let timestamp = self.service.clock.now().timestamp().to_string();
        let mut parts = [TOKEN, &timestamp, nonce];
        parts.sort_unstable();
        let signature = hex::encode(Sha1::digest(parts.concat()));
        format!("{CALLBACK}?signature={signature}&timestamp={timestamp}&nonce={nonce}")
    }
}

fn event(trace_id: &str, suggest: &str) -> String {
    json!({
        "ToUserName": "gh_1", "FromUserName": "o1", "CreateTime": 1, "MsgType": "event", "Event": "wxa_media_check",
        "trace_id": trace_id, "version": 2, "errcode": 0, "errmsg": "ok", "result": { "suggest": suggest, "label": 100 },
    })
    .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_screenshot_is_passed_held_or_left_to_people() {
    let scene = Scene::new(None, false).await;
    for marker in ["fine", "look", "bad", "broken", "silent"] {
        scene.upload(marker).await;
    }
    assert_eq!(scene.states().await, ["unchecked"; 5]);
    let pushed = scene.round().await;
    assert!(pushed.iter().all(|push| push.status == 200 && push.fetched > 0), "{pushed:?}");
    // A result may have come before the answer to its asking: the next round lets them meet. What failed is asked once more.
    scene.round().await;
    scene.round().await;
    assert_eq!(scene.states().await, ["passed", "review", "risky", "manual", "asked"]);
    let asked = scene.asked();
    assert_eq!(asked.len(), 6, "the failing one twice");
    for wish in &asked {
        let said = (&wish["media_type"], &wish["version"], &wish["scene"]);
        assert_eq!(said, (&json!(2), &json!(2), &json!(4)));
    }
    scene.service.clock.advance(TimeDelta::minutes(39));
    scene.round().await;
    assert_eq!(scene.states().await[4], "asked");
    scene.service.clock.advance(TimeDelta::minutes(1));
    scene.round().await;
    assert_eq!(scene.states().await, ["passed", "review", "risky", "manual", "manual"]);
    assert_eq!(scene.asked().len(), 6);
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_picture_is_shown_to_an_officer_who_insists_and_to_nobody_by_chance() {
    let scene = Scene::new(None, false).await;
    let bad = scene.upload("bad").await;
    scene.round().await;
    scene.round().await;
    let lead = scene.officer().await;
    let path = format!("{QUEUE}/{}/screenshots/{bad}", scene.report);
    let refused = lead.get(&path).await.expect_problem(409, "conflict");
    assert!(refused.body["detail"].as_str().unwrap().contains("anyway=true"), "{}", refused.text);
    lead.get(&format!("{path}?anyway=false")).await.expect_problem(409, "conflict");
    lead.send(Method::GET, &format!("{path}?anyway=true"), None).await.expect(200);
    // The reporter sees ids, as ever.
    let own = scene.reporter.get(&format!("{REPORTS}/{}", scene.report)).await.expect(200);
    assert_eq!(own.body["screenshots"], json!([bad]));
    assert!(!own.text.contains("risky"), "{}", own.text);
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_documented_refusal_puts_a_check_off_or_leaves_it_to_people() {
    let scene = Scene::new(None, false).await;
    let table: &[(&str, &[i64])] = &[
        ("unchecked", &[-1, 40001, 40014, 42001, 45009, 45011, 48001, 48004, 40013, 40125, 40164, 40243]),
        ("unchecked", &[41002, 41004, 61004]),
        ("manual", &[61010, 40003, 43104, 40004, 40129, 43302, 44002, 47001, 41001, 43002, 43003, 50002, 99_999]),
        ("risky", &[87_014]),
    ];
    let mut expected = Vec::new();
    for (state, codes) in table {
        for errcode in *codes {
            // Busy is repeated twice, a refused token renewed once.
            let times = match errcode {
                -1 => 3,
                40001 | 40014 | 42001 => 2,
                _ => 1,
            };
            scene.service.wechat.add_fault(CHECK, Fault::Errcode(*errcode), times);
            scene.upload("fine").await;
            scene.round().await;
            expected.push(*state);
            assert_eq!(scene.states().await, expected, "{errcode}");
            // Some stop all askings for a while.
            scene.service.app().wechat.resume();
        }
    }
    for (fault, times) in [(Fault::Status(503), 3), (Fault::Html, 1), (Fault::Cut, 1)] {
        scene.service.wechat.add_fault(CHECK, fault, times);
        scene.upload("fine").await;
        scene.round().await;
        expected.push("unchecked");
        assert_eq!(scene.states().await, expected);
    }
    // What was put off is asked about after a minute, and left to people once the visit is over.
    scene.service.wechat.add_fault(CHECK, Fault::Errcode(-1), 3);
    scene.service.clock.advance(TimeDelta::minutes(1));
    scene.round().await;
    let put_off = |states: &[String]| states.iter().filter(|state| *state == "unchecked").count();
    assert_eq!(put_off(&scene.states().await), 18, "the first is put off again, the others wait for the next round");
    scene.service.clock.advance(TimeDelta::minutes(119));
    scene.round().await;
    let states = scene.states().await;
    assert!(states.iter().all(|state| state == "manual" || state == "risky"), "{states:?}");
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_off_is_asked_about_later() {
    let scene = Scene::new(None, false).await;
    scene.service.wechat.add_fault(CHECK, Fault::Errcode(45009), 1);
    scene.upload("fine").await;
    scene.round().await;
    assert_eq!((scene.states().await, scene.asked().len()), (vec!["unchecked".to_owned()], 1));
    scene.round().await;
    assert_eq!(scene.asked().len(), 1, "not before the minute is over");
    scene.service.clock.advance(TimeDelta::minutes(1));
    scene.round().await;
    scene.round().await;
    assert_eq!(scene.states().await, ["passed"]);
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_old_and_malformed_pushes_change_nothing_and_repeated_ones_nothing_more() {
    let scene = Scene::new(None, false).await;
    for marker in ["fine", "silent"] {
        scene.upload(marker).await;
    }
    let pushed = scene.round().await.pop().unwrap();
    scene.round().await;
    assert_eq!(scene.states().await, ["passed", "asked"]);
    let before = scene.stored();
    let trace = serde_json::from_str::<Value>(&pushed.body).unwrap()["trace_id"].as_str().unwrap().to_owned();

    let changed = |from: &str, to: &str| pushed.url.replace(from, to);
    for url in
        [changed("signature=", "signature=0"), changed("&nonce=", "&nonce=1"), changed("timestamp=1", "timestamp=2")]
    {
        scene.push(&url, &pushed.body).await.expect_problem(403, "forbidden");
    }
    scene.push(CALLBACK, &pushed.body).await.expect_problem(403, "forbidden");
    // The signature of a plain push covers no body: one that was seen is good for its own body alone.
    scene.push(&pushed.url, &event(&trace, "risky")).await.expect_problem(403, "forbidden");
    for (nonce, body) in [("1", ""), ("2", "[]"), ("3", "{\"MsgType\":\"event\"}"), ("4", "<xml>"), ("5", "{\"a\":")] {
        scene.push(&scene.signed(nonce), body).await.expect_problem(400, "malformed_request");
    }
    assert_eq!(scene.stored(), before);
    // The same again, and a later word about what is decided: acknowledged, and nothing changes.
    assert_eq!(scene.push(&pushed.url, &pushed.body).await.expect(200).text, "success");
    scene.push(&scene.signed("6"), &event(&trace, "risky")).await.expect(200);
    assert_eq!(scene.stored(), before);
    assert_eq!(scene.states().await, ["passed", "asked"]);
    // What nobody waits for is acknowledged and counted.
    let other = json!({ "FromUserName": "o1", "MsgType": "event", "Event": "user_enter_tempsession" }).to_string();
    assert_eq!(scene.push(&scene.signed("7"), &other).await.expect(200).text, "success");
    assert!(scene.service.anonymous().get("/metrics").await.text.contains("wechat_pushes_total{event=\"other\"}"));
    assert_eq!(scene.stored(), before);
    scene.service.clock.advance(TimeDelta::seconds(301));
    scene.push(&pushed.url, &pushed.body).await.expect_problem(403, "forbidden");
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_nobody_waits_for_is_acknowledged_and_forgotten() {
    let scene = Scene::new(None, false).await;
    scene.push(&scene.signed("1"), &event("nobodys-trace", "risky")).await.expect(200);
    assert!(scene.stored().concat().contains("nobodys-trace"));
    scene.service.clock.advance(TimeDelta::minutes(61));
    scene.round().await;
    assert!(!scene.stored().concat().contains("nobodys-trace"), "nobody waits for ever");
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_handed_out_under_its_word_for_half_an_hour_of_a_check() {
    let scene = Scene::new(None, false).await;
    let screenshot = scene.upload("silent").await;
    scene.round().await;
    let (path, anonymous) = (scene.media_path(), scene.service.anonymous());
    let word = path.strip_prefix("/api/v1/media/").unwrap().to_owned();
    assert!(word.len() == 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit()), "{word}");
    assert!(word != screenshot && word != scene.report && !scene.stored().concat().contains(&word), "kept as a hash");
    let seen = anonymous.send(Method::GET, &path, None).await.expect(200);
    for (header, value) in [
        ("content-type", "image/png"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
        ("content-security-policy", "sandbox; default-src 'none'"),
    ] {
        assert_eq!(seen.headers[header], value);
    }
    for wrong in [&screenshot, &scene.report, "0", "%2e%2e", &word[..31], &word.to_uppercase(), &"f".repeat(32)] {
        anonymous.get(&format!("/api/v1/media/{wrong}")).await.expect_problem(404, "not_found");
    }
    scene.service.clock.advance(TimeDelta::minutes(30));
    anonymous.get(&path).await.expect_problem(404, "not_found");

    let scene = {
        scene.service.stop().await;
        Scene::new(None, false).await
    };
    scene.upload("fine").await;
    scene.round().await;
    scene.round().await;
    assert_eq!(scene.states().await, ["passed"]);
    scene.service.anonymous().get(&scene.media_path()).await.expect_problem(404, "not_found");
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sealed_pushes_are_taken_in_json_and_xml_and_plain_ones_refused_beside_a_key() {
    for xml in [false, true] {
        let scene = Scene::new(Some(AES_KEY), xml).await;
        for marker in ["fine", "bad"] {
            scene.upload(marker).await;
        }
        let pushed = scene.round().await;
        assert!(pushed.iter().all(|push| push.status == 200 && !push.body.contains("trace")), "{pushed:?}");
        scene.round().await;
        assert_eq!(scene.states().await, ["passed", "risky"]);
        let before = scene.stored();
        scene.push(&scene.signed("1"), &event("trace", "pass")).await.expect_problem(403, "forbidden");
        let moved = pushed[0].url.replace("msg_signature=", "msg_signature=0");
        scene.push(&moved, &pushed[0].body).await.expect_problem(403, "forbidden");
        scene.push(&pushed[0].url, &pushed[1].body).await.expect_problem(403, "forbidden");
        scene.push(&pushed[0].url, &pushed[0].body).await.expect(200);
        assert_eq!(scene.stored(), before);
        scene.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_push_may_come_in_xml() {
    let scene = Scene::new(None, true).await;
    scene.upload("look").await;
    scene.round().await;
    scene.round().await;
    assert_eq!(scene.states().await, ["review"]);
    scene.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_is_echoed_to_wechat_and_does_not_exist_without_a_token() {
    let scene = Scene::new(None, false).await;
    let (anonymous, signed) = (scene.service.anonymous(), scene.signed("1514711492"));
    assert_eq!(
        anonymous.get(&format!("{signed}&echostr=4375120948345356249")).await.expect(200).text,
        "4375120948345356249"
    );
    anonymous
        .get(&format!("{}&echostr=1", signed.replace("nonce=1", "nonce=2")))
        .await
        .expect_problem(403, "forbidden");
    anonymous.get(&signed).await.expect_problem(400, "malformed_request");
    anonymous.get(CALLBACK).await.expect_problem(403, "forbidden");
    scene.service.stop().await;

    let service = service_with(|_| {}).await;
    let anonymous = service.anonymous();
    anonymous.get(&format!("{signed}&echostr=1")).await.expect_problem(404, "not_found");
    anonymous.post(&signed, json!({})).await.expect_problem(404, "not_found");
    // Nobody is asked, and the picture waits for officers.
    let reporter = protected(&service, "reporter", "13900000001", VILLAGE).await;
    let made = reporter.post(REPORTS, json!({ "kind": "phone", "value": "17012345678" })).await.expect(201);
    let report = made.body["id"].as_str().unwrap();
    let path = format!("{REPORTS}/{report}/screenshots");
    reporter.send(Method::POST, &path, Some(("image/png", png()))).await.expect(201);
    service.run_workers().await;
    assert!(!service.wechat.counters().contains_key(CHECK));
    let lead = service.officer("city_lead", None).await;
    let seen = lead.get(&format!("{QUEUE}/{report}")).await.expect(200);
    assert_eq!(seen.body["screenshots"][0]["check"], "unchecked");
    service.stop().await;
}
