//! Persons: residents and members of families. Who signs in is found by the blind index of the WeChat openid; phone, name
//! and openid are kept only sealed under a key of the person's own.

mod add;
mod change;
pub(crate) mod consents;
pub(crate) mod counting;
mod erase;
mod page;
pub(crate) mod profile;
pub(crate) mod tags;

pub use add::{AddedBy, NewPerson, SealedPerson, person_seal, persons_add};
pub use change::{
    CONTEST, person_birth_year_set, person_home_set, person_name_set, person_pause_set, person_phone_clear,
    person_phone_set, person_reached, person_register, person_review_set, person_withdraw, phone_contest,
    phones_forfeited,
};
pub use consents::{NewConsent, StoredConsent, consent_give, consent_withdraw, consents_of};
pub use counting::{person_seen, persons_settle};
pub use erase::person_erase;
pub use page::{persons_of_phones, persons_page};
pub use profile::{StoredPerson, all_phones_hold, person_find, person_hold, persons_by_id, phones_hold};
pub use tags::{NewTag, StoredTag, tags_expire, tags_of_persons, tags_over, tags_set};

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _};
use keyring::{Keyring, PersonKey, PublicId, SealContext};

use crate::{
    connection::DbConnection,
    dialect::{hold_name, native},
    error::StoreError,
    schema::persons,
    types::At,
};

/// Names the sealed openid and its blind index; the table had this name when the first of them were sealed.
pub(crate) const OPENID: &str = "residents.openid";

/// A resident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resident {
    /// Key in the database.
    pub id: i64,
    /// Outward id.
    pub public_id: PublicId,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = persons, treat_none_as_default_value = false)]
struct Row {
    public_id: String,
    key: Vec<u8>,
    openid_index: Option<Vec<u8>>,
    openid: Option<Vec<u8>>,
    state: &'static str,
    created_at: At,
    last_signed_in_at: Option<At>,
}

/// The resident who signs in with this openid, made when there is none. Call it inside a write transaction: of two first
/// sign-ins at once one makes the row and the other finds it.
pub fn resident_sign_in(
    connection: &mut DbConnection,
    keyring: &Keyring,
    openid: &str,
    now: DateTime<Utc>,
) -> Result<Resident, StoreError> {
    if let Some(resident) = find_by_openid(connection, keyring, openid)? {
        // Writing the current index also brings a row over that still stands under an older key.
        let index = keyring.blind_index(OPENID, openid).to_vec();
        diesel::update(persons::table.find(resident.id))
            .set((persons::last_signed_in_at.eq(Some(At::new(now))), persons::openid_index.eq(Some(index))))
            .execute(connection)?;
        return Ok(resident);
    }
    if let Some(resident) = hold_openid(connection, keyring, openid)? {
        return Ok(resident);
    }
    let row = new_row(keyring, openid, now)?;
    native!(connection, |inner| diesel::insert_into(persons::table)
        .values(&row)
        .on_conflict(persons::openid_index)
        .do_nothing()
        .execute(inner))?;
    find_by_openid(connection, keyring, openid)?.ok_or(StoreError::NotFound)
}

/// While two blind-index keys are in use the unique index alone does not make two first sign-ins at once one resident: one
/// server may write under the older key and another under the newer one. So one of them waits here, and finds the other's.
fn hold_openid(connection: &mut DbConnection, keyring: &Keyring, openid: &str) -> Result<Option<Resident>, StoreError> {
    let mut indexes = keyring.blind_index_candidates(OPENID, openid);
    if indexes.len() < 2 {
        return Ok(None);
    }
    indexes.sort_unstable();
    indexes.iter().try_for_each(|index| hold_name(connection, index))?;
    find_by_openid(connection, keyring, openid)
}

fn new_row(keyring: &Keyring, openid: &str, now: DateTime<Utc>) -> Result<Row, StoreError> {
    let (public_id, key) = (PublicId::random(), PersonKey::random());
    Ok(Row {
        public_id: public_id.to_string(),
        key: keyring.wrap_key(&key, public_id)?,
        openid_index: Some(keyring.blind_index(OPENID, openid).to_vec()),
        openid: Some(keyring.seal(&key, SealContext::new(OPENID, public_id), openid.as_bytes())?),
        state: "active",
        created_at: At::new(now),
        last_signed_in_at: Some(At::new(now)),
    })
}

fn find_by_openid(
    connection: &mut DbConnection,
    keyring: &Keyring,
    openid: &str,
) -> Result<Option<Resident>, StoreError> {
    let indexes = keyring.blind_index_candidates(OPENID, openid).into_iter().map(|index| index.to_vec());
    let found: Option<(i64, String)> = persons::table
        .filter(persons::openid_index.eq_any(indexes))
        .order(persons::id)
        .select((persons::id, persons::public_id))
        .first(connection)
        .optional()?;
    found.map(|(id, public_id)| Ok(Resident { id, public_id: parse_id(&public_id)? })).transpose()
}

/// The resident with this key in the database, unless erased.
pub fn resident_find(connection: &mut DbConnection, id: i64) -> Result<Option<Resident>, StoreError> {
    let found: Option<String> = persons::table
        .find(id)
        .filter(persons::state.ne("erased"))
        .select(persons::public_id)
        .first(connection)
        .optional()?;
    found.map(|public_id| Ok(Resident { id, public_id: parse_id(&public_id)? })).transpose()
}

/// The openid of a person, to write to them by WeChat.
pub fn person_openid(
    connection: &mut DbConnection,
    keyring: &Keyring,
    person: &StoredPerson,
) -> Result<Option<String>, StoreError> {
    let sealed: Option<Vec<u8>> =
        persons::table.find(person.id).select(persons::openid).first(connection).optional()?.flatten();
    profile::open_text(keyring, &person.key, OPENID, person.public_id, sealed)
}

pub(crate) fn parse_id(text: &str) -> Result<PublicId, StoreError> {
    text.parse().map_err(|_| StoreError::Unreadable("an outward id".to_owned()))
}
