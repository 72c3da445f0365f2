//! Many residents: the import, what the counts cost in it, and the population of a city asked for.

use std::time::Instant;

use chrono::Utc;
use domain::person::{ConsentBasis, Origin, PhoneProof, Purpose, TagSource};
use store::persons::{AddedBy, NewPerson, NewTag, SealedPerson, all_phones_hold, person_seal, persons_add};

use crate::{
    Options,
    client::Connection,
    figures::{goal, least, median},
    process::Served,
    town::{TOP, Town},
};

/// Persons of the measured import.
const IMPORTED: u64 = 50_000;
/// Persons of one side of one round, and of one of its transactions.
const COMPARED: usize = 20_000;
const PER_TRANSACTION: usize = 10_000;
/// Times the population is asked for.
const ASKED: usize = 501;

/// Measures and prints, on SQLite and on PostgreSQL where one is named.
pub async fn measure(options: &Options) -> anyhow::Result<()> {
    for url in [None, options.postgres.as_deref()].into_iter().enumerate().filter(|(n, url)| *n == 0 || url.is_some()) {
        let town = Town::new(options, url.1)?;
        println!("\nregistration on {}: {} villages", town.database(), town.villages.len());
        import(&town)?;
        counts(options, &town)?;
        drop(town);
        population(options, &Town::new(options, url.1)?).await?;
    }
    Ok(())
}

fn import(town: &Town) -> anyhow::Result<()> {
    let file = town.file(0..IMPORTED)?;
    let started = Instant::now();
    town.import(&file)?;
    let rate = IMPORTED as f64 / started.elapsed().as_secs_f64();
    let goal = if town.database() == "SQLite" { 1_500.0 } else { 3_000.0 };
    least("persons imported by the command", rate, "a second", goal);
    Ok(())
}

/// The same persons registered, which counts them, and only named, which writes the same rows and counts nothing.
fn counts(options: &Options, town: &Town) -> anyhow::Result<()> {
    let mut ratios = Vec::new();
    let mut next = IMPORTED;
    for _ in 0..options.rounds {
        let mut seconds = [0.0; 2];
        for (registered, seconds) in [true, false].into_iter().zip(&mut seconds) {
            let started = Instant::now();
            let sealed = seal(town, next)?;
            next += COMPARED as u64;
            write(town, &sealed, registered)?;
            *seconds = started.elapsed().as_secs_f64();
        }
        ratios.push(seconds[0] / seconds[1]);
    }
    goal("sealing and writing persons with counts / without", median(&ratios), "x", 1.8);
    Ok(())
}

fn seal(town: &Town, from: u64) -> anyhow::Result<Vec<SealedPerson>> {
    let person = |(number, village): (usize, &domain::division::DivisionCode)| {
        let new = NewPerson {
            origin: Origin::Officer,
            division: *village,
            phone: benches::made_up::phone(from + number as u64),
            phone_proof: Some(PhoneProof::Attested),
            name: Some("张三丰".to_owned()),
            birth_year: Some(1955),
            tags: ["G01", "G02"].map(|tag| NewTag { tag: tag.to_owned(), expires_at: None }).into(),
            consents: vec![Purpose::Warnings],
        };
        Ok(person_seal(&town.store.keyring, new, Some("本人当面同意"))?)
    };
    town.villages.iter().cycle().take(COMPARED).enumerate().map(person).collect()
}

fn write(town: &Town, sealed: &[SealedPerson], registered: bool) -> anyhow::Result<()> {
    let by = AddedBy {
        basis: ConsentBasis::Attested,
        given_by: "bench",
        reason: None,
        tag_source: TagSource::Import,
        officer: None,
        registered,
    };
    let keyring = &town.store.keyring;
    for part in sealed.chunks(PER_TRANSACTION) {
        town.store.db.write_blocking(|connection| {
            all_phones_hold(connection)?;
            persons_add(connection, keyring, part, by, Utc::now(), &|_, _| ())
        })?;
    }
    Ok(())
}

/// The city's population, as the server itself times it.
async fn population(options: &Options, town: &Town) -> anyhow::Result<()> {
    let started = Instant::now();
    town.import(&town.file(0..options.residents)?)?;
    println!("  {} residents in {:.0} s", options.residents, started.elapsed().as_secs_f64());
    let variables = town.variables();
    let served = Served::golden_bell_with(&options.program()?, town.folder(), &variables).await?;
    let token = town.token()?;
    let county = town.villages.first().map_or(TOP.to_owned(), |village| format!("{}000000", &village.as_str()[..6]));
    for (name, division) in [("of the city", TOP), ("of a county", &county)] {
        let path = format!("/api/v1/console/statistics/population?division={division}");
        let request = format!("GET {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n\r\n");
        let mut connection = Connection::open(served.address).await?;
        let mut inside = Vec::new();
        for _ in 0..ASKED {
            let reply = connection.ask(request.as_bytes()).await?;
            anyhow::ensure!(reply.status == 200, "the population: {}", reply.status);
        }
        // The access log is written in parts; its lines of before belong to the division asked before.
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        for line in std::fs::read_to_string(town.folder().join("access.log"))?.lines().rev() {
            let line: serde_json::Value = serde_json::from_str(line)?;
            if line["route"].as_str().is_some_and(|route| route.ends_with("/statistics/population")) {
                inside.extend(line["micros"].as_f64());
            }
        }
        inside.truncate(ASKED);
        anyhow::ensure!(inside.len() == ASKED, "{} access lines", inside.len());
        goal(&format!("population {name}, median inside the server"), median(&inside) / 1_000.0, "ms", 5.0);
    }
    Ok(())
}
