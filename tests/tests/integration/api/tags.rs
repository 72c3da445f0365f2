//! Risk groups with an end: said, shown, ended, and counted meanwhile.

use chrono::TimeDelta;
use harness::TestService;
use reqwest::Method;
use serde_json::{Value, json};

use super::people::{self, VILLAGE};

/// Codes of the tags of a reply, with their ends and who said so.
fn tags(reply: &Value) -> Vec<(&str, Option<&str>, &str)> {
    let tags = reply["tags"].as_array().unwrap().iter();
    tags.map(|tag| (tag["code"].as_str().unwrap(), tag["expires_on"].as_str(), tag["source"].as_str().unwrap()))
        .collect()
}

/// How many protected persons of a village belong to which risk group.
async fn counted(service: &TestService, village: &str) -> Value {
    people::population(service, village).await["node"]["tags"].clone()
}

async fn recount(service: &TestService) -> Vec<store::population::Difference> {
    let (store, now) = (service.store(), service.clock.now());
    tokio::task::spawn_blocking(move || app::statistics::recount(&store.db, false, now)).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_residents_tag_ends_on_its_day_and_leaves_the_counts() {
    let service = people::service().await;
    let zhang = people::protected(&service, "zhang", "13800138000", VILLAGE).await;
    let said = json!({ "tags": ["G01", { "code": "独居老人", "expires_on": "2026-11-26" }] });
    let me = zhang.patch("/api/v1/me", said).await.expect(200).body;
    assert_eq!(tags(&me), [("G01", None, "self"), ("G02", Some("2026-11-26"), "self")]);
    assert_eq!(counted(&service, VILLAGE).await, json!({ "G01": 1, "G02": 1 }));

    // It holds to the midnight before that day, in Beijing.
    service.clock.advance(TimeDelta::hours(37));
    service.run_workers().await;
    let me = service.resident("zhang").await.get("/api/v1/me").await.expect(200).body;
    assert_eq!(tags(&me).len(), 2);
    service.clock.advance(TimeDelta::hours(1));
    // They come back before anything was tidied up: kept and counted anew are still the same.
    let zhang = service.resident("zhang").await;
    assert_eq!(tags(&zhang.get("/api/v1/me").await.expect(200).body), [("G01", None, "self")]);
    zhang.patch("/api/v1/me", json!({ "name": "张三" })).await.expect(200);
    assert_eq!(recount(&service).await, []);
    service.run_workers().await;
    assert_eq!(counted(&service, VILLAGE).await["G02"].as_i64().unwrap_or(0), 0);
    assert_eq!(counted(&service, VILLAGE).await["G01"], 1);
    let export = zhang.get("/api/v1/me/export").await.expect(200).body;
    assert_eq!(tags(&export), [("G01", None, "self")]);
    people::end(service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sets_tags_may_say_until_when_and_officers_see_it() {
    let service = people::service().await;
    let ending = |day: &str| json!([{ "code": "G02", "expires_on": day }]);
    let mut registration = people::registration(VILLAGE);
    registration["tags"] = ending("2027-01-01");
    let zhang = service.resident("zhang").await;
    let me = zhang.post("/api/v1/registrations", registration).await.expect(200).body;
    assert_eq!(tags(&me), [("G02", Some("2027-01-01"), "self")]);
    people::prove(&zhang, "13800138000").await.expect(200);
    let child = json!({ "relation": "child", "name": "小明", "phone": "13800138000", "birth_year": 2015, "as_guardian": true,
                        "tags": ending("2027-02-01") });
    zhang.post("/api/v1/family-members", child).await.expect(201);

    let officer = people::officer(&service, "community_officer").await;
    let somebody = json!({ "division": VILLAGE, "name": "王大爷", "phone": "13800138020", "attestation": "当面同意",
                           "tags": ending("2027-03-01") });
    let created = officer.post("/api/v1/console/residents", somebody).await.expect(201).body;
    let by_officer = [("G02", Some("2027-03-01"), "officer")];
    assert_eq!(tags(&created), by_officer);
    let path = format!("/api/v1/console/residents/{}", created["id"].as_str().unwrap());
    assert_eq!(tags(&officer.get(&path).await.expect(200).body), by_officer);
    let file =
        format!("name,phone,division,attestation,tags\n李四,13800138030,{VILLAGE},当面同意,G01;独居老人@2027-04-01\n");
    let imports = "/api/v1/console/residents/imports";
    officer.send(Method::POST, imports, Some(("text/csv", file.into_bytes()))).await.expect(200);

    let list = officer.get(&format!("/api/v1/console/residents?division={VILLAGE}")).await.expect(200).body;
    let ends: Vec<_> = list["items"].as_array().unwrap().iter().flat_map(tags).collect();
    let expected = [
        ("G02", Some("2027-01-01"), "self"),
        ("G02", Some("2027-02-01"), "guardian"),
        by_officer[0],
        ("G01", None, "import"),
        ("G02", Some("2027-04-01"), "import"),
    ];
    assert_eq!(ends, expected);
    // Of zhang and the child, who share a phone, one is counted.
    assert_eq!(counted(&service, VILLAGE).await, json!({ "G01": 1, "G02": 3 }));
    service.clock.advance(TimeDelta::days(365));
    service.run_workers().await;
    let left = counted(&service, VILLAGE).await;
    assert_eq!((left["G01"].as_i64(), left["G02"].as_i64().unwrap_or(0)), (Some(1), 0), "{left}");
    people::end(service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn officers_name_the_groups_of_who_is_registered_already() {
    let service = people::service().await;
    let zhang = people::protected(&service, "zhang", "13800138000", VILLAGE).await;
    zhang.patch("/api/v1/me", json!({ "tags": ["G01"] })).await.expect(200);
    let id = zhang.get("/api/v1/me").await.expect(200).body["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/console/residents/{id}/tags");
    let officer = people::officer(&service, "community_officer").await;
    let seen = officer.put(&path, json!({ "tags": ["G02"] })).await.expect(200).body;
    assert_eq!(tags(&seen), [("G01", None, "self"), ("G02", None, "officer")]);
    assert_eq!(counted(&service, VILLAGE).await, json!({ "G01": 1, "G02": 1 }));
    let log = zhang.get("/api/v1/me/access-log").await.expect(200).body;
    assert_eq!(log["items"][0]["purpose"], "标注人群标签", "{log}");
    let seen = officer.put(&path, json!({ "tags": [] })).await.expect(200).body;
    assert_eq!(tags(&seen), [("G01", None, "self")]);
    officer.put(&path, json!({ "tags": ["G77"] })).await.expect_problem(422, "invalid_field");
    let stranger = people::officer_of(&service, "county_lead", "乙县中心").await;
    stranger.put(&path, json!({ "tags": ["G02"] })).await.expect_problem(404, "not_found");
    people::end(service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_lies_after_today_and_within_five_years() {
    let service = people::service().await;
    let zhang = people::registered(&service, "zhang", VILLAGE).await;
    let set = async |tag: Value| zhang.patch("/api/v1/me", json!({ "tags": ["G01", tag] })).await;
    let ending = |day: &str| json!({ "code": "G02", "expires_on": day });
    for (tag, pointer) in [
        (ending("2026-11-24"), "/tags/1/expires_on"),
        (ending("1999-01-01"), "/tags/1/expires_on"),
        (ending("2031-11-25"), "/tags/1/expires_on"),
        (json!({ "code": "G77", "expires_on": "2027-01-01" }), "/tags/1"),
        (ending("tomorrow"), "/tags/1"),
        (json!({ "code": "G02", "until": "2027-01-01" }), "/tags/1"),
        (json!(2), "/tags/1"),
    ] {
        let problem = set(tag.clone()).await.expect_problem(422, "invalid_field").body;
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{tag} {problem}");
        let detail = problem["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.starts_with("标签") || detail.starts_with("没有这个"), "{detail}");
    }
    for day in ["2026-11-25", "2031-11-24"] {
        set(ending(day)).await.expect(200);
    }
    let officer = people::officer(&service, "community_officer").await;
    let row = |tags: &str| format!("王五,13800138031,{VILLAGE},当面同意,{tags}\n");
    let file = format!("name,phone,division,attestation,tags\n{}{}", row("G01@2026-11-24"), row("G01@soon"));
    let imports = "/api/v1/console/residents/imports";
    let report = officer.send(Method::POST, imports, Some(("text/csv", file.into_bytes()))).await.expect(200).body;
    let codes: Vec<_> = report["refused"].as_array().unwrap().iter().map(|row| row["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["bad_tags", "bad_tags"], "{report}");
    people::end(service).await;
}
