//! A city with its divisions and an officer who registers people, on either database.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};
use app::divisions::Tree;
use benches::made_up;
use chrono::{TimeDelta, Utc};
use domain::division::{DivisionCode, Level};
use keyring::{AccessClaims, Audience, Keyring};
use store::{
    Address, Db, Store,
    officers::officer_acting,
    sessions::{HolderKind, NewSession, session_create},
};

use crate::{Options, process::bell};

const OFFICER: &str = "bench-officer";
/// The city.
pub const TOP: &str = "411600000000";

/// A new installation with the tree of Zhoukou, a unit that serves all of it and an officer there.
pub struct Town {
    folder: PathBuf,
    url: Option<String>,
    program: PathBuf,
    /// Its database and keys.
    pub store: Store,
    /// All villages in use.
    pub villages: Vec<DivisionCode>,
}

impl Town {
    /// Made in a new folder, or in the PostgreSQL database at `url`, which is emptied.
    pub fn new(options: &Options, url: Option<&str>) -> anyhow::Result<Self> {
        let folder = options.data.join("town");
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder)?;
        let address = match url {
            Some(url) => Address::Postgres(url.to_owned()),
            None => Address::Sqlite(folder.join("golden-bell.sqlite")),
        };
        let db = Db::new(address, 4);
        if url.is_some() {
            db.execute_blocking("drop schema public cascade; create schema public")?;
        }
        store::migrate(db.address())?;
        let store = Store { db, keyring: Keyring::create(&folder.join("keys.toml"))?.into() };
        let mut town =
            Self { folder, url: url.map(str::to_owned), program: options.program()?, store, villages: vec![] };
        town.people_it()?;
        Ok(town)
    }

    fn people_it(&mut self) -> anyhow::Result<()> {
        let units = self.folder.join("units.csv");
        std::fs::write(&units, format!("name,kind,parent,divisions\nbench,county_centre,,{TOP}\n"))?;
        self.run(&["import", "divisions", "data/divisions/zhoukou_2023.csv", "--year", "2023"])?;
        self.run(&["import", "units", &units.to_string_lossy()])?;
        self.run(&["create", "officer", OFFICER, "--role", "county_lead", "--unit", "bench"])?;
        let tree = self.store.db.run_blocking(Tree::load)?;
        let village = |node: &&app::divisions::Node| node.is_open() && node.stored.division.level == Level::Village;
        self.villages = tree.nodes().filter(village).map(app::divisions::Node::code).collect();
        Ok(())
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Name of the database.
    pub fn database(&self) -> &'static str {
        if self.url.is_some() { "PostgreSQL" } else { "SQLite" }
    }

    /// What the program must know to work on it.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let keys = self.folder.join("keys.toml").to_string_lossy().into_owned();
        let url = self.url.iter().map(|url| ("GOLDEN_BELL_DATABASE_URL", url.clone()));
        url.chain([("GOLDEN_BELL_KEYS_FILE", keys)]).collect()
    }

    fn run(&self, arguments: &[&str]) -> anyhow::Result<()> {
        let mut command: Command = bell(&self.program, &self.folder);
        let output = command.envs(self.variables()).args(arguments).output().context("cannot be started")?;
        ensure!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }

    /// A file of persons, two risk groups each, spread over all villages.
    pub fn file(&self, persons: std::ops::Range<u64>) -> anyhow::Result<PathBuf> {
        let path = self.folder.join("persons.csv");
        let mut out = BufWriter::new(File::create(&path)?);
        writeln!(out, "name,phone,division,attestation,birth_year,tags")?;
        for (index, village) in persons.zip(self.villages.iter().cycle()) {
            let phone = made_up::spelled_phone(index);
            writeln!(out, "张三丰,{phone},{village},本人当面同意,1955,G01;G02")?;
        }
        out.flush()?;
        Ok(path)
    }

    /// Runs the import command.
    pub fn import(&self, file: &Path) -> anyhow::Result<()> {
        self.run(&["import", "residents", &file.to_string_lossy(), "--officer", OFFICER])
    }

    /// An access token of the officer.
    pub fn token(&self) -> anyhow::Result<String> {
        let now = Utc::now();
        let expires_at = now + TimeDelta::hours(1);
        let acting = self.store.db.run_blocking(|connection| officer_acting(connection, OFFICER))?;
        let officer = acting.context("no officer")?.officer;
        let new = NewSession {
            holder_kind: HolderKind::Officer,
            holder_id: officer.id,
            token_hash: [7; 32],
            now,
            expires_at,
        };
        let session = self.store.db.write_blocking(|connection| session_create(connection, &new))?;
        Ok(self.store.keyring.issue_token(&AccessClaims {
            audience: Audience::Console,
            subject: officer.public_id,
            role: officer.role.as_str().to_owned(),
            family: session.public_id,
            issued_at: now,
            expires_at,
        })?)
    }
}
