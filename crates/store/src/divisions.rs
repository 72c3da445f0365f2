//! The tree of divisions and its history. Rows are closed, never deleted.

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _};
use domain::division::{Division, DivisionCode, Level};

use crate::{
    change_counters::{self, Counter},
    connection::DbConnection,
    dialect::native,
    error::StoreError,
    schema::{division_changes, divisions},
    types::At,
};

/// Rows in one statement: well below SQLite's limit of 32,766 bound values.
const ROWS_PER_STATEMENT: usize = 1_000;

/// A division as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDivision {
    /// Code, name, level, parent.
    pub division: Division,
    /// Year of the newest file that held it.
    pub year: i32,
    /// Year of the file with which it came.
    pub opened_year: i32,
    /// Year of the file from which it was missing; none while it is in use.
    pub closed_year: Option<i32>,
    /// What a closed one became, once an operator named it.
    pub successor: Option<DivisionCode>,
}

/// What happened to a division.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It came, or came back.
    Added,
    /// It has another name.
    Renamed,
    /// It has another parent.
    Moved,
    /// It became several.
    Split,
    /// A newer file does not hold it.
    Vanished,
    /// An operator named what it became.
    Succeeded,
}

impl ChangeKind {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Renamed => "renamed",
            Self::Moved => "moved",
            Self::Split => "split",
            Self::Vanished => "vanished",
            Self::Succeeded => "succeeded",
        }
    }
}

/// A line of history to add.
#[derive(Debug, Clone)]
pub struct NewDivisionChange {
    /// Year of the file.
    pub year: i32,
    /// The division.
    pub code: DivisionCode,
    /// What happened.
    pub kind: ChangeKind,
    /// What it was before, or what it became.
    pub detail: serde_json::Value,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = divisions, treat_none_as_default_value = false)]
struct DivisionRow<'a> {
    code: &'a str,
    name: &'a str,
    level: &'a str,
    parent_code: Option<&'a str>,
    year: i32,
    opened_year: i32,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = division_changes, treat_none_as_default_value = false)]
struct ChangeRow<'a> {
    year: i32,
    code: &'a str,
    kind: &'a str,
    detail: &'a serde_json::Value,
    created_at: At,
}

type Stored = (String, String, String, Option<String>, i32, i32, Option<i32>, Option<String>);

/// Number of the last committed change of divisions and facts: while it stays, nothing has changed.
pub fn divisions_version(connection: &mut DbConnection) -> Result<i64, StoreError> {
    change_counters::current(connection, Counter::Divisions)
}

/// Counts one change of divisions or facts. Called first in a write transaction, it also makes all other writers of
/// divisions and units wait until that ends, so that what is then read stays true.
pub fn divisions_begin_change(connection: &mut DbConnection) -> Result<(), StoreError> {
    change_counters::take(connection, Counter::Divisions, 1).map(|_| ())
}

/// Keeps writers of divisions and units away until the transaction ends, without a change of divisions.
pub fn divisions_hold(connection: &mut DbConnection) -> Result<(), StoreError> {
    change_counters::take(connection, Counter::Divisions, 0).map(|_| ())
}

/// All divisions, closed ones too, in the order of their codes.
pub fn divisions_all(connection: &mut DbConnection) -> Result<Vec<StoredDivision>, StoreError> {
    let rows: Vec<Stored> = divisions::table.order(divisions::code).load(connection)?;
    rows.into_iter().map(decoded).collect()
}

fn decoded(row: Stored) -> Result<StoredDivision, StoreError> {
    let (code, name, level, parent, year, opened_year, closed_year, successor) = row;
    let division = Division {
        code: read_code(&code)?,
        name,
        level: Level::from_word(&level).ok_or_else(|| StoreError::Unreadable(format!("unknown level {level}")))?,
        parent: parent.as_deref().map(read_code).transpose()?,
    };
    let successor = successor.as_deref().map(read_code).transpose()?;
    Ok(StoredDivision { division, year, opened_year, closed_year, successor })
}

/// A code as it comes out of the database.
pub(crate) fn read_code(code: &str) -> Result<DivisionCode, StoreError> {
    code.parse().map_err(|_| StoreError::Unreadable(format!("{code} is no division code")))
}

/// Adds new divisions, parents before their children.
pub fn divisions_add(connection: &mut DbConnection, new: &[Division], year: i32) -> Result<(), StoreError> {
    for chunk in new.chunks(ROWS_PER_STATEMENT) {
        let rows: Vec<DivisionRow<'_>> = chunk
            .iter()
            .map(|division| DivisionRow {
                code: division.code.as_str(),
                name: &division.name,
                level: division.level.as_str(),
                parent_code: division.parent.as_ref().map(DivisionCode::as_str),
                year,
                opened_year: year,
            })
            .collect();
        native!(connection, |inner| diesel::insert_into(divisions::table).values(&rows).execute(inner))?;
    }
    Ok(())
}

/// Gives a division the name and parent of a newer file; one that was closed is in use again.
pub fn division_update(connection: &mut DbConnection, division: &Division, year: i32) -> Result<(), StoreError> {
    diesel::update(divisions::table.find(division.code.as_str()))
        .set((
            divisions::name.eq(&division.name),
            divisions::parent_code.eq(division.parent.as_ref().map(DivisionCode::as_str)),
            divisions::year.eq(year),
            divisions::closed_year.eq(None::<i32>),
            divisions::successor_code.eq(None::<String>),
        ))
        .execute(connection)?;
    Ok(())
}

/// Notes that a newer file holds these divisions as they are.
pub fn divisions_seen(connection: &mut DbConnection, codes: &[DivisionCode], year: i32) -> Result<(), StoreError> {
    for chunk in codes.chunks(ROWS_PER_STATEMENT) {
        let codes: Vec<&str> = chunk.iter().map(DivisionCode::as_str).collect();
        diesel::update(divisions::table.filter(divisions::code.eq_any(codes)).filter(divisions::year.lt(year)))
            .set(divisions::year.eq(year))
            .execute(connection)?;
    }
    Ok(())
}

/// Closes divisions that the file of `year` does not hold.
pub fn divisions_close(connection: &mut DbConnection, codes: &[DivisionCode], year: i32) -> Result<(), StoreError> {
    for chunk in codes.chunks(ROWS_PER_STATEMENT) {
        let codes: Vec<&str> = chunk.iter().map(DivisionCode::as_str).collect();
        diesel::update(divisions::table.filter(divisions::code.eq_any(codes)).filter(divisions::closed_year.is_null()))
            .set(divisions::closed_year.eq(Some(year)))
            .execute(connection)?;
    }
    Ok(())
}

/// Notes what a closed division became.
pub fn division_succeed(
    connection: &mut DbConnection,
    code: DivisionCode,
    successor: DivisionCode,
) -> Result<(), StoreError> {
    diesel::update(divisions::table.find(code.as_str()))
        .set(divisions::successor_code.eq(Some(successor.as_str())))
        .execute(connection)?;
    Ok(())
}

/// Adds lines to the history.
pub fn division_changes_add(
    connection: &mut DbConnection,
    changes: &[NewDivisionChange],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for chunk in changes.chunks(ROWS_PER_STATEMENT) {
        let rows: Vec<ChangeRow<'_>> = chunk
            .iter()
            .map(|change| ChangeRow {
                year: change.year,
                code: change.code.as_str(),
                kind: change.kind.as_str(),
                detail: &change.detail,
                created_at: At::new(now),
            })
            .collect();
        native!(connection, |inner| diesel::insert_into(division_changes::table).values(&rows).execute(inner))?;
    }
    Ok(())
}

/// A line of the history of one division.
#[derive(Debug, Clone, PartialEq)]
pub struct DivisionChange {
    /// Year of the file.
    pub year: i32,
    /// Stable word of what happened.
    pub kind: String,
    /// What it was before, or what it became.
    pub detail: serde_json::Value,
    /// When it was noted.
    pub created_at: DateTime<Utc>,
}

/// The history of one division, oldest first.
pub fn division_changes_of(
    connection: &mut DbConnection,
    code: DivisionCode,
) -> Result<Vec<DivisionChange>, StoreError> {
    let rows: Vec<(i32, String, serde_json::Value, At)> = division_changes::table
        .filter(division_changes::code.eq(code.as_str()))
        .order(division_changes::id)
        .select((
            division_changes::year,
            division_changes::kind,
            division_changes::detail,
            division_changes::created_at,
        ))
        .load(connection)?;
    let change = |(year, kind, detail, at): (i32, String, serde_json::Value, At)| DivisionChange {
        year,
        kind,
        detail,
        created_at: at.into(),
    };
    Ok(rows.into_iter().map(change).collect())
}
