//! Random calls by random people find nothing that lies outside their divisions, and every read leaves its row.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use harness::Client;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use reqwest::Method;
use serde_json::{Value, json};

use super::people::{self, CITY, COUNTY, OTHER_COUNTY, OTHER_VILLAGE, VILLAGE};

/// Walks that go on at once.
const WALKS: u64 = 8;

/// Steps of all walks: `GOLDEN_BELL_TEST_WALK_STEPS`; a hundred thousand where everything is required.
fn steps() -> usize {
    let usual = if std::env::var("GOLDEN_BELL_REQUIRE_ALL").is_ok() { 100_000 } else { 4_000 };
    std::env::var("GOLDEN_BELL_TEST_WALK_STEPS").ok().and_then(|steps| steps.parse().ok()).unwrap_or(usual)
}

struct Walker {
    client: Client,
    /// The county whose residents they may see; none for who may see nobody.
    county: Option<&'static str>,
}

/// Ids and codes a walker tries, their own and others'.
struct World {
    /// Outward ids of residents by county.
    residents: BTreeMap<&'static str, Vec<String>>,
    reviews: Vec<String>,
    links: Vec<String>,
}

fn pick<'a, T>(rng: &mut StdRng, from: &'a [T]) -> &'a T {
    &from[rng.random_range(0..from.len())]
}

fn call(rng: &mut StdRng, world: &World) -> (Method, String, Option<Value>) {
    let everybody: Vec<&String> = world.residents.values().flatten().collect();
    let id =
        if rng.random_range(0..8) == 0 { "ffffffffffffffffffffffffffffffff" } else { pick(rng, &everybody).as_str() };
    let code = *pick(rng, &[VILLAGE, OTHER_VILLAGE, COUNTY, OTHER_COUNTY, CITY, "419999000000"]);
    let link = pick(rng, &world.links);
    let review = pick(rng, &world.reviews);
    match rng.random_range(0..12) {
        0 => (Method::GET, format!("/api/v1/console/residents/{id}"), None),
        1 => (Method::POST, format!("/api/v1/console/residents/{id}/contact"), Some(json!({ "purpose": "走访" }))),
        2 => (Method::GET, format!("/api/v1/console/residents?division={code}&limit=100"), None),
        3 => (Method::GET, format!("/api/v1/console/residents?division={code}&cursor={id}"), None),
        4 => (Method::GET, format!("/api/v1/console/statistics/population?division={code}"), None),
        5 => (Method::GET, "/api/v1/console/sign-up-reviews".to_owned(), None),
        6 => (Method::GET, "/api/v1/family-members".to_owned(), None),
        7 => (Method::GET, "/api/v1/invitations".to_owned(), None),
        8 => (Method::DELETE, format!("/api/v1/family-members/{link}x"), None),
        9 => (Method::PUT, format!("/api/v1/invitations/{link}/guard"), None),
        10 => (Method::GET, format!("/api/v1/console/units/{id}"), None),
        _ => (
            Method::PUT,
            format!("/api/v1/console/sign-up-reviews/{review}x/decision"),
            Some(json!({ "accept": true })),
        ),
    }
}

/// Every outward id of a resident in a reply.
fn seen(reply: &Value, residents: &BTreeSet<&str>) -> Vec<String> {
    let text = reply.to_string();
    residents.iter().filter(|id| text.contains(**id)).map(|id| (*id).to_owned()).collect()
}

/// One walk. Returns how many persons were shown.
async fn walk_on(world: &World, walkers: &[Walker], seed: u64) -> usize {
    let everybody: BTreeSet<&str> = world.residents.values().flatten().map(String::as_str).collect();
    let mut rng = StdRng::seed_from_u64(seed);
    let mut reads = 0;
    for step in 0..steps() / WALKS as usize {
        let walker = pick(&mut rng, walkers);
        let (method, path, body) = call(&mut rng, world);
        let bytes = body.map(|body| ("application/json", body.to_string().into_bytes()));
        let reply = walker.client.send(method, &path, bytes).await;
        // A database too busy for now is no finding.
        assert!(reply.status.as_u16() < 500 || reply.status == 503, "step {step} of {seed}: {path}: {}", reply.text);
        let own: BTreeSet<&str> =
            walker.county.iter().flat_map(|county| &world.residents[county]).map(String::as_str).collect();
        for id in seen(&reply.body, &everybody) {
            assert!(own.contains(id.as_str()), "step {step} of {seed}: {path} shows {id}: {}", reply.text);
            reads += 1;
        }
        for (phone, county) in [("1380013", COUNTY), ("1390013", OTHER_COUNTY)] {
            let shown = reply.text.contains(&format!("+86{phone}"));
            assert!(!shown || walker.county == Some(county), "step {step} of {seed}: {path}: {}", reply.text);
        }
    }
    reads
}

#[tokio::test(flavor = "multi_thread")]
async fn a_random_walk_finds_nobody_outside_ones_divisions() {
    let service = people::service().await;
    let mut world = World { residents: BTreeMap::new(), reviews: Vec::new(), links: Vec::new() };
    let mut walkers = vec![Walker { client: service.anonymous(), county: None }];
    for (county, village, prefix) in [(COUNTY, VILLAGE, "1380013"), (OTHER_COUNTY, OTHER_VILLAGE, "1390013")] {
        for n in 0..6 {
            let name = format!("{county}-{n}");
            let client = people::protected(&service, &name, &format!("{prefix}{n:04}"), village).await;
            let member = json!({ "relation": "other", "name": "家人", "phone": format!("{prefix}9{n:03}") });
            let family = client.post("/api/v1/family-members", member).await.expect(201).body;
            world.links.push(family["items"][0]["id"].as_str().unwrap().to_owned());
            let me = client.get("/api/v1/me").await.expect(200).body;
            world.residents.entry(county).or_default().push(me["id"].as_str().unwrap().to_owned());
            walkers.push(Walker { client, county: None });
        }
        for n in 0..4 {
            let client = service.resident(&format!("odd-{county}-{n}")).await;
            client.post("/api/v1/registrations", people::registration_from(village, county)).await.expect(200);
            let me = client.get("/api/v1/me").await.expect(200).body;
            world.residents.entry(county).or_default().push(me["id"].as_str().unwrap().to_owned());
        }
        let unit = if county == COUNTY { "甲县中心" } else { "乙县中心" };
        for role in domain::authorization::Role::ALL.into_iter().filter(|role| role.is_officer()) {
            let sees = domain::authorization::allows(
                role,
                domain::authorization::Action::ReadPersons,
                domain::authorization::Scope::Served,
            );
            let client = people::officer_of(&service, role.as_str(), unit).await;
            walkers.push(Walker { client, county: sees.then_some(county) });
        }
    }
    let reviewer = people::officer(&service, "county_lead").await;
    let reviews = reviewer.get("/api/v1/console/sign-up-reviews").await.expect(200).body;
    world.reviews.extend(reviews["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()));

    let seed: u64 = rand::random();
    println!("the walks of seed {seed}");
    let (world, walkers) = (Arc::new(world), Arc::new(walkers));
    let walks = (0..WALKS).map(|walk| {
        let (world, walkers) = (world.clone(), walkers.clone());
        tokio::spawn(async move { walk_on(&world, &walkers, seed.wrapping_add(walk)).await })
    });
    let mut reads = 0;
    for walk in walks.collect::<Vec<_>>() {
        reads += walk.await.expect("the walk ends");
    }
    let everybody: BTreeSet<&str> = world.residents.values().flatten().map(String::as_str).collect();
    // One row for each person each time somebody saw them; the reviews above were read by the test itself.
    let store = service.store();
    let rows: usize = everybody
        .iter()
        .map(|id| {
            let rows =
                store.db.run_blocking(|connection| store::audit_log::audit_log_of(connection, "person", id)).unwrap();
            rows.iter().filter(|row| row.actor_kind == "officer").count()
        })
        .sum();
    let by_the_test = reviews["items"].as_array().unwrap().len();
    assert!(rows >= reads + by_the_test, "{rows} rows for {reads} reads");
    people::end(service).await;
}
