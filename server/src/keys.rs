//! Where the secrets come from.

use anyhow::{Context as _, bail};
use keyring::Keyring;
use store::{Address, Db};

use crate::config::Config;

/// The keyring this installation uses; made at the first start where that is safe.
pub(crate) fn open(config: &Config, db: &Db) -> anyhow::Result<Keyring> {
    let named = !config.keys_file.as_os_str().is_empty();
    let in_data_dir = config.data_dir.join("keys.toml");
    let path = if named { &config.keys_file } else { &in_data_dir };
    if path.exists() {
        return Keyring::load(path).with_context(|| format!("the key file {} cannot be used", path.display()));
    }
    match db.address() {
        Address::Sqlite(_) => create(path),
        Address::Postgres(_) if config.is_production() => bail!(
            "production on PostgreSQL needs one key file for all servers: make it with `golden-bell create keys FILE` and \
             name it in GOLDEN_BELL_KEYS_FILE"
        ),
        Address::Postgres(_) => shared_in_database(db),
    }
}

fn create(path: &std::path::Path) -> anyhow::Result<Keyring> {
    // A server and a command may both find no file; whoever comes second reads the first one's.
    match Keyring::create(path) {
        Ok(keyring) => Ok(keyring),
        Err(_) if path.exists() => Keyring::load(path).with_context(|| format!("the key file {}", path.display())),
        Err(error) => Err(error).with_context(|| format!("the key file {} cannot be made", path.display())),
    }
}

/// Development servers over one PostgreSQL share keys kept there: beside the data, so for development only.
fn shared_in_database(db: &Db) -> anyhow::Result<Keyring> {
    let fresh = Keyring::random(keyring::Suite::Aes256Gcm);
    let text =
        db.write_blocking(|connection| store::development_keys::development_keys_share(connection, &fresh.to_toml()))?;
    tracing::warn!("no key file is named: keys are kept in the development database");
    Keyring::from_toml(&text).context("the keys in the development database cannot be used")
}
