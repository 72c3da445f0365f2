//! The family of a resident: naming members, seeing them, letting them go.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    authorization::{Action, Scope},
    division::DivisionCode,
    person::{
        ConsentBasis, MOST_FAMILY_MEMBERS, Origin, PhoneProof, Purpose, Relation, TagSource, name_masked, phone_masked,
    },
};
use serde_json::json;
use store::{
    StoreError,
    audit_log::audit_log_add,
    families::{
        FamilyLink, NewFamilyLink, family_link_add, family_link_end, family_link_find, family_link_guard_set, family_of,
    },
    persons::{AddedBy, NewPerson, StoredPerson, person_find, person_hold, person_seal, persons_add, persons_by_id},
};

use super::{NamedTag, leave::forget_orphans, me, profile::registered, rules, tags};
use crate::{App, AppError, Context, error::ErrorCode, phone_codes};

/// A member to name.
#[derive(Debug, Clone)]
pub struct AddMember {
    /// What the member is to the caller.
    pub relation: Relation,
    /// The member's name.
    pub name: String,
    /// The member's phone.
    pub phone: String,
    /// Year of birth; needed of a minor.
    pub birth_year: Option<i16>,
    /// Risk groups.
    pub tags: Vec<NamedTag>,
    /// Home village; the caller's own if none is named.
    pub division: Option<DivisionCode>,
    /// The caller is the guardian of a minor and agrees for them.
    pub as_guardian: bool,
    /// For a minor: the code that was sent to the minor's phone, unless it is the caller's own.
    pub phone_code: Option<String>,
}

/// A member as the resident who named them sees them.
#[derive(Debug, Clone)]
pub struct MemberView {
    /// Outward id of the link.
    pub id: String,
    /// What the member is to the resident.
    pub relation: Relation,
    /// `invited` or `active`.
    pub state: String,
    /// The name with all but its first character hidden.
    pub name: Option<String>,
    /// The phone with its middle hidden.
    pub phone: Option<String>,
    /// Protected and counted. Not told of who has not agreed to be guarded.
    pub protected: Option<bool>,
    /// The resident learns of the member's warnings.
    pub guarded: bool,
    /// When an invitation lapses.
    pub expires_at: Option<DateTime<Utc>>,
}

/// The caller names a member: a minor is protected at once on the guardian's word, everybody else is invited and agrees
/// for themselves. Whether the phone is known already is not told.
pub async fn family_add(app: &App, context: &Context, request: AddMember) -> Result<Vec<MemberView>, AppError> {
    context.authorize(Action::ManageOwnData, Scope::Own)?;
    let resident = context.resident()?.public_id.clone();
    let now = app.now();
    let guardian = request.as_guardian;
    let relation = request.relation;
    let mut new = new_member(app, &request, now).await?;
    if let Some(code) = request.phone_code.filter(|_| guardian) {
        phone_codes::use_up(app, &new.phone, code).await?;
        new.phone_proof = Some(PhoneProof::Sms);
    }
    let named_division = request.division.is_some();
    let (keyring, asker) = (app.store.keyring.clone(), context.clone());
    let invited_until = now + TimeDelta::days(app.settings.registration.invitation_days.into());
    app.write(move |connection| {
        let person = person_hold(connection, &keyring, &resident, Some(&new.phone)).map_err(me::gone)?;
        registered(&person)?;
        room_for(connection, &keyring, &person, &new)?;
        if !named_division && let Some(home) = person.division {
            new.division = home;
        }
        if guardian && new.phone_proof.is_none() {
            if person.phone.as_deref() != Some(&new.phone) {
                return Err(AppError::invalid("/phone_code", "请先向孩子的手机发送验证码，再把收到的验证码填在这里。"));
            }
            new.phone_proof = Some(PhoneProof::Attested);
        }
        let basis = if guardian { ConsentBasis::Guardian } else { ConsentBasis::Own };
        let by = AddedBy {
            basis,
            given_by: &resident,
            reason: None,
            tag_source: if guardian { TagSource::Guardian } else { TagSource::Own },
            officer: None,
            registered: guardian,
        };
        let sealed = [person_seal(&keyring, new, None)?];
        let member_id =
            persons_add(connection, &keyring, &sealed, by, now, &|_, _| ())?.first().copied().unwrap_or_default();
        let link = NewFamilyLink {
            resident_id: person.id,
            member_id,
            relation,
            invited_until: (!guardian).then_some(invited_until),
            guard_basis: guardian.then_some(ConsentBasis::Guardian),
        };
        let link = family_link_add(connection, link, now)?;
        let detail = json!({ "relation": relation.as_str(), "guardian": guardian });
        audit_log_add(connection, &asker.audit(now, "family.named", "family_link", &link, detail))?;
        Ok(())
    })
    .await?;
    family_list(app, context).await
}

/// A named member in types. Nobody agrees for an adult: an invited one has agreed to nothing yet.
async fn new_member(app: &App, request: &AddMember, now: DateTime<Utc>) -> Result<NewPerson, AppError> {
    let birth_year = rules::birth_year("/birth_year", request.birth_year, now)?;
    if request.as_guardian && !rules::is_minor(birth_year, now) {
        return Err(AppError::invalid(
            "/birth_year",
            "只有未成年人可以由监护人代为同意，请填写孩子的出生年份；成年家人请用邀请。",
        ));
    }
    // A place holder until the caller's home is read.
    let division = match request.division {
        Some(code) => rules::village(app, "/division", code).await?,
        None => "100000000000".parse().map_err(|_| AppError::internal("a code"))?,
    };
    Ok(NewPerson {
        origin: Origin::Family,
        division,
        phone: rules::phone("/phone", &request.phone)?,
        phone_proof: None,
        name: rules::name("/name", Some(&request.name))?,
        birth_year,
        tags: tags::tags("/tags", &request.tags, now)?,
        consents: if request.as_guardian { vec![Purpose::Warnings] } else { Vec::new() },
    })
}

/// Refuses a ninth member, the caller themselves, and who is named already.
fn room_for(
    connection: &mut store::DbConnection,
    keyring: &keyring::Keyring,
    person: &StoredPerson,
    new: &NewPerson,
) -> Result<(), AppError> {
    let links = family_of(connection, person.id)?;
    if links.len() >= MOST_FAMILY_MEMBERS {
        let detail = format!("家人最多添加{MOST_FAMILY_MEMBERS}位。如需更换，请先移除一位。");
        return Err(AppError::new(ErrorCode::FamilyFull, detail));
    }
    if person.phone.as_deref() == Some(&new.phone) && person.name == new.name {
        return Err(AppError::invalid("/phone", "您自己已经登记，不用再添加。"));
    }
    let members = persons_by_id(connection, keyring, &links.iter().map(|link| link.member_id).collect::<Vec<_>>())?;
    let same = |member: &StoredPerson| member.phone.as_deref() == Some(&new.phone) && member.name == new.name;
    if members.iter().any(same) {
        return Err(AppError::new(ErrorCode::Conflict, "这位家人已经添加过了。"));
    }
    Ok(())
}

/// The members the caller named.
pub async fn family_list(app: &App, context: &Context) -> Result<Vec<MemberView>, AppError> {
    context.authorize(Action::ManageOwnData, Scope::Own)?;
    let (resident, keyring) = (context.resident()?.public_id.clone(), app.store.keyring.clone());
    let read = app.store.db.run(move |connection| {
        let person = person_find(connection, &keyring, &resident)?.ok_or(StoreError::NotFound)?;
        let links = family_of(connection, person.id)?;
        let ids: Vec<i64> = links.iter().map(|link| link.member_id).collect();
        let members = persons_by_id(connection, &keyring, &ids)?;
        Ok(links.iter().map(|link| view(link, &members)).collect())
    });
    read.await.map_err(me::gone)
}

fn view(link: &FamilyLink, members: &[StoredPerson]) -> MemberView {
    let member = members.iter().find(|member| member.id == link.member_id);
    let guarded = link.guard_consented_at.is_some();
    MemberView {
        id: link.public_id.clone(),
        relation: link.relation,
        state: link.state.clone(),
        name: member.and_then(|member| member.name.as_deref()).map(name_masked),
        phone: member.and_then(|member| member.phone.as_deref()).map(phone_masked),
        protected: member.filter(|_| guarded).map(StoredPerson::is_protected),
        guarded,
        expires_at: link.expires_at,
    }
}

/// The caller lets a member go, or leaves a family that named them. Who is known through no other family is erased.
pub async fn family_remove(app: &App, context: &Context, link: &str) -> Result<(), AppError> {
    context.authorize(Action::ManageOwnData, Scope::Own)?;
    let (resident, link) = (context.resident()?.public_id.clone(), link.to_owned());
    let (keyring, now, asker) = (app.store.keyring.clone(), app.now(), context.clone());
    app.write(move |connection| {
        let person = person_hold(connection, &keyring, &resident, None).map_err(me::gone)?;
        let found = family_link_find(connection, &link)?.filter(|found| {
            found.resident_id == person.id || (found.member_id == person.id && found.state == "active")
        });
        let found = found.ok_or_else(AppError::not_found)?;
        let reason = if found.resident_id == person.id { "removed" } else { "left" };
        family_link_end(connection, found.id, reason, now)?;
        forget_orphans(connection, &keyring, &[found.member_id], now)?;
        let detail = json!({ "reason": reason });
        audit_log_add(connection, &asker.audit(now, "family.ended", "family_link", &link, detail))?;
        Ok(())
    })
    .await
}

/// The caller, a member, agrees to be guarded by the resident of a link, or withdraws that.
pub async fn guard_set(app: &App, context: &Context, link: &str, given: bool) -> Result<(), AppError> {
    context.authorize(Action::ManageOwnData, Scope::Own)?;
    let (resident, link) = (context.resident()?.public_id.clone(), link.to_owned());
    let (keyring, now, asker) = (app.store.keyring.clone(), app.now(), context.clone());
    app.write(move |connection| {
        let person = person_hold(connection, &keyring, &resident, None).map_err(me::gone)?;
        let found = family_link_find(connection, &link)?
            .filter(|found| found.member_id == person.id && found.state == "active")
            .ok_or_else(AppError::not_found)?;
        if found.guard_consented_at.is_some() != given {
            family_link_guard_set(connection, found.id, given.then_some(ConsentBasis::Own), now)?;
            let action = if given { "guard.given" } else { "guard.withdrawn" };
            audit_log_add(connection, &asker.audit(now, action, "family_link", &link, json!({})))?;
        }
        Ok(())
    })
    .await
}
