//! What officers see of residents: those of their own divisions, masked, and never without a row in the audit log.

use chrono::{DateTime, Utc};
use domain::{
    authorization::{Action, Scope},
    division::{DivisionCode, Level},
    person::{Origin, PhoneProof, name_masked, phone_masked},
    protection,
};
use keyring::Keyring;
use store::{
    DbConnection, StoreError,
    audit_log::{audit_log_add_each, audit_log_add_purpose},
    persons::{StoredPerson, StoredTag, person_find, persons_page, tags_of_persons},
};

use super::{TagView, tags};
use crate::{Actor, App, AppError, Context, beijing_day, divisions::Tree};

/// Persons on a page at most.
const LARGEST_PAGE: u32 = 100;

/// A person as an officer sees them.
#[derive(Debug, Clone)]
pub struct PersonView {
    /// Outward id.
    pub id: String,
    /// How they came to be known.
    pub origin: Origin,
    /// The name with all but its first character hidden.
    pub name: Option<String>,
    /// The phone with its middle hidden.
    pub phone: Option<String>,
    /// How it is known to be theirs.
    pub phone_proof: Option<PhoneProof>,
    /// Home village.
    pub division: Option<DivisionCode>,
    /// Its name.
    pub division_name: String,
    /// Protected and counted.
    pub protected: bool,
    /// Something reached them in the last thirty days.
    pub reachable: bool,
    /// When they registered.
    pub registered_at: Option<DateTime<Utc>>,
    /// Year of birth.
    pub birth_year: Option<i16>,
    /// Risk groups.
    pub tags: Vec<TagView>,
}

/// Some persons.
#[derive(Debug, Clone)]
pub struct PersonPage {
    /// The persons.
    pub items: Vec<PersonView>,
    /// Where the next page begins; none at the end.
    pub next_cursor: Option<String>,
}

/// Registered persons of a division one serves, in the order in which they came.
pub async fn persons_list(
    app: &App,
    context: &Context,
    division: &str,
    cursor: Option<String>,
    limit: u32,
) -> Result<PersonPage, AppError> {
    let tree = app.divisions.get(&app.store.db).await?;
    let node = division.parse().ok().and_then(|code| tree.get(code));
    let served = node.is_some_and(|node| is_served(context, &tree, node.code()));
    context.authorize(Action::ReadPersons, if served { Scope::Served } else { Scope::Foreign })?;
    let node = node.ok_or_else(AppError::not_found)?;
    page_size(limit)?;
    let villages = villages_below(&tree, node.code());
    let (keyring, now, asker) = (app.store.keyring.clone(), app.now(), context.clone());
    let page = app.store.db.write(move |connection| {
        let mut found = persons_page(connection, &keyring, &villages, cursor.as_deref(), i64::from(limit) + 1)?;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        Ok((shown(connection, &asker, found, ("person.listed", "list"), now)?, more))
    });
    let (shown, more) = page.await?;
    let items: Vec<PersonView> = shown.iter().map(|one| view(&tree, one, now)).collect();
    let next_cursor = items.last().filter(|_| more).map(|person| person.id.clone());
    Ok(PersonPage { items, next_cursor })
}

/// One person at home in a division one serves.
pub async fn person_get(app: &App, context: &Context, id: &str) -> Result<PersonView, AppError> {
    let tree = app.divisions.get(&app.store.db).await?;
    let (keyring, now, asker, id, divisions) =
        (app.store.keyring.clone(), app.now(), context.clone(), id.to_owned(), tree.clone());
    let seen = app.write(move |connection| {
        let person = served_person(connection, &keyring, &asker, &divisions, Action::ReadPersons, &id)?;
        Ok(shown_alone(connection, &asker, person, ("person.read", "read"), now)?)
    });
    Ok(view(&tree, &seen.await?, now))
}

/// Name and phone of a person in full, for a purpose that the person can read afterwards.
pub async fn person_reveal(
    app: &App,
    context: &Context,
    id: &str,
    purpose: &str,
) -> Result<(Option<String>, Option<String>), AppError> {
    let purpose = purpose.trim();
    if !(2..=100).contains(&purpose.chars().count()) {
        return Err(AppError::invalid("/purpose", "请写明查看原因，2至100个字，居民本人可以看到。"));
    }
    let tree = app.divisions.get(&app.store.db).await?;
    let (keyring, now, asker, id, purpose) =
        (app.store.keyring.clone(), app.now(), context.clone(), id.to_owned(), purpose.to_owned());
    app.write(move |connection| {
        let person = served_person(connection, &keyring, &asker, &tree, Action::ReadPersons, &id)?;
        let audit = asker.audit(now, "person.revealed", "person", &id, asker.seen_as());
        audit_log_add_purpose(connection, &keyring, &audit, &person, &purpose)?;
        Ok((person.name, person.phone))
    })
    .await
}

/// A person who is shown to an officer.
pub(super) struct Shown {
    pub(super) person: StoredPerson,
    tags: Vec<StoredTag>,
}

/// Persons with what is shown of them, and a row for each in the audit log: what was done, and for what purpose.
pub(super) fn shown(
    connection: &mut DbConnection,
    context: &Context,
    persons: Vec<StoredPerson>,
    (action, purpose): (&str, &'static str),
    now: DateTime<Utc>,
) -> Result<Vec<Shown>, StoreError> {
    let ids: Vec<String> = persons.iter().map(|person| person.public_id.to_string()).collect();
    let audit = context.audit(now, action, "person", "", context.seen_by(purpose));
    audit_log_add_each(connection, &audit, &ids)?;
    let mut tags = tags_of_persons(connection, &persons.iter().map(|person| person.id).collect::<Vec<_>>())?;
    let shown = |person: StoredPerson| Shown { tags: tags.remove(&person.id).unwrap_or_default(), person };
    Ok(persons.into_iter().map(shown).collect())
}

/// [`shown`] for one.
pub(super) fn shown_alone(
    connection: &mut DbConnection,
    context: &Context,
    person: StoredPerson,
    why: (&str, &'static str),
    now: DateTime<Utc>,
) -> Result<Shown, StoreError> {
    shown(connection, context, vec![person], why, now)?.pop().ok_or(StoreError::NotFound)
}

/// The person, if at home in a division the caller serves and the caller may. Who is not does not exist.
pub(super) fn served_person(
    connection: &mut DbConnection,
    keyring: &Keyring,
    context: &Context,
    tree: &Tree,
    action: Action,
    id: &str,
) -> Result<StoredPerson, AppError> {
    let person = person_find(connection, keyring, id)?.filter(StoredPerson::is_registered);
    let home = person.as_ref().and_then(|person| person.division);
    let served = home.is_some_and(|home| is_served(context, tree, home));
    context.authorize(action, if served { Scope::Served } else { Scope::Foreign })?;
    person.ok_or_else(AppError::not_found)
}

/// True if the caller serves a division.
pub(super) fn is_served(context: &Context, tree: &Tree, code: DivisionCode) -> bool {
    match &context.actor {
        Actor::Officer(officer) => tree.is_within(code, &officer.served),
        Actor::Operator => true,
        _ => false,
    }
}

/// Codes of the villages in the divisions the caller serves.
pub(super) fn served_villages(context: &Context, tree: &Tree) -> Result<Vec<String>, AppError> {
    let served = context.officer()?.served.iter().filter_map(|code| code.parse().ok());
    Ok(served.flat_map(|code| villages_below(tree, code)).collect())
}

/// Refuses a size no page has.
pub(super) fn page_size(limit: u32) -> Result<(), AppError> {
    if (1..=LARGEST_PAGE).contains(&limit) {
        return Ok(());
    }
    Err(AppError::invalid("limit", format!("每页条数须在1到{LARGEST_PAGE}之间。")))
}

/// Codes of the villages at and below a division, closed ones too: somebody may still be at home there.
fn villages_below(tree: &Tree, above: DivisionCode) -> Vec<String> {
    tree.nodes()
        .filter(|node| node.stored.division.level == Level::Village && tree.is_below(node, above))
        .map(|node| node.code().to_string())
        .collect()
}

pub(super) fn view(tree: &Tree, Shown { person, tags }: &Shown, now: DateTime<Utc>) -> PersonView {
    let node = person.division.and_then(|code| tree.get(code));
    PersonView {
        id: person.public_id.to_string(),
        origin: person.origin,
        name: person.name.as_deref().map(name_masked),
        phone: person.phone.as_deref().map(phone_masked),
        phone_proof: person.phone_proof,
        division: person.division,
        division_name: node.map(|node| node.stored.division.name.clone()).unwrap_or_default(),
        protected: person.is_protected(),
        reachable: protection::is_reachable(person.last_reached, beijing_day(now)),
        registered_at: person.registered_at,
        birth_year: person.birth_year,
        tags: tags::views(tags, now),
    }
}
