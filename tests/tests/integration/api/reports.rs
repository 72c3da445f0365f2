//! Residents report; enough of them who are independent of each other propose an entry, and nobody alone does.

use domain::{ListKind, SubjectKind};
use futures_util::{StreamExt as _, stream};
use harness::{Client, Reply, TestService};
use reqwest::Method;
use serde_json::{Value, json};

use super::people::{VILLAGE, png, protected, registered, service, service_with};

const REPORTS: &str = "/api/v1/reports";
const PROPOSALS: &str = "/api/v1/console/lists/proposals";
const DECISIONS: &str = "/api/v1/console/lists/proposals/decisions";
const QUEUE: &str = "/api/v1/console/lists/reports";
const SCAM: &str = "【京东客服】您好，您名下的百万保障服务今日到期，如不取消将每月自动扣除2000元，请尽快联系办理关闭。";

fn phone(value: &str) -> Value {
    json!({ "kind": "phone", "value": value, "fraud_type": "T02" })
}

/// Residents with phones of their own.
async fn residents(service: &TestService, name: &str, count: usize) -> Vec<Client> {
    let one = |number: usize| async move {
        let phone = format!("139{:08}", 10_000_000 + number + name.len() * 100_000);
        protected(service, &format!("{name}-{number}"), &phone, VILLAGE).await
    };
    stream::iter(0..count).map(one).buffered(8).collect().await
}

async fn report(client: &Client, body: Value) -> Reply {
    client.post(REPORTS, body).await
}

async fn open_proposals(client: &Client) -> Vec<Value> {
    client.get(PROPOSALS).await.expect(200).body["items"].as_array().unwrap().clone()
}

/// What became of the one subject of the latest report.
async fn progress(client: &Client) -> Value {
    client.get(REPORTS).await.expect(200).body["items"][0]["subjects"][0].clone()
}

async fn verdict(service: &TestService, value: &str) -> String {
    service.run_workers().await;
    let check = json!({ "kind": "phone", "value": value });
    service.anonymous().post("/api/v1/checks", check).await.expect(200).body["verdict"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_independent_residents_propose_and_two_officers_list() {
    let service = service().await;
    let (approver, lead) = (service.officer("list_approver", None).await, service.officer("city_lead", None).await);
    let people = residents(&service, "ten", 10).await;
    for person in &people[..9] {
        report(person, phone("170 1234 5678")).await.expect(201);
    }
    assert!(open_proposals(&lead).await.is_empty(), "nine are not enough");
    let first = progress(&people[0]).await;
    assert_eq!((&first["state"], &first["others"]), (&json!("received"), &json!(8)));
    report(&people[9], phone("+8617012345678")).await.expect(201);
    let open = open_proposals(&lead).await;
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!((&open[0]["canonical"], &open[0]["origin"]), (&json!("+8617012345678"), &json!("reports")));
    assert_eq!(progress(&people[0]).await["state"], "proposed");
    assert_eq!(verdict(&service, "17012345678").await, "unknown", "the centre decides");

    let decide = json!({ "proposals": [open[0]["id"]], "approve": true, "reason": "已核实" });
    approver.post(DECISIONS, decide.clone()).await.expect(200);
    assert_eq!(verdict(&service, "17012345678").await, "unknown", "one officer is not enough");
    lead.post(DECISIONS, decide).await.expect(200);
    assert_eq!(verdict(&service, "17012345678").await, "fraud");

    let warned = service.resident("warned").await;
    warned.post("/api/v1/checks", json!({ "kind": "phone", "value": "17012345678" })).await.expect(200);
    let first = progress(&people[0]).await;
    assert_eq!((&first["state"], &first["warned"]), (&json!("listed"), &json!(1)));
    assert!(first["detail"].as_str().unwrap().contains("已有1人"), "{first}");
    assert_eq!(first["steps"].as_array().unwrap().len(), 3, "{first}");
    // Nothing of it is the reported number's owner to see, and nobody sees who reported.
    let story = lead.get(QUEUE).await.expect(200);
    assert!(story.body["items"].as_array().unwrap().is_empty(), "decided: {}", story.text);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_reports_of_one_person_or_one_device_propose_nothing() {
    let service = service_with(|config| {
        config.reports.per_person_day = 1_000_000;
        config.reports.per_device_day = 1_000_000;
    })
    .await;
    let lead = service.officer("city_lead", None).await;
    let one = protected(&service, "one", "13900000001", VILLAGE).await;
    let text = |number: usize| json!({ "text": format!("第{number}次，{SCAM}电话17012345678") });
    let sent = stream::iter(0..5_000).map(|number| report(&one, text(number))).buffer_unordered(32);
    sent.for_each(|reply| async move { drop(reply.expect(201)) }).await;

    let people = residents(&service, "device", 50).await;
    let from_one_device = |number: usize| {
        let mut body = text(number);
        body["device"] = json!("one-device");
        report(&people[number % 50], body)
    };
    let sent = stream::iter(0..5_000).map(from_one_device).buffer_unordered(32);
    sent.for_each(|reply| async move { drop(reply.expect(201)) }).await;
    assert!(open_proposals(&lead).await.is_empty());

    // Nine more from phones of their own: with the two above that makes eleven voters.
    for person in residents(&service, "independent", 8).await {
        report(&person, phone("17012345678")).await.expect(201);
    }
    assert_eq!(open_proposals(&lead).await.len(), 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reports_beyond_measure_is_asked_to_wait() {
    let service = service_with(|config| config.reports.per_person_day = 3).await;
    let one = protected(&service, "one", "13900000001", VILLAGE).await;
    for number in 0..3 {
        report(&one, phone(&format!("1701234567{number}"))).await.expect(201);
    }
    report(&one, phone("17012345679")).await.expect_problem(429, "too_many_requests");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_known_has_no_vote_and_one_address_not_more_than_its_share() {
    let service = service_with(|config| {
        config.reports.votes = 3;
        config.reports.votes_per_address = 2;
    })
    .await;
    let lead = service.officer("city_lead", None).await;
    for number in 0..3 {
        report(&service.resident(&format!("visitor-{number}")).await, phone("17012345678")).await.expect(201);
        let without_phone = registered(&service, &format!("phoneless-{number}"), VILLAGE).await;
        report(&without_phone, phone("17012345678")).await.expect(201);
    }
    assert!(open_proposals(&lead).await.is_empty());
    // All of them come from this machine.
    for person in residents(&service, "house", 5).await {
        report(&person, phone("17012345678")).await.expect(201);
    }
    assert!(open_proposals(&lead).await.is_empty());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_wrong_reports_takes_the_weight_of_a_vote() {
    let service = service_with(|config| config.reports.votes = 2).await;
    let (approver, lead) = (service.officer("list_approver", None).await, service.officer("city_lead", None).await);
    let people = residents(&service, "record", 2).await;
    for (number, approve) in [("17012345601", false), ("17012345602", true)] {
        for person in &people {
            report(person, phone(number)).await.expect(201);
        }
        let open = open_proposals(&lead).await;
        let decide = json!({ "proposals": [open[0]["id"]], "approve": approve, "reason": "已核实" });
        approver.post(DECISIONS, decide.clone()).await.expect(200);
        if approve {
            lead.post(DECISIONS, decide).await.expect(200);
            continue;
        }
        assert_eq!(progress(&people[0]).await["state"], "declined");
        // Each has four fifths of a vote now.
        for person in &people {
            report(person, phone("17012345603")).await.expect(201);
        }
        assert!(open_proposals(&lead).await.is_empty());
        let third = protected(&service, "third", "13900000033", VILLAGE).await;
        report(&third, phone("17012345602")).await.expect(201);
    }
    assert_eq!(verdict(&service, "17012345602").await, "fraud");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_declined_needs_new_voters_and_what_is_official_is_not_proposed() {
    let service = service_with(|config| config.reports.votes = 2).await;
    let lead = service.officer("city_lead", None).await;
    service.import(ListKind::Allowlist, SubjectKind::Phone, "17012345699\n").await;
    service.import(ListKind::Guardlist, SubjectKind::Link, "famous.example\n").await;
    let people = residents(&service, "official", 4).await;
    for person in &people[..2] {
        report(person, phone("17012345699")).await.expect(201);
        report(person, json!({ "kind": "link", "value": "https://shop.famous.example/a" })).await.expect(201);
        report(person, json!({ "kind": "link", "value": "https://evil.top/pay?a=1" })).await.expect(201);
    }
    let open = open_proposals(&lead).await;
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!(open[0]["canonical"], "evil.top/pay?a=1");
    let queue = lead.get(QUEUE).await.expect(200).body;
    let held = queue["items"].as_array().unwrap().iter().filter(|item| item["held"] == true).count();
    assert_eq!(held, 2, "officers see them all the same: {queue}");

    let decline = json!({ "proposals": [open[0]["id"]], "approve": false, "reason": "是正常网站" });
    lead.post(DECISIONS, decline).await.expect(200);
    service.clock.advance(chrono::TimeDelta::minutes(1));
    let page = json!({ "kind": "link", "value": "https://evil.top/pay?a=1" });
    report(&people[2], page.clone()).await.expect(201);
    assert!(open_proposals(&lead).await.is_empty(), "the old votes are used up");
    report(&people[3], page).await.expect(201);
    assert_eq!(open_proposals(&lead).await.len(), 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn almost_the_same_text_is_joined_and_only_the_reporter_sees_a_report() {
    let service = service().await;
    let (one, other) = (protected(&service, "one", "13900000001", VILLAGE).await, service.resident("other").await);
    let first = report(&one, json!({ "text": format!("{SCAM}拨打17012345678"), "note": "客服来电" })).await.expect(201);
    report(&other, json!({ "text": format!("{SCAM}拨打17087654321，退订回T") })).await.expect(201);
    report(&other, json!({ "text": "您的快递因地址不详无法派送，请补充收货信息，逾期将退回发件人处理。" }))
        .await
        .expect(201);
    let own = one.get(REPORTS).await.expect(200).body;
    assert_eq!(own["items"].as_array().unwrap().len(), 1);
    assert_eq!((&own["items"][0]["alike"], &own["items"][0]["note"]), (&json!(1), &json!("客服来电")));
    let theirs = other.get(&format!("{REPORTS}?limit=1")).await.expect(200).body;
    assert_eq!(theirs["items"][0]["alike"], 0);
    let next = theirs["next_cursor"].as_str().unwrap();
    let theirs = other.get(&format!("{REPORTS}?limit=1&cursor={next}")).await.expect(200).body;
    assert_eq!(theirs["items"][0]["alike"], 1);
    let path = format!("{REPORTS}/{}", first.body["id"].as_str().unwrap());
    one.get(&path).await.expect(200);
    other.get(&path).await.expect_problem(404, "not_found");

    let lead = service.officer("city_lead", None).await;
    let path = format!("{QUEUE}/{}", first.body["id"].as_str().unwrap());
    let seen = lead.get(&path).await.expect(200);
    assert_eq!(seen.body["alike"], 1);
    assert!(!seen.text.contains("1390000"), "{}", seen.text);
    service.officer("county_lead", None).await.get(&path).await.expect_problem(403, "forbidden");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_report_comes_once_however_often_it_is_sent() {
    let service = service().await;
    let one = protected(&service, "one", "13900000001", VILLAGE).await;
    let body = json!({ "text": format!("{SCAM}拨打17012345678") });
    let key = [("idempotency-key", "report-0001")];
    let send = || {
        let bytes = serde_json::to_vec(&body).unwrap();
        one.send_with(Method::POST, REPORTS, Some(("application/json", bytes)), &key)
    };
    let (first, second, third) = tokio::join!(send(), send(), send());
    assert_eq!(first.body["id"], second.body["id"]);
    assert_eq!(first.body["id"], third.body["id"]);
    let again = report(&one, phone("17012345600")).await.expect(201);
    let before = report(&one, phone("170 1234 5600")).await.expect(200);
    assert_eq!((&before.body["new"], &before.body["id"]), (&json!(false), &again.body["id"]));
    assert_eq!(one.get(REPORTS).await.expect(200).body["items"].as_array().unwrap().len(), 2);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn screenshots_are_pictures_and_few() {
    let service = service_with(|config| config.reports.screenshots = 2).await;
    let one = protected(&service, "one", "13900000001", VILLAGE).await;
    let made = report(&one, phone("17012345678")).await.expect(201);
    let path = format!("{REPORTS}/{}/screenshots", made.body["id"].as_str().unwrap());
    let upload = |bytes: Vec<u8>, path: String| {
        let client = one.clone();
        async move { client.send(Method::POST, &path, Some(("image/png", bytes))).await }
    };
    for wrong in [b"<html><script>".to_vec(), b"%PDF-1.7".to_vec(), Vec::new(), png()[..20].to_vec()] {
        upload(wrong, path.clone()).await.expect_problem(415, "unsupported_media_type");
    }
    let mut large = png();
    large.resize(4 * 1024 * 1024 + 1, 0);
    assert!([413, 422].contains(&upload(large, path.clone()).await.status.as_u16()));
    let first = upload(png(), path.clone()).await.expect(201);
    upload(png(), path.clone()).await.expect(201);
    upload(png(), path.clone()).await.expect_problem(409, "conflict");
    let stranger = service.resident("stranger").await;
    stranger.send(Method::POST, &path, Some(("image/png", png()))).await.expect_problem(404, "not_found");

    let lead = service.officer("city_lead", None).await;
    let path =
        format!("{QUEUE}/{}/screenshots/{}", made.body["id"].as_str().unwrap(), first.body["id"].as_str().unwrap());
    let seen = lead.send(Method::GET, &path, None).await.expect(200);
    assert_eq!(seen.headers["content-type"], "image/png");
    assert_eq!(seen.headers["x-content-type-options"], "nosniff");
    let stored = service.store().db.run_blocking(store::parity::rows_as_text).unwrap();
    assert!(!stored["report_screenshots"].concat().contains("89504e47"), "it is sealed");

    // With the person their reports go.
    one.send(Method::DELETE, "/api/v1/me", None).await.expect(204);
    lead.send(Method::GET, &path, None).await.expect_problem(404, "not_found");
    let stored = service.store().db.run_blocking(store::parity::rows_as_text).unwrap();
    assert!(
        stored["reports"].is_empty() && stored["report_subjects"].is_empty() && stored["report_screenshots"].is_empty()
    );
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_reported_is_refused_with_its_reason() {
    let service = service().await;
    let one = service.resident("one").await;
    for (body, pointer) in [
        (json!({}), "/value"),
        (json!({ "kind": "phone", "value": "abc" }), "/value"),
        (json!({ "kind": "phone", "value": "17012345678", "text": "两样都填" }), "/value"),
        (json!({ "text": "  " }), "/text"),
        (json!({ "kind": "phone", "value": "17012345678", "fraud_type": "没有这种" }), "/fraud_type"),
        (json!({ "kind": "phone", "value": "17012345678", "note": "长".repeat(501) }), "/note"),
    ] {
        let reply = report(&one, body).await.expect_problem(422, "invalid_field");
        assert_eq!(reply.body["errors"][0]["pointer"], pointer, "{}", reply.text);
    }
    report(&service.anonymous(), phone("17012345678")).await.expect_problem(401, "unauthenticated");
    service.stop().await;
}
