//! `golden-bell create …` and `golden-bell disable …`: people and keys.

use std::path::PathBuf;

use app::{
    Context, identity,
    officers::{self, Disabled},
};
use chrono::Utc;
use clap::Subcommand;
use domain::authorization::Role;
use keyring::Keyring;

use crate::{Config, start};

/// What is created.
#[derive(Debug, Subcommand)]
pub(super) enum Create {
    /// An administrator; prints password and one-time-code secret once.
    Administrator {
        /// User name.
        name: String,
    },
    /// An officer of any role; prints password and one-time-code secret once.
    Officer {
        /// User name.
        name: String,
        /// The role, e.g. `city_lead`, `community_officer`.
        #[arg(long)]
        role: String,
        /// Name of the officer's unit.
        #[arg(long)]
        unit: Option<String>,
    },
    /// The key of an upstream system; prints id and secret once.
    UpstreamKey {
        /// Name of the system.
        name: String,
    },
    /// A key file for several servers.
    Keys {
        /// Where; an existing file is never overwritten.
        file: PathBuf,
    },
}

/// What is disabled.
#[derive(Debug, Subcommand)]
pub(super) enum Disable {
    /// An officer: cannot sign in any more, and is signed out everywhere. The last administrator in use stays.
    Officer {
        /// User name.
        name: String,
    },
    /// The key of an upstream system.
    UpstreamKey {
        /// Its key id.
        key_id: String,
    },
}

pub(super) fn disable(config: &Config, disable: &Disable) -> anyhow::Result<()> {
    let store = start::store(config)?;
    match disable {
        Disable::Officer { name } => {
            let Disabled { sessions, shifts_ended } =
                officers::disable_officer(&store, &Context::operator(), name, Utc::now())?;
            println!("{name} is disabled; {sessions} sessions ended; {shifts_ended} shifts now lack somebody");
        }
        Disable::UpstreamKey { key_id } => {
            identity::upstream_key_disable(&store, key_id, Utc::now())?;
            println!("{key_id} is disabled");
        }
    }
    Ok(())
}

pub(super) fn run(config: &Config, create: Create) -> anyhow::Result<()> {
    match create {
        Create::Administrator { name } => officer(config, &name, Role::Administrator, None),
        Create::Officer { name, role, unit } => {
            let role = Role::from_word(&role).filter(|role| role.is_officer());
            let role = role.ok_or_else(|| {
                let words: Vec<&str> =
                    Role::ALL.into_iter().filter(|role| role.is_officer()).map(Role::as_str).collect();
                anyhow::anyhow!("--role must be one of {}", words.join(", "))
            })?;
            officer(config, &name, role, unit.as_deref())
        }
        Create::UpstreamKey { name } => {
            let store = start::store(config)?;
            let created = identity::upstream_key_create(&store, &name, Utc::now())?;
            println!("key id: {}\nsecret: {}", created.key_id, created.secret);
            Ok(())
        }
        Create::Keys { file } => {
            let keyring = Keyring::create(&file)?;
            println!("{}: key file {}", file.display(), keyring.fingerprint());
            Ok(())
        }
    }
}

fn officer(config: &Config, name: &str, role: Role, unit: Option<&str>) -> anyhow::Result<()> {
    let store = start::store(config)?;
    let created = identity::officer_create(&store, name, role, unit, Utc::now())?;
    println!("user name: {name}\nrole: {}\npassword: {}", role.as_str(), created.password);
    println!("one-time-code secret: {}\none-time-code address: {}", created.totp_secret, created.otpauth_uri);
    Ok(())
}
