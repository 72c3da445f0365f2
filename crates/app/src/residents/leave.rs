//! Leaving: withdrawing from protection, and having everything erased.

use chrono::{DateTime, Utc};
use domain::{
    authorization::{Action, Scope},
    person::Purpose,
};
use keyring::Keyring;
use serde_json::json;
use store::{
    DbConnection, StoreError,
    audit_log::audit_log_add,
    families::{families_naming, family_link_end, family_links_touching},
    persons::{
        StoredPerson, consent_withdraw, person_erase, person_hold, person_withdraw, persons_by_id, persons_settle,
    },
    sessions::{EndReason, HolderKind, sessions_end_all},
};

use super::{
    me,
    me::Me,
    profile::{change, settle_one},
};
use crate::{App, AppError, Context, identity::revoked_until};

/// The caller leaves: protection, consents and family links end. They may register again.
pub async fn withdraw(app: &App, context: &Context) -> Result<Me, AppError> {
    let (keyring, now) = (app.store.keyring.clone(), app.now());
    change(app, context, "person.withdrew", json!({}), move |connection, person| {
        for purpose in Purpose::ALL {
            consent_withdraw(connection, person.id, *purpose, now)?;
        }
        let links = family_links_touching(connection, person.id)?;
        for link in &links {
            family_link_end(connection, link.id, "withdrawn", now)?;
        }
        let members: Vec<i64> =
            links.iter().filter(|link| link.resident_id == person.id).map(|link| link.member_id).collect();
        forget_orphans(connection, &keyring, &members, now)?;
        Ok(person_withdraw(connection, person.id)?)
    })
    .await
}

/// Erases all data of the caller and ends their sessions. Nothing that leads to them is left.
pub async fn erase(app: &App, context: &Context) -> Result<(), AppError> {
    context.authorize(Action::ManageOwnData, Scope::Own)?;
    let resident = context.resident()?.public_id.clone();
    let (keyring, now, asker) = (app.store.keyring.clone(), app.now(), context.clone());
    let ended = app
        .write(move |connection| {
            let person = person_hold(connection, &keyring, &resident, None).map_err(me::gone)?;
            let holder = (HolderKind::Resident, person.id);
            let ended = sessions_end_all(connection, holder, EndReason::SignedOut, now, revoked_until(now))?;
            erase_person(connection, &keyring, &person, now)?;
            audit_log_add(connection, &asker.audit(now, "person.erased", "person", &resident, json!({})))?;
            Ok(ended)
        })
        .await?;
    app.revocations.announce(app, &ended, app.now()).await;
    Ok(())
}

/// Erases a person who is held, and those who were known through them alone.
pub(super) fn erase_person(
    connection: &mut DbConnection,
    keyring: &Keyring,
    person: &StoredPerson,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let members = person_erase(connection, person, now)?;
    settle_one(connection, keyring, person, now)?;
    forget_orphans(connection, keyring, &members, now)
}

/// Erases those of `members` whom no family names any more and who never signed in or registered: the reason for which
/// their data was kept is gone (PIPL article 47).
pub(super) fn forget_orphans(
    connection: &mut DbConnection,
    keyring: &Keyring,
    members: &[i64],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for member in persons_by_id(connection, keyring, members)? {
        if member.origin != domain::person::Origin::Family || !families_naming(connection, member.id)?.is_empty() {
            continue;
        }
        person_erase(connection, &member, now)?;
        let phones: Vec<&str> = member.phone.as_deref().into_iter().collect();
        persons_settle(connection, keyring, &[member.id], &phones, now)?;
    }
    Ok(())
}
