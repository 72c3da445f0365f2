//! What entries cost in memory, how long opening takes, and a swap under load.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use app::lists::SNAPSHOT_FOLDER;
use benches::{lists, made_up};
use chrono::Utc;
use domain::{ListKind, ListRule, standing::DecayRules};
use lookup::Lists;
use serde_json::{Value, json};
use store::list_entries::{Delivery, NewEntry, list_entries_add};

use crate::{
    Options,
    city::City,
    client::{self, Connection},
    figures::{goal, median},
    process::Served,
    single,
};

/// Changes that make a new snapshot due.
const CHANGES: u32 = 50_500;

/// Measures and prints.
pub async fn measure(options: &Options) -> anyhow::Result<()> {
    let city = City::open(&options.data.join(format!("memory-{}", options.rows)))?;
    fill(&city, options.rows)?;
    let folder = city.folder.join(SNAPSHOT_FOLDER);
    let program = options.program()?;
    println!("\nmemory: {} entries in SQLite and in the snapshot", options.rows);
    if !folder.exists() {
        let started = Instant::now();
        drop(Served::golden_bell(&program, &city.folder).await?);
        println!("first snapshot, built at the start: {:.1} s", started.elapsed().as_secs_f64());
    }
    opening(&folder)?;
    let bell = Served::golden_bell(&program, &city.folder).await?;
    let tokens = city.tokens()?;
    // Touches every page of the file, as a day's checks do.
    for first in [0, 1 << 40] {
        let touched = single::load(bell.address, first, tokens.clone(), 200_000).await?;
        ensure!(touched.failed == 0, "{} requests failed", touched.failed);
    }
    let entries = f64::from(options.rows);
    let rest = bell.size("VmRSS")?;
    println!("resident: {:.1} MB, of that mapped files {:.1} MB", rest / 1e6, bell.size("RssFile")? / 1e6);
    goal("memory at rest", rest / entries, "B an entry", 40.0);
    swap_under_load(&city, &bell, options, &tokens).await
}

/// Time to open the newest snapshot.
fn opening(folder: &Path) -> anyhow::Result<()> {
    let mut times = Vec::new();
    for _ in 0..21 {
        let started = Instant::now();
        let lists = Lists::open(folder)?;
        times.push(started.elapsed().as_secs_f64() * 1e3);
        ensure!(lists.version() > 0, "nothing opened");
    }
    goal("opening the snapshot, median of 21", median(&times), "ms", 1.0);
    Ok(())
}

/// Brings the database to `rows` made-up entries, in key order so that it goes quickly.
fn fill(city: &City, rows: u32) -> anyhow::Result<()> {
    let marker = city.folder.join("filled");
    if marker.exists() {
        return Ok(());
    }
    println!("filling a database with {rows} entries");
    let started = Instant::now();
    for chunk in lists::keys(rows).chunks(50_000) {
        let entries: Vec<NewEntry> = chunk.iter().map(|(_, index)| entry(*index)).collect();
        city.store.db.write_blocking(|connection| {
            list_entries_add(connection, &entries, &Delivery::trusted(&DecayRules::default(), Utc::now()))
        })?;
    }
    println!("filled in {:.0} s", started.elapsed().as_secs_f64());
    Ok(std::fs::write(marker, "")?)
}

fn entry(index: u32) -> NewEntry {
    let (kind, rule, canonical) = lists::canonical(index);
    let host = canonical.strip_suffix('/').map(str::to_owned);
    NewEntry {
        list: ListKind::Blacklist,
        rule: ListRule { kind, rule, canonical, host },
        fraud_type: Some(lists::fraud_type(index).to_owned()),
        severity: 2,
        source: "bench".to_owned(),
        owner: None,
        first_seen: None,
        last_seen: None,
        held: false,
        confidence: None,
        seen_on: None,
    }
}

/// Makes a new snapshot due while requests keep coming, and changes the lists meanwhile.
async fn swap_under_load(
    city: &City,
    bell: &Served,
    options: &Options,
    tokens: &Arc<Vec<String>>,
) -> anyhow::Result<()> {
    let (ended, failed, asked) =
        (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let load = {
        let (ended, failed, asked, tokens, address) =
            (ended.clone(), failed.clone(), asked.clone(), tokens.clone(), bell.address);
        tokio::spawn(async move {
            while !ended.load(Ordering::Relaxed) {
                let first = (1 << 41) + asked.fetch_add(2_000, Ordering::Relaxed);
                let load = single::load(address, first, tokens.clone(), 2_000).await?;
                failed.fetch_add(load.failed, Ordering::Relaxed);
                // Half the machine is left to the builder.
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            anyhow::Ok(())
        })
    };
    let files = snapshots(city)?;
    // Beyond every made-up entry, new in every run.
    let base = options.rows + 2_000_000 + (Utc::now().timestamp() % 4_000) as u32 * 500_000;
    let changes: Vec<NewEntry> = (base..base + CHANGES).map(entry).collect();
    let added = city
        .store
        .db
        .write(move |connection| {
            list_entries_add(connection, &changes, &Delivery::trusted(&DecayRules::default(), Utc::now()))
        })
        .await?;
    let started = Instant::now();
    println!("{} changes were made: a new snapshot is due", added.active);
    let probe = tokens[7].clone();
    let meanwhile = base + CHANGES + CHANGES % 2;
    let (mut peak, mut changed, mut effective) = (0.0_f64, None, None);
    while snapshots(city)? == files {
        peak = peak.max(bell.size("VmRSS")?);
        if started.elapsed() > Duration::from_secs(3) && changed.is_none() {
            let new = vec![entry(meanwhile)];
            city.store
                .db
                .write(move |connection| {
                    list_entries_add(connection, &new, &Delivery::trusted(&DecayRules::default(), Utc::now()))
                })
                .await?;
            changed = Some(Instant::now());
        }
        if let (Some(since), None) = (changed, effective)
            && verdict(bell, &probe, meanwhile).await? == "fraud"
        {
            effective = Some(since.elapsed());
        }
        if started.elapsed() > Duration::from_secs(1_200) {
            bail!("no new snapshot came");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let built = started.elapsed().as_secs_f64();
    let settled = Instant::now();
    while settled.elapsed() < Duration::from_secs(3) {
        peak = peak.max(bell.size("VmRSS")?);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let after = (verdict(bell, &probe, base + base % 2).await?, verdict(bell, &probe, meanwhile).await?);
    ended.store(true, Ordering::Relaxed);
    load.await??;
    let ready = client::get(bell.address, "/health/ready").await?;
    println!("built and swapped in {built:.1} s; {ready}");
    goal("memory while a new snapshot is built and swapped", peak / f64::from(options.rows), "B an entry", 80.0);
    println!(
        "  {} requests meanwhile, {} failed (goal 0)",
        asked.load(Ordering::Relaxed),
        failed.load(Ordering::Relaxed)
    );
    match effective {
        Some(waited) => goal("a change made meanwhile is effective after", waited.as_secs_f64(), "s", 1.0),
        None => println!("  the new snapshot was there before a change could be tried"),
    }
    println!("  after the swap: a change before it {}, a change during it {} (both: fraud)", after.0, after.1);
    Ok(())
}

/// The names of the whole snapshots.
fn snapshots(city: &City) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for file in std::fs::read_dir(city.folder.join(SNAPSHOT_FOLDER))? {
        names.push(file?.file_name().to_string_lossy().into_owned());
    }
    names.retain(|name| name.ends_with(".snapshot"));
    names.sort_unstable();
    Ok(names)
}

/// What the server says about entry `index`, which is a number.
async fn verdict(bell: &Served, token: &str, index: u32) -> anyhow::Result<String> {
    let mut request = Vec::new();
    let value = made_up::phone(u64::from(index / 2));
    client::post(&mut request, "/api/v1/checks", token, &json!({ "kind": "phone", "value": value }).to_string());
    let mut connection = Connection::open(bell.address).await?;
    let reply: Value = serde_json::from_slice(connection.ask(&request).await?.body)?;
    reply["verdict"].as_str().map(str::to_owned).context("no verdict")
}
