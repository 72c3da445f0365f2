//! Duty rosters: which officer is on duty for which unit, from when to when.

use chrono::{DateTime, Utc};
use diesel::{
    BoolExpressionMethods as _, ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _,
};
use keyring::PublicId;

use crate::{
    connection::DbConnection,
    dialect::native,
    error::StoreError,
    schema::{duty_shifts, officers},
    sought::sought,
    types::At,
};

/// Rows in one statement: well below SQLite's limit of 32,766 bound values.
const ROWS_PER_STATEMENT: usize = 1_000;
/// The one kind of shift there is so far.
const DUTY: &str = "duty";

/// A shift as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredShift {
    /// Key in the database.
    pub id: i64,
    /// Outward id.
    pub public_id: String,
    /// Key of the unit.
    pub unit_id: i64,
    /// Key of the officer.
    pub officer_id: i64,
    /// Outward id of the officer.
    pub officer: String,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
}

/// A shift to add.
#[derive(Debug, Clone, Copy)]
pub struct NewShift {
    /// Key of the unit.
    pub unit_id: i64,
    /// Key of the officer.
    pub officer_id: i64,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = duty_shifts, treat_none_as_default_value = false)]
struct Row {
    public_id: String,
    unit_id: i64,
    officer_id: i64,
    starts_at: At,
    ends_at: At,
    kind: &'static str,
    created_at: At,
}

type Stored = (i64, String, i64, i64, String, At, At);

const COLUMNS: (
    duty_shifts::id,
    duty_shifts::public_id,
    duty_shifts::unit_id,
    duty_shifts::officer_id,
    officers::public_id,
    duty_shifts::starts_at,
    duty_shifts::ends_at,
) = (
    duty_shifts::id,
    duty_shifts::public_id,
    duty_shifts::unit_id,
    duty_shifts::officer_id,
    officers::public_id,
    duty_shifts::starts_at,
    duty_shifts::ends_at,
);

fn read((id, public_id, unit_id, officer_id, officer, starts_at, ends_at): Stored) -> StoredShift {
    StoredShift { id, public_id, unit_id, officer_id, officer, starts_at: starts_at.into(), ends_at: ends_at.into() }
}

/// Adds shifts.
pub fn duty_shifts_add(connection: &mut DbConnection, new: &[NewShift], now: DateTime<Utc>) -> Result<(), StoreError> {
    let rows: Vec<Row> = new
        .iter()
        .map(|shift| Row {
            public_id: PublicId::random().to_string(),
            unit_id: shift.unit_id,
            officer_id: shift.officer_id,
            starts_at: At::new(shift.starts_at),
            ends_at: At::new(shift.ends_at),
            kind: DUTY,
            created_at: At::new(now),
        })
        .collect();
    for rows in rows.chunks(ROWS_PER_STATEMENT) {
        native!(connection, |inner| diesel::insert_into(duty_shifts::table).values(rows).execute(inner))?;
    }
    Ok(())
}

/// Removes shifts that have not begun.
pub fn duty_shifts_remove(connection: &mut DbConnection, ids: &[i64]) -> Result<(), StoreError> {
    for ids in ids.chunks(ROWS_PER_STATEMENT) {
        diesel::delete(duty_shifts::table.filter(duty_shifts::id.eq_any(ids.to_vec()))).execute(connection)?;
    }
    Ok(())
}

/// Removes the shifts of an officer that begin after `now`, and returns how many.
pub fn duty_shifts_leave(
    connection: &mut DbConnection,
    officer_id: i64,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let ahead = duty_shifts::table
        .filter(duty_shifts::officer_id.eq(officer_id))
        .filter(duty_shifts::starts_at.gt(At::new(now)));
    Ok(diesel::delete(ahead).execute(connection)?)
}

/// Shifts of a unit that begin in `from..to`, in the order of their beginnings.
pub fn duty_shifts_beginning(
    connection: &mut DbConnection,
    unit_id: i64,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<StoredShift>, StoreError> {
    let rows: Vec<Stored> = duty_shifts::table
        .inner_join(officers::table)
        .filter(duty_shifts::unit_id.eq(unit_id))
        .filter(duty_shifts::starts_at.ge(At::new(from)))
        .filter(duty_shifts::starts_at.lt(At::new(to)))
        .order((duty_shifts::starts_at, duty_shifts::id))
        .select(COLUMNS)
        .load(connection)?;
    Ok(rows.into_iter().map(read).collect())
}

/// Shifts of these officers, in whatever unit, that touch `from..to`.
pub fn duty_shifts_of_officers(
    connection: &mut DbConnection,
    officer_ids: &[i64],
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<StoredShift>, StoreError> {
    let mut found = Vec::new();
    for ids in officer_ids.chunks(ROWS_PER_STATEMENT) {
        let rows: Vec<Stored> = duty_shifts::table
            .inner_join(officers::table)
            .filter(duty_shifts::officer_id.eq_any(ids.to_vec()))
            .filter(duty_shifts::starts_at.lt(At::new(to)))
            .filter(duty_shifts::ends_at.gt(At::new(from)))
            .order(duty_shifts::id)
            .select(COLUMNS)
            .load(connection)?;
        found.extend(rows.into_iter().map(read));
    }
    Ok(found)
}

/// Shifts of a unit that touch `from..to`, in the order of their beginnings, after the one with outward id `after`.
pub fn duty_shifts_page(
    connection: &mut DbConnection,
    unit_id: i64,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<StoredShift>, StoreError> {
    let mut query = duty_shifts::table
        .inner_join(officers::table)
        .filter(duty_shifts::unit_id.eq(unit_id))
        .filter(duty_shifts::starts_at.lt(At::new(to)))
        .filter(duty_shifts::ends_at.gt(At::new(from)))
        .order((duty_shifts::starts_at, duty_shifts::id))
        .limit(limit)
        .select(COLUMNS)
        .into_boxed();
    if let Some(after) = after {
        let (id, _, starts_at) = place(connection, after)?;
        query = query.filter(
            duty_shifts::starts_at.gt(starts_at).or(duty_shifts::starts_at.eq(starts_at).and(duty_shifts::id.gt(id))),
        );
    }
    let rows: Vec<Stored> = query.load(connection)?;
    Ok(rows.into_iter().map(read).collect())
}

/// Shifts of these units that run at this instant, by unit, after the one with outward id `after`.
pub fn duty_shifts_running(
    connection: &mut DbConnection,
    units: &[i64],
    now: DateTime<Utc>,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<StoredShift>, StoreError> {
    let mut query = duty_shifts::table
        .inner_join(officers::table)
        .filter(duty_shifts::unit_id.eq_any(units.to_vec()))
        .filter(duty_shifts::ends_at.gt(At::new(now)))
        .filter(duty_shifts::starts_at.le(At::new(now)))
        .order((duty_shifts::unit_id, duty_shifts::starts_at, duty_shifts::id))
        .limit(limit)
        .select(COLUMNS)
        .into_boxed();
    if let Some(after) = after {
        let (id, unit_id, starts_at) = place(connection, after)?;
        let later =
            duty_shifts::starts_at.gt(starts_at).or(duty_shifts::starts_at.eq(starts_at).and(duty_shifts::id.gt(id)));
        query = query.filter(duty_shifts::unit_id.gt(unit_id).or(duty_shifts::unit_id.eq(unit_id).and(later)));
    }
    let rows: Vec<Stored> = query.load(connection)?;
    Ok(rows.into_iter().map(read).collect())
}

/// Where a shift stands in the lists: its key, its unit and its begin.
fn place(connection: &mut DbConnection, public_id: &str) -> Result<(i64, i64, At), StoreError> {
    let public_id = sought(public_id)?;
    let found = duty_shifts::table
        .filter(duty_shifts::public_id.eq(public_id))
        .select((duty_shifts::id, duty_shifts::unit_id, duty_shifts::starts_at))
        .first(connection)
        .optional()?;
    found.ok_or(StoreError::NotFound)
}
