//! What time does: invitations lapse, tags end, contested phones are unbound, traces of sign-ups are forgotten.

use chrono::TimeDelta;
use serde_json::json;
use store::{
    audit_log::audit_log_add,
    families::{family_link_end, invitations_lapsed},
    persons::{person_hold, person_phone_clear, phones_forfeited, tags_expire, tags_over},
    phone_codes::phone_codes_prune,
    sign_ups::sign_ups_prune,
};

use super::{leave::forget_orphans, profile::settle_one};
use crate::{App, AppError, Context};

/// Rows of one kind in one round; what is left waits for the next.
const PER_ROUND: i64 = 500;

/// What a round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Upkeep {
    /// Invitations that lapsed.
    pub lapsed: usize,
    /// Tags that ended.
    pub ended_tags: usize,
    /// Phones that were unbound.
    pub unbound: usize,
}

/// One round. May be repeated at any time, by several servers at once.
pub async fn upkeep(app: &App) -> Result<Upkeep, AppError> {
    let (unbound, ended_tags) = (unbind(app).await?, end_tags(app).await?);
    let (keyring, now) = (app.store.keyring.clone(), app.now());
    app.write(move |connection| {
        let lapsed = invitations_lapsed(connection, now, PER_ROUND)?;
        for link in &lapsed {
            family_link_end(connection, link.id, "expired", now)?;
            forget_orphans(connection, &keyring, &[link.member_id], now)?;
        }
        phone_codes_prune(connection, now)?;
        sign_ups_prune(connection, now - TimeDelta::days(31))?;
        Ok(Upkeep { lapsed: lapsed.len(), ended_tags, unbound })
    })
    .await
}

/// Takes phones away from holders who did not prove them anew in time.
async fn unbind(app: &App) -> Result<usize, AppError> {
    let now = app.now();
    let late = app.store.db.run(move |connection| phones_forfeited(connection, now, PER_ROUND)).await?;
    let mut unbound = 0;
    for public_id in late {
        let keyring = app.store.keyring.clone();
        let done = app.write(move |connection| {
            let person = person_hold(connection, &keyring, &public_id, None)?;
            if person.phone_contested_until.is_none_or(|until| until > now) {
                return Ok(false);
            }
            person_phone_clear(connection, person.id)?;
            settle_one(connection, &keyring, &person, now)?;
            let context = Context::system();
            audit_log_add(connection, &context.audit(now, "person.phone_unbound", "person", &public_id, json!({})))?;
            Ok(true)
        });
        unbound += usize::from(done.await?);
    }
    Ok(unbound)
}

/// Takes tags away whose time is over.
async fn end_tags(app: &App) -> Result<usize, AppError> {
    let now = app.now();
    let over = app.store.db.run(move |connection| tags_over(connection, now, PER_ROUND)).await?;
    let mut ended = 0;
    for public_id in over {
        let keyring = app.store.keyring.clone();
        let done = app.write(move |connection| {
            let person = person_hold(connection, &keyring, &public_id, None)?;
            let ended = tags_expire(connection, person.id, now)?;
            settle_one(connection, &keyring, &person, now)?;
            Ok(ended)
        });
        ended += done.await?;
    }
    Ok(ended)
}
