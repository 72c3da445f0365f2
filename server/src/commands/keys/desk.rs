//! The steps of an exchange of keys.

use std::{
    fs::{File, TryLockError},
    io::{IsTerminal as _, stdin, stdout},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use app::keys::{self as exchange, Event, Walked};
use chrono::Utc;
use keyring::{Exchange, KeyState, Keyring};
use store::{Store, rotation::Rows, servers::servers_live};

use super::{Wait, has_older};
use crate::{Config, commands::import::bar, keys::Place, start};

/// Servers look for new keys once a second; one that starts, or a command, may have read the old ones a moment ago.
const AT_LEAST: Duration = Duration::from_millis(1_500);
/// Walks in search of rows that somebody else held in the walk before.
const WALKS: u32 = 20;

/// Where one operator at a time exchanges keys.
pub(super) struct Desk {
    store: Store,
    place: Place,
    patience: Duration,
    _alone: Option<File>,
}

impl Desk {
    pub(super) fn open(config: &Config, wait: &Wait) -> anyhow::Result<Self> {
        let store = start::store(config)?;
        let place = Place::of(config, &store.db);
        let alone = alone(&place)?;
        // Another command may have been at work until a moment ago.
        store.keyring.replace(place.read(&store.db)?);
        Ok(Self { store, place, patience: Duration::from_secs(wait.wait_seconds), _alone: alone })
    }

    pub(super) fn rotate(&self, exchange: Exchange) -> anyhow::Result<()> {
        let under_way = self.store.keyring.is_prepared() || has_older(self.store.keyring.master_keys());
        if under_way {
            println!("a rotation is under way: it goes on, and options count for the next one");
        } else {
            self.take(self.store.keyring.prepare(exchange))?;
        }
        if self.store.keyring.is_prepared() {
            self.note(Event::Prepared, KeyState::Next)?;
            println!("1. new keys are in {}; servers learn them", self.place);
            self.wait_for_servers()?;
            self.take(self.store.keyring.promote())?;
        }
        self.note(Event::Current, KeyState::Current)?;
        println!("2. the new keys are current; servers take them into use");
        self.wait_for_servers()?;
        println!("3. what is stored is brought under the new keys");
        let walked = self.walk_all_left()?;
        let left = exchange::uses(&self.store)?.left;
        println!("rows looked at {}, brought under the new keys {}, left {left}", walked.seen, walked.changed);
        ensure!(
            left == 0 && walked.stuck == 0,
            "{left} rows are left and {} hold something that does not open: see `golden-bell keys status`",
            walked.stuck
        );
        println!("nothing is left under older keys: `golden-bell keys finish` removes them");
        Ok(())
    }

    pub(super) fn finish(&self, yes: bool) -> anyhow::Result<()> {
        let before = Keyring::clone(&self.store.keyring);
        ensure!(!before.is_prepared(), "a rotation is under way: `golden-bell keys rotate` goes on with it");
        if !has_older(before.master_keys()) && !has_older(before.blind_index_keys()) {
            println!("there are no older keys to remove");
            return Ok(());
        }
        self.wait_for_servers()?;
        println!("everything is looked at once more");
        let checked = self.walk(Rows::All)?;
        let walked = self.walk_all_left()?;
        let (left, stuck) = (exchange::uses(&self.store)?.left, checked.stuck + walked.stuck);
        ensure!(
            left == 0 && stuck == 0,
            "{left} rows are left under older keys, {stuck} hold something that does not open"
        );
        println!(
            "rows looked at {}, brought under the new keys {}, left 0",
            checked.seen,
            checked.changed + walked.changed
        );

        confirm(yes)?;
        self.take(before.without_older())?;
        let purposes = [before.master_keys().collect::<Vec<_>>(), before.blind_index_keys().collect()];
        for keys in purposes.iter().filter(|keys| has_older(keys.iter().copied())) {
            for (current, _) in keys.iter().take(1) {
                exchange::note(&self.store, Event::OlderRemoved, *current, Utc::now())?;
            }
        }
        self.wait_for_servers()?;
        // What somebody wrote under an older key between the last look and now is still in reach of this process.
        let reach = Store { db: self.store.db.clone(), keyring: before.into() };
        let late = exchange::walk(&reach, Rows::Left, &|_| {})?;
        println!(
            "the older keys are removed from {}; written late under them, and brought over: {}",
            self.place, late.changed
        );
        Ok(())
    }

    /// Writes keys and uses them.
    fn take(&self, after: Keyring) -> anyhow::Result<()> {
        self.place.replace(&self.store.db, &self.store.keyring, &after)?;
        self.store.keyring.replace(after);
        Ok(())
    }

    fn note(&self, event: Event, state: KeyState) -> anyhow::Result<()> {
        let keyring = &self.store.keyring;
        let keys = keyring.master_keys().chain(keyring.blind_index_keys()).chain(keyring.token_keys());
        for (key, _) in keys.filter(|(_, of)| *of == state) {
            exchange::note(&self.store, event, key, Utc::now())?;
        }
        Ok(())
    }

    fn wait_for_servers(&self) -> anyhow::Result<()> {
        let (wanted, started) = (self.store.keyring.fingerprint(), Instant::now());
        thread::sleep(AT_LEAST);
        loop {
            let live = self.store.db.run_blocking(|connection| servers_live(connection, Utc::now()))?;
            let lacking: Vec<&str> =
                live.iter().filter(|server| server.keys != wanted).map(|server| server.id.as_str()).collect();
            if lacking.is_empty() {
                println!("   {} of {} live servers use keys {wanted}", live.len(), live.len());
                return Ok(());
            }
            if started.elapsed() > self.patience {
                bail!(
                    "{} of {} live servers do not use keys {wanted}: {}. Bring the key file to them, or restart them, and \
                     run this again: it goes on from here",
                    lacking.len(),
                    live.len(),
                    lacking.join(", ")
                );
            }
            thread::sleep(Duration::from_millis(200));
        }
    }

    /// Walks until nothing is left, or nothing changes any more.
    fn walk_all_left(&self) -> anyhow::Result<Walked> {
        let mut sum = Walked::default();
        for _ in 0..WALKS {
            let walked = self.walk(Rows::Left)?;
            sum = Walked { seen: sum.seen + walked.seen, changed: sum.changed + walked.changed, stuck: walked.stuck };
            if exchange::uses(&self.store)?.left == walked.stuck {
                break;
            }
            thread::sleep(Duration::from_millis(200));
        }
        Ok(sum)
    }

    fn walk(&self, rows: Rows) -> anyhow::Result<Walked> {
        let uses = exchange::uses(&self.store)?;
        let bar = bar("rows");
        bar.set_length(if rows == Rows::All { uses.rows } else { uses.left });
        let walked = exchange::walk(&self.store, rows, &|seen| bar.set_position(seen));
        bar.finish_and_clear();
        Ok(walked?)
    }
}

/// One exchange at a time. In the development database a change of what another command read is refused instead.
fn alone(place: &Place) -> anyhow::Result<Option<File>> {
    let Place::File(path) = place else { return Ok(None) };
    let path = path.with_extension("lock");
    let file = File::create(&path).with_context(|| format!("{} cannot be made", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => bail!("another command exchanges the keys"),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| path.display().to_string()),
    }
}

fn confirm(yes: bool) -> anyhow::Result<()> {
    if yes {
        return Ok(());
    }
    ensure!(
        stdin().is_terminal() && stdout().is_terminal(),
        "nobody can be asked here: say --yes to remove the older keys"
    );
    println!(
        "Backups of the database made before the rotation can only be read with the older keys: keep a copy of the key file \
         with them. Type yes to remove the older keys:"
    );
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    ensure!(answer.trim() == "yes", "nothing was removed");
    Ok(())
}
