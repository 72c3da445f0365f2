//! Owners object: they prove that a number or a site is theirs, see why it is listed, and two officers answer in time.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::{ListKind, SubjectKind};
use harness::{
    Client, TestService,
    web::{StandInWeb, WebNames, WebPage},
};
use serde_json::{Value, json};

use super::people::sent_code;

const APPEALS: &str = "/api/v1/appeals";
const QUEUE: &str = "/api/v1/console/lists/appeals";
const DECISIONS: &str = "/api/v1/console/lists/proposals/decisions";

async fn list(service: &TestService, kind: SubjectKind, value: &str) {
    service.import(ListKind::Blacklist, kind, &format!("{value}\n")).await;
    service.run_workers().await;
}

async fn verdict(client: &Client, kind: &str, value: &str) -> String {
    let reply = client.post("/api/v1/checks", json!({ "kind": kind, "value": value })).await.expect(200);
    reply.body["verdict"].as_str().unwrap().to_owned()
}

async fn appeal(client: &Client, kind: &str, value: &str) -> Value {
    let body = json!({ "kind": kind, "value": value, "statement": "这是我正在使用的号码，从未骗过人。" });
    client.post(APPEALS, body).await.expect(201).body
}

fn path(appeal: &Value, rest: &str) -> String {
    format!("{APPEALS}/{}{rest}", appeal["id"].as_str().unwrap())
}

async fn decide(client: &Client, proposal: &Value, approve: bool) -> Value {
    let body = json!({ "proposals": [proposal], "approve": approve, "reason": "号码已换主人，原机主已注销" });
    client.post(DECISIONS, body).await.expect(200).body
}

/// A number is proved by the code that was sent to it.
async fn proved(service: &TestService, owner: &Client, phone: &str) -> Value {
    let made = appeal(owner, "phone", phone).await;
    owner.post(&path(&made, "/code"), json!({})).await.expect(204);
    let code = sent_code(service, phone);
    owner.post(&path(&made, "/proof"), json!({ "method": "sms", "code": code })).await.expect(200).body
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_of_a_number_proves_it_and_is_heard() {
    let service = TestService::start().await;
    list(&service, SubjectKind::Phone, "17012345678").await;
    let (owner, warned) = (service.resident("owner").await, service.resident("warned").await);
    assert_eq!(verdict(&warned, "phone", "17012345678").await, "fraud");

    let made = appeal(&owner, "phone", "17012345678").await;
    assert_eq!((&made["state"], &made["why"], &made["due_at"]), (&json!("unproved"), &Value::Null, &Value::Null));
    let again = json!({ "kind": "phone", "value": "+8617012345678", "statement": "再说一遍" });
    owner.post(APPEALS, again).await.expect_problem(409, "conflict");
    warned.get(&path(&made, "")).await.expect_problem(404, "not_found");
    owner.post(&path(&made, "/proof"), json!({ "method": "dns" })).await.expect_problem(422, "invalid_field");
    let wrong = json!({ "method": "sms", "code": "000000" });
    owner.post(&path(&made, "/proof"), wrong).await.expect_problem(422, "sms_code_invalid");
    let lead = service.officer("city_lead", None).await;
    assert!(lead.get(QUEUE).await.expect(200).body["items"].as_array().unwrap().is_empty(), "nothing is proved");

    owner.post(&path(&made, "/code"), json!({})).await.expect(204);
    let code = sent_code(&service, "17012345678");
    let open = owner.post(&path(&made, "/proof"), json!({ "method": "sms", "code": code })).await.expect(200).body;
    assert_eq!(open["state"], "open");
    assert!(open["why"]["detail"].as_str().unwrap().contains("第三十二条"), "{open}");
    assert_eq!(open["why"]["sources"], 1);
    let due = open["due_at"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    assert_eq!(due, service.clock.now() + TimeDelta::hours(72));

    let queue = lead.get(QUEUE).await.expect(200).body;
    let proposal = queue["items"][0]["proposal"].clone();
    assert_eq!((&queue["items"][0]["method"], &queue["items"][0]["late"]), (&json!("sms"), &json!(false)));
    let approver = service.officer("list_approver", None).await;
    service.clock.advance(TimeDelta::minutes(10));
    decide(&approver, &proposal, true).await;
    service.run_workers().await;
    assert_eq!(verdict(&service.anonymous(), "phone", "17012345678").await, "fraud", "one officer lifts nothing");
    decide(&lead, &proposal, true).await;
    service.follow_lists().await;
    assert_eq!(verdict(&service.anonymous(), "phone", "17012345678").await, "unknown");

    let closed = owner.get(&path(&made, "")).await.expect(200).body;
    assert_eq!((&closed["state"], &closed["decision"]), (&json!("lifted"), &json!("号码已换主人，原机主已注销")));
    service.run_workers().await;
    let told = warned.get("/api/v1/warnings").await.expect(200).body;
    assert_eq!(told["items"][0]["reason"], "withdrawn", "{told}");
    service.clock.advance(TimeDelta::minutes(2));
    let figures = service.anonymous().get("/api/v1/corrections").await.expect(200).body;
    assert_eq!((&figures["lifted"], &figures["open"], &figures["median_hours"]), (&json!(1), &json!(0), &json!(0.2)));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decline_has_its_reasons_and_another_appeal_may_follow() {
    let service = TestService::start().await;
    list(&service, SubjectKind::Phone, "17012345678").await;
    let (owner, lead) = (service.resident("owner").await, service.officer("city_lead", None).await);
    let open = proved(&service, &owner, "17012345678").await;
    service.clock.advance(TimeDelta::hours(80));
    let (owner, lead) = (service.resident("owner").await, {
        drop(lead);
        service.officer("city_lead", None).await
    });
    assert_eq!(owner.get(&path(&open, "")).await.expect(200).body["late"], true);
    let queue = lead.get(QUEUE).await.expect(200).body;
    assert_eq!(queue["items"][0]["late"], true);
    assert_eq!(service.anonymous().get("/api/v1/corrections").await.expect(200).body["late"], 1);
    decide(&lead, &queue["items"][0]["proposal"], false).await;
    let closed = owner.get(&path(&open, "")).await.expect(200).body;
    assert_eq!((&closed["state"], &closed["late"]), (&json!("upheld"), &json!(false)));
    assert!(!closed["decision"].is_null(), "{closed}");
    service.run_workers().await;
    assert_eq!(verdict(&owner, "phone", "17012345678").await, "fraud");
    appeal(&owner, "phone", "17012345678").await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exception_is_made_where_a_wider_rule_is_right() {
    let service = TestService::start().await;
    list(&service, SubjectKind::Phone, "17012*").await;
    let owner = service.resident("owner").await;
    let open = proved(&service, &owner, "17012345678").await;
    let (approver, lead) = (service.officer("list_approver", None).await, service.officer("city_lead", None).await);
    let proposal = lead.get(QUEUE).await.expect(200).body["items"][0]["proposal"].clone();
    for officer in [&approver, &lead] {
        decide(officer, &proposal, true).await;
    }
    service.run_workers().await;
    assert_eq!(owner.get(&path(&open, "")).await.expect(200).body["state"], "lifted");
    assert_ne!(verdict(&owner, "phone", "17012345678").await, "fraud");
    assert_eq!(verdict(&owner, "phone", "17012345679").await, "fraud", "the range stays");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_appeal_waits_for_what_officers_decide_already() {
    let service = TestService::start().await;
    list(&service, SubjectKind::Phone, "17012345678").await;
    let (editor, lead) = (service.officer("list_editor", None).await, service.officer("city_lead", None).await);
    let found = editor.get("/api/v1/console/lists/entries?kind=phone&value=17012345678").await.expect(200).body;
    let suspend = json!({ "entries": [found["items"][0]["id"]], "ruling": "suspended", "reason": "正在核查" });
    let made = editor.post("/api/v1/console/lists/proposals", suspend).await.expect(200).body;
    let owner = service.resident("owner").await;
    proved(&service, &owner, "17012345678").await;
    assert_eq!(lead.get(QUEUE).await.expect(200).body["items"][0]["proposal"], Value::Null);
    decide(&lead, &made["items"][0]["proposal"], false).await;
    service.run_workers().await;
    assert!(lead.get(QUEUE).await.expect(200).body["items"][0]["proposal"].is_string());
    service.stop().await;
}

async fn service_with_web() -> (TestService, StandInWeb, Arc<WebNames>) {
    let (web, names) = (StandInWeb::start().await, Arc::new(WebNames::default()));
    let stand_in = web.address.to_string();
    let service =
        TestService::start_with_names(names.clone(), |config| config.checks.expansion.stand_in = stand_in).await;
    (service, web, names)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_of_a_site_proves_it_by_a_record_or_a_file() {
    let (service, web, names) = service_with_web().await;
    let owner = service.resident("owner").await;
    list(&service, SubjectKind::Link, "shop.top\nother.top\nmoved.top").await;
    let made = appeal(&owner, "link", "https://shop.top/a").await;
    let (token, record) = (made["token"].as_str().unwrap(), made["txt_name"].as_str().unwrap());
    assert_eq!(record, "_golden-bell.shop.top");
    let dns = json!({ "method": "dns" });
    let refused = owner.post(&path(&made, "/proof"), dns.clone()).await.expect_problem(409, "conflict");
    assert!(refused.body["detail"].as_str().unwrap().contains(record), "it says what is missing");
    names.set_texts(record, &["v=spf1 -all", token]);
    assert_eq!(owner.post(&path(&made, "/proof"), dns).await.expect(200).body["state"], "open");

    let made = appeal(&owner, "link", "other.top").await;
    let file = json!({ "method": "file" });
    web.put("other.top/.well-known/golden-bell.txt", WebPage::Html("nothing".to_owned()));
    owner.post(&path(&made, "/proof"), file.clone()).await.expect_problem(409, "conflict");
    let token = made["token"].as_str().unwrap();
    web.put("other.top/.well-known/golden-bell.txt", WebPage::Html(format!("hello\n{token}\n")));
    assert_eq!(owner.post(&path(&made, "/proof"), file.clone()).await.expect(200).body["state"], "open");

    // A site that sends on to another proves nothing: whoever can make it send on would own it.
    let made = appeal(&owner, "link", "moved.top").await;
    let token = made["token"].as_str().unwrap();
    web.redirect("moved.top/.well-known/golden-bell.txt", "http://attacker.top/t");
    web.put("attacker.top/t", WebPage::Html(format!("{token}\n")));
    owner.post(&path(&made, "/proof"), file.clone()).await.expect_problem(409, "conflict");
    // Nor is anything of the inside asked.
    names.set("moved.top", &[&["127.0.0.1"]]);
    web.asked();
    owner.post(&path(&made, "/proof"), file).await.expect_problem(409, "conflict");
    assert!(web.asked().is_empty());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn papers_are_shown_to_an_officer_who_decides_nothing_by_that() {
    let service = TestService::start().await;
    list(&service, SubjectKind::QqId, "123456789").await;
    let owner = service.resident("owner").await;
    let made = appeal(&owner, "qq_id", "123456789").await;
    assert_eq!(made["methods"], json!(["papers"]));
    let editor = service.officer("list_editor", None).await;
    let papers = format!("{QUEUE}/{}/papers", made["id"].as_str().unwrap());
    let seen = editor.post(&papers, json!({ "reason": "出示身份证和账号截图" })).await.expect(200).body;
    assert_eq!((&seen["state"], &seen["method"]), (&json!("open"), &json!("papers")));
    editor.post(&papers, json!({ "reason": "再来一次" })).await.expect_problem(409, "conflict");
    service.run_workers().await;
    assert_eq!(verdict(&owner, "qq_id", "123456789").await, "fraud");
    service.officer("community_officer", None).await.post(&papers, json!({ "reason": "x" })).await.expect(403);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_listed_needs_no_appeal_and_landlines_get_no_code() {
    let service = TestService::start().await;
    list(&service, SubjectKind::Phone, "03945551234").await;
    let owner = service.resident("owner").await;
    let body = json!({ "kind": "phone", "value": "13800138000", "statement": "没有问题" });
    owner.post(APPEALS, body).await.expect_problem(409, "conflict");
    let empty = json!({ "kind": "phone", "value": "03945551234", "statement": " " });
    owner.post(APPEALS, empty).await.expect_problem(422, "invalid_field");
    let made = appeal(&owner, "phone", "0394-5551234").await;
    owner.post(&path(&made, "/code"), json!({})).await.expect_problem(409, "conflict");
    let export = owner.get("/api/v1/me/export").await.expect(200).body;
    assert_eq!(export["appeals"][0]["statement"], made["statement"], "what is kept of an owner is theirs to read");
    owner.delete("/api/v1/me").await.expect(204);
    let stored = service.store().db.run_blocking(store::parity::rows_as_text).unwrap();
    assert!(stored["appeals"].iter().all(|row| row.contains("withdrawn")), "{:?}", stored["appeals"]);
    service.stop().await;
}
