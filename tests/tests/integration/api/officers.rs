//! Officers' accounts over HTTP.

use harness::{Client, NewOfficer, Reply, TestService};
use reqwest::Method;
use serde_json::{Value, json};
use store::audit_log::audit_log_of;

const OFFICERS: &str = "/api/v1/console/officers";

/// Two counties with a centre each, a station in the first.
pub(crate) async fn with_counties() -> TestService {
    let service = TestService::start().await;
    service.import_zhoukou();
    service.import_units(
        "name,kind,parent,divisions\n甲县中心,county_centre,,411602000000\n乙县中心,county_centre,,411603000000\n\
        甲所,police_station,甲县中心,411602001000\n",
    );
    service.run_workers().await;
    service
}

/// Outward id of a unit.
pub(crate) async fn unit_id(service: &TestService, name: &str) -> String {
    let administrator = service.officer("administrator", None).await;
    let listed = administrator.get("/api/v1/console/units").await.expect(200).body;
    let found = listed["items"].as_array().unwrap().iter().find(|unit| unit["name"] == name).cloned();
    found.unwrap()["id"].as_str().unwrap().to_owned()
}

/// Creates an officer and returns the reply.
pub(crate) async fn create(client: &Client, username: &str, role: &str, unit: Option<&str>) -> Reply {
    client.post(OFFICERS, json!({ "username": username, "role": role, "unit": unit })).await
}

/// Creates an officer and returns the outward id.
pub(crate) async fn created_id(client: &Client, username: &str, role: &str, unit: &str) -> String {
    let created = create(client, username, role, Some(unit)).await.expect(201).body;
    created["officer"]["id"].as_str().unwrap().to_owned()
}

fn told(credentials: &Value) -> NewOfficer {
    let text = |name: &str| credentials[name].as_str().unwrap().to_owned();
    NewOfficer { username: text("username"), password: text("password"), totp: text("totp_secret") }
}

async fn sign_in(service: &TestService, officer: &NewOfficer) -> Reply {
    service.anonymous().post("/api/v1/console/sessions", officer.credentials(service)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_created_signs_in_with_what_is_told_once() {
    let service = with_counties().await;
    let administrator = service.officer("administrator", None).await;
    let station = unit_id(&service, "甲所").await;
    let body = json!({ "username": " Li.Lei", "name": "李雷雷", "phone": "138 0013 8000", "role": "community_officer",
        "unit": station });
    let created = administrator.post(OFFICERS, body).await.expect(201);
    assert_eq!(created.headers["cache-control"], "no-store");
    let officer = &created.body["officer"];
    assert_eq!((officer["username"].as_str(), officer["name"].as_str()), (Some("li.lei"), Some("李**")));
    assert_eq!((officer["phone"].as_str(), officer["unit"]["name"].as_str()), (Some("138****8000"), Some("甲所")));
    sign_in(&service, &told(&created.body["credentials"])).await.expect(200);

    let id = officer["id"].as_str().unwrap();
    let full = administrator.get(&format!("{OFFICERS}/{id}")).await.expect(200).body;
    assert_eq!((full["name"].as_str(), full["phone"].as_str()), (Some("李雷雷"), Some("+8613800138000")));
    let listed = administrator.get(&format!("{OFFICERS}?unit={station}")).await.expect(200);
    assert!(listed.text.contains("138****8000") && !listed.text.contains("13800138000"), "{}", listed.text);
    assert!(!listed.text.contains("李雷雷") && !listed.text.contains("password"), "{}", listed.text);
    let audited = service.store().db.run_blocking(|c| store::audit_log::audit_log_of(c, "officer", id)).unwrap();
    let actions: Vec<&str> = audited.iter().map(|row| row.action.as_str()).collect();
    assert_eq!(actions, ["officer.created", "session.created", "officer.read", "officer.listed"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn creating_twice_with_one_key_creates_once_and_tells_no_secret_again() {
    let service = with_counties().await;
    let administrator = service.officer("administrator", None).await;
    let create = |username: &'static str| {
        let administrator = administrator.clone();
        async move {
            let body = json!({ "username": username, "role": "auditor" }).to_string().into_bytes();
            let headers = [("idempotency-key", "key-00000001")];
            administrator.send_with(Method::POST, OFFICERS, Some(("application/json", body)), &headers).await
        }
    };
    let first = create("li.lei").await.expect(201).body;
    let again = create("li.lei").await.expect(201).body;
    assert_eq!(again["officer"], first["officer"]);
    assert!(first["credentials"]["password"].is_string() && again["credentials"].is_null(), "{again}");
    create("han.meimei").await.expect_problem(409, "idempotency_key_reused");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_an_officer_is_refused_with_its_field() {
    let service = with_counties().await;
    let administrator = service.officer("administrator", None).await;
    create(&administrator, "li.lei", "auditor", None).await.expect(201);
    create(&administrator, "LI.LEI", "auditor", None).await.expect_problem(409, "conflict");
    for (field, body) in [
        ("/username", json!({ "username": "a b", "role": "auditor" })),
        ("/role", json!({ "username": "han", "role": "resident" })),
        ("/name", json!({ "username": "han", "role": "auditor", "name": "1" })),
        ("/phone", json!({ "username": "han", "role": "auditor", "phone": "110" })),
        ("/unit", json!({ "username": "han", "role": "auditor", "unit": "ffffffffffffffffffffffffffffffff" })),
    ] {
        let refused = administrator.post(OFFICERS, body).await.expect_problem(422, "invalid_field");
        assert_eq!(refused.body["errors"][0]["pointer"], field, "{}", refused.text);
    }
    let with_phone = |name: &str| json!({ "username": name, "role": "auditor", "phone": "13800138000" });
    administrator.post(OFFICERS, with_phone("one")).await.expect(201);
    administrator.post(OFFICERS, with_phone("two")).await.expect_problem(409, "conflict");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_county_lead_manages_those_below_in_the_own_county_alone() {
    let service = with_counties().await;
    let (own, station, foreign) =
        (unit_id(&service, "甲县中心").await, unit_id(&service, "甲所").await, unit_id(&service, "乙县中心").await);
    let administrator = service.officer("administrator", None).await;
    let lead = service.officer("county_lead", Some("甲县中心")).await;
    for role in ["community_officer", "station_officer", "dissuasion_agent", "county_reviewer"] {
        let unit = Some(station.as_str());
        create(&lead, &format!("new-{}", role.replace('_', "-")), role, unit).await.expect(201);
    }
    for role in ["county_lead", "city_lead", "administrator", "auditor", "list_editor"] {
        create(&lead, "another", role, Some(&own)).await.expect_problem(403, "forbidden");
    }
    let outside =
        create(&lead, "another", "community_officer", Some(&foreign)).await.expect_problem(422, "invalid_field");
    let absent = create(&lead, "another", "community_officer", Some(&"f".repeat(32))).await.expect(422);
    assert_eq!(outside.text, absent.text, "a foreign unit is like an absent one");
    create(&lead, "another", "community_officer", None).await.expect_problem(422, "invalid_field");

    let theirs = created_id(&administrator, "theirs", "community_officer", &foreign).await;
    let other_lead = created_id(&administrator, "other-lead", "county_lead", &own).await;
    for id in [theirs.as_str(), &"f".repeat(32)] {
        let path = format!("{OFFICERS}/{id}");
        lead.get(&path).await.expect_problem(404, "not_found");
        lead.patch(&path, json!({ "name": "王五" })).await.expect_problem(404, "not_found");
        lead.send(Method::POST, &format!("{path}/credentials"), None).await.expect_problem(404, "not_found");
        lead.delete(&path).await.expect_problem(404, "not_found");
    }
    let path = format!("{OFFICERS}/{other_lead}");
    lead.get(&path).await.expect(200);
    lead.patch(&path, json!({ "role": "community_officer" })).await.expect_problem(403, "forbidden");
    lead.send(Method::POST, &format!("{path}/credentials"), None).await.expect_problem(403, "forbidden");
    lead.delete(&path).await.expect_problem(403, "forbidden");
    let listed = lead.get(&format!("{OFFICERS}?limit=200")).await.expect(200);
    assert!(listed.text.contains("new-community-officer") && !listed.text.contains("theirs"), "{}", listed.text);
    lead.get(&format!("{OFFICERS}?unit={foreign}")).await.expect_problem(404, "not_found");

    let mine = created_id(&lead, "mine", "community_officer", &station).await;
    let path = format!("{OFFICERS}/{mine}");
    lead.patch(&path, json!({ "unit": foreign })).await.expect_problem(422, "invalid_field");
    lead.patch(&path, json!({ "role": "county_lead" })).await.expect_problem(403, "forbidden");
    let moved = lead.patch(&path, json!({ "role": "station_officer", "unit": own })).await.expect(200).body;
    assert_eq!((moved["role"].as_str(), moved["unit"]["name"].as_str()), (Some("station_officer"), Some("甲县中心")));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_role_holds_at_once_and_a_disabled_officer_is_out_at_once() {
    let service = with_counties().await;
    let administrator = service.officer("administrator", None).await;
    let created = create(&administrator, "li.lei", "city_lead", None).await.expect(201).body;
    let session = sign_in(&service, &told(&created["credentials"])).await.expect(200);
    let lead = service.anonymous().with_tokens(&session.body);
    lead.get("/api/v1/console/lists/status").await.expect(200);
    let path = format!("{OFFICERS}/{}", created["officer"]["id"].as_str().unwrap());
    administrator.patch(&path, json!({ "role": "auditor" })).await.expect(200);
    lead.get("/api/v1/console/lists/status").await.expect_problem(403, "forbidden");
    administrator.delete(&path).await.expect(200);
    administrator.delete(&path).await.expect(200);
    lead.get("/api/v1/console/units").await.expect_problem(401, "unauthenticated");
    service.clock.advance(chrono::TimeDelta::seconds(60));
    sign_in(&service, &told(&created["credentials"])).await.expect_problem(401, "sign_in_refused");
    administrator.patch(&path, json!({ "role": "city_lead" })).await.expect_problem(409, "conflict");
    let gone = administrator.get(&format!("{OFFICERS}?active=false")).await.expect(200).body;
    assert_eq!(gone["items"][0]["username"], "li.lei", "{gone}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn new_credentials_replace_the_old_ones_and_end_the_sessions() {
    let service = with_counties().await;
    let administrator = service.officer("administrator", None).await;
    let created = create(&administrator, "li.lei", "auditor", None).await.expect(201).body;
    let old = told(&created["credentials"]);
    let session = sign_in(&service, &old).await.expect(200);
    let officer = service.anonymous().with_tokens(&session.body);
    let path = format!("{OFFICERS}/{}/credentials", created["officer"]["id"].as_str().unwrap());
    let reset = administrator.send(Method::POST, &path, None).await.expect(200);
    assert_eq!(reset.headers["cache-control"], "no-store");
    officer.get("/api/v1/console/units").await.expect_problem(401, "unauthenticated");
    service.clock.advance(chrono::TimeDelta::seconds(60));
    sign_in(&service, &old).await.expect_problem(401, "sign_in_refused");
    sign_in(&service, &told(&reset.body)).await.expect(200);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_officer_comes_back_with_new_credentials() {
    let service = with_counties().await;
    let administrator = service.officer("administrator", None).await;
    let station = unit_id(&service, "甲所").await;
    let lead = service.officer("county_lead", Some("甲县中心")).await;
    let body = json!({ "username": "li.lei", "phone": "13800138000", "role": "community_officer", "unit": station });
    let created = lead.post(OFFICERS, body).await.expect(201).body;
    let old = told(&created["credentials"]);
    let path = format!("{OFFICERS}/{}", created["officer"]["id"].as_str().unwrap());
    let enable = async |client: &Client| client.send(Method::POST, &format!("{path}/activation"), None).await;
    enable(&lead).await.expect_problem(409, "conflict");
    lead.delete(&path).await.expect(200);
    let elsewhere = service.officer("county_lead", Some("乙县中心")).await;
    enable(&elsewhere).await.expect_problem(404, "not_found");

    // Somebody else got the phone meanwhile: it has to be given back first.
    let body = json!({ "username": "han", "phone": "13800138000", "role": "community_officer", "unit": station });
    let han = lead.post(OFFICERS, body).await.expect(201).body;
    enable(&lead).await.expect_problem(409, "conflict");
    let other = format!("{OFFICERS}/{}", han["officer"]["id"].as_str().unwrap());
    lead.patch(&other, json!({ "phone": "13800138009" })).await.expect(200);

    let enabled = enable(&lead).await.expect(200);
    assert_eq!(enabled.headers["cache-control"], "no-store");
    sign_in(&service, &old).await.expect_problem(401, "sign_in_refused");
    let session = sign_in(&service, &told(&enabled.body)).await.expect(200).body;
    service.anonymous().with_tokens(&session).get("/api/v1/console/units").await.expect(200);
    let shown = lead.get(&path).await.expect(200).body;
    assert_eq!((shown["active"].as_bool(), &shown["disabled_at"]), (Some(true), &Value::Null));
    assert_eq!((shown["phone"].as_str(), shown["unit"]["name"].as_str()), (Some("+8613800138000"), Some("甲所")));
    let id = created["officer"]["id"].as_str().unwrap().to_owned();
    let audited = service.store().db.run_blocking(|connection| audit_log_of(connection, "officer", &id)).unwrap();
    let actions = audited.iter().map(|row| row.action.as_str());
    let changes: Vec<&str> = actions.filter(|action| action.ends_with("abled")).collect();
    assert_eq!(changes, ["officer.disabled", "officer.enabled"]);

    // Whose unit is closed meanwhile has no place to come back to.
    lead.delete(&path).await.expect(200);
    lead.delete(&other).await.expect(200);
    administrator.delete(&format!("/api/v1/console/units/{station}")).await.expect(200);
    let refused = enable(&administrator).await.expect_problem(409, "conflict");
    assert!(refused.body["detail"].as_str().unwrap().contains("另建账号"), "{}", refused.text);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_ends_their_own_account_and_an_administrator_always_remains() {
    let service = with_counties().await;
    let first = service.create_officer("admin.one", "administrator", None);
    let first = service.anonymous().with_tokens(&sign_in(&service, &first).await.expect(200).body);
    let lead = service.officer("city_lead", None).await;
    let id = |listed: &Value, name: &str| {
        let found = listed["items"].as_array().unwrap().iter().find(|one| one["username"] == name).cloned();
        format!("{OFFICERS}/{}", found.unwrap()["id"].as_str().unwrap())
    };
    let own = id(&first.get(OFFICERS).await.expect(200).body, "admin.one");
    first.delete(&own).await.expect_problem(409, "conflict");
    first.patch(&own, json!({ "role": "auditor" })).await.expect_problem(409, "conflict");
    first.send(Method::POST, &format!("{own}/credentials"), None).await.expect_problem(409, "conflict");
    first.patch(&own, json!({ "name": "王小明" })).await.expect(200);
    lead.delete(&own).await.expect_problem(409, "conflict");
    lead.patch(&own, json!({ "role": "auditor" })).await.expect_problem(409, "conflict");
    create(&lead, "admin.two", "administrator", None).await.expect(201);
    lead.delete(&own).await.expect(200);
    let other = id(&lead.get(OFFICERS).await.expect(200).body, "admin.two");
    lead.delete(&other).await.expect_problem(409, "conflict");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_each_other() {
    let service = with_counties().await;
    let administrator = service.officer("administrator", None).await;
    for n in 0..4 {
        create(&administrator, &format!("officer-{n}"), "auditor", None).await.expect(201);
    }
    let first = administrator.get(&format!("{OFFICERS}?limit=3")).await.expect(200).body;
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = administrator.get(&format!("{OFFICERS}?limit=3&cursor={cursor}")).await.expect(200).body;
    assert_eq!((second["items"].as_array().unwrap().len(), &second["next_cursor"]), (2, &Value::Null));
    administrator.get(&format!("{OFFICERS}?cursor=x")).await.expect_problem(422, "invalid_field");
    administrator.get(&format!("{OFFICERS}?limit=0")).await.expect_problem(422, "invalid_field");
    service.stop().await;
}
