//! The counts of all villages in memory.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::{
    division::DivisionCode,
    population::{FAMILY_MEMBERS, PROTECTED, RESIDENTS, TAG},
    protection,
};
use store::{
    DbConnection, StoreError,
    population::{population_counts_since, population_reached_since},
};
use tokio::sync::Mutex;

use crate::{App, AppError, beijing_day};

/// A transaction that began at an instant may commit this much later, and is still seen.
const LATE: TimeDelta = TimeDelta::seconds(60);
/// Everything is read anew after so long: for what was later still.
const WHOLE: TimeDelta = TimeDelta::minutes(10);

/// Counts of a village.
#[derive(Debug, Clone, Default)]
pub(super) struct Village {
    /// Registered residents.
    pub(super) residents: i64,
    /// Protected persons.
    pub(super) protected: i64,
    /// Of these, known through a family alone.
    pub(super) family_members: i64,
    /// Protected persons of each risk group.
    pub(super) tags: BTreeMap<String, i64>,
    /// Protected persons by the day on which they were last reached.
    reached: HashMap<NaiveDate, i64>,
}

impl Village {
    fn set(&mut self, metric: String, count: i64) {
        match metric.as_str() {
            RESIDENTS => self.residents = count,
            PROTECTED => self.protected = count,
            FAMILY_MEMBERS => self.family_members = count,
            other => {
                if let Some(tag) = other.strip_prefix(TAG) {
                    self.tags.insert(tag.to_owned(), count);
                }
            }
        }
    }

    /// Protected persons who were reached on `since` or later.
    pub(super) fn reachable(&self, since: NaiveDate) -> i64 {
        self.reached.iter().filter(|(day, _)| **day >= since).map(|(_, count)| count).sum()
    }
}

#[derive(Default)]
struct Loaded {
    villages: HashMap<DivisionCode, Village>,
    /// When it was last brought up to date, and when last read whole.
    fresh: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

/// Holds the counts of all villages. Each asking reads what changed within the last minute, which is little.
#[derive(Default)]
pub struct PopulationCache(Mutex<Loaded>);

impl PopulationCache {
    /// Brings the counts up to date and lets `look` see them.
    pub(super) async fn with<T>(
        &self,
        app: &App,
        look: impl FnOnce(&HashMap<DivisionCode, Village>) -> T,
    ) -> Result<T, AppError> {
        let mut loaded = self.0.lock().await;
        let now = app.now();
        let since =
            loaded.fresh.filter(|(_, whole)| now - *whole < WHOLE && now >= *whole).map(|(fresh, _)| fresh - LATE);
        let first_day = protection::reachable_since(beijing_day(now));
        let changed = app.store.db.run(move |connection| changed(connection, since, first_day)).await?;
        let whole = match (since, loaded.fresh) {
            (Some(_), Some((_, whole))) => whole,
            _ => {
                loaded.villages.clear();
                now
            }
        };
        loaded.take(changed);
        loaded.fresh = Some((now, whole));
        Ok(look(&loaded.villages))
    }
}

type Changed = (Vec<(String, String, i64)>, Vec<(String, NaiveDate, i64)>);

fn changed(
    connection: &mut DbConnection,
    since: Option<DateTime<Utc>>,
    first_day: NaiveDate,
) -> Result<Changed, StoreError> {
    let counts = population_counts_since(connection, since)?;
    Ok((counts, population_reached_since(connection, since, first_day)?))
}

impl Loaded {
    fn take(&mut self, (counts, reached): Changed) {
        for (code, metric, count) in counts {
            if let Ok(code) = code.parse() {
                self.villages.entry(code).or_default().set(metric, count);
            }
        }
        for (code, day, count) in reached {
            if let Ok(code) = code.parse() {
                self.villages.entry(code).or_default().reached.insert(day, count);
            }
        }
    }
}
