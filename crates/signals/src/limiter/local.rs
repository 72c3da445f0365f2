//! The counts of this process, in bounded memory.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Decision;
use super::window::Window;

const SHARDS: usize = 16;

/// With two generations of 48 bytes a key all shards together stay below 30 MB.
pub(crate) const MOST_PER_SHARD: usize = 16_384;

/// Names one limited key: 128 bits of two hashes with secret seeds, so that nobody can make two keys meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Slot(u64, u64);

/// Counts by key. A full generation becomes the old one and the old one is dropped. Every try, refused ones too, carries
/// its key over, so a flood of other keys gives nobody who keeps coming a fresh start; there is no sweep.
pub(crate) struct LocalCounts {
    seeds: (RandomState, RandomState),
    shards: [Mutex<Shard>; SHARDS],
    most: usize,
}

#[derive(Default)]
struct Shard {
    young: HashMap<Slot, Window>,
    old: HashMap<Slot, Window>,
}

impl LocalCounts {
    pub(crate) fn new(most_per_shard: usize) -> Self {
        let shards = std::array::from_fn(|_| Mutex::new(Shard::default()));
        Self { seeds: (RandomState::new(), RandomState::new()), shards, most: most_per_shard }
    }

    pub(crate) fn slot(&self, bucket: &str, key: &str) -> Slot {
        let half = |seed: &RandomState| {
            let mut hasher = seed.build_hasher();
            // The length keeps `a` + `bc` and `ab` + `c` apart.
            hasher.write_usize(bucket.len());
            hasher.write(bucket.as_bytes());
            hasher.write(key.as_bytes());
            hasher.finish()
        };
        Slot(half(&self.seeds.0), half(&self.seeds.1))
    }

    /// Whether a try would be allowed, counting nothing.
    pub(crate) fn look(&self, slot: Slot, now_ms: u64, limit: u32, window_ms: u64) -> Decision {
        self.shard(slot).get(slot, self.most).at(now_ms, window_ms).decide(now_ms, limit, window_ms)
    }

    /// Counts a try that was allowed elsewhere.
    pub(crate) fn count(&self, slot: Slot, now_ms: u64, window_ms: u64) {
        let mut shard = self.shard(slot);
        let window = shard.get(slot, self.most).at(now_ms, window_ms).counted();
        shard.put(slot, window, self.most);
    }

    /// Decides and counts in one step.
    pub(crate) fn allow(&self, slot: Slot, now_ms: u64, limit: u32, window_ms: u64) -> Decision {
        let mut shard = self.shard(slot);
        let window = shard.get(slot, self.most).at(now_ms, window_ms);
        let decision = window.decide(now_ms, limit, window_ms);
        if decision.allowed {
            shard.put(slot, window.counted(), self.most);
        }
        decision
    }

    fn shard(&self, slot: Slot) -> MutexGuard<'_, Shard> {
        let [first, ..] = &self.shards;
        let index = usize::try_from(slot.0 % SHARDS as u64).unwrap_or(0);
        let shard = self.shards.get(index).unwrap_or(first);
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shard {
    fn get(&mut self, slot: Slot, most: usize) -> Window {
        if let Some(window) = self.young.get(&slot) {
            return *window;
        }
        let Some(window) = self.old.remove(&slot) else { return Window::default() };
        self.put(slot, window, most);
        window
    }

    fn put(&mut self, slot: Slot, window: Window, most: usize) {
        if self.young.len() >= most && !self.young.contains_key(&slot) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(slot, window);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: u64 = 1_000;

    #[test]
    fn tries_are_counted_per_bucket_and_key() {
        let counts = LocalCounts::new(100);
        let slot = counts.slot("login", "a");
        assert!(counts.allow(slot, 0, 2, WINDOW).allowed);
        assert!(counts.look(slot, 0, 2, WINDOW).allowed);
        counts.count(slot, 0, WINDOW);
        assert!(!counts.allow(slot, 0, 2, WINDOW).allowed);
        assert!(counts.allow(counts.slot("login", "b"), 0, 2, WINDOW).allowed);
        assert!(counts.allow(counts.slot("logi", "na"), 0, 2, WINDOW).allowed);
        assert!(counts.allow(slot, 2 * WINDOW, 2, WINDOW).allowed);
    }

    #[test]
    fn a_flood_of_keys_stays_within_two_generations_and_forgets_nobody_who_keeps_coming() {
        let counts = LocalCounts::new(8);
        let steady = counts.slot("login", "steady");
        for number in 0..10_000 {
            counts.count(counts.slot("login", &number.to_string()), 0, WINDOW);
            if number % 4 == 0 {
                counts.allow(steady, 0, 100, WINDOW);
            }
        }
        for shard in &counts.shards {
            let shard = shard.lock().unwrap();
            assert!(shard.young.len() <= 8 && shard.old.len() <= 8);
        }
        assert!(!counts.look(steady, 0, 100, WINDOW).allowed);
    }
}
