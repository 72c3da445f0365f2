//! A running server, built from a configuration and a clock.

use std::{
    fs::File,
    net::{SocketAddr, TcpListener},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use actix_web::{
    App, HttpServer,
    dev::{Server, ServerHandle},
    middleware::from_fn,
    web::{Data, to},
};
use anyhow::Context as _;
use app::{
    Clock,
    check::{CheckCounts, OwnChecks, expansion::Expansions, private::SmallListsCache},
    divisions::TreeCache,
    identity,
    lists::appeals::CorrectionsCache,
};
use channels::fetch::Resolver;
use signals::Signals;
use store::{Store, StoreError};
use utoipa_actix_web::AppExt as _;
use web::{
    AppData, Limits,
    access_log::{LineSink, access_log},
    limits::LimitSettings,
};

use crate::{
    config::Config,
    health::{self, Readiness},
    keys,
    logging::LineWriter,
    providers,
    routes::{self, KnownPaths},
    start,
    workers::Workers,
};

/// A server that listens, and its workers.
pub struct Application {
    app: AppData,
    address: SocketAddr,
    server: Server,
    workers: Workers,
    worker: bool,
    readiness: Data<Readiness>,
    log: LineWriter,
    drain: Duration,
    _lock: Option<File>,
}

/// Asks a running [`Application`] to end.
#[derive(Clone)]
pub struct Stopper {
    server: ServerHandle,
    readiness: Data<Readiness>,
}

impl Stopper {
    /// Lets running requests finish, then ends.
    pub async fn stop(&self) {
        self.readiness.stopping.store(true, Ordering::Relaxed);
        self.server.stop(true).await;
    }
}

impl Application {
    /// Opens everything and listens. Works without the database if a snapshot and the keys are there: then checks are
    /// answered and writes refused until it is back.
    pub async fn build(config: Config, clock: Clock) -> anyhow::Result<Self> {
        let resolver = providers::resolver(&config);
        Self::build_with(config, clock, resolver).await
    }

    /// [`Application::build`] with somebody else who knows the addresses of names in links, for tests.
    pub async fn build_with(config: Config, clock: Clock, resolver: Arc<dyn Resolver>) -> anyhow::Result<Self> {
        start::data_dir(&config)?;
        let db = start::db(&config)?;
        let lock = start::server_lock(&config, &db)?;
        let (store, lists, prepared) = open(&config, db).await?;
        let log = LineWriter::open(&config.log.file)?;
        let app = Data::new(application(&config, clock, store, lists, resolver).await?);
        let readiness = Data::new(Readiness::default());
        readiness.prepared.store(prepared, Ordering::Relaxed);
        let limits = Data::new(Limits::new(limit_settings(&config)));
        let (server, address) = listen(&config, &app, &readiness, &limits, &log)?;
        let keys = keys::Watch::new(keys::Place::of(&config, &app.store.db));
        let workers = Workers::new(app.clone(), readiness.clone(), limits, keys);
        workers.catch_up().await;
        let drain = Duration::from_secs(config.http.drain_seconds);
        let worker = config.roles.worker;
        Ok(Self { app, address, server, workers, worker, readiness, log, drain, _lock: lock })
    }

    /// Starts its rounds. Without them it answers as of the start: tests drive the rounds themselves.
    pub fn start_rounds(&self) {
        self.workers.start(self.worker);
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The use cases, for tests that arrange or look.
    pub fn app(&self) -> AppData {
        self.app.clone()
    }

    /// The workers, for tests that drive them.
    pub fn workers(&self) -> Workers {
        self.workers.clone()
    }

    /// What ends it.
    pub fn stopper(&self) -> Stopper {
        Stopper { server: self.server.handle(), readiness: self.readiness.clone() }
    }

    /// Serves until stopped; then running requests finish, counts are written and logs flushed, all within ten seconds.
    pub async fn run(self) -> anyhow::Result<()> {
        let served = self.server.await;
        self.workers.stop();
        // What the last second counted is worth a moment, not more.
        let flushed = async {
            let _ = self.app.check_counts.flush(&self.app.store, self.app.now()).await;
            self.app.own_checks.flush(&self.app).await
        };
        let _ = tokio::time::timeout(Duration::from_millis(1_500), flushed).await;
        self.log.flush();
        tracing::info!(drain_seconds = self.drain.as_secs(), "stopped");
        served.context("the server failed")
    }
}

/// The store and the lists; whether the schema is ready. Blocking work, off the async workers.
async fn open(config: &Config, db: store::Db) -> anyhow::Result<(Store, Arc<lookup::Lists>, bool)> {
    let config = config.clone();
    let opened = tokio::task::spawn_blocking(move || {
        let migrated = tolerate(store::migrate(db.address()))?;
        let store = Store { keyring: keys::open(&config, &db)?.into(), db };
        let prepared = migrated && tolerate(start::prepare(&store))?;
        let lists = start::lists(&config, &store)?;
        anyhow::Ok((store, lists, prepared))
    });
    opened.await.context("opening the data failed")?
}

/// A database that is away is no reason not to start; anything else is.
fn tolerate(outcome: Result<(), StoreError>) -> anyhow::Result<bool> {
    match outcome {
        Ok(()) => Ok(true),
        Err(StoreError::Unavailable(cause)) => {
            tracing::warn!(cause, "the database is away");
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

async fn application(
    config: &Config,
    clock: Clock,
    store: Store,
    lists: Arc<lookup::Lists>,
    resolver: Arc<dyn Resolver>,
) -> anyhow::Result<app::App> {
    let redis_url = Some(config.redis_url.0.as_str()).filter(|url| !url.is_empty());
    let signals = Signals::connect(redis_url).await;
    let settings = start::settings(config);
    Ok(app::App {
        wechat: providers::wechat(config, &signals, &clock)?,
        revocations: identity::Revocations::default(),
        exports: app::lists::ExportGate::default(),
        password_gate: identity::PasswordGate::new(&settings.identity),
        upstream_keys: identity::UpstreamKeys::default(),
        known_tokens: identity::KnownTokens::default(),
        known_officers: identity::KnownOfficers::default(),
        small_lists: SmallListsCache::default(),
        corrections: CorrectionsCache::default(),
        check_counts: CheckCounts::default(),
        own_checks: OwnChecks::default(),
        fetch: providers::safe_fetch(config, resolver)?,
        expansions: Expansions::new(settings.checks.expansion.clone()),
        divisions: TreeCache::new(),
        population: app::statistics::PopulationCache::default(),
        sms: providers::sms(config, &clock)?,
        store,
        lists,
        signals,
        settings,
        clock,
    })
}

fn limit_settings(config: &Config) -> LimitSettings {
    LimitSettings {
        checks_per_person_minute: config.limits.checks_per_person_minute,
        checks_per_address_minute: config.limits.checks_per_address_minute,
        private_checks_per_person_hour: config.limits.private_checks_per_person_hour,
        trusted_proxies: config.http.trusted_proxies.clone(),
    }
}

fn listen(
    config: &Config,
    app: &AppData,
    readiness: &Data<Readiness>,
    limits: &Data<Limits>,
    log: &LineWriter,
) -> anyhow::Result<(Server, SocketAddr)> {
    let listener =
        TcpListener::bind(&config.http.listen).with_context(|| format!("cannot listen on {}", config.http.listen))?;
    let address = listener.local_addr()?;
    let document = routes::openapi();
    let known = Data::new(KnownPaths::of(&document));
    let prometheus = Data::new(health::recorder()?);
    let sink: Data<dyn LineSink> = Data::from(Arc::new(log.clone()) as Arc<dyn LineSink>);
    let (app, readiness, limits) = (app.clone(), readiness.clone(), limits.clone());
    let api = config.roles.api;
    let mut server = HttpServer::new(move || {
        let base = App::new()
            .wrap(from_fn(access_log))
            .app_data(app.clone())
            .app_data(readiness.clone())
            .app_data(limits.clone())
            .app_data(known.clone())
            .app_data(prometheus.clone())
            .app_data(sink.clone());
        routes::with_routes(base.into_utoipa_app(), api)
            .into_app()
            .service(routes::docs_page(&document))
            .default_service(to(routes::fallback))
    })
    .disable_signals()
    .shutdown_timeout(config.http.drain_seconds);
    if config.http.workers > 0 {
        server = server.workers(config.http.workers);
    }
    Ok((server.listen(listener)?.run(), address))
}
