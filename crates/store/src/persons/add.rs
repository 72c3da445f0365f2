//! New persons who did not sign in themselves: registered by officers, named by families, imported.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _};
use domain::{
    division::DivisionCode,
    person::{ConsentBasis, Origin, PhoneProof, Purpose, TagSource},
    population::{Counted, Deltas},
};
use keyring::{Keyring, PersonKey, PublicId, SealContext};

use super::{
    consents::{CONSENT_REASON, ConsentRow},
    counting::{Holder, principal},
    profile::{NAME, PHONE},
    tags::{NewTag, TagRow},
};
use crate::{
    connection::DbConnection,
    dialect::native,
    error::StoreError,
    population,
    schema::{consents, person_tags, persons},
    types::At,
};

/// Rows in one statement: a person has a dozen values, SQLite takes 32,766.
const ROWS_PER_STATEMENT: usize = 1_000;

/// A person to add.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// How they come to be known.
    pub origin: Origin,
    /// Home village.
    pub division: DivisionCode,
    /// Canonical phone.
    pub phone: String,
    /// How it is known to be theirs; none for who was only invited.
    pub phone_proof: Option<PhoneProof>,
    /// Name.
    pub name: Option<String>,
    /// Year of birth.
    pub birth_year: Option<i16>,
    /// Risk groups.
    pub tags: Vec<NewTag>,
    /// What they agreed to.
    pub consents: Vec<Purpose>,
}

/// On whose word new persons are added.
#[derive(Debug, Clone, Copy)]
pub struct AddedBy<'a> {
    /// On whose word their consents rest.
    pub basis: ConsentBasis,
    /// Outward id of the guardian or officer.
    pub given_by: &'a str,
    /// Why they could not agree themselves; sealed.
    pub reason: Option<&'a str>,
    /// Where the tags come from.
    pub tag_source: TagSource,
    /// The officer who registers them.
    pub officer: Option<i64>,
    /// Whether they are registered at once, or only named.
    pub registered: bool,
}

/// A new person sealed and ready to be written: all that costs time is done before the transaction.
#[derive(Debug)]
pub struct SealedPerson {
    /// Outward id.
    pub public_id: PublicId,
    key: PersonKey,
    wrapped: Vec<u8>,
    phone: Vec<u8>,
    indexes: Vec<[u8; 16]>,
    name: Option<Vec<u8>>,
    reason: Option<Vec<u8>>,
    new: NewPerson,
}

impl SealedPerson {
    /// What it was made from.
    pub fn new_person(&self) -> &NewPerson {
        &self.new
    }

    /// The key of their data.
    pub fn key(&self) -> &PersonKey {
        &self.key
    }
}

/// Seals a new person's data under a new key.
pub fn person_seal(keyring: &Keyring, new: NewPerson, reason: Option<&str>) -> Result<SealedPerson, StoreError> {
    let (public_id, key) = (PublicId::random(), PersonKey::random());
    let seal = |column: &'static str, text: &str| {
        keyring.seal(&key, SealContext::new(column, public_id), text.as_bytes()).map_err(StoreError::from)
    };
    Ok(SealedPerson {
        public_id,
        wrapped: keyring.wrap_key(&key, public_id)?,
        phone: seal(PHONE, &new.phone)?,
        indexes: keyring.blind_index_candidates(PHONE, &new.phone),
        name: new.name.as_deref().map(|name| seal(NAME, name)).transpose()?,
        reason: reason.map(|reason| seal(CONSENT_REASON, reason)).transpose()?,
        key,
        new,
    })
}

#[derive(diesel::Insertable)]
#[diesel(table_name = persons, treat_none_as_default_value = false)]
struct PersonRow<'a> {
    public_id: String,
    key: &'a [u8],
    state: &'static str,
    created_at: At,
    origin: &'static str,
    registered_at: Option<At>,
    registered_by: Option<i64>,
    division_code: Option<String>,
    phone: Option<&'a [u8]>,
    phone_index: Option<Vec<u8>>,
    phone_proof: Option<&'static str>,
    phone_proved_at: Option<At>,
    name: Option<&'a [u8]>,
    birth_year: Option<i16>,
    review: &'static str,
    counted_in: Option<String>,
    counted_as: String,
}

/// Adds persons with their consents, tags and counts, and returns their keys in the order given. Phones must be held
/// ([`super::phones_hold`]) where others may hold them. `progress` hears how many of how many are written.
pub fn persons_add(
    connection: &mut DbConnection,
    keyring: &Keyring,
    sealed: &[SealedPerson],
    by: AddedBy<'_>,
    now: DateTime<Utc>,
    progress: &dyn Fn(usize, usize),
) -> Result<Vec<i64>, StoreError> {
    let shared = phones_in_use(connection, sealed)?;
    let (counted, deltas) = counted(sealed, &shared, by, now);
    let mut ids = Vec::with_capacity(sealed.len());
    for (persons, counted) in sealed.chunks(ROWS_PER_STATEMENT).zip(counted.chunks(ROWS_PER_STATEMENT)) {
        let rows: Vec<PersonRow<'_>> =
            persons.iter().zip(counted).map(|(person, counted)| row(person, counted, by, now)).collect();
        let added: HashMap<String, i64> = native!(connection, |inner| diesel::insert_into(persons::table)
            .values(&rows)
            .returning((persons::public_id, persons::id))
            .get_results::<(String, i64)>(inner))?
        .into_iter()
        .collect();
        let added = persons.iter().map(|person| added.get(&person.public_id.to_string()).copied());
        let added: Option<Vec<i64>> = added.collect();
        let added = added.ok_or_else(|| StoreError::Fault("a person was not added".to_owned()))?;
        consents_and_tags(connection, persons, &added, by, now)?;
        ids.extend(added);
        progress(ids.len(), sealed.len());
    }
    if shared.is_empty() {
        population::apply(connection, &deltas, now)?;
        return Ok(ids);
    }
    // Where a phone is shared, who is principal is worked out with the other holders.
    let phones: Vec<&str> = sealed
        .iter()
        .filter(|person| person.indexes.iter().any(|index| shared.contains(index)))
        .map(|person| person.new.phone.as_str())
        .collect();
    let mut deltas = deltas;
    super::counting::settle(connection, keyring, &[], &phones, &mut deltas)?;
    population::apply(connection, &deltas, now)?;
    Ok(ids)
}

/// Which of these phones are held already, or stand twice among the new.
fn phones_in_use(connection: &mut DbConnection, sealed: &[SealedPerson]) -> Result<HashSet<[u8; 16]>, StoreError> {
    let mut shared = HashSet::new();
    let mut seen = HashSet::new();
    for chunk in sealed.chunks(ROWS_PER_STATEMENT) {
        let indexes: Vec<Option<Vec<u8>>> =
            chunk.iter().flat_map(|person| &person.indexes).map(|index| Some(index.to_vec())).collect();
        let found: Vec<Option<Vec<u8>>> = persons::table
            .filter(persons::phone_index.eq_any(indexes))
            .select(persons::phone_index)
            .load(connection)?;
        shared.extend(found.into_iter().flatten().filter_map(|index| <[u8; 16]>::try_from(index).ok()));
        let twice = chunk.iter().filter_map(|person| person.indexes.first()).filter(|index| !seen.insert(**index));
        shared.extend(twice.copied().collect::<Vec<_>>());
    }
    Ok(shared)
}

/// What each new person adds, if nobody else holds the phone; who shares one adds nothing yet.
fn counted(
    sealed: &[SealedPerson],
    shared: &HashSet<[u8; 16]>,
    by: AddedBy<'_>,
    now: DateTime<Utc>,
) -> (Vec<Counted>, Deltas) {
    let mut deltas = Deltas::default();
    let all = sealed.iter().map(|person| {
        if person.indexes.iter().any(|index| shared.contains(index)) {
            return Counted::default();
        }
        let holder = Holder {
            id: 0,
            active: true,
            origin: person.new.origin,
            registered_at: by.registered.then_some(now),
            division: Some(person.new.division),
            phone_index: person.indexes.first().map(|index| index.to_vec()),
            phone_proved: person.new.phone_proof.is_some(),
            paused: false,
            clear: true,
            warnings: person.new.consents.contains(&Purpose::Warnings),
            tags: person.new.tags.iter().map(|tag| tag.tag.clone()).collect(),
            reached: None,
            before: Counted::default(),
        };
        let after = holder.counted(principal(std::iter::once(&holder)).is_some());
        deltas.change(&Counted::default(), &after, |village| vec![village]);
        after
    });
    (all.collect(), deltas)
}

fn row<'a>(person: &'a SealedPerson, counted: &Counted, by: AddedBy<'_>, now: DateTime<Utc>) -> PersonRow<'a> {
    PersonRow {
        public_id: person.public_id.to_string(),
        key: &person.wrapped,
        state: "active",
        created_at: At::new(now),
        origin: person.new.origin.as_str(),
        registered_at: by.registered.then(|| At::new(now)),
        registered_by: by.officer,
        division_code: Some(person.new.division.to_string()),
        phone: Some(&person.phone),
        phone_index: person.indexes.first().map(|index| index.to_vec()),
        phone_proof: person.new.phone_proof.map(PhoneProof::as_str),
        phone_proved_at: person.new.phone_proof.map(|_| At::new(now)),
        name: person.name.as_deref(),
        birth_year: person.new.birth_year,
        review: "clear",
        counted_in: counted.division.map(|code| code.to_string()),
        counted_as: counted.words(),
    }
}

fn consents_and_tags(
    connection: &mut DbConnection,
    persons: &[SealedPerson],
    ids: &[i64],
    by: AddedBy<'_>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (mut consents, mut tags) = (Vec::new(), Vec::new());
    for (person, id) in persons.iter().zip(ids) {
        consents.extend(person.new.consents.iter().map(|purpose| ConsentRow {
            person_id: *id,
            purpose: purpose.as_str(),
            version: purpose.version(),
            basis: by.basis.as_str(),
            given_by: by.given_by,
            reason: person.reason.as_deref(),
            given_at: At::new(now),
        }));
        tags.extend(person.new.tags.iter().map(|tag| TagRow::of(*id, tag, by.tag_source, now)));
    }
    for rows in consents.chunks(ROWS_PER_STATEMENT) {
        native!(connection, |inner| diesel::insert_into(consents::table).values(rows).execute(inner))?;
    }
    for rows in tags.chunks(ROWS_PER_STATEMENT) {
        native!(connection, |inner| diesel::insert_into(person_tags::table).values(rows).execute(inner))?;
    }
    Ok(())
}
