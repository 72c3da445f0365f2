//! The handle that everybody shares.

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use arc_swap::ArcSwap;
use domain::{LookupKey, candidates::Reaches};

use crate::{
    error::SnapshotError,
    layer::{Held, Layer, stack},
    row::Change,
    sieve::Sieve,
    snapshot::{self, Snapshot},
    view::View,
};

/// The lists as they are now. Readers never wait; writers wait for each other.
#[derive(Debug)]
pub struct Lists {
    state: ArcSwap<State>,
    writing: Mutex<()>,
}

/// One moment of the lists.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) snapshot: Option<Arc<Snapshot>>,
    pub(crate) layers: Vec<Arc<Layer>>,
    pub(crate) reaches: Reaches,
    pub(crate) sieve: Sieve,
    pub(crate) version: u64,
}

impl State {
    fn new(snapshot: Option<Arc<Snapshot>>, layers: Vec<Arc<Layer>>, sieve: Sieve, version: u64) -> Self {
        let below = snapshot.as_ref().map(|snapshot| snapshot.reaches()).unwrap_or_default();
        let reaches = layers.iter().fold(below, |reaches, layer| reaches.and(layer.reaches()));
        Self { snapshot, layers, reaches, sieve, version }
    }

    fn snapshot_version(&self) -> u64 {
        self.snapshot.as_ref().map_or(0, |snapshot| snapshot.list_version())
    }

    /// The newest change of a key since the snapshot.
    pub(crate) fn held(&self, key: &LookupKey) -> Option<&Held> {
        self.layers.iter().rev().find_map(|layer| layer.get(key))
    }
}

impl Lists {
    /// Lists with nothing in them, at version 0.
    pub fn empty() -> Self {
        Self { state: ArcSwap::from_pointee(State::default()), writing: Mutex::new(()) }
    }

    /// The newest snapshot in `dir` that is whole; empty lists if there is none. Damaged and foreign files are passed over
    /// with a log line. Only headers and sizes are checked here; see [`Snapshot::verify`].
    ///
    /// # Errors
    /// If the folder can't be read. A folder that doesn't exist counts as empty.
    pub fn open(dir: &Path) -> Result<Self, SnapshotError> {
        let lists = Self::empty();
        if let Some(snapshot) = snapshot::newest(dir)? {
            lists.swap(snapshot)?;
        }
        Ok(lists)
    }

    /// The lists as they are at this moment; cheap, and unchanged for as long as it is held. Hold one for a batch, not for ever:
    /// it keeps its snapshot's memory.
    pub fn view(&self) -> View {
        View::new(self.state.load())
    }

    /// Puts changes over the snapshot; readers see all of them at once.
    ///
    /// Repeats and changes already in the snapshot do nothing, and on one key the highest number counts, so the order of
    /// batches does not matter.
    ///
    /// # Errors
    /// [`SnapshotError::TooLarge`] with more names than can be counted; nothing is changed then.
    pub fn apply(&self, changes: impl Iterator<Item = Change>) -> Result<(), SnapshotError> {
        let _writing = self.lock();
        let state = self.state.load();
        let listed = state.snapshot_version();
        let mut version = state.version;
        let fresh = changes.filter(|change| {
            version = version.max(change.number);
            change.number > listed && state.held(&change.key).is_none_or(|held| held.number < change.number)
        });
        let newest = Arc::new(Layer::of(fresh)?);
        let layers = stack(&state.layers, newest.clone())?;
        let sieve = state.sieve.with(&newest, &layers);
        self.state.store(Arc::new(State::new(state.snapshot.clone(), layers, sieve, version)));
        Ok(())
    }

    /// Takes `snapshot` for the present one and keeps exactly the changes newer than its list version. Says whether it did: a
    /// snapshot older than the present one would lose changes and is left.
    ///
    /// # Errors
    /// As [`Self::apply`].
    pub fn swap(&self, snapshot: Snapshot) -> Result<bool, SnapshotError> {
        let _writing = self.lock();
        let state = self.state.load();
        let listed = snapshot.list_version();
        if listed < state.snapshot_version() {
            return Ok(false);
        }
        let mut layers = Vec::new();
        for layer in &state.layers {
            layers = stack(&layers, Arc::new(layer.after(listed)?))?;
        }
        let version = state.version.max(listed);
        let sieve = Sieve::of(&layers);
        self.state.store(Arc::new(State::new(Some(Arc::new(snapshot)), layers, sieve, version)));
        Ok(true)
    }

    /// The number of the newest change known, in the snapshot or over it.
    pub fn version(&self) -> u64 {
        self.state.load().version
    }

    /// The list version of the open snapshot; 0 without one.
    pub fn snapshot_version(&self) -> u64 {
        self.state.load().snapshot_version()
    }

    /// How many changes lie over the snapshot: when there are many, it is time for a new one. A key changed twice may
    /// count twice.
    pub fn overlay_len(&self) -> usize {
        self.state.load().layers.iter().map(|layer| layer.len()).sum()
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        // A writer that panicked stored nothing: the state is whole.
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
