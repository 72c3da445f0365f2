//! Officers as this server last saw them, for the time the database is away.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use keyring::PublicId;

use crate::Officer;

/// More sessions than this are not remembered.
const MOST: usize = 10_000;

/// The officers of the sessions seen lately. Asked only while the database is away, and then only for bearers of a valid
/// access token: checks go on, and nothing can be changed meanwhile.
#[derive(Default)]
pub struct KnownOfficers(Mutex<HashMap<PublicId, Officer>>);

impl KnownOfficers {
    pub(super) fn remember(&self, session: PublicId, officer: &Officer) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST && !known.contains_key(&session) {
            // Whoever is still at work comes back with the next request.
            known.clear();
        }
        known.insert(session, officer.clone());
    }

    pub(super) fn recall(&self, session: PublicId) -> Option<Officer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&session).cloned()
    }

    pub(super) fn forget(&self, session: PublicId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&session);
    }
}
