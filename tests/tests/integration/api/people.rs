//! What the tests of registration share: two counties with their centres, people, and what is counted of them.

use harness::{Client, Reply, TestService};
use serde_json::{Value, json};
use server::Config;

/// A village of county A.
pub(crate) const VILLAGE: &str = "411602001001";
/// A village of county B.
pub(crate) const OTHER_VILLAGE: &str = "411603100001";
/// County A.
pub(crate) const COUNTY: &str = "411602000000";
/// County B.
pub(crate) const OTHER_COUNTY: &str = "411603000000";
/// The city above both.
pub(crate) const CITY: &str = "411600000000";

/// A service with the divisions of Zhoukou and a centre for the city and for each of the two counties.
pub(crate) async fn service() -> TestService {
    service_with(|_| {}).await
}

/// The same with settings of one's own.
pub(crate) async fn service_with(adjust: impl FnOnce(&mut Config)) -> TestService {
    let service = TestService::start_with(adjust).await;
    service.import_zhoukou();
    let units = [
        ("市中心", "city_centre", CITY),
        ("甲县中心", "county_centre", COUNTY),
        ("乙县中心", "county_centre", OTHER_COUNTY),
    ];
    let rows: String = units.iter().map(|(name, kind, code)| format!("{name},{kind},,{code}\n")).collect();
    service.import_units(&format!("name,kind,parent,divisions\n{rows}"));
    service.run_workers().await;
    service
}

/// Ends a test: the counts are what the persons add up to.
pub(crate) async fn end(service: TestService) {
    let store = service.store();
    let now = service.clock.now();
    let differences =
        tokio::task::spawn_blocking(move || app::statistics::recount(&store.db, false, now)).await.unwrap().unwrap();
    assert!(differences.is_empty(), "{differences:?}");
    service.stop().await;
}

/// An officer of county A's centre.
pub(crate) async fn officer(service: &TestService, role: &str) -> Client {
    officer_of(service, role, "甲县中心").await
}

/// An officer of a unit.
pub(crate) async fn officer_of(service: &TestService, role: &str, unit: &str) -> Client {
    service.officer(role, Some(unit)).await
}

/// What somebody says to register in a village.
pub(crate) fn registration(village: &str) -> Value {
    json!({ "division": village, "consents": [{ "purpose": "warnings", "version": "2026-11" }] })
}

/// The same from a device.
pub(crate) fn registration_from(village: &str, device: &str) -> Value {
    let mut body = registration(village);
    body["device"] = json!(device);
    body
}

/// Somebody who registered and has no phone yet.
pub(crate) async fn registered(service: &TestService, name: &str, village: &str) -> Client {
    let client = service.resident(name).await;
    client.post("/api/v1/registrations", registration(village)).await.expect(200);
    client
}

/// Somebody who registered and proved a phone by WeChat.
pub(crate) async fn protected(service: &TestService, name: &str, phone: &str, village: &str) -> Client {
    let client = registered(service, name, village).await;
    prove(&client, phone).await.expect(200);
    client
}

/// Proves a phone by WeChat.
pub(crate) async fn prove(client: &Client, phone: &str) -> Reply {
    let code = format!("phone-{phone}-{:08x}", rand::random::<u32>());
    client.put("/api/v1/me/phone", json!({ "wechat_code": code })).await
}

/// The code that was sent to a phone last.
pub(crate) fn sent_code(service: &TestService, phone: &str) -> String {
    let sent = service.wechat.sent_sms();
    let last = sent.iter().rev().find(|sms| sms.phone.ends_with(phone)).expect("a text");
    last.code().expect("a code").to_owned()
}

/// The codes of what is missing.
pub(crate) fn missing(me: &Value) -> Vec<String> {
    me["missing"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect()
}

/// The version of a purpose's text.
pub(crate) fn version(me: &Value, purpose: &str) -> String {
    let consents = me["consents"].as_array().unwrap();
    let consent = consents.iter().find(|consent| consent["purpose"] == purpose).unwrap();
    consent["version"].as_str().unwrap().to_owned()
}

/// The name of the village.
pub(crate) async fn village_name(service: &TestService) -> Value {
    let path = format!("/api/v1/divisions/{VILLAGE}");
    service.resident("somebody").await.get(&path).await.expect(200).body["name"].clone()
}

/// The population of a division, as the city's lead sees it.
pub(crate) async fn population(service: &TestService, division: &str) -> Value {
    let lead = officer_of(service, "city_lead", "市中心").await;
    lead.get(&format!("/api/v1/console/statistics/population?division={division}")).await.expect(200).body
}

/// Residents and protected persons of a division.
pub(crate) async fn counts(service: &TestService, division: &str) -> (i64, i64) {
    let population = population(service, division).await;
    (population["node"]["residents"].as_i64().unwrap(), population["node"]["protected"].as_i64().unwrap())
}

/// A PNG of one pixel, its checksums included.
pub(crate) fn png() -> Vec<u8> {
    hex::decode(concat!(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489",
        "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
    ))
    .unwrap()
}
