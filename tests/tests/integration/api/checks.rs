//! POST /api/v1/checks and /api/v1/checks/batch.

use domain::{ListKind, SubjectKind};
use harness::TestService;
use serde_json::{Value, json};

fn phone(value: &str) -> Value {
    json!({ "kind": "phone", "value": value })
}

fn link(value: &str) -> Value {
    json!({ "kind": "link", "value": value })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listed_number_is_fraud_in_every_spelling() {
    let service = TestService::start().await;
    service.import(ListKind::Blacklist, SubjectKind::Phone, "13812345678\n").await;
    let anonymous = service.anonymous();
    for spelling in
        ["13812345678", "+86 138-1234-5678", "0086 138 1234 5678", "１３８１２３４５６７８", "17951 13812345678"]
    {
        let reply = anonymous.post("/api/v1/checks", phone(spelling)).await.expect(200).body;
        assert_eq!(reply["verdict"], "fraud", "{spelling}");
        assert_eq!(reply["fraud_type"], "T02");
        assert_eq!(reply["warning_saved"], Value::Null, "nobody is signed in: no warning is due");
        let subject = &reply["subjects"][0];
        assert_eq!(subject["canonical"], "+8613812345678");
        assert_eq!(subject["rule"], "exact");
        assert_eq!(subject["span"], Value::Null);
        assert!(reply["reasons"][0].as_str().unwrap().contains("黑名单"));
        assert!(reply["advice"].as_str().unwrap().contains("96110"));
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reply_has_exactly_the_fields_of_the_contract() {
    let service = TestService::start().await;
    let reply = service.anonymous().post("/api/v1/checks", phone("13900000001")).await.expect(200).body;
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(names(&reply), "advice fraud_type reasons subjects verdict warning_saved wording");
    assert_eq!(
        names(&reply["subjects"][0]),
        "advice canonical first_seen fraud_type kind last_seen number reasons rule severity span verdict"
    );
    let reply = service.anonymous().post("/api/v1/checks", link("https://unlisted.example/")).await.expect(200).body;
    assert_eq!(
        names(&reply["subjects"][0]),
        "advice canonical first_seen fraud_type kind last_seen reasons rule severity span verdict",
        "only numbers say something by themselves"
    );
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_never_says_safe() {
    let service = TestService::start().await;
    let reply = service.anonymous().post("/api/v1/checks", phone("13900000001")).await.expect(200).body;
    assert_eq!(reply["verdict"], "unknown");
    assert!(reply["reasons"][0].as_str().unwrap().contains("不代表安全"));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn public_service_numbers_and_government_sites_are_official_from_the_start() {
    let service = TestService::start().await;
    let anonymous = service.anonymous();
    for (question, owner) in
        [(phone("96110"), "公安反诈"), (phone("110"), "公安"), (link("https://www.zhoukou.gov.cn/a"), "政府")]
    {
        let reply = anonymous.post("/api/v1/checks", question.clone()).await.expect(200).body;
        assert_eq!(reply["verdict"], "official", "{question}");
        assert!(reply["reasons"][0].as_str().unwrap().contains(owner), "{reply}");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_more_specific_rule_wins_and_a_tie_goes_to_the_allowlist() {
    let service = TestService::start().await;
    service.import(ListKind::Allowlist, SubjectKind::Link, "shop.example\ntie.example\n").await;
    service
        .import(
            ListKind::Blacklist,
            SubjectKind::Link,
            "http://shop.example/bad/page.html\ntie.example\nevil.example\n",
        )
        .await;
    let anonymous = service.anonymous();
    for (value, verdict, rule) in [
        ("http://shop.example/bad/page.html?from=sms", "fraud", "exact"),
        ("http://shop.example/good.html", "official", "host_suffix"),
        ("tie.example", "official", "host_suffix"),
        ("http://a.b.evil.example/x", "fraud", "host_suffix"),
    ] {
        let reply = anonymous.post("/api/v1/checks", link(value)).await.expect(200).body;
        assert_eq!(
            (reply["verdict"].as_str(), reply["subjects"][0]["rule"].as_str()),
            (Some(verdict), Some(rule)),
            "{value}"
        );
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_judged_by_its_subjects_and_its_wording() {
    let service = TestService::start().await;
    service.import(ListKind::Blacklist, SubjectKind::Link, "evil.example\n").await;
    let anonymous = service.anonymous();
    let text = "您的快递丢失，请点evil.example/pay理赔";
    let reply = anonymous.post("/api/v1/checks", json!({ "text": text })).await.expect(200).body;
    assert_eq!(reply["verdict"], "fraud");
    let span = &reply["subjects"][0]["span"];
    let found: String = text
        .chars()
        .skip(span[0].as_u64().unwrap() as usize)
        .take((span[1].as_u64().unwrap() - span[0].as_u64().unwrap()) as usize)
        .collect();
    assert_eq!(found, "evil.example/pay");

    let scam = "我是公安局的，你涉嫌洗钱，请把钱转到安全账户配合调查，不要告诉任何人";
    let reply = anonymous.post("/api/v1/checks", json!({ "text": scam })).await.expect(200).body;
    assert_eq!(reply["verdict"], "suspicious", "wording alone is never fraud");
    assert_eq!(reply["fraud_type"], "T08");
    assert!(!reply["wording"].as_array().unwrap().is_empty());

    let ordinary = "【工商银行】您尾号1234的账户11月24日收入500.00元，如有疑问请致电95588。";
    let reply = anonymous.post("/api/v1/checks", json!({ "text": ordinary })).await.expect(200).body;
    assert_eq!(reply["verdict"], "unknown", "{reply}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_imitation_is_suspicious_and_names_what_it_imitates() {
    let service = TestService::start().await;
    service.import(ListKind::Guardlist, SubjectKind::Link, "alipay.com\ntaobao.com\n").await;
    let anonymous = service.anonymous();
    for (value, official) in
        [("http://www.a1ipay.com/login", "alipay.com"), ("http://alipay.com.evil-login.top/", "alipay.com")]
    {
        let reply = anonymous.post("/api/v1/checks", link(value)).await.expect(200).body;
        assert_eq!(reply["verdict"], "suspicious", "{value}: {reply}");
        assert!(reply["reasons"][0].as_str().unwrap().contains(official), "{reply}");
    }
    let reply = anonymous.post("/api/v1/checks", link("https://www.alipay.com/")).await.expect(200).body;
    assert_eq!(reply["verdict"], "unknown", "a guard list gives no verdict");
    let reply = anonymous.post("/api/v1/checks", phone("+0096110")).await.expect(200).body;
    assert_eq!(reply["verdict"], "suspicious");
    assert!(reply["reasons"][0].as_str().unwrap().contains("96110"));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_item_does_not_fail_the_batch() {
    let service = TestService::start().await;
    service.import(ListKind::Blacklist, SubjectKind::Phone, "13812345678\n").await;
    let items = json!({ "items": [
        { "kind": "phone", "value": "13812345678" },
        { "kind": "phone", "value": "" },
        { "kind": "fax", "value": "1" },
        { "value": 7 },
        "nonsense",
        { "kind": "phone", "value": "1", "color": "red" },
        { "text": "你好" },
    ] });
    let reply = service.resident("zhang").await.post("/api/v1/checks/batch", items).await.expect(200).body;
    let results = reply["results"].as_array().unwrap();
    assert_eq!(results.len(), 7);
    assert_eq!(results[0]["verdict"], "fraud");
    assert_eq!(results[0]["warning_saved"], Value::Null, "a batch leaves no warnings");
    for bad in &results[1..6] {
        assert!(bad["error"]["code"].is_string() && bad["error"]["detail"].is_string(), "{bad}");
    }
    assert_eq!(results[6]["verdict"], "unknown");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_takes_one_to_a_thousand_items() {
    let service = TestService::start().await;
    let resident = service.resident("zhang").await;
    let items = |count: usize| json!({ "items": vec![phone("13812345678"); count] });
    let full = resident.post("/api/v1/checks/batch", items(1_000)).await.expect(200).body;
    assert_eq!(full["results"].as_array().unwrap().len(), 1_000);
    for count in [0, 1_001] {
        let reply = resident.post("/api/v1/checks/batch", items(count)).await.expect_problem(422, "invalid_field");
        assert_eq!(reply.body["errors"][0]["pointer"], "/items");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_must_be_one_thing_and_the_error_names_the_field() {
    let service = TestService::start().await;
    let anonymous = service.anonymous();
    for (body, pointer) in [
        (json!({ "kind": "fax", "value": "1" }), "/kind"),
        (json!({ "kind": "phone" }), "/value"),
        (json!({ "value": "1" }), "/kind"),
        (json!({}), ""),
        (json!({ "kind": "phone", "value": "1", "text": "a" }), "/text"),
        (json!({ "kind": "phone", "value": "没有数字" }), "/value"),
        (json!({ "text": "   " }), "/text"),
        (json!({ "text": "长".repeat(5_001) }), "/text"),
        (json!({ "kind": "phone", "value": 5 }), "/value"),
        (json!({ "kind": "phone", "value": "1", "more": 1 }), "/more"),
    ] {
        let reply = anonymous.post("/api/v1/checks", body.clone()).await.expect_problem(422, "invalid_field");
        assert_eq!(reply.body["errors"][0]["pointer"], pointer, "{body}");
        let detail = reply.body["detail"].as_str().unwrap();
        assert!(detail.chars().any(|c| ('一'..='龥').contains(&c)), "not Chinese: {detail}");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_of_one_person_are_limited() {
    let service = TestService::start_with(|config| {
        config.limits.checks_per_person_minute = 5.try_into().unwrap();
    })
    .await;
    let resident = service.resident("zhang").await;
    for _ in 0..5 {
        resident.post("/api/v1/checks", phone("13812345678")).await.expect(200);
    }
    let refused = resident.post("/api/v1/checks", phone("13812345678")).await.expect_problem(429, "too_many_requests");
    assert!(refused.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() >= 1);
    service.resident("li").await.post("/api/v1/checks", phone("13812345678")).await.expect(200);
    service.stop().await;
}
