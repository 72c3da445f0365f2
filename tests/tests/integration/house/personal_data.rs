//! Personal data lies nowhere in the open, and nothing leads to who was erased.

mod erasure;
mod people;
mod planted;
mod wrong;

use std::fs;

use chrono::Utc;
use domain::person::{ConsentBasis, Origin, PhoneProof, Purpose, TagSource};
use harness::{
    Backend, Client, Installation,
    postgres_files::PostgresFiles,
    privacy::{Finding, Scanner, assert_none},
};
use people::{NAMED, People};
use planted::{name, phone};
use store::{
    Db, Store,
    persons::{AddedBy, NewPerson, NewTag, person_seal, persons_add},
};

const PERSONS: usize = 2_100;

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
    let sealed: Vec<_> = (NAMED..PERSONS).map(person).collect();
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

/// The files of PostgreSQL itself from now on, on that back end.
fn server_files(db: &Db) -> Option<PostgresFiles> {
    if Backend::current() == Backend::Sqlite {
        return None;
    }
    PostgresFiles::from_now(db).map_err(|why| harness::skipped(&format!("the files of PostgreSQL: {why}"))).ok()
}

/// Everything that is written anywhere.
struct Places<'a> {
    installation: &'a Installation,
    db: &'a Db,
    server: Option<PostgresFiles>,
    redis_url: Option<String>,
}

impl Places<'_> {
    fn scan(&self, scanner: &Scanner) -> Vec<Finding> {
        let mut found = scanner.scan_folder(self.installation.folder.path(), &[app::lists::SNAPSHOT_FOLDER]);
        found.extend(scanner.scan_database(self.db));
        found.extend(self.server.iter().flat_map(|files| files.scan(self.db, scanner)));
        found.extend(self.redis_url.iter().flat_map(|url| scanner.scan_redis(url)));
        found
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_planted_phone_name_or_openid_lies_anywhere_in_the_open() {
    let installation = Installation::new();
    let openids = (0..NAMED).map(planted::openid);
    let scanner = Scanner::new((0..PERSONS).flat_map(|number| [phone(number), name(number)]).chain(openids));
    People::ground(&installation);
    let store = installation.store();
    let places_server = server_files(&store.db);
    let server = installation.server_with(&[
        ("GOLDEN_BELL_LOG__FILTER", "debug"),
        ("GOLDEN_BELL_REGISTRATION__SIGN_UPS_PER_ADDRESS_MINUTE", "100000"),
        ("GOLDEN_BELL_LIMITS__CHECKS_PER_ADDRESS_MINUTE", "100000"),
    ]);
    plant(&store);
    let mut people = People::meet(installation, &server.url).await;
    people.residents().await;
    people.looks().await;
    people.officers().await;
    People::every_route_was_answered(&Client::anonymous(&server.url).get("/metrics").await.expect(200).text);

    let callers = people.callers().await;
    let replies = wrong::replies(&callers).await;
    let mut refused = 0;
    for (call, reply) in &replies {
        let report = call.ends_with("/imports");
        assert!(reply.status.as_u16() < 500, "{call}: {} {}", reply.status, reply.text);
        if reply.status.as_u16() >= 400 || report {
            refused += 1;
            assert_none(&scanner.scan(&format!("the reply to {call}: {}", reply.text), reply.text.as_bytes()));
        }
        assert_none(&scanner.scan(&format!("headers of {call}"), format!("{:?}", reply.headers).as_bytes()));
    }
    assert!(refused > 1_000, "{refused} of {} wrong calls were refused", replies.len());
    let metrics = Client::anonymous(&server.url).get("/metrics").await.expect(200);
    assert_none(&scanner.scan("the metrics", metrics.text.as_bytes()));

    // Once with the write-ahead log there, and once after the end.
    let People { installation, .. } = people;
    let places = Places { installation: &installation, db: &store.db, server: places_server, redis_url: redis_url() };
    assert_none(&places.scan(&scanner));
    let (_, well) = server.terminate();
    assert!(well);
    assert_none(&places.scan(&scanner));
    the_same_scans_see_what_is_planted(&places);
}

/// A scan that cannot fail proves nothing.
fn the_same_scans_see_what_is_planted(places: &Places<'_>) {
    let [phone, name] = planted::control();
    let scanner = Scanner::new([phone.clone(), name.clone()]);
    let found_in = |part: &str| {
        let found = places.scan(&scanner);
        assert!(found.iter().any(|found| found.place.contains(part)), "nothing in {part}: {found:?}");
    };
    assert_none(&places.scan(&scanner));
    places.db.execute_blocking(&format!("insert into development_keys (id, key_file) values (1, '{phone}')")).unwrap();
    found_in("development_keys");
    if let Some(files) = &places.server {
        found_in("/base/");
        found_in("/pg_wal/");
        // A statement that fails is logged, with what stands in it.
        assert!(places.db.execute_blocking(&format!("insert into development_keys values ('{name}')")).is_err());
        let logged = scanner.scan("the server's log", &files.log_bytes());
        assert!(!logged.is_empty(), "the server's log is not the one that is read");
    } else {
        found_in("golden-bell.sqlite");
    }
    fs::write(places.installation.folder.path().join("log-of-somebody"), &name).unwrap();
    found_in("log-of-somebody");
    if let Some(url) = &places.redis_url {
        let mut connection = redis::Client::open(url.as_str()).unwrap().get_connection().unwrap();
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
