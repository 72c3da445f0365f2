//! Runs a test on SQLite always, and on PostgreSQL where one answers.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{Connection as _, PgConnection, connection::SimpleConnection as _};
use store::{Address, Db, DbConnection, StoreError};

/// A moment from which the tests count.
pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_225_600, 0).unwrap() + TimeDelta::seconds(seconds)
}

/// Changes in one transaction.
pub(crate) fn write<T>(db: &Db, change: impl FnOnce(&mut DbConnection) -> Result<T, StoreError>) -> T {
    db.write_blocking(change).unwrap()
}

/// Runs `test` on each database.
pub(crate) fn each_database(test: impl Fn(&Db)) {
    let folder = tempfile::tempdir().unwrap();
    test(&opened(Address::Sqlite(folder.path().join("test.db"))));
    if let Some(postgres) = Postgres::create() {
        test(&opened(Address::Postgres(postgres.url.clone())));
    }
}

fn opened(address: Address) -> Db {
    store::migrate(&address).unwrap();
    Db::new(address, 4)
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
        let name = format!("golden_bell_divisions_{}", keyring::PublicId::random());
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
