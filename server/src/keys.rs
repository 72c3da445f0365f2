//! Where the secrets come from.

use std::{
    fs::{self, Metadata},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use anyhow::{Context as _, bail};
use app::AppError;
use keyring::Keyring;
use store::{
    Address, Db, Store, StoreError,
    development_keys::{development_keys_find, development_keys_replace, development_keys_share},
};

use crate::config::Config;

/// Where the keys of this installation lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// In this file.
    File(PathBuf),
    /// Beside the data: development servers over one PostgreSQL, where no file is named.
    Database,
}

impl Place {
    /// As the configuration says.
    pub(crate) fn of(config: &Config, db: &Db) -> Self {
        let file = file(config);
        let in_database = !file.exists() && matches!(db.address(), Address::Postgres(_)) && !config.is_production();
        if in_database { Self::Database } else { Self::File(file) }
    }

    /// The keys there.
    pub(crate) fn read(&self, db: &Db) -> anyhow::Result<Keyring> {
        match self {
            Self::File(path) => load(path),
            Self::Database => {
                let text = db.run_blocking(development_keys_find)?;
                let text = text.context("there are no keys in the development database")?;
                Keyring::from_toml(&text).context("the keys in the development database cannot be used")
            }
        }
    }

    /// Replaces the keys there, which are `before`.
    pub(crate) fn replace(&self, db: &Db, before: &Keyring, after: &Keyring) -> anyhow::Result<()> {
        match self {
            Self::File(path) => {
                after.replace(path).with_context(|| format!("the key file {} cannot be written", path.display()))
            }
            Self::Database => {
                let (before, after) = (before.to_toml(), after.to_toml());
                let replaced = db.write_blocking(|connection| development_keys_replace(connection, &before, &after))?;
                anyhow::ensure!(replaced, "the keys in the database were changed by another command");
                Ok(())
            }
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Database => f.write_str("the development database"),
        }
    }
}

fn file(config: &Config) -> PathBuf {
    let named = !config.keys_file.as_os_str().is_empty();
    if named { config.keys_file.clone() } else { config.data_dir.join("keys.toml") }
}

fn load(path: &Path) -> anyhow::Result<Keyring> {
    Keyring::load(path).with_context(|| format!("the key file {} cannot be used", path.display()))
}

/// The keyring this installation uses; made at the first start where that is safe.
pub(crate) fn open(config: &Config, db: &Db) -> anyhow::Result<Keyring> {
    let path = file(config);
    if path.exists() {
        return load(&path);
    }
    match db.address() {
        Address::Sqlite(_) => create(&path),
        Address::Postgres(_) if config.is_production() => bail!(
            "production on PostgreSQL needs one key file for all servers: make it with `golden-bell create keys FILE` and \
             name it in GOLDEN_BELL_KEYS_FILE"
        ),
        Address::Postgres(_) => shared_in_database(db),
    }
}

fn create(path: &Path) -> anyhow::Result<Keyring> {
    // A server and a command may both find no file; whoever comes second reads the first one's.
    match Keyring::create(path) {
        Ok(keyring) => Ok(keyring),
        Err(_) if path.exists() => load(path),
        Err(error) => Err(error).with_context(|| format!("the key file {} cannot be made", path.display())),
    }
}

/// Development servers over one PostgreSQL share keys kept there: beside the data, so for development only.
fn shared_in_database(db: &Db) -> anyhow::Result<Keyring> {
    let fresh = Keyring::random(keyring::Suite::Aes256Gcm);
    let text = db.write_blocking(|connection| development_keys_share(connection, &fresh.to_toml()))?;
    tracing::warn!("no key file is named: keys are kept in the development database");
    Keyring::from_toml(&text).context("the keys in the development database cannot be used")
}

fn unread(error: &anyhow::Error) -> AppError {
    match error.downcast_ref::<StoreError>() {
        Some(StoreError::Unavailable(cause)) => AppError::unavailable(cause),
        _ => AppError::internal(format!("{error:#}")),
    }
}

/// Sees when the keys are exchanged under a running server.
pub(crate) struct Watch {
    place: Place,
    /// The file as it was when it was last read.
    seen: Mutex<Option<Look>>,
}

/// What changes when a file is replaced or written to.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    modified: Option<SystemTime>,
    bytes: u64,
    inode: u64,
}

impl Look {
    fn at(file: &Metadata) -> Self {
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(file);
        #[cfg(not(unix))]
        let inode = 0;
        Self { modified: file.modified().ok(), bytes: file.len(), inode }
    }
}

impl Watch {
    pub(crate) fn new(place: Place) -> Self {
        Self { place, seen: Mutex::new(None) }
    }

    /// Takes the keys into use if they changed, and says whether they did. Blocking.
    ///
    /// # Errors
    /// When they cannot be read or are another installation's; those in use then stay in use.
    pub(crate) fn follow(&self, store: &Store) -> Result<bool, AppError> {
        let look = self.look();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if look.is_some() && *seen == look {
            return Ok(false);
        }
        let read = match self.place.read(&store.db) {
            Ok(read) => read,
            Err(error) => return Err(unread(&error)),
        };
        if read.fingerprint() == store.keyring.fingerprint() {
            *seen = look;
            return Ok(false);
        }
        if !read.is_of_same_installation(&store.keyring) {
            return Err(AppError::internal(format!("{} holds the keys of another installation", self.place)));
        }
        tracing::info!(keys = read.fingerprint(), "new keys are in use");
        store.keyring.replace(read);
        *seen = look;
        Ok(true)
    }

    fn look(&self) -> Option<Look> {
        match &self.place {
            Place::File(path) => fs::metadata(path).ok().map(|file| Look::at(&file)),
            Place::Database => None,
        }
    }
}
