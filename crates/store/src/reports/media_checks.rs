//! What WeChat says of screenshots: from the asking to the result. Each step changes a picture only in the state that the step
//! is for, so a step that comes twice or late does nothing.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    ExpressionMethods as _, JoinOnDsl as _, NullableExpressionMethods as _, OptionalExtension as _, QueryDsl as _,
    RunQueryDsl as _,
};
use keyring::Keyring;

use super::screenshots::{StoredScreenshot, screenshot_where};
use crate::{
    connection::DbConnection,
    dialect::native,
    error::StoreError,
    persons::{person_openid, persons_by_id},
    schema::{media_results, report_screenshots, reports},
    types::At,
};

/// For how long a result waits for the picture it is about: an answer to an asking comes within seconds, or never.
const RESULT_KEPT: TimeDelta = TimeDelta::hours(1);
/// Results that meet their pictures in one round.
const PER_ROUND: i64 = 500;
/// How often a picture of which WeChat had no result is asked about again.
const FAILED_AGAIN: i16 = 1;

/// How far the check of a screenshot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckState {
    /// Nobody was asked yet, or nobody ever is.
    Unchecked,
    /// WeChat looks at it.
    Asked,
    /// WeChat finds nothing wrong.
    Passed,
    /// WeChat suggests that somebody looks.
    Review,
    /// WeChat finds it bad.
    Risky,
    /// WeChat has no result: somebody has to look.
    Manual,
}

impl CheckState {
    const ALL: [Self; 6] = [Self::Unchecked, Self::Asked, Self::Passed, Self::Review, Self::Risky, Self::Manual];

    /// The stable word, in the database and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unchecked => "unchecked",
            Self::Asked => "asked",
            Self::Passed => "passed",
            Self::Review => "review",
            Self::Risky => "risky",
            Self::Manual => "manual",
        }
    }

    pub(super) fn from_word(word: &str) -> Result<Self, StoreError> {
        let state = Self::ALL.into_iter().find(|state| state.as_str() == word);
        state.ok_or_else(|| StoreError::Unreadable("the state of a check".to_owned()))
    }
}

/// What a result says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaOutcome {
    /// Nothing is wrong.
    Pass,
    /// Somebody should look.
    Review,
    /// It is bad.
    Risky,
    /// There is none.
    Failed,
}

impl MediaOutcome {
    const ALL: [Self; 4] = [Self::Pass, Self::Review, Self::Risky, Self::Failed];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Review => "review",
            Self::Risky => "risky",
            Self::Failed => "failed",
        }
    }

    /// What a picture becomes by it. `None`: it is asked about again.
    const fn state(self, failed: i16) -> Option<CheckState> {
        match self {
            Self::Pass => Some(CheckState::Passed),
            Self::Review => Some(CheckState::Review),
            Self::Risky => Some(CheckState::Risky),
            Self::Failed if failed < FAILED_AGAIN => None,
            Self::Failed => Some(CheckState::Manual),
        }
    }
}

/// A picture that waits to be asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueCheck {
    /// Its row.
    pub id: i64,
    /// When it came.
    pub created_at: DateTime<Utc>,
    /// How often it was asked about.
    pub asked: i16,
    /// Whose it is, at WeChat; none where WeChat does not know the person.
    pub openid: Option<String>,
}

/// Pictures that are due to be asked about, the longest waiting first.
pub fn screenshot_checks_due(
    connection: &mut DbConnection,
    keyring: &Keyring,
    now: DateTime<Utc>,
    most: i64,
) -> Result<Vec<DueCheck>, StoreError> {
    let rows: Vec<(i64, At, i16, i64)> = report_screenshots::table
        .inner_join(reports::table)
        .filter(report_screenshots::check_state.eq(CheckState::Unchecked.as_str()))
        .filter(report_screenshots::check_due.le(At::new(now)))
        .order((report_screenshots::check_due, report_screenshots::id))
        .limit(most)
        .select((
            report_screenshots::id,
            report_screenshots::created_at,
            report_screenshots::check_asked,
            reports::person_id,
        ))
        .load(connection)?;
    let mut due = Vec::with_capacity(rows.len());
    for (id, created_at, asked, person) in rows {
        let openid = match persons_by_id(connection, keyring, &[person])?.pop() {
            Some(person) => person_openid(connection, keyring, &person)?,
            None => None,
        };
        due.push(DueCheck { id, created_at: created_at.into(), asked, openid });
    }
    Ok(due)
}

/// An asking that begins.
#[derive(Debug, Clone, Copy)]
pub struct NewAsking<'a> {
    /// SHA-256, in hex, of the word in the address of the picture.
    pub token: &'a str,
    /// Until when the picture is handed out under it.
    pub media_until: DateTime<Utc>,
    /// When the result is given up.
    pub give_up_at: DateTime<Utc>,
}

/// Begins to ask about an unchecked picture. False where somebody else did.
pub fn screenshot_check_begin(
    connection: &mut DbConnection,
    id: i64,
    asking: &NewAsking<'_>,
) -> Result<bool, StoreError> {
    let row = report_screenshots::table
        .filter(report_screenshots::id.eq(id))
        .filter(report_screenshots::check_state.eq(CheckState::Unchecked.as_str()));
    let changed = diesel::update(row)
        .set((
            report_screenshots::check_state.eq(CheckState::Asked.as_str()),
            report_screenshots::check_due.eq(Some(At::new(asking.give_up_at))),
            report_screenshots::check_asked.eq(report_screenshots::check_asked + 1_i16),
            report_screenshots::media_token.eq(Some(asking.token)),
            report_screenshots::media_until.eq(Some(At::new(asking.media_until))),
            report_screenshots::trace_id.eq(None::<String>),
        ))
        .execute(connection)?;
    Ok(changed == 1)
}

/// Notes under which id the result of the asking with this token will come.
pub fn screenshot_check_traced(connection: &mut DbConnection, token: &str, trace_id: &str) -> Result<(), StoreError> {
    let row = report_screenshots::table
        .filter(report_screenshots::media_token.eq(token))
        .filter(report_screenshots::check_state.eq(CheckState::Asked.as_str()));
    diesel::update(row).set(report_screenshots::trace_id.eq(Some(trace_id))).execute(connection)?;
    Ok(())
}

/// Ends the asking with this token: in `state`, and where that is unchecked, until it is `due` again.
pub fn screenshot_check_end(
    connection: &mut DbConnection,
    token: &str,
    state: CheckState,
    due: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    let id = report_screenshots::table
        .filter(report_screenshots::media_token.eq(token))
        .filter(report_screenshots::check_state.eq(CheckState::Asked.as_str()))
        .select(report_screenshots::id)
        .first(connection)
        .optional()?;
    id.map_or(Ok(()), |id| leave(connection, id, state, due))
}

/// Leaves an unchecked picture to people.
pub fn screenshot_check_leave(connection: &mut DbConnection, id: i64) -> Result<(), StoreError> {
    let row = report_screenshots::table
        .filter(report_screenshots::id.eq(id))
        .filter(report_screenshots::check_state.eq(CheckState::Unchecked.as_str()));
    diesel::update(row)
        .set((
            report_screenshots::check_state.eq(CheckState::Manual.as_str()),
            report_screenshots::check_due.eq(None::<At>),
        ))
        .execute(connection)?;
    Ok(())
}

fn leave(
    connection: &mut DbConnection,
    id: i64,
    state: CheckState,
    due: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    diesel::update(report_screenshots::table.find(id))
        .set((
            report_screenshots::check_state.eq(state.as_str()),
            report_screenshots::check_due.eq(due.map(At::new)),
            report_screenshots::media_token.eq(None::<String>),
            report_screenshots::media_until.eq(None::<At>),
        ))
        .execute(connection)?;
    Ok(())
}

/// Gives up the askings whose result did not come in time. Returns how many.
pub fn screenshot_checks_give_up(connection: &mut DbConnection, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let late = report_screenshots::table
        .filter(report_screenshots::check_state.eq(CheckState::Asked.as_str()))
        .filter(report_screenshots::check_due.le(At::new(now)));
    Ok(diesel::update(late)
        .set((
            report_screenshots::check_state.eq(CheckState::Manual.as_str()),
            report_screenshots::check_due.eq(None::<At>),
            report_screenshots::media_token.eq(None::<String>),
            report_screenshots::media_until.eq(None::<At>),
        ))
        .execute(connection)?)
}

/// Keeps a result until it meets its picture ([`media_results_settle`]): it may come before the answer to the asking. The first
/// word under a trace id counts.
pub fn media_result_add(
    connection: &mut DbConnection,
    trace_id: &str,
    outcome: MediaOutcome,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let row = (
        media_results::trace_id.eq(trace_id),
        media_results::suggestion.eq(outcome.as_str()),
        media_results::taken_at.eq(At::new(now)),
    );
    native!(connection, |inner| diesel::insert_into(media_results::table)
        .values(row)
        .on_conflict(media_results::trace_id)
        .do_nothing()
        .execute(inner))?;
    Ok(())
}

/// Lets results and pictures meet, and forgets results that nobody waits for. Returns how many met.
pub fn media_results_settle(connection: &mut DbConnection, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let found: Vec<(String, String, i64, String, i16)> = media_results::table
        .inner_join(report_screenshots::table.on(report_screenshots::trace_id.eq(media_results::trace_id.nullable())))
        .order(media_results::taken_at)
        .limit(PER_ROUND)
        .select((
            media_results::trace_id,
            media_results::suggestion,
            report_screenshots::id,
            report_screenshots::check_state,
            report_screenshots::check_failed,
        ))
        .load(connection)?;
    let mut met = 0;
    for (trace_id, word, id, state, failed) in found {
        // Another server may have let them meet in the same moment.
        if diesel::delete(media_results::table.find(&trace_id)).execute(connection)? == 0 {
            continue;
        }
        if CheckState::from_word(&state)? != CheckState::Asked {
            continue;
        }
        let outcome = MediaOutcome::ALL.into_iter().find(|outcome| outcome.as_str() == word);
        match outcome.unwrap_or(MediaOutcome::Review).state(failed) {
            Some(state) => leave(connection, id, state, None)?,
            None => ask_again(connection, id, now)?,
        }
        met += 1;
    }
    let old = media_results::table.filter(media_results::taken_at.lt(At::new(now - RESULT_KEPT)));
    diesel::delete(old).execute(connection)?;
    Ok(met)
}

fn ask_again(connection: &mut DbConnection, id: i64, now: DateTime<Utc>) -> Result<(), StoreError> {
    leave(connection, id, CheckState::Unchecked, Some(now))?;
    diesel::update(report_screenshots::table.find(id))
        .set((
            report_screenshots::check_failed.eq(report_screenshots::check_failed + 1_i16),
            report_screenshots::trace_id.eq(None::<String>),
        ))
        .execute(connection)?;
    Ok(())
}

/// The picture that is handed out under this token, while it is being asked about and its time is not over.
pub fn media_find(
    connection: &mut DbConnection,
    keyring: &Keyring,
    token: &str,
    now: DateTime<Utc>,
) -> Result<StoredScreenshot, StoreError> {
    let id = report_screenshots::table
        .filter(report_screenshots::media_token.eq(token))
        .filter(report_screenshots::check_state.eq(CheckState::Asked.as_str()))
        .filter(report_screenshots::media_until.gt(At::new(now)))
        .select(report_screenshots::id)
        .first(connection)
        .optional()?;
    screenshot_where(connection, keyring, id.ok_or(StoreError::NotFound)?)
}
