//! Rosters and substitutes over HTTP.

use chrono::{DateTime, TimeDelta, Utc};
use harness::{Client, Reply, TestService};
use serde_json::{Value, json};
use store::audit_log::audit_log_of;

use super::officers::{created_id, unit_id, with_counties};

const SHIFTS: &str = "/api/v1/console/duty-shifts";
const SUBSTITUTES: &str = "/api/v1/console/substitutes";

/// An instant so many hours after the start of the test.
fn at(service: &TestService, hours: i64) -> String {
    text(service.clock.now() + TimeDelta::hours(hours))
}

fn text(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// The body of a roster for the next two days; shifts as officer, begin and end in hours from now.
fn roster(service: &TestService, unit: &str, shifts: &[(&str, i64, i64)]) -> Value {
    let shift = |(officer, from, to): &(&str, i64, i64)| json!({ "officer": officer, "starts_at": at(service, *from), "ends_at": at(service, *to) });
    let shifts: Vec<Value> = shifts.iter().map(shift).collect();
    json!({ "unit": unit, "from": at(service, 0), "to": at(service, 48), "shifts": shifts })
}

async fn on_duty(client: &Client) -> Vec<(String, Option<String>)> {
    let now = client.get(&format!("{SHIFTS}/current")).await.expect(200).body;
    let name = |officer: &Value| officer["username"].as_str().map(str::to_owned);
    let items = now["items"].as_array().unwrap().iter();
    items.map(|item| (name(&item["on_duty"]).unwrap_or_default(), name(&item["instead_of"]))).collect()
}

async fn listed(client: &Client, service: &TestService, unit: &str, query: &str) -> Reply {
    let (from, to) = (at(service, -48), at(service, 96));
    client.get(&format!("{SHIFTS}?unit={unit}&from={from}&to={to}{query}")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roster_is_put_as_a_whole_and_what_has_begun_stays() {
    let service = with_counties().await;
    let administrator = service.officer("administrator", None).await;
    let unit = unit_id(&service, "甲所").await;
    let li = created_id(&administrator, "li.lei", "station_officer", &unit).await;
    let han = created_id(&administrator, "han.meimei", "station_officer", &unit).await;
    let lead = service.officer("county_lead", Some("甲县中心")).await;

    let body = roster(&service, &unit, &[(&li, 0, 12), (&han, 12, 24), (&li, 24, 36)]);
    let put = lead.put(SHIFTS, body.clone()).await.expect(200).body;
    assert_eq!(put, json!({ "added": 3, "removed": 0, "unchanged": 0 }));
    let again = lead.put(SHIFTS, body).await.expect(200).body;
    assert_eq!(again, json!({ "added": 0, "removed": 0, "unchanged": 3 }));
    assert_eq!(on_duty(&lead).await, [("li.lei".to_owned(), None)]);
    let changed = roster(&service, &unit, &[(&li, 0, 12), (&han, 12, 36)]);
    let put = lead.put(SHIFTS, changed).await.expect(200).body;
    assert_eq!(put, json!({ "added": 1, "removed": 2, "unchanged": 1 }));

    let all = listed(&lead, &service, &unit, "").await.expect(200).body;
    assert_eq!(all["items"].as_array().unwrap().len(), 2, "{all}");
    let first = listed(&lead, &service, &unit, "&limit=1").await.expect(200).body;
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = listed(&lead, &service, &unit, &format!("&limit=1&cursor={cursor}")).await.expect(200).body;
    assert_eq!((&second["items"][0], &second["next_cursor"]), (&all["items"][1], &Value::Null));

    service.clock.advance(TimeDelta::hours(13));
    let lead = service.officer("county_lead", Some("甲县中心")).await;
    assert_eq!(on_duty(&lead).await, [("han.meimei".to_owned(), None)]);
    let late = roster(&service, &unit, &[]);
    assert_eq!(lead.put(SHIFTS, late).await.expect(200).body["removed"], 0, "what has begun stays");
    let past = json!({ "unit": unit, "from": at(&service, -1), "to": at(&service, 1), "shifts": [] });
    let past = lead.put(SHIFTS, past).await.expect_problem(422, "invalid_field");
    assert_eq!(past.body["errors"][0]["pointer"], "/from");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_on_duty_twice_at_once_nor_for_a_unit_not_their_own() {
    let service = with_counties().await;
    let administrator = service.officer("administrator", None).await;
    let (unit, other) = (unit_id(&service, "甲所").await, unit_id(&service, "乙县中心").await);
    let li = created_id(&administrator, "li.lei", "station_officer", &unit).await;
    let theirs = created_id(&administrator, "theirs", "station_officer", &other).await;
    let twice = roster(&service, &unit, &[(&li, 0, 12), (&li, 11, 20)]);
    administrator.put(SHIFTS, twice).await.expect_problem(409, "conflict");
    let wrong = administrator.put(SHIFTS, roster(&service, &unit, &[(&li, 0, 12), (&theirs, 12, 20)])).await;
    assert_eq!(wrong.expect_problem(422, "invalid_field").body["errors"][0]["pointer"], "/shifts/1/officer");
    let day = json!({ "unit": unit, "from": "tomorrow", "to": at(&service, 1), "shifts": [] });
    let wrong = administrator.put(SHIFTS, day).await.expect_problem(422, "invalid_field");
    assert_eq!(wrong.body["errors"][0]["pointer"], "/from");

    // Moved to another unit, they are still on the roster of the first.
    administrator.put(SHIFTS, roster(&service, &unit, &[(&li, 0, 12)])).await.expect(200);
    let path = format!("/api/v1/console/officers/{li}");
    administrator.patch(&path, json!({ "unit": other })).await.expect(200);
    administrator.put(SHIFTS, roster(&service, &other, &[(&li, 6, 18)])).await.expect_problem(409, "conflict");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_substitute_is_on_duty_instead_and_chains_are_refused() {
    let service = with_counties().await;
    let administrator = service.officer("administrator", None).await;
    let unit = unit_id(&service, "甲所").await;
    let mut ids = Vec::new();
    for name in ["li.lei", "han.meimei", "wang"] {
        ids.push(created_id(&administrator, name, "station_officer", &unit).await);
    }
    let lead = service.officer("county_lead", Some("甲县中心")).await;
    lead.put(SHIFTS, roster(&service, &unit, &[(&ids[0], 0, 24)])).await.expect(200);
    let name = |officer: usize, substitute: usize| json!({ "officer": ids[officer], "substitute": ids[substitute], "from_day": "2026-11-24", "to_day": "2026-11-25" });
    lead.post(SUBSTITUTES, name(0, 0)).await.expect_problem(422, "invalid_field");
    let named = lead.post(SUBSTITUTES, name(0, 1)).await.expect(201).body;
    assert_eq!(on_duty(&lead).await, [("han.meimei".to_owned(), Some("li.lei".to_owned()))]);
    lead.post(SUBSTITUTES, name(0, 2)).await.expect_problem(409, "conflict");
    lead.post(SUBSTITUTES, name(1, 2)).await.expect_problem(409, "conflict");
    let listed = lead.get(SUBSTITUTES).await.expect(200).body;
    assert_eq!(listed["items"][0]["id"], named["id"], "{listed}");

    // The substitute's account ends: the one who was planned is on duty again.
    administrator.delete(&format!("/api/v1/console/officers/{}", ids[1])).await.expect(200);
    assert_eq!(on_duty(&lead).await, [("li.lei".to_owned(), None)]);
    let path = format!("{SUBSTITUTES}/{}", named["id"].as_str().unwrap());
    lead.delete(&path).await.expect(204);
    lead.delete(&path).await.expect_problem(404, "not_found");
    lead.post(SUBSTITUTES, name(0, 2)).await.expect(201);
    assert_eq!(on_duty(&lead).await, [("wang".to_owned(), Some("li.lei".to_owned()))]);
    administrator.delete(&format!("/api/v1/console/officers/{}", ids[0])).await.expect(200);
    administrator.delete(&format!("/api/v1/console/officers/{}", ids[2])).await.expect(200);
    assert_eq!(on_duty(&lead).await, [(String::new(), Some("li.lei".to_owned()))], "nobody is there, and it shows");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_moves_or_goes_leaves_the_duty_that_has_not_begun() {
    let service = with_counties().await;
    let administrator = service.officer("administrator", None).await;
    let (unit, centre) = (unit_id(&service, "甲所").await, unit_id(&service, "甲县中心").await);
    let mut ids = Vec::new();
    for name in ["li.lei", "han.meimei", "wang"] {
        ids.push(created_id(&administrator, name, "station_officer", &unit).await);
    }
    let (li, han, wang) = (&ids[0], &ids[1], &ids[2]);
    let lead = service.officer("county_lead", Some("甲县中心")).await;
    let shifts = roster(&service, &unit, &[(li, 0, 12), (han, 12, 24), (li, 24, 36), (li, 36, 47)]);
    lead.put(SHIFTS, shifts).await.expect(200);
    // Today li stands in for wang; on later days han for li, wang for han.
    for (officer, substitute, day) in [(wang, li, "2026-11-24"), (li, han, "2026-11-26"), (han, wang, "2026-11-28")] {
        let named = json!({ "officer": officer, "substitute": substitute, "from_day": day, "to_day": day });
        lead.post(SUBSTITUTES, named).await.expect(201);
    }
    let planned = async || {
        let listed = listed(&lead, &service, &unit, "").await.expect(200).body;
        let name = |shift: &Value| shift["officer"]["username"].as_str().unwrap().to_owned();
        listed["items"].as_array().unwrap().iter().map(name).collect::<Vec<_>>()
    };
    let substitutes = async || {
        let listed = lead.get(SUBSTITUTES).await.expect(200).body;
        let day = |one: &Value| one["from_day"].as_str().unwrap().to_owned();
        listed["items"].as_array().unwrap().iter().map(day).collect::<Vec<_>>()
    };
    let path = |id: &str| format!("/api/v1/console/officers/{id}");

    let renamed = administrator.patch(&path(li), json!({ "name": "李雷", "role": "community_officer" })).await;
    assert_eq!(renamed.expect(200).body["shifts_ended"], 0);
    let moved = administrator.patch(&path(li), json!({ "unit": centre })).await.expect(200).body;
    assert_eq!((moved["shifts_ended"].as_u64(), moved["unit"]["name"].as_str()), (Some(2), Some("甲县中心")));
    assert_eq!(planned().await, ["li.lei", "han.meimei"], "what has begun stays");
    assert_eq!(substitutes().await, ["2026-11-24", "2026-11-28"]);
    lead.put(SHIFTS, roster(&service, &centre, &[(li, 24, 36)])).await.expect(200);

    assert_eq!(lead.delete(&path(han)).await.expect(200).body, json!({ "shifts_ended": 1 }));
    assert_eq!(planned().await, ["li.lei"]);
    assert_eq!(substitutes().await, ["2026-11-24"]);
    assert_eq!(lead.delete(&path(han)).await.expect(200).body, json!({ "shifts_ended": 0 }));
    let audited = service.store().db.run_blocking(|connection| audit_log_of(connection, "officer", han)).unwrap();
    let disabled = audited.iter().find(|row| row.action == "officer.disabled").unwrap();
    assert_eq!((&disabled.detail["shifts"], &disabled.detail["substitutions"]), (&json!(1), &json!(1)));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_substitutes_and_of_who_is_on_duty_join_without_gaps() {
    let service = with_counties().await;
    let administrator = service.officer("administrator", None).await;
    let (unit, other) = (unit_id(&service, "甲所").await, unit_id(&service, "乙县中心").await);
    let mut shifts = Vec::new();
    for n in 0..6 {
        // Foreign ones come between, and stand on no page.
        let (name, unit) = (format!("officer-{n}"), if n % 3 == 2 { &other } else { &unit });
        let id = created_id(&administrator, &name, "station_officer", unit).await;
        let stands_in = created_id(&administrator, &format!("substitute-{n}"), "station_officer", unit).await;
        let named = json!({ "officer": id, "substitute": stands_in, "from_day": "2026-11-24", "to_day": "2026-11-25" });
        administrator.post(SUBSTITUTES, named).await.expect(201);
        shifts.push((unit.clone(), id));
    }
    for unit in [&unit, &other] {
        let of_unit: Vec<_> = shifts.iter().filter(|(of, _)| of == unit).map(|(_, id)| (id.as_str(), 0, 24)).collect();
        administrator.put(SHIFTS, roster(&service, unit, &of_unit)).await.expect(200);
    }
    let lead = service.officer("county_lead", Some("甲县中心")).await;
    for (path, key) in [(SUBSTITUTES.to_owned(), "officer"), (format!("{SHIFTS}/current"), "instead_of")] {
        let (mut names, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let page = lead.get(&format!("{path}?limit=3{cursor}")).await.expect(200).body;
            let items = page["items"].as_array().unwrap();
            names.extend(items.iter().map(|item| item[key]["username"].as_str().unwrap().to_owned()));
            pages += 1;
            let Some(next) = page["next_cursor"].as_str() else { break };
            assert_eq!(items.len(), 3);
            cursor = format!("&cursor={next}");
        }
        names.sort_unstable();
        assert_eq!((pages, names), (2, [0, 1, 3, 4].map(|n| format!("officer-{n}")).to_vec()), "{path}");
        for wrong in ["limit=0", "limit=201", "cursor=x"] {
            lead.get(&format!("{path}?{wrong}")).await.expect_problem(422, "invalid_field");
        }
        let all = administrator.get(&path).await.expect(200).body;
        assert_eq!((all["items"].as_array().unwrap().len(), &all["next_cursor"]), (6, &Value::Null));
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rosters_of_another_county_do_not_exist() {
    let service = with_counties().await;
    let administrator = service.officer("administrator", None).await;
    let other = unit_id(&service, "乙县中心").await;
    let theirs = created_id(&administrator, "theirs", "station_officer", &other).await;
    administrator.put(SHIFTS, roster(&service, &other, &[(&theirs, 0, 24)])).await.expect(200);
    let lead = service.officer("county_lead", Some("甲县中心")).await;
    assert!(on_duty(&lead).await.is_empty());
    for unit in [other.as_str(), &"f".repeat(32)] {
        listed(&lead, &service, unit, "").await.expect_problem(404, "not_found");
        lead.put(SHIFTS, roster(&service, unit, &[])).await.expect_problem(404, "not_found");
        lead.get(&format!("{SHIFTS}/current?unit={unit}")).await.expect_problem(404, "not_found");
    }
    let named = json!({ "officer": theirs, "substitute": theirs, "from_day": "2026-11-24", "to_day": "2026-11-24" });
    lead.post(SUBSTITUTES, named).await.expect_problem(422, "invalid_field");
    service.stop().await;
}
