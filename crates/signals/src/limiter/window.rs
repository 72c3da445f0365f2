//! The sliding window as arithmetic: no clock, no storage. The script in `shared.rs` computes the same.

use super::Decision;

/// The longest window: 7 days. Together with counts of 32 bits it keeps every sum below within 64 bits.
pub(crate) const LONGEST_MS: u64 = 7 * 24 * 3600 * 1000;

/// What one key used: the number of the fixed window, and the allowed tries in it and in the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Window {
    index: u64,
    current: u32,
    previous: u32,
}

impl Window {
    /// The same window as seen at `now_ms`: moved on when its time is over.
    pub(crate) fn at(self, now_ms: u64, window_ms: u64) -> Self {
        let index = now_ms / window_ms;
        if index == self.index {
            return self;
        }
        let previous = if index == self.index + 1 { self.current } else { 0 };
        Self { index, current: 0, previous }
    }

    pub(crate) fn counted(self) -> Self {
        Self { current: self.current.saturating_add(1), ..self }
    }

    /// Whether one more try fits, and if not, when. `self` must already be [`Window::at`] the same moment.
    pub(crate) fn decide(self, now_ms: u64, limit: u32, window_ms: u64) -> Decision {
        let left = window_ms - now_ms % window_ms;
        let (current, previous, limit) = (u64::from(self.current), u64::from(self.previous), u64::from(limit));
        if limit == 0 {
            return Decision::refused(window_ms);
        }
        if previous * left + (current + 1) * window_ms <= limit * window_ms {
            return Decision::ALLOWED;
        }
        let wait = if current < limit {
            // The part of the last window that may still count: previous * rest <= (limit - 1 - current) * window.
            left.saturating_sub((limit - 1 - current) * window_ms / previous.max(1))
        } else {
            left + window_ms.saturating_sub((limit - 1) * window_ms / current)
        };
        Decision::refused(wait.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MINUTE: u64 = 60_000;

    fn used(index: u64, current: u32, previous: u32) -> Window {
        Window { index, current, previous }
    }

    #[test]
    fn the_limit_is_reached_exactly_and_a_limit_of_zero_refuses_all() {
        assert!(used(0, 2, 0).decide(1, 3, MINUTE).allowed);
        assert!(!used(0, 3, 0).decide(1, 3, MINUTE).allowed);
        assert_eq!(used(0, 0, 0).decide(1, 0, MINUTE), Decision::refused(MINUTE));
    }

    #[test]
    fn the_last_window_counts_for_the_part_still_covered() {
        // Half of the window has passed: 10 of the last one weigh 5.
        assert!(used(1, 4, 10).decide(MINUTE + 30_000, 10, MINUTE).allowed);
        assert!(!used(1, 5, 10).decide(MINUTE + 30_000, 10, MINUTE).allowed);
        assert_eq!(used(1, 5, 10).decide(MINUTE + 30_000, 10, MINUTE), Decision::refused(6_000));
    }

    #[test]
    fn a_gap_of_a_whole_window_forgets_all() {
        assert_eq!(used(1, 5, 9).at(2 * MINUTE, MINUTE), used(2, 0, 5));
        assert_eq!(used(1, 5, 9).at(3 * MINUTE, MINUTE), used(3, 0, 0));
    }

    proptest! {
        #[test]
        fn who_waits_as_told_is_allowed_and_who_comes_a_little_earlier_is_not(
            current in 0_u32..50, previous in 0_u32..50, limit in 1_u32..50, now in 0_u64..100_000, window_ms in 1_u64..5_000,
        ) {
            let window = used(now / window_ms, current, previous);
            let decision = window.decide(now, limit, window_ms);
            if !decision.allowed {
                let wait = u64::try_from(decision.retry_after.as_millis()).unwrap();
                let at = |moment: u64| window.at(moment, window_ms).decide(moment, limit, window_ms).allowed;
                prop_assert!(at(now + wait));
                prop_assert!(wait < 2 || !at(now + wait - 2));
            }
        }

        #[test]
        fn no_time_count_or_limit_overflows(
            current: u32, previous: u32, limit: u32, now: u64, window_ms in 1..=LONGEST_MS, index: u64,
        ) {
            let window = used(index.min(u64::MAX - 1), current, previous).at(now, window_ms).counted();
            window.decide(now, limit, window_ms);
        }
    }
}
