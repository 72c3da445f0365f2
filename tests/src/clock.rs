//! A clock that stands still until it is moved.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};

/// The time of one test service.
#[derive(Clone)]
pub struct TestClock(Arc<AtomicI64>);

impl Default for TestClock {
    fn default() -> Self {
        // A Tuesday morning in Beijing, far from midnight.
        let start = Utc.with_ymd_and_hms(2026, 11, 24, 2, 0, 0).unwrap();
        Self(Arc::new(AtomicI64::new(start.timestamp_micros())))
    }
}

impl TestClock {
    /// What time it is.
    pub fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0.load(Ordering::SeqCst)).unwrap()
    }

    /// Moves it.
    pub fn advance(&self, by: TimeDelta) {
        self.0.fetch_add(by.num_microseconds().unwrap(), Ordering::SeqCst);
    }

    /// As the application takes it.
    pub fn as_clock(&self) -> Arc<dyn Fn() -> DateTime<Utc> + Send + Sync> {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }
}
