//! The clock and the moments providers count from.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

/// Tells the time; passed in, so that tests can.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

const MINUTE_S: i64 = 60;
const DAY_S: i64 = 86_400;
/// Beijing is eight hours ahead of UTC and knows no summer time.
const BEIJING_S: i64 = 8 * 3600;

/// The beginning of the next minute.
pub(crate) fn next_minute(now: DateTime<Utc>) -> DateTime<Utc> {
    after(now, MINUTE_S, 0)
}

/// The next midnight in Beijing, when providers' daily quotas begin anew.
pub(crate) fn next_beijing_midnight(now: DateTime<Utc>) -> DateTime<Utc> {
    after(now, DAY_S, BEIJING_S)
}

/// The next eight o'clock in the morning in Beijing, when marketing may be sent again: midnight in UTC.
pub(crate) fn next_beijing_morning(now: DateTime<Utc>) -> DateTime<Utc> {
    after(now, DAY_S, 0)
}

/// The next whole multiple of `step_s`, for a clock `ahead_s` seconds ahead of UTC.
fn after(now: DateTime<Utc>, step_s: i64, ahead_s: i64) -> DateTime<Utc> {
    let begun_s = now.timestamp().saturating_add(ahead_s).rem_euclid(step_s);
    let whole = now - TimeDelta::nanoseconds(i64::from(now.timestamp_subsec_nanos()));
    whole.checked_add_signed(TimeDelta::seconds(step_s - begun_s)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_next_minute_is_never_now() {
        assert_eq!(next_minute(at("2026-11-25T08:30:00Z")), at("2026-11-25T08:31:00Z"));
        assert_eq!(next_minute(at("2026-11-25T08:30:59.999Z")), at("2026-11-25T08:31:00Z"));
    }

    #[test]
    fn midnight_in_beijing_is_sixteen_o_clock_utc() {
        assert_eq!(next_beijing_midnight(at("2026-11-25T15:59:59.5Z")), at("2026-11-25T16:00:00Z"));
        assert_eq!(next_beijing_midnight(at("2026-11-25T16:00:00Z")), at("2026-11-26T16:00:00Z"));
        assert_eq!(next_beijing_morning(at("2026-11-25T14:30:00Z")), at("2026-11-26T00:00:00Z"));
        assert_eq!(next_beijing_midnight(at("1969-12-31T15:00:00Z")), at("1969-12-31T16:00:00Z"));
    }
}
