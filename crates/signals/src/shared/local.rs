//! Values of this process that end by themselves.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Keys are named by the code, never by a request, so this is never reached; it bounds a mistake.
const MOST: usize = 10_000;

#[derive(Default)]
pub(crate) struct LocalValues {
    values: Mutex<HashMap<String, Kept>>,
}

struct Kept {
    value: String,
    until: Instant,
}

impl LocalValues {
    pub(crate) fn get(&self, key: &str) -> Option<String> {
        let values = self.lock();
        values.get(key).filter(|kept| kept.until > Instant::now()).map(|kept| kept.value.clone())
    }

    pub(crate) fn set(&self, key: &str, value: &str, time_to_live: Duration) {
        insert(&mut self.lock(), key, value, time_to_live);
    }

    /// False, and nothing changed, while a living value is there.
    pub(crate) fn set_if_absent(&self, key: &str, value: &str, time_to_live: Duration) -> bool {
        let mut values = self.lock();
        let taken = values.get(key).is_some_and(|kept| kept.until > Instant::now());
        if !taken {
            insert(&mut values, key, value, time_to_live);
        }
        !taken
    }

    pub(crate) fn remove_if(&self, key: &str, value: &str) {
        let mut values = self.lock();
        if values.get(key).is_some_and(|kept| kept.value == value) {
            values.remove(key);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn insert(values: &mut HashMap<String, Kept>, key: &str, value: &str, time_to_live: Duration) {
    let now = Instant::now();
    if values.len() >= MOST {
        values.retain(|_, kept| kept.until > now);
    }
    if values.len() < MOST || values.contains_key(key) {
        // A time beyond the clock's range is as good as a day.
        let until = now.checked_add(time_to_live).unwrap_or(now + Duration::from_secs(86_400));
        values.insert(key.to_owned(), Kept { value: value.to_owned(), until });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_ends_by_itself_and_frees_its_place() {
        let values = LocalValues::default();
        values.set("key", "old", Duration::ZERO);
        assert_eq!(values.get("key"), None);
        assert!(values.set_if_absent("key", "new", Duration::from_secs(60)));
        assert!(!values.set_if_absent("key", "newer", Duration::from_secs(60)));
        assert_eq!(values.get("key").as_deref(), Some("new"));
    }

    #[test]
    fn only_the_value_that_was_seen_is_removed() {
        let values = LocalValues::default();
        values.set("key", "new", Duration::MAX);
        values.remove_if("key", "old");
        assert_eq!(values.get("key").as_deref(), Some("new"));
        values.remove_if("key", "new");
        assert_eq!(values.get("key"), None);
    }

    #[test]
    fn memory_is_bounded_and_living_values_stay() {
        let values = LocalValues::default();
        for number in 0..MOST + 5 {
            values.set(&number.to_string(), "v", Duration::from_secs(60));
        }
        assert_eq!(values.lock().len(), MOST);
        values.set("0", "changed", Duration::from_secs(60));
        assert_eq!(values.get("0").as_deref(), Some("changed"));
    }
}
