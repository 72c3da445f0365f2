//! Importing population, households and places of communities.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use domain::division::{DivisionCode, Level};
use serde_json::json;
use store::{
    Db, DbConnection, StoreError,
    audit_log::audit_log_add,
    division_facts::{self, DivisionFacts},
    divisions,
};

use super::{
    Tree,
    facts_file::{self, FactsFault, FactsRow},
};
use crate::{
    Context,
    error::AppError,
    tables::{RefusedRow, Table},
};

/// What an import of facts did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FactsReport {
    /// Rows read.
    pub read: u64,
    /// Communities whose facts are new or other than before.
    pub changed: usize,
    /// Communities that were so already.
    pub unchanged: usize,
    /// Rows that were not taken.
    pub refused: Vec<RefusedRow>,
}

/// Rows of a file of facts, each checked by itself.
pub(super) struct FactsFile {
    read: u64,
    rows: Vec<FactsRow>,
    refused: Vec<RefusedRow>,
}

impl FactsFile {
    /// Reads the file.
    pub(super) fn read(table: Table) -> Result<Self, AppError> {
        let (read, rows, refused) = facts_file::read(table)?;
        Ok(Self { read, rows, refused })
    }
}

/// Imports a file of facts for a command, in one transaction. Columns: code and any of population, households, latitude,
/// longitude (GCJ-02). An empty cell leaves what is there; a row about a community whose facts were made up replaces them.
pub fn import_facts(db: &Db, context: &Context, table: Table, now: DateTime<Utc>) -> Result<FactsReport, AppError> {
    let file = FactsFile::read(table)?;
    Ok(db.write_blocking(|connection| import(connection, context, file, now))?)
}

/// Imports facts inside a write transaction.
pub(super) fn import(
    connection: &mut DbConnection,
    context: &Context,
    file: FactsFile,
    now: DateTime<Utc>,
) -> Result<FactsReport, StoreError> {
    divisions::divisions_begin_change(connection)?;
    let tree = Tree::load(connection)?;
    let mut report = FactsReport { read: file.read, refused: file.refused, ..FactsReport::default() };
    let mut changed: Vec<DivisionFacts> = Vec::new();
    let mut seen: HashSet<DivisionCode> = HashSet::new();
    for row in &file.rows {
        match judged(&tree, &mut seen, row) {
            Ok(facts) if tree.get(row.code).and_then(|node| node.facts) == Some(facts) => report.unchanged += 1,
            Ok(facts) => changed.push(facts),
            Err(fault) => report.refused.push(fault.report(row.line, row.code.as_str())),
        }
    }
    report.refused.sort_by_key(|row| row.line);
    report.changed = changed.len();
    division_facts::division_facts_put(connection, &changed, now)?;
    audit(connection, context, &report, now)?;
    Ok(report)
}

fn judged(tree: &Tree, seen: &mut HashSet<DivisionCode>, row: &FactsRow) -> Result<DivisionFacts, FactsFault> {
    let node = tree.get(row.code).ok_or(FactsFault::UnknownCode)?;
    if !node.is_open() {
        return Err(FactsFault::Closed);
    }
    if node.stored.division.level != Level::Village {
        return Err(FactsFault::NotACommunity);
    }
    if !seen.insert(row.code) {
        return Err(FactsFault::Duplicate);
    }
    // Inventions do not mix with facts.
    let there = node.facts.filter(|facts| !facts.made_up);
    Ok(DivisionFacts {
        code: row.code,
        population: row.population.or(there.and_then(|facts| facts.population)),
        households: row.households.or(there.and_then(|facts| facts.households)),
        place: row.place.or(there.and_then(|facts| facts.place)),
        made_up: false,
    })
}

fn audit(
    connection: &mut DbConnection,
    context: &Context,
    report: &FactsReport,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let detail = json!({ "read": report.read, "changed": report.changed, "refused": report.refused.len() });
    audit_log_add(connection, &context.audit(now, "division_facts.imported", "division_facts", "", detail))
}

/// The facts of a tree by code, for those who add to them.
pub(super) fn by_code(tree: &Tree) -> HashMap<DivisionCode, DivisionFacts> {
    tree.nodes().filter_map(|node| Some((node.code(), node.facts?))).collect()
}
