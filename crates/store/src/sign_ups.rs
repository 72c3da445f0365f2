//! Where sign-ups come from, and the review of odd ones.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{ExpressionMethods as _, JoinOnDsl as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _};
use keyring::{Keyring, PublicId};

use crate::{
    connection::DbConnection,
    dialect::native,
    error::StoreError,
    schema::{persons, sign_up_reviews, sign_ups},
    sought::sought_if_any,
    types::At,
};

const DEVICE: &str = "sign_ups.device";
const ADDRESS: &str = "sign_ups.address";

/// Where a sign-up comes from.
#[derive(Debug, Clone, Default)]
pub struct SignUpOrigin {
    /// What the client calls its device.
    pub device: Option<String>,
    /// The network address.
    pub address: Option<String>,
    /// Key of the officer whose code was scanned.
    pub officer: Option<i64>,
}

/// How many sign-ups came from the same places.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SignUpCounts {
    /// From the device.
    pub device: i64,
    /// From the address.
    pub address: i64,
    /// With the officer's code.
    pub officer: i64,
    /// With the officer's code in the thirty days before that.
    pub officer_before: i64,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = sign_ups, treat_none_as_default_value = false)]
struct Row {
    person_id: i64,
    at: At,
    officer_id: Option<i64>,
    device_index: Option<Vec<u8>>,
    address_index: Option<Vec<u8>>,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = sign_up_reviews, treat_none_as_default_value = false)]
struct ReviewRow<'a> {
    public_id: &'a str,
    person_id: i64,
    reasons: &'a str,
    opened_at: At,
}

/// A sign-up that waits for a decision.
#[derive(Debug, Clone)]
pub struct SignUpReview {
    /// Key in the database.
    pub id: i64,
    /// Outward id.
    pub public_id: String,
    /// Key of the person.
    pub person_id: i64,
    /// Why it looked odd: words divided by commas.
    pub reasons: String,
    /// Since when.
    pub opened_at: DateTime<Utc>,
    /// What was decided.
    pub decision: Option<String>,
}

/// Counts the sign-ups from the same places: of the device and the officer within a day, of the address within a minute.
pub fn sign_ups_count(
    connection: &mut DbConnection,
    keyring: &Keyring,
    origin: &SignUpOrigin,
    now: DateTime<Utc>,
) -> Result<SignUpCounts, StoreError> {
    let (minute, day) = (now - TimeDelta::minutes(1), now - TimeDelta::days(1));
    let mut counts = SignUpCounts::default();
    if let Some(device) = &origin.device {
        let index = keyring.blind_index(DEVICE, device).to_vec();
        counts.device = sign_ups::table
            .filter(sign_ups::device_index.eq(Some(index)))
            .filter(sign_ups::at.ge(At::new(day)))
            .count()
            .get_result(connection)?;
    }
    if let Some(address) = &origin.address {
        let index = keyring.blind_index(ADDRESS, address).to_vec();
        counts.address = sign_ups::table
            .filter(sign_ups::address_index.eq(Some(index)))
            .filter(sign_ups::at.ge(At::new(minute)))
            .count()
            .get_result(connection)?;
    }
    if let Some(officer) = origin.officer {
        counts.officer = sign_ups::table
            .filter(sign_ups::officer_id.eq(Some(officer)))
            .filter(sign_ups::at.ge(At::new(day)))
            .count()
            .get_result(connection)?;
        counts.officer_before = sign_ups::table
            .filter(sign_ups::officer_id.eq(Some(officer)))
            .filter(sign_ups::at.lt(At::new(day)))
            .filter(sign_ups::at.ge(At::new(day - TimeDelta::days(30))))
            .count()
            .get_result(connection)?;
    }
    Ok(counts)
}

/// Notes a sign-up; one a person.
pub fn sign_up_add(
    connection: &mut DbConnection,
    keyring: &Keyring,
    person: i64,
    origin: &SignUpOrigin,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let index = |column: &str, value: &Option<String>| {
        value.as_deref().map(|value| keyring.blind_index(column, value).to_vec())
    };
    let row = Row {
        person_id: person,
        at: At::new(now),
        officer_id: origin.officer,
        device_index: index(DEVICE, &origin.device),
        address_index: index(ADDRESS, &origin.address),
    };
    native!(connection, |inner| diesel::insert_into(sign_ups::table)
        .values(&row)
        .on_conflict(sign_ups::person_id)
        .do_nothing()
        .execute(inner))?;
    Ok(())
}

/// Forgets where sign-ups before an instant came from. Returns how many.
pub fn sign_ups_prune(connection: &mut DbConnection, before: DateTime<Utc>) -> Result<usize, StoreError> {
    Ok(diesel::delete(sign_ups::table.filter(sign_ups::at.lt(At::new(before)))).execute(connection)?)
}

/// Opens the review of a sign-up; one a person.
pub fn sign_up_review_open(
    connection: &mut DbConnection,
    person: i64,
    reasons: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let public_id = PublicId::random().to_string();
    let row = ReviewRow { public_id: &public_id, person_id: person, reasons, opened_at: At::new(now) };
    native!(connection, |inner| diesel::insert_into(sign_up_reviews::table)
        .values(&row)
        .on_conflict(sign_up_reviews::person_id)
        .do_nothing()
        .execute(inner))?;
    Ok(())
}

type Stored = (i64, String, i64, String, At, Option<String>);

fn review((id, public_id, person_id, reasons, opened_at, decision): Stored) -> SignUpReview {
    SignUpReview { id, public_id, person_id, reasons, opened_at: opened_at.into(), decision }
}

/// The reviews that wait for a decision, of persons at home in one of these villages, oldest first.
pub fn sign_up_reviews_waiting(
    connection: &mut DbConnection,
    villages: &[String],
    after: i64,
    limit: i64,
) -> Result<Vec<SignUpReview>, StoreError> {
    let rows: Vec<Stored> = sign_up_reviews::table
        .inner_join(persons::table.on(persons::id.eq(sign_up_reviews::person_id)))
        .filter(sign_up_reviews::decided_at.is_null())
        .filter(persons::state.ne("erased"))
        .filter(persons::division_code.eq_any(villages.iter().map(|code| Some(code.clone()))))
        .filter(sign_up_reviews::id.gt(after))
        .order(sign_up_reviews::id)
        .limit(limit)
        .select((
            sign_up_reviews::id,
            sign_up_reviews::public_id,
            sign_up_reviews::person_id,
            sign_up_reviews::reasons,
            sign_up_reviews::opened_at,
            sign_up_reviews::decision,
        ))
        .load(connection)?;
    Ok(rows.into_iter().map(review).collect())
}

/// The review with this outward id.
pub fn sign_up_review_find(connection: &mut DbConnection, public_id: &str) -> Result<Option<SignUpReview>, StoreError> {
    let Some(public_id) = sought_if_any(public_id) else { return Ok(None) };
    let row: Option<Stored> = sign_up_reviews::table
        .filter(sign_up_reviews::public_id.eq(public_id))
        .select((
            sign_up_reviews::id,
            sign_up_reviews::public_id,
            sign_up_reviews::person_id,
            sign_up_reviews::reasons,
            sign_up_reviews::opened_at,
            sign_up_reviews::decision,
        ))
        .first(connection)
        .optional()?;
    Ok(row.map(review))
}

/// Decides a review that waits. Says whether it still waited.
pub fn sign_up_review_decide(
    connection: &mut DbConnection,
    id: i64,
    decision: &str,
    officer: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let waiting = sign_up_reviews::table.find(id).filter(sign_up_reviews::decided_at.is_null());
    let decided = diesel::update(waiting)
        .set((
            sign_up_reviews::decided_at.eq(Some(At::new(now))),
            sign_up_reviews::decision.eq(Some(decision)),
            sign_up_reviews::decided_by.eq(Some(officer)),
        ))
        .execute(connection)?;
    Ok(decided == 1)
}
