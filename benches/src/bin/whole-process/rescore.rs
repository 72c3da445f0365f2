//! A million entries with three sources each: worked out anew in the background, beside checks.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::ensure;
use benches::{lists, made_up};
use chrono::Utc;
use domain::{ListKind, ListRule, standing::DecayRules};
use serde_json::json;
use store::{
    Db,
    list_entries::{Delivery, NewEntry, list_entries_add, list_rescoring_position},
};

use crate::{
    Options,
    city::City,
    client::{self, Connection},
    figures::median,
    process::Served,
};

const ENTRIES: u32 = 1_000_000;
const SOURCES: [&str; 3] = ["bench-a", "bench-b", "bench-c"];
/// Checks whose times make one line.
const CHECKS: u64 = 4_000;

/// Measures and prints.
pub async fn measure(options: &Options) -> anyhow::Result<()> {
    let city = City::open(&options.data.join("rescore"))?;
    fill(&city)?;
    let tokens = city.tokens()?;
    println!("\nrescoring of {ENTRIES} entries with {} sources each on SQLite", SOURCES.len());
    // What scores depend on is other than the last time, so all of them are due.
    let days = 200 + Utc::now().timestamp() % 100;
    let changed = [("GOLDEN_BELL_LISTS__DECAY__OTHER__LIFETIME_DAYS", days.to_string())];
    let before = position(&city.store.db).await?;
    let bell = Served::golden_bell_with(&options.program()?, &city.folder, &changed).await?;
    let since = Instant::now();
    let begun = |at: i64| if before == 0 { at > 0 } else { at < before };
    while !begun(position(&city.store.db).await?) {
        ensure!(since.elapsed() < Duration::from_secs(120), "no rescoring began");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (started, first) = (Instant::now(), bell.size("VmRSS")?);
    let (mut times, mut peak, mut number) = (Vec::new(), first, 0);
    while position(&city.store.db).await? < i64::from(ENTRIES) {
        times.extend(asked(&bell, &tokens, number, 200).await?);
        number += 200;
        peak = peak.max(bell.size("VmRSS")?);
    }
    let took = started.elapsed().as_secs_f64();
    println!("  all worked out in {took:.1} s, {:.0} a second", f64::from(ENTRIES) / took);
    println!("  resident before {:.1} MB, at most {:.1} MB meanwhile", first / 1e6, peak / 1e6);
    show("checks meanwhile, one at a time", &mut times);
    tokio::time::sleep(Duration::from_secs(2)).await;
    show("checks afterwards", &mut asked(&bell, &tokens, number, CHECKS).await?);
    Ok(())
}

async fn position(db: &Db) -> anyhow::Result<i64> {
    Ok(db.run(list_rescoring_position).await?)
}

/// Milliseconds of each of `count` checks, one after the other on one connection.
async fn asked(bell: &Served, tokens: &Arc<Vec<String>>, first: u64, count: u64) -> anyhow::Result<Vec<f64>> {
    let (mut connection, mut times) = (Connection::open(bell.address).await?, Vec::new());
    for number in first..first + count {
        let value = made_up::spelled_phone(number * 7_919);
        let mut request = Vec::new();
        let body = json!({ "kind": "phone", "value": value }).to_string();
        client::post(
            &mut request,
            "/api/v1/checks/batch",
            &tokens[number as usize % tokens.len()],
            &format!(r#"{{"items":[{body}]}}"#),
        );
        let started = Instant::now();
        ensure!(connection.ask(&request).await?.status == 200, "a check failed");
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    Ok(times)
}

fn show(name: &str, times: &mut [f64]) {
    times.sort_by(f64::total_cmp);
    let p99 = times.get(times.len() * 99 / 100).copied().unwrap_or(f64::NAN);
    println!("  {name}: {} of them, median {:.3} ms, p99 {p99:.3} ms", times.len(), median(times));
}

fn fill(city: &City) -> anyhow::Result<()> {
    let marker = city.folder.join("filled");
    if marker.exists() {
        return Ok(());
    }
    println!("filling a database with {ENTRIES} entries and {} sources", SOURCES.len());
    for source in SOURCES {
        for chunk in lists::keys(ENTRIES).chunks(5_000) {
            let entries: Vec<NewEntry> = chunk.iter().map(|(_, index)| entry(*index, source)).collect();
            city.store.db.write_blocking(|connection| {
                list_entries_add(connection, &entries, &Delivery::trusted(&DecayRules::default(), Utc::now()))
            })?;
        }
    }
    Ok(std::fs::write(marker, "")?)
}

fn entry(index: u32, source: &str) -> NewEntry {
    let (kind, rule, canonical) = lists::canonical(index);
    let host = canonical.strip_suffix('/').map(str::to_owned);
    NewEntry {
        list: ListKind::Blacklist,
        rule: ListRule { kind, rule, canonical, host },
        fraud_type: Some(lists::fraud_type(index).to_owned()),
        severity: 2,
        source: source.to_owned(),
        owner: None,
        first_seen: None,
        last_seen: None,
        held: false,
        confidence: None,
        seen_on: None,
    }
}
