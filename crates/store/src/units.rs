//! Units and the divisions they serve.

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _};
use domain::{division::DivisionCode, unit::UnitKind};

use crate::{
    connection::DbConnection,
    dialect::native,
    divisions::read_code,
    error::StoreError,
    schema::{unit_divisions, units},
    types::At,
};

/// Rows in one statement: well below SQLite's limit of 32,766 bound values.
const ROWS_PER_STATEMENT: usize = 1_000;

/// A unit as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredUnit {
    /// Key in the database.
    pub id: i64,
    /// Outward id.
    pub public_id: String,
    /// Its name, which no other unit has.
    pub name: String,
    /// What it is.
    pub kind: UnitKind,
    /// Key of the unit above it.
    pub parent_id: Option<i64>,
    /// The divisions it serves, with all that lies below them.
    pub divisions: Vec<DivisionCode>,
    /// When it was entered.
    pub created_at: DateTime<Utc>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = units, treat_none_as_default_value = false)]
struct UnitRow<'a> {
    public_id: &'a str,
    name: &'a str,
    kind: &'a str,
    parent_id: Option<i64>,
    created_at: At,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = unit_divisions, treat_none_as_default_value = false)]
struct ServedRow<'a> {
    unit_id: i64,
    division_code: &'a str,
}

/// All units, in the order in which they were entered. A city has some hundreds.
pub fn units_all(connection: &mut DbConnection) -> Result<Vec<StoredUnit>, StoreError> {
    type Stored = (i64, String, String, String, Option<i64>, At, Option<At>);
    let rows: Vec<Stored> = units::table.order(units::id).load(connection)?;
    let served: Vec<(i64, String)> =
        unit_divisions::table.order((unit_divisions::unit_id, unit_divisions::division_code)).load(connection)?;
    let mut by_unit: std::collections::HashMap<i64, Vec<DivisionCode>> = std::collections::HashMap::new();
    for (unit, code) in served {
        by_unit.entry(unit).or_default().push(read_code(&code)?);
    }
    rows.into_iter()
        .map(|(id, public_id, name, kind, parent_id, created_at, closed_at)| {
            let kind = UnitKind::from_word(&kind)
                .ok_or_else(|| StoreError::Unreadable(format!("unknown kind of unit {kind}")))?;
            let divisions = by_unit.remove(&id).unwrap_or_default();
            let (created_at, closed_at) = (created_at.into(), closed_at.map(Into::into));
            Ok(StoredUnit { id, public_id, name, kind, parent_id, divisions, created_at, closed_at })
        })
        .collect()
}

/// A unit to enter.
#[derive(Debug, Clone, Copy)]
pub struct NewUnit<'a> {
    /// Outward id.
    pub public_id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// What it is.
    pub kind: UnitKind,
    /// Key of the unit above it.
    pub parent_id: Option<i64>,
}

/// Enters a unit and returns its key.
pub fn unit_add(connection: &mut DbConnection, unit: NewUnit<'_>, now: DateTime<Utc>) -> Result<i64, StoreError> {
    let row = UnitRow {
        public_id: unit.public_id,
        name: unit.name,
        kind: unit.kind.as_str(),
        parent_id: unit.parent_id,
        created_at: At::new(now),
    };
    Ok(diesel::insert_into(units::table).values(row).returning(units::id).get_result(connection)?)
}

/// Gives a unit its name, kind and parent.
pub fn unit_update(
    connection: &mut DbConnection,
    id: i64,
    name: &str,
    kind: UnitKind,
    parent_id: Option<i64>,
) -> Result<(), StoreError> {
    diesel::update(units::table.find(id))
        .set((units::name.eq(name), units::kind.eq(kind.as_str()), units::parent_id.eq(parent_id)))
        .execute(connection)?;
    Ok(())
}

/// Closes a unit: it stays, for what was done in its name.
pub fn unit_close(connection: &mut DbConnection, id: i64, now: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::update(units::table.find(id)).set(units::closed_at.eq(Some(At::new(now)))).execute(connection)?;
    Ok(())
}

/// Sets the divisions a unit serves.
pub fn unit_divisions_set(
    connection: &mut DbConnection,
    unit_id: i64,
    divisions: &[DivisionCode],
) -> Result<(), StoreError> {
    diesel::delete(unit_divisions::table.filter(unit_divisions::unit_id.eq(unit_id))).execute(connection)?;
    for chunk in divisions.chunks(ROWS_PER_STATEMENT) {
        let rows: Vec<ServedRow<'_>> =
            chunk.iter().map(|code| ServedRow { unit_id, division_code: code.as_str() }).collect();
        native!(connection, |inner| diesel::insert_into(unit_divisions::table).values(&rows).execute(inner))?;
    }
    Ok(())
}

/// Lets every unit that served `old` serve its successors instead. Returns the keys of these units.
pub fn unit_divisions_follow(
    connection: &mut DbConnection,
    old: DivisionCode,
    successors: &[DivisionCode],
) -> Result<Vec<i64>, StoreError> {
    let serving = unit_divisions::table.filter(unit_divisions::division_code.eq(old.as_str()));
    let ids: Vec<i64> = serving.select(unit_divisions::unit_id).order(unit_divisions::unit_id).load(connection)?;
    let rows: Vec<ServedRow<'_>> = ids
        .iter()
        .flat_map(|unit_id| successors.iter().map(|code| ServedRow { unit_id: *unit_id, division_code: code.as_str() }))
        .collect();
    diesel::delete(unit_divisions::table.filter(unit_divisions::division_code.eq(old.as_str()))).execute(connection)?;
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        native!(connection, |inner| diesel::insert_into(unit_divisions::table)
            .values(chunk)
            .on_conflict((unit_divisions::unit_id, unit_divisions::division_code))
            .do_nothing()
            .execute(inner))?;
    }
    Ok(ids)
}
