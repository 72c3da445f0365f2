//! Invitations into families, as the invited see them: whoever proved the invited phone answers.

use chrono::{DateTime, Utc};
use domain::{
    authorization::{Action, Scope},
    division::DivisionCode,
    person::{ConsentBasis, Origin, Purpose, Relation, name_masked},
};
use keyring::Keyring;
use serde_json::json;
use store::{
    DbConnection, StoreError,
    audit_log::audit_log_add,
    families::{FamilyLink, families_naming, family_link_accept, family_link_end},
    persons::{
        NewConsent, StoredPerson, consent_give, person_find, person_hold, person_register, persons_by_id,
        persons_of_phones,
    },
};

use super::{leave::forget_orphans, me, profile::settle_one, rules};
use crate::{App, AppError, Context};

/// An invitation, or a family one belongs to.
#[derive(Debug, Clone)]
pub struct InvitationView {
    /// Outward id of the link.
    pub id: String,
    /// `invited` or `active`.
    pub state: String,
    /// The inviting resident's name with all but its first character hidden.
    pub from: Option<String>,
    /// What the caller is to that resident.
    pub relation: Relation,
    /// The resident learns of the caller's warnings.
    pub guarded: bool,
    /// Home village that was named for the caller.
    pub division: Option<DivisionCode>,
    /// When an invitation lapses.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A link in which the caller is meant, with the person who was named for it.
struct Meant {
    link: FamilyLink,
    named: StoredPerson,
}

/// The invitations to the caller's proved phone, and the families the caller belongs to.
pub async fn invitations_list(app: &App, context: &Context) -> Result<Vec<InvitationView>, AppError> {
    context.authorize(Action::ManageOwnData, Scope::Own)?;
    let (resident, keyring, now) = (context.resident()?.public_id.clone(), app.store.keyring.clone(), app.now());
    let read = app.store.db.run(move |connection| {
        let person = person_find(connection, &keyring, &resident)?.ok_or(StoreError::NotFound)?;
        let meant = meant(connection, &keyring, &person, now)?;
        let inviting: Vec<i64> = meant.iter().map(|meant| meant.link.resident_id).collect();
        let inviting = persons_by_id(connection, &keyring, &inviting)?;
        Ok(meant.iter().map(|meant| view(meant, &inviting)).collect())
    });
    read.await.map_err(me::gone)
}

fn meant(
    connection: &mut DbConnection,
    keyring: &Keyring,
    person: &StoredPerson,
    now: DateTime<Utc>,
) -> Result<Vec<Meant>, StoreError> {
    let mut found: Vec<Meant> =
        families_naming(connection, person.id)?.into_iter().map(|link| Meant { link, named: person.clone() }).collect();
    let proved = person.phone.as_deref().filter(|_| person.phone_proof.is_some());
    let Some(phone) = proved else { return Ok(found) };
    for named in persons_of_phones(connection, keyring, &[phone])? {
        if named.origin != Origin::Family || named.registered_at.is_some() {
            continue;
        }
        let open = families_naming(connection, named.id)?.into_iter().filter(|link| {
            link.state == "invited" && link.resident_id != person.id && link.expires_at.is_some_and(|end| end > now)
        });
        found.extend(open.map(|link| Meant { link, named: named.clone() }));
    }
    Ok(found)
}

fn view(meant: &Meant, inviting: &[StoredPerson]) -> InvitationView {
    let from = inviting.iter().find(|person| person.id == meant.link.resident_id);
    InvitationView {
        id: meant.link.public_id.clone(),
        state: meant.link.state.clone(),
        from: from.and_then(|person| person.name.as_deref()).map(name_masked),
        relation: meant.link.relation,
        guarded: meant.link.guard_consented_at.is_some(),
        division: meant.named.division,
        expires_at: meant.link.expires_at,
    }
}

/// The caller accepts or declines an invitation. Accepting is two consents, each by itself: to be protected (`warnings`,
/// the version of its text) and to be guarded by who invites.
pub async fn invitation_answer(
    app: &App,
    context: &Context,
    link: &str,
    accepted: Option<(String, bool)>,
) -> Result<(), AppError> {
    context.authorize(Action::ManageOwnData, Scope::Own)?;
    if let Some((version, _)) = &accepted {
        rules::consents("", &[(Purpose::Warnings.as_str().to_owned(), version.clone())]).map_err(|_| {
            AppError::invalid("/warnings_version", "授权说明已经更新，请重新打开页面，看过新的说明再同意。")
        })?;
    }
    let (resident, link) = (context.resident()?.public_id.clone(), link.to_owned());
    let (keyring, now, asker) = (app.store.keyring.clone(), app.now(), context.clone());
    app.write(move |connection| {
        let person = person_hold(connection, &keyring, &resident, None).map_err(me::gone)?;
        let meant = meant(connection, &keyring, &person, now)?
            .into_iter()
            .find(|meant| meant.link.public_id == link && meant.link.state == "invited")
            .ok_or_else(AppError::not_found)?;
        let action = match accepted {
            None => {
                family_link_end(connection, meant.link.id, "declined", now)?;
                "invitation.declined"
            }
            Some((version, guard)) => {
                accept(connection, &keyring, &person, &meant, &version, guard, now)?;
                "invitation.accepted"
            }
        };
        if meant.named.id != person.id {
            forget_orphans(connection, &keyring, &[meant.named.id], now)?;
        }
        settle_one(connection, &keyring, &person, now)?;
        audit_log_add(connection, &asker.audit(now, action, "family_link", &link, json!({})))?;
        Ok(())
    })
    .await
}

fn accept(
    connection: &mut DbConnection,
    keyring: &Keyring,
    person: &StoredPerson,
    meant: &Meant,
    version: &str,
    guard: bool,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if !person.is_registered() {
        let home = person.division.or(meant.named.division).ok_or(StoreError::NotFound)?;
        person_register(connection, person, Origin::Own, home, None, "clear", now)?;
    }
    let (purpose, basis, given_by) = (Purpose::Warnings, ConsentBasis::Own, person.public_id.to_string());
    let consent = NewConsent { purpose, version, basis, given_by: &given_by, reason: None };
    consent_give(connection, keyring, person, consent, now)?;
    family_link_accept(connection, meant.link.id, person.id, guard.then_some(ConsentBasis::Own), now)
}
