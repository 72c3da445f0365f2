//! GET /api/v1/checks/private/{prefix}, …/prefix-rules, …/official-numbers.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use domain::{KeyPrefix, ListKind, LookupKey, SubjectKind};
use harness::{Client, TestService};
use serde_json::{Value, json};
use server::private_check::PrivateChecker;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy},
    net::{TcpListener, TcpStream},
};

/// A service that lets a resident ask as often as a test does, and builds a snapshot when five hundred changes lie there.
async fn service() -> TestService {
    TestService::start_with(|config| {
        config.limits.private_checks_per_person_hour = 1_000_000.try_into().unwrap();
        config.limits.checks_per_person_minute = 1_000_000.try_into().unwrap();
        config.lists.rebuild_after_changes = 500;
    })
    .await
}

fn checker(service: &TestService, resident: &Client) -> PrivateChecker {
    PrivateChecker::new(&service.url, resident.access_token.as_deref().unwrap()).unwrap()
}

fn mobile(number: u32) -> String {
    format!("139{:08}", number * 7_919 % 100_000_000)
}

fn account(number: u32) -> String {
    format!("41160{:08}", number * 104_729 % 100_000_000)
}

fn lines(values: impl Iterator<Item = String>) -> String {
    values.fold(String::new(), |lines, value| lines + &value + "\n")
}

/// Prefixes with something listed, and as many as chance gives.
fn prefixes(count: u32) -> Vec<String> {
    let listed =
        (0..count / 2).map(|number| LookupKey::of(SubjectKind::Phone, &format!("+86{}", mobile(number))).prefix());
    let random = (0..count / 2).map(|number| KeyPrefix::new(number * 7_919 % KeyPrefix::COUNT).unwrap());
    let edges = [0, KeyPrefix::COUNT - 1].map(|prefix| KeyPrefix::new(prefix).unwrap());
    listed.chain(random).chain(edges).map(|prefix| prefix.to_string()).collect()
}

async fn bucket(client: &Client, prefix: &str) -> Value {
    client.get(&format!("/api/v1/checks/private/{prefix}")).await.expect(200).body
}

/// What the ordinary check says of each.
async fn ordinary(client: &Client, kind: SubjectKind, values: &[String]) -> Vec<Value> {
    let mut answers = Vec::new();
    for chunk in values.chunks(1_000) {
        let items: Vec<_> = chunk.iter().map(|value| json!({ "kind": kind.as_str(), "value": value })).collect();
        let reply = client.post("/api/v1/checks/batch", json!({ "items": items })).await.expect(200).body;
        answers.extend(reply["results"].as_array().unwrap().iter().cloned());
    }
    answers
}

/// Asks both ways and demands the same report; returns how often each verdict came.
async fn both_ways_agree(service: &TestService, resident: &Client, kind: SubjectKind, values: &[String]) -> [usize; 4] {
    let checker = checker(service, resident);
    let mut verdicts = [0; 4];
    for (value, answer) in values.iter().zip(ordinary(resident, kind, values).await) {
        let report = checker.check(kind, value).await.unwrap();
        verdicts[report.verdict as usize] += 1;
        assert_eq!(serde_json::to_value(web::checks::CheckReply::from(report)).unwrap(), answer, "{value}");
    }
    verdicts
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_check_answers_as_the_ordinary_one() {
    use ListKind::{Allowlist, Blacklist, Guardlist};
    use SubjectKind::{BankAccount, Link, Phone};
    let service = service().await;
    let resident = service.resident("zhang").await;
    // More than the snapshot leaves in layers, then some that stay in them.
    service.import(Blacklist, Phone, &lines((0..700).map(mobile))).await;
    service.import(Blacklist, Link, &lines((0..200).map(|site| format!("http://{site}.evil.example/a")))).await;
    assert!(service.app().lists.snapshot_version() > 700);
    service.import(Blacklist, Phone, &lines((700..900).map(mobile))).await;
    service.import(Blacklist, BankAccount, &lines((0..200).map(account))).await;
    service.import(Allowlist, BankAccount, &lines((190..260).map(account))).await;
    service.import(Allowlist, Phone, &lines((850..1_050).map(mobile).chain(["95123".to_owned()]))).await;
    service.import(Blacklist, Phone, "17012*\n1701234*\n1065*\n+44*\n").await;
    service.import(Allowlist, Phone, "170123456*\n4008*\n").await;
    service.import(Guardlist, Phone, "96111\n").await;
    assert!(service.app().lists.overlay_len() > 100);

    let mut values: Vec<String> = (0..1_600).map(mobile).collect();
    values.extend((0..400_u32).map(|number| format!("1701{:07}", number * 24_631 % 10_000_000)));
    values.extend((0..60_u32).map(|number| format!("1701234{:04}", number * 167 % 10_000)));
    values.extend((0..60_u32).map(|number| format!("1065{:06}", number * 16_127 % 1_000_000)));
    values.extend((0..60_u32).map(|number| format!("+4420{:08}", number * 1_611_127 % 100_000_000)));
    for odd in
        ["95588", "96110", "110", "12381", "96111", "95589", "+0096110", "0095123", "400 810 9889", "8123456", "6700"]
    {
        values.push(odd.to_owned());
    }
    let [official, unknown, suspicious, fraud] = both_ways_agree(&service, &resident, Phone, &values).await;
    assert!(
        official > 200 && unknown > 700 && suspicious >= 2 && fraud > 1_000,
        "{official} {unknown} {suspicious} {fraud}"
    );

    let values: Vec<String> = (0..400).map(account).collect();
    let [official, unknown, _, fraud] = both_ways_agree(&service, &resident, BankAccount, &values).await;
    assert_eq!((official, unknown, fraud), (70, 140, 190));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reply_of_a_version_is_as_long_as_every_other() {
    let service = service().await;
    let resident = service.resident("zhang").await;
    service.import(ListKind::Blacklist, SubjectKind::Phone, &lines((0..900).map(mobile))).await;
    let mut sizes = BTreeSet::new();
    let mut verdicts = BTreeSet::new();
    for prefix in prefixes(200) {
        let reply = resident.get(&format!("/api/v1/checks/private/{prefix}")).await.expect(200);
        assert_eq!(reply.headers["cache-control"], "no-store");
        let entries: Vec<&str> =
            reply.body["entries"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
        assert!(entries.iter().all(|entry| entry.len() == 52 && entry.starts_with(&prefix)), "{}", reply.text);
        assert!(entries.is_sorted_by(|left, right| left[..32] < right[..32]), "{}", reply.text);
        verdicts.extend(entries.iter().map(|entry| entry[32..34].to_owned()));
        let names: BTreeSet<_> = reply.headers.keys().map(|name| name.as_str().to_owned()).collect();
        let header_bytes: usize = reply.headers.values().map(|value| value.len()).sum();
        sizes.insert((reply.text.len(), entries.len(), reply.body["padded_to"].as_u64().unwrap(), header_bytes, names));
    }
    assert_eq!(sizes.len(), 1, "{sizes:?}");
    let (_, entries, padded_to, ..) = sizes.into_iter().next().unwrap();
    assert_eq!((entries, padded_to), (16, 16));
    assert!(verdicts.contains("01") && verdicts.contains("02"), "padding says what real entries say: {verdicts:?}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn padding_stays_where_it_is() {
    let service = service().await;
    let resident = service.resident("zhang").await;
    service.import(ListKind::Blacklist, SubjectKind::Phone, &lines((0..600).map(mobile))).await;
    let key = LookupKey::of(SubjectKind::Phone, "+8613800138000");
    let prefix = key.prefix().to_string();
    let keys = |bucket: &Value| -> BTreeSet<String> {
        bucket["entries"].as_array().unwrap().iter().map(|entry| entry.as_str().unwrap()[..32].to_owned()).collect()
    };
    let before = bucket(&resident, &prefix).await;
    assert_eq!(before, bucket(&resident, &prefix).await, "the same for everybody who asks again");
    let service = service.restart().await;
    let resident = service.resident("li").await;
    assert_eq!(before, bucket(&resident, &prefix).await);
    // One number more takes the place of one padding entry; the others stay.
    service.import(ListKind::Blacklist, SubjectKind::Phone, "13800138000\n").await;
    let after = bucket(&resident, &prefix).await;
    assert!(after["version"].as_u64() > before["version"].as_u64());
    let (before, after) = (keys(&before), keys(&after));
    assert_eq!(after.difference(&before).collect::<Vec<_>>(), [&hex::encode(key.0)]);
    assert_eq!(before.difference(&after).count(), 1);
    service.stop().await;
}

/// Stands between a client and the service and keeps what the client says.
async fn listen_in(target: String) -> (String, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let heard = Arc::new(Mutex::new(Vec::new()));
    let keep = heard.clone();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(&target).await.unwrap();
            let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
                (client.into_split(), server.into_split());
            tokio::spawn(async move { copy(&mut from_server, &mut to_client).await });
            let keep = keep.clone();
            tokio::spawn(async move {
                let mut buffer = [0; 4_096];
                while let Ok(count @ 1..) = from_client.read(&mut buffer).await {
                    keep.lock().unwrap().extend_from_slice(&buffer[..count]);
                    to_server.write_all(&buffer[..count]).await.unwrap();
                }
            });
        }
    });
    (url, heard)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_the_prefix_is_told_and_not_even_that_is_kept() {
    let service = service().await;
    let resident = service.resident("zhang").await;
    service.import(ListKind::Blacklist, SubjectKind::Phone, "13800138000\n").await;
    let (url, heard) = listen_in(service.url.trim_start_matches("http://").to_owned()).await;
    let checker = PrivateChecker::new(&url, resident.access_token.as_deref().unwrap()).unwrap();
    let report = checker.check(SubjectKind::Phone, "138 0013 8000").await.unwrap();
    assert_eq!(report.verdict.as_str(), "fraud");

    let said = String::from_utf8(heard.lock().unwrap().clone()).unwrap();
    let requests: Vec<&str> = said.lines().filter(|line| line.ends_with(" HTTP/1.1")).collect();
    let paths = ["87554", "prefix-rules", "official-numbers"];
    assert_eq!(requests, paths.map(|path| format!("GET /api/v1/checks/private/{path} HTTP/1.1")));
    let known = ["host:", "authorization: bearer ", "accept:"];
    for line in said.to_lowercase().lines().filter(|line| !line.is_empty() && !line.starts_with("get ")) {
        assert!(known.iter().any(|known| line.starts_with(known)), "{line}");
    }
    // Neither the number nor one more digit of its key.
    let without_token = said.replace(resident.access_token.as_deref().unwrap(), "");
    for told in ["8001380", "875549"] {
        assert!(!without_token.contains(told), "{told} in {without_token}");
    }
    let metrics = service.anonymous().get("/metrics").await.expect(200).text;
    assert!(metrics.contains(r#"route="/api/v1/checks/private/{prefix}""#) && !metrics.contains("87554"), "{metrics}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn access_lines_name_the_route_and_no_prefix() {
    let service = service().await;
    let resident = service.resident("zhang").await;
    for prefix in prefixes(20) {
        bucket(&resident, &prefix).await;
    }
    resident.get("/api/v1/checks/private/no-prefix").await.expect_problem(404, "not_found");
    let folder = service.stop().await;
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    let lines: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let private: Vec<&Value> = lines.iter().filter(|line| line["route"] == "/api/v1/checks/private/{prefix}").collect();
    assert_eq!(private.len(), 23);
    for line in private {
        let names: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["bytes", "kind", "method", "micros", "request_id", "route", "status", "timestamp"]);
    }
    let sizes: BTreeSet<u64> = lines
        .iter()
        .filter(|line| line["status"] == 200)
        .filter_map(|line| line["route"].as_str()?.contains("{prefix}").then(|| line["bytes"].as_u64())?)
        .collect();
    assert_eq!(sizes.len(), 1, "{sizes:?}");
    assert!(!log.contains("checks/private/0") && !log.contains("no-prefix"));
}

#[tokio::test(flavor = "multi_thread")]
async fn private_checks_of_one_person_are_limited() {
    let service = TestService::start_with(|config| {
        config.limits.private_checks_per_person_hour = 3.try_into().unwrap();
    })
    .await;
    let resident = service.resident("zhang").await;
    for _ in 0..3 {
        bucket(&resident, "87554").await;
    }
    let refused = resident.get("/api/v1/checks/private/87555").await.expect_problem(429, "too_many_requests");
    assert!(refused.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() > 60);
    let ordinary = json!({ "kind": "phone", "value": "13812345678" });
    resident.post("/api/v1/checks", ordinary).await.expect(200);
    bucket(&service.resident("li").await, "87554").await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_small_lists_are_sent_again_only_when_they_changed() {
    let service = service().await;
    let resident = service.resident("zhang").await;
    let get = async |path: &str, tag: &str| {
        let path = format!("/api/v1/checks/private/{path}");
        resident.send_with(reqwest::Method::GET, &path, None, &[("if-none-match", tag)]).await
    };
    let rules = get("prefix-rules", "\"none\"").await.expect(200);
    assert_eq!(rules.body, json!({ "rules": [] }));
    let tag = rules.headers["etag"].to_str().unwrap().to_owned();
    let same = get("prefix-rules", &tag).await.expect(304);
    assert_eq!((same.text.as_str(), same.headers["etag"].to_str().unwrap()), ("", tag.as_str()));
    service.import(ListKind::Blacklist, SubjectKind::Phone, "13812345678\n").await;
    get("prefix-rules", &format!("W/\"other\", {tag}")).await.expect(304);
    service.import(ListKind::Blacklist, SubjectKind::Phone, "17012*\n").await;
    let rules = get("prefix-rules", &tag).await.expect(200).body;
    let rule = json!({ "prefix": "+8617012*", "verdict": "fraud", "fraud_type": "T02", "severity": null, "owner": null,
        "first_seen": null, "last_seen": null });
    assert_eq!(rules, json!({ "rules": [rule] }));
    let official = get("official-numbers", "\"none\"").await.expect(200).body;
    let numbers = official["numbers"].as_array().unwrap();
    let known = |number: &str| {
        let key = hex::encode(LookupKey::of(SubjectKind::Phone, number).0);
        numbers.iter().find(|one| one["key"] == key.as_str()).unwrap_or_else(|| panic!("{number} in {official}"))
    };
    assert_eq!(known("cn:96110")["number"], "cn:96110");
    assert!(known("cn:110")["owner"].as_str().unwrap().contains("公安"));
    assert!(!official.to_string().contains("13812345678"), "only what is official");
    service.stop().await;
}
