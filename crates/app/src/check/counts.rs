//! How many checks were made: counted in memory, written in batches, the last second lost on a kill.
//!
//! The table of counters is small and fixed, so counting never waits and the memory is bounded without a queue.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Timelike as _, Utc};
use domain::{SubjectKind, verdict::Verdict};
use store::check_counts::CheckCount;

use crate::{Actor, AppError, beijing_day};

const ACTORS: [&str; 5] = ["anonymous", "resident", "officer", "upstream", "operator"];
/// The kinds of subject, and one place for texts.
const KINDS: usize = SubjectKind::ALL.len() + 1;
const VERDICTS: usize = Verdict::ALL.len();

/// The counters since the last write.
#[derive(Debug)]
pub struct CheckCounts {
    counters: [AtomicI64; ACTORS.len() * KINDS * VERDICTS],
}

impl Default for CheckCounts {
    fn default() -> Self {
        Self { counters: [const { AtomicI64::new(0) }; ACTORS.len() * KINDS * VERDICTS] }
    }
}

impl CheckCounts {
    /// Counts one check. `kind` is none for a text.
    pub fn count(&self, actor: &Actor, kind: Option<SubjectKind>, verdict: Verdict) {
        let actor = match actor {
            Actor::Anonymous => 0,
            Actor::Resident(_) => 1,
            Actor::Officer(_) => 2,
            Actor::Upstream(_) => 3,
            Actor::Operator => 4,
        };
        let kind = kind.map_or(KINDS - 1, |kind| kind as usize);
        let place = (actor * KINDS + kind) * VERDICTS + verdict as usize;
        if let Some(counter) = self.counters.get(place) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Takes what was counted, as rows for the hour of `now` in Beijing time.
    fn take(&self, now: DateTime<Utc>) -> Vec<CheckCount> {
        let places = ACTORS.iter().flat_map(|actor| {
            let kinds = SubjectKind::ALL.iter().map(|kind| kind.as_str()).chain(["text"]);
            kinds.flat_map(move |kind| Verdict::ALL.iter().map(move |verdict| (*actor, kind, verdict.as_str())))
        });
        let counted = self.counters.iter().zip(places).filter_map(|(counter, (actor, kind, verdict))| {
            let count = counter.swap(0, Ordering::Relaxed);
            (count > 0).then(|| CheckCount {
                day: beijing_day(now),
                hour: i16::try_from((now + TimeDelta::hours(8)).hour()).unwrap_or(0),
                actor: actor.to_owned(),
                kind: kind.to_owned(),
                verdict: verdict.to_owned(),
                count,
            })
        });
        counted.collect()
    }

    /// Writes what was counted since the last call; on a failure it is counted again, to be written later.
    pub async fn flush(&self, store: &store::Store, now: DateTime<Utc>) -> Result<(), AppError> {
        let rows = self.take(now);
        if rows.is_empty() {
            return Ok(());
        }
        let written = rows.clone();
        let outcome =
            store.db.write(move |connection| store::check_counts::check_counts_add(connection, &written)).await;
        if outcome.is_err() {
            self.give_back(&rows);
        }
        outcome.map_err(AppError::from)
    }

    fn give_back(&self, rows: &[CheckCount]) {
        for row in rows {
            let actor = ACTORS.iter().position(|actor| *actor == row.actor);
            let kind = SubjectKind::ALL.iter().position(|kind| kind.as_str() == row.kind).unwrap_or(KINDS - 1);
            let verdict = Verdict::ALL.iter().position(|verdict| verdict.as_str() == row.verdict);
            let place = actor.zip(verdict).map(|(actor, verdict)| (actor * KINDS + kind) * VERDICTS + verdict);
            if let Some(counter) = place.and_then(|place| self.counters.get(place)) {
                counter.fetch_add(row.count, Ordering::Relaxed);
            }
        }
    }
}
