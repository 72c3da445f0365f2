//! A lock held by one process for one piece of work.

use std::sync::Arc;

use super::delete_if;
use super::local::LocalValues;
use crate::redis_link::Link;

/// A taken lock. Dropping it gives it back: in this process at once, in Redis a moment later. A holder that dies keeps
/// it until its time is over.
#[must_use = "a dropped lock is given back at once"]
pub struct Lock {
    locks: Arc<LocalValues>,
    key: String,
    owner: String,
    redis: Option<(Arc<Link>, String)>,
}

impl Lock {
    pub(crate) fn local(locks: Arc<LocalValues>, key: &str, owner: &str) -> Self {
        Self { locks, key: key.to_owned(), owner: owner.to_owned(), redis: None }
    }

    pub(crate) fn also_in_redis(&mut self, link: Arc<Link>, name: String) {
        self.redis = Some((link, name));
    }

    /// Gives the lock back and waits until Redis knows.
    pub async fn release(mut self) {
        if let Some((link, name)) = self.redis.take() {
            delete_if(&link, name, self.owner.clone()).await;
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.locks.remove_if(&self.key, &self.owner);
        if let Some((link, name)) = self.redis.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let owner = std::mem::take(&mut self.owner);
            runtime.spawn(async move { delete_if(&link, name, owner).await });
        }
    }
}
