//! What the stand-ins received, for a test or a curious person to read.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

/// How many calls are kept; the oldest go first.
const KEPT: usize = 10_000;

/// One call of a provider's path. Nothing is hidden: secrets here are made up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Received {
    /// When, by the stand-ins' clock: milliseconds since 1970, UTC.
    pub at_ms: u64,
    /// The HTTP method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query as it came, percent-encoded.
    pub query: String,
    /// The body; bytes that are no UTF-8 are replaced.
    pub body: String,
}

/// The calls so far.
#[derive(Default)]
pub(crate) struct Log {
    received: VecDeque<Received>,
    counters: BTreeMap<String, u64>,
}

impl Log {
    pub(crate) fn add(&mut self, received: Received) {
        if self.received.len() == KEPT {
            self.received.pop_front();
        }
        *self.counters.entry(received.path.clone()).or_default() += 1;
        self.received.push_back(received);
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.iter().cloned().collect()
    }

    pub(crate) fn counters(&self) -> BTreeMap<String, u64> {
        self.counters.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_calls_go_first_but_stay_counted() {
        let mut log = Log::default();
        for at_ms in 0..10_002 {
            let (method, path) = ("GET".to_owned(), "/a".to_owned());
            log.add(Received { at_ms, method, path, query: String::new(), body: String::new() });
        }
        assert_eq!(log.received().first().map(|received| received.at_ms), Some(2));
        assert_eq!(log.counters().get("/a"), Some(&10_002));
    }
}
