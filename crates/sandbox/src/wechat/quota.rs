//! Calls per minute and per day.

use super::reply::{DAY_FULL, MINUTE_FULL};

const MINUTE_MS: u64 = 60_000;
const DAY_MS: u64 = 86_400_000;
/// Days begin at midnight in Beijing, eight hours before UTC.
const BEIJING_MS: u64 = 8 * 3_600_000;

/// The number of the Beijing day.
pub(crate) fn day(now_ms: u64) -> u64 {
    now_ms.saturating_add(BEIJING_MS) / DAY_MS
}

/// When the Beijing day began.
pub(crate) fn beijing_midnight_ms(now_ms: u64) -> u64 {
    (day(now_ms) * DAY_MS).saturating_sub(BEIJING_MS)
}

/// Counts calls in the running minute and day.
#[derive(Default)]
pub(crate) struct Quota {
    minute: Count,
    day: Count,
}

#[derive(Default)]
struct Count {
    index: u64,
    calls: u32,
}

impl Count {
    fn add(&mut self, index: u64, most: u32) -> bool {
        if self.index != index {
            *self = Self { index, calls: 0 };
        }
        let fits = self.calls < most;
        self.calls += u32::from(fits);
        fits
    }
}

impl Quota {
    /// Counts a call, or gives the errcode of the full quota.
    pub(crate) fn add(&mut self, now_ms: u64, per_minute: u32, per_day: u32) -> Result<(), i64> {
        if !self.minute.add(now_ms / MINUTE_MS, per_minute) {
            return Err(MINUTE_FULL);
        }
        if self.day.add(day(now_ms), per_day) { Ok(()) } else { Err(DAY_FULL) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_minute_and_a_full_day_end_with_their_time() {
        let mut quota = Quota::default();
        // One second before midnight in Beijing.
        let evening = 16 * 3_600_000 - 1_000;
        assert_eq!(quota.add(evening, 2, 3), Ok(()));
        assert_eq!(quota.add(evening, 2, 3), Ok(()));
        assert_eq!(quota.add(evening, 2, 3), Err(MINUTE_FULL));
        assert_eq!(quota.add(evening, 9, 2), Err(DAY_FULL));
        assert_eq!(quota.add(evening + 1_000, 2, 2), Ok(()));
    }
}
