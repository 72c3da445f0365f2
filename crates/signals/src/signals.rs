//! The handle the rest of the service holds.

use std::sync::Arc;
use std::time::Duration;

use crate::Limiter;
use crate::news::{self, Hub, Subscription, Topic};
use crate::redis_link::{BUDGET, Link};
use crate::shared::SharedValues;

/// How Redis is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What every key and channel starts with, so that several services, or tests, can share one Redis.
    pub prefix: String,
    /// The longest any call waits for Redis before it goes on without.
    pub budget: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { prefix: "golden-bell:".to_owned(), budget: BUDGET }
    }
}

/// Whether the processes can hear each other now; for health and metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No Redis is configured: everything stays inside this process.
    InProcess,
    /// Redis answers.
    Connected,
    /// Redis is configured and does not answer; this process works alone and looks for it.
    Disconnected,
}

/// The way to the other processes. Clones share one connection; the background work ends with the last clone.
#[derive(Clone)]
pub struct Signals {
    inner: Arc<Inner>,
}

struct Inner {
    link: Option<Arc<Link>>,
    prefix: String,
    hub: Arc<Hub>,
    shared: SharedValues,
    limiter: Limiter,
    listener: Option<tokio::task::AbortHandle>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(listener) = &self.listener {
            listener.abort();
        }
        if let Some(link) = &self.link {
            link.stop();
        }
    }
}

impl Signals {
    /// Connects to `redis_url`, or works in-process with `None`. Never fails: a wrong address is logged and means
    /// in-process; an unreachable Redis is waited for at most one second here and looked for in the background after.
    pub async fn connect(redis_url: Option<&str>) -> Self {
        Self::connect_with(redis_url, Settings::default()).await
    }

    /// As [`Signals::connect`], with settings of one's own.
    pub async fn connect_with(redis_url: Option<&str>, Settings { prefix, budget }: Settings) -> Self {
        let hub = Arc::new(Hub::new());
        let link = match redis_url {
            Some(url) => Link::connect(url, budget).await,
            None => None,
        };
        let listener = link.as_ref().map(|link| news::listen(link.client().clone(), &prefix, Arc::clone(&hub)));
        let shared = SharedValues::new(link.clone(), &prefix);
        let limiter = Limiter::new(link.clone(), &prefix);
        Self { inner: Arc::new(Inner { link, prefix, hub, shared, limiter, listener }) }
    }

    /// Whether the processes can hear each other now.
    #[must_use]
    pub fn state(&self) -> State {
        match &self.inner.link {
            None => State::InProcess,
            Some(link) if link.is_up() => State::Connected,
            Some(_) => State::Disconnected,
        }
    }

    /// Wakes every subscriber of `topic`: those of this process at once, those of others through Redis where it
    /// answers. A hint only: the reader must also look by a timer. `payload` must not hold personal data or secrets.
    pub async fn publish(&self, topic: Topic, payload: &str) {
        self.inner.hub.deliver(topic, payload);
        if let Some(link) = &self.inner.link {
            let channel = topic.channel(&self.inner.prefix);
            let message = self.inner.hub.sign(payload);
            let work = |mut connection| async move {
                redis::cmd("PUBLISH").arg(channel).arg(message).query_async::<i64>(&mut connection).await
            };
            link.call(work).await;
        }
    }

    /// Listens to `topic` from now on.
    #[must_use]
    pub fn subscribe(&self, topic: Topic) -> Subscription {
        self.inner.hub.subscribe(topic)
    }

    /// The limiter all processes share while Redis answers.
    #[must_use]
    pub fn limiter(&self) -> Limiter {
        self.inner.limiter.clone()
    }

    pub(crate) fn shared(&self) -> &SharedValues {
        &self.inner.shared
    }
}
