//! Residents by file: all rows or none, with progress for who asks for it.

use harness::{Client, Reply};
use reqwest::Method;
use serde_json::{Value, json};
use store::persons::all_phones_hold;

use super::people::{self, OTHER_VILLAGE, VILLAGE};

const IMPORTS: &str = "/api/v1/console/residents/imports";
const LINES: [(&str, &str); 1] = [("accept", "application/json;q=0.1, application/x-ndjson")];

async fn upload(client: &Client, path: &str, csv: &str) -> Reply {
    client.send(Method::POST, path, Some(("text/csv", csv.as_bytes().to_vec()))).await
}

/// The lines of a reply that tells progress.
async fn lines(client: &Client, path: &str, file: Vec<u8>) -> Vec<Value> {
    let reply = client.send_with(Method::POST, path, Some(("text/csv", file)), &LINES).await.expect(200);
    assert_eq!(reply.headers["content-type"], "application/x-ndjson");
    reply.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A file of so many persons, each with a phone of their own.
fn persons(count: usize) -> String {
    let row = |n: usize| format!("赵{},139{n:08},{VILLAGE},当面同意\n", ["一", "二", "三"][n % 3]);
    format!("name,phone,division,attestation\n{}", (0..count).map(row).collect::<String>())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_taken_whole_or_not_at_all() {
    let service = people::service().await;
    let officer = people::officer(&service, "station_officer").await;
    let row = |n: u32, village: &str| {
        format!(
            "王{},1390013{n:04},{village},1950,独居老人;G05,当面同意\n",
            "一二三四五六七八九十".chars().nth(n as usize % 10).unwrap()
        )
    };
    let header = "姓名,手机号,区划代码,出生年份,人群标签,同意说明\n";
    let good: String = (0..10).map(|n| row(n, VILLAGE)).collect();
    let bad = format!(
        "{header}{good}王十一,12,{VILLAGE},1950,,当面同意\n王十二,13900139999,{OTHER_VILLAGE},1950,,当面同意\n,13900139998,{VILLAGE},x,,\n"
    );
    let report = upload(&officer, IMPORTS, &bad).await.expect(200).body;
    assert_eq!(
        (report["read"].as_u64(), report["added"].as_u64(), report["refused_count"].as_u64()),
        (Some(13), Some(0), Some(3))
    );
    let lines: Vec<u64> =
        report["refused"].as_array().unwrap().iter().map(|one| one["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [12, 13, 14], "{report}");
    assert_eq!(people::counts(&service, VILLAGE).await, (0, 0));

    let file = format!("{header}{good}");
    let dry = upload(&officer, &format!("{IMPORTS}?dry_run=true"), &file).await.expect(200).body;
    assert_eq!((dry["added"].as_u64(), dry["dry_run"].as_bool()), (Some(10), Some(true)));
    assert_eq!(people::counts(&service, VILLAGE).await, (0, 0));
    let done = upload(&officer, IMPORTS, &file).await.expect(200).body;
    assert_eq!((done["added"].as_u64(), done["already"].as_u64()), (Some(10), Some(0)));
    let again = upload(&officer, IMPORTS, &file).await.expect(200).body;
    assert_eq!((again["added"].as_u64(), again["already"].as_u64()), (Some(0), Some(10)));
    assert_eq!(people::counts(&service, VILLAGE).await, (10, 10));
    let village = people::population(&service, VILLAGE).await;
    assert_eq!((village["node"]["tags"]["G02"].as_i64(), village["node"]["reachable"].as_i64()), (Some(10), Some(0)));
    upload(&officer, IMPORTS, "name,phone\n").await.expect_problem(422, "invalid_field");
    people::end(service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_told_line_by_line_and_the_report_last() {
    let service = people::service().await;
    let officer = people::officer(&service, "station_officer").await;
    let said = lines(&officer, IMPORTS, persons(2_500).into()).await;
    let progress = |phase: &str| [1_000, 2_000, 2_500].map(|done| json!({ "phase": phase, "done": done, "of": 2_500 }));
    let (last, before) = said.split_last().unwrap();
    assert_eq!(before, ["reading", "sealing", "writing"].map(progress).concat());
    let report = json!({ "report": { "dry_run": false, "read": 2_500, "added": 2_500, "already": 0, "refused_count": 0, "refused": [] } });
    assert_eq!(*last, report);
    assert_eq!(people::counts(&service, VILLAGE).await, (2_500, 2_500));

    // What is there already, and a dry run, write nothing and say so.
    let again = lines(&officer, IMPORTS, persons(3).into()).await;
    assert_eq!(again.last().unwrap()["report"]["already"], 3);
    assert!(again.iter().all(|line| line["phase"] != "writing"), "{again:?}");
    people::end(service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_comes_as_soon_as_it_is_true() {
    let service = people::service().await;
    let officer = people::officer(&service, "station_officer").await;
    let store = service.store();
    let ((held, is_held), (release, released)) = (std::sync::mpsc::channel(), std::sync::mpsc::channel::<()>());
    let holder = tokio::task::spawn_blocking(move || {
        store.db.write_blocking(|connection| {
            all_phones_hold(connection)?;
            held.send(()).unwrap();
            released.recv().unwrap();
            Ok(())
        })
    });
    is_held.recv().unwrap();
    let mut reply = officer.open(Method::POST, IMPORTS, Some(("text/csv", persons(10).into())), &LINES).await;
    let sealed = json!({ "phase": "sealing", "done": 10, "of": 10 }).to_string();
    let mut heard = String::new();
    while !heard.contains(r#""phase":"sealing""#) {
        heard.push_str(std::str::from_utf8(&reply.chunk().await.unwrap().unwrap()).unwrap());
    }
    assert_eq!(serde_json::from_str::<Value>(heard.lines().last().unwrap()).unwrap().to_string(), sealed);
    release.send(()).unwrap();
    holder.await.unwrap().unwrap();
    let rest = reply.text().await.unwrap();
    assert!(rest.contains("writing") && rest.lines().last().unwrap().contains("report"), "{rest}");
    people::end(service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_before_the_first_row_keeps_its_status_and_what_comes_later_is_the_last_line() {
    let service = people::service().await;
    let officer = people::officer(&service, "station_officer").await;
    let send = async |client: &Client, file: Vec<u8>| {
        client.send_with(Method::POST, IMPORTS, Some(("text/csv", file)), &LINES).await
    };
    send(&service.anonymous(), persons(1).into()).await.expect_problem(401, "unauthenticated");
    let analyst = people::officer_of(&service, "city_analyst", "市中心").await;
    send(&analyst, persons(1).into()).await.expect_problem(403, "forbidden");
    for unreadable in [b"".to_vec(), b"name,phone\n".to_vec(), persons(20_001).into(), b"PK\x03\x04".to_vec()] {
        send(&officer, unreadable).await.expect_problem(422, "invalid_field");
    }

    let bad = format!("{}赵四,12,{VILLAGE},当面同意\n", persons(2));
    let said = lines(&officer, IMPORTS, bad.into()).await;
    let report = &said.last().unwrap()["report"];
    assert_eq!((report["added"].as_u64(), report["refused"][0]["line"].as_u64()), (Some(0), Some(4)), "{report}");
    assert!(said.iter().all(|line| line["phase"] != "sealing"), "{said:?}");

    // A packed file that ends before its checksum: all rows come out, and then it turns out to be damaged.
    let rows = persons(2);
    let length = u16::try_from(rows.len()).unwrap();
    let mut damaged = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    damaged.extend([length.to_le_bytes(), (!length).to_le_bytes()].concat());
    damaged.extend(rows.into_bytes());
    let said = lines(&officer, IMPORTS, damaged).await;
    let problem = &said.last().unwrap()["problem"];
    assert_eq!((problem["code"].as_str(), problem["status"].as_u64()), (Some("invalid_field"), Some(422)), "{said:?}");
    assert!(problem["detail"].as_str().unwrap().contains("没有导入任何内容"), "{problem}");
    assert_eq!(people::counts(&service, VILLAGE).await, (0, 0));
    people::end(service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_leaves_all_rows_and_the_file_sent_again_says_already() {
    let service = people::service().await;
    let officer = people::officer(&service, "station_officer").await;
    let file = persons(2_500);
    let body = Some(("text/csv", file.clone().into_bytes()));
    let mut reply = officer.open(Method::POST, IMPORTS, body, &LINES).await;
    let mut heard = String::new();
    while !heard.contains("writing") {
        let chunk = reply.chunk().await.unwrap().expect("a line about writing");
        heard.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    // The transaction runs, or is just over.
    drop(reply);
    let again = upload(&officer, IMPORTS, &file).await.expect(200).body;
    assert_eq!((again["added"].as_u64(), again["already"].as_u64()), (Some(0), Some(2_500)), "{again}");
    assert_eq!(people::counts(&service, VILLAGE).await, (2_500, 2_500));
    people::end(service).await;
}
