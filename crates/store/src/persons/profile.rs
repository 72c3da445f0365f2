//! A person as a whole: what is stored, opened.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, Queryable, RunQueryDsl as _};
use domain::{
    division::DivisionCode,
    person::{Origin, PhoneProof},
};
use keyring::{Keyring, PersonKey, PublicId, SealContext};

use super::parse_id;
use crate::{connection::DbConnection, dialect, error::StoreError, schema::persons, sought::sought_if_any, types::At};

/// Names the sealed phone and its blind index.
pub(crate) const PHONE: &str = "persons.phone";
/// Names the sealed name.
pub(crate) const NAME: &str = "persons.name";

/// A person, with what is sealed opened.
#[derive(Debug, Clone)]
pub struct StoredPerson {
    /// Key in the database.
    pub id: i64,
    /// Outward id.
    pub public_id: PublicId,
    /// What their personal data is sealed under.
    pub key: PersonKey,
    /// `active` or `withdrawn`.
    pub state: String,
    /// How they came to be known.
    pub origin: Origin,
    /// When they were registered, or taken into a family; none for who only signed in, and after leaving.
    pub registered_at: Option<DateTime<Utc>>,
    /// Home village.
    pub division: Option<DivisionCode>,
    /// Canonical phone.
    pub phone: Option<String>,
    /// How it is known to be theirs.
    pub phone_proof: Option<PhoneProof>,
    /// Since when.
    pub phone_proved_at: Option<DateTime<Utc>>,
    /// Somebody else proved the same phone: until then it may be proved anew, then it is unbound.
    pub phone_contested_until: Option<DateTime<Utc>>,
    /// Name.
    pub name: Option<String>,
    /// Year of birth.
    pub birth_year: Option<i16>,
    /// Since when protection rests at their own wish.
    pub paused_at: Option<DateTime<Utc>>,
    /// `clear`, `held` or `refused`: what the review of the sign-up says.
    pub review: String,
    /// Beijing day on which anything last reached them.
    pub last_reached: Option<NaiveDate>,
    /// Village in which they are counted now.
    pub counted_in: Option<DivisionCode>,
    /// As what, as words divided by commas.
    pub counted_as: String,
    /// When they first signed in or were named.
    pub created_at: DateTime<Utc>,
}

impl StoredPerson {
    /// Counted as protected now.
    pub fn is_protected(&self) -> bool {
        self.counted_as.split(',').any(|metric| metric == domain::population::PROTECTED)
    }

    /// Registered and not gone.
    pub fn is_registered(&self) -> bool {
        self.state == "active" && self.registered_at.is_some()
    }
}

/// The columns of a person, as [`COLUMNS`] names them.
#[derive(Queryable)]
pub(crate) struct Row {
    id: i64,
    public_id: String,
    key: Vec<u8>,
    state: String,
    origin: String,
    registered_at: Option<At>,
    division_code: Option<String>,
    phone: Option<Vec<u8>>,
    phone_proof: Option<String>,
    phone_proved_at: Option<At>,
    phone_contested_until: Option<At>,
    name: Option<Vec<u8>>,
    birth_year: Option<i16>,
    paused_at: Option<At>,
    review: String,
    last_reached_day: Option<NaiveDate>,
    counted_in: Option<String>,
    counted_as: String,
    created_at: At,
}

/// The types of [`COLUMNS`].
pub(crate) type Columns = (
    persons::id,
    persons::public_id,
    persons::key,
    persons::state,
    persons::origin,
    persons::registered_at,
    persons::division_code,
    persons::phone,
    persons::phone_proof,
    persons::phone_proved_at,
    persons::phone_contested_until,
    persons::name,
    persons::birth_year,
    persons::paused_at,
    persons::review,
    persons::last_reached_day,
    persons::counted_in,
    persons::counted_as,
    persons::created_at,
);

/// What is read of a person.
pub(crate) const COLUMNS: Columns = (
    persons::id,
    persons::public_id,
    persons::key,
    persons::state,
    persons::origin,
    persons::registered_at,
    persons::division_code,
    persons::phone,
    persons::phone_proof,
    persons::phone_proved_at,
    persons::phone_contested_until,
    persons::name,
    persons::birth_year,
    persons::paused_at,
    persons::review,
    persons::last_reached_day,
    persons::counted_in,
    persons::counted_as,
    persons::created_at,
);

/// Opens what a row holds.
pub(crate) fn opened(keyring: &Keyring, row: Row) -> Result<StoredPerson, StoreError> {
    let public_id = parse_id(&row.public_id)?;
    let key = keyring.unwrap_key(&row.key, public_id)?;
    let text = |column: &'static str, sealed: Option<Vec<u8>>| open_text(keyring, &key, column, public_id, sealed);
    let unreadable = |what: &str| StoreError::Unreadable(what.to_owned());
    let code = |text: Option<String>| text.map(|text| crate::divisions::read_code(&text)).transpose();
    let proof = |word: &str| PhoneProof::from_word(word).ok_or_else(|| unreadable("proof of a phone"));
    Ok(StoredPerson {
        id: row.id,
        public_id,
        origin: Origin::from_word(&row.origin).ok_or_else(|| unreadable("origin of a person"))?,
        registered_at: row.registered_at.map(Into::into),
        division: code(row.division_code)?,
        phone: text(PHONE, row.phone)?,
        phone_proof: row.phone_proof.as_deref().map(proof).transpose()?,
        phone_proved_at: row.phone_proved_at.map(Into::into),
        phone_contested_until: row.phone_contested_until.map(Into::into),
        name: text(NAME, row.name)?,
        birth_year: row.birth_year,
        paused_at: row.paused_at.map(Into::into),
        review: row.review,
        last_reached: row.last_reached_day,
        counted_in: code(row.counted_in)?,
        counted_as: row.counted_as,
        created_at: row.created_at.into(),
        state: row.state,
        key,
    })
}

/// A sealed text, opened.
pub(crate) fn open_text(
    keyring: &Keyring,
    key: &PersonKey,
    column: &'static str,
    owner: PublicId,
    sealed: Option<Vec<u8>>,
) -> Result<Option<String>, StoreError> {
    let open = |sealed: Vec<u8>| {
        let bytes = keyring.open(key, SealContext::new(column, owner), &sealed)?;
        String::from_utf8(bytes).map_err(|_| StoreError::Unreadable(format!("{column} is no text")))
    };
    sealed.map(open).transpose()
}

/// The person with this outward id, unless erased.
pub fn person_find(
    connection: &mut DbConnection,
    keyring: &Keyring,
    public_id: &str,
) -> Result<Option<StoredPerson>, StoreError> {
    let Some(public_id) = sought_if_any(public_id) else { return Ok(None) };
    let found: Option<Row> = persons::table
        .filter(persons::public_id.eq(public_id))
        .filter(persons::state.ne("erased"))
        .select(COLUMNS)
        .first(connection)
        .optional()?;
    found.map(|row| opened(keyring, row)).transpose()
}

/// The persons with these keys, in the order of the keys, erased ones left out.
pub fn persons_by_id(
    connection: &mut DbConnection,
    keyring: &Keyring,
    ids: &[i64],
) -> Result<Vec<StoredPerson>, StoreError> {
    let rows: Vec<Row> = persons::table
        .filter(persons::id.eq_any(ids.to_vec()))
        .filter(persons::state.ne("erased"))
        .order(persons::id)
        .select(COLUMNS)
        .load(connection)?;
    rows.into_iter().map(|row| opened(keyring, row)).collect()
}

/// The person with this outward id, held to the end of the transaction together with everybody who holds the same phone, or
/// `new_phone`: whoever changes a holder of a phone does it alone. Call it first in a write transaction.
pub fn person_hold(
    connection: &mut DbConnection,
    keyring: &Keyring,
    public_id: &str,
    new_phone: Option<&str>,
) -> Result<StoredPerson, StoreError> {
    let Some(seen) = person_find(connection, keyring, public_id)? else { return Err(StoreError::NotFound) };
    let phones: Vec<&str> = seen.phone.as_deref().into_iter().chain(new_phone).collect();
    phones_hold(connection, keyring, &phones)?;
    let row: Option<Row> = dialect::first_for_update!(
        connection,
        persons::table.find(seen.id).filter(persons::state.ne("erased")).select(COLUMNS)
    )?;
    let person = opened(keyring, row.ok_or(StoreError::NotFound)?)?;
    // The phone changed between the look and the lock: the caller's transaction is tried again.
    if person.phone == seen.phone { Ok(person) } else { Err(StoreError::Unavailable("the person changed".to_owned())) }
}

/// Makes other writers of holders of these phones wait until the transaction ends.
pub fn phones_hold(connection: &mut DbConnection, keyring: &Keyring, phones: &[&str]) -> Result<(), StoreError> {
    // Under every key in use: while keys are exchanged two servers need not know the same ones, but always share one.
    let mut indexes: Vec<[u8; 16]> =
        phones.iter().flat_map(|phone| keyring.blind_index_candidates(PHONE, phone)).collect();
    // In one order everywhere, so that two who want the same two never wait for each other.
    indexes.sort_unstable();
    indexes.dedup();
    indexes.iter().try_for_each(|index| dialect::hold_name(connection, index))
}

/// [`phones_hold`] for a batch: every other writer of any phone waits, and rows are found by index.
pub fn all_phones_hold(connection: &mut DbConnection) -> Result<(), StoreError> {
    dialect::prefer_indexes(connection)?;
    dialect::hold_all_names(connection)
}
