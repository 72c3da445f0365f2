//! Hashing passwords off the async workers, a few at a time.

use std::{sync::Arc, time::Duration};

use tokio::sync::Semaphore;

use super::{IdentitySettings, addresses::BlockedAddresses};
use crate::error::AppError;

/// How long a sign-in waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// Bounds how many passwords are hashed at once and how many wait, so that strangers can take neither all memory nor all
/// processors; and remembers which addresses have failed too often.
pub struct PasswordGate {
    places: Arc<Semaphore>,
    running: Arc<Semaphore>,
    pub(super) blocked: BlockedAddresses,
}

impl PasswordGate {
    /// A gate as wide as configured.
    pub fn new(settings: &IdentitySettings) -> Self {
        let at_once = settings.passwords_at_once.max(1);
        let places = at_once.saturating_add(settings.passwords_waiting);
        Self {
            places: Arc::new(Semaphore::new(places as usize)),
            running: Arc::new(Semaphore::new(at_once as usize)),
            blocked: BlockedAddresses::default(),
        }
    }

    /// Runs `work` when it is its turn, or says that too many wait.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AppError> {
        let full = || AppError::unavailable("too many sign-ins at once");
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| full())?;
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.running).acquire_owned()).await;
        let turn = turn.map_err(|_| full())?.map_err(|_| full())?;
        // The permits go along: a caller who hangs up does not free the place of work that still runs.
        let ran = tokio::task::spawn_blocking(move || {
            let done = work();
            drop((turn, place));
            done
        });
        ran.await.map_err(|error| AppError::internal(format!("hashing ended abnormally: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::error::ErrorCode;

    #[tokio::test]
    async fn who_finds_no_place_is_told_to_come_back_and_a_hang_up_frees_none() {
        let settings = IdentitySettings { passwords_at_once: 1, passwords_waiting: 1, ..IdentitySettings::default() };
        let gate = Arc::new(PasswordGate::new(&settings));
        let (finish, finished) = mpsc::channel::<()>();
        let (started, has_started) = tokio::sync::oneshot::channel::<()>();
        let first = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move {
                gate.run(move || {
                    started.send(()).unwrap();
                    finished.recv().unwrap();
                })
                .await
            }
        });
        has_started.await.unwrap();
        first.abort();
        assert!(first.await.unwrap_err().is_cancelled());
        let waiting = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.run(|| 7).await }
        });
        while gate.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let refused = gate.run(|| 8).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Unavailable);
        assert!(refused.retry_after.is_some());
        finish.send(()).unwrap();
        assert_eq!(waiting.await.unwrap().unwrap(), 7);
    }
}
