//! Importing officers over HTTP: all of them or none.

use harness::{Client, Reply};
use reqwest::Method;
use serde_json::json;

use super::officers::with_counties;

async fn import(client: &Client, query: &str, csv: &str) -> Reply {
    let path = format!("/api/v1/console/officers/imports{query}");
    client.send(Method::POST, &path, Some(("text/csv", csv.as_bytes().to_vec()))).await
}

const GOOD: &str = "username,name,phone,role,unit\nli.lei,李雷,13800138000,community_officer,甲所\n\
    han.meimei,韩梅梅,13800138001,station_officer,甲所\n";

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_imported_while_a_row_is_wrong_and_everything_once_none_is() {
    let service = with_counties().await;
    let administrator = service.officer("administrator", None).await;
    let wrong = format!(
        "{GOOD}x,,,auditor,\nwang,,,nothing,\nzhao,,,auditor,没有的机构\nli.lei,,,auditor,\nqian,,13800138000,auditor,\n"
    );
    let refused = import(&administrator, "", &wrong).await.expect(200).body;
    assert_eq!((refused["read"].as_u64(), refused["refused_count"].as_u64()), (Some(7), Some(5)), "{refused}");
    assert!(refused["created"].as_array().unwrap().is_empty());
    let rows = refused["refused"].as_array().unwrap();
    let codes: Vec<_> = rows.iter().map(|row| (row["line"].as_u64().unwrap(), row["code"].as_str().unwrap())).collect();
    assert_eq!(
        codes,
        [(4, "bad_username"), (5, "bad_role"), (6, "unknown_unit"), (7, "duplicate"), (8, "duplicate_phone")]
    );
    let dry = import(&administrator, "?dry_run=true", GOOD).await.expect(200).body;
    assert_eq!((dry["valid"].as_u64(), dry["created"].as_array().unwrap().len()), (Some(2), 0), "{dry}");
    let listed = administrator.get("/api/v1/console/officers").await.expect(200).body;
    assert_eq!(listed["items"].as_array().unwrap().len(), 1, "{listed}");

    let imported = import(&administrator, "", GOOD).await.expect(200);
    assert_eq!(imported.headers["cache-control"], "no-store");
    let created = imported.body["created"].as_array().unwrap();
    assert_eq!(created.len(), 2, "{}", imported.text);
    for told in created {
        let officer = harness::NewOfficer {
            username: told["username"].as_str().unwrap().to_owned(),
            password: told["password"].as_str().unwrap().to_owned(),
            totp: told["totp_secret"].as_str().unwrap().to_owned(),
        };
        service.anonymous().post("/api/v1/console/sessions", officer.credentials(&service)).await.expect(200);
    }
    let again = import(&administrator, "", GOOD).await.expect(200).body;
    assert_eq!(
        (again["refused_count"].as_u64(), again["refused"][0]["code"].as_str()),
        (Some(2), Some("username_taken"))
    );
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_county_lead_imports_into_the_own_county_and_below_the_own_reach() {
    let service = with_counties().await;
    let lead = service.officer("county_lead", Some("甲县中心")).await;
    let file = "username,role,unit\na1,community_officer,乙县中心\na2,county_lead,甲县中心\na3,community_officer,\n\
        a4,community_officer,甲所\n";
    let refused = import(&lead, "", file).await.expect(200).body;
    let codes: Vec<_> =
        refused["refused"].as_array().unwrap().iter().map(|row| row["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["unknown_unit", "role_above", "no_unit"], "{refused}");
    assert_eq!(import(&lead, "", GOOD).await.expect(200).body["created"].as_array().unwrap().len(), 2);
    import(&lead, "", "username\nx\n").await.expect_problem(422, "invalid_field");
    let many: String = (0..501).map(|n| format!("officer{n},auditor\n")).collect();
    import(&lead, "", &format!("username,role\n{many}")).await.expect_problem(422, "invalid_field");
    lead.post("/api/v1/console/officers/imports?dry_run=perhaps", json!({})).await.expect_problem(422, "invalid_field");
    service.stop().await;
}
