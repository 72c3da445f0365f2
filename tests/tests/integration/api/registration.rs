//! A person becomes protected, knows that they are, and leaves.

use chrono::TimeDelta;
use harness::Client;
use serde_json::{Value, json};

use super::people::{self, OTHER_COUNTY, OTHER_VILLAGE, VILLAGE};

#[tokio::test(flavor = "multi_thread")]
async fn a_person_becomes_protected_step_by_step_and_is_told_what_is_missing() {
    let service = people::service().await;
    let zhang = service.resident("zhang").await;
    let me = zhang.get("/api/v1/me").await.expect(200).body;
    assert_eq!((me["registered"].as_bool(), me["protected"].as_bool()), (Some(false), Some(false)));
    assert_eq!(people::missing(&me), ["registration", "home", "phone", "warnings"]);
    assert!(me["state"].as_str().unwrap().contains("还没有受到保护"), "{me}");

    let me = zhang.post("/api/v1/registrations", people::registration(VILLAGE)).await.expect(200).body;
    assert_eq!(people::missing(&me), ["phone"]);
    assert_eq!(me["division_path"].as_array().unwrap().last().unwrap(), &people::village_name(&service).await);
    let me = people::prove(&zhang, "13800138000").await.expect(200).body;
    assert_eq!((me["protected"].as_bool(), me["reachable"].as_bool()), (Some(true), Some(true)));
    assert_eq!((me["phone"].as_str(), me["phone_proof"].as_str()), (Some("138****8000"), Some("wechat")));
    assert_eq!(people::counts(&service, VILLAGE).await, (1, 1));

    // The same again, as after a lost reply: one registration, one count.
    zhang.post("/api/v1/registrations", people::registration(VILLAGE)).await.expect(200);
    assert_eq!(people::counts(&service, VILLAGE).await, (1, 1));
    zhang.post("/api/v1/registrations", people::registration(OTHER_VILLAGE)).await.expect_problem(409, "conflict");

    service.clock.advance(TimeDelta::days(30));
    let zhang = service.resident("zhang").await;
    service.clock.advance(TimeDelta::days(30));
    let me = service.resident("zhang").await.get("/api/v1/me").await.expect(200).body;
    assert_eq!((me["protected"].as_bool(), me["reachable"].as_bool()), (Some(true), Some(true)), "{me}");
    drop(zhang);
    people::end(service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_name_the_field_and_say_what_to_do() {
    let service = people::service().await;
    let zhang = service.resident("zhang").await;
    let with = |field: &str, value: Value| {
        let mut body = people::registration(VILLAGE);
        body[field] = value;
        body
    };
    let wrong = [
        (with("division", json!("411602000000")), "/division"),
        (with("division", json!("419999999999")), "/division"),
        (with("consents", json!([])), "/consents"),
        (with("consents", json!([{ "purpose": "warnings", "version": "1999" }])), "/consents/0/version"),
        (with("tags", json!(["G01", "G77"])), "/tags/1"),
        (with("name", json!("<script>")), "/name"),
        (with("birth_year", json!(1800)), "/birth_year"),
        (with("officer_code", json!("no-such-code")), "/officer_code"),
        (with("device", json!("设备")), "/device"),
    ];
    for (body, pointer) in wrong {
        let problem = zhang.post("/api/v1/registrations", body).await.expect_problem(422, "invalid_field").body;
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        assert!(problem["detail"].as_str().unwrap().chars().any(|c| c as u32 > 0x4E00), "{problem}");
    }
    service.anonymous().get("/api/v1/me").await.expect_problem(401, "unauthenticated");
    assert_eq!(people::counts(&service, VILLAGE).await, (0, 0));
    people::end(service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_is_proved_by_a_code_that_works_once() {
    let service = people::service().await;
    let zhang = people::registered(&service, "zhang", VILLAGE).await;
    zhang.post("/api/v1/phone-codes", json!({ "phone": "138-0013-8001" })).await.expect(204);
    let again = zhang.post("/api/v1/phone-codes", json!({ "phone": "13800138001" })).await;
    again.expect_problem(429, "too_many_requests");
    let code = people::sent_code(&service, "13800138001");
    let proof = |code: &str| json!({ "phone": "13800138001", "sms_code": code });
    let wrong = if code == "000000" { "000001" } else { "000000" };
    zhang.put("/api/v1/me/phone", proof(wrong)).await.expect_problem(422, "sms_code_invalid");
    let me = zhang.put("/api/v1/me/phone", proof(&code)).await.expect(200).body;
    assert_eq!((me["protected"].as_bool(), me["phone_proof"].as_str()), (Some(true), Some("sms")));
    zhang.put("/api/v1/me/phone", proof(&code)).await.expect_problem(422, "sms_code_invalid");

    // Five wrong ones spoil a code, and it is over after five minutes.
    service.clock.advance(TimeDelta::seconds(61));
    zhang.post("/api/v1/phone-codes", json!({ "phone": "13800138002" })).await.expect(204);
    let code = people::sent_code(&service, "13800138002");
    let proof = |code: &str| json!({ "phone": "13800138002", "sms_code": code });
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        zhang.put("/api/v1/me/phone", proof(wrong)).await.expect_problem(422, "sms_code_invalid");
    }
    zhang.put("/api/v1/me/phone", proof(&code)).await.expect_problem(422, "sms_code_invalid");
    for body in [json!({}), json!({ "phone": "13800138002" }), json!({ "wechat_code": "a", "phone": "b" })] {
        zhang.put("/api/v1/me/phone", body).await.expect_problem(422, "invalid_field");
    }
    for phone in ["110", "x", "010-65911468"] {
        zhang.post("/api/v1/phone-codes", json!({ "phone": phone })).await.expect_problem(422, "invalid_field");
    }
    people::end(service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_wechat_says_to_a_phone_code_is_told_apart() {
    let service = people::service().await;
    let zhang = people::registered(&service, "zhang", VILLAGE).await;
    let path = "/wxa/business/getuserphonenumber";
    let faults =
        [(40_029, 422, "phone_code_invalid"), (45_011, 429, "too_many_requests"), (45_009, 503, "wechat_unavailable")];
    for (errcode, status, code) in faults {
        service.wechat.add_fault(path, sandbox::Fault::Errcode(errcode), 1);
        let refused = people::prove(&zhang, "13800138000").await.expect_problem(status, code);
        assert!(status == 422 || refused.headers.contains_key("retry-after"), "{errcode}");
        service.clock.advance(TimeDelta::seconds(61));
    }
    people::end(service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn moving_pausing_and_consents_are_ordinary_steps_and_the_counts_follow() {
    let service = people::service().await;
    let zhang = people::protected(&service, "zhang", "13800138000", VILLAGE).await;
    let home = |code: &str| json!({ "division": code });
    let me = zhang.put("/api/v1/me/home", home(OTHER_VILLAGE)).await.expect(200).body;
    assert_eq!(me["division"], OTHER_VILLAGE);
    assert_eq!(
        (people::counts(&service, VILLAGE).await, people::counts(&service, OTHER_VILLAGE).await),
        ((0, 0), (1, 1))
    );
    // A move within the city is none for the city, and one for each of the two counties.
    let city = people::population(&service, people::CITY).await;
    assert_eq!((city["node"]["moved_in"].as_i64(), city["node"]["joined"].as_i64()), (Some(0), Some(1)));
    let county = people::population(&service, OTHER_COUNTY).await;
    assert_eq!((county["node"]["moved_in"].as_i64(), county["node"]["moved_out"].as_i64()), (Some(1), Some(0)));

    let paused = zhang.put("/api/v1/me/pause", json!({})).await.expect(200).body;
    assert_eq!(people::missing(&paused), ["paused"]);
    assert_eq!(people::counts(&service, OTHER_VILLAGE).await, (1, 0));
    zhang.delete("/api/v1/me/pause").await.expect(200);
    assert_eq!(people::counts(&service, OTHER_VILLAGE).await, (1, 1));

    let withdrawn = zhang.delete("/api/v1/me/consents/warnings").await.expect(200).body;
    assert_eq!(people::missing(&withdrawn), ["warnings"]);
    let version = people::version(&withdrawn, "warnings");
    zhang.put("/api/v1/me/consents/warnings", json!({ "version": "0" })).await.expect_problem(422, "invalid_field");
    let me = zhang.put("/api/v1/me/consents/warnings", json!({ "version": version })).await.expect(200).body;
    assert_eq!(me["protected"], true);
    zhang.delete("/api/v1/me/consents/unknown").await.expect_problem(404, "not_found");

    let me = zhang.patch("/api/v1/me", json!({ "name": "张三", "tags": ["企业财务"], "birth_year": 1960 })).await;
    assert_eq!(me.expect(200).body["tags"][0]["code"], "G05");
    let me = zhang.patch("/api/v1/me", json!({ "name": "" })).await.expect(200).body;
    assert_eq!((me["name"].as_str(), me["birth_year"].as_i64()), (None, Some(1960)));
    let tags = people::population(&service, OTHER_VILLAGE).await;
    assert_eq!(tags["node"]["tags"]["G05"], 1, "{tags}");
    people::end(service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_is_not_counted_and_may_come_back() {
    let service = people::service().await;
    let zhang = people::protected(&service, "zhang", "13800138000", VILLAGE).await;
    let me = zhang.delete("/api/v1/registrations").await.expect(200).body;
    assert_eq!((me["registered"].as_bool(), me["protected"].as_bool()), (Some(false), Some(false)));
    assert_eq!(people::counts(&service, VILLAGE).await, (0, 0));
    let village = people::population(&service, VILLAGE).await;
    assert_eq!((village["node"]["joined"].as_i64(), village["node"]["left"].as_i64()), (Some(1), Some(1)));
    zhang.post("/api/v1/registrations", people::registration(VILLAGE)).await.expect(200);
    assert_eq!(people::counts(&service, VILLAGE).await, (1, 1));
    people::end(service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_kept_is_handed_out_and_then_erased() {
    let service = people::service().await;
    let zhang = people::protected(&service, "zhang", "13800138000", VILLAGE).await;
    zhang.patch("/api/v1/me", json!({ "name": "张小三" })).await.expect(200);
    let export = zhang.get("/api/v1/me/export").await.expect(200).body;
    assert_eq!(
        (export["person"]["phone"].as_str(), export["person"]["name"].as_str()),
        (Some("+8613800138000"), Some("张小三"))
    );
    let page = zhang.get("/api/v1/me/export.html").await.expect(200);
    assert!(page.text.contains("张小三") && page.headers["content-type"].to_str().unwrap().starts_with("text/html"));

    zhang.delete("/api/v1/me").await.expect(204);
    zhang.get("/api/v1/me").await.expect_problem(401, "unauthenticated");
    assert_eq!(people::counts(&service, VILLAGE).await, (0, 0));
    // Who signs in again is somebody new.
    let again = service.resident("zhang").await.get("/api/v1/me").await.expect(200).body;
    assert_eq!((again["registered"].as_bool(), again["phone"].as_str()), (Some(false), None));
    people::end(service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_those_who_share_a_phone_one_is_counted() {
    let service = people::service().await;
    let first = people::protected(&service, "first", "13800138000", VILLAGE).await;
    let second = people::protected(&service, "second", "13800138000", OTHER_VILLAGE).await;
    let me = second.get("/api/v1/me").await.expect(200).body;
    assert_eq!(people::missing(&me), ["shared_phone"], "{me}");
    assert_eq!(
        (people::counts(&service, VILLAGE).await, people::counts(&service, OTHER_VILLAGE).await),
        ((1, 1), (1, 0))
    );
    // The first one leaves: the other is counted in their own village.
    first.delete("/api/v1/registrations").await.expect(200);
    assert_eq!(
        (people::counts(&service, VILLAGE).await, people::counts(&service, OTHER_VILLAGE).await),
        ((0, 0), (1, 1))
    );
    people::end(service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recycled_phone_leaves_who_cannot_prove_it_within_seven_days() {
    let service = people::service().await;
    let old = people::protected(&service, "old", "13800138000", VILLAGE).await;
    service.clock.advance(TimeDelta::days(30));
    let new = people::protected(&service, "new", "13800138000", OTHER_VILLAGE).await;
    drop(old);
    let old = service.resident("old").await;
    let me = old.get("/api/v1/me").await.expect(200).body;
    assert!(me["phone_contested_until"].is_string(), "{me}");
    service.clock.advance(TimeDelta::days(6));
    service.run_workers().await;
    assert_eq!(people::counts(&service, VILLAGE).await, (1, 1));
    service.clock.advance(TimeDelta::days(2));
    service.run_workers().await;
    let old = service.resident("old").await.get("/api/v1/me").await.expect(200).body;
    assert_eq!((people::missing(&old), old["phone"].as_str()), (vec!["phone".to_owned()], None));
    drop(new);
    let new = service.resident("new").await.get("/api/v1/me").await.expect(200).body;
    assert_eq!(new["protected"], true);
    assert_eq!(
        (people::counts(&service, VILLAGE).await, people::counts(&service, OTHER_VILLAGE).await),
        ((1, 0), (1, 1))
    );
    people::end(service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_holder_who_proves_the_phone_too_keeps_it() {
    let service = people::service().await;
    people::protected(&service, "old", "13800138000", VILLAGE).await;
    service.clock.advance(TimeDelta::days(30));
    people::protected(&service, "new", "13800138000", OTHER_VILLAGE).await;
    service.clock.advance(TimeDelta::days(3));
    let old = service.resident("old").await;
    people::prove(&old, "13800138000").await.expect(200);
    service.clock.advance(TimeDelta::days(20));
    service.run_workers().await;
    let old = service.resident("old").await.get("/api/v1/me").await.expect(200).body;
    assert_eq!((old["protected"].as_bool(), old["phone_contested_until"].as_str()), (Some(true), None));
    people::end(service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_and_many_repeats_are_one_registration_and_one_count() {
    let service = people::service().await;
    let zhang = service.resident("zhang").await;
    people::prove(&zhang, "13800138000").await.expect(200);
    let other = service.resident("zhang").await;
    let send = |client: Client| async move {
        let reply = client.post("/api/v1/registrations", people::registration(VILLAGE)).await;
        // A busy database is a reason to try again, never to count twice.
        assert!([200, 503].contains(&reply.status.as_u16()), "{}", reply.text);
    };
    let calls = (0..16).map(|n| tokio::spawn(send(if n % 2 == 0 { zhang.clone() } else { other.clone() })));
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap();
    }
    assert_eq!(people::counts(&service, VILLAGE).await, (1, 1));
    people::end(service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_sign_ups_are_kept_apart_and_count_once_somebody_accepts_them() {
    let service = people::service().await;
    for n in 0..3 {
        let client = service.resident(&format!("device-{n}")).await;
        client.post("/api/v1/registrations", people::registration_from(VILLAGE, "one-device")).await.expect(200);
    }
    let odd = service.resident("device-3").await;
    people::prove(&odd, "13800138003").await.expect(200);
    let me = odd.post("/api/v1/registrations", people::registration_from(VILLAGE, "one-device")).await.expect(200).body;
    assert_eq!(people::missing(&me), ["review"], "{me}");
    assert_eq!(people::counts(&service, VILLAGE).await, (3, 0));

    let reviewer = people::officer(&service, "county_reviewer").await;
    let elsewhere = people::officer_of(&service, "county_reviewer", "乙县中心").await;
    let reviews = reviewer.get("/api/v1/console/sign-up-reviews").await.expect(200).body;
    assert_eq!(reviews["items"][0]["reasons"], json!(["device"]), "{reviews}");
    assert!(
        elsewhere.get("/api/v1/console/sign-up-reviews").await.expect(200).body["items"].as_array().unwrap().is_empty()
    );
    let decision = format!("/api/v1/console/sign-up-reviews/{}/decision", reviews["items"][0]["id"].as_str().unwrap());
    elsewhere.put(&decision, json!({ "accept": true })).await.expect_problem(404, "not_found");
    reviewer.put(&decision, json!({ "accept": true })).await.expect(204);
    reviewer.put(&decision, json!({ "accept": true })).await.expect(204);
    reviewer.put(&decision, json!({ "accept": false })).await.expect_problem(409, "conflict");
    assert_eq!(people::counts(&service, VILLAGE).await, (4, 1));
    people::end(service).await;
}
