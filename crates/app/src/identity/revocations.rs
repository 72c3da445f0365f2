//! Ended sessions, in memory: an access token is refused at once, not when it expires.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use arc_swap::ArcSwap;
use chrono::{DateTime, Utc};
use keyring::PublicId;
use signals::Topic;
use store::revocations::{Revocation, revocations_after};

use super::tokens::revoked_until;
use crate::{App, error::AppError};

/// The sessions that ended while access tokens of theirs may still be good.
///
/// Reading takes no lock. A worker calls [`revocations_refresh`] every 250 ms and when [`Topic::Revoked`] wakes it; while
/// the database is away, what is known goes on to hold.
#[derive(Default)]
pub struct Revocations {
    seen: ArcSwap<Seen>,
    writer: Mutex<()>,
}

#[derive(Default, Clone)]
struct Seen {
    change_number: i64,
    sessions: HashMap<PublicId, DateTime<Utc>>,
}

impl Revocations {
    /// True when the session has ended.
    pub fn contains(&self, session: PublicId) -> bool {
        self.seen.load().sessions.contains_key(&session)
    }

    /// How many ended sessions are remembered.
    pub fn len(&self) -> usize {
        self.seen.load().sessions.len()
    }

    /// True when none is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn apply(&self, news: &[Revocation], now: DateTime<Utc>) {
        if news.is_empty() && !self.seen.load().sessions.values().any(|expires_at| *expires_at <= now) {
            return;
        }
        self.change(|seen| {
            seen.sessions.retain(|_, expires_at| *expires_at > now);
            for revocation in news {
                seen.change_number = seen.change_number.max(revocation.change_number);
                seen.sessions.insert(revocation.session, revocation.expires_at);
            }
        });
    }

    /// Refuses the tokens of sessions that this server has just ended, before the next reading, and wakes the others.
    pub(crate) async fn announce(&self, app: &App, ended: &[PublicId], now: DateTime<Utc>) {
        if ended.is_empty() {
            return;
        }
        let expires_at = revoked_until(now);
        self.change(|seen| seen.sessions.extend(ended.iter().map(|session| (*session, expires_at))));
        app.signals.publish(Topic::Revoked, "").await;
    }

    fn change(&self, change: impl FnOnce(&mut Seen)) {
        let _alone = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut seen = Seen::clone(&self.seen.load());
        change(&mut seen);
        self.seen.store(std::sync::Arc::new(seen));
    }
}

/// Reads what ended since the last time, at any server, and forgets what has expired.
///
/// # Errors
/// The database is away: what is known goes on to hold, and the next call catches up.
pub async fn revocations_refresh(app: &App) -> Result<(), AppError> {
    let (after, now) = (app.revocations.seen.load().change_number, app.now());
    let news = app.store.db.run(move |connection| revocations_after(connection, after, now)).await?;
    app.revocations.apply(&news, now);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn an_ended_session_is_known_until_its_tokens_have_expired() {
        let revocations = Revocations::default();
        let session = PublicId::random();
        assert!(!revocations.contains(session));
        revocations.apply(&[Revocation { change_number: 7, session, expires_at: at(100) }], at(0));
        assert!(revocations.contains(session));
        assert!(!revocations.contains(PublicId::random()));
        revocations.apply(&[], at(99));
        assert!(revocations.contains(session));
        revocations.apply(&[], at(100));
        assert!(revocations.is_empty());
        assert_eq!(revocations.seen.load().change_number, 7);
    }
}
