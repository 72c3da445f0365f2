//! Failed sign-ins, counted for each name that was tried, whether it exists or not. Names are kept as blind indexes only.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _};
use keyring::{BlindIndex, Keyring};

use crate::{
    connection::DbConnection,
    dialect::{first_for_update, native},
    error::StoreError,
    schema::sign_in_attempts,
    types::At,
};

/// Counts older than this no longer matter.
const FORGOTTEN_AFTER: TimeDelta = TimeDelta::days(2);

/// The failures of one name, as counted in three windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    /// When the short window began.
    pub window_started_at: DateTime<Utc>,
    /// Failures of any kind since then.
    pub window_failures: i32,
    /// When the day of counting began.
    pub day_started_at: DateTime<Utc>,
    /// Failures of any kind since then.
    pub day_failures: i32,
    /// When the window of the second factor began.
    pub totp_window_started_at: DateTime<Utc>,
    /// Wrong codes after a right password since then.
    pub totp_failures: i32,
}

impl Attempts {
    /// Nothing counted yet.
    pub const fn none(now: DateTime<Utc>) -> Self {
        Self {
            window_started_at: now,
            window_failures: 0,
            day_started_at: now,
            day_failures: 0,
            totp_window_started_at: now,
            totp_failures: 0,
        }
    }
}

type Row = (At, i32, At, i32, At, i32);

/// Under which a name is counted.
pub fn sign_in_attempts_index(keyring: &Keyring, username: &str) -> BlindIndex {
    keyring.blind_index("sign_in_attempts.username", username)
}

/// The counts of a name, held to the end of the transaction: attempts at one name are judged one after another.
pub fn sign_in_attempts_lock(
    connection: &mut DbConnection,
    index: &BlindIndex,
    now: DateTime<Utc>,
) -> Result<Attempts, StoreError> {
    let none = Attempts::none(now);
    let key = sign_in_attempts::username_index.eq(index.as_slice());
    native!(connection, |inner| diesel::insert_into(sign_in_attempts::table)
        .values((key, changes(&none)))
        .on_conflict(sign_in_attempts::username_index)
        .do_nothing()
        .execute(inner))?;
    let counts = sign_in_attempts::table.find(index.as_slice()).select((
        sign_in_attempts::window_started_at,
        sign_in_attempts::window_failures,
        sign_in_attempts::day_started_at,
        sign_in_attempts::day_failures,
        sign_in_attempts::totp_window_started_at,
        sign_in_attempts::totp_failures,
    ));
    let found: Option<Row> = first_for_update!(connection, counts)?;
    Ok(found.map_or(none, |(window, window_failures, day, day_failures, totp_window, totp_failures)| Attempts {
        window_started_at: window.into(),
        window_failures,
        day_started_at: day.into(),
        day_failures,
        totp_window_started_at: totp_window.into(),
        totp_failures,
    }))
}

/// Keeps the counts of a name. Call it in the transaction of [`sign_in_attempts_lock`].
pub fn sign_in_attempts_save(
    connection: &mut DbConnection,
    index: &BlindIndex,
    attempts: &Attempts,
) -> Result<(), StoreError> {
    diesel::update(sign_in_attempts::table.find(index.as_slice())).set(changes(attempts)).execute(connection)?;
    Ok(())
}

type Change<C, T> = diesel::dsl::Eq<C, T>;

type Changes = (
    Change<sign_in_attempts::window_started_at, At>,
    Change<sign_in_attempts::window_failures, i32>,
    Change<sign_in_attempts::day_started_at, At>,
    Change<sign_in_attempts::day_failures, i32>,
    Change<sign_in_attempts::totp_window_started_at, At>,
    Change<sign_in_attempts::totp_failures, i32>,
);

fn changes(attempts: &Attempts) -> Changes {
    (
        sign_in_attempts::window_started_at.eq(At::new(attempts.window_started_at)),
        sign_in_attempts::window_failures.eq(attempts.window_failures),
        sign_in_attempts::day_started_at.eq(At::new(attempts.day_started_at)),
        sign_in_attempts::day_failures.eq(attempts.day_failures),
        sign_in_attempts::totp_window_started_at.eq(At::new(attempts.totp_window_started_at)),
        sign_in_attempts::totp_failures.eq(attempts.totp_failures),
    )
}

/// Forgets names that nobody tried for two days. Returns how many.
pub fn sign_in_attempts_prune(connection: &mut DbConnection, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let limit = At::new(now - FORGOTTEN_AFTER);
    let old = sign_in_attempts::table
        .filter(sign_in_attempts::day_started_at.lt(limit))
        .filter(sign_in_attempts::window_started_at.lt(limit));
    Ok(diesel::delete(old).execute(connection)?)
}
