//! What is configurable about sign-in. Defaults and their reasons stand in the program's default configuration.

use chrono::TimeDelta;
use serde::Deserialize;

/// Settings of sign-in, tokens and their limits. What a configuration leaves out has its default.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IdentitySettings {
    /// How long an access token is good, in seconds: 60 to 3,600.
    pub access_token_seconds: u32,
    /// How many days a resident stays signed in without coming back.
    pub refresh_token_days: u32,
    /// How many days a resident stays signed in at most.
    pub session_days: u32,
    /// How many hours an officer stays signed in without using the console.
    pub officer_idle_hours: u32,
    /// How many hours an officer stays signed in at most.
    pub officer_session_hours: u32,
    /// For how many seconds after its first use a refresh token may come again because the reply was lost.
    pub refresh_retry_seconds: u32,
    /// Failed sign-ins at one name within the window before a failing one is only told to wait.
    pub failures_per_window: u32,
    /// Length of that window in minutes.
    pub window_minutes: u32,
    /// Failed sign-ins at one name within a day, likewise.
    pub failures_per_day: u32,
    /// Wrong one-time codes after a right password before the second factor is locked.
    pub totp_failures: u32,
    /// Within how many minutes these count, and for how many the lock holds.
    pub totp_rest_minutes: u32,
    /// Failed sign-ins of one client address in a minute before it must wait.
    pub failures_per_address_minute: u32,
    /// How many passwords are hashed at once: each takes 19 MiB and a processor core for some 20 ms.
    pub passwords_at_once: u32,
    /// How many sign-ins may wait for that before more are told to come back.
    pub passwords_waiting: u32,
}

impl Default for IdentitySettings {
    fn default() -> Self {
        Self {
            access_token_seconds: 900,
            refresh_token_days: 90,
            session_days: 365,
            officer_idle_hours: 8,
            officer_session_hours: 24,
            refresh_retry_seconds: 10,
            failures_per_window: 10,
            window_minutes: 15,
            failures_per_day: 50,
            totp_failures: 5,
            totp_rest_minutes: 5,
            failures_per_address_minute: 100,
            passwords_at_once: 2,
            passwords_waiting: 32,
        }
    }
}

impl IdentitySettings {
    /// Refuses values that would lock everybody out or let tokens outlive their revocation. For the operator.
    ///
    /// # Errors
    /// The name of the setting and its rule.
    pub fn check(&self) -> Result<(), String> {
        let rules = [
            ("access_token_seconds", self.access_token_seconds, 60, 3_600),
            ("refresh_token_days", self.refresh_token_days, 1, 365),
            ("session_days", self.session_days, self.refresh_token_days.max(1), 3_650),
            ("officer_idle_hours", self.officer_idle_hours, 1, 24),
            ("officer_session_hours", self.officer_session_hours, self.officer_idle_hours.max(1), 168),
            ("refresh_retry_seconds", self.refresh_retry_seconds, 0, 60),
            ("failures_per_window", self.failures_per_window, 3, 100),
            ("window_minutes", self.window_minutes, 1, 1_440),
            ("failures_per_day", self.failures_per_day, self.failures_per_window.max(3), 1_000),
            ("totp_failures", self.totp_failures, 3, 10),
            ("totp_rest_minutes", self.totp_rest_minutes, 1, 60),
            ("failures_per_address_minute", self.failures_per_address_minute, 10, 100_000),
            ("passwords_at_once", self.passwords_at_once, 1, 64),
            ("passwords_waiting", self.passwords_waiting, 1, 10_000),
        ];
        rules.into_iter().try_for_each(|(name, value, least, most)| {
            let fits = (least..=most).contains(&value);
            if fits { Ok(()) } else { Err(format!("identity.{name} must be {least} to {most}, not {value}")) }
        })
    }

    /// How long an access token is good.
    pub(crate) fn access_token(&self) -> TimeDelta {
        TimeDelta::seconds(self.access_token_seconds.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_pass_and_dangerous_values_are_named() {
        assert_eq!(IdentitySettings::default().check(), Ok(()));
        let long = IdentitySettings { access_token_seconds: 86_400, ..IdentitySettings::default() };
        assert_eq!(long.check(), Err("identity.access_token_seconds must be 60 to 3600, not 86400".to_owned()));
        let none = IdentitySettings { failures_per_day: 9, ..IdentitySettings::default() };
        assert!(none.check().unwrap_err().contains("failures_per_day must be 10"));
    }
}
