//! How long to wait between attempts to reach Redis again.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(2);

/// Doubles from 100 ms to 2 s, each wait shortened by up to a half at random so that many servers don't knock at once.
pub(crate) struct Backoff {
    next: Duration,
}

impl Backoff {
    pub(crate) fn new() -> Self {
        Self { next: FIRST }
    }

    pub(crate) fn reset(&mut self) {
        self.next = FIRST;
    }

    pub(crate) async fn wait(&mut self) {
        let wait = self.step();
        tokio::time::sleep(wait.mul_f64(rand::random_range(0.5..=1.0))).await;
    }

    fn step(&mut self) -> Duration {
        let wait = self.next;
        self.next = self.next.saturating_mul(2).min(LONGEST);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_two_seconds_and_start_anew_after_a_success() {
        let mut backoff = Backoff::new();
        let steps: Vec<u128> = (0..7).map(|_| backoff.step().as_millis()).collect();
        assert_eq!(steps, [100, 200, 400, 800, 1600, 2000, 2000]);
        backoff.reset();
        assert_eq!(backoff.step(), FIRST);
    }
}
