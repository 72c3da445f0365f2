//! An installation as its operator has it: a data folder, a database, the program as processes, a stand-in WeChat.

use std::{path::PathBuf, process::Child};

use keyring::Keyring;
use serde_json::json;
use store::{Db, Store};
use tempfile::TempDir;

use crate::{
    Backend, Client, TestDatabase,
    program::{self, Server, lines},
    service::sms_variables,
};

/// A village that exists in every installation of the tests.
const VILLAGE: &str = "411602001001";

/// The program over a database of its own.
pub struct Installation {
    /// The data folder.
    pub folder: TempDir,
    /// Its WeChat.
    pub wechat: sandbox::Handle,
    database: TestDatabase,
    variables: Vec<(String, String)>,
}

impl Installation {
    /// With its keys in a file that is named.
    pub fn new() -> Self {
        let installation = Self::without_key_file();
        installation.command(&["create", "keys", &installation.key_file().to_string_lossy()]);
        installation
    }

    /// With its keys where the first start puts them: in the data folder, or in PostgreSQL.
    pub fn without_key_file() -> Self {
        let folder = TempDir::new().expect("a data folder");
        let database = TestDatabase::create(Backend::current());
        let wechat = sandbox::start("127.0.0.1:0").expect("a stand-in WeChat");
        let account = sandbox::Settings::default();
        let redis_url = match std::env::var("GOLDEN_BELL_TEST_WITH_REDIS") {
            Ok(with) if !with.is_empty() => std::env::var("GOLDEN_BELL_TEST_REDIS_URL").unwrap_or_default(),
            _ => String::new(),
        };
        let variables = [
            ("GOLDEN_BELL_DATABASE_URL", database.url.clone()),
            ("GOLDEN_BELL_REDIS_URL", redis_url),
            ("GOLDEN_BELL_HTTP__WORKERS", "2".to_owned()),
            ("GOLDEN_BELL_WECHAT__ADDRESS", wechat.url()),
            ("GOLDEN_BELL_CHECKS__EXPANSION__LINKS", "none".to_owned()),
            ("GOLDEN_BELL_WECHAT__APP_ID", account.app_id),
            ("GOLDEN_BELL_WECHAT__APP_SECRET", account.secret),
        ];
        let variables = variables.into_iter().chain(sms_variables(&wechat.url()));
        let variables = variables.map(|(name, value)| (name.to_owned(), value)).collect();
        Self { folder, wechat, database, variables }
    }

    /// Where the key file is, if there is one.
    pub fn key_file(&self) -> PathBuf {
        self.folder.path().join("keys.toml")
    }

    fn variables(&self) -> Vec<(&str, &str)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// A server.
    pub fn server(&self) -> Server {
        Server::start(self.folder.path(), &self.variables())
    }

    /// The same with more variables.
    pub fn server_with(&self, more: &[(&str, &str)]) -> Server {
        let variables: Vec<_> = self.variables().into_iter().chain(more.iter().copied()).collect();
        Server::start(self.folder.path(), &variables)
    }

    /// Starts a command.
    pub fn start(&self, arguments: &[&str]) -> Child {
        program::start_with(self.folder.path(), arguments, &self.variables())
    }

    /// What a command printed, which ends well.
    #[track_caller]
    pub fn command(&self, arguments: &[&str]) -> Vec<String> {
        lines(self.start(arguments).wait_with_output().expect("it ends"))
    }

    /// What a command complained of, which does not end well.
    #[track_caller]
    pub fn refused(&self, arguments: &[&str]) -> String {
        let output = self.start(arguments).wait_with_output().expect("it ends");
        assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// The keys as they are now.
    pub fn keyring(&self) -> Keyring {
        if self.key_file().exists() {
            return Keyring::load(&self.key_file()).expect("a key file");
        }
        let stored = self.db().run_blocking(store::development_keys::development_keys_find).expect("the database");
        Keyring::from_toml(&stored.expect("keys in the database")).expect("keys")
    }

    /// Connections of its own.
    pub fn db(&self) -> Db {
        Db::new(self.database.address(self.folder.path()), 2)
    }

    /// A store of its own with the keys as they are now; the schema and a village are there.
    pub fn store(&self) -> Store {
        let db = self.db();
        store::migrate(db.address()).expect("migrations run");
        db.execute_blocking(&format!(
            "insert into divisions (code, name, level, year, opened_year) values ('{VILLAGE}', '村', 'village', 2023, 2023) \
             on conflict do nothing"
        ))
        .expect("a village");
        Store { db, keyring: self.keyring().into() }
    }

    /// That village.
    pub fn village() -> domain::division::DivisionCode {
        VILLAGE.parse().expect("a code")
    }

    /// A signed-in officer, made at the command line.
    pub async fn officer(&self, url: &str, name: &str, role: &str, unit: &str) -> Client {
        let created = self.command(&["create", "officer", name, "--role", role, "--unit", unit]);
        let word = |of: &str| {
            let line = created.iter().find(|line| line.starts_with(of)).expect("what was asked for");
            line.split_whitespace().last().expect("a word").to_owned()
        };
        let alphabet = base32::Alphabet::Rfc4648 { padding: false };
        let secret = base32::decode(alphabet, &word("one-time-code secret")).expect("base32");
        let secret = keyring::totp::TotpSecret::from_bytes(&secret).expect("a secret");
        let client = Client::anonymous(url);
        let credentials =
            json!({ "username": name, "password": word("password"), "totp": secret.code_at(chrono::Utc::now()) });
        let session = client.post("/api/v1/console/sessions", credentials).await.expect(200);
        client.with_tokens(&session.body)
    }

    /// Brings the divisions of Zhoukou and these units (CSV without its header) in, as its operator does.
    pub fn territory(&self, units: &str) {
        let (tree, list) = (self.folder.path().join("tree.csv"), self.folder.path().join("units.csv"));
        std::fs::write(&tree, app::divisions::ZHOUKOU_2023).expect("a file");
        std::fs::write(&list, format!("name,kind,parent,divisions\n{units}")).expect("a file");
        self.command(&["import", "divisions", &tree.to_string_lossy(), "--year", "2023"]);
        self.command(&["import", "units", &list.to_string_lossy()]);
    }

    /// A signed-in resident; the same name is the same person.
    pub async fn resident(url: &str, name: &str) -> Client {
        let client = Client::anonymous(url);
        let session = client.post("/api/v1/sessions", json!({ "code": format!("demo-{name}") })).await.expect(200);
        client.with_tokens(&session.body)
    }
}

impl Default for Installation {
    fn default() -> Self {
        Self::new()
    }
}
