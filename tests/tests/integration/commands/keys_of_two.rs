//! golden-bell keys while two servers answer over one database.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use harness::{Backend, Client, Installation};
use keyring::Keyring;
use serde_json::json;
use store::{
    Store,
    audit_log::audit_log_of_person,
    parity::{rows_as_text, value_of},
    persons::{persons_of_phones, persons_page},
};

use super::keys::{LISTED, PERSONS, Readers, phone, plant, under, until_saved};

const PURPOSE: &str = "回访王先生";

/// An officer who lists residents and looks at one of them, over and over.
fn look_on(client: Client, stop: Arc<AtomicBool>) -> tokio::task::JoinHandle<(usize, Vec<String>)> {
    tokio::spawn(async move {
        let (mut looks, mut failures) = (0, Vec::new());
        let list = format!("/api/v1/console/residents?division={}&limit=20", Installation::village());
        while !stop.load(Ordering::Relaxed) {
            let listed = client.get(&list).await;
            let id = listed.body["items"][looks % 20]["id"].as_str().unwrap_or_default().to_owned();
            let purpose = json!({ "purpose": PURPOSE });
            let seen = client.post(&format!("/api/v1/console/residents/{id}/contact"), purpose).await;
            if seen.status != 200 || seen.body["phone"] != phone(looks % 20) {
                failures.push(format!("{} {} {}", listed.status, seen.status, seen.text));
            }
            looks += 1;
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        (looks, failures)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_exchanged_under_two_servers_and_every_read_meanwhile_succeeds() {
    if Backend::current() == Backend::Sqlite {
        // One server at a time works on a data folder.
        return;
    }
    let installation = Installation::new();
    let list = installation.folder.path().join("list.txt");
    std::fs::write(&list, "13812345678\n").unwrap();
    let list = list.to_string_lossy();
    installation.command(&["import", "blacklist", &list, "--kind", "phone", "--fraud-type", "T02", "--source", "x"]);
    installation.command(&["create", "upstream-key", "henan-mobile"]);
    let before = installation.store();
    plant(&before, PERSONS);
    let units = installation.folder.path().join("units.csv");
    let village = Installation::village();
    std::fs::write(&units, format!("name,kind,parent,divisions\n一队,community_team,,{village}\n")).unwrap();
    installation.command(&["import", "units", &units.to_string_lossy()]);
    // Both answer; one of them is no worker and takes the keys into use all the same.
    let servers = [installation.server(), installation.server_with(&[("GOLDEN_BELL_ROLES__WORKER", "false")])];
    let names: Vec<String> = (0..6).map(|number| format!("resident-{number}")).collect();
    for name in &names {
        let resident = Installation::resident(&servers[0].url, name).await;
        until_saved(&resident, &json!({ "kind": "phone", "value": "13812345678" })).await;
    }
    let stop = Arc::new(AtomicBool::new(false));
    let mut looking = Vec::new();
    for (server, name) in servers.iter().zip(["li.lei", "han.mei"]) {
        looking.push(look_on(installation.officer(&server.url, name, "community_officer", "一队").await, stop.clone()));
    }
    let readers =
        [Readers::start(&servers[0].url, &names[..3]).await, Readers::start(&servers[1].url, &names[3..]).await];

    let printed =
        installation.command(&["keys", "rotate", "--blind-index", "--token", "--suite", "sm4-gcm"]).join("\n");
    assert_eq!(printed.matches("2 of 2 live servers").count(), 2, "{printed}");
    let printed = installation.command(&["keys", "finish", "--yes"]).join("\n");
    assert!(printed.contains("the older keys are removed"), "{printed}");
    for readers in readers {
        let reads = readers.stop().await;
        assert!(reads > 50, "{reads} reads were made meanwhile");
    }
    stop.store(true, Ordering::Relaxed);
    for looking in looking {
        let (looks, failures) = looking.await.unwrap();
        assert!(failures.is_empty(), "{} of {looks} looks failed, the first: {:?}", failures.len(), failures.first());
        assert!(looks > 20, "{looks} looks were taken meanwhile");
    }
    nothing_is_left_under(&before, &installation.store());
    for (server, name) in servers.iter().zip(&names) {
        let inbox = Installation::resident(&server.url, name).await.get("/api/v1/warnings").await.expect(200).body;
        assert_eq!(inbox["items"][0]["canonical"], LISTED);
    }
}

/// Nothing begins with the mark of an older key, nothing is found under an older index, and all opens with the new keys alone.
fn nothing_is_left_under(before: &Store, after: &Store) {
    let all = u64::try_from(PERSONS + 6).unwrap();
    assert_eq!(under(after, &after.keyring), (all, all));
    let (old, new): (&Keyring, &Keyring) = (&before.keyring, &after.keyring);
    let marks = [hex::encode(old.seal_header()), hex::encode(new.seal_header())];
    let rows = after.db.run_blocking(rows_as_text).unwrap();
    let bearing = |mark: &str| -> Vec<&String> {
        rows.iter().filter(|(_, rows)| rows.iter().any(|row| row.contains(mark))).map(|(table, _)| table).collect()
    };
    assert_eq!(bearing(&marks[0]), Vec::<&String>::new(), "tables with rows under the older key");
    assert_eq!(bearing(&marks[1]), ["officers", "persons", "upstream_keys"]);
    // What lies under the persons' own keys was sealed anew with the new suite.
    let older = "(select count(*)::text from audit_log where substr(encode(purpose, 'hex'), 1, 2) <> '02')";
    assert_eq!(after.db.run_blocking(|connection| value_of(connection, older)).unwrap(), "0");
    let purposes = after.db.run_blocking(|connection| {
        let villages = [Installation::village().to_string()];
        let persons = persons_page(connection, new, &villages, None, i64::try_from(PERSONS).unwrap())?;
        assert_eq!(persons.len(), PERSONS);
        let mut purposes = Vec::new();
        for (number, person) in persons.iter().enumerate() {
            assert_eq!(person.phone, Some(phone(number)));
            assert_eq!(persons_of_phones(connection, new, &[&phone(number)])?.len(), 1);
            purposes.extend(audit_log_of_person(connection, new, person)?.into_iter().filter_map(|row| row.purpose));
        }
        assert!(persons_of_phones(connection, old, &[&phone(0)]).is_ok_and(|found| found.is_empty()));
        Ok(purposes)
    });
    let purposes = purposes.unwrap();
    assert!(purposes.len() > 40 && purposes.iter().all(|purpose| purpose == PURPOSE), "{}", purposes.len());
}
