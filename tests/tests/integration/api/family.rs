//! Families: who is named, who agrees, who is counted.

use chrono::TimeDelta;
use serde_json::json;

use super::people::{self, OTHER_VILLAGE, VILLAGE};

#[tokio::test(flavor = "multi_thread")]
async fn an_adult_is_invited_and_counted_once_they_agree() {
    let service = people::service().await;
    let zhang = people::protected(&service, "zhang", "13800138000", VILLAGE).await;
    let member = json!({ "relation": "spouse", "name": "李四", "phone": "13800138001" });
    let family = zhang.post("/api/v1/family-members", member.clone()).await.expect(201).body;
    assert_eq!(
        (family["items"][0]["state"].as_str(), family["items"][0]["name"].as_str()),
        (Some("invited"), Some("李*"))
    );
    assert_eq!(people::counts(&service, VILLAGE).await, (1, 1));
    zhang.post("/api/v1/family-members", member).await.expect_problem(409, "conflict");

    // Only who proved the invited phone sees the invitation.
    let stranger = people::protected(&service, "wang", "13800138009", OTHER_VILLAGE).await;
    assert!(stranger.get("/api/v1/invitations").await.expect(200).body["items"].as_array().unwrap().is_empty());
    let li = service.resident("li").await;
    people::prove(&li, "13800138001").await.expect(200);
    let invitations = li.get("/api/v1/invitations").await.expect(200).body;
    let id = invitations["items"][0]["id"].as_str().expect("an invitation").to_owned();
    let answer = format!("/api/v1/invitations/{id}/answer");
    let accept = json!({ "accept": true, "warnings_version": "2026-11", "guarded": true });
    stranger.put(&answer, accept.clone()).await.expect_problem(404, "not_found");
    li.put(&answer, json!({ "accept": true })).await.expect_problem(422, "invalid_field");
    li.put(&answer, accept.clone()).await.expect(204);
    li.put(&answer, accept).await.expect_problem(404, "not_found");
    assert_eq!(people::counts(&service, VILLAGE).await, (2, 2));
    let family = zhang.get("/api/v1/family-members").await.expect(200).body;
    assert_eq!(
        (family["items"][0]["guarded"].as_bool(), family["items"][0]["protected"].as_bool()),
        (Some(true), Some(true))
    );

    // The consent to be guarded goes by itself; protection stays.
    li.delete(&format!("/api/v1/invitations/{id}/guard")).await.expect(204);
    let family = zhang.get("/api/v1/family-members").await.expect(200).body;
    assert_eq!(
        (family["items"][0]["guarded"].as_bool(), family["items"][0]["protected"].as_bool()),
        (Some(false), None)
    );
    assert_eq!(people::counts(&service, VILLAGE).await, (2, 2));
    people::end(service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unanswered_invitation_is_erased_after_fourteen_days() {
    let service = people::service().await;
    let zhang = people::protected(&service, "zhang", "13800138000", VILLAGE).await;
    let member = json!({ "relation": "parent", "name": "张父", "phone": "13800138001" });
    zhang.post("/api/v1/family-members", member).await.expect(201);
    service.clock.advance(TimeDelta::days(13));
    service.run_workers().await;
    let zhang = service.resident("zhang").await;
    assert_eq!(zhang.get("/api/v1/family-members").await.expect(200).body["items"].as_array().unwrap().len(), 1);
    service.clock.advance(TimeDelta::days(2));
    service.run_workers().await;
    let zhang = service.resident("zhang").await;
    assert!(zhang.get("/api/v1/family-members").await.expect(200).body["items"].as_array().unwrap().is_empty());
    let (store, keyring) = (service.store(), service.store().keyring);
    let left = store
        .db
        .run_blocking(|connection| store::persons::persons_of_phones(connection, &keyring, &["+8613800138001"]));
    assert!(left.unwrap().is_empty());
    people::end(service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_minor_is_protected_on_the_guardians_word_and_counted_once_for_two_families() {
    let service = people::service().await;
    let mother = people::protected(&service, "mother", "13800138000", VILLAGE).await;
    let father = people::protected(&service, "father", "13800138001", VILLAGE).await;
    let child = |code: Option<&str>| {
        json!({ "relation": "child", "name": "小明", "phone": "13800138005", "birth_year": 2014, "as_guardian": true,
                "phone_code": code })
    };
    let adult = json!({ "relation": "parent", "name": "老张", "phone": "13800138006", "birth_year": 1950, "as_guardian": true });
    mother.post("/api/v1/family-members", adult).await.expect_problem(422, "invalid_field");
    mother.post("/api/v1/family-members", child(None)).await.expect_problem(422, "invalid_field");
    for parent in [&mother, &father] {
        parent.post("/api/v1/phone-codes", json!({ "phone": "13800138005" })).await.expect(204);
        let code = people::sent_code(&service, "13800138005");
        parent.post("/api/v1/family-members", child(Some(&code))).await.expect(201);
        service.clock.advance(TimeDelta::seconds(61));
    }
    assert_eq!(people::counts(&service, VILLAGE).await, (2, 3));
    let village = people::population(&service, VILLAGE).await;
    assert_eq!(village["node"]["family_members"], 1, "{village}");
    // One family lets the child go: still protected. Both do: gone.
    for (parent, protected) in [(&mother, 3), (&father, 2)] {
        let family = parent.get("/api/v1/family-members").await.expect(200).body;
        let id = family["items"][0]["id"].as_str().unwrap();
        parent.delete(&format!("/api/v1/family-members/{id}")).await.expect(204);
        assert_eq!(people::counts(&service, VILLAGE).await, (2, protected));
    }
    people::end(service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ninth_member_is_refused_and_nobody_is_named_before_registering() {
    let service = people::service().await;
    let member = |n: u32| json!({ "relation": "other", "name": "家人", "phone": format!("1380013{:04}", 8100 + n) });
    let nobody = service.resident("nobody").await;
    nobody.post("/api/v1/family-members", member(0)).await.expect_problem(409, "not_registered");
    let zhang = people::protected(&service, "zhang", "13800138000", VILLAGE).await;
    for n in 0..8 {
        zhang.post("/api/v1/family-members", member(n)).await.expect(201);
    }
    zhang.post("/api/v1/family-members", member(8)).await.expect_problem(409, "family_full");
    let family = zhang.get("/api/v1/family-members").await.expect(200).body;
    assert_eq!(family["items"].as_array().unwrap().len(), 8);
    let stranger = service.resident("stranger").await;
    let id = family["items"][0]["id"].as_str().unwrap();
    stranger.delete(&format!("/api/v1/family-members/{id}")).await.expect_problem(404, "not_found");
    // Who leaves takes along what they said of others.
    zhang.delete("/api/v1/registrations").await.expect(200);
    assert!(zhang.get("/api/v1/family-members").await.expect(200).body["items"].as_array().unwrap().is_empty());
    people::end(service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_answers_for_who_cannot_accept_an_invitation() {
    let service = people::service().await;
    let zhang = people::protected(&service, "zhang", "13800138000", VILLAGE).await;
    let member = json!({ "relation": "parent", "name": "张父", "phone": "13800138001", "birth_year": 1940 });
    zhang.post("/api/v1/family-members", member).await.expect(201);
    let officer = people::officer(&service, "community_officer").await;
    let elsewhere = people::officer_of(&service, "community_officer", "乙县中心").await;
    let waiting = officer.get("/api/v1/console/family-invitations").await.expect(200).body;
    assert_eq!(waiting["items"][0]["person"]["name"], "张*", "{waiting}");
    assert!(
        elsewhere.get("/api/v1/console/family-invitations").await.expect(200).body["items"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let id = waiting["items"][0]["id"].as_str().unwrap();
    let path = format!("/api/v1/console/family-invitations/{id}/attestation");
    let word = json!({ "attestation": "上门时当面同意，不用手机上网", "guarded": true });
    elsewhere.put(&path, word.clone()).await.expect_problem(404, "not_found");
    officer.put(&path, json!({ "attestation": "" })).await.expect_problem(422, "invalid_field");
    let person = officer.put(&path, word.clone()).await.expect(200).body;
    assert_eq!((person["protected"].as_bool(), person["phone_proof"].as_str()), (Some(true), Some("attested")));
    officer.put(&path, word).await.expect_problem(404, "not_found");
    let family = zhang.get("/api/v1/family-members").await.expect(200).body;
    assert_eq!(
        (family["items"][0]["state"].as_str(), family["items"][0]["guarded"].as_bool()),
        (Some("active"), Some(true))
    );
    assert_eq!(people::counts(&service, VILLAGE).await, (1, 2));
    people::end(service).await;
}
