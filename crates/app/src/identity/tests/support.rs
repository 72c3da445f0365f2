//! A server's insides without its HTTP.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::DateTime;
use domain::authorization::Role;
use keyring::{Keyring, LiveKeyring, Suite};
use store::{Address, Db, Store};

use crate::{
    Actor, App, AppError, Clock, Context, Settings,
    identity::{self, OfficerCredentials, OfficerSignIn, Tokens},
    settings::{CheckSettings, ListSettings},
};

/// One data folder and one time for one or two servers.
pub(super) struct World {
    folder: tempfile::TempDir,
    keyring: LiveKeyring,
    seconds: Arc<AtomicI64>,
}

impl World {
    pub(super) fn new() -> Self {
        let world = Self {
            folder: tempfile::tempdir().unwrap(),
            keyring: Keyring::random(Suite::Aes256Gcm).into(),
            seconds: Arc::new(AtomicI64::new(1_767_225_600)),
        };
        store::migrate(&world.address()).unwrap();
        world
    }

    fn address(&self) -> Address {
        Address::Sqlite(self.folder.path().join("test.db"))
    }

    /// Lets time pass.
    pub(super) fn pass(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(super) fn clock(&self) -> Clock {
        let seconds = Arc::clone(&self.seconds);
        Arc::new(move || DateTime::from_timestamp(seconds.load(Ordering::Relaxed), 0).unwrap())
    }

    /// A server over the data folder.
    pub(super) async fn server(&self) -> App {
        self.server_over(Db::new(self.address(), 4)).await
    }

    async fn server_over(&self, db: Db) -> App {
        let signals = signals::Signals::connect(None).await;
        // Nothing here asks WeChat.
        let wechat = channels::wechat::Config::new("app", "secret", "http://127.0.0.1:9".parse().unwrap());
        let settings = identity::IdentitySettings::default();
        App {
            store: Store { db, keyring: self.keyring.clone() },
            lists: Arc::new(lookup::Lists::empty()),
            wechat: channels::wechat::WeChat::new(wechat, signals.clone(), self.clock()).unwrap(),
            signals,
            exports: crate::lists::ExportGate::default(),
            password_gate: identity::PasswordGate::new(&settings),
            settings: Settings {
                identity: settings,
                checks: CheckSettings {
                    longest_text: 5_000,
                    warning_wait_ms: 50,
                    private_padding_step: 16.try_into().unwrap(),
                    expansion: crate::settings::ExpansionSettings::default(),
                },
                lists: ListSettings {
                    poll_ms: 250,
                    rebuild_after_changes: 10_000,
                    confidence: 80,
                    probation_share: 20,
                    appeal_hours: 72,
                    rescore_page: 2_000,
                    decay: domain::standing::DecayRules::default(),
                    feeds: Vec::new(),
                },
                registration: crate::settings::RegistrationSettings::default(),
                reports: crate::settings::ReportSettings::default(),
                look_back: crate::settings::LookBackSettings::default(),
                data_dir: self.folder.path().to_owned(),
            },
            clock: self.clock(),
            revocations: identity::Revocations::default(),
            known_tokens: identity::KnownTokens::default(),
            known_officers: identity::KnownOfficers::default(),
            upstream_keys: identity::UpstreamKeys::default(),
            divisions: crate::divisions::TreeCache::new(),
            population: crate::statistics::PopulationCache::default(),
            sms: None,
            small_lists: crate::check::private::SmallListsCache::default(),
            fetch: channels::fetch::SafeFetch::new(
                channels::fetch::FetchSettings::default(),
                Arc::new(channels::fetch::SystemResolver),
            )
            .unwrap(),
            expansions: crate::check::expansion::Expansions::new(crate::settings::ExpansionSettings::default()),
            corrections: crate::lists::appeals::CorrectionsCache::default(),
            check_counts: crate::check::CheckCounts::default(),
            own_checks: crate::check::OwnChecks::default(),
        }
    }
}

/// Takes the database away from a server.
pub(super) fn take_database(app: &mut App) {
    app.store.db = Db::new(Address::Postgres("postgres://postgres@127.0.0.1:1/none".to_owned()), 1);
}

/// An account made at the command line.
pub(super) async fn officer(app: &App, name: &'static str, role: Role) -> OfficerCredentials {
    let (store, now) = (app.store.clone(), app.now());
    let created = tokio::task::spawn_blocking(move || identity::officer_create(&store, name, role, None, now));
    created.await.unwrap().unwrap_or_else(|error| panic!("{error}"))
}

/// The code the officer's phone shows now.
pub(super) async fn code(app: &App, name: &'static str) -> String {
    let keyring = app.store.keyring.clone();
    let secrets =
        app.store.db.run(move |connection| store::officers::officer_secrets(connection, &keyring, name)).await;
    secrets.unwrap().unwrap().totp_secret.code_at(app.now())
}

/// A sign-in from a usual address.
pub(super) async fn sign_in(app: &App, username: &str, password: &str, totp: &str) -> Result<Tokens, AppError> {
    sign_in_from(app, "192.0.2.1", username, password, totp).await
}

pub(super) async fn sign_in_from(
    app: &App,
    address: &str,
    username: &str,
    password: &str,
    totp: &str,
) -> Result<Tokens, AppError> {
    let request = OfficerSignIn {
        username: username.to_owned(),
        password: password.to_owned(),
        totp: totp.to_owned(),
        address: address.parse().unwrap(),
        request_id: "0123456789abcdef".to_owned(),
    };
    identity::officer_sign_in(app, request).await
}

/// The request of a bearer.
pub(super) async fn context(app: &App, tokens: &Tokens) -> Result<Context, AppError> {
    let actor = identity::authenticate(app, Some(&tokens.access_token)).await?;
    Ok(Context { actor, request_id: "0123456789abcdef".to_owned() })
}

/// What the bearer is, in a word, or the code of the refusal.
pub(super) async fn known_as(app: &App, tokens: &Tokens) -> &'static str {
    match context(app, tokens).await {
        Ok(Context { actor: Actor::Resident(_), .. }) => "resident",
        Ok(Context { actor: Actor::Officer(officer), .. }) => officer.role.as_str(),
        Ok(_) => "somebody else",
        Err(error) => error.code.as_str(),
    }
}

/// The code of a refusal.
pub(super) fn refusal<T>(outcome: Result<T, AppError>) -> &'static str {
    outcome.err().map_or("accepted", |error| error.code.as_str())
}
