//! The connection to Redis and its breaker.
//!
//! Requests never connect: they use the connection that is there, or go on without. One failed or late call closes the
//! way for all; one background task alone tests it again, so a slow Redis costs a few callers [`BUDGET`] once, not
//! every caller always.

mod backoff;
mod keeper;

use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Client, ErrorKind, RedisError, RedisResult};
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::timeout;

pub(crate) use backoff::Backoff;

/// The longest any call waits for Redis before it goes on without, unless the settings say otherwise.
pub const BUDGET: Duration = Duration::from_millis(50);

/// The longest an attempt to connect may take; it only ever holds up the background task and the start.
pub(crate) const CONNECT_WITHIN: Duration = Duration::from_secs(1);

/// One multiplexed connection, replaced by the keeper task when it fails.
pub(crate) struct Link {
    client: Client,
    budget: Duration,
    current: RwLock<Option<Open>>,
    lost: Notify,
    keeper: RwLock<Option<AbortHandle>>,
}

#[derive(Clone)]
struct Open {
    generation: u64,
    connection: MultiplexedConnection,
}

impl Link {
    /// `None` when the address can't be used at all. The address is not logged: it may hold a password.
    pub(crate) async fn connect(url: &str, budget: Duration) -> Option<Arc<Self>> {
        let client = match Client::open(url) {
            Ok(client) => client,
            Err(error) => {
                tracing::error!(reason = error.category(), "the Redis address can't be used; working in-process");
                return None;
            }
        };
        let link = Arc::new(Self {
            client,
            budget,
            current: RwLock::new(None),
            lost: Notify::new(),
            keeper: RwLock::new(None),
        });
        match keeper::open(&link.client, budget).await {
            Ok(connection) => link.install(Open { generation: 1, connection }),
            Err(reason) => tracing::warn!(reason, "Redis does not answer; working in-process until it does"),
        }
        let handle = tokio::spawn(keeper::keep(Arc::downgrade(&link))).abort_handle();
        *link.keeper.write().unwrap_or_else(PoisonError::into_inner) = Some(handle);
        Some(link)
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn is_up(&self) -> bool {
        self.current().is_some()
    }

    /// Runs `work` on the connection within the budget. `None` means: go on without Redis.
    pub(crate) async fn call<T, F, W>(&self, work: F) -> Option<T>
    where
        F: FnOnce(MultiplexedConnection) -> W,
        W: Future<Output = RedisResult<T>>,
    {
        let open = self.current()?;
        match timeout(self.budget, work(open.connection)).await {
            Ok(Ok(value)) => Some(value),
            Ok(Err(error)) if answered(&error) => {
                tracing::warn!(reason = error.category(), code = error.code(), "Redis refused a command");
                None
            }
            Ok(Err(error)) => {
                self.lose(open.generation, error.category());
                None
            }
            Err(_) => {
                self.lose(open.generation, "no answer in time");
                None
            }
        }
    }

    pub(crate) fn stop(&self) {
        if let Some(keeper) = self.keeper.write().unwrap_or_else(PoisonError::into_inner).take() {
            keeper.abort();
        }
    }

    fn current(&self) -> Option<Open> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn install(&self, open: Open) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(open);
    }

    /// A late failure of an older connection must not throw away the newer one, hence the generation.
    fn lose(&self, generation: u64, reason: &str) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref().is_some_and(|open| open.generation == generation) {
            *current = None;
            drop(current);
            tracing::warn!(reason, "Redis is lost; working in-process until it answers again");
            self.lost.notify_one();
        }
    }
}

/// Whether Redis itself answered, quickly, with a refusal (read-only replica, out of memory, loading): the connection
/// is sound and the refusal cost no time.
fn answered(error: &RedisError) -> bool {
    matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension) && !error.is_unrecoverable_error()
}
