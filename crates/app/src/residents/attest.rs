//! An officer answers for a member of a family who cannot accept the invitation themselves.

use chrono::{DateTime, Utc};
use domain::{
    authorization::{Action, Scope},
    person::{ConsentBasis, Origin, PhoneProof, Purpose, Relation},
};
use store::{
    StoreError,
    families::{family_link_accept, family_link_find, invitations_waiting},
    persons::{
        NewConsent, consent_give, person_hold, person_phone_set, person_register, persons_by_id, persons_settle,
    },
};

use super::{
    console::{PersonView, is_served, page_size, served_villages, shown, shown_alone, view},
    register_for::attestation,
};
use crate::{App, AppError, Context};

/// An invitation that waits for its answer.
#[derive(Debug, Clone)]
pub struct WaitingInvitation {
    /// Outward id of the link.
    pub id: String,
    /// What the invited person is to the resident.
    pub relation: Relation,
    /// Who is invited.
    pub person: PersonView,
    /// When it lapses.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Some invitations, oldest first.
#[derive(Debug, Clone)]
pub struct WaitingPage {
    /// The invitations.
    pub items: Vec<WaitingInvitation>,
    /// Where the next page begins; none at the end.
    pub next_cursor: Option<String>,
}

/// The invitations of persons in the caller's divisions that wait for an answer.
pub async fn waiting_invitations(
    app: &App,
    context: &Context,
    cursor: Option<String>,
    limit: u32,
) -> Result<WaitingPage, AppError> {
    context.authorize(Action::RegisterPersons, Scope::Served)?;
    page_size(limit)?;
    let tree = app.divisions.get(&app.store.db).await?;
    let villages = served_villages(context, &tree)?;
    let (keyring, now, asker) = (app.store.keyring.clone(), app.now(), context.clone());
    let page = app.store.db.write(move |connection| {
        let after = match cursor {
            Some(cursor) => family_link_find(connection, &cursor)?.ok_or(StoreError::NotFound)?.id,
            None => 0,
        };
        let mut links = invitations_waiting(connection, &villages, after, i64::from(limit) + 1, now)?;
        let more = links.len() > limit as usize;
        links.truncate(limit as usize);
        let ids: Vec<i64> = links.iter().map(|link| link.member_id).collect();
        let persons = persons_by_id(connection, &keyring, &ids)?;
        Ok((links, shown(connection, &asker, persons, ("person.listed", "family_invitation"), now)?, more))
    });
    let (links, shown, more) = page.await?;
    let next_cursor = links.last().filter(|_| more).map(|link| link.public_id.clone());
    let items = links.iter().filter_map(|link| {
        let member = shown.iter().find(|shown| shown.person.id == link.member_id)?;
        Some(WaitingInvitation {
            id: link.public_id.clone(),
            relation: link.relation,
            person: view(&tree, member, now),
            expires_at: link.expires_at,
        })
    });
    Ok(WaitingPage { items: items.collect(), next_cursor })
}

/// Accepts an invitation on the officer's word: the invited person agreed to be protected and, with `guarded`, to be
/// guarded by who invited them; `reason` says how, and why they could not do it themselves.
pub async fn invitation_attest(
    app: &App,
    context: &Context,
    link: &str,
    reason: &str,
    guarded: bool,
) -> Result<PersonView, AppError> {
    let reason = attestation("/attestation", reason)?;
    let tree = app.divisions.get(&app.store.db).await?;
    let (keyring, now, asker, link, divisions) =
        (app.store.keyring.clone(), app.now(), context.clone(), link.to_owned(), tree.clone());
    let attested = app
        .write(move |connection| {
            let found = family_link_find(connection, &link)?
                .filter(|found| found.state == "invited" && found.expires_at.is_some_and(|end| end > now));
            let ids: Vec<i64> = found.iter().map(|found| found.member_id).collect();
            let named = persons_by_id(connection, &keyring, &ids)?.into_iter().next();
            let home = named.as_ref().and_then(|named| named.division);
            let served = home.is_some_and(|home| is_served(&asker, &divisions, home));
            asker.authorize(Action::RegisterPersons, if served { Scope::Served } else { Scope::Foreign })?;
            let (found, named) = found.zip(named).ok_or_else(AppError::not_found)?;
            let (home, officer) = (home.ok_or_else(AppError::not_found)?, asker.officer()?.clone());
            let id = named.public_id.to_string();
            let person = person_hold(connection, &keyring, &id, None)?;
            let phone = person.phone.clone().ok_or_else(AppError::not_found)?;
            person_register(connection, &person, Origin::Family, home, Some(officer.id), "clear", now)?;
            person_phone_set(connection, &keyring, &person, &phone, PhoneProof::Attested, now)?;
            let consent = NewConsent {
                purpose: Purpose::Warnings,
                version: Purpose::Warnings.version(),
                basis: ConsentBasis::Attested,
                given_by: &officer.public_id,
                reason: Some(&reason),
            };
            consent_give(connection, &keyring, &person, consent, now)?;
            let guard = guarded.then_some(ConsentBasis::Attested);
            family_link_accept(connection, found.id, person.id, guard, now)?;
            persons_settle(connection, &keyring, &[person.id], &[&phone], now)?;
            let person = persons_by_id(connection, &keyring, &[person.id])?.pop().ok_or(StoreError::NotFound)?;
            let why = ("invitation.attested", "代为接受家人邀请");
            Ok(shown_alone(connection, &asker, person, why, now)?)
        })
        .await?;
    Ok(view(&tree, &attested, now))
}
