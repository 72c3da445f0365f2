//! After an erasure nothing leads to the person.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use aho_corasick::AhoCorasick;
use chrono::{NaiveDate, TimeDelta, Utc};
use domain::{
    SubjectKind,
    person::{ConsentBasis, PhoneProof, Purpose, TagSource},
};
use harness::{
    Backend, Client, Installation,
    privacy::{Scanner, assert_none, bytes_of},
    program::until,
};
use serde_json::json;
use store::{
    Db, Store,
    parity::{rows_as_text, value_of},
    persons::{
        NewConsent, consent_give, person_erase, person_find, person_name_set, person_phone_set, persons_of_phones,
        persons_settle, resident_sign_in, tags_set,
    },
    sessions::{HolderKind, NewSession, session_create},
    sign_ups::{SignUpOrigin, sign_up_add},
    warnings::{NewWarning, WarningReason, warnings_add},
};

use super::{
    PERSONS, Places, elderly,
    people::People,
    planted::{login, name, openid, phone},
    redis_url, server_files,
};

/// A resident of whom everything is known that can be.
fn whole_person(store: &Store) -> String {
    let (now, keyring) = (Utc::now(), &store.keyring);
    let written = store.db.write_blocking(|connection| {
        let resident = resident_sign_in(connection, keyring, "oErased", now)?;
        let public_id = resident.public_id.to_string();
        let person = person_find(connection, keyring, &public_id)?.unwrap();
        person_phone_set(connection, keyring, &person, &phone(0), PhoneProof::Sms, now)?;
        person_name_set(connection, keyring, &person, Some(&name(0)))?;
        let consent = NewConsent {
            purpose: Purpose::Warnings,
            version: "2026-11",
            basis: ConsentBasis::Attested,
            given_by: "officer",
            reason: Some("不识字"),
        };
        consent_give(connection, keyring, &person, consent, now)?;
        tags_set(connection, person.id, &[elderly()], TagSource::Own, now)?;
        let warning = NewWarning {
            kind: SubjectKind::Phone,
            canonical: "+8613812345678".to_owned(),
            fraud_type: "T02".to_owned(),
            reason: WarningReason::Checked,
            day: NaiveDate::from_ymd_opt(2026, 11, 24).unwrap(),
            created_at: now,
        };
        warnings_add(connection, keyring, &public_id, &[warning])?;
        let origin = SignUpOrigin { device: Some("device".into()), address: Some("203.0.113.7".into()), officer: None };
        sign_up_add(connection, keyring, person.id, &origin, now)?;
        let (holder_kind, expires_at) = (HolderKind::Resident, now + TimeDelta::days(90));
        let session = NewSession { holder_kind, holder_id: person.id, token_hash: [0xe5; 32], now, expires_at };
        session_create(connection, &session)?;
        persons_settle(connection, keyring, &[person.id], &[&phone(0)], now)?;
        Ok(public_id)
    });
    written.unwrap()
}

/// The files of SQLite.
fn raw(folder: &Path) -> Vec<Vec<u8>> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.to_string_lossy().contains(".sqlite")).map(|path| bytes_of(&path)).collect()
}

/// Every ciphertext, key, index and hash in these tables, as hex.
fn secrets(db: &Db, tables: &[&str]) -> BTreeSet<String> {
    let rows = db.run_blocking(rows_as_text).unwrap();
    let rows = tables.iter().flat_map(|table| &rows[*table]);
    let words = rows.flat_map(|row| row.split(|letter: char| !letter.is_ascii_hexdigit()));
    words.filter(|word| word.len() >= 32).map(str::to_owned).collect()
}

#[test]
fn nothing_that_leads_to_an_erased_person_is_left() {
    let installation = Installation::new();
    let store = installation.store();
    let keyring = &store.keyring;
    let public_id = whole_person(&store);
    let tables = ["persons", "warnings", "consents", "sign_ups", "refresh_tokens"];
    let mut gone = secrets(&store.db, &tables);
    gone.remove(&public_id);
    // Key, openid and its index, phone and its index, name; canonical, its index, its outward id; reason; device and
    // address; hash of the refresh token.
    assert_eq!(gone.len(), 6 + 3 + 1 + 2 + 1, "{gone:?}");
    // It is on the disk now, wherever it will be looked for after the erasure.
    let lies = |secret: &str, files: &[Vec<u8>]| {
        let bytes = hex::decode(secret).unwrap();
        files.iter().any(|file| file.windows(bytes.len()).any(|window| window == bytes))
    };
    // Outward ids are text.
    let sealed: Vec<&String> = gone.iter().filter(|secret| hex::decode(secret).is_ok()).collect();
    let sqlite = Backend::current() == Backend::Sqlite;
    if sqlite {
        let files = raw(installation.folder.path());
        let seen = sealed.iter().filter(|secret| lies(secret, &files)).count();
        assert!(seen >= gone.len() - 1, "{seen} of {} are found before", gone.len());
    }

    store
        .db
        .write_blocking(|connection| {
            let person = person_find(connection, keyring, &public_id)?.unwrap();
            person_erase(connection, &person, Utc::now())?;
            persons_settle(connection, keyring, &[person.id], &[&phone(0)], Utc::now())
        })
        .unwrap();
    let rows = store.db.run_blocking(rows_as_text).unwrap();
    for (table, rows) in &rows {
        let text = rows.join("\n");
        for secret in &gone {
            assert!(!text.contains(secret.as_str()), "{secret} is left in {table}");
        }
        let named = text.contains(&public_id);
        assert!(!named || ["persons", "audit_log"].contains(&table.as_str()), "{table} names the person");
    }
    for table in ["warnings", "sign_ups", "person_tags", "refresh_tokens"] {
        assert_eq!(rows[table].len(), 0, "{table}");
    }
    assert_eq!(rows["consents"].len(), 1, "that they agreed, and until when, stays");
    if sqlite {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(store.db.empty_log()).unwrap();
        let files = raw(installation.folder.path());
        for secret in sealed {
            assert!(!lies(secret, &files), "{secret} still lies in the file");
        }
    }
    store
        .db
        .write_blocking(|connection| {
            assert!(person_find(connection, keyring, &public_id)?.is_none());
            assert!(persons_of_phones(connection, keyring, &[&phone(0)])?.is_empty());
            let again = resident_sign_in(connection, keyring, "oErased", Utc::now())?;
            assert_ne!(again.public_id.to_string(), public_id, "who comes back is somebody new");
            Ok(())
        })
        .unwrap();
}

/// Those of these secrets whose bytes lie in these files.
fn lying<'a>(secrets: &'a BTreeSet<String>, files: &[Vec<u8>]) -> BTreeSet<&'a String> {
    let all: Vec<&String> = secrets.iter().collect();
    let sought = AhoCorasick::new(all.iter().map(|secret| hex::decode(secret).unwrap())).unwrap();
    files.iter().flat_map(|file| sought.find_iter(file)).map(|hit| all[hit.pattern().as_usize()]).collect()
}

/// What is only there because of somebody: ciphertexts, keys, indexes and hashes, but not outward ids.
fn secrets_of_somebody(db: &Db, before: &BTreeSet<String>, ids: &[String]) -> BTreeSet<String> {
    let tables = ["persons", "warnings", "consents", "sign_ups", "refresh_tokens", "phone_codes", "idempotency_keys"];
    let mut found = secrets(db, &tables);
    // Of the audit log nothing is sealed but the purposes.
    let purposes = match Backend::current() {
        Backend::Sqlite => "(select lower(group_concat(hex(purpose), ' ')) from audit_log where purpose is not null)",
        Backend::Postgres => "(select string_agg(encode(purpose, 'hex'), ' ') from audit_log)",
    };
    let purposes = db.run_blocking(|connection| value_of(connection, purposes)).unwrap();
    found.extend(purposes.split(' ').map(str::to_owned));
    let is_bytes = |word: &String| word.len().is_multiple_of(2);
    found.into_iter().filter(|word| is_bytes(word) && !before.contains(word) && !ids.contains(word)).collect()
}

/// Number of who is erased, and of the member of the family who is known through them alone.
const GONE: [usize; 2] = [PERSONS + 1, PERSONS + 2];

/// Registers, is warned, names a member, is looked at; returns the outward ids of both.
async fn is_known(people: &People) -> (Client, Vec<String>) {
    let code = people.lead.get("/api/v1/console/registration-code").await.expect(200).body["code"].clone();
    let [gone, member] = GONE;
    let resident = people.resident(gone, code.as_str().unwrap(), "a-device-of-their-own").await;
    let check = json!({ "kind": "phone", "value": "13812345678" });
    for _ in 0..200 {
        if resident.post("/api/v1/checks", check.clone()).await.expect(200).body["warning_saved"] == true {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(resident.get("/api/v1/warnings").await.body["items"].as_array().unwrap().len(), 1);
    let named = json!({ "relation": "parent", "name": name(member), "phone": phone(member), "birth_year": 1940 });
    resident.post("/api/v1/family-members", named).await.expect(201);
    let (store, keyring) = (people.installation.store(), people.installation.store().keyring);
    let phones = [phone(gone), phone(member)];
    let found = store
        .db
        .run_blocking(|connection| persons_of_phones(connection, &keyring, &phones.each_ref().map(String::as_str)));
    let ids: Vec<String> = found.unwrap().iter().map(|person| person.public_id.to_string()).collect();
    let contact = format!("/api/v1/console/residents/{}/contact", ids[0]);
    let purpose = json!({ "purpose": format!("{}来电{}", name(gone), phone(gone)) });
    people.lead.post(&contact, purpose).await.expect(200);
    let log = resident.get("/api/v1/me/access-log").await.expect(200);
    assert!(log.text.contains(&name(gone)), "the person reads the purpose: {}", log.text);
    (resident, ids)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_erases_themselves_over_http_is_found_nowhere_afterwards() {
    let installation = Installation::new();
    People::ground(&installation);
    let list = installation.folder.path().join("list.txt");
    fs::write(&list, "13812345678\n").unwrap();
    let list = list.to_string_lossy();
    installation.command(&["import", "blacklist", &list, "--kind", "phone", "--fraud-type", "T02", "--source", "x"]);
    let db = installation.store().db;
    let files = server_files(&db);
    let server = installation.server_with(&[("GOLDEN_BELL_LOG__FILTER", "debug")]);
    let people = People::meet(installation, &server.url).await;
    let tables: Vec<String> = db.run_blocking(rows_as_text).unwrap().into_keys().collect();
    let before = secrets(&db, &tables.iter().map(String::as_str).collect::<Vec<_>>());

    let (resident, ids) = is_known(&people).await;
    let gone = secrets_of_somebody(&db, &before, &ids);
    // Of the person key, openid, phone, name and two indexes; of the member key, phone, name and an index; canonical, index and
    // outward id of the warning; device and address; refresh token; purpose.
    assert!(gone.len() >= 17, "{}: {gone:?}", gone.len());
    let folder = people.installation.folder.path().to_owned();
    let on_disk = |files: Option<&harness::postgres_files::PostgresFiles>| match files {
        Some(files) => files.bytes_of_tables(&db),
        None => raw(&folder),
    };
    let seen = lying(&gone, &on_disk(files.as_ref())).len();
    assert!(seen + 2 >= gone.len(), "{seen} of {} are found before", gone.len());

    resident.delete("/api/v1/me").await.expect(204);
    let rows = db.run_blocking(rows_as_text).unwrap();
    for (table, rows) in &rows {
        let text = rows.join("\n");
        for secret in &gone {
            assert!(!text.contains(secret.as_str()), "{secret} is left in {table}");
        }
        let stay = ["persons", "audit_log", "consents"].contains(&table.as_str());
        assert!(stay || ids.iter().all(|id| !text.contains(id)), "{table} names the person");
    }
    db.empty_log().await.unwrap();
    let cleaned = until(Duration::from_secs(20), || {
        // What `autovacuum` does in time. A row that a transaction of the running server could still see is left by one.
        if Backend::current() == Backend::Postgres {
            db.execute_blocking("vacuum full").unwrap();
        }
        lying(&gone, &on_disk(files.as_ref())).is_empty().then_some(())
    });
    assert!(cleaned.is_some(), "left on the disk: {:?}", lying(&gone, &on_disk(files.as_ref())));

    let [one, member] = GONE;
    let values = [phone(one), name(one), openid(one), phone(member), name(member), "a-device-of-their-own".to_owned()];
    let scanner = Scanner::new(values);
    let places = Places { installation: &people.installation, db: &db, server: files, redis_url: redis_url() };
    assert_none(&places.scan(&scanner));
    resident.get("/api/v1/me").await.expect_problem(401, "unauthenticated");
    let listed = people.lead.get("/api/v1/console/residents?division=411602000000").await.expect(200);
    assert!(!listed.text.contains(&ids[0]), "{}", listed.text);
    let again = Installation::resident(&server.url, &login(one)).await;
    assert_eq!(again.get("/api/v1/me").await.expect(200).body["registered"], false, "who comes back is somebody new");
}
