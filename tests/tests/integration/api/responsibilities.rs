//! Who answers for which village, over HTTP.

use harness::{Client, Reply, TestService};
use reqwest::Method;
use serde_json::{Value, json};

use super::officers::with_counties;

const PATH: &str = "/api/v1/console/responsibilities";
const TOWNSHIP: &str = "411602001000";

async fn import(client: &Client, query: &str, csv: &str) -> Reply {
    let path = format!("{PATH}/imports{query}");
    client.send(Method::POST, &path, Some(("text/csv", csv.as_bytes().to_vec()))).await
}

/// Codes of the villages of the township.
async fn villages(service: &TestService) -> Vec<String> {
    let administrator = service.officer("administrator", None).await;
    let listed = administrator.get(&format!("/api/v1/divisions/{TOWNSHIP}/children")).await.expect(200).body;
    listed["items"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect()
}

fn assignment(village: &str, phone: &str) -> Value {
    json!({ "name": "王小明", "phone": phone, "post": "村支书", "division": village })
}

async fn gaps(client: &Client, division: &str) -> Value {
    client.get(&format!("{PATH}/gaps?division={division}&limit=200")).await.expect(200).body
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assignment_is_shown_masked_ended_and_kept() {
    let service = with_counties().await;
    let lead = service.officer("county_lead", Some("甲县中心")).await;
    let village = villages(&service).await.remove(0);
    let made = lead.post(PATH, assignment(&village, "13800138000")).await.expect(201);
    assert_eq!((made.body["name"].as_str(), made.body["phone"].as_str()), (Some("王**"), Some("138****8000")));
    assert_eq!((made.body["from_day"].as_str(), made.body["current"].as_bool()), (Some("2026-11-24"), Some(true)));
    lead.post(PATH, assignment(&village, "+86 138-0013-8000")).await.expect_problem(409, "conflict");
    let patch = |name: &str| {
        let mut body = assignment(&village, "13800138000");
        body["patch"] = json!(name);
        body
    };
    lead.post(PATH, patch("三组")).await.expect(201);
    lead.post(PATH, patch("三组")).await.expect_problem(409, "conflict");
    lead.post(PATH, assignment(&village, "13800138001")).await.expect(201);

    let list = format!("{PATH}?division={village}");
    let listed = lead.get(&list).await.expect(200);
    assert_eq!(listed.body["items"].as_array().unwrap().len(), 3, "{}", listed.text);
    assert!(!listed.text.contains("13800138000") && !listed.text.contains("王小明"), "{}", listed.text);
    let id = made.body["id"].as_str().unwrap();
    lead.delete(&format!("{PATH}/{id}")).await.expect(204);
    lead.delete(&format!("{PATH}/{id}")).await.expect(204);
    assert_eq!(lead.get(&list).await.expect(200).body["items"].as_array().unwrap().len(), 2);
    let history = lead.get(&format!("{list}&history=true&limit=1")).await.expect(200).body;
    assert_eq!((history["items"][0]["id"].as_str(), history["items"][0]["current"].as_bool()), (Some(id), Some(false)));
    assert!(history["next_cursor"].is_string());
    lead.post(PATH, assignment(&village, "13800138000")).await.expect(201);
    let audited = service.store().db.run_blocking(|c| store::audit_log::audit_log_of(c, "responsibility", id)).unwrap();
    let actions: Vec<&str> = audited.iter().map(|row| row.action.as_str()).collect();
    let expected =
        ["responsibility.assigned", "responsibility.listed", "responsibility.ended", "responsibility.listed"];
    assert_eq!(actions, expected);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn periods_follow_each_other_and_do_not_overlap() {
    let service = with_counties().await;
    let lead = service.officer("county_lead", Some("甲县中心")).await;
    let village = villages(&service).await.remove(0);
    let body = |from: &str, to: Option<&str>| {
        let mut body = assignment(&village, "13800138000");
        body["from_day"] = json!(from);
        body["to_day"] = json!(to);
        body
    };
    lead.post(PATH, body("2026-11-01", Some("2026-11-30"))).await.expect(201);
    lead.post(PATH, body("2026-11-30", None)).await.expect_problem(409, "conflict");
    lead.post(PATH, body("2026-12-01", None)).await.expect(201);
    lead.post(PATH, body("2026-10-01", Some("2026-10-31"))).await.expect(201);
    let current = lead.get(&format!("{PATH}?division={village}")).await.expect(200).body;
    assert_eq!(current["items"].as_array().unwrap().len(), 1, "{current}");
    for (field, wrong) in [("/from_day", body("1.12.2026", None)), ("/to_day", body("2026-12-02", Some("2026-12-01")))]
    {
        let refused = lead.post(PATH, wrong).await.expect_problem(422, "invalid_field");
        assert_eq!(refused.body["errors"][0]["pointer"], field, "{}", refused.text);
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn villages_without_anybody_are_listed_and_counted_from_the_top_down() {
    let service = with_counties().await;
    let lead = service.officer("county_lead", Some("甲县中心")).await;
    let villages = villages(&service).await;
    let all = gaps(&lead, TOWNSHIP).await;
    assert_eq!(all["total"].as_u64(), Some(villages.len() as u64), "{all}");
    lead.post(PATH, assignment(&villages[0], "13800138000")).await.expect(201);
    let mut part = assignment(&villages[1], "13800138000");
    part["patch"] = json!("三组");
    lead.post(PATH, part).await.expect(201);
    let left = gaps(&lead, TOWNSHIP).await;
    assert_eq!(left["total"].as_u64(), Some(villages.len() as u64 - 1));
    assert_eq!(
        (left["items"][0]["code"].as_str(), left["items"][0]["reason"].as_str()),
        (Some(villages[1].as_str()), Some("only_patches"))
    );
    assert_eq!(left["items"][1]["reason"], "nobody");

    let top = lead.get(PATH).await.expect(200).body;
    assert_eq!(top["below"].as_array().unwrap().len(), 1, "one county is served: {top}");
    let county = lead.get(&format!("{PATH}?division=411602000000")).await.expect(200).body;
    let township = county["below"].as_array().unwrap().iter().find(|one| one["code"] == TOWNSHIP).unwrap().clone();
    assert_eq!(township["villages"].as_u64(), Some(villages.len() as u64), "{township}");
    assert_eq!(township["villages_without"].as_u64(), Some(villages.len() as u64 - 1), "{township}");

    let first = lead.get(&format!("{PATH}/gaps?limit=2")).await.expect(200).body;
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = lead.get(&format!("{PATH}/gaps?limit=2&cursor={cursor}")).await.expect(200).body;
    assert!(second["items"][0]["code"].as_str() > first["items"][1]["code"].as_str());
    assert!(first["total"].as_u64() > left["total"].as_u64());
    let analyst = service.officer("city_analyst", None).await;
    let city = analyst.get(&format!("{PATH}/gaps?limit=1")).await.expect(200).body;
    assert!(city["total"].as_u64() > first["total"].as_u64());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_taken_row_by_row_and_a_dry_run_changes_nothing() {
    let service = with_counties().await;
    let lead = service.officer("county_lead", Some("甲县中心")).await;
    let villages = villages(&service).await;
    let (a, b) = (&villages[0], &villages[1]);
    let csv = format!(
        "name,phone,post,division,patch,from_day,to_day\n王小明,13800138000,村支书,{a},,,\n李雷,13800138001,网格长,{b},三组,2026/11/01,\n\
        王小明,13800138000,村支书,{a},,2026-12-01,\n韩梅,13800138002,村支书,411603001001,,,\n韩梅,1,村支书,{b},,,\n\
        韩梅,13800138002,村支书,{TOWNSHIP},三组,,\n韩梅,13800138002,村支书,{b},,明天,\n"
    );
    for (query, dry) in [("?dry_run=true", true), ("", false)] {
        let report = import(&lead, query, &csv).await.expect(200).body;
        assert_eq!((report["read"].as_u64(), report["added"].as_u64()), (Some(7), Some(2)), "{report}");
        let codes: Vec<_> =
            report["refused"].as_array().unwrap().iter().map(|row| row["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["overlap", "unknown_division", "bad_phone", "patch_above", "bad_day"], "{report}");
        assert!(!report.to_string().contains("1380013"), "no phone stands in a report");
        let covered = gaps(&lead, TOWNSHIP).await["total"].as_u64().unwrap();
        assert_eq!(covered, villages.len() as u64 - u64::from(!dry));
    }
    let again = import(&lead, "", &csv).await.expect(200).body;
    assert_eq!((again["added"].as_u64(), again["refused_count"].as_u64()), (Some(0), Some(7)), "{again}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_in_another_county_does_not_exist() {
    let service = with_counties().await;
    let lead = service.officer("county_lead", Some("甲县中心")).await;
    let other = service.officer("county_lead", Some("乙县中心")).await;
    let village = villages(&service).await.remove(0);
    let made = lead.post(PATH, assignment(&village, "13800138000")).await.expect(201).body;
    let id = made["id"].as_str().unwrap();
    let foreign = other.delete(&format!("{PATH}/{id}")).await.expect_problem(404, "not_found");
    let absent = other.delete(&format!("{PATH}/{}", "f".repeat(32))).await.expect(404);
    assert_eq!(foreign.text, absent.text);
    for code in [village.as_str(), "419999999999", "x"] {
        other.get(&format!("{PATH}?division={code}")).await.expect_problem(404, "not_found");
        other.get(&format!("{PATH}/gaps?division={code}")).await.expect_problem(404, "not_found");
        let refused = other.post(PATH, assignment(code, "13800138000")).await.expect_problem(422, "invalid_field");
        assert_eq!(refused.body["errors"][0]["pointer"], "/division");
    }
    let community = service.officer("community_officer", Some("甲所")).await;
    community.post(PATH, assignment(&village, "13800138001")).await.expect_problem(403, "forbidden");
    community.get(&format!("{PATH}?division={village}")).await.expect(200);
    service.stop().await;
}
