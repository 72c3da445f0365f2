//! Links that lead elsewhere: a check answers from what is remembered, and workers follow what is not, never a request.
//!
//! Players: [`Expansions`] holds what is remembered and what waits to be followed; [`expansions_follow`] is the round of a
//! worker; `join` lets the verdict on where a link leads into the one on the link.
//!
//! Each server remembers for itself and follows what it was asked about; before it fetches, it looks whether another server
//! has, in the table `link_expansions`. So a check never waits for the database, and one link is fetched once a day, or twice
//! when two servers are asked in the same moment.

mod follow;
mod join;

use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use domain::{
    LookupKey, Subject, SubjectKind,
    link::{Link, short_links},
    verdict::Verdict,
};
use quick_cache::sync::Cache;

use crate::{
    Clock,
    settings::{ExpandedLinks, ExpansionSettings},
};

pub use follow::expansions_follow;
pub(super) use join::join;

/// Where a link leads, in a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expansion {
    /// Whether that is known.
    pub state: ExpansionState,
    /// The host of the last address on the way, as far as it is known.
    pub target_host: Option<String>,
    /// Redirects on the way, as far as it is known.
    pub hops: usize,
}

/// Whether it is known where a link leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpansionState {
    /// It is being looked at: asking again in some seconds tells.
    Following,
    /// It is.
    Followed,
    /// It could not be found out to the end.
    Failed,
}

impl ExpansionState {
    /// The stable word used in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Following => "following",
            Self::Followed => "followed",
            Self::Failed => "failed",
        }
    }
}

/// What a check learns about where a link leads.
#[derive(Debug, Clone)]
pub(super) enum Seen {
    /// Nobody has looked yet; it is queued.
    Following,
    /// Somebody has.
    Known(Arc<Known>),
}

/// Where a link leads.
#[derive(Debug)]
pub(super) struct Known {
    /// What it was sent on to, in order.
    pub(super) targets: Vec<Subject>,
    /// Whether the way ends with the last of them.
    pub(super) arrived: bool,
    /// Until when this holds.
    expires_at: DateTime<Utc>,
}

/// How a question came: what waits of many asked at once comes after what somebody waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asking {
    /// By itself or in a text.
    Alone,
    /// In a batch.
    InBatch,
}

/// Where links lead: what this server remembers, and what it has to follow.
pub struct Expansions {
    settings: ExpansionSettings,
    known: Cache<LookupKey, Arc<Known>>,
    queue: Mutex<Queue>,
}

/// Links to follow; no more than the settings allow in each row.
#[derive(Default)]
struct Queue {
    first: VecDeque<Link>,
    later: VecDeque<Link>,
    /// All that are queued or being followed.
    pending: HashSet<LookupKey>,
}

impl Expansions {
    /// Nothing is remembered yet.
    pub fn new(settings: ExpansionSettings) -> Self {
        let known = Cache::new(settings.remembered.max(1));
        Self { settings, known, queue: Mutex::default() }
    }

    /// What is known about where `link` leads, given the verdict on it alone; what is not known is queued. None where nobody
    /// wants to know, and where too many are queued already.
    pub(super) fn look_up(&self, link: &Link, verdict: Verdict, asking: Asking, clock: &Clock) -> Option<Seen> {
        let wanted = match self.settings.links {
            ExpandedLinks::None => false,
            ExpandedLinks::Short => short_links::contains(link),
            ExpandedLinks::Unknown => verdict == Verdict::Unknown || short_links::contains(link),
        };
        // Nothing is stronger than fraud, wherever it leads.
        if !wanted || verdict == Verdict::Fraud {
            return None;
        }
        let key = key(link);
        match self.known.get(&key).filter(|known| known.expires_at > clock()) {
            Some(known) => Some(Seen::Known(known)),
            None => self.enqueue(key, link, asking).then_some(Seen::Following),
        }
    }

    /// Whether it is queued now.
    fn enqueue(&self, key: LookupKey, link: &Link, asking: Asking) -> bool {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.pending.contains(&key) {
            return true;
        }
        let row = if asking == Asking::Alone { &mut queue.first } else { &mut queue.later };
        if row.len() >= self.settings.queue {
            return false;
        }
        row.push_back(link.clone());
        queue.pending.insert(key)
    }

    /// The next link to follow. It stays pending until [`Self::done`].
    fn next(&self) -> Option<Link> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.first.pop_front().or_else(|| queue.later.pop_front())
    }

    fn done(&self, link: &Link) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).pending.remove(&key(link));
    }
}

fn key(link: &Link) -> LookupKey {
    LookupKey::of(SubjectKind::Link, link.canonical())
}
