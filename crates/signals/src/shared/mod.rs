//! Small values all processes share for a while, and locks for single flight.
//!
//! Every value is kept in this process too, so that a vanished Redis costs nothing but the sharing.

mod local;
mod lock;

use std::sync::Arc;
use std::time::Duration;

use redis::{RedisResult, Script};

use crate::Signals;
use crate::redis_link::Link;
use local::LocalValues;
pub use lock::Lock;

/// Deletes a key only while it holds the value the caller saw; otherwise a newer one would be lost.
const DELETE_IF: &str = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

pub(crate) struct SharedValues {
    link: Option<Arc<Link>>,
    values: LocalValues,
    locks: Arc<LocalValues>,
    prefix: String,
}

impl SharedValues {
    pub(crate) fn new(link: Option<Arc<Link>>, prefix: &str) -> Self {
        let locks = Arc::new(LocalValues::default());
        Self { link, values: LocalValues::default(), locks, prefix: prefix.to_owned() }
    }

    fn name(&self, key: &str) -> String {
        format!("{}shared:{key}", self.prefix)
    }
}

impl Signals {
    /// The value under `key`: what Redis holds while it answers, else what this process last set or knows.
    pub async fn shared_get(&self, key: &str) -> Option<String> {
        let shared = self.shared();
        if let Some(link) = &shared.link {
            let name = shared.name(key);
            let answer: Option<Option<String>> =
                link.call(|mut c| async move { redis::cmd("GET").arg(name).query_async(&mut c).await }).await;
            if let Some(value) = answer {
                return value;
            }
        }
        shared.values.get(key)
    }

    /// Sets `key` to `value` for `time_to_live` (at least one millisecond), for every process while Redis answers and
    /// for this one always.
    pub async fn shared_set(&self, key: &str, value: &str, time_to_live: Duration) {
        let shared = self.shared();
        shared.values.set(key, value, time_to_live);
        if let Some(link) = &shared.link {
            let (name, value, lasts) = (shared.name(key), value.to_owned(), milliseconds(time_to_live));
            let set = |mut c| async move {
                redis::cmd("SET").arg(name).arg(value).arg("PX").arg(lasts).query_async::<()>(&mut c).await
            };
            link.call(set).await;
        }
    }

    /// Compare and drop: deletes `key` only where it still holds `value`.
    pub async fn shared_delete_if(&self, key: &str, value: &str) {
        let shared = self.shared();
        shared.values.remove_if(key, value);
        if let Some(link) = &shared.link {
            delete_if(link, shared.name(key), value.to_owned()).await;
        }
    }

    /// Takes the lock `key` for at most `time_to_live`, in this process and, while Redis answers, among all. `None`
    /// when somebody holds it. Saves work only: where two holders would do harm, the database must decide.
    pub async fn try_lock(&self, key: &str, time_to_live: Duration) -> Option<Lock> {
        let shared = self.shared();
        let owner = format!("{:032x}", rand::random::<u128>());
        if !shared.locks.set_if_absent(key, &owner, time_to_live) {
            return None;
        }
        let mut lock = Lock::local(Arc::clone(&shared.locks), key, &owner);
        if let Some(link) = &shared.link {
            let (name, lasts) = (format!("{}lock:{key}", shared.prefix), milliseconds(time_to_live));
            let (name_sent, owner_sent) = (name.clone(), owner.clone());
            let take = |mut c| async move {
                let mut command = redis::cmd("SET");
                command.arg(name_sent).arg(owner_sent).arg("NX").arg("PX").arg(lasts);
                command.query_async::<Option<String>>(&mut c).await
            };
            match link.call(take).await {
                Some(None) => return None,
                // A set that was sent but not answered in time may have happened: give it back in any case.
                Some(Some(_)) | None => lock.also_in_redis(Arc::clone(link), name),
            }
        }
        Some(lock)
    }
}

async fn delete_if(link: &Link, name: String, value: String) {
    let run = |mut c| async move {
        let deleted: RedisResult<i64> = Script::new(DELETE_IF).key(name).arg(value).invoke_async(&mut c).await;
        deleted
    };
    link.call(run).await;
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).clamp(1, i64::MAX.unsigned_abs() / 2)
}
