//! Batches of 1,000 distinct subjects, half of them listed, with full replies.

use std::sync::{Arc, atomic::AtomicU64};

use anyhow::ensure;
use benches::made_up;

use crate::{
    Options,
    city::City,
    client,
    figures::{Series, goal},
    process::Served,
    single,
};

const ITEMS: u64 = 1_000;
const CONNECTIONS: usize = 8;
/// Batches of one kind in one round: with eight rounds more than a million distinct subjects a kind.
const BATCHES: u64 = 200;

/// Measures and prints.
pub async fn measure(options: &Options) -> anyhow::Result<()> {
    let city = City::with_snapshot(options)?;
    let tokens = city.tokens()?;
    let bell = Served::golden_bell(&options.program()?, &city.folder).await?;
    let echo = single::echo_beside(&bell, options, &tokens[0]).await?;
    let unlisted = Arc::new(AtomicU64::new(u64::from(options.entries)));
    let mut draw = Draw { half: u64::from(options.entries / 2), drawn: 0, batches: 0, tokens: tokens.clone() };
    let (mut echoed, mut phones, mut links) = (Series::default(), Series::default(), Series::default());
    println!(
        "\nbatches of {ITEMS}: {} entries, {CONNECTIONS} connections, {BATCHES} batches a kind and round",
        options.entries
    );
    single::run(&echo, &unlisted, &tokens, 30_000, &mut Series::default()).await?;
    run(&bell, "phone", 20, &mut draw, &mut Series::default()).await?;
    run(&bell, "link", 20, &mut draw, &mut Series::default()).await?;
    for _ in 0..options.rounds {
        single::run(&echo, &unlisted, &tokens, 30_000, &mut echoed).await?;
        run(&bell, "phone", BATCHES, &mut draw, &mut phones).await?;
        run(&bell, "link", BATCHES, &mut draw, &mut links).await?;
    }
    println!("{} subjects drawn, none twice", draw.drawn);
    echoed.show("bare echo, one request");
    phones.show("batch of numbers, one check");
    links.show("batch of links, one check");
    goal("number in a batch / echo, processor time", phones.ratio_to(&echoed), "x", 0.25);
    goal("link in a batch / echo, processor time", links.ratio_to(&echoed), "x", 0.6);
    Ok(())
}

/// What to ask next.
struct Draw {
    half: u64,
    drawn: u64,
    batches: u64,
    tokens: Arc<Vec<String>>,
}

async fn run(
    server: &Served,
    kind: &'static str,
    batches: u64,
    draw: &mut Draw,
    series: &mut Series,
) -> anyhow::Result<()> {
    // Made beforehand: a batch costs the client more than the server.
    let requests: Arc<Vec<Vec<u8>>> = Arc::new((0..batches).map(|_| draw.request(kind)).collect());
    let write = move |number: u64, request: &mut Vec<u8>| request.extend_from_slice(&requests[number as usize]);
    let accept = |number: u64, reply: &client::Reply<'_>| reply.status == 200 && (number > 0 || half_fraud(reply.body));
    let before = server.cpu_seconds()?;
    let load = client::drive(server.address, CONNECTIONS, batches, write, accept).await?;
    series.cost.push((server.cpu_seconds()? - before) * 1e6 / (batches * ITEMS) as f64);
    series.rate.push((batches * ITEMS) as f64 / load.seconds);
    ensure!(load.failed == 0, "{} of {batches} batches failed", load.failed);
    Ok(())
}

fn half_fraud(body: &[u8]) -> bool {
    let Ok(reply) = serde_json::from_slice::<serde_json::Value>(body) else { return false };
    let results = reply["results"].as_array().cloned().unwrap_or_default();
    results.len() == ITEMS as usize
        && results.iter().filter(|one| one["verdict"] == "fraud").count() == results.len() / 2
}

impl Draw {
    fn request(&mut self, kind: &str) -> Vec<u8> {
        let items: Vec<String> = (0..ITEMS)
            .map(|_| {
                let number = self.drawn;
                self.drawn += 1;
                // Listed ones come from all over the lists; the factor is prime, so none comes twice.
                let index =
                    if number.is_multiple_of(2) { number / 2 * 15_485_863 % self.half } else { self.half + number };
                let value = if kind == "phone" { made_up::spelled_phone(index) } else { made_up::link(index) };
                format!(r#"{{"kind":"{kind}","value":"{value}"}}"#)
            })
            .collect();
        self.batches += 1;
        let token = &self.tokens[self.batches as usize % self.tokens.len()];
        let mut request = Vec::new();
        client::post(&mut request, "/api/v1/checks/batch", token, &format!(r#"{{"items":[{}]}}"#, items.join(",")));
        request
    }
}
