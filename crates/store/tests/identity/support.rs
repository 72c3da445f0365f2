//! Runs a test on SQLite always, and on PostgreSQL where one answers.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{Connection as _, PgConnection, connection::SimpleConnection as _};
use keyring::{Keyring, PublicId, Suite, totp::TotpSecret};
use store::{
    Address, Db, DbConnection, Store, StoreError,
    officers::{NewOfficer, officer_create},
    persons::resident_sign_in,
    sessions::{HolderKind, NewSession, Session, session_create},
};

/// A moment from which the tests count.
pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_225_600, 0).unwrap() + TimeDelta::seconds(seconds)
}

/// Runs `test` on each database.
pub(crate) fn each_database(test: impl Fn(&Store)) {
    let folder = tempfile::tempdir().unwrap();
    test(&open(Address::Sqlite(folder.path().join("test.db"))));
    if let Some(postgres) = Postgres::create() {
        test(&open(Address::Postgres(postgres.url.clone())));
    }
}

fn open(address: Address) -> Store {
    store::migrate(&address).unwrap();
    Store { db: Db::new(address, 8), keyring: Keyring::random(Suite::Aes256Gcm).into() }
}

/// A PostgreSQL database of one test, dropped at its end.
struct Postgres {
    server: String,
    name: String,
    url: String,
}

impl Postgres {
    fn create() -> Option<Self> {
        let server = std::env::var("GOLDEN_BELL_TEST_DATABASE_URL")
            .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
        let mut connection = match PgConnection::establish(&server) {
            Ok(connection) => connection,
            Err(error) if std::env::var("GOLDEN_BELL_REQUIRE_ALL").is_ok_and(|value| value == "1") => {
                panic!("PostgreSQL is required and does not answer: {error}")
            }
            Err(_) => {
                println!("skipped: no postgres");
                return None;
            }
        };
        let name = format!("golden_bell_store_{}", PublicId::random());
        connection.batch_execute(&format!("create database {name}")).unwrap();
        let (before, _) = server.rsplit_once('/').unwrap();
        Some(Self { url: format!("{before}/{name}"), server, name })
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Ok(mut connection) = PgConnection::establish(&self.server) {
            let _ = connection.batch_execute(&format!("drop database if exists {} with (force)", self.name));
        }
    }
}

/// Reads or changes in one transaction.
pub(crate) fn write<T>(store: &Store, change: impl FnOnce(&mut DbConnection) -> Result<T, StoreError>) -> T {
    store.db.write_blocking(change).unwrap()
}

/// Does the same at once on many threads, and returns what each got.
pub(crate) fn at_once<T: Send>(threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = std::sync::Barrier::new(threads);
    std::thread::scope(|scope| {
        let (barrier, work) = (&barrier, &work);
        let spawned: Vec<_> = (0..threads)
            .map(|number| {
                scope.spawn(move || {
                    barrier.wait();
                    work(number)
                })
            })
            .collect();
        spawned.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// A resident of this name.
pub(crate) fn resident(store: &Store, openid: &str) -> i64 {
    write(store, |connection| resident_sign_in(connection, &store.keyring, openid, at(0))).id
}

/// An officer of this name.
pub(crate) fn officer(store: &Store, username: &str, unit_id: Option<i64>) -> PublicId {
    let secret = TotpSecret::random();
    let new = NewOfficer {
        username,
        password_hash: "$argon2id$test",
        totp_secret: &secret,
        role: domain::authorization::Role::CommunityOfficer,
        unit_id,
    };
    write(store, |connection| officer_create(connection, &store.keyring, &new, at(0)))
}

/// A session of 90 days whose first refresh token hashes to `token_hash`.
pub(crate) fn session(store: &Store, holder_kind: HolderKind, holder_id: i64, token_hash: [u8; 32]) -> Session {
    let new = NewSession { holder_kind, holder_id, token_hash, now: at(0), expires_at: at(90 * 86_400) };
    write(store, |connection| session_create(connection, &new))
}
