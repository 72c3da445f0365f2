//! The counts of all villages in memory, and their sums up the tree.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::{
    division::DivisionCode,
    population::{Event, FAMILY_MEMBERS, PROTECTED, RESIDENTS, TAG},
    protection,
};
use store::{
    DbConnection, StoreError,
    population::{population_counts_since, population_days_since, population_reached_since},
};
use tokio::sync::Mutex;

use super::sums::{Counts, Happened};
use crate::{App, AppError, beijing_day, divisions::Tree};

/// A transaction that began at an instant may commit this much later, and is still seen.
const LATE: TimeDelta = TimeDelta::seconds(60);
/// Everything is read anew after so long: for what was later still.
const WHOLE: TimeDelta = TimeDelta::minutes(10);

/// The sums of all divisions at one moment.
#[derive(Clone)]
pub(super) struct Sums {
    tree: Arc<Tree>,
    /// Each division with all that lies below it.
    pub(super) counts: Arc<HashMap<DivisionCode, Counts>>,
    /// What happened today.
    pub(super) today: Arc<Happened>,
}

/// Counts of a village.
#[derive(Debug, Default)]
struct Village {
    counts: Counts,
    /// Protected persons by the day on which they were last reached.
    reached: BTreeMap<NaiveDate, i64>,
}

#[derive(Default)]
struct Loaded {
    villages: HashMap<DivisionCode, Village>,
    /// Of the day on which it was last brought up to date.
    events: HashMap<(DivisionCode, Event), i64>,
    /// When it was last brought up to date, and when last read whole.
    fresh: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Of what is held now; none after a change.
    sums: Option<Sums>,
}

/// Holds the counts of all villages. Each asking reads what changed within the last minute, which is little, and adds up
/// anew only if something did.
#[derive(Default)]
pub struct PopulationCache(Mutex<Loaded>);

impl PopulationCache {
    /// The sums as they stand now.
    pub(super) async fn sums(&self, app: &App, tree: &Arc<Tree>) -> Result<Sums, AppError> {
        let mut loaded = self.0.lock().await;
        let now = app.now();
        let (since, whole) = loaded.read_from(now);
        let changed = app.store.db.run(move |connection| Changed::read(connection, since, beijing_day(now))).await?;
        if since.is_none() {
            *loaded = Loaded::default();
        }
        loaded.take(changed);
        loaded.fresh = Some((now, whole));
        Ok(loaded.sums(tree, protection::reachable_since(beijing_day(now))))
    }
}

struct Changed {
    counts: Vec<(String, String, i64)>,
    reached: Vec<(String, NaiveDate, i64)>,
    events: Vec<(String, String, i64)>,
}

impl Changed {
    fn read(connection: &mut DbConnection, since: Option<DateTime<Utc>>, today: NaiveDate) -> Result<Self, StoreError> {
        Ok(Self {
            counts: population_counts_since(connection, since)?,
            reached: population_reached_since(connection, since, protection::reachable_since(today))?,
            events: population_days_since(connection, since, today)?,
        })
    }
}

impl Loaded {
    /// From when on changes must be read, none for all, and when all was or will have been read.
    fn read_from(&self, now: DateTime<Utc>) -> (Option<DateTime<Utc>>, DateTime<Utc>) {
        let usable = |(fresh, whole): &(DateTime<Utc>, DateTime<Utc>)| {
            now >= *whole && now - *whole < WHOLE && beijing_day(*fresh) == beijing_day(now)
        };
        match self.fresh.filter(usable) {
            Some((fresh, whole)) => (Some(fresh - LATE), whole),
            None => (None, now),
        }
    }

    fn take(&mut self, changed: Changed) {
        let mut differs = false;
        for (code, metric, count) in changed.counts {
            let Some(kept) = code.parse().ok().and_then(|code| self.villages.entry(code).or_default().count(&metric))
            else {
                continue;
            };
            differs |= std::mem::replace(kept, count) != count;
        }
        for (code, day, count) in changed.reached {
            let Ok(code) = code.parse() else { continue };
            differs |= self.villages.entry(code).or_default().reached.insert(day, count) != Some(count);
        }
        for (code, event, count) in changed.events {
            let (Ok(code), Some(event)) = (code.parse(), Event::from_word(&event)) else { continue };
            differs |= self.events.insert((code, event), count) != Some(count);
        }
        if differs {
            self.sums = None;
        }
    }

    /// Adds up, unless what was added up last still holds. `since` is the first day on which who was reached is reachable;
    /// it changes only with the day, when all is read anew.
    fn sums(&mut self, tree: &Arc<Tree>, since: NaiveDate) -> Sums {
        if let Some(sums) = self.sums.as_ref().filter(|sums| Arc::ptr_eq(&sums.tree, tree)) {
            return sums.clone();
        }
        let villages = self.villages.iter().map(|(code, village)| (*code, village.counts(since)));
        let sums = Sums {
            tree: tree.clone(),
            counts: Arc::new(Counts::summed(tree, villages)),
            today: Arc::new(Happened::summed(tree, self.events.iter().map(|(key, count)| (*key, *count)))),
        };
        self.sums.insert(sums).clone()
    }
}

impl Village {
    fn count(&mut self, metric: &str) -> Option<&mut i64> {
        match metric {
            RESIDENTS => Some(&mut self.counts.residents),
            PROTECTED => Some(&mut self.counts.protected),
            FAMILY_MEMBERS => Some(&mut self.counts.family_members),
            other => Some(self.counts.tags.entry(other.strip_prefix(TAG)?.to_owned()).or_default()),
        }
    }

    fn counts(&self, since: NaiveDate) -> Counts {
        Counts { reachable: self.reached.range(since..).map(|(_, count)| count).sum(), ..self.counts.clone() }
    }
}
