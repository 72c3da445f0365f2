//! What two officers lifted stays lifted on every server, under load, also on servers that were killed and started meanwhile.

use std::{
    sync::{
        Arc, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use harness::{Backend, Client, Installation, program::Server};
use serde_json::{Value, json};

const NUMBERS: usize = 24;
const LOAD: usize = 4;
/// The load comes from one address.
const UNLIMITED: [(&str, &str); 1] = [("GOLDEN_BELL_LIMITS__CHECKS_PER_ADDRESS_MINUTE", "100000000")];

fn phone(number: usize) -> String {
    format!("170123456{number:02}")
}

/// One answer: about which number, by which process, asked when, and whether it was `fraud`.
struct Seen {
    number: usize,
    process: usize,
    asked: Instant,
    fraud: bool,
}

/// Where servers listen now, and which process that is.
type Urls = Arc<RwLock<Vec<(usize, String)>>>;

/// Asks at all servers in turn until it is told to stop. A server that is just being killed gives no answer.
async fn ask_on(urls: Urls, stop: Arc<AtomicBool>, offset: usize) -> Vec<Seen> {
    let (client, mut seen, mut turn) = (reqwest::Client::new(), Vec::new(), offset);
    while !stop.load(Ordering::Relaxed) {
        turn += 1;
        let number = (turn * 7) % NUMBERS;
        let (process, url) = {
            let urls = urls.read().unwrap();
            urls[turn % urls.len()].clone()
        };
        let asked = Instant::now();
        let body = json!({ "items": [{ "kind": "phone", "value": phone(number) }] });
        let Ok(reply) = client.post(format!("{url}/api/v1/checks/batch")).json(&body).send().await else { continue };
        let Ok(reply) = reply.json::<Value>().await else { continue };
        let Some(verdict) = reply["results"][0]["verdict"].as_str() else { continue };
        seen.push(Seen { number, process, asked, fraud: verdict == "fraud" });
    }
    seen
}

/// The officer at another server.
fn at(url: &str, officer: &Client) -> Client {
    let mut there = Client::anonymous(url);
    there.access_token.clone_from(&officer.access_token);
    there
}

/// Two officers lift a number.
async fn lift(editor: &Client, lead: &Client, number: usize) {
    let found = editor.get(&format!("/api/v1/console/lists/entries?kind=phone&value={}", phone(number))).await;
    let wanted =
        json!({ "entries": [found.expect(200).body["items"][0]["id"]], "ruling": "lifted", "reason": "已换主" });
    let made = editor.post("/api/v1/console/lists/proposals", wanted).await.expect(200).body;
    let decide = json!({ "proposals": [made["items"][0]["proposal"]], "approve": true, "reason": "已核实" });
    lead.post("/api/v1/console/lists/proposals/decisions", decide).await.expect(200);
}

/// When a server first answered otherwise than `fraud`.
async fn effective(url: &str, asker: &Client, number: usize) -> Instant {
    let client = at(url, asker);
    for _ in 0..2_000 {
        let check = json!({ "items": [{ "kind": "phone", "value": phone(number) }] });
        let reply = client.post("/api/v1/checks/batch", check).await.expect(200);
        if reply.body["results"][0]["verdict"] != "fraud" {
            return Instant::now();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{} is still fraud at {url}", phone(number));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_lifted_is_never_fraud_again_whatever_is_killed_and_started() {
    let installation = Installation::new();
    let (list, units) = (installation.folder.path().join("list.txt"), installation.folder.path().join("units.csv"));
    std::fs::write(&list, (0..NUMBERS).map(|number| phone(number) + "\n").collect::<String>()).unwrap();
    let list = list.to_string_lossy();
    installation.command(&["import", "blacklist", &list, "--kind", "phone", "--fraud-type", "T02", "--source", "x"]);
    drop(installation.store());
    std::fs::write(&units, format!("name,kind,parent,divisions\n市中心,city_centre,,{}\n", Installation::village()))
        .unwrap();
    installation.command(&["import", "units", &units.to_string_lossy()]);

    // One server at a time works on a data folder.
    let count = if Backend::current() == Backend::Sqlite { 1 } else { 2 };
    let mut servers: Vec<Server> = (0..count).map(|_| installation.server_with(&UNLIMITED)).collect();
    let editor = installation.officer(&servers[0].url, "li.lei", "list_editor", "市中心").await;
    let lead = installation.officer(&servers[0].url, "han.mei", "city_lead", "市中心").await;
    let asker = Installation::resident(&servers[0].url, "asker").await;
    let mut processes: Vec<Instant> = servers.iter().map(|_| Instant::now()).collect();
    let urls: Urls = Arc::new(RwLock::new(
        servers.iter().enumerate().map(|(process, server)| (process, server.url.clone())).collect(),
    ));
    let stop = Arc::new(AtomicBool::new(false));
    let load: Vec<_> = (0..LOAD).map(|offset| tokio::spawn(ask_on(urls.clone(), stop.clone(), offset * 11))).collect();

    // For each number: when it was decided, and since when each process of then did not call it fraud.
    let (mut lifted, mut slowest) = (Vec::new(), Duration::ZERO);
    for number in 0..NUMBERS {
        let now: Vec<(usize, String)> = urls.read().unwrap().clone();
        lift(&at(&now[0].1, &editor), &at(&now[0].1, &lead), number).await;
        let decided = Instant::now();
        let mut since = Vec::new();
        for (process, url) in &now {
            let at = effective(url, &asker, number).await;
            slowest = slowest.max(at - decided);
            since.push((*process, at));
        }
        lifted.push((decided, since));
        if number % 4 == 3 {
            let place = (number / 4) % count;
            let old = servers.remove(place);
            // Killed, or asked to end, by turns.
            if number % 8 == 3 {
                drop(old)
            } else {
                assert!(old.terminate().1)
            }
            processes.push(Instant::now());
            let new = installation.server_with(&UNLIMITED);
            urls.write().unwrap()[place] = (processes.len() - 1, new.url.clone());
            servers.insert(place, new);
        }
    }
    stop.store(true, Ordering::Relaxed);
    let mut seen = Vec::new();
    for load in load {
        seen.extend(load.await.unwrap());
    }
    println!("{} answers, {} processes, the slowest lift took {slowest:?}", seen.len(), processes.len());

    let (mut before, mut after) = (0, 0);
    for answer in &seen {
        let (decided, since) = &lifted[answer.number];
        let known = since.iter().find(|(process, _)| *process == answer.process).map(|(_, at)| *at);
        // Who was started after the decision knows it from the first answer on.
        let from = known.or_else(|| (processes[answer.process] >= *decided).then_some(*decided));
        match from {
            Some(from) if answer.asked >= from => {
                assert!(!answer.fraud, "{} is fraud again at process {}", phone(answer.number), answer.process);
                after += 1;
            }
            _ => before += usize::from(answer.fraud),
        }
    }
    assert!(before > 100 && after > 1_000, "there was load before ({before}) and after ({after})");
}
