//! What others saw of entries.

use super::{misp::take, *};

fn event(value: &str, sightings: &Value) -> String {
    json!({ "Event": { "Orgc": { "name": "CERT.example" }, "date": "2026-11-01", "Attribute": [
        { "type": "phone-number", "value": value, "to_ids": true, "Sighting": sightings }] } })
    .to_string()
}

/// A sighting on a day of November 2026, at noon in Beijing.
fn sighting(kind: u8, source: &str, day: u32) -> Value {
    let noon = chrono::NaiveDate::from_ymd_opt(2026, 11, day).unwrap().and_hms_opt(4, 0, 0).unwrap();
    json!({ "type": kind.to_string(), "source": source, "date_sighting": noon.and_utc().timestamp().to_string() })
}

/// How many sources claim the number of the bank.
async fn open_claims(service: &TestService) -> usize {
    let lead = service.officer("city_lead", None).await;
    let found = lead.get(&format!("{ENTRIES}?list=blacklist&kind=phone&value=13800000002")).await.expect(200).body;
    let path = format!("{ENTRIES}/{}", found["items"][0]["id"].as_str().unwrap());
    lead.get(&path).await.expect(200).body["claims"].as_array().unwrap().len()
}

async fn story(client: &Client, value: &str) -> Value {
    let found = client.get(&format!("{ENTRIES}?kind=phone&value={value}")).await.expect(200).body;
    client.get(&format!("{ENTRIES}/{}", found["items"][0]["id"].as_str().unwrap())).await.expect(200).body
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_seen_again_is_younger() {
    let service = TestService::start().await;
    let lead = service.officer("city_lead", None).await;
    for (sightings, day) in [
        (json!([]), "2026-11-01"),
        (json!([sighting(0, "", 10), sighting(0, "CERT.example", 8), sighting(0, "somebody", 12)]), "2026-11-10"),
        (json!([sighting(0, "CERT.example", 5)]), "2026-11-10"),
    ] {
        take(&service, &event("13800000001", &sightings), 100).await;
        let claims = story(&lead, "13800000001").await["claims"].clone();
        assert_eq!((claims.as_array().unwrap().len(), &claims[0]["seen_on"]), (1, &json!(day)));
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_calls_wrong_is_decided_by_two_officers() {
    let service = TestService::start().await;
    let (lead, second) = (service.officer("city_lead", None).await, service.officer("list_approver", None).await);
    let wrong = |day| event("13800000001", &json!([sighting(1, "bank", day)]));
    assert_eq!(take(&service, &wrong(5), 100).await.reviews, 1);
    assert_eq!(take(&service, &wrong(5), 100).await.reviews, 0, "one is open");
    assert_eq!(verdict(&service, "phone", "13800000001").await, "fraud");
    let open = open_proposals(&lead).await;
    assert_eq!((open.len(), &open[0]["origin"], &open[0]["supported"]), (1, &json!("sighting"), &json!(false)));
    let declined = json!({ "proposals": [open[0]["id"]], "approve": false, "reason": "核实无误" });
    lead.post(DECISIONS, declined).await.expect(200);
    assert_eq!(take(&service, &wrong(5), 100).await.reviews, 0, "it was answered");
    assert_eq!(take(&service, &wrong(6), 100).await.reviews, 1, "said anew");
    let id = open_proposals(&lead).await[0]["id"].as_str().unwrap().to_owned();
    let approve = json!({ "proposals": [id], "approve": true, "reason": "已核实" });
    lead.post(DECISIONS, approve.clone()).await.expect(200);
    lead.post(DECISIONS, approve).await.expect_problem(409, "conflict");
    assert_eq!(verdict(&service, "phone", "13800000001").await, "fraud", "one officer lifts nothing");
    second.post(DECISIONS, json!({ "proposals": [id], "approve": true, "reason": "已核实" })).await.expect(200);
    assert_eq!(verdict(&service, "phone", "13800000001").await, "unknown");
    assert_eq!(take(&service, &wrong(7), 100).await.reviews, 0, "it gives no verdict any more");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_takes_back_its_own_word_only() {
    let service = TestService::start().await;
    let said = event("13800000001", &json!([]));
    take(&service, &said, 100).await;
    import_named(&service, "bank", SubjectKind::Phone, "value\n13800000002\n").await;
    let foreign = take(&service, &event("13800000002", &json!([sighting(2, "bank", 24)])), 0).await;
    assert_eq!(foreign.taken_back, 0, "an event speaks for its organisation alone");
    assert_eq!(verdict(&service, "phone", "13800000002").await, "fraud");
    let back = event("13800000001", &json!([sighting(2, "CERT.example", 15)]));
    for taken_back in [1, 0] {
        let summary = take(&service, &back, 100).await;
        assert_eq!((summary.taken_back, summary.skipped), (taken_back, 1), "{summary:?}");
        assert_eq!(verdict(&service, "phone", "13800000001").await, "unknown");
    }
    let line = json!({ "kind": "phone", "value": "13800000002",
        "sightings": [{ "kind": "expiration", "source": "bank", "seen_on": "2026-11-24" }] });
    let path = file(&service, "ndjson", &line.to_string());
    let other_list = service.import_with(ListKind::Allowlist, SubjectKind::Phone, path, |options| {
        options.defaults.source = "bank".to_owned();
    });
    assert_eq!((other_list.await.taken_back, open_claims(&service).await), (0, 2), "another list has no claims");
    take(&service, &said, 100).await;
    assert_eq!(verdict(&service, "phone", "13800000001").await, "unknown", "an older file brings it no more");
    take(&service, &event("13800000001", &json!([sighting(0, "", 16)])), 100).await;
    assert_eq!(verdict(&service, "phone", "13800000001").await, "fraud", "seen again since");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_officers_list_by_hand_is_listed_nowhere_on_that_word_alone() {
    let service = TestService::start().await;
    let (lead, second) = (service.officer("city_lead", None).await, service.officer("list_approver", None).await);
    let line = json!({ "list": "blacklist", "kind": "phone", "value": "13800000001", "sources": [{ "name": "manual", "confidence": 100, "seen_on": "2026-11-24" }] });
    let summary = restore(&service, ListKind::Blacklist, file(&service, "ndjson", &line.to_string())).await;
    assert_eq!((summary.added, summary.held), (0, 1));
    let body = json!({ "list": "blacklist", "kind": "phone", "value": "13800000002", "fraud_type": "T02", "severity": 2, "reason": "三起报案" });
    let made = lead.post(ENTRIES, body).await.expect(201).body;
    assert_eq!(verdict(&service, "phone", "13800000002").await, "unknown", "one officer lists nothing");
    let decision = json!({ "proposals": [made["proposal"]], "approve": true, "reason": "已核实" });
    second.post(DECISIONS, decision).await.expect(200);
    assert_eq!(verdict(&service, "phone", "13800000002").await, "fraud");
    service.stop().await;
}
