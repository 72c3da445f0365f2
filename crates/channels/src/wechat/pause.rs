//! Calls that must not be made for a while.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use super::errcode::{Action, Call};
use super::failure::Refusal;

/// The refusals that stand, by call.
#[derive(Default)]
pub(crate) struct Pauses {
    standing: Mutex<Vec<(Call, Refusal)>>,
}

impl Pauses {
    /// The refusal that still holds for `call`.
    pub(crate) fn holding(&self, call: Call, now: DateTime<Utc>) -> Option<Refusal> {
        let mut standing = self.lock();
        standing.retain(|(_, refusal)| refusal.retry_at.is_some_and(|at| at > now));
        standing.iter().find(|(paused, _)| *paused == call).map(|(_, refusal)| refusal.clone())
    }

    /// Keeps a refusal that holds for everybody. The minute limit of a login is one user's and stops nobody else; whose
    /// the one of a phone number is, no page says, so it stops nobody either. The calls under [`Call::Api`] have separate
    /// limits, so their senders mind them.
    pub(crate) fn mind(&self, call: Call, refusal: &Refusal) {
        let holds = match call {
            Call::Login | Call::PhoneNumber | Call::RiskRank => {
                matches!(refusal.action, Action::StopUntilMidnight | Action::StopForHours(_))
            }
            Call::Token | Call::CodeImage | Call::MediaCheck => refusal.retry_at.is_some(),
            Call::Api => false,
        };
        if holds {
            self.lock().push((call, refusal.clone()));
        }
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Call, Refusal)>> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_used_up_quota_stops_its_call_until_midnight_and_a_busy_user_stops_nobody() {
        let now: DateTime<Utc> = "2026-11-25T08:30:10Z".parse().unwrap();
        let pauses = Pauses::default();
        pauses.mind(Call::Login, &Refusal::new(Call::Login, 45011, "", now));
        assert_eq!(pauses.holding(Call::Login, now), None);
        let quota = Refusal::new(Call::Login, 45009, "", now);
        pauses.mind(Call::Login, &quota);
        assert_eq!(pauses.holding(Call::Token, now), None);
        assert_eq!(pauses.holding(Call::Login, now), Some(quota.clone()));
        assert_eq!(pauses.holding(Call::Login, quota.retry_at.unwrap()), None);
        assert!(pauses.lock().is_empty());
    }
}
