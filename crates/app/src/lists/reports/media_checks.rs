//! What WeChat says of screenshots: asked by a worker, told by a push ([`crate::receipts`]).
//!
//! WeChat fetches a picture from an address of ours with a random word in it that says nothing about anybody, works while the
//! picture is being asked about and for half an hour, and is kept as a hash. Without a result somebody looks: a picture is never
//! lost, and never taken for good.

use channels::{Url, wechat::MediaCheckError};
use chrono::{DateTime, TimeDelta, Utc};
use keyring::PublicId;
use sha2::{Digest as _, Sha256};
use store::reports::{
    CheckState, DueCheck, NewAsking, StoredScreenshot, media_find, media_results_settle, screenshot_check_begin,
    screenshot_check_end, screenshot_check_leave, screenshot_check_traced, screenshot_checks_due,
    screenshot_checks_give_up,
};

use crate::{App, AppError};

/// Pictures asked about in one round. Rounds are two seconds apart, and WeChat takes 2,000 a minute.
const PER_ROUND: i64 = 30;
/// For how long WeChat holds a person for active who sent a picture (page `api_mediacheckasync`: about two hours).
const VISIT: TimeDelta = TimeDelta::hours(2);
/// For how long a picture is handed out: WeChat promises its result within this.
const HANDED_OUT: TimeDelta = TimeDelta::minutes(30);
/// When a result that did not come is given up.
const GIVEN_UP: TimeDelta = TimeDelta::minutes(40);
/// The wait after the first asking that WeChat did not take; it doubles.
const FIRST_WAIT: TimeDelta = TimeDelta::minutes(1);

/// Asks about the pictures that are due, and leaves to people those whose result did not come. May be repeated at any time, by
/// several servers at once.
pub async fn media_checks_ask(app: &App) -> Result<(), AppError> {
    let now = app.now();
    app.write(move |connection| {
        media_results_settle(connection, now)?;
        Ok(screenshot_checks_give_up(connection, now)?)
    })
    .await?;
    let Some(public_url) = public_url(app) else { return Ok(()) };
    let keyring = app.store.keyring.clone();
    let due = app.store.db.run(move |connection| screenshot_checks_due(connection, &keyring, now, PER_ROUND)).await?;
    for check in due {
        if !ask(app, &public_url, check).await? {
            break;
        }
    }
    Ok(())
}

/// Where WeChat reaches this service; none where nobody is to be asked.
pub(super) fn public_url(app: &App) -> Option<Url> {
    app.settings.reports.public_url.parse().ok()
}

/// Asks about one picture. No transaction is open meanwhile. False where WeChat takes no more now.
async fn ask(app: &App, public_url: &Url, check: DueCheck) -> Result<bool, AppError> {
    let (now, last) = (app.now(), check.created_at + VISIT);
    let Some(openid) = check.openid.filter(|_| now < last) else {
        app.write(move |connection| Ok(screenshot_check_leave(connection, check.id)?)).await?;
        return Ok(true);
    };
    let token = PublicId::random().to_string();
    let address = media_url(public_url, &token)?;
    let kept = hashed(&token);
    let begun = app.write(move |connection| {
        let asking = NewAsking { token: &kept, media_until: now + HANDED_OUT, give_up_at: now + GIVEN_UP };
        Ok(screenshot_check_begin(connection, check.id, &asking)?)
    });
    if !begun.await? {
        return Ok(true);
    }
    let answer = app.wechat.media_check_async(&address, &openid).await;
    let kept = hashed(&token);
    let (state, due) = match &answer {
        Ok(trace_id) => {
            let trace_id = trace_id.clone();
            app.write(move |connection| Ok(screenshot_check_traced(connection, &kept, &trace_id)?)).await?;
            return Ok(true);
        }
        Err(MediaCheckError::Risky) => (CheckState::Risky, None),
        Err(MediaCheckError::NoRecentVisit | MediaCheckError::Refused(_)) => (CheckState::Manual, None),
        Err(MediaCheckError::Later { retry_at, .. }) => later(app.now(), *retry_at, check.asked, last),
    };
    app.write(move |connection| Ok(screenshot_check_end(connection, &kept, state, due)?)).await?;
    Ok(!matches!(answer, Err(MediaCheckError::Later { .. })))
}

/// When to ask again after `asked` askings before this one; people look where that were after the `last` moment.
fn later(
    now: DateTime<Utc>,
    retry_at: Option<DateTime<Utc>>,
    asked: i16,
    last: DateTime<Utc>,
) -> (CheckState, Option<DateTime<Utc>>) {
    let doublings = u32::try_from(asked).unwrap_or_default().min(8);
    let due = (now + FIRST_WAIT * 2_i32.pow(doublings)).max(retry_at.unwrap_or(now));
    if due < last { (CheckState::Unchecked, Some(due)) } else { (CheckState::Manual, None) }
}

fn media_url(public_url: &Url, token: &str) -> Result<Url, AppError> {
    let address = format!("{}/api/v1/media/{token}", public_url.as_str().trim_end_matches('/'));
    address.parse().map_err(|_| AppError::internal("reports.public_url cannot be lengthened"))
}

fn hashed(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}

/// The picture that WeChat fetches: who knows the word in the address is who was told it, so nobody signs in for this.
///
/// # Errors
/// `not_found` for a word that was never given out, or whose time is over.
pub async fn media_read(app: &App, token: String) -> Result<StoredScreenshot, AppError> {
    if public_url(app).is_none() || token.parse::<PublicId>().is_err() {
        return Err(AppError::not_found());
    }
    let (keyring, now) = (app.store.keyring.clone(), app.now());
    Ok(app.store.db.run(move |connection| media_find(connection, &keyring, &hashed(&token), now)).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_end_with_the_visit() {
        let now: DateTime<Utc> = "2026-11-25T08:30:00Z".parse().unwrap();
        let last = now + VISIT;
        let minutes = |asked| later(now, None, asked, last).1.map(|due| (due - now).num_minutes());
        assert_eq!([0, 1, 2, 6, 7, 300].map(minutes), [Some(1), Some(2), Some(4), Some(64), None, None]);
        let named = Some(now + TimeDelta::minutes(7));
        assert_eq!(later(now, named, 0, last), (CheckState::Unchecked, named));
        assert_eq!(later(now, Some(last), 0, last), (CheckState::Manual, None));
    }

    #[test]
    fn the_address_holds_the_word_and_nothing_else() {
        for base in ["https://example.org", "https://example.org/", "https://example.org/bell/"] {
            let url = media_url(&base.parse().unwrap(), "00ff").unwrap();
            assert!(url.as_str().ends_with("/api/v1/media/00ff") && !url.as_str().contains("//api"), "{url}");
        }
    }
}
