//! Who stands in for whom, on which days.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    BoolExpressionMethods as _, ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _,
};
use keyring::PublicId;

use crate::{
    connection::DbConnection,
    error::StoreError,
    schema::{officer_substitutes as substitutes, officers},
    sought::{sought, sought_if_any},
    types::At,
};

/// A substitution as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSubstitute {
    /// Key in the database.
    pub id: i64,
    /// Outward id.
    pub public_id: String,
    /// Key of the officer who is away.
    pub officer_id: i64,
    /// Key of who stands in.
    pub substitute_id: i64,
    /// First day, in Beijing.
    pub from_day: NaiveDate,
    /// Last day, in Beijing.
    pub to_day: NaiveDate,
}

/// A substitution to add.
#[derive(Debug, Clone, Copy)]
pub struct NewSubstitute {
    /// Key of the officer who is away.
    pub officer_id: i64,
    /// Key of who stands in.
    pub substitute_id: i64,
    /// First day, in Beijing.
    pub from_day: NaiveDate,
    /// Last day, in Beijing.
    pub to_day: NaiveDate,
}

type Stored = (i64, String, i64, i64, NaiveDate, NaiveDate);

const COLUMNS: (
    substitutes::id,
    substitutes::public_id,
    substitutes::officer_id,
    substitutes::substitute_id,
    substitutes::from_day,
    substitutes::to_day,
) = (
    substitutes::id,
    substitutes::public_id,
    substitutes::officer_id,
    substitutes::substitute_id,
    substitutes::from_day,
    substitutes::to_day,
);

fn read((id, public_id, officer_id, substitute_id, from_day, to_day): Stored) -> StoredSubstitute {
    StoredSubstitute { id, public_id, officer_id, substitute_id, from_day, to_day }
}

/// Adds a substitution and returns its outward id.
pub fn officer_substitute_add(
    connection: &mut DbConnection,
    new: NewSubstitute,
    now: DateTime<Utc>,
) -> Result<String, StoreError> {
    let public_id = PublicId::random().to_string();
    diesel::insert_into(substitutes::table)
        .values((
            substitutes::public_id.eq(&public_id),
            substitutes::officer_id.eq(new.officer_id),
            substitutes::substitute_id.eq(new.substitute_id),
            substitutes::from_day.eq(new.from_day),
            substitutes::to_day.eq(new.to_day),
            substitutes::created_at.eq(At::new(now)),
        ))
        .execute(connection)?;
    Ok(public_id)
}

/// Substitutions that hold today or later and were not ended, of officers of these units (of everybody where there are none),
/// in the order in which they were entered, after the one with outward id `after`.
pub fn officer_substitutes_page(
    connection: &mut DbConnection,
    units: Option<&[i64]>,
    today: NaiveDate,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<StoredSubstitute>, StoreError> {
    let mut query = substitutes::table
        .filter(substitutes::ended_at.is_null())
        .filter(substitutes::to_day.ge(today))
        .order(substitutes::id)
        .limit(limit)
        .select(COLUMNS)
        .into_boxed();
    if let Some(units) = units {
        let units: Vec<Option<i64>> = units.iter().map(|id| Some(*id)).collect();
        let away = officers::table.filter(officers::unit_id.eq_any(units)).select(officers::id);
        query = query.filter(substitutes::officer_id.eq_any(away));
    }
    if let Some(after) = after {
        let named = substitutes::table.filter(substitutes::public_id.eq(sought(after)?));
        let id: Option<i64> = named.select(substitutes::id).first(connection).optional()?;
        query = query.filter(substitutes::id.gt(id.ok_or(StoreError::NotFound)?));
    }
    let rows: Vec<Stored> = query.load(connection)?;
    Ok(rows.into_iter().map(read).collect())
}

/// Who stands in on a day for which of these officers, by their keys.
pub fn officer_substitutes_on(
    connection: &mut DbConnection,
    officers: &[i64],
    day: NaiveDate,
) -> Result<HashMap<i64, i64>, StoreError> {
    let rows: Vec<(i64, i64)> = substitutes::table
        .filter(substitutes::ended_at.is_null())
        .filter(substitutes::officer_id.eq_any(officers.to_vec()))
        .filter(substitutes::from_day.le(day))
        .filter(substitutes::to_day.ge(day))
        .select((substitutes::officer_id, substitutes::substitute_id))
        .load(connection)?;
    Ok(rows.into_iter().collect())
}

/// Substitutions in which either of two officers takes part on any day of `from..=to`, on either side.
pub fn officer_substitutes_touching(
    connection: &mut DbConnection,
    officers: [i64; 2],
    (from, to): (NaiveDate, NaiveDate),
) -> Result<Vec<StoredSubstitute>, StoreError> {
    let rows: Vec<Stored> = substitutes::table
        .filter(substitutes::ended_at.is_null())
        .filter(substitutes::from_day.le(to))
        .filter(substitutes::to_day.ge(from))
        .filter(
            substitutes::officer_id.eq_any(officers.to_vec()).or(substitutes::substitute_id.eq_any(officers.to_vec())),
        )
        .order(substitutes::id)
        .select(COLUMNS)
        .load(connection)?;
    Ok(rows.into_iter().map(read).collect())
}

/// The substitution with this outward id, unless ended.
pub fn officer_substitute_find(
    connection: &mut DbConnection,
    public_id: &str,
) -> Result<Option<StoredSubstitute>, StoreError> {
    let Some(public_id) = sought_if_any(public_id) else { return Ok(None) };
    let found: Option<Stored> = substitutes::table
        .filter(substitutes::public_id.eq(public_id))
        .filter(substitutes::ended_at.is_null())
        .select(COLUMNS)
        .first(connection)
        .optional()?;
    Ok(found.map(read))
}

/// Ends a substitution; the row stays.
pub fn officer_substitute_end(connection: &mut DbConnection, id: i64, now: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::update(substitutes::table.find(id))
        .set(substitutes::ended_at.eq(Some(At::new(now))))
        .execute(connection)?;
    Ok(())
}

/// Ends the substitutions of an officer, on either side, that begin after `today`, and returns how many; the rows stay.
pub fn officer_substitutes_leave(
    connection: &mut DbConnection,
    officer_id: i64,
    today: NaiveDate,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let ahead = substitutes::table
        .filter(substitutes::ended_at.is_null())
        .filter(substitutes::from_day.gt(today))
        .filter(substitutes::officer_id.eq(officer_id).or(substitutes::substitute_id.eq(officer_id)));
    Ok(diesel::update(ahead).set(substitutes::ended_at.eq(Some(At::new(now)))).execute(connection)?)
}
