//! Checks of links that lead elsewhere.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use domain::{ListKind, SubjectKind};
use harness::{
    Backend, Client, TestService,
    privacy::{Scanner, assert_none},
    web::{StandInWeb, WebNames, WebPage},
};
use serde_json::{Value, json};
use server::{Application, Config, config::Environment};

async fn service_with(web: &StandInWeb, names: Arc<WebNames>, adjust: impl FnOnce(&mut Config)) -> TestService {
    let address = web.address.to_string();
    TestService::start_with_names(names, move |config| {
        config.checks.expansion.links = app::settings::ExpandedLinks::Short;
        config.checks.expansion.stand_in = address;
        // What commits a warning is given time on a busy machine.
        config.checks.warning_wait_ms = 10_000;
        adjust(config);
    })
    .await
}

async fn service(web: &StandInWeb) -> TestService {
    service_with(web, Arc::default(), |_| {}).await
}

async fn check(client: &Client, link: &str) -> Value {
    client.post("/api/v1/checks", json!({ "kind": "link", "value": link })).await.expect(200).body
}

/// The answer once it was followed.
async fn followed(service: &TestService, link: &str) -> Value {
    let first = check(&service.anonymous(), link).await;
    assert_eq!(first["subjects"][0]["expansion"]["state"], "following", "{first}");
    service.run_workers().await;
    check(&service.anonymous(), link).await
}

fn reasons(reply: &Value) -> String {
    reply["reasons"].as_array().unwrap().iter().map(|reason| reason.as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_link_takes_the_verdict_of_where_it_leads_and_leaves_a_warning() {
    let web = StandInWeb::start().await;
    let service = service(&web).await;
    service.import(ListKind::Blacklist, SubjectKind::Link, "evil.example\n").await;
    web.redirect("t.cn/A6x", "http://www.evil.example/pay?id=7");
    let resident = service.resident("zhang").await;

    let first = check(&resident, "http://t.cn/A6x").await;
    assert_eq!(first["verdict"], "unknown");
    assert_eq!(
        first["subjects"][0]["expansion"],
        json!({ "state": "following", "target_host": null, "hops": 0 }),
        "{first}"
    );
    assert!(reasons(&first).contains("请过几秒再查一次"), "{first}");
    assert!(web.asked().is_empty(), "no request follows a link");

    service.run_workers().await;
    assert_eq!(web.asked(), ["t.cn/A6x", "www.evil.example/pay?id=7"]);
    let reply = check(&resident, "t.cn/A6x").await;
    assert_eq!((reply["verdict"].as_str(), reply["fraud_type"].as_str()), (Some("fraud"), Some("T02")), "{reply}");
    assert!(reply["reasons"][0].as_str().unwrap().starts_with("这是短链接，实际指向www.evil.example"), "{reply}");
    assert!(reasons(&reply).contains("黑名单"), "{reply}");
    let subject = &reply["subjects"][0];
    assert_eq!(subject["canonical"], "t.cn/A6x");
    assert_eq!(subject["rule"], Value::Null, "the rule covers the target");
    assert_eq!(subject["expansion"], json!({ "state": "followed", "target_host": "www.evil.example", "hops": 1 }));
    assert_eq!(reply["warning_saved"], true);
    let warnings = resident.get("/api/v1/warnings").await.expect(200).body;
    assert_eq!(warnings["items"][0]["canonical"], "t.cn/A6x", "{warnings}");

    let text = json!({ "text": "包裹丢失，点 t.cn/A6x 登记" });
    let reply = resident.post("/api/v1/checks", text).await.expect(200).body;
    assert_eq!(reply["verdict"], "fraud");
    let items =
        json!({ "items": [{ "kind": "link", "value": "https://t.cn/A6x" }, { "kind": "link", "value": "t.cn" }] });
    let batch = resident.post("/api/v1/checks/batch", items).await.expect(200).body;
    assert_eq!(batch["results"][0]["verdict"], "fraud");
    assert_eq!(batch["results"][1]["subjects"][0]["expansion"], Value::Null, "a front page leads nowhere");
    assert!(web.asked().is_empty());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_says_that_its_short_link_is_being_looked_at() {
    let web = StandInWeb::start().await;
    let service = service(&web).await;
    let text = json!({ "text": "看这里 https://dwz.cn/abc 很好看" });
    let reply = service.anonymous().post("/api/v1/checks", text.clone()).await.expect(200).body;
    assert_eq!(reply["verdict"], "unknown");
    assert!(reasons(&reply).contains("正在查看它实际指向哪里"), "{reply}");
    web.redirect("dwz.cn/abc", "https://unlisted.example/");
    service.run_workers().await;
    let reply = service.anonymous().post("/api/v1/checks", text).await.expect(200).body;
    assert_eq!(reply["verdict"], "unknown");
    assert!(reasons(&reply).contains("实际指向unlisted.example。"), "{reply}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_send_on_is_followed_and_every_hop_counts() {
    let web = StandInWeb::start().await;
    let service = service(&web).await;
    service.import(ListKind::Blacklist, SubjectKind::Link, "middle.example\n").await;
    service.import(ListKind::Allowlist, SubjectKind::Link, "bank.example\n").await;
    web.put("t.cn/way", WebPage::Redirect(302, "//one.example/a?b".to_owned()));
    web.put("one.example/a?b", WebPage::Html("<meta http-equiv=refresh content='0;url=/c'>".to_owned()));
    let script = "<script>location.href=\"http:\\/\\/middle.example\\/x\"</script>";
    web.put("one.example/c", WebPage::Html(script.to_owned()));
    web.put("middle.example/x", WebPage::Redirect(307, "http://bank.example/".to_owned()));
    let reply = followed(&service, "t.cn/way").await;
    assert_eq!(reply["verdict"], "fraud");
    assert!(
        reply["reasons"][0].as_str().unwrap().starts_with("这是短链接，实际经过middle.example，指向bank.example。"),
        "{reply}"
    );
    assert_eq!(
        reply["subjects"][0]["expansion"],
        json!({ "state": "followed", "target_host": "bank.example", "hops": 4 })
    );

    // An address within an address, and one too long to be kept whole.
    web.redirect("t.cn/?u=http://x.example/", &format!("http://middle.example/x?{}", "y".repeat(6_000)));
    assert_eq!(followed(&service, "t.cn/?u=http://x.example/").await["verdict"], "fraud");

    // Where it leads may be official; the short link is not.
    web.redirect("t.cn/bank", "http://bank.example/");
    let reply = followed(&service, "t.cn/bank").await;
    assert_eq!(reply["verdict"], "unknown");
    assert!(reasons(&reply).contains("官方"), "{reply}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_listed_later_counts_at_once() {
    let web = StandInWeb::start().await;
    let service = service(&web).await;
    web.redirect("t.cn/later", "http://later.example/x");
    assert_eq!(followed(&service, "t.cn/later").await["verdict"], "unknown");
    service.import(ListKind::Blacklist, SubjectKind::Link, "later.example\n").await;
    web.asked();
    assert_eq!(check(&service.anonymous(), "t.cn/later").await["verdict"], "fraud");
    assert!(web.asked().is_empty());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_remembered_over_a_restart_and_looked_at_again_after_a_day() {
    let web = StandInWeb::start().await;
    let service = service(&web).await;
    web.redirect("t.cn/long", "http://target.example/x");
    // Nobody is there any more: that is looked at again within the hour.
    web.redirect("t.cn/gone", "http://gone.example:81/x");
    followed(&service, "t.cn/long").await;
    followed(&service, "t.cn/gone").await;
    let service = service.restart().await;
    web.asked();
    let reply = followed(&service, "t.cn/long").await;
    assert_eq!(reply["subjects"][0]["expansion"]["target_host"], "target.example");
    assert_eq!(followed(&service, "t.cn/gone").await["subjects"][0]["expansion"]["state"], "failed");
    assert!(web.asked().is_empty(), "the database knew");

    service.clock.advance(TimeDelta::minutes(61));
    assert_eq!(followed(&service, "t.cn/gone").await["subjects"][0]["expansion"]["state"], "failed");
    assert_eq!(web.asked(), ["t.cn/gone"]);
    assert_eq!(check(&service.anonymous(), "t.cn/long").await["subjects"][0]["expansion"]["state"], "followed");
    service.clock.advance(TimeDelta::hours(24));
    web.redirect("t.cn/long", "http://other.example/");
    let reply = followed(&service, "t.cn/long").await;
    assert_eq!(reply["subjects"][0]["expansion"]["target_host"], "other.example");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn loops_long_ways_slow_and_endless_pages_end() {
    let web = StandInWeb::start().await;
    let service = service_with(&web, Arc::default(), |config| config.checks.expansion.deadline_ms = 600).await;
    service.import(ListKind::Blacklist, SubjectKind::Link, "far.example\n").await;
    let state = |reply: &Value| reply["subjects"][0]["expansion"].clone();

    web.redirect("t.cn/loop", "http://a.example/");
    web.redirect("a.example/", "http://b.example/");
    web.redirect("b.example/", "http://a.example/#again");
    let reply = followed(&service, "t.cn/loop").await;
    assert_eq!(state(&reply), json!({ "state": "failed", "target_host": "b.example", "hops": 2 }), "{reply}");
    web.redirect("t.cn/self", "/self");
    let reply = followed(&service, "t.cn/self").await;
    assert_eq!(state(&reply), json!({ "state": "failed", "target_host": null, "hops": 0 }));
    assert!(reasons(&reply).contains("没能查到"), "{reply}");

    web.redirect("t.cn/far", "http://far.example/1");
    for hop in 1..9 {
        web.redirect(&format!("far.example/{hop}"), &format!("/{}", hop + 1));
    }
    web.asked();
    let reply = followed(&service, "t.cn/far").await;
    assert_eq!(state(&reply), json!({ "state": "failed", "target_host": "far.example", "hops": 5 }));
    assert_eq!(reply["verdict"], "fraud", "what was seen on the way counts all the same");
    assert_eq!(web.asked().len(), 6, "five redirects, and no more");

    web.redirect("t.cn/slow", "http://slow.example/");
    web.put("slow.example/", WebPage::Slow);
    let begun = std::time::Instant::now();
    let reply = followed(&service, "t.cn/slow").await;
    assert_eq!(state(&reply), json!({ "state": "failed", "target_host": "slow.example", "hops": 1 }));
    assert!(begun.elapsed() < Duration::from_secs(60), "it ends");

    web.put("t.cn/long", WebPage::Redirect(303, "http://long.example/".to_owned()));
    web.put("long.example/", WebPage::Long(64 * 1024 * 1024));
    let reply = followed(&service, "t.cn/long").await;
    assert_eq!(
        state(&reply),
        json!({ "state": "followed", "target_host": "long.example", "hops": 1 }),
        "the beginning of a page is enough"
    );
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_links_are_followed_only_where_that_is_wanted() {
    let web = StandInWeb::start().await;
    let service = service_with(&web, Arc::default(), |config| {
        config.checks.expansion.links = app::settings::ExpandedLinks::Unknown;
    })
    .await;
    service.import(ListKind::Blacklist, SubjectKind::Link, "evil.example\n").await;
    web.redirect("door.example/x", "http://evil.example/");
    assert_eq!(followed(&service, "door.example/x").await["verdict"], "fraud");
    let reply = followed(&service, "plain.example").await;
    assert_eq!(
        reply["subjects"][0]["expansion"],
        json!({ "state": "followed", "target_host": "plain.example", "hops": 0 })
    );
    let reply = check(&service.anonymous(), "evil.example/y").await;
    assert_eq!(reply["subjects"][0]["expansion"], Value::Null, "what is fraud already is not followed");
    service.stop().await;

    let service = self::service(&web).await;
    web.asked();
    let reply = check(&service.anonymous(), "door.example/x").await;
    assert_eq!(reply["subjects"][0]["expansion"], Value::Null);
    service.run_workers().await;
    assert!(web.asked().is_empty());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_says_nothing_and_takes_what_comes_later() {
    let web = StandInWeb::start().await;
    let service = service_with(&web, Arc::default(), |config| config.checks.expansion.queue = 2).await;
    let anonymous = service.anonymous();
    let item = |number: usize| json!({ "kind": "link", "value": format!("t.cn/{number}") });
    let items = json!({ "items": (0..4).map(item).collect::<Vec<_>>() });
    let batch = anonymous.post("/api/v1/checks/batch", items).await.expect(200).body;
    let state = |number: usize| batch["results"][number]["subjects"][0]["expansion"]["state"].clone();
    assert_eq!(
        [state(0), state(1), state(2), state(3)],
        [json!("following"), json!("following"), Value::Null, Value::Null]
    );
    // Who asks about one does not wait behind a batch.
    assert_eq!(check(&anonymous, "t.cn/9").await["subjects"][0]["expansion"]["state"], "following");
    service.run_workers().await;
    assert_eq!(web.asked()[0], "t.cn/9");
    assert_eq!(check(&anonymous, "t.cn/2").await["subjects"][0]["expansion"]["state"], "following");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_server_learns_of_it_from_the_database() {
    if Backend::current() != Backend::Postgres {
        return;
    }
    let web = StandInWeb::start().await;
    let service = service(&web).await;
    web.redirect("t.cn/shared", "http://target.example/x");
    followed(&service, "t.cn/shared").await;
    web.asked();
    let second = service.second_server().await;
    let reply = followed(&second, "t.cn/shared").await;
    assert_eq!(reply["subjects"][0]["expansion"]["target_host"], "target.example");
    assert!(web.asked().is_empty());
    second.stop().await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_the_link_nor_where_it_leads_lies_in_the_open() {
    let web = StandInWeb::start().await;
    let service = service(&web).await;
    web.redirect("t.cn/QzXwVu81", "http://parcel-track.example/confirm?phone=13987654321&token=k9f2m4x8");
    followed(&service, "t.cn/QzXwVu81").await;
    let planted = ["t.cn/QzXwVu81", "parcel-track.example", "token=k9f2m4x8", "13987654321"];
    let scanner = Scanner::new(planted.map(str::to_owned));
    let found = scanner.scan_database(&service.store().db);
    assert_none(&found);
    // The service has them in memory alone.
    let folder = service.stop().await;
    assert_none(&scanner.scan_folder(folder.path(), &[]));
}

#[tokio::test(flavor = "multi_thread")]
async fn production_takes_no_stand_in_and_no_other_ports() {
    if Backend::current() != Backend::Sqlite {
        return;
    }
    let service = TestService::start().await;
    let build = |adjust: fn(&mut Config)| {
        let folder = tempfile::TempDir::new().unwrap();
        let mut config = Config { environment: Environment::Production, ..service.config.clone() };
        config.data_dir = folder.path().to_owned();
        config.wechat.address = "https://api.weixin.qq.com".to_owned();
        config.sms.address = String::new();
        adjust(&mut config);
        let clock = service.clock.as_clock();
        async move {
            let built = Application::build(config, clock).await;
            drop(folder);
            built.err().map(|error| format!("{error:#}"))
        }
    };
    assert_eq!(build(|_| {}).await, None);
    let error = build(|config| config.checks.expansion.stand_in = "127.0.0.1:9".to_owned()).await;
    assert!(error.unwrap().contains("checks.expansion.stand_in"));
    let error = build(|config| config.checks.expansion.ports = vec![80, 443, 6379]).await;
    assert!(error.unwrap().contains("checks.expansion.ports"));
    service.stop().await;
}
