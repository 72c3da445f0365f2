//! Rate limits, shared by all processes while Redis answers.
//!
//! A sliding window over two fixed ones: what was allowed in the last window counts for the part of it that the
//! sliding window still covers. Only allowed tries count, so who keeps knocking is not shut out for longer.
//!
//! This process also counts what it allowed itself. So a Redis that vanishes, or comes back empty, gives nobody a fresh
//! start here; and who has used a limit up is refused without asking Redis.

mod local;
mod shared;
mod window;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::redis_link::Link;
use local::LocalCounts;

/// Whether one try may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The try may go on, and was counted.
    pub allowed: bool,
    /// After how long a try would be allowed, if nobody else tries; zero when `allowed`.
    pub retry_after: Duration,
}

impl Decision {
    pub(crate) const ALLOWED: Self = Self { allowed: true, retry_after: Duration::ZERO };

    pub(crate) const fn refused(wait_ms: u64) -> Self {
        Self { allowed: false, retry_after: Duration::from_millis(wait_ms) }
    }
}

/// Counts tries. Clones share their counts.
#[derive(Clone)]
pub struct Limiter {
    inner: Arc<Inner>,
}

struct Inner {
    link: Option<Arc<Link>>,
    prefix: String,
    counts: LocalCounts,
    started: Instant,
    live_servers: AtomicU32,
}

impl Limiter {
    pub(crate) fn new(link: Option<Arc<Link>>, prefix: &str) -> Self {
        let inner = Inner {
            link,
            prefix: format!("{prefix}limit:"),
            counts: LocalCounts::new(local::MOST_PER_SHARD),
            started: Instant::now(),
            live_servers: AtomicU32::new(1),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Tells how many servers share the work now. Without Redis each allows its part of a limit, at least one.
    pub fn set_live_servers(&self, servers: u32) {
        self.inner.live_servers.store(servers.max(1), Ordering::Relaxed);
    }

    /// Counts one try of `key` (an address, a person, a key id) against the limit named `bucket`: at most `limit` in
    /// any `window` (whole milliseconds, at most seven days). The same bucket must always come with the same window.
    ///
    /// `key` is part of a Redis key, so it must be short and never personal data in the clear: give a blind index or an
    /// inner id for a person.
    pub async fn allow(&self, bucket: &str, key: &str, limit: u32, window: Duration) -> Decision {
        let inner = &*self.inner;
        let slot = inner.counts.slot(bucket, key);
        let window_ms = u64::try_from(window.as_millis()).unwrap_or(u64::MAX).clamp(1, window::LONGEST_MS);
        let own = inner.counts.look(slot, inner.now_ms(), limit, window_ms);
        if !own.allowed {
            return own;
        }
        if let Some(link) = &inner.link
            && let Some(decision) =
                shared::allow(link, format!("{}{bucket}:{key}", inner.prefix), limit, window_ms).await
        {
            if decision.allowed {
                inner.counts.count(slot, inner.now_ms(), window_ms);
            }
            return decision;
        }
        let servers = inner.live_servers.load(Ordering::Relaxed);
        let part = if limit == 0 { 0 } else { (limit / servers).max(1) };
        inner.counts.allow(slot, inner.now_ms(), part, window_ms)
    }
}

impl Inner {
    fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
