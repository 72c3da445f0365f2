//! Looking back: who checked something learns once that it turned bad, or that it was taken from the list.

use chrono::TimeDelta;
use domain::{ListKind, SubjectKind};
use harness::{Client, TestService};
use serde_json::{Value, json};

use super::people::{VILLAGE, registration, service, service_with, version};

const NUMBER: &str = "17012345678";

/// A resident who agreed, or did not agree, to be told of changes.
async fn resident(service: &TestService, name: &str, agrees: bool) -> Client {
    let client = service.resident(name).await;
    client.post("/api/v1/registrations", registration(VILLAGE)).await.expect(200);
    if agrees {
        agree(&client).await;
    }
    client
}

async fn agree(client: &Client) {
    let me = client.get("/api/v1/me").await.expect(200).body;
    let given = json!({ "version": version(&me, "look_back") });
    client.put("/api/v1/me/consents/look_back", given).await.expect(200);
}

async fn check(client: &Client, kind: &str, value: &str) -> String {
    let reply = client.post("/api/v1/checks", json!({ "kind": kind, "value": value })).await.expect(200);
    reply.body["verdict"].as_str().unwrap().to_owned()
}

/// Reasons of the warnings in the inbox, newest first.
async fn told(client: &Client) -> Vec<String> {
    let items = client.get("/api/v1/warnings").await.expect(200).body["items"].clone();
    items.as_array().unwrap().iter().map(|item| item["reason"].as_str().unwrap().to_owned()).collect()
}

async fn list(service: &TestService, kind: SubjectKind, value: &str) {
    service.import(ListKind::Blacklist, kind, &format!("{value}\n")).await;
    service.run_workers().await;
}

/// Two officers decide about the entry that covers a value.
async fn rule(service: &TestService, kind: &str, value: &str, ruling: &str) {
    let (editor, lead) = (service.officer("list_editor", None).await, service.officer("city_lead", None).await);
    let entries = format!("/api/v1/console/lists/entries?kind={kind}&value={value}");
    let found = editor.get(&entries).await.expect(200).body;
    let wanted = json!({ "entries": [found["items"][0]["id"]], "ruling": ruling, "reason": "号码已换主" });
    let made = editor.post("/api/v1/console/lists/proposals", wanted).await.expect(200).body;
    let decide = json!({ "proposals": [made["items"][0]["proposal"]], "approve": true, "reason": "已核实" });
    lead.post("/api/v1/console/lists/proposals/decisions", decide).await.expect(200);
    service.run_workers().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_turned_bad_is_told_once_to_who_agreed() {
    let service = service().await;
    let (agreed, other) = (resident(&service, "agreed", true).await, resident(&service, "other", false).await);
    let checked_nothing = resident(&service, "nothing", true).await;
    for client in [&agreed, &other] {
        assert_eq!(check(client, "phone", NUMBER).await, "unknown");
    }
    service.run_workers().await;
    list(&service, SubjectKind::Phone, NUMBER).await;
    service.run_workers().await;
    assert_eq!(told(&agreed).await, ["turned_bad"]);
    let warning = agreed.get("/api/v1/warnings").await.expect(200).body["items"][0].clone();
    assert_eq!(warning["canonical"], "+8617012345678");
    assert!(warning["what"].as_str().unwrap().starts_with("您近期查过它"), "{warning}");
    assert!(told(&other).await.is_empty() && told(&checked_nothing).await.is_empty());

    // A source that says it again changes nothing for them.
    service.clock.advance(TimeDelta::days(2));
    list(&service, SubjectKind::Phone, NUMBER).await;
    assert_eq!(told(&service.resident("agreed").await).await, ["turned_bad"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_reaches_everybody_who_was_warned() {
    let service = service().await;
    list(&service, SubjectKind::Phone, NUMBER).await;
    let (agreed, other) = (resident(&service, "agreed", true).await, resident(&service, "other", false).await);
    for client in [&agreed, &other] {
        assert_eq!(check(client, "phone", NUMBER).await, "fraud");
    }
    service.run_workers().await;
    rule(&service, "phone", NUMBER, "suspended").await;
    rule(&service, "phone", NUMBER, "lifted").await;
    for client in [&agreed, &other] {
        assert_eq!(told(client).await, ["withdrawn", "checked"], "once");
        assert_eq!(check(client, "phone", NUMBER).await, "unknown");
    }
    // It is listed again after all: who agreed is told that too.
    service.clock.advance(TimeDelta::days(1));
    rule(&service, "phone", NUMBER, "listed").await;
    assert_eq!(told(&service.resident("agreed").await).await, ["turned_bad", "withdrawn", "checked"]);
    assert_eq!(told(&service.resident("other").await).await, ["withdrawn", "checked"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_on_a_host_finds_the_pages_that_were_checked_and_a_rule_that_remains_is_no_correction() {
    let service = service().await;
    let client = resident(&service, "client", true).await;
    let text = json!({ "text": "快看 https://shop.evil.top/pay?a=1 有优惠" });
    client.post("/api/v1/checks", text).await.expect(200);
    service.run_workers().await;
    list(&service, SubjectKind::Link, "evil.top").await;
    assert_eq!(told(&client).await, ["turned_bad"]);

    list(&service, SubjectKind::Link, "shop.evil.top").await;
    rule(&service, "link", "https://shop.evil.top/", "lifted").await;
    assert_eq!(told(&client).await, ["turned_bad"], "evil.top is listed still");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_switched_off_by_the_resident_by_time_and_by_the_city() {
    let service = service().await;
    let (quits, late) = (resident(&service, "quits", true).await, resident(&service, "late", true).await);
    for client in [&quits, &late] {
        check(client, "phone", NUMBER).await;
    }
    service.run_workers().await;
    assert_eq!(rows(&service), 2);
    quits.delete("/api/v1/me/consents/look_back").await.expect(200);
    assert_eq!(rows(&service), 1, "what was kept goes with the consent");
    service.clock.advance(TimeDelta::days(31));
    let (quits, late) = (service.resident("quits").await, service.resident("late").await);
    list(&service, SubjectKind::Phone, NUMBER).await;
    assert!(told(&quits).await.is_empty() && told(&late).await.is_empty());
    check(&late, "phone", "17012345600").await;
    service.run_workers().await;
    assert_eq!(rows(&service), 1, "what is older than thirty days is gone");
    late.delete("/api/v1/me").await.expect(204);
    assert_eq!(rows(&service), 0, "and all of it with the person");
    service.stop().await;

    let off = service_with(|config| config.look_back.enabled = false).await;
    let client = resident(&off, "client", true).await;
    check(&client, "phone", NUMBER).await;
    off.run_workers().await;
    assert_eq!(rows(&off), 0);
    off.stop().await;
}

fn rows(service: &TestService) -> usize {
    let stored = service.store().db.run_blocking(store::parity::rows_as_text).unwrap();
    stored["own_checks"].len()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_checked_cannot_be_read_from_what_is_kept() {
    let service = service().await;
    let client = resident(&service, "client", true).await;
    check(&client, "phone", NUMBER).await;
    service.run_workers().await;
    let stored: Value = json!(service.store().db.run_blocking(store::parity::rows_as_text).unwrap()["own_checks"]);
    let key = domain::LookupKey::of(SubjectKind::Phone, "+8617012345678");
    assert!(!stored.to_string().contains(&hex::encode(key.0)), "the public key of the number stands there: {stored}");
    assert!(!stored.to_string().contains(NUMBER));
    service.stop().await;
}
