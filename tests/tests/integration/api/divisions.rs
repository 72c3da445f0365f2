//! Divisions and units over HTTP.

use harness::{Client, TestService};
use reqwest::Method;
use serde_json::json;

async fn upload(client: &Client, path: &str, csv: &str) -> harness::Reply {
    client.send(Method::POST, path, Some(("text/csv", csv.as_bytes().to_vec()))).await
}

async fn with_zhoukou() -> TestService {
    let service = TestService::start().await;
    service.import_zhoukou();
    service.run_workers().await;
    service
}

#[tokio::test(flavor = "multi_thread")]
async fn divisions_are_found_by_name_by_path_and_by_code() {
    let service = with_zhoukou().await;
    let zhang = service.resident("zhang").await;
    let found = zhang.get("/api/v1/divisions?name=%E5%B7%9D%E6%B1%87%E5%8C%BA").await.expect(200).body;
    assert_eq!(found["items"][0]["code"], "411602000000", "{found}");
    let path = "%E5%91%A8%E5%8F%A3%E5%B8%82/%E5%B7%9D%E6%B1%87%E5%8C%BA";
    let found = zhang.get(&format!("/api/v1/divisions?path={path}")).await.expect(200).body;
    assert_eq!(found["items"][0]["code"], "411602000000", "{found}");
    let one = zhang.get("/api/v1/divisions/411602000000").await.expect(200).body;
    assert_eq!((one["name"].as_str(), one["level"].as_str()), (Some("川汇区"), Some("county")));
    let children = zhang.get("/api/v1/divisions/411602000000/children").await.expect(200).body;
    assert!(!children["items"].as_array().unwrap().is_empty());
    zhang.get("/api/v1/divisions/1").await.expect_problem(404, "not_found");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_nearest_five_are_empty_with_a_reason_until_there_are_places() {
    let service = with_zhoukou().await;
    let zhang = service.resident("zhang").await;
    let near = "/api/v1/divisions/nearest?latitude=33.626&longitude=114.697";
    let empty = zhang.get(near).await.expect(200).body;
    assert_eq!(empty["items"].as_array().unwrap().len(), 0);
    assert!(empty["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{empty}");

    let villages = zhang.get("/api/v1/divisions/411602001000/children").await.expect(200).body;
    let mut csv = "code,population,households,latitude,longitude\n".to_owned();
    for (n, village) in villages["items"].as_array().unwrap().iter().enumerate() {
        csv += &format!("{},{},{},33.{},114.7\n", village["code"].as_str().unwrap(), 1000 + n, 300, 600 + n);
    }
    csv += "419999999999,1,1,33.6,114.7\n411602001001,-5,,,\n411602001001,,,2.0,3.0\n";
    let administrator = service.officer("administrator", None).await;
    let report = upload(&administrator, "/api/v1/console/divisions/facts/imports", &csv).await.expect(200).body;
    assert_eq!(report["refused"].as_array().unwrap().len(), 3, "{report}");
    service.run_workers().await;
    let found = zhang.get(near).await.expect(200).body;
    assert_eq!(found["items"].as_array().unwrap().len(), 5, "{found}");
    for wrong in ["latitude=91&longitude=1", "latitude=x&longitude=1", "longitude=1"] {
        zhang.get(&format!("/api/v1/divisions/nearest?{wrong}")).await.expect_problem(422, "invalid_field");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_year_is_merged_and_units_follow_the_successor() {
    let service = TestService::start().await;
    let administrator = service.officer("administrator", None).await;
    let import = "/api/v1/console/divisions/imports";
    let head = "code,name,level,parent\n410000000000,河南省,province,\n419000000000,省直辖,city,410000000000\n";
    let first = format!(
        "{head}419001000000,济源市,county,419000000000\n419001001000,沁园,township,419001000000\n419001002000,老镇,township,419001000000\n"
    );
    upload(&administrator, &format!("{import}?year=2023"), &first).await.expect(200);
    service.run_workers().await;
    let unit = json!({ "name": "老镇派出所", "kind": "police_station", "divisions": ["419001002000"] });
    let created = administrator.post("/api/v1/console/units", unit).await.expect(201).body;

    let second = format!(
        "{head}419001000000,济源市,county,419000000000\n419001001000,沁园街道,township,419001000000\n419001003000,新镇,township,419001000000\n"
    );
    let dry = upload(&administrator, &format!("{import}?year=2024&dry_run=true"), &second).await.expect(200).body;
    assert_eq!(dry["vanished"].as_array().unwrap().len(), 1, "{dry}");
    assert_eq!(dry["renamed"].as_array().unwrap().len(), 1, "{dry}");
    upload(&administrator, &format!("{import}?year=2024"), &second).await.expect(200);
    service.run_workers().await;
    let closed = administrator.get("/api/v1/divisions/419001002000").await.expect(200).body;
    assert_eq!(closed["open"], false, "closed, not deleted: {closed}");
    let successor = json!({ "successors": ["419001003000"] });
    administrator.post("/api/v1/console/divisions/419001002000/successor", successor).await.expect(200);
    service.run_workers().await;
    let id = created["id"].as_str().unwrap();
    let unit = administrator.get(&format!("/api/v1/console/units/{id}")).await.expect(200).body;
    assert_eq!(unit["divisions"][0]["code"], "419001003000", "{unit}");
    let older = upload(&administrator, &format!("{import}?year=2022"), &first).await;
    assert!([409, 422].contains(&older.status.as_u16()), "{}", older.text);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn creating_a_unit_twice_with_one_key_creates_it_once() {
    let service = with_zhoukou().await;
    let administrator = service.officer("administrator", None).await;
    let body = |name: &str| {
        json!({ "name": name, "kind": "county_centre", "divisions": ["411602000000"] }).to_string().into_bytes()
    };
    let create = |name: &'static str| {
        let administrator = administrator.clone();
        async move {
            let headers = [("idempotency-key", "key-00000001")];
            let body = Some(("application/json", body(name)));
            administrator.send_with(Method::POST, "/api/v1/console/units", body, &headers).await
        }
    };
    let first = create("川汇区反诈中心").await.expect(201).body;
    let again = create("川汇区反诈中心").await;
    assert_eq!(again.body["id"], first["id"], "{}", again.text);
    create("另一个").await.expect_problem(409, "idempotency_key_reused");
    let listed = administrator.get("/api/v1/console/units").await.expect(200).body;
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn facts_of_another_county_do_not_exist_for_an_officer() {
    let service = with_zhoukou().await;
    service.import_units("name,kind,parent,divisions\n川汇中心,county_centre,,411602000000\n");
    service.run_workers().await;
    let reviewer = service.officer("county_reviewer", Some("川汇中心")).await;
    let own = reviewer.get("/api/v1/console/divisions/411602000000").await.expect(200).body;
    assert_eq!(own["code"], "411602000000");
    let foreign = reviewer.get("/api/v1/console/divisions/411603000000").await.expect(404);
    let absent = reviewer.get("/api/v1/console/divisions/419999000000").await.expect(404);
    assert_eq!(foreign.text, absent.text, "a foreign and an absent division answer alike");
    service.stop().await;
}
