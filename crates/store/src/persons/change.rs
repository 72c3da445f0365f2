//! Changes of a person. None of these settles the counts: [`super::persons_settle`] does, once, at the end.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel::{BoolExpressionMethods as _, ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _};
use domain::{
    division::DivisionCode,
    person::{Origin, PhoneProof},
};
use keyring::{Keyring, SealContext};

use super::profile::{NAME, PHONE, StoredPerson};
use crate::{connection::DbConnection, error::StoreError, schema::persons, types::At};

/// How long an older holder of a phone may prove it again after somebody else proved it.
pub const CONTEST: TimeDelta = TimeDelta::days(7);

/// Makes a person a registered one: at home in a village, known as `origin`, on the word of an officer where one registers.
pub fn person_register(
    connection: &mut DbConnection,
    person: &StoredPerson,
    origin: Origin,
    division: DivisionCode,
    officer: Option<i64>,
    review: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::update(persons::table.find(person.id))
        .set((
            persons::state.eq("active"),
            persons::origin.eq(origin.as_str()),
            persons::registered_at.eq(Some(At::new(now))),
            persons::registered_by.eq(officer),
            persons::division_code.eq(Some(division.to_string())),
            persons::review.eq(review),
        ))
        .execute(connection)?;
    Ok(())
}

/// Gives a person a phone that is proved or attested.
pub fn person_phone_set(
    connection: &mut DbConnection,
    keyring: &Keyring,
    person: &StoredPerson,
    phone: &str,
    proof: PhoneProof,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let sealed = keyring.seal(&person.key, SealContext::new(PHONE, person.public_id), phone.as_bytes())?;
    diesel::update(persons::table.find(person.id))
        .set((
            persons::phone.eq(Some(sealed)),
            persons::phone_index.eq(Some(keyring.blind_index(PHONE, phone).to_vec())),
            persons::phone_proof.eq(Some(proof.as_str())),
            persons::phone_proved_at.eq(Some(At::new(now))),
            persons::phone_contested_until.eq(None::<At>),
        ))
        .execute(connection)?;
    Ok(())
}

/// Asks the older holders of a phone that `person` has just proved to prove it too, within seven days. Whoever proved it
/// within the last seven days has done so. Returns how many are asked.
pub fn phone_contest(
    connection: &mut DbConnection,
    keyring: &Keyring,
    person: &StoredPerson,
    phone: &str,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let indexes: Vec<Option<Vec<u8>>> =
        keyring.blind_index_candidates(PHONE, phone).into_iter().map(|index| Some(index.to_vec())).collect();
    let not_proved_lately = persons::phone_proof
        .eq(Some(PhoneProof::Attested.as_str()))
        .or(persons::phone_proved_at.lt(Some(At::new(now - CONTEST))));
    let older = persons::table
        .filter(persons::phone_index.eq_any(indexes))
        .filter(persons::id.ne(person.id))
        .filter(persons::phone_contested_until.is_null())
        .filter(not_proved_lately);
    Ok(diesel::update(older)
        .set(persons::phone_contested_until.eq(Some(At::new(now + CONTEST))))
        .execute(connection)?)
}

/// Takes a person's phone away.
pub fn person_phone_clear(connection: &mut DbConnection, person: i64) -> Result<(), StoreError> {
    diesel::update(persons::table.find(person))
        .set((
            persons::phone.eq(None::<Vec<u8>>),
            persons::phone_index.eq(None::<Vec<u8>>),
            persons::phone_proof.eq(None::<&str>),
            persons::phone_proved_at.eq(None::<At>),
            persons::phone_contested_until.eq(None::<At>),
        ))
        .execute(connection)?;
    Ok(())
}

/// Outward ids of persons whose time to prove a contested phone is over, at most `limit`.
pub fn phones_forfeited(
    connection: &mut DbConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    Ok(persons::table
        .filter(persons::phone_contested_until.le(Some(At::new(now))))
        .order(persons::phone_contested_until)
        .limit(limit)
        .select(persons::public_id)
        .load(connection)?)
}

/// Sets a person's name.
pub fn person_name_set(
    connection: &mut DbConnection,
    keyring: &Keyring,
    person: &StoredPerson,
    name: Option<&str>,
) -> Result<(), StoreError> {
    let seal = |name: &str| keyring.seal(&person.key, SealContext::new(NAME, person.public_id), name.as_bytes());
    let sealed = name.map(seal).transpose()?;
    diesel::update(persons::table.find(person.id)).set(persons::name.eq(sealed)).execute(connection)?;
    Ok(())
}

/// Sets a person's year of birth.
pub fn person_birth_year_set(
    connection: &mut DbConnection,
    person: i64,
    birth_year: Option<i16>,
) -> Result<(), StoreError> {
    diesel::update(persons::table.find(person)).set(persons::birth_year.eq(birth_year)).execute(connection)?;
    Ok(())
}

/// Moves a person to another home village.
pub fn person_home_set(connection: &mut DbConnection, person: i64, division: DivisionCode) -> Result<(), StoreError> {
    let code = Some(division.to_string());
    diesel::update(persons::table.find(person)).set(persons::division_code.eq(code)).execute(connection)?;
    Ok(())
}

/// Lets protection rest since `at`, or takes it up again.
pub fn person_pause_set(
    connection: &mut DbConnection,
    person: i64,
    at: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    diesel::update(persons::table.find(person)).set(persons::paused_at.eq(at.map(At::new))).execute(connection)?;
    Ok(())
}

/// A resident leaves: nothing of theirs is counted or matched. They may register again.
pub fn person_withdraw(connection: &mut DbConnection, person: i64) -> Result<(), StoreError> {
    diesel::update(persons::table.find(person))
        .set((persons::registered_at.eq(None::<At>), persons::paused_at.eq(None::<At>)))
        .execute(connection)?;
    Ok(())
}

/// What the review of a sign-up says now.
pub fn person_review_set(connection: &mut DbConnection, person: i64, review: &str) -> Result<(), StoreError> {
    diesel::update(persons::table.find(person)).set(persons::review.eq(review)).execute(connection)?;
    Ok(())
}

/// Something reached the person on `day`.
pub fn person_reached(connection: &mut DbConnection, person: i64, day: NaiveDate) -> Result<bool, StoreError> {
    let earlier = persons::last_reached_day.is_null().or(persons::last_reached_day.lt(Some(day)));
    let changed = diesel::update(persons::table.find(person).filter(earlier))
        .set(persons::last_reached_day.eq(Some(day)))
        .execute(connection)?;
    Ok(changed == 1)
}
