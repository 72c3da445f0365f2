//! `golden-bell keys …`: exchange the keys while servers run.

mod desk;

use app::keys as exchange;
use chrono::Utc;
use clap::{Args, Subcommand};
use keyring::{Exchange, KeyId, KeyState, Suite};
use store::servers::servers_live;

use crate::{Config, keys::Place, start};
use desk::Desk;

/// What is done with the keys.
#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// Make new keys, wait until every server knows them, and bring what is stored under them. Killed or failed, it is run
    /// again and goes on where it stopped.
    Rotate(Rotate),
    /// What lies under which key, and which servers use which keys.
    Status,
    /// After a rotation: check that nothing needs the older keys any more, and remove them.
    Finish(Finish),
}

/// What is exchanged; the master key always is.
#[derive(Debug, Args)]
pub(super) struct Rotate {
    /// Also the key under which phones and openids are searched.
    #[arg(long)]
    blind_index: bool,
    /// Also the key that signs access tokens; nobody is signed out.
    #[arg(long)]
    token: bool,
    /// Seal with this suite from now on: `aes-256-gcm` or `sm4-gcm`. Another one than now exchanges the blind-index key too.
    #[arg(long)]
    suite: Option<Suite>,
    #[command(flatten)]
    wait: Wait,
}

/// How the older keys are removed.
#[derive(Debug, Args)]
pub(super) struct Finish {
    /// Do not ask.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    wait: Wait,
}

#[derive(Debug, Args)]
struct Wait {
    /// How long servers get to take the keys into use.
    #[arg(long, default_value_t = 60)]
    wait_seconds: u64,
}

pub(super) fn run(config: &Config, keys: Keys) -> anyhow::Result<()> {
    match keys {
        Keys::Rotate(rotate) => {
            let Rotate { blind_index, token, suite, wait } = rotate;
            Desk::open(config, &wait)?.rotate(Exchange { blind_index, token, suite })
        }
        Keys::Status => status(config),
        Keys::Finish(finish) => Desk::open(config, &finish.wait)?.finish(finish.yes),
    }
}

fn has_older(mut keys: impl Iterator<Item = (KeyId, KeyState)>) -> bool {
    keys.any(|(_, state)| state == KeyState::Older)
}

fn status(config: &Config) -> anyhow::Result<()> {
    let store = start::store(config)?;
    let keyring = &store.keyring;
    println!(
        "keys: {} in {}, new data is sealed with {}",
        keyring.fingerprint(),
        Place::of(config, &store.db),
        keyring.suite()
    );
    print_keys("master", keyring.master_keys());
    print_keys("blind index", keyring.blind_index_keys());
    print_keys("token", keyring.token_keys());
    let uses = exchange::uses(&store)?;
    for used in &uses.under {
        println!("{} under master key {} with {}: {}", used.table, used.key, used.suite, used.rows);
    }
    for server in store.db.run_blocking(|connection| servers_live(connection, Utc::now()))? {
        println!(
            "server {} uses keys {}",
            server.id,
            if server.keys.is_empty() { "it does not name" } else { &server.keys }
        );
    }
    println!("left under older keys: {} of {} rows", uses.left, uses.rows);
    let next = if keyring.is_prepared() {
        "new keys are prepared: `golden-bell keys rotate` goes on"
    } else if uses.left > 0 {
        "`golden-bell keys rotate` brings them over"
    } else if has_older(keyring.master_keys()) || has_older(keyring.blind_index_keys()) {
        "`golden-bell keys finish` removes the older keys"
    } else {
        "no rotation is under way"
    };
    println!("{next}");
    Ok(())
}

fn print_keys(purpose: &str, keys: impl Iterator<Item = (KeyId, KeyState)>) {
    for (key, state) in keys {
        println!("{purpose} key {key}: {}", state.as_str());
    }
}
