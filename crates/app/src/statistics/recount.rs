//! The proof of the counts: counting anew from the persons themselves.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use store::{
    Db,
    population::{Difference, population_reached_prune, population_recount, population_repair},
};

use crate::{App, AppError, beijing_day};

/// Hour of the night, in Beijing, at which every server looks whether to recount.
const HOUR: i64 = 3;
/// Days for which it is kept on which day people were reached.
const KEPT_DAYS: i64 = 60;

/// Counts anew and says where the kept counts differ; with `repair` they are set right. Blocking.
pub fn recount(db: &Db, repair: bool, now: DateTime<Utc>) -> Result<Vec<Difference>, AppError> {
    let differences = db.run_blocking(|connection| population_recount(connection, kept_since(now)))?;
    if repair && !differences.is_empty() {
        db.write_blocking(|connection| population_repair(connection, &differences, now))?;
    }
    Ok(differences)
}

/// Once a night: recounts and tells the log and the metrics of any difference. Nothing is repaired by itself: a difference
/// is a defect somebody must look at.
pub async fn recount_nightly(app: &App, last: &AtomicI64) -> Result<(), AppError> {
    let now = app.now();
    let night = (now + TimeDelta::hours(8 - HOUR)).date_naive().to_epoch_days();
    let seen = last.swap(i64::from(night), Ordering::Relaxed);
    // The first look after a start only notes which night it is.
    if seen == 0 || seen == i64::from(night) {
        return Ok(());
    }
    let since = kept_since(now);
    let differences = app.store.db.run(move |connection| population_recount(connection, since)).await?;
    metrics::gauge!("golden_bell_population_differences").set(u32::try_from(differences.len()).unwrap_or(u32::MAX));
    for difference in differences.iter().take(100) {
        tracing::error!(
            division = difference.division,
            metric = difference.metric,
            kept = difference.kept,
            counted = difference.counted,
            "the population was counted wrong"
        );
    }
    app.store.db.write(move |connection| population_reached_prune(connection, since)).await?;
    Ok(())
}

/// The first day of which it is kept how many were reached.
fn kept_since(now: DateTime<Utc>) -> NaiveDate {
    beijing_day(now) - TimeDelta::days(KEPT_DAYS)
}
