//! How long a correction takes: a public figure.

use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};
use store::appeals::appeal_times;

use crate::{App, AppError};

/// Days that the figures cover.
const DAYS: i64 = 365;
/// How old the figures may be: anybody may ask for them.
const FRESH: TimeDelta = TimeDelta::seconds(60);

/// How appeals went in the last year.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Corrections {
    /// Days covered.
    pub days: i64,
    /// Proved appeals that were decided.
    pub decided: u64,
    /// Those that were right.
    pub lifted: u64,
    /// Proved appeals that wait.
    pub open: u64,
    /// Those of them that are beyond their time.
    pub late: u64,
    /// Hours from proof to correction, the median; none where nothing was corrected.
    pub median_hours: Option<f64>,
    /// The same, of the slowest tenth the quickest.
    pub p90_hours: Option<f64>,
}

/// The figures as they were a moment ago.
#[derive(Debug, Default)]
pub struct CorrectionsCache(Mutex<Option<(DateTime<Utc>, Corrections)>>);

/// How appeals went. For everybody to read.
pub async fn corrections(app: &App) -> Result<Corrections, AppError> {
    let now = app.now();
    let known = *app.corrections.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some((at, figures)) = known
        && now >= at
        && now - at < FRESH
    {
        return Ok(figures);
    }
    let since = now - TimeDelta::days(DAYS);
    let times = app.store.db.run(move |connection| appeal_times(connection, since, now)).await?;
    let mut hours: Vec<f64> =
        times.lifted.iter().map(|(proved, closed)| (*closed - *proved).num_seconds() as f64 / 3600.0).collect();
    hours.sort_by(f64::total_cmp);
    let lifted = hours.len() as u64;
    let figures = Corrections {
        days: DAYS,
        decided: lifted + times.upheld,
        lifted,
        open: times.open,
        late: times.late,
        median_hours: at_part(&hours, 50),
        p90_hours: at_part(&hours, 90),
    };
    *app.corrections.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some((now, figures));
    Ok(figures)
}

/// The value below which `percent` of the sorted values lie (nearest rank), to a tenth.
fn at_part(sorted: &[f64], percent: usize) -> Option<f64> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).map(|value| (value * 10.0).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_by_nearest_rank() {
        let hours: Vec<f64> = (1..=10).map(f64::from).collect();
        assert_eq!((at_part(&hours, 50), at_part(&hours, 90)), (Some(5.0), Some(9.0)));
        assert_eq!((at_part(&[2.0], 90), at_part(&[], 50)), (Some(2.0), None));
    }
}
