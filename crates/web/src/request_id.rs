//! The name of a request in logs, audit rows and error replies.

use std::{
    fmt,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use actix_web::HttpMessage;

/// Unique across servers and restarts: random at start of the process, then counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(u64);

static NEXT: LazyLock<AtomicU64> = LazyLock::new(|| AtomicU64::new(rand::random::<u64>()));

impl RequestId {
    /// A new one.
    pub fn next() -> Self {
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// The one [`crate::access_log`] gave this request.
    pub fn of(request: &impl HttpMessage) -> Self {
        request.extensions().get::<Self>().copied().unwrap_or(Self(0))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
