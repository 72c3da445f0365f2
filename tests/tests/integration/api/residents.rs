//! Residents as officers see and register them.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::people::{self, CITY, COUNTY, OTHER_COUNTY, OTHER_VILLAGE, VILLAGE};

fn somebody(village: &str) -> Value {
    json!({ "division": village, "name": "王大爷", "phone": "13800138020", "birth_year": 1950, "tags": ["独居老人"],
            "attestation": "当面同意，不用智能手机" })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_sees_the_own_residents_masked_and_they_see_that_somebody_looked() {
    let service = people::service().await;
    let zhang = people::protected(&service, "zhang", "13800138000", VILLAGE).await;
    zhang.patch("/api/v1/me", json!({ "name": "张三" })).await.expect(200);
    people::protected(&service, "far", "13800138001", OTHER_VILLAGE).await;
    let lead = people::officer(&service, "county_lead").await;
    let page = lead.get(&format!("/api/v1/console/residents?division={COUNTY}")).await.expect(200);
    assert!(!page.text.contains("13800138000") && !page.text.contains("张三"), "{}", page.text);
    let items = page.body["items"].as_array().unwrap();
    assert_eq!(
        (items.len(), items[0]["phone"].as_str(), items[0]["name"].as_str()),
        (1, Some("138****8000"), Some("张*"))
    );
    let path = format!("/api/v1/console/residents/{}", items[0]["id"].as_str().unwrap());
    lead.get(&path).await.expect(200);
    let contact = format!("{path}/contact");
    lead.post(&contact, json!({ "purpose": "" })).await.expect_problem(422, "invalid_field");
    let shown = lead.post(&contact, json!({ "purpose": "核实预警电话" })).await.expect(200).body;
    assert_eq!((shown["phone"].as_str(), shown["name"].as_str()), (Some("+8613800138000"), Some("张三")));

    let log = zhang.get("/api/v1/me/access-log").await.expect(200).body;
    let purposes: Vec<&str> =
        log["items"].as_array().unwrap().iter().map(|row| row["purpose"].as_str().unwrap()).collect();
    assert_eq!(purposes, ["核实预警电话", "查看居民信息", "查看辖区居民名单"], "{log}");
    assert_eq!(
        (log["items"][0]["role"].as_str(), log["items"][0]["unit"].as_str()),
        (Some("county_lead"), Some("甲县中心"))
    );

    // Foreign and absent are one answer.
    let elsewhere = people::officer_of(&service, "county_lead", "乙县中心").await;
    let foreign = elsewhere.get(&path).await.expect_problem(404, "not_found");
    let absent = elsewhere.get("/api/v1/console/residents/ffffffffffffffffffffffffffffffff").await;
    assert_eq!(foreign.text, absent.expect_problem(404, "not_found").text);
    for code in [COUNTY, CITY, "419999000000", "x"] {
        let list = elsewhere.get(&format!("/api/v1/console/residents?division={code}")).await;
        list.expect_problem(404, "not_found");
    }
    elsewhere.post(&contact, json!({ "purpose": "好奇" })).await.expect_problem(404, "not_found");
    let administrator = service.officer("administrator", None).await;
    administrator.get(&path).await.expect_problem(404, "not_found");
    people::end(service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_residents_join_without_gaps() {
    let service = people::service().await;
    for n in 0..5 {
        people::registered(&service, &format!("r{n}"), VILLAGE).await;
    }
    let lead = people::officer(&service, "county_lead").await;
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page =
            lead.get(&format!("/api/v1/console/residents?division={COUNTY}&limit=2{cursor}")).await.expect(200).body;
        seen.extend(page["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let count = seen.len();
    seen.dedup();
    assert_eq!((seen.len(), count), (5, 5));
    for wrong in ["limit=0", "limit=101", "cursor=x"] {
        let reply = lead.get(&format!("/api/v1/console/residents?division={COUNTY}&{wrong}")).await;
        assert!([404, 422].contains(&reply.status.as_u16()), "{wrong}");
    }
    people::end(service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_registers_somebody_and_answers_for_it() {
    let service = people::service().await;
    let officer = people::officer(&service, "community_officer").await;
    let created = officer.post("/api/v1/console/residents", somebody(VILLAGE)).await.expect(201).body;
    assert_eq!((created["phone_proof"].as_str(), created["protected"].as_bool()), (Some("attested"), Some(true)));
    assert_eq!(created["reachable"], false);
    let again = officer.post("/api/v1/console/residents", somebody(VILLAGE)).await.expect(201).body;
    assert_eq!(again["id"], created["id"]);
    assert_eq!(people::counts(&service, VILLAGE).await, (1, 1));
    officer.post("/api/v1/console/residents", somebody(OTHER_VILLAGE)).await.expect_problem(404, "not_found");
    let mut without = somebody(VILLAGE);
    without["attestation"] = json!(" ");
    let refused = officer.post("/api/v1/console/residents", without).await.expect_problem(422, "invalid_field");
    assert_eq!(refused.body["errors"][0]["pointer"], "/attestation");
    let analyst = people::officer_of(&service, "city_analyst", "市中心").await;
    analyst.post("/api/v1/console/residents", somebody(VILLAGE)).await.expect_problem(403, "forbidden");
    people::end(service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn residents_register_with_an_officers_code() {
    let service = people::service().await;
    let officer = people::officer(&service, "community_officer").await;
    let own = officer.get("/api/v1/console/registration-code").await.expect(200).body;
    let code = own["code"].as_str().unwrap();
    assert_eq!(officer.get("/api/v1/console/registration-code").await.expect(200).body["code"], code);
    assert!((16..=32).contains(&code.len()));
    let image = officer.get("/api/v1/console/registration-code/image").await.expect(200);
    assert!(image.headers["content-type"].to_str().unwrap().starts_with("image/"));
    let zhang = service.resident("zhang").await;
    let read = zhang.get(&format!("/api/v1/registration-codes/{code}")).await.expect(200).body;
    assert_eq!(read["unit"], "甲县中心");
    assert!(!read["villages"].as_array().unwrap().is_empty());
    zhang.get("/api/v1/registration-codes/none").await.expect_problem(404, "not_found");
    let mut body = people::registration(VILLAGE);
    body["officer_code"] = json!(code);
    zhang.post("/api/v1/registrations", body).await.expect(200);
    zhang.get("/api/v1/console/registration-code").await.expect_problem(403, "forbidden");
    people::end(service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_population_is_counted_up_the_tree_within_ones_own_divisions() {
    let service = people::service().await;
    people::protected(&service, "a", "13800138000", VILLAGE).await;
    people::protected(&service, "b", "13800138001", OTHER_VILLAGE).await;
    let city = people::population(&service, CITY).await;
    assert_eq!((city["node"]["protected"].as_i64(), city["node"]["reachable"].as_i64()), (Some(2), Some(2)));
    let county = |code: &str| {
        let children = city["children"].as_array().unwrap();
        children.iter().find(|child| child["code"] == code).unwrap()["protected"].as_i64().unwrap()
    };
    assert_eq!((county(COUNTY), county(OTHER_COUNTY)), (1, 1));
    let lead = people::officer(&service, "county_lead").await;
    let own = lead.get("/api/v1/console/statistics/population").await.expect(200).body;
    assert_eq!((own["node"]["code"].as_str(), own["node"]["protected"].as_i64()), (Some(COUNTY), Some(1)));
    for code in [OTHER_COUNTY, CITY, "419999000000"] {
        let reply = lead.get(&format!("/api/v1/console/statistics/population?division={code}")).await;
        reply.expect_problem(404, "not_found");
    }
    let reply = lead.get("/api/v1/console/statistics/population?from=2026-02-01&to=2026-01-01").await;
    reply.expect_problem(422, "invalid_field");
    people::end(service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_after_months_is_counted_as_everybody_else() {
    let service = people::service().await;
    people::protected(&service, "a", "13800138000", VILLAGE).await;
    people::protected(&service, "b", "13800138001", VILLAGE).await;
    // The nights forget on which day they were reached.
    for days in [0, 61, 1] {
        service.clock.advance(TimeDelta::days(days));
        service.run_workers().await;
    }
    service.resident("a").await.get("/api/v1/me").await.expect(200);
    let village = people::population(&service, VILLAGE).await;
    assert_eq!((village["node"]["protected"].as_i64(), village["node"]["reachable"].as_i64()), (Some(2), Some(1)));
    people::end(service).await;
}
