//! An officer registers somebody who cannot do it themselves, and answers for their consent.

use domain::{
    authorization::{Action, Scope},
    division::DivisionCode,
    person::{ConsentBasis, Origin, PhoneProof, Purpose, TagSource},
};
use store::{
    StoreError,
    persons::{AddedBy, NewPerson, person_find, person_seal, persons_add, persons_of_phones, phones_hold},
};

use super::{
    NamedTag,
    console::{PersonView, is_served, shown_alone, view},
    rules, tags,
};
use crate::{App, AppError, Context, error::ErrorCode};

/// Why somebody could not agree themselves: 2 to 100 characters.
pub(super) const REASON: std::ops::RangeInclusive<usize> = 2..=100;

/// Somebody an officer registers.
#[derive(Debug, Clone)]
pub struct Attested {
    /// Home village, one the officer serves.
    pub division: DivisionCode,
    /// Name.
    pub name: String,
    /// Phone.
    pub phone: String,
    /// Year of birth.
    pub birth_year: Option<i16>,
    /// Risk groups, by code or name.
    pub tags: Vec<NamedTag>,
    /// That they agreed to be warned, said to the officer, and why they could not do it themselves.
    pub attestation: String,
}

/// Registers a person on an officer's word. The same phone and name again gives the person who is there.
pub async fn register_for(app: &App, context: &Context, request: Attested) -> Result<PersonView, AppError> {
    let tree = app.divisions.get(&app.store.db).await?;
    let served = is_served(context, &tree, request.division);
    context.authorize(Action::RegisterPersons, if served { Scope::Served } else { Scope::Foreign })?;
    rules::village(app, "/division", request.division).await?;
    let now = app.now();
    let reason = attestation("/attestation", &request.attestation)?;
    let new = NewPerson {
        origin: Origin::Officer,
        division: request.division,
        phone: rules::phone("/phone", &request.phone)?,
        phone_proof: Some(PhoneProof::Attested),
        name: rules::name("/name", Some(&request.name))?,
        birth_year: rules::birth_year("/birth_year", request.birth_year, now)?,
        tags: tags::tags("/tags", &request.tags, now)?,
        consents: vec![Purpose::Warnings],
    };
    let (keyring, asker) = (app.store.keyring.clone(), context.clone());
    let officer = context.officer()?.clone();
    let registered = app
        .write(move |connection| {
            phones_hold(connection, &keyring, &[&new.phone])?;
            let there = persons_of_phones(connection, &keyring, &[&new.phone])?;
            if let Some(same) = there.into_iter().find(|person| person.is_registered() && person.name == new.name) {
                if same.division != Some(new.division) {
                    return Err(elsewhere());
                }
                return Ok(shown_alone(connection, &asker, same, ("person.read", "read"), now)?);
            }
            let by = AddedBy {
                basis: ConsentBasis::Attested,
                given_by: &officer.public_id,
                reason: Some(&reason),
                tag_source: TagSource::Officer,
                officer: Some(officer.id),
                registered: true,
            };
            let sealed = [person_seal(&keyring, new, Some(&reason))?];
            persons_add(connection, &keyring, &sealed, by, now, &|_, _| ())?;
            let id = sealed.first().map(|person| person.public_id.to_string()).unwrap_or_default();
            let person = person_find(connection, &keyring, &id)?.ok_or(StoreError::NotFound)?;
            Ok(shown_alone(connection, &asker, person, ("person.registered_by_officer", "代为登记"), now)?)
        })
        .await?;
    Ok(view(&tree, &registered, now))
}

fn elsewhere() -> AppError {
    AppError::new(ErrorCode::Conflict, "这个人已在别的村或社区登记。搬了家请本人在小程序里修改，或请原社区民警办理。")
}

/// The reason of an attestation.
pub(super) fn attestation(pointer: &str, text: &str) -> Result<String, AppError> {
    let text = text.trim();
    if REASON.contains(&text.chars().count()) {
        return Ok(text.to_owned());
    }
    Err(AppError::invalid(
        pointer,
        "请写明本人同意的方式和为什么由您代办，例如“当面同意，不用智能手机”（2至100个字）。",
    ))
}
