//! golden-bell keys, with servers and residents about.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use chrono::{NaiveDate, Utc};
use domain::person::{ConsentBasis, Origin, PhoneProof, Purpose, TagSource};
use harness::{Backend, Client, Installation, program::until};
use keyring::{KeyState, Keyring};
use serde_json::json;
use store::{
    Store,
    officers::{officer_find, officer_phone_taken, officer_profile_set, officer_secrets},
    persons::{AddedBy, NewPerson, person_seal, persons_add, persons_of_phones, persons_page},
    responsibilities::{NewAssignment, responsibility_add},
    rotation::{Part, Rows, key_uses, persons_reseal},
    servers::{servers_beat, servers_leave},
};

pub(super) const PERSONS: usize = 3_000;
pub(super) const LISTED: &str = "+8613812345678";

pub(super) fn phone(number: usize) -> String {
    format!("+86139{:08}", 12_340_000 + 7 * number)
}

/// Persons with phone, name and an attested consent, as an officer registers them.
pub(super) fn plant(store: &Store, persons: usize) -> Vec<i64> {
    let sealed: Vec<_> = (0..persons)
        .map(|number| {
            let new = NewPerson {
                origin: Origin::Officer,
                division: Installation::village(),
                phone: phone(number),
                phone_proof: Some(PhoneProof::Attested),
                name: Some(format!("王{number}")),
                birth_year: Some(1950),
                tags: Vec::new(),
                consents: vec![Purpose::Warnings],
            };
            person_seal(&store.keyring, new, Some("不识字")).unwrap()
        })
        .collect();
    let by = AddedBy {
        basis: ConsentBasis::Attested,
        given_by: "officer",
        reason: Some("不识字"),
        tag_source: TagSource::Officer,
        officer: None,
        registered: true,
    };
    let keyring = &store.keyring;
    store.db.write_blocking(|connection| persons_add(connection, keyring, &sealed, by, Utc::now(), &|_, _| ())).unwrap()
}

/// How many persons there are, and how many lie under the master key of `keyring`.
pub(super) fn under(store: &Store, keyring: &Keyring) -> (u64, u64) {
    let current = keyring.master_keys().find(|(_, state)| *state == KeyState::Current).unwrap().0;
    let uses = store.db.run_blocking(key_uses).unwrap();
    let persons = uses.iter().filter(|used| used.table == "persons");
    let all = persons.clone().map(|used| used.rows).sum();
    (all, persons.filter(|used| used.key == current).map(|used| used.rows).sum())
}

/// Residents who read their inbox and sign in, over and over. Each failure is told.
pub(super) struct Readers {
    stop: Arc<AtomicBool>,
    reads: Arc<AtomicUsize>,
    running: Vec<tokio::task::JoinHandle<Vec<String>>>,
}

impl Readers {
    pub(super) async fn start(url: &str, names: &[String]) -> Self {
        let (stop, reads) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let mut running = Vec::new();
        for name in names {
            let mut client = Installation::resident(url, name).await;
            let (name, url, stop, reads) = (name.clone(), url.to_owned(), stop.clone(), reads.clone());
            running.push(tokio::spawn(async move {
                let mut failures = Vec::new();
                let mut round = 0;
                while !stop.load(Ordering::Relaxed) {
                    let inbox = client.get("/api/v1/warnings").await;
                    if inbox.status != 200 || inbox.body["items"][0]["canonical"] != LISTED {
                        failures.push(format!("inbox of {name}: {} {}", inbox.status, inbox.text));
                    }
                    // WeChat lets a user sign in a hundred times a minute.
                    round += 1;
                    if round % 40 == 0 {
                        let code = json!({ "code": format!("demo-{name}") });
                        let session = Client::anonymous(&url).post("/api/v1/sessions", code).await;
                        if session.status == 200 {
                            client = client.with_tokens(&session.body);
                        } else {
                            failures.push(format!("sign-in of {name}: {} {}", session.status, session.text));
                        }
                    }
                    reads.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                failures
            }));
        }
        Self { stop, reads, running }
    }

    pub(super) async fn stop(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        for reader in self.running {
            let failures = reader.await.unwrap();
            assert!(failures.is_empty(), "{} failures, the first: {:?}", failures.len(), failures.first());
        }
        self.reads.load(Ordering::Relaxed)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_rotation_goes_on_under_readers_and_then_needs_the_older_keys_no_more() {
    let installation = Installation::new();
    let list = installation.folder.path().join("list.txt");
    std::fs::write(&list, "13812345678\n").unwrap();
    let list = list.to_string_lossy();
    installation.command(&["import", "blacklist", &list, "--kind", "phone", "--fraud-type", "T02", "--source", "x"]);
    installation.command(&["create", "officer", "li.lei", "--role", "city_lead"]);
    installation.command(&["create", "upstream-key", "henan-mobile"]);
    let server = installation.server();
    let names: Vec<String> = (0..8).map(|number| format!("resident-{number}")).collect();
    for name in &names {
        let resident = Installation::resident(&server.url, name).await;
        let check = json!({ "kind": "phone", "value": "13812345678" });
        until_saved(&resident, &check).await;
    }
    let before = installation.store();
    plant(&before, PERSONS);
    let all = u64::try_from(PERSONS + names.len()).unwrap();
    assert_eq!(under(&before, &before.keyring), (all, all));

    let readers = Readers::start(&server.url, &names).await;
    let mut rotation = installation.start(&["keys", "rotate", "--blind-index", "--token"]);
    let moving = until(Duration::from_secs(60), || {
        let (all, old) = under(&before, &before.keyring);
        (old < all).then_some(old)
    });
    rotation.kill().unwrap();
    rotation.wait().unwrap();
    moving.expect("the rotation begins");
    let (_, old) = under(&before, &before.keyring);
    assert!(old > 0, "it was killed before its end");
    let status = installation.command(&["keys", "status"]).join("\n");
    assert!(status.contains("`golden-bell keys rotate` brings them over"), "{status}");

    let printed = installation.command(&["keys", "rotate"]).join("\n");
    assert!(printed.contains("a rotation is under way"), "{printed}");
    assert!(printed.contains("1 of 1 live servers"), "{printed}");
    assert!(printed.contains("left 0"), "{printed}");
    assert_eq!(under(&before, &before.keyring), (all, 0));
    let printed = installation.command(&["keys", "finish", "--yes"]).join("\n");
    assert!(printed.contains("the older keys are removed"), "{printed}");
    let reads = readers.stop().await;
    assert!(reads > 100, "{reads} reads were made meanwhile");

    let after = installation.store();
    assert_eq!((after.keyring.master_keys().count(), after.keyring.blind_index_keys().count()), (1, 1));
    assert_eq!(under(&after, &after.keyring), (all, all));
    // Every row is still readable, is found, and cannot be read with the keys of before.
    let keyring = &after.keyring;
    let found = after.db.run_blocking(|connection| {
        let villages = [Installation::village().to_string()];
        let all = persons_page(connection, keyring, &villages, None, i64::try_from(PERSONS).unwrap())?;
        assert!(persons_page(connection, &before.keyring, &villages, None, 1).is_err());
        for person in &all {
            let phone = person.phone.as_deref().unwrap();
            assert_eq!(persons_of_phones(connection, keyring, &[phone])?.len(), 1);
        }
        assert!(persons_of_phones(connection, &before.keyring, &[&phone(0)]).is_ok_and(|found| found.is_empty()));
        assert!(officer_secrets(connection, keyring, "li.lei")?.is_some());
        Ok(all)
    });
    let found: Vec<_> = found.unwrap().into_iter().map(|person| (person.phone, person.name)).collect();
    let planted = (0..PERSONS).map(|number| (Some(phone(number)), Some(format!("王{number}"))));
    assert_eq!(found, planted.collect::<Vec<_>>());
    // The same openid is the same resident, with the same inbox, also for a server that never knew the older keys.
    let (_, well) = server.terminate();
    assert!(well);
    let server = installation.server();
    for name in &names {
        let inbox = Installation::resident(&server.url, name).await.get("/api/v1/warnings").await.expect(200).body;
        assert_eq!(inbox["items"].as_array().unwrap().len(), 1);
        assert_eq!(inbox["items"][0]["canonical"], LISTED);
    }
    assert_eq!(under(&after, &after.keyring), (all, all), "nobody was made anew");
}

/// A new server may not have read the lists yet.
pub(super) async fn until_saved(resident: &Client, check: &serde_json::Value) {
    for _ in 0..200 {
        if resident.post("/api/v1/checks", check.clone()).await.expect(200).body["warning_saved"] == true {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no warning was saved");
}

#[test]
fn a_rotation_waits_for_servers_that_do_not_have_the_new_keys_and_goes_on_later() {
    let installation = Installation::new();
    let store = installation.store();
    plant(&store, 10);
    let beat = || store.db.write_blocking(|connection| servers_beat(connection, "far-away", "0123", Utc::now()));
    beat().unwrap();
    let complaint = installation.refused(&["keys", "rotate", "--wait-seconds", "0"]);
    assert!(complaint.contains("1 of 1 live servers do not use keys") && complaint.contains("far-away"), "{complaint}");
    assert!(installation.keyring().is_prepared());
    assert_eq!(under(&store, &store.keyring), (10, 10), "nothing was moved");
    assert!(installation.refused(&["keys", "finish", "--yes"]).contains("a rotation is under way"));

    store.db.write_blocking(|connection| servers_leave(connection, "far-away")).unwrap();
    installation.command(&["keys", "rotate"]);
    assert_eq!(under(&store, &store.keyring), (10, 0));
    assert!(installation.refused(&["keys", "finish"]).contains("say --yes"));
    installation.command(&["keys", "finish", "--yes"]);
    assert!(installation.command(&["keys", "finish", "--yes"]).join("").contains("there are no older keys"));
}

#[test]
fn a_change_of_suite_seals_everything_anew() {
    let installation = Installation::without_key_file();
    installation.command(&["create", "administrator", "admin"]);
    let before = installation.store();
    plant(&before, 250);
    let keyring = &before.keyring;
    before
        .db
        .write_blocking(|connection| {
            let admin = officer_secrets(connection, keyring, "admin")?.unwrap().public_id.to_string();
            let admin = officer_find(connection, keyring, &admin)?.unwrap();
            officer_profile_set(connection, keyring, &admin, Some("李雷"), Some(LISTED))?;
            let new = NewAssignment {
                name: "韩梅梅".to_owned(),
                phone: LISTED.to_owned(),
                post: "网格员".to_owned(),
                division: Installation::village(),
                patch: None,
                from_day: NaiveDate::from_ymd_opt(2026, 11, 24).unwrap(),
                to_day: None,
            };
            responsibility_add(connection, keyring, &new, "operator:", Utc::now())
        })
        .unwrap();
    installation.command(&["keys", "rotate", "--suite", "sm4-gcm"]);
    installation.command(&["keys", "finish", "--yes"]);
    let after = installation.store();
    assert_eq!(after.keyring.suite().to_string(), "sm4-gcm");
    let (keyring, all) = (&after.keyring, Part { rows: Rows::All, after: 0, limit: 1_000 });
    let step = after.db.write_blocking(|connection| persons_reseal(connection, keyring, all));
    let step = step.unwrap();
    assert_eq!((step.seen, step.changed, step.stuck), (250, 0, 0), "nothing is left to seal anew");
    let rows = after.db.run_blocking(store::parity::rows_as_text).unwrap();
    let bytes = |row: &str| -> Vec<String> {
        let words = row.split(|letter: char| !letter.is_ascii_hexdigit());
        words.filter(|word| word.len() > 64).map(str::to_owned).collect()
    };
    let sealed: Vec<String> = ["persons", "consents", "officers", "responsibility_assignments"]
        .iter()
        .flat_map(|table| &rows[*table])
        .flat_map(|row| bytes(row))
        .collect();
    assert_eq!(
        sealed.len(),
        4 * 250 + 4 + 3,
        "of persons key, phone, name and reason; of the officer key, secret, name and phone; of who answers key, name and phone"
    );
    let taken = after.db.run_blocking(|connection| officer_phone_taken(connection, keyring, LISTED, None));
    assert!(taken.unwrap(), "found under the new index");
    assert!(sealed.iter().all(|value| value.starts_with("02")), "each begins with the number of the new suite");
}

#[test]
fn keys_in_the_development_database_are_exchanged_too() {
    if Backend::current() == Backend::Sqlite {
        return;
    }
    let installation = Installation::without_key_file();
    let _server = installation.server();
    let before = installation.store();
    plant(&before, 10);
    let printed = installation.command(&["keys", "rotate", "--blind-index"]).join("\n");
    assert!(printed.contains("the development database") && printed.contains("1 of 1 live servers"), "{printed}");
    installation.command(&["keys", "finish", "--yes"]);
    assert!(!installation.key_file().exists());
    let after = installation.store();
    assert_eq!(under(&after, &after.keyring), (10, 10));
}
