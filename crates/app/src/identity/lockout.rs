//! How often one may fail: a stranger neither locks an officer out nor learns from guessing. Pure; docs/security.md gives
//! the reasons.

use chrono::{DateTime, TimeDelta, Utc};
use store::sign_in_attempts::Attempts;

use super::{IdentitySettings, addresses::seconds_until};

const DAY: TimeDelta = TimeDelta::hours(24);

/// What an attempt got right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Factors {
    /// The name or the password is wrong.
    Wrong,
    /// Only the one-time code is wrong, or was used before.
    PasswordOnly,
    /// All is right.
    All,
}

/// What becomes of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judgement {
    /// It signs in.
    Passes,
    /// It is refused; which factor failed is not said.
    Refused,
    /// It is refused, for so many seconds; which factor failed is not said.
    TooMany(u32),
}

/// True while the second factor of a name is locked, even for a right code. Only who knows the password can cause it.
pub(super) fn second_factor_locked(settings: &IdentitySettings, attempts: &Attempts, now: DateTime<Utc>) -> bool {
    reaches(attempts.totp_failures, settings.totp_failures)
        && within(attempts.totp_window_started_at, totp_window(settings), now)
}

/// Judges an attempt and counts its failure.
///
/// Over its budget a name's attempts are still verified: a right one signs in, a failing one is told to wait. A right
/// attempt at a locked second factor is told to wait; a wrong one is not, else guessers of passwords would learn from the
/// lock that a password was right.
pub(super) fn judge(
    settings: &IdentitySettings,
    attempts: &mut Attempts,
    factors: Factors,
    now: DateTime<Utc>,
) -> Judgement {
    let locked = second_factor_locked(settings, attempts, now);
    if factors == Factors::All {
        let end = attempts.totp_window_started_at + totp_window(settings);
        return if locked { Judgement::TooMany(seconds_until(end, now).unwrap_or(1)) } else { Judgement::Passes };
    }
    let judgement = within_budget(settings, attempts, now);
    if factors == Factors::PasswordOnly && !locked {
        count(&mut attempts.totp_window_started_at, &mut attempts.totp_failures, totp_window(settings), now);
        if reaches(attempts.totp_failures, settings.totp_failures) {
            // The lock holds for its full length from the failure that caused it.
            attempts.totp_window_started_at = now;
        }
    }
    judgement
}

/// Counts a failure against both budgets of the name.
fn within_budget(settings: &IdentitySettings, attempts: &mut Attempts, now: DateTime<Utc>) -> Judgement {
    let window = TimeDelta::minutes(settings.window_minutes.into());
    count(&mut attempts.window_started_at, &mut attempts.window_failures, window, now);
    count(&mut attempts.day_started_at, &mut attempts.day_failures, DAY, now);
    let over = |failures, budget: u32| reaches(failures, budget.saturating_add(1));
    let end = if over(attempts.day_failures, settings.failures_per_day) {
        attempts.day_started_at + DAY
    } else if over(attempts.window_failures, settings.failures_per_window) {
        attempts.window_started_at + window
    } else {
        return Judgement::Refused;
    };
    Judgement::TooMany(seconds_until(end, now).unwrap_or(1))
}

fn count(started_at: &mut DateTime<Utc>, failures: &mut i32, window: TimeDelta, now: DateTime<Utc>) {
    if !within(*started_at, window, now) {
        (*started_at, *failures) = (now, 0);
    }
    *failures = failures.saturating_add(1);
}

/// A window that began in the future counts when clocks differ a little, and not when a clock was set back.
fn within(started_at: DateTime<Utc>, window: TimeDelta, now: DateTime<Utc>) -> bool {
    (now - started_at).abs() < window
}

fn reaches(failures: i32, limit: u32) -> bool {
    i64::from(failures) >= i64::from(limit)
}

fn totp_window(settings: &IdentitySettings) -> TimeDelta {
    TimeDelta::minutes(settings.totp_rest_minutes.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use Factors::{All, PasswordOnly, Wrong};
    use Judgement::{Passes, Refused, TooMany};

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_767_225_600 + seconds, 0).unwrap()
    }

    /// Plays attempts of one name at given seconds.
    struct Name(Attempts);

    impl Name {
        fn new() -> Self {
            Self(Attempts::none(at(0)))
        }

        fn tries(&mut self, seconds: i64, factors: Factors) -> Judgement {
            judge(&IdentitySettings::default(), &mut self.0, factors, at(seconds))
        }
    }

    #[test]
    fn ten_failures_are_refused_and_the_eleventh_waits_for_the_window() {
        let mut name = Name::new();
        for second in 0..10 {
            assert_eq!(name.tries(second, Wrong), Refused, "{second}");
        }
        assert_eq!(name.tries(10, Wrong), TooMany(890));
        assert_eq!(name.tries(899, Wrong), TooMany(1));
        assert_eq!(name.tries(900, Wrong), Refused);
    }

    #[test]
    fn a_stranger_cannot_lock_the_officer_out() {
        let mut name = Name::new();
        for second in 0..1_000 {
            name.tries(second, Wrong);
        }
        assert_eq!(name.tries(1_000, All), Passes);
    }

    #[test]
    fn fifty_failures_a_day_are_the_most_that_learn_anything() {
        let mut name = Name::new();
        let patient = (0..96).flat_map(|quarter| (0..10).map(move |second| quarter * 900 + second));
        let told = patient.filter(|second| name.tries(*second, Wrong) == Refused).count();
        assert_eq!(told, 50);
        assert_eq!(name.tries(86_400 - 1, Wrong), TooMany(1));
        assert_eq!(name.tries(86_400, Wrong), Refused);
    }

    #[test]
    fn five_wrong_codes_after_a_right_password_lock_the_second_factor_for_five_minutes() {
        let mut name = Name::new();
        for second in [0, 60, 120, 180, 290] {
            assert_eq!(name.tries(second, PasswordOnly), Refused, "{second}");
        }
        assert_eq!(name.tries(291, All), TooMany(299));
        assert_eq!(name.tries(589, All), TooMany(1));
        assert_eq!(name.tries(590, All), Passes);
    }

    #[test]
    fn trying_on_does_not_lengthen_the_lock() {
        let mut name = Name::new();
        for second in 0..30 {
            name.tries(second, PasswordOnly);
        }
        assert_eq!(name.tries(303, All), TooMany(1));
        assert_eq!(name.tries(304, All), Passes);
    }

    #[test]
    fn wrong_codes_far_apart_do_not_lock() {
        let mut name = Name::new();
        for minute in 0..9 {
            assert_eq!(name.tries(minute * 120, PasswordOnly), Refused);
        }
        assert_eq!(name.tries(1_090, All), Passes);
    }

    #[test]
    fn nothing_tells_a_right_password_from_a_wrong_one_until_all_is_right() {
        let (mut with_password, mut without) = (Name::new(), Name::new());
        for second in (0..4_000).step_by(7) {
            assert_eq!(with_password.tries(second, PasswordOnly), without.tries(second, Wrong), "{second}");
        }
    }

    #[test]
    fn a_clock_set_back_does_not_lock_for_ever() {
        let mut name = Name::new();
        for second in 0..30 {
            name.tries(100_000_000 + second, PasswordOnly);
        }
        assert_eq!(name.tries(0, All), Passes);
        assert_eq!(name.tries(0, Wrong), Refused);
    }
}
