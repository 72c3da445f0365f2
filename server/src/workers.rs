//! What a server does besides answering: follow the lists, read revocations, write counts, tidy up.
//!
//! Every round takes no input and may be repeated at any time; it is woken by a signal or a timer.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use actix_web::web::Data;
use app::{AppError, ErrorCode, check, check::expansion::expansions_follow, identity, lists, residents, statistics};
use signals::Topic;
use store::servers::servers_beat;
use tokio::sync::watch;
use web::{AppData, Limits};

use crate::{health::Readiness, keys, start};

/// The rounds of one server. Some each server needs, some only workers have.
#[derive(Clone)]
pub struct Workers {
    app: AppData,
    readiness: Data<Readiness>,
    limits: Data<Limits>,
    /// The number up to which list changes were read.
    lists_seen: Arc<AtomicI64>,
    /// The night of the last recount.
    recounted: Arc<AtomicI64>,
    server_id: Arc<str>,
    keys: Arc<keys::Watch>,
    stop: Arc<watch::Sender<bool>>,
}

impl Workers {
    pub(crate) fn new(app: AppData, readiness: Data<Readiness>, limits: Data<Limits>, keys: keys::Watch) -> Self {
        let seen = i64::try_from(app.lists.version()).unwrap_or(i64::MAX);
        Self {
            app,
            readiness,
            limits,
            lists_seen: Arc::new(AtomicI64::new(seen)),
            recounted: Arc::new(AtomicI64::new(0)),
            server_id: keyring::PublicId::random().to_string().into(),
            keys: Arc::new(keys),
            stop: Arc::new(watch::Sender::new(false)),
        }
    }

    /// One round of what must be known before the first request is answered. A database that is away is waited for later.
    pub(crate) async fn catch_up(&self) {
        let rounds = [
            ("follow the lists", self.follow_lists().await),
            ("read revocations", identity::revocations_refresh(&self.app).await),
            ("read the division tree", self.app.divisions.refresh(&self.app).await),
            ("read the keys", self.follow_keys().await),
            ("beat", self.beat().await),
        ];
        for (round, outcome) in rounds.into_iter().filter(|(_, outcome)| outcome.is_err()) {
            note(round, outcome);
        }
    }

    /// Starts the rounds of this server: those that each one needs, and those of a worker where it is one.
    pub(crate) fn start(&self, worker: bool) {
        self.start_following();
        self.start_keeping();
        if worker {
            self.start_upkeep();
        }
    }

    /// What each server follows of what others did: lists, revocations, the tree of divisions, keys.
    fn start_following(&self) {
        let poll = Duration::from_millis(self.app.settings.lists.poll_ms.clamp(10, 1_000));
        self.spawn("follow the lists", poll, Some(Topic::ListChanged), |workers| async move {
            workers.follow_lists().await
        });
        self.spawn("read revocations", poll, Some(Topic::Revoked), |workers| async move {
            identity::revocations_refresh(&workers.app).await
        });
        self.spawn("read the division tree", Duration::from_secs(2), None, |workers| async move {
            workers.app.divisions.refresh(&workers.app).await
        });
        self.spawn("read the keys", Duration::from_secs(1), None, |workers| async move { workers.follow_keys().await });
        self.spawn("beat", Duration::from_secs(3), None, |workers| async move { workers.beat().await });
    }

    /// What each server has of its own: snapshots in its data folder; counts, own checks, links to follow and limits in its
    /// memory.
    fn start_keeping(&self) {
        self.spawn("rebuild the snapshot", Duration::from_secs(1), None, |workers| async move {
            lists::rebuild_if_due(&workers.app, workers.app.settings.lists.rebuild_after_changes).await.map(|_| ())
        });
        // Few changes are kept too, for a start without the database; not every second, for building reads every entry.
        self.spawn("keep the snapshot fresh", Duration::from_secs(600), None, |workers| async move {
            lists::rebuild_if_due(&workers.app, 1).await.map(|_| ())
        });
        self.spawn("write check counts", Duration::from_secs(1), None, |workers| async move {
            workers.write_counts().await
        });
        self.spawn("write own checks", Duration::from_secs(1), None, |workers| async move {
            workers.app.own_checks.flush(&workers.app).await
        });
        // Cheap while nothing waits, and who asks again in a second finds the answer.
        for _ in 0..self.app.settings.checks.expansion.at_once.clamp(1, 64) {
            self.spawn("follow links", Duration::from_millis(100), None, |workers| async move {
                expansions_follow(&workers.app).await
            });
        }
        self.spawn(
            "forget what is over",
            Duration::from_secs(60),
            None,
            |workers| async move { workers.forget().await },
        );
    }

    /// What is done to the data that all servers share, and is enough if one of them does it.
    fn start_upkeep(&self) {
        self.spawn("age the lists", Duration::from_secs(30), None, |workers| async move { workers.age_lists().await });
        self.spawn("take feeds", Duration::from_secs(60), None, |workers| async move {
            lists::feeds_take(&workers.app).await.map(|_| ())
        });
        self.spawn("look back", Duration::from_secs(1), Some(Topic::ListChanged), |workers| async move {
            workers.look_back().await
        });
        self.spawn("keep registrations", Duration::from_secs(10), None, |workers| async move {
            residents::upkeep(&workers.app).await.map(|_| ())
        });
        self.spawn("keep appeals", Duration::from_secs(10), None, |workers| async move {
            lists::appeals::appeals_upkeep(&workers.app).await
        });
        self.spawn("ask about screenshots", Duration::from_secs(2), None, |workers| async move {
            lists::reports::media_checks_ask(&workers.app).await
        });
        self.spawn("recount the population", Duration::from_secs(60), None, |workers| async move {
            statistics::recount_nightly(&workers.app, &workers.recounted).await
        });
        self.spawn(
            "tidy up",
            Duration::from_secs(60),
            None,
            |workers| async move { identity::prune(&workers.app).await },
        );
    }

    /// Every round once, in order: for tests, which have no timers.
    pub async fn run_once(&self) -> Result<(), AppError> {
        self.follow_lists().await?;
        identity::revocations_refresh(&self.app).await?;
        lists::rebuild_if_due(&self.app, self.app.settings.lists.rebuild_after_changes).await?;
        lists::feeds_take(&self.app).await?;
        self.age_lists().await?;
        lists::appeals::appeals_upkeep(&self.app).await?;
        lists::reports::media_checks_ask(&self.app).await?;
        self.look_back().await?;
        expansions_follow(&self.app).await?;
        self.write_counts().await?;
        self.app.divisions.refresh(&self.app).await?;
        self.follow_keys().await?;
        self.beat().await?;
        residents::upkeep(&self.app).await?;
        statistics::recount_nightly(&self.app, &self.recounted).await?;
        identity::prune(&self.app).await?;
        self.forget().await
    }

    /// Ends all rounds.
    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Applies what was committed to the lists since the last round.
    pub async fn follow_lists(&self) -> Result<(), AppError> {
        self.prepare_if_needed().await?;
        let seen = lists::follow(&self.app, self.lists_seen.load(Ordering::Relaxed)).await?;
        self.lists_seen.store(seen, Ordering::Relaxed);
        self.readiness.database_answered(self.app.now());
        Ok(())
    }

    /// A server that started without its database brings it to the schema when it is back.
    async fn prepare_if_needed(&self) -> Result<(), AppError> {
        if self.readiness.prepared.load(Ordering::Relaxed) {
            return Ok(());
        }
        let store = self.app.store.clone();
        let prepared = tokio::task::spawn_blocking(move || start::prepare(&store)).await;
        prepared.map_err(|error| AppError::internal(error.to_string()))??;
        self.readiness.prepared.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// A page at a time, and others come between.
    async fn age_lists(&self) -> Result<(), AppError> {
        while lists::age(&self.app).await? {
            tokio::task::yield_now().await;
        }
        self.follow_lists().await
    }

    /// Writes who checked what first, so that the changes find them.
    async fn look_back(&self) -> Result<(), AppError> {
        self.app.own_checks.flush(&self.app).await?;
        while check::look_back(&self.app).await? {
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    async fn write_counts(&self) -> Result<(), AppError> {
        let now = self.app.now();
        self.app.check_counts.flush(&self.app.store, now).await?;
        self.readiness.counts_written_ms.store(now.timestamp_millis(), Ordering::Relaxed);
        Ok(())
    }

    /// Takes new keys into use, and tells at once who waits for that.
    async fn follow_keys(&self) -> Result<(), AppError> {
        let (keys, store) = (self.keys.clone(), self.app.store.clone());
        let taken = tokio::task::spawn_blocking(move || keys.follow(&store)).await;
        if taken.map_err(|error| AppError::internal(error.to_string()))?? {
            self.beat().await?;
        }
        Ok(())
    }

    /// Says that this server lives and with which keys, and learns how many do.
    async fn beat(&self) -> Result<(), AppError> {
        let (id, now, keys) = (self.server_id.clone(), self.app.now(), self.app.store.keyring.fingerprint());
        let beaten = self.app.store.db.write(move |connection| servers_beat(connection, &id, &keys, now));
        let live = beaten.await?;
        let live = u32::try_from(live).unwrap_or(1);
        self.limits.set_live_servers(live);
        self.app.signals.limiter().set_live_servers(live);
        Ok(())
    }

    /// Idle callers; on SQLite also what was overwritten and still lies in its log.
    async fn forget(&self) -> Result<(), AppError> {
        self.limits.forget_idle();
        Ok(self.app.store.db.empty_log().await?)
    }

    fn spawn<F, R>(&self, name: &'static str, every: Duration, wake: Option<Topic>, round: F)
    where
        F: Fn(Self) -> R + 'static + Send,
        R: Future<Output = Result<(), AppError>> + Send,
    {
        let workers = self.clone();
        let mut stop = self.stop.subscribe();
        let mut news = wake.map(|topic| self.app.signals.subscribe(topic));
        tokio::spawn(async move {
            let mut failing = false;
            loop {
                let woken = async {
                    match &mut news {
                        Some(news) => drop(news.next().await),
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    _ = stop.wait_for(|stop| *stop) => return,
                    () = woken => {}
                    () = tokio::time::sleep(every) => {}
                }
                let outcome = round(workers.clone()).await;
                // A database that is away for an hour is one line, not four a second.
                if outcome.is_err() != failing {
                    failing = outcome.is_err();
                    note(name, outcome);
                }
            }
        });
    }
}

fn note(round: &'static str, outcome: Result<(), AppError>) {
    match outcome {
        Ok(()) => tracing::info!(round, "goes on"),
        Err(error) if error.code == ErrorCode::Unavailable => tracing::warn!(round, %error, "waits for the database"),
        Err(error) => tracing::error!(round, %error, "failed"),
    }
}
