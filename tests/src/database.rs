//! A database of one's own for each test.

use std::path::Path;

use store::{Address, Db};

/// Which database the service's tests run on: `GOLDEN_BELL_TEST_BACKEND`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// The embedded one; the default.
    Sqlite,
    /// The one at `GOLDEN_BELL_TEST_DATABASE_URL`.
    Postgres,
}

impl Backend {
    /// As the environment says.
    pub fn current() -> Self {
        match std::env::var("GOLDEN_BELL_TEST_BACKEND").as_deref() {
            Ok("postgres") => Self::Postgres,
            _ => Self::Sqlite,
        }
    }
}

/// A database that is dropped with its test.
pub struct TestDatabase {
    /// Empty for SQLite, which lives in the data folder.
    pub url: String,
    name: String,
}

impl TestDatabase {
    /// Makes one.
    pub fn create(backend: Backend) -> Self {
        if backend == Backend::Sqlite {
            return Self { url: String::new(), name: String::new() };
        }
        let name = format!("golden_bell_test_{:016x}", rand::random::<u64>());
        administer(&format!("create database {name}"));
        let server = server_url();
        let (base, _) = server.rsplit_once('/').expect("a URL with a database");
        Self { url: format!("{base}/{name}"), name }
    }

    /// Where the tables are.
    pub fn address(&self, data_dir: &Path) -> Address {
        if self.url.is_empty() {
            Address::Sqlite(data_dir.join("golden-bell.sqlite"))
        } else {
            Address::Postgres(self.url.clone())
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if !self.name.is_empty() {
            administer(&format!("drop database if exists {} with (force)", self.name));
        }
    }
}

fn server_url() -> String {
    std::env::var("GOLDEN_BELL_TEST_DATABASE_URL")
        .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned())
}

fn administer(statement: &str) {
    Db::new(Address::Postgres(server_url()), 1).execute_blocking(statement).expect("the test PostgreSQL");
}
