//! The use cases: one folder a way, one file a use case. Knows no HTTP and no SQL.
//!
//! Players: [`App`] holds what every use case needs; a [`Context`] says who asks and carries the request id; an
//! [`AppError`] is the one kind of failure, with a stable code and a sentence in Chinese.
//!
//! Each use case first asks [`Context::authorize`], then orders the steps; each acknowledgement follows a durable commit.

mod change;
pub mod check;
pub mod context;
pub mod divisions;
pub mod duty;
pub mod error;
pub mod identity;
pub mod keys;
pub mod lists;
pub mod officers;
mod once;
mod page;
mod people;
mod phone_codes;
pub mod receipts;
pub mod residents;
pub mod responsibilities;
pub mod settings;
pub mod statistics;
pub mod tables;
pub mod units;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};

pub use context::{Actor, Context, Officer, Resident, Upstream};
pub use error::{AppError, ErrorCode, FieldError};
pub use page::Page;
pub use settings::Settings;
use store::{DbConnection, StoreError};

/// The clock, passed in so that tests can set it.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// What every use case needs.
pub struct App {
    /// The database.
    pub store: store::Store,
    /// The lists in memory.
    pub lists: Arc<lookup::Lists>,
    /// News between processes, shared tokens, limits.
    pub signals: signals::Signals,
    /// The WeChat platform.
    pub wechat: channels::wechat::WeChat,
    /// Texts to phones; none where no vendor is configured.
    pub sms: Option<channels::sms::SmsSender>,
    /// What is configurable about the use cases.
    pub settings: Settings,
    /// The time.
    pub clock: Clock,
    /// Ended sessions whose access tokens have not expired.
    pub revocations: identity::Revocations,
    /// Bounds how many passwords are hashed at once.
    pub password_gate: identity::PasswordGate,
    /// Residents' tokens verified a moment ago.
    pub known_tokens: identity::KnownTokens,
    /// Officers as the database had them a moment ago.
    pub known_officers: identity::KnownOfficers,
    /// Keys of upstream systems as the database had them a moment ago.
    pub upstream_keys: identity::UpstreamKeys,
    /// The tree of divisions.
    pub divisions: divisions::TreeCache,
    /// Counts of the protected population.
    pub population: statistics::PopulationCache,
    /// Number prefixes and official numbers for private checks.
    pub small_lists: check::private::SmallListsCache,
    /// The way to addresses that strangers name.
    pub fetch: channels::fetch::SafeFetch,
    /// Where links lead.
    pub expansions: check::expansion::Expansions,
    /// How long corrections take.
    pub corrections: lists::appeals::CorrectionsCache,
    /// Exports of the lists that run.
    pub exports: lists::ExportGate,
    /// Counts of checks on their way to the database.
    pub check_counts: check::CheckCounts,
    /// Residents' own checks on their way to the database.
    pub own_checks: check::OwnChecks,
}

impl App {
    /// The present instant.
    pub fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    /// Counts one try of `who` at something that may be done `most` times in a while.
    ///
    /// # Errors
    /// `too_many_requests` with the time to wait, beyond that.
    pub(crate) async fn within(&self, what: &str, who: &str, most: u32, per: Duration) -> Result<(), AppError> {
        let decision = self.signals.limiter().allow(what, who, most, per).await;
        if decision.allowed {
            return Ok(());
        }
        Err(AppError::too_many(u32::try_from(decision.retry_after.as_secs() + 1).unwrap_or(u32::MAX)))
    }

    /// Runs `change` in one transaction. A refusal undoes whatever was done before it.
    pub(crate) async fn write<T, F>(&self, change: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: FnOnce(&mut DbConnection) -> Result<T, AppError> + Send + 'static,
    {
        let (refused, refusal) = std::sync::mpsc::channel();
        let written = self.store.db.write(move |connection| {
            change(connection).map_err(|error| {
                // Nobody listens only where the caller has gone.
                let _ = refused.send(error);
                StoreError::Fault("refused".to_owned())
            })
        });
        written.await.map_err(|fault| refusal.try_recv().unwrap_or_else(|_| fault.into()))
    }
}

/// The calendar day of an instant in Beijing time, which is what people here call a day.
pub fn beijing_day(instant: DateTime<Utc>) -> chrono::NaiveDate {
    (instant + BEIJING).date_naive()
}

/// The instant at which a calendar day begins in Beijing.
pub(crate) fn beijing_midnight(day: chrono::NaiveDate) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc() - BEIJING
}

/// How far the clocks of Beijing are ahead, all year.
const BEIJING: chrono::TimeDelta = chrono::TimeDelta::hours(8);
