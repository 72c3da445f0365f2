//! A whole service.

use std::{path::Path, sync::Arc};

use channels::fetch::Resolver;
use serde_json::{Value, json};
use server::{Application, Config, application::Stopper};
use store::{Db, Store};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::{Backend, Client, TestClock, TestDatabase};

/// A service in this process. Its rounds have no timers: [`TestService::run_workers`] drives them.
pub struct TestService {
    /// Where it listens.
    pub url: String,
    /// Its time.
    pub clock: TestClock,
    /// Its WeChat.
    pub wechat: Arc<sandbox::Handle>,
    /// The configuration it was built from.
    pub config: Config,
    app: web::AppData,
    workers: server::Workers,
    stopper: Stopper,
    running: JoinHandle<anyhow::Result<()>>,
    data_dir: Arc<TempDir>,
    database: Arc<TestDatabase>,
    names: Option<Arc<dyn Resolver>>,
}

impl TestService {
    /// A new service with nothing in it but what every installation has.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// The same with settings of one's own.
    pub async fn start_with(adjust: impl FnOnce(&mut Config)) -> Self {
        let data_dir = Arc::new(TempDir::new().expect("a data folder"));
        let database = Arc::new(TestDatabase::create(Backend::current()));
        let wechat = Arc::new(sandbox::start("127.0.0.1:0").expect("a stand-in WeChat"));
        let mut config = config(data_dir.path(), &database.url, &wechat.url());
        adjust(&mut config);
        Self::run(config, TestClock::default(), wechat, data_dir, database, None).await
    }

    /// The same with somebody who knows the addresses of names in links.
    pub async fn start_with_names(names: Arc<dyn Resolver>, adjust: impl FnOnce(&mut Config)) -> Self {
        let data_dir = Arc::new(TempDir::new().expect("a data folder"));
        let database = Arc::new(TestDatabase::create(Backend::current()));
        let wechat = Arc::new(sandbox::start("127.0.0.1:0").expect("a stand-in WeChat"));
        let mut config = config(data_dir.path(), &database.url, &wechat.url());
        adjust(&mut config);
        Self::run(config, TestClock::default(), wechat, data_dir, database, Some(names)).await
    }

    /// A service whose database can be cut off; PostgreSQL only.
    pub async fn start_behind_proxy() -> (Self, crate::Proxy) {
        let data_dir = Arc::new(TempDir::new().expect("a data folder"));
        let database = Arc::new(TestDatabase::create(Backend::Postgres));
        let wechat = Arc::new(sandbox::start("127.0.0.1:0").expect("a stand-in WeChat"));
        let place = database.url.split("//").nth(1).and_then(|rest| rest.split('/').next()).expect("a URL");
        let (user, server) = place.rsplit_once('@').expect("a user");
        let proxy = crate::Proxy::start(server.to_owned()).await;
        let url = database.url.replace(place, &format!("{user}@{}", proxy.address));
        let config = config(data_dir.path(), &url, &wechat.url());
        (Self::run(config, TestClock::default(), wechat, data_dir, database, None).await, proxy)
    }

    async fn run(
        config: Config,
        clock: TestClock,
        wechat: Arc<sandbox::Handle>,
        data_dir: Arc<TempDir>,
        database: Arc<TestDatabase>,
        names: Option<Arc<dyn Resolver>>,
    ) -> Self {
        let shared = clock.clone();
        wechat.follow(move || u64::try_from(shared.now().timestamp_millis()).expect("a time after 1970"));
        let built = match names.clone() {
            Some(names) => Application::build_with(config.clone(), clock.as_clock(), names).await,
            None => Application::build(config.clone(), clock.as_clock()).await,
        };
        let application = built.expect("the service starts");
        let url = format!("http://{}", application.address());
        let (app, workers, stopper) = (application.app(), application.workers(), application.stopper());
        let running = tokio::spawn(application.run());
        Self { url, clock, wechat, config, app, workers, stopper, running, data_dir, database, names }
    }

    /// A second server over the same database, clock and WeChat; PostgreSQL only.
    pub async fn second_server(&self) -> Self {
        let data_dir = Arc::new(TempDir::new().expect("a data folder"));
        let config = Config { data_dir: data_dir.path().to_owned(), ..self.config.clone() };
        Self::run(config, self.clock.clone(), self.wechat.clone(), data_dir, self.database.clone(), self.names.clone())
            .await
    }

    /// Stops it and starts it again on the same data.
    pub async fn restart(self) -> Self {
        let Self { clock, wechat, config, data_dir, database, stopper, running, app, workers, names, .. } = self;
        drop((app, workers));
        stopper.stop().await;
        running.await.expect("it ends").expect("it ends well");
        Self::run(config, clock, wechat, data_dir, database, names).await
    }

    /// Stops it, waits for its end, and returns its data folder.
    pub async fn stop(self) -> Arc<TempDir> {
        self.stopper.stop().await;
        self.running.await.expect("it ends").expect("it ends well");
        self.data_dir
    }

    /// Every round of the workers once.
    pub async fn run_workers(&self) {
        self.workers.run_once().await.expect("the workers run");
    }

    /// The round of the workers that follows the lists.
    pub async fn follow_lists(&self) {
        self.workers.follow_lists().await.expect("the lists are followed");
    }

    /// The use cases, to arrange and to look.
    pub fn app(&self) -> &app::App {
        &self.app
    }

    /// The data folder.
    pub fn data_dir(&self) -> &Path {
        self.data_dir.path()
    }

    /// A store of its own over the same database, with the service's keys.
    pub fn store(&self) -> Store {
        let db = Db::new(self.database.address(self.data_dir.path()), 2);
        Store { db, keyring: self.app.store.keyring.clone() }
    }

    /// Somebody who is not signed in.
    pub fn anonymous(&self) -> Client {
        Client::anonymous(&self.url)
    }

    /// A signed-in resident; the same name is the same person.
    pub async fn resident(&self, name: &str) -> Client {
        let client = self.anonymous();
        let session = client.post("/api/v1/sessions", json!({ "code": format!("demo-{name}") })).await.expect(200);
        client.with_tokens(&session.body)
    }

    /// A signed-in officer with this role, who serves nothing in particular unless `unit` names a unit.
    pub async fn officer(&self, role: &str, unit: Option<&str>) -> Client {
        let username = format!("{role}-{:08x}", rand::random::<u32>()).replace('_', "-");
        let created = self.create_officer(&username, role, unit);
        let client = self.anonymous();
        let session = client.post("/api/v1/console/sessions", created.credentials(self)).await.expect(200);
        client.with_tokens(&session.body)
    }

    /// Creates an officer as the command line does.
    pub fn create_officer(&self, username: &str, role: &str, unit: Option<&str>) -> NewOfficer {
        let role = domain::authorization::Role::from_word(role).expect("a role");
        let created = app::identity::officer_create(&self.store(), username, role, unit, self.clock.now());
        let created = created.expect("an officer is created");
        NewOfficer {
            username: username.to_owned(),
            password: created.password.clone(),
            totp: created.totp_secret.clone(),
        }
    }

    /// Writes `content` to a file in the data folder and returns its path.
    pub fn file(&self, name: &str, content: &str) -> std::path::PathBuf {
        let path = self.data_dir.path().join(name);
        std::fs::write(&path, content).expect("a file");
        path
    }

    /// Imports the tree of Zhoukou, as the command line does.
    pub fn import_zhoukou(&self) {
        let table = app::tables::Table::from_bytes(
            app::divisions::ZHOUKOU_2023.to_vec(),
            Some(app::tables::Format::Csv),
            app::tables::HeaderRule::Always,
            app::tables::Limits::UPLOAD,
        );
        let file = app::divisions::read_tree_file(table.expect("a table"), &|_, _| {}).expect("a tree");
        let options = app::divisions::ImportOptions { year: 2023, ..Default::default() };
        let context = app::Context::operator();
        app::divisions::import_tree(&self.store().db, &context, file, &options, self.clock.now()).expect("an import");
    }

    /// Imports units from CSV, as the command line does.
    pub fn import_units(&self, csv: &str) {
        let (format, header) = (Some(app::tables::Format::Csv), app::tables::HeaderRule::Always);
        let table = app::tables::Table::from_bytes(csv.into(), format, header, app::tables::Limits::UPLOAD);
        let table = table.expect("a table");
        let report = app::units::import_units(&self.store().db, &app::Context::operator(), table, self.clock.now());
        let report = report.expect("an import");
        assert!(report.refused.is_empty(), "{report:?}");
    }

    /// Imports lines into a list, as the command line does, and lets the service see them.
    pub async fn import(
        &self,
        list: domain::ListKind,
        kind: domain::SubjectKind,
        lines: &str,
    ) -> app::lists::ImportSummary {
        let path = self.file(&format!("import-{:08x}.txt", rand::random::<u32>()), lines);
        self.import_with(list, kind, path, |_| {}).await
    }

    /// Imports a file with options of the test's choice.
    pub async fn import_with(
        &self,
        list: domain::ListKind,
        kind: domain::SubjectKind,
        path: std::path::PathBuf,
        change: impl FnOnce(&mut app::lists::ImportOptions),
    ) -> app::lists::ImportSummary {
        let summary = self.try_import(list, kind, path, change).await.expect("the import succeeds");
        self.run_workers().await;
        summary
    }

    /// The same where it may fail.
    pub async fn try_import(
        &self,
        list: domain::ListKind,
        kind: domain::SubjectKind,
        path: std::path::PathBuf,
        change: impl FnOnce(&mut app::lists::ImportOptions),
    ) -> Result<app::lists::ImportSummary, app::AppError> {
        let mut options = app::lists::ImportOptions {
            defaults: app::lists::Defaults {
                fraud_type: domain::fraud_type::FraudCode::parse("T02").ok(),
                source: "test".to_owned(),
                ..app::lists::Defaults::new(list, kind)
            },
            format: None,
            any_kind: false,
            keep_sources: false,
            column: None,
            owner_column: None,
            refused_dir: self.data_dir.path().to_owned(),
            decay: domain::standing::DecayRules::default(),
            confidence: 80,
            share: 100,
        };
        change(&mut options);
        let (now, store) = (self.clock.now(), self.store());
        let imported =
            tokio::task::spawn_blocking(move || app::lists::import_file(&store, &path, &options, now, &|_, _| {}));
        imported.await.expect("the import runs")
    }
}

/// An officer's ways in.
pub struct NewOfficer {
    /// The user name.
    pub username: String,
    /// The password.
    pub password: String,
    /// The TOTP secret, base32.
    pub totp: String,
}

impl NewOfficer {
    /// The one-time code of the service's present moment.
    pub fn code(&self, service: &TestService) -> String {
        let bytes = base32::decode(base32::Alphabet::Rfc4648 { padding: false }, &self.totp).expect("base32");
        keyring::totp::TotpSecret::from_bytes(&bytes).expect("a secret").code_at(service.clock.now())
    }

    /// The body of a sign-in that succeeds now.
    pub fn credentials(&self, service: &TestService) -> Value {
        json!({ "username": self.username, "password": self.password, "totp": self.code(service) })
    }
}

/// Settings of the stand-in SMS vendor.
pub(crate) fn sms_variables(url: &str) -> [(&'static str, String); 8] {
    let texts = sandbox::TencentSms::default();
    [
        ("GOLDEN_BELL_SMS__VENDOR", "tencent".to_owned()),
        ("GOLDEN_BELL_SMS__ADDRESS", format!("{url}{}", sandbox::TENCENT_SMS)),
        ("GOLDEN_BELL_SMS__ACCESS_ID", texts.secret_id),
        ("GOLDEN_BELL_SMS__ACCESS_SECRET", texts.secret_key),
        ("GOLDEN_BELL_SMS__APP_ID", texts.sdk_app_id),
        ("GOLDEN_BELL_SMS__SIGN_NAME", texts.sign_name),
        ("GOLDEN_BELL_SMS__CODE_TEMPLATE", texts.template_id),
        ("GOLDEN_BELL_SMS__CODE_TEMPLATE_VARIABLES", "2".to_owned()),
    ]
}

fn config(data_dir: &Path, database_url: &str, wechat_url: &str) -> Config {
    let redis_url = match std::env::var("GOLDEN_BELL_TEST_WITH_REDIS") {
        Ok(with) if !with.is_empty() => std::env::var("GOLDEN_BELL_TEST_REDIS_URL").unwrap_or_default(),
        _ => String::new(),
    };
    let account = sandbox::Settings::default();
    let text = |value: &Path| value.to_string_lossy().into_owned();
    let variables = [
        ("GOLDEN_BELL_DATA_DIR", text(data_dir)),
        ("GOLDEN_BELL_DATABASE_URL", database_url.to_owned()),
        ("GOLDEN_BELL_REDIS_URL", redis_url),
        ("GOLDEN_BELL_HTTP__LISTEN", "127.0.0.1:0".to_owned()),
        ("GOLDEN_BELL_HTTP__WORKERS", "2".to_owned()),
        ("GOLDEN_BELL_LOG__FILE", text(&data_dir.join("log"))),
        ("GOLDEN_BELL_WECHAT__ADDRESS", wechat_url.to_owned()),
        ("GOLDEN_BELL_WECHAT__APP_ID", account.app_id),
        ("GOLDEN_BELL_WECHAT__APP_SECRET", account.secret),
        ("GOLDEN_BELL_LIMITS__CHECKS_PER_ADDRESS_MINUTE", "100000".to_owned()),
        // No test asks the real web.
        ("GOLDEN_BELL_CHECKS__EXPANSION__LINKS", "none".to_owned()),
        // All callers of a test have one address.
        ("GOLDEN_BELL_REGISTRATION__SIGN_UPS_PER_ADDRESS_MINUTE", "100000".to_owned()),
    ];
    let variables = variables.into_iter().chain(sms_variables(wechat_url));
    let variables = variables.map(|(name, value)| (name.to_owned(), value)).collect();
    Config::from_layers(None, variables).expect("the test configuration")
}
