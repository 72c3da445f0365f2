//! Personal data lies nowhere in the open, and nothing leads to who was erased.

use std::{collections::BTreeSet, fs};

use chrono::{NaiveDate, TimeDelta, Utc};
use domain::{
    SubjectKind,
    person::{ConsentBasis, Origin, PhoneProof, Purpose, TagSource},
};
use harness::{
    Backend, Client, Installation, Reply,
    privacy::{Scanner, assert_none, bytes_of},
};
use reqwest::Method;
use serde_json::json;
use store::{
    Db, Store,
    parity::rows_as_text,
    persons::{
        AddedBy, NewConsent, NewPerson, NewTag, consent_give, person_erase, person_find, person_name_set,
        person_phone_set, person_seal, persons_add, persons_of_phones, persons_settle, resident_sign_in, tags_set,
    },
    sessions::{HolderKind, NewSession, session_create},
    sign_ups::{SignUpOrigin, sign_up_add},
    warnings::{NewWarning, WarningReason, warnings_add},
};

const PERSONS: usize = 2_000;
/// Characters rare enough that no place and no text of ours has four of these names.
const RARE: [char; 16] =
    ['犇', '淼', '焱', '垚', '鑫', '翾', '翯', '珺', '旻', '昶', '郗', '弢', '頔', '彧', '勰', '曌'];

fn phone(number: usize) -> String {
    format!("+86198{:08}", 20_000_003 + 30_011 * number)
}

fn name(number: usize) -> String {
    let letter = |place: usize| RARE[number / 16_usize.pow(u32::try_from(place).unwrap()) % 16];
    ['欧', '阳'].into_iter().chain((0..3).map(letter)).collect()
}

fn elderly() -> NewTag {
    NewTag { tag: "elderly".to_owned(), expires_at: None }
}

/// Persons with phone, name and reason, who lie in the store as officers and imports put them there.
fn plant(store: &Store) {
    let person = |number| {
        let new = NewPerson {
            origin: Origin::Officer,
            division: Installation::village(),
            phone: phone(number),
            phone_proof: Some(PhoneProof::Attested),
            name: Some(name(number)),
            birth_year: Some(1950),
            tags: vec![elderly()],
            consents: vec![Purpose::Warnings],
        };
        person_seal(&store.keyring, new, Some(&name(number))).unwrap()
    };
    let sealed: Vec<_> = (0..PERSONS).map(person).collect();
    let by = AddedBy {
        basis: ConsentBasis::Attested,
        given_by: "officer",
        reason: Some("x"),
        tag_source: TagSource::Officer,
        officer: None,
        registered: true,
    };
    let keyring = &store.keyring;
    store
        .db
        .write_blocking(|connection| persons_add(connection, keyring, &sealed, by, Utc::now(), &|_, _| ()))
        .unwrap();
}

/// Errors that somebody makes with personal data at hand.
async fn errors(url: &str, resident: &Client) -> Vec<Reply> {
    let (phone, name, anonymous) = (phone(1), name(1), Client::anonymous(url));
    let json_type = |body: String| Some(("application/json", body.into_bytes()));
    let mut replies = vec![
        anonymous.get(&format!("/api/v1/persons/{phone}?phone={phone}&name={name}")).await,
        anonymous.get(&format!("/{phone}")).await,
        anonymous.post("/api/v1/sessions", json!({ "code": phone })).await,
        anonymous.post("/api/v1/sessions", json!({ "code": [phone], "name": name })).await,
        anonymous.post("/api/v1/sessions/refresh", json!({ "refresh_token": phone })).await,
        anonymous.post("/api/v1/console/sessions", json!({ "username": phone, "password": name, "totp": phone })).await,
        anonymous.post("/api/v1/checks", json!({ "kind": phone, "value": name })).await,
        anonymous.post("/api/v1/checks", json!({ "kind": "phone", "value": format!("{phone}{name}") })).await,
        anonymous
            .send(Method::POST, "/api/v1/checks", json_type(format!("{{\"kind\":\"phone\",\"value\":\"{phone}")))
            .await,
        anonymous.send(Method::POST, "/api/v1/checks", Some(("text/plain", phone.clone().into_bytes()))).await,
        resident.get(&format!("/api/v1/warnings?cursor={phone}")).await,
        resident.get(&format!("/api/v1/warnings?limit={phone}")).await,
    ];
    let header = [("authorization", phone.as_str()), ("x-request-id", phone.as_str()), ("x-key-id", phone.as_str())];
    replies.push(anonymous.send_with(Method::GET, "/api/v1/warnings", None, &header).await);
    replies
}

#[tokio::test(flavor = "multi_thread")]
async fn no_planted_phone_name_or_openid_lies_anywhere_in_the_open() {
    let installation = Installation::new();
    let names: Vec<String> = (0..30).map(|number| format!("planted-{number}")).collect();
    let openids = names.iter().map(|name| sandbox::demo_openid(&format!("demo-{name}")).unwrap());
    let values = (0..PERSONS).flat_map(|number| [phone(number), name(number)]).chain(openids);
    let scanner = Scanner::new(values);

    let server = installation.server_with(&[("GOLDEN_BELL_LOG__FILTER", "debug")]);
    let store = installation.store();
    plant(&store);
    let mut resident = None;
    for (number, name) in names.iter().enumerate() {
        let client = Installation::resident(&server.url, name).await;
        // Residents ask about planted numbers and paste texts that name planted persons.
        let text = json!({ "text": format!("{}让我加微信，回电{}", self::name(number), phone(number)) });
        client.post("/api/v1/checks", text).await.expect(200);
        client.post("/api/v1/checks", json!({ "kind": "phone", "value": phone(number) })).await.expect(200);
        resident = Some(client);
    }
    let resident = resident.unwrap();
    for reply in errors(&server.url, &resident).await {
        assert!(reply.status.as_u16() >= 400, "{}", reply.text);
        assert_none(&scanner.scan("an error reply", reply.text.as_bytes()));
        assert_none(&scanner.scan("headers of an error", format!("{:?}", reply.headers).as_bytes()));
    }
    let metrics = Client::anonymous(&server.url).get("/metrics").await.expect(200);
    assert_none(&scanner.scan("the metrics", metrics.text.as_bytes()));

    // Once with the write-ahead log there, and once after the end.
    let exempt = [app::lists::SNAPSHOT_FOLDER];
    assert_none(&scanner.scan_folder(installation.folder.path(), &exempt));
    let (_, well) = server.terminate();
    assert!(well);
    assert_none(&scanner.scan_folder(installation.folder.path(), &exempt));
    assert_none(&scanner.scan_database(&store.db));
    let redis_url = redis_url();
    if let Some(url) = &redis_url {
        assert_none(&scanner.scan_redis(url));
    }
    the_same_scans_see_what_is_planted(&installation, &scanner, &store.db, redis_url.as_deref());
}

/// A scan that cannot fail proves nothing.
fn the_same_scans_see_what_is_planted(
    installation: &Installation,
    scanner: &Scanner,
    db: &Db,
    redis_url: Option<&str>,
) {
    let phone = phone(PERSONS - 1);
    db.execute_blocking(&format!("insert into development_keys (id, key_file) values (1, '{phone}')")).unwrap();
    assert_eq!(scanner.scan_database(db).len(), 1);
    if Backend::current() == Backend::Sqlite {
        let found = scanner.scan_folder(installation.folder.path(), &[]);
        assert!(found.iter().any(|found| found.place.contains("golden-bell.sqlite")), "{found:?}");
    }
    fs::write(installation.folder.path().join("log-of-somebody"), name(PERSONS - 1)).unwrap();
    let found = scanner.scan_folder(installation.folder.path(), &[]);
    assert!(found.iter().any(|found| found.place.ends_with("log-of-somebody")), "{found:?}");
    if let Some(url) = redis_url {
        let mut connection = redis::Client::open(url).unwrap().get_connection().unwrap();
        let key = format!("test:privacy:{:016x}", rand::random::<u64>());
        redis::cmd("SETEX").arg(&key).arg(60).arg(&phone).exec(&mut connection).unwrap();
        let found = scanner.scan_redis(url);
        redis::cmd("DEL").arg(&key).exec(&mut connection).unwrap();
        assert!(found.iter().any(|found| found.place.contains(&key)), "{found:?}");
    }
}

fn redis_url() -> Option<String> {
    std::env::var("GOLDEN_BELL_TEST_WITH_REDIS").ok().filter(|with| !with.is_empty())?;
    std::env::var("GOLDEN_BELL_TEST_REDIS_URL").ok().filter(|url| !url.is_empty())
}

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
    let raw = |folder: &std::path::Path| -> Vec<Vec<u8>> {
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        files.filter(|path| path.to_string_lossy().contains(".sqlite")).map(|path| bytes_of(&path)).collect()
    };
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
