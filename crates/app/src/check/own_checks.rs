//! Residents' own checks, on their way to the database: a check never waits for it.

use std::{
    ops::ControlFlow,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Days, Utc};
use domain::{
    Subject,
    candidates::{self, Reaches},
    verdict::Verdict,
};
use store::own_checks::{OwnCheck, own_checks_add, own_checks_prune};

use super::report::CheckReport;
use crate::{App, AppError, beijing_day};

/// Checks that wait at most; what comes beyond them is not looked back from.
const MOST_WAITING: usize = 50_000;
/// Keys kept of one subject, most specific first.
const KEYS: usize = 12;

/// Checks that wait to be written.
#[derive(Debug, Default)]
pub struct OwnChecks {
    waiting: Mutex<Vec<OwnCheck>>,
}

impl OwnChecks {
    /// Notes what a resident checked. Whether they agreed to that is asked when it is written.
    pub(super) fn note(&self, resident: &str, report: &CheckReport, reaches: Reaches, now: DateTime<Utc>) {
        let checks = report.subjects.iter().filter_map(|subject| {
            let parsed = Subject::parse(subject.kind, &subject.canonical).ok()?;
            let mut keys = Vec::new();
            let _: ControlFlow<()> = candidates::search(&parsed, reaches, |candidate| {
                if !candidate.allowlist_only && keys.len() < KEYS && !keys.contains(&candidate.key) {
                    keys.push(candidate.key);
                }
                ControlFlow::Continue(())
            });
            let fraud = subject.verdict == Verdict::Fraud;
            Some(OwnCheck { resident: resident.to_owned(), keys, day: beijing_day(now), fraud })
        });
        let checks: Vec<OwnCheck> = checks.collect();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let room = MOST_WAITING.saturating_sub(waiting.len());
        waiting.extend(checks.into_iter().take(room));
    }

    fn take(&self) -> Vec<OwnCheck> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes what waits, and forgets what is too old. After a failure what waited is tried again.
    pub async fn flush(&self, app: &App) -> Result<(), AppError> {
        let (checks, settings) = (self.take(), &app.settings.look_back);
        if checks.is_empty() || !settings.enabled {
            return Ok(());
        }
        let oldest = beijing_day(app.now()) - Days::new(settings.days.into());
        let (keyring, kept) = (app.store.keyring.clone(), checks.clone());
        let written = app.store.db.write(move |connection| {
            own_checks_prune(connection, oldest)?;
            own_checks_add(connection, &keyring, &kept)
        });
        let outcome = written.await;
        if outcome.is_err() {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let room = MOST_WAITING.saturating_sub(waiting.len());
            waiting.extend(checks.into_iter().take(room));
        }
        Ok(outcome?)
    }
}
