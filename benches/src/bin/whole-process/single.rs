//! One authenticated check a request, beside the bare echo.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::ensure;
use benches::{lists, made_up};
use serde_json::json;

use crate::{
    Options,
    city::City,
    client::{self, Connection},
    figures::{Series, goal},
    process::Served,
};

const CHECKS: &str = "/api/v1/checks";
const CONNECTIONS: usize = 64;
/// Requests of one side of one round.
const REQUESTS: u64 = 60_000;
/// Checks that commit a warning, a round.
const COMMITS: u64 = 400;

/// Measures and prints.
pub async fn measure(options: &Options) -> anyhow::Result<()> {
    let city = City::with_snapshot(options)?;
    let tokens = city.tokens()?;
    let bell = Served::golden_bell(&options.program()?, &city.folder).await?;
    let echo = echo_beside(&bell, options, &tokens[0]).await?;
    // Beyond everything listed, and on from round to round.
    let unlisted = Arc::new(AtomicU64::new(u64::from(options.entries)));
    let listed = Arc::new(AtomicU64::new(0));
    let (mut checked, mut echoed, mut warned) = (Series::default(), Series::default(), Series::default());
    println!("\nsingle checks: {} entries, {CONNECTIONS} connections, {REQUESTS} requests a round", options.entries);
    run(&bell, &unlisted, &tokens, REQUESTS, &mut Series::default()).await?;
    run(&echo, &unlisted, &tokens, REQUESTS, &mut Series::default()).await?;
    for _ in 0..options.rounds {
        run(&bell, &unlisted, &tokens, REQUESTS, &mut checked).await?;
        run(&echo, &unlisted, &tokens, REQUESTS, &mut echoed).await?;
        run_commits(&bell, options, &listed, &tokens, &mut warned).await?;
    }
    checked.show("check, unlisted, half numbers half links");
    echoed.show("bare echo, same bytes");
    warned.show("fraud check with its commit (unbounded)");
    goal("check / echo, processor time", checked.ratio_to(&echoed), "x", 2.0);
    Ok(())
}

/// Starts the echo with what the server really answers.
pub async fn echo_beside(bell: &Served, options: &Options, token: &str) -> anyhow::Result<Served> {
    let mut replies = Vec::new();
    for kind in ["phone", "link"] {
        let index = u64::from(options.entries) + 17;
        let value = if kind == "phone" { made_up::phone(index) } else { made_up::link(index) };
        let mut request = Vec::new();
        client::post(&mut request, CHECKS, token, &json!({ "kind": kind, "value": value }).to_string());
        let mut connection = Connection::open(bell.address).await?;
        let reply = connection.ask(&request).await?;
        ensure!(reply.status == 200, "a check was answered {}", reply.status);
        replies.push(reply.body.to_vec());
    }
    println!("a reply: {}", String::from_utf8_lossy(&replies[0]));
    Served::echo(&replies[0], &replies[1]).await
}

/// One side of one round.
pub async fn run(
    server: &Served,
    unlisted: &Arc<AtomicU64>,
    tokens: &Arc<Vec<String>>,
    requests: u64,
    series: &mut Series,
) -> anyhow::Result<()> {
    let first = unlisted.fetch_add(requests, Ordering::Relaxed);
    let before = server.cpu_seconds()?;
    let load = load(server.address, first, tokens.clone(), requests).await?;
    series.cost.push((server.cpu_seconds()? - before) * 1e6 / requests as f64);
    series.rate.push(requests as f64 / load.seconds);
    ensure!(load.failed == 0, "{} of {requests} requests failed", load.failed);
    Ok(())
}

/// `requests` checks of subjects from `first` on.
pub async fn load(
    address: SocketAddr,
    first: u64,
    tokens: Arc<Vec<String>>,
    requests: u64,
) -> anyhow::Result<client::Load> {
    let write = move |number: u64, request: &mut Vec<u8>| {
        let index = first + number;
        let token = &tokens[index as usize % tokens.len()];
        let body = if index.is_multiple_of(2) {
            format!(r#"{{"kind":"phone","value":"{}"}}"#, made_up::spelled_phone(index))
        } else {
            format!(r#"{{"kind":"link","value":"{}"}}"#, made_up::link(index))
        };
        client::post(request, CHECKS, token, &body);
    };
    client::drive(address, CONNECTIONS, requests, write, |_, reply| reply.status == 200 && !reply.body.is_empty()).await
}

/// Checks of listed numbers: each commits a warning before its reply.
async fn run_commits(
    server: &Served,
    options: &Options,
    listed: &Arc<AtomicU64>,
    tokens: &Arc<Vec<String>>,
    series: &mut Series,
) -> anyhow::Result<()> {
    let first = listed.fetch_add(COMMITS, Ordering::Relaxed);
    let (tokens, half) = (tokens.clone(), options.entries / 2);
    let write = move |number: u64, request: &mut Vec<u8>| {
        let index = (first + number) * 7_919 % u64::from(half);
        let (_, _, canonical) = lists::canonical(2 * index as u32);
        let body = format!(r#"{{"kind":"phone","value":"{canonical}"}}"#);
        client::post(request, CHECKS, &tokens[(first + number) as usize % tokens.len()], &body);
    };
    let fraud =
        |_: u64, reply: &client::Reply<'_>| reply.status == 200 && reply.body.starts_with(br#"{"verdict":"fraud""#);
    let before = server.cpu_seconds()?;
    let load = client::drive(server.address, 4, COMMITS, write, fraud).await?;
    series.cost.push((server.cpu_seconds()? - before) * 1e6 / COMMITS as f64);
    series.rate.push(COMMITS as f64 / load.seconds);
    ensure!(load.failed == 0, "{} of {COMMITS} listed numbers were not answered as fraud", load.failed);
    Ok(())
}
