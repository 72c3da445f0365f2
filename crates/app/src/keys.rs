//! Exchanging the keys of an installation: moving what is stored, and what an operator is told about it.

use std::{thread, time::Duration};

use chrono::{DateTime, Utc};
use keyring::{KeyId, Keyring};
use store::{
    DbConnection, Store, StoreError,
    audit_log::audit_log_add,
    rotation::{
        KeyUse, Part, Rows, Step, is_noted, key_uses, officers_reseal, persons_reseal, responsibilities_reseal,
        upstream_keys_reseal,
    },
};

use crate::Context;

/// Rows in one transaction: others wait for its end where they want to change one of them.
const ROWS: i64 = 100;
/// How often a step is tried before the walk gives up; the database may be busy or restart.
const TRIES: u32 = 6;

/// What was done to a key, as the audit log says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// It was made; servers learn it.
    Prepared,
    /// It became current.
    Current,
    /// The older ones of its purpose were removed.
    OlderRemoved,
}

impl Event {
    const fn action(self) -> &'static str {
        match self {
            Self::Prepared => "key.prepared",
            Self::Current => "key.current",
            Self::OlderRemoved => "key.older_removed",
        }
    }
}

/// Notes in the audit log what was done to a key; once, however often it is said. Blocking.
pub fn note(store: &Store, event: Event, key: KeyId, now: DateTime<Utc>) -> Result<(), StoreError> {
    let (context, id) = (Context::operator(), key.to_string());
    store.db.write_blocking(|connection| {
        if is_noted(connection, event.action(), &id)? {
            return Ok(());
        }
        audit_log_add(connection, &context.audit(now, event.action(), "key", &id, serde_json::json!({})))
    })
}

/// What a walk over all tables did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Walked {
    /// Rows that were looked at.
    pub seen: u64,
    /// Rows that were brought to the current keys.
    pub changed: u64,
    /// Rows of which something could not be.
    pub stuck: u64,
}

type Reseal = fn(&mut DbConnection, &Keyring, Part) -> Result<Step, StoreError>;

/// Brings rows to the current keys, in the order of their ids, a hundred in a transaction; `progress` is told how many were
/// looked at. May be killed and run again at any time. Blocking.
pub fn walk(store: &Store, rows: Rows, progress: &dyn Fn(u64)) -> Result<Walked, StoreError> {
    let mut walked = Walked::default();
    let tables: [Reseal; 4] = [officers_reseal, upstream_keys_reseal, responsibilities_reseal, persons_reseal];
    for reseal in tables {
        let mut after = 0;
        loop {
            let part = Part { rows, after, limit: ROWS };
            let step = patiently(|| store.db.write_blocking(|connection| reseal(connection, &store.keyring, part)))?;
            walked.seen += step.seen;
            walked.changed += step.changed;
            walked.stuck += step.stuck;
            progress(walked.seen);
            let Some(last) = step.last else { break };
            after = last;
        }
    }
    Ok(walked)
}

/// Tries a step again where somebody else was in the way.
fn patiently<T>(step: impl Fn() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let mut tried = 1;
    loop {
        match step() {
            Err(StoreError::Unavailable(_) | StoreError::AlreadyExists(_)) if tried < TRIES => {
                thread::sleep(Duration::from_millis(100 << tried));
                tried += 1;
            }
            outcome => return outcome,
        }
    }
}

/// Where an exchange of keys stands.
#[derive(Debug, Clone)]
pub struct Uses {
    /// Rows by table and master key.
    pub under: Vec<KeyUse>,
    /// All rows.
    pub rows: u64,
    /// Rows that do not lie under the current master key with the current suite.
    pub left: u64,
}

/// Counts what lies under which master key. Blocking.
pub fn uses(store: &Store) -> Result<Uses, StoreError> {
    let under = store.db.run_blocking(key_uses)?;
    let current = store.keyring.master_key_ids().next();
    let is_left = |used: &&KeyUse| Some(used.key) != current || used.suite != store.keyring.suite();
    let count = |uses: &mut dyn Iterator<Item = &KeyUse>| uses.map(|used| used.rows).sum();
    Ok(Uses { rows: count(&mut under.iter()), left: count(&mut under.iter().filter(is_left)), under })
}
