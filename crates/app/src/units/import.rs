//! Importing units from a file.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use domain::{
    authorization::{Action, Scope},
    division::DivisionCode,
    unit::UnitKind,
};
use store::{
    Db, DbConnection, StoreError,
    divisions::divisions_hold,
    units::{self, StoredUnit},
};

use super::{
    change, create,
    rules::{self, Fault, Wanted},
};
use crate::{
    App, Context,
    divisions::{Tree, bounded, off_the_workers, unreadable, uploaded},
    error::AppError,
    tables::{RefusedRow, Row, Table},
};

/// What an import of units did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnitsReport {
    /// Rows read.
    pub read: u64,
    /// Units entered.
    pub added: usize,
    /// Units with another kind, parent or other divisions.
    pub changed: usize,
    /// Units that were so already.
    pub unchanged: usize,
    /// Rows that were not taken.
    pub refused: Vec<RefusedRow>,
}

/// A row that can be read.
#[derive(Debug, Clone)]
pub(super) struct UnitRow {
    pub(super) line: u64,
    pub(super) name: String,
    pub(super) kind: UnitKind,
    pub(super) parent: Option<String>,
    pub(super) divisions: Vec<DivisionCode>,
}

/// Rows of a file of units, each checked by itself.
#[derive(Debug, Clone, Default)]
pub(super) struct UnitsFile {
    read: u64,
    pub(super) rows: Vec<UnitRow>,
    refused: Vec<RefusedRow>,
}

/// Imports a file for a command, in one transaction. Columns: name, kind, parent (a name, in the file or there already),
/// divisions (codes divided by `;`). A unit is known by its name: the same file again changes nothing.
pub fn import_units(db: &Db, context: &Context, table: Table, now: DateTime<Utc>) -> Result<UnitsReport, AppError> {
    let file = UnitsFile::read(table)?;
    Ok(db.write_blocking(|connection| import(connection, context, file, now))?)
}

/// [`import_units`] for a file sent as a body.
pub async fn units_import(app: &App, context: &Context, body: Vec<u8>) -> Result<UnitsReport, AppError> {
    context.authorize(Action::EditUnits, Scope::Whole)?;
    let file = off_the_workers(move || UnitsFile::read(uploaded(body)?)).await?;
    let (context, now) = (context.clone(), app.now());
    Ok(app.store.db.write(move |connection| import(connection, &context, file, now)).await?)
}

impl UnitsFile {
    /// Rows that were not read from anywhere.
    pub(super) fn of(rows: Vec<UnitRow>) -> Self {
        Self { read: u64::try_from(rows.len()).unwrap_or(u64::MAX), rows, refused: Vec::new() }
    }

    fn read(table: Table) -> Result<Self, AppError> {
        let columns = ["name", "kind"].map(|column| table.required_column(column).map(Some));
        let [name, kind] = columns;
        let columns = [name?, kind?, table.column("parent"), table.column("divisions")];
        let mut file = Self::default();
        let mut names = HashSet::new();
        for row in table {
            bounded(&file.refused)?;
            file.read += 1;
            let row = match row {
                Ok(row) => row,
                Err(error) => {
                    file.refused.push(unreadable(error)?);
                    continue;
                }
            };
            match parse(&row, columns) {
                Ok(unit) if !names.insert(unit.name.clone()) => {
                    file.refused.push(RefusedRow::new(row.line, "", "duplicate", "前面已有同名的行"));
                }
                Ok(unit) => file.rows.push(unit),
                // The line finds the row: a file of people sent here by mistake must not come back in a report.
                Err((code, reason)) => file.refused.push(RefusedRow::new(row.line, "", code, reason)),
            }
        }
        Ok(file)
    }
}

fn parse(
    row: &Row,
    [name, kind, parent, divisions]: [Option<usize>; 4],
) -> Result<UnitRow, (&'static str, &'static str)> {
    let kinds =
        ("bad_kind", "类型须为city_centre、dissuasion_centre、county_centre、police_station、community_team之一");
    let codes: Result<Vec<DivisionCode>, _> =
        row.cell(divisions).split([';', '；']).map(str::trim).filter(|code| !code.is_empty()).map(str::parse).collect();
    Ok(UnitRow {
        line: row.line,
        name: row.cell(name).to_owned(),
        kind: UnitKind::from_word(row.cell(kind)).ok_or(kinds)?,
        parent: Some(row.cell(parent)).filter(|parent| !parent.is_empty()).map(str::to_owned),
        divisions: codes.map(rules::in_order).map_err(|_| ("bad_code", "所辖区划须为12位代码，用分号隔开"))?,
    })
}

/// Imports inside a write transaction. Rows whose parent stands further down are taken after it.
pub(super) fn import(
    connection: &mut DbConnection,
    context: &Context,
    file: UnitsFile,
    now: DateTime<Utc>,
) -> Result<UnitsReport, StoreError> {
    divisions_hold(connection)?;
    let tree = Tree::load(connection)?;
    let all = units::units_all(connection)?;
    let mut report = UnitsReport { read: file.read, refused: file.refused, ..UnitsReport::default() };
    let mut import = Import { connection, context, tree, all, now };
    let mut waiting = file.rows;
    loop {
        let names: HashSet<String> = waiting.iter().map(|row| row.name.clone()).collect();
        let is_waiting = |row: &UnitRow| row.parent.as_ref().is_some_and(|parent| names.contains(parent));
        let (later, ready): (Vec<UnitRow>, Vec<UnitRow>) = waiting.into_iter().partition(is_waiting);
        if ready.is_empty() {
            report.refused.extend(later.iter().map(|row| refused(row, &Fault::ParentCycle)));
            break;
        }
        for row in ready {
            import.take(row, &mut report)?;
        }
        waiting = later;
    }
    report.refused.sort_by_key(|row| row.line);
    Ok(report)
}

fn refused(row: &UnitRow, fault: &Fault) -> RefusedRow {
    RefusedRow::new(row.line, "", fault.code(), fault.reason())
}

struct Import<'a> {
    connection: &'a mut DbConnection,
    context: &'a Context,
    tree: Tree,
    all: Vec<StoredUnit>,
    now: DateTime<Utc>,
}

impl Import<'_> {
    fn take(&mut self, row: UnitRow, report: &mut UnitsReport) -> Result<(), StoreError> {
        let parent_id = match &row.parent {
            None => None,
            Some(parent) => match self.all.iter().find(|unit| unit.name == *parent) {
                Some(parent) => Some(parent.id),
                None => {
                    report.refused.push(refused(&row, &Fault::UnknownParent));
                    return Ok(());
                }
            },
        };
        let position = self.all.iter().position(|unit| unit.name == row.name);
        let old = position.and_then(|position| self.all.get(position));
        if old.is_some_and(|old| old.closed_at.is_some()) {
            report.refused.push(refused(&row, &Fault::Closed));
            return Ok(());
        }
        let wanted = Wanted { id: old.map(|old| old.id), name: &row.name, parent_id, divisions: &row.divisions };
        if let Err(fault) = rules::check(&self.all, &self.tree, wanted) {
            report.refused.push(refused(&row, &fault));
            return Ok(());
        }
        let Some(old) = old else {
            let unit = create::add(self.connection, self.context, wanted, row.kind, self.now)?;
            self.all.push(unit);
            report.added += 1;
            return Ok(());
        };
        let new = StoredUnit { kind: row.kind, parent_id, divisions: row.divisions.clone(), ..old.clone() };
        if change::update(self.connection, self.context, old, &new, self.now)? {
            report.changed += 1;
        } else {
            report.unchanged += 1;
        }
        if let Some(slot) = position.and_then(|position| self.all.get_mut(position)) {
            *slot = new;
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "import_tests.rs"]
mod tests;
