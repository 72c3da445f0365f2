//! GET /api/v1/warnings.

use chrono::TimeDelta;
use domain::{ListKind, SubjectKind};
use harness::TestService;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_fraud_check_leaves_one_warning_a_person_subject_and_day() {
    let service = TestService::start().await;
    service.import(ListKind::Blacklist, SubjectKind::Phone, "13812345678\n13812345679\n").await;
    let (zhang, li) = (service.resident("zhang").await, service.resident("li").await);
    let check = json!({ "kind": "phone", "value": "138 1234 5678" });
    for _ in 0..2 {
        let reply = zhang.post("/api/v1/checks", check.clone()).await.expect(200).body;
        assert_eq!(reply["warning_saved"], true);
    }
    zhang.post("/api/v1/checks", json!({ "text": "回电13812345679" })).await.expect(200);
    zhang.post("/api/v1/checks", json!({ "kind": "phone", "value": "13900000000" })).await.expect(200);

    let inbox = zhang.get("/api/v1/warnings").await.expect(200).body;
    let items = inbox["items"].as_array().unwrap();
    let subjects: Vec<&str> = items.iter().map(|item| item["canonical"].as_str().unwrap()).collect();
    assert_eq!(subjects, ["+8613812345679", "+8613812345678"], "newest first, one each");
    for field in ["id", "created_at", "kind", "fraud_type", "what", "next", "advice"] {
        assert!(items[0][field].as_str().is_some_and(|text| !text.is_empty()), "{field}");
    }
    assert_eq!(inbox["next_cursor"], Value::Null);
    let empty = li.get("/api/v1/warnings").await.expect(200).body;
    assert_eq!(empty["items"].as_array().unwrap().len(), 0, "somebody else's inbox is empty");

    service.clock.advance(TimeDelta::hours(24));
    let zhang = service.resident("zhang").await;
    zhang.post("/api/v1/checks", check).await.expect(200);
    let inbox = zhang.get("/api/v1/warnings").await.expect(200).body;
    assert_eq!(inbox["items"].as_array().unwrap().len(), 3, "the next day is a new warning");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inbox_is_read_page_by_page_without_gaps() {
    let service = TestService::start().await;
    let numbers: String = (0..25).map(|n| format!("138123456{n:02}\n")).collect();
    service.import(ListKind::Blacklist, SubjectKind::Phone, &numbers).await;
    let zhang = service.resident("zhang").await;
    for number in numbers.lines() {
        zhang.post("/api/v1/checks", json!({ "kind": "phone", "value": number })).await.expect(200);
    }
    let mut seen = std::collections::BTreeSet::new();
    let mut path = "/api/v1/warnings?limit=10".to_owned();
    loop {
        let page = zhang.get(&path).await.expect(200).body;
        seen.extend(
            page["items"].as_array().unwrap().iter().map(|item| item["canonical"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/api/v1/warnings?limit=10&cursor={cursor}");
    }
    assert_eq!(seen.len(), 25);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_resident_has_an_inbox() {
    let service = TestService::start().await;
    service.anonymous().get("/api/v1/warnings").await.expect_problem(401, "unauthenticated");
    service.officer("city_lead", None).await.get("/api/v1/warnings").await.expect_problem(403, "forbidden");
    let zhang = service.resident("zhang").await;
    zhang.get("/api/v1/warnings?limit=0").await.expect_problem(422, "invalid_field");
    zhang.get("/api/v1/warnings?limit=x").await.expect_problem(422, "invalid_field");
    zhang.get("/api/v1/warnings?color=red").await.expect_problem(422, "invalid_field");
    zhang.get("/api/v1/warnings?cursor=ffffffffffffffffffffffffffffffff").await.expect_problem(404, "not_found");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_resident_checked_is_not_readable_in_the_database_files() {
    let service = TestService::start().await;
    service.import(ListKind::Blacklist, SubjectKind::Link, "evil.example\n").await;
    let zhang = service.resident("planted-name").await;
    let page = "evil.example/only-zhang-asked-for-this";
    zhang.post("/api/v1/checks", json!({ "kind": "link", "value": page })).await.expect(200);
    let data_dir = service.data_dir().to_owned();
    let mut scanned = 0;
    for file in std::fs::read_dir(&data_dir).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
        let bytes = std::fs::read(&file).unwrap();
        scanned += 1;
        for secret in ["only-zhang-asked-for-this", "planted-name"] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} stands in {}", file.display());
        }
    }
    assert!(scanned >= 2, "nothing was scanned");
    service.stop().await;
}
