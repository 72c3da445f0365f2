//! Importing a division file: the first one, the same one again, or that of a newer year.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use domain::division::{self, Current, Division, DivisionCode, Known, Level, Merge, NewerFile};
use serde_json::json;
use store::{
    Db, DbConnection, StoreError,
    audit_log::{NewAudit, audit_log_add},
    divisions::{self, ChangeKind, NewDivisionChange, StoredDivision},
};

use super::{
    Successors, TreeFile,
    successors::{self, States},
};
use crate::{
    Context,
    error::{AppError, ErrorCode},
    tables::RefusedRow,
};

/// How to import.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// The year the file describes.
    pub year: i32,
    /// Report only, change nothing.
    pub dry_run: bool,
    /// What vanished divisions became, as the operator names it.
    pub successors: Successors,
}

/// A division with another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamed {
    /// Its code.
    pub code: DivisionCode,
    /// The name before.
    pub old_name: String,
    /// The name now.
    pub name: String,
}

/// A division with another parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Its code.
    pub code: DivisionCode,
    /// Its name.
    pub name: String,
    /// The parent before.
    pub old_parent: Option<DivisionCode>,
    /// The parent now.
    pub parent: Option<DivisionCode>,
}

/// A division that the file does not hold any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vanished {
    /// Its code.
    pub code: DivisionCode,
    /// Its name.
    pub name: String,
    /// Its level.
    pub level: Level,
    /// The division it lay in.
    pub parent: Option<DivisionCode>,
    /// What it became, as the operator named it; the first is the main one. Several: it was split.
    pub successors: Vec<DivisionCode>,
    /// What it may have become, by its name: for the operator to choose from. Several: it may have been split.
    pub likely: Vec<DivisionCode>,
}

impl Vanished {
    /// True if it became, or seems to have become, several.
    pub fn is_split(&self) -> bool {
        if self.successors.is_empty() { self.likely.len() > 1 } else { self.successors.len() > 1 }
    }
}

/// What an import did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// The year of the file.
    pub year: i32,
    /// True if nothing was changed.
    pub dry_run: bool,
    /// Rows read.
    pub read: u64,
    /// Divisions that stay as they are.
    pub unchanged: usize,
    /// New divisions.
    pub added: usize,
    /// Divisions that had been closed and are back.
    pub reopened: usize,
    /// Divisions with another name.
    pub renamed: Vec<Renamed>,
    /// Divisions with another parent.
    pub moved: Vec<Moved>,
    /// Divisions the file does not hold any more: closed, their codes stay in the history.
    pub vanished: Vec<Vanished>,
    /// Rows that were not taken, successors that cannot be.
    pub refused: Vec<RefusedRow>,
}

/// Imports a file for a command, in one transaction.
pub fn import_tree(
    db: &Db,
    context: &Context,
    file: TreeFile,
    options: &ImportOptions,
    now: DateTime<Utc>,
) -> Result<ImportReport, AppError> {
    let run = |connection: &mut DbConnection| import(connection, context, file, options, now);
    if options.dry_run { db.run_blocking(run)? } else { db.write_blocking(run)? }
}

/// Imports a file. Inside a write transaction, unless it is a dry run. An inner error means that nothing was changed.
pub(super) fn import(
    connection: &mut DbConnection,
    context: &Context,
    mut file: TreeFile,
    options: &ImportOptions,
    now: DateTime<Utc>,
) -> Result<Result<ImportReport, AppError>, StoreError> {
    let year = options.year;
    if !(1950..=2100).contains(&year) {
        return Ok(Err(AppError::invalid("year", "年份须为1950至2100之间的四位数字。")));
    }
    if !options.dry_run {
        divisions::divisions_begin_change(connection)?;
    }
    let stored = divisions::divisions_all(connection)?;
    let rows = sound_rows(&mut file, &stored);
    let merge = merged(&rows, &file, &stored, options);
    if let Some(newest) = merge.newest_year.filter(|newest| *newest > year) {
        let detail = format!("现有区划已是{newest}年的，不能再导入{year}年的文件。");
        return Ok(Err(AppError::new(ErrorCode::Conflict, detail)));
    }
    let states = States::after(&stored, &merge);
    let (named, faults) = successors::sorted_out(&states, &options.successors);
    file.refused.extend(faults);
    if !options.dry_run {
        apply(connection, &merge, year, now)?;
        successors::apply(connection, context, &named, |_| year, now)?;
    }
    let report = report(file, merge, &options.successors, options);
    if !options.dry_run {
        audit(connection, context, &report, now)?;
    }
    Ok(Ok(report))
}

fn sound_rows(file: &mut TreeFile, stored: &[StoredDivision]) -> Vec<Division> {
    let known: HashMap<DivisionCode, Known> = stored
        .iter()
        .map(|node| (node.division.code, Known { level: node.division.level, open: node.closed_year.is_none() }))
        .collect();
    let checked = division::checked(std::mem::take(&mut file.rows), |code| known.get(&code).copied());
    for (line, row, fault) in checked.refused {
        file.refuse(line, row.code.as_str(), &row.name, fault);
    }
    file.refused.sort_by_key(|row| row.line);
    checked.sound
}

fn merged(rows: &[Division], file: &TreeFile, stored: &[StoredDivision], options: &ImportOptions) -> Merge {
    let current: Vec<Current> = stored
        .iter()
        .map(|node| Current { division: node.division.clone(), year: node.year, closed_year: node.closed_year })
        .collect();
    let gone: HashSet<DivisionCode> = options.successors.codes().collect();
    division::merge(
        &current,
        NewerFile {
            rows,
            year: options.year,
            refused_codes: &file.refused_codes,
            refused_names: &file.refused_names,
            gone: &gone,
        },
    )
}

fn apply(connection: &mut DbConnection, merge: &Merge, year: i32, now: DateTime<Utc>) -> Result<(), StoreError> {
    divisions::divisions_add(connection, &merge.added, year)?;
    let renamed = merge.renamed.iter().map(|change| &change.division);
    let moved = merge.moved.iter().map(|change| &change.division);
    for division in merge.reopened.iter().chain(renamed).chain(moved) {
        divisions::division_update(connection, division, year)?;
    }
    divisions::divisions_seen(connection, &merge.unchanged, year)?;
    let vanished: Vec<DivisionCode> = merge.vanished.iter().map(|gone| gone.division.code).collect();
    divisions::divisions_close(connection, &vanished, year)?;
    divisions::division_changes_add(connection, &history(merge, year), now)
}

/// Lines of history. The rows of a first import have none: that they came then stands in the rows themselves.
fn history(merge: &Merge, year: i32) -> Vec<NewDivisionChange> {
    let line = |code, kind, detail| NewDivisionChange { year, code, kind, detail };
    let mut lines = Vec::new();
    if merge.newest_year.is_some() {
        let added = merge.added.iter();
        lines.extend(
            added.map(|new| line(new.code, ChangeKind::Added, json!({ "name": new.name, "parent": new.parent }))),
        );
    }
    let reopened = merge.reopened.iter();
    lines.extend(reopened.map(|new| line(new.code, ChangeKind::Added, json!({ "name": new.name, "reopened": true }))));
    lines.extend(merge.renamed.iter().map(|change| {
        let detail = json!({ "old_name": change.old_name, "name": change.division.name });
        line(change.division.code, ChangeKind::Renamed, detail)
    }));
    lines.extend(merge.moved.iter().map(|change| {
        let detail = json!({ "old_parent": change.old_parent, "parent": change.division.parent });
        line(change.division.code, ChangeKind::Moved, detail)
    }));
    lines.extend(merge.vanished.iter().map(|gone| {
        let detail = json!({ "name": gone.division.name, "parent": gone.division.parent, "likely": gone.likely });
        line(gone.division.code, ChangeKind::Vanished, detail)
    }));
    lines
}

fn report(file: TreeFile, merge: Merge, named: &Successors, options: &ImportOptions) -> ImportReport {
    let renamed = merge.renamed.into_iter().map(|change| Renamed {
        code: change.division.code,
        old_name: change.old_name,
        name: change.division.name,
    });
    let moved = merge.moved.into_iter().map(|change| Moved {
        code: change.division.code,
        name: change.division.name,
        old_parent: change.old_parent,
        parent: change.division.parent,
    });
    let vanished = merge.vanished.into_iter().map(|gone| Vanished {
        successors: named.of(gone.division.code).to_vec(),
        code: gone.division.code,
        name: gone.division.name,
        level: gone.division.level,
        parent: gone.division.parent,
        likely: gone.likely,
    });
    ImportReport {
        year: options.year,
        dry_run: options.dry_run,
        read: file.read,
        unchanged: merge.unchanged.len(),
        added: merge.added.len(),
        reopened: merge.reopened.len(),
        renamed: renamed.collect(),
        moved: moved.collect(),
        vanished: vanished.collect(),
        refused: file.refused,
    }
}

fn audit(
    connection: &mut DbConnection,
    context: &Context,
    report: &ImportReport,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (actor_kind, actor_id) = context.actor_words();
    let detail = json!({
        "read": report.read, "unchanged": report.unchanged, "added": report.added, "reopened": report.reopened,
        "renamed": report.renamed.len(), "moved": report.moved.len(), "vanished": report.vanished.len(),
        "refused": report.refused.len(),
    });
    let row = NewAudit {
        at: now,
        actor_kind,
        actor_id,
        action: "divisions.imported",
        object_kind: "division_year",
        object_id: &report.year.to_string(),
        request_id: &context.request_id,
        detail,
    };
    audit_log_add(connection, &row)
}

#[cfg(test)]
#[path = "import_tests.rs"]
mod tests;
