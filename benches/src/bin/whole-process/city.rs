//! A data folder as a city's server has it: keys, residents, official and well-known sites, millions of entries.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, ensure};
use app::lists::SNAPSHOT_FOLDER;
use benches::lists;
use chrono::{TimeDelta, Utc};
use domain::{ListKind, candidates};
use keyring::{AccessClaims, Audience, Keyring, PublicId};
use lookup::{Lists, Name, Record, Row};
use store::{
    Address, Db, Store,
    change_counters::{self, Counter},
    list_entries::list_entries_walk,
    persons::resident_sign_in,
};

use crate::{Options, process::bell};

/// Residents whose tokens take turns: so many that nobody comes near a limit.
pub const RESIDENTS: usize = 4_000;

/// A prepared data folder.
pub struct City {
    /// The folder.
    pub folder: PathBuf,
    /// Its database and keys.
    pub store: Store,
}

impl City {
    /// The folder with its database, keys and the lists every installation has.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let db = Db::new(Address::Sqlite(folder.join("golden-bell.sqlite")), 4);
        store::migrate(db.address())?;
        let keys = folder.join("keys.toml");
        let keyring = if keys.exists() { Keyring::load(&keys)? } else { Keyring::create(&keys)? };
        let store = Store { db, keyring: keyring.into() };
        app::lists::ensure_builtin(&store, Utc::now())?;
        Ok(Self { folder: folder.to_owned(), store })
    }

    /// The same with official and well-known sites, where there are samples of them, and `options.entries` made-up entries
    /// in a snapshot (not in the database: a check never reads that).
    pub fn with_snapshot(options: &Options) -> anyhow::Result<Self> {
        let city = Self::open(&options.data.join("checks"))?;
        city.import_samples(options)?;
        let version = city.store.db.run_blocking(|connection| change_counters::current(connection, Counter::Lists))?;
        let version = u64::try_from(version)?;
        let folder = city.folder.join(SNAPSHOT_FOLDER);
        let marker = city.folder.join(format!("made-{}-{version}", options.entries));
        if !marker.exists() {
            println!("making a snapshot of {} entries", options.entries);
            let _ = std::fs::remove_dir_all(&folder);
            lists::write(&folder, version, options.entries, city.rows()?)?;
            std::fs::write(&marker, "")?;
        }
        ensure!(Lists::open(&folder)?.version() == version, "the snapshot does not fit the database");
        Ok(city)
    }

    fn import_samples(&self, options: &Options) -> anyhow::Result<()> {
        let samples = std::env::var("GOLDEN_BELL_SAMPLE_DIR").unwrap_or_else(|_| "../shared/data".to_owned());
        let (samples, marker) = (Path::new(&samples).join("lists"), self.folder.join("samples-loaded"));
        if marker.exists() || !samples.is_dir() {
            return Ok(());
        }
        let numbers = samples.join("phone/benign_cn_hotlines_vcards.tsv");
        self.import(
            options,
            "allowlist",
            &numbers,
            &["--kind", "phone", "--column", "number", "--owner-column", "organisation"],
        )?;
        self.import(
            options,
            "allowlist",
            &numbers,
            &["--kind", "link", "--column", "url", "--owner-column", "organisation"],
        )?;
        for file in std::fs::read_dir(samples.join("benign"))? {
            self.import(options, "guardlist", &file?.path(), &["--kind", "link"])?;
        }
        Ok(std::fs::write(marker, "")?)
    }

    /// Runs the import command.
    pub fn import(&self, options: &Options, list: &str, file: &Path, more: &[&str]) -> anyhow::Result<()> {
        let mut command = bell(&options.program()?, &self.folder);
        command.args(["import", list]).arg(file).args(["--source", "bench"]).args(more);
        let status = command.status().context("the import cannot be started")?;
        ensure!(status.success(), "the import of {} failed", file.display());
        Ok(())
    }

    /// What stands in the database, as rows of a snapshot.
    fn rows(&self) -> anyhow::Result<Vec<Row>> {
        let rows = self.store.db.run_blocking(|connection| {
            list_entries_walk(
                connection,
                |_, _| Ok(Vec::new()),
                |rows, entry| {
                    let reach = candidates::reach(entry.rule, &entry.canonical);
                    let record = Record::new(entry.list, entry.rule, reach);
                    let wanted = entry.list != ListKind::Blacklist;
                    let name =
                        wanted.then_some(Name { kind: entry.kind, canonical: entry.canonical, owner: entry.owner });
                    rows.push(Row { key: entry.key, record, name });
                    Ok(())
                },
            )
        })?;
        Ok(rows)
    }

    /// Access tokens of [`RESIDENTS`] residents who stand in the database.
    pub fn tokens(&self) -> anyhow::Result<Arc<Vec<String>>> {
        let (now, keyring) = (Utc::now(), &self.store.keyring);
        let residents = self.store.db.write_blocking(|connection| {
            (0..RESIDENTS)
                .map(|index| resident_sign_in(connection, keyring, &format!("bench-{index}"), now))
                .collect::<Result<Vec<_>, _>>()
        })?;
        let tokens = residents.iter().map(|resident| {
            keyring.issue_token(&AccessClaims {
                audience: Audience::MiniProgram,
                subject: resident.public_id,
                role: "resident".to_owned(),
                family: PublicId::random(),
                issued_at: now,
                expires_at: now + TimeDelta::hours(1),
            })
        });
        Ok(Arc::new(tokens.collect::<Result<_, _>>()?))
    }
}
