//! What servers and commands open first: the data folder, the database, the keys, the lists.

use std::{fs::File, path::PathBuf, sync::Arc};

use anyhow::{Context as _, bail};
use app::{Settings, lists};
use chrono::Utc;
use lookup::Lists;
use store::{Address, Db, Store, StoreError};

use crate::{config::Config, keys};

/// Makes the data folder.
pub(crate) fn data_dir(config: &Config) -> anyhow::Result<()> {
    std::fs::create_dir_all(&config.data_dir)
        .with_context(|| format!("the data folder {} cannot be made", config.data_dir.display()))
}

/// The pool of the configured database.
pub(crate) fn db(config: &Config) -> anyhow::Result<Db> {
    let url = config.database_url.0.trim();
    let address = if url.is_empty() {
        Address::Sqlite(config.data_dir.join("golden-bell.sqlite"))
    } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        Address::Postgres(url.to_owned())
    } else {
        bail!("database_url must begin with postgres:// (leave it empty for the embedded SQLite)");
    };
    Ok(Db::new(address, config.database.connections.clamp(1, 100)))
}

/// Brings the database to this program's schema and adds the built-in allowlist.
pub(crate) fn prepare(store: &Store) -> Result<(), StoreError> {
    store::migrate(store.db.address())?;
    lists::ensure_builtin(store, Utc::now()).map_err(|error| match error.code {
        app::ErrorCode::Unavailable => StoreError::Unavailable(error.to_string()),
        _ => StoreError::Fault(error.to_string()),
    })
}

/// The store of a command: everything ready, or an error.
pub(crate) fn store(config: &Config) -> anyhow::Result<Store> {
    data_dir(config)?;
    let db = db(config)?;
    store::migrate(db.address())?;
    let store = Store { keyring: keys::open(config, &db)?.into(), db };
    prepare(&store)?;
    Ok(store)
}

/// The lists for a command that only reads them: where the database is away, the last snapshot alone.
pub(crate) fn lists_to_read(config: &Config) -> anyhow::Result<Arc<Lists>> {
    let away = match store(config) {
        Ok(store) => return lists(config, &store),
        Err(error) => error,
    };
    let unavailable = matches!(away.downcast_ref::<StoreError>(), Some(StoreError::Unavailable(_)));
    let lists = Lists::open(&snapshot_dir(config)).context("the snapshots cannot be read")?;
    if !unavailable || lists.version() == 0 {
        return Err(away);
    }
    eprintln!("golden-bell: the database is away: the last snapshot answers");
    Ok(Arc::new(lists))
}

/// Where snapshots live.
pub(crate) fn snapshot_dir(config: &Config) -> PathBuf {
    config.data_dir.join(lists::SNAPSHOT_FOLDER)
}

/// The lists as of the last snapshot and, where the database answers, all changes since.
pub(crate) fn lists(config: &Config, store: &Store) -> anyhow::Result<Arc<Lists>> {
    let folder = snapshot_dir(config);
    let lists = Arc::new(Lists::open(&folder).with_context(|| format!("snapshots in {}", folder.display()))?);
    if let Err(error) = catch_up(config, store, &lists) {
        if error.code != app::ErrorCode::Unavailable {
            return Err(error.into());
        }
        tracing::warn!(list_version = lists.version(), "the database is away: the last snapshot answers");
    }
    Ok(lists)
}

/// Reads what changed since the snapshot; where that is much, builds a new one instead.
pub(crate) fn catch_up(config: &Config, store: &Store, lists: &Lists) -> Result<(), app::AppError> {
    let current = store.db.run_blocking(|connection| {
        store::change_counters::current(connection, store::change_counters::Counter::Lists)
    })?;
    let known = i64::try_from(lists.version()).unwrap_or(i64::MAX);
    let behind = usize::try_from(current.saturating_sub(known)).unwrap_or(0);
    if known > current {
        return Err(app::AppError::internal(
            "the snapshot is newer than the database: is this another database's data folder?",
        ));
    }
    // Without a snapshot nothing would answer after a start without the database.
    let none = lists.snapshot_version() == 0 && current > 0;
    if none || behind > config.lists.rebuild_after_changes {
        tracing::info!(changes = behind, "building a snapshot of the lists");
        lists::rebuild(store, lists, &snapshot_dir(config))?;
    }
    lists::follow_blocking(store, lists, i64::try_from(lists.version()).unwrap_or(i64::MAX)).map(|_| ())
}

/// The settings of the use cases.
pub(crate) fn settings(config: &Config) -> Settings {
    Settings {
        identity: config.identity.clone(),
        checks: config.checks.clone(),
        lists: config.lists.clone(),
        registration: config.registration.clone(),
        reports: config.reports.clone(),
        look_back: config.look_back.clone(),
        data_dir: config.data_dir.clone(),
    }
}

/// On SQLite one server at a time works on a data folder: the lock is held until the file is dropped.
pub(crate) fn server_lock(config: &Config, db: &Db) -> anyhow::Result<Option<File>> {
    if matches!(db.address(), Address::Postgres(_)) {
        return Ok(None);
    }
    let path = config.data_dir.join("server.lock");
    let file = File::create(&path).with_context(|| format!("{} cannot be made", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => {
            bail!("another server works on the data folder {}", config.data_dir.display())
        }
        Err(std::fs::TryLockError::Error(error)) => Err(error).with_context(|| path.display().to_string()),
    }
}
