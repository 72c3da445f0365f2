//! What closed divisions became. Named by the operator, never guessed.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::division::{DivisionCode, Level, Merge};
use serde_json::json;
use store::{
    Db, DbConnection, StoreError,
    audit_log::audit_log_add,
    division_facts::{self, DivisionFacts},
    divisions::{self, ChangeKind, NewDivisionChange, StoredDivision},
    population, units,
};

use super::tree_file::{bounded, clipped, unreadable};
use crate::{
    Context,
    error::AppError,
    tables::{RefusedRow, Table},
};

/// Closed divisions with what each became; the first successor is the main one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Successors {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    line: u64,
    old: DivisionCode,
    successors: Vec<DivisionCode>,
}

impl Successors {
    /// Adds successors of a division; those named before stay before them.
    pub fn add(&mut self, line: u64, old: DivisionCode, successors: impl IntoIterator<Item = DivisionCode>) {
        let position = self.entries.iter().position(|entry| entry.old == old).unwrap_or_else(|| {
            self.entries.push(Entry { line, old, successors: Vec::new() });
            self.entries.len() - 1
        });
        if let Some(entry) = self.entries.get_mut(position) {
            for successor in successors {
                if !entry.successors.contains(&successor) {
                    entry.successors.push(successor);
                }
            }
        }
    }

    /// The divisions whose successors are named.
    pub fn codes(&self) -> impl Iterator<Item = DivisionCode> {
        self.entries.iter().map(|entry| entry.old)
    }

    /// What a division became; none if nobody said.
    pub fn of(&self, old: DivisionCode) -> &[DivisionCode] {
        self.entries.iter().find(|entry| entry.old == old).map_or(&[], |entry| &entry.successors)
    }
}

/// Reads a file with the columns code and successor. A division split into several has several rows, or one row with its
/// successors divided by `;`; the first is the main one.
pub fn read_successors(table: Table) -> Result<(Successors, Vec<RefusedRow>), AppError> {
    let (code, successor) = (table.required_column("code")?, table.required_column("successor")?);
    let (mut successors, mut refused) = (Successors::default(), Vec::new());
    for row in table {
        bounded(&refused)?;
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                refused.push(unreadable(error)?);
                continue;
            }
        };
        let (code, successor) = (row.cell(Some(code)), row.cell(Some(successor)));
        let named: Result<Vec<DivisionCode>, _> = successor.split([';', '；']).map(|one| one.trim().parse()).collect();
        match (code.parse(), named) {
            (Ok(code), Ok(named)) => successors.add(row.line, code, named),
            _ => {
                let value = clipped(&format!("{code} {successor}"));
                refused.push(RefusedRow::new(row.line, value, "bad_code", "区划代码须为12位数字"));
            }
        }
    }
    Ok((successors, refused))
}

/// How a division stands.
#[derive(Debug, Clone, Copy)]
struct State {
    level: Level,
    open: bool,
    successor: Option<DivisionCode>,
}

/// How all divisions stand, at one moment.
pub(super) struct States(HashMap<DivisionCode, State>);

impl States {
    pub(super) fn of(stored: &[StoredDivision]) -> Self {
        let state = |node: &StoredDivision| State {
            level: node.division.level,
            open: node.closed_year.is_none(),
            successor: node.successor,
        };
        Self(stored.iter().map(|node| (node.division.code, state(node))).collect())
    }

    /// How they will stand after a merge.
    pub(super) fn after(stored: &[StoredDivision], merge: &Merge) -> Self {
        let mut states = Self::of(stored);
        for gone in &merge.vanished {
            let state = State { level: gone.division.level, open: false, successor: None };
            states.0.insert(gone.division.code, state);
        }
        for new in merge.added.iter().chain(&merge.reopened) {
            states.0.insert(new.code, State { level: new.level, open: true, successor: None });
        }
        states
    }
}

/// Why successors cannot be named so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    UnknownCode,
    StillInUse,
    NoSuccessor,
    UnknownSuccessor,
    ClosedSuccessor,
    OtherLevel,
    NamedBefore,
}

impl Fault {
    pub(super) const fn facts(self) -> (&'static str, &'static str) {
        match self {
            Self::UnknownCode => ("unknown_code", "没有这个区划"),
            Self::StillInUse => ("still_in_use", "这个区划仍在使用，只能为已撤销的区划指定继任区划"),
            Self::NoSuccessor => ("no_successor", "须填写至少一个继任区划"),
            Self::UnknownSuccessor => ("unknown_successor", "没有这个继任区划"),
            Self::ClosedSuccessor => ("closed_successor", "继任区划已撤销"),
            Self::OtherLevel => ("other_level", "继任区划须与原区划同级"),
            Self::NamedBefore => ("named_before", "已指定过其他继任区划"),
        }
    }
}

/// Whether the successors can be named. `Ok(false)`: they are named already.
pub(super) fn judge(states: &States, old: DivisionCode, successors: &[DivisionCode]) -> Result<bool, Fault> {
    let state = states.0.get(&old).ok_or(Fault::UnknownCode)?;
    if state.open {
        return Err(Fault::StillInUse);
    }
    let main = successors.first().ok_or(Fault::NoSuccessor)?;
    for successor in successors {
        let new = states.0.get(successor).ok_or(Fault::UnknownSuccessor)?;
        if new.level != state.level {
            return Err(Fault::OtherLevel);
        }
        if !new.open && state.successor != Some(*main) {
            return Err(Fault::ClosedSuccessor);
        }
    }
    match state.successor {
        None => Ok(true),
        Some(named) if named == *main => Ok(false),
        Some(_) => Err(Fault::NamedBefore),
    }
}

/// Those that can be named, and the report of the others.
pub(super) fn sorted_out(states: &States, successors: &Successors) -> (Successors, Vec<RefusedRow>) {
    let (mut named, mut refused) = (Successors::default(), Vec::new());
    for entry in &successors.entries {
        match judge(states, entry.old, &entry.successors) {
            Ok(true) => named.entries.push(entry.clone()),
            Ok(false) => {}
            Err(fault) => {
                let (code, reason) = fault.facts();
                refused.push(RefusedRow::new(entry.line, entry.old.as_str(), code, reason));
            }
        }
    }
    (named, refused)
}

/// Names successors, with an audit row each. What hangs on a closed division goes to them: the units that served it serve
/// all of them; its facts go to the main one, people and households added to those already there, and so do its residents,
/// for only they know better. `year_of` gives the
/// year under which the history keeps it.
pub(super) fn apply(
    connection: &mut DbConnection,
    context: &Context,
    named: &Successors,
    year_of: impl Fn(DivisionCode) -> i32,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if named.entries.is_empty() {
        return Ok(());
    }
    let mut facts: HashMap<DivisionCode, DivisionFacts> =
        division_facts::division_facts_all(connection)?.into_iter().map(|facts| (facts.code, facts)).collect();
    for Entry { old, successors, .. } in &named.entries {
        let Some(main) = successors.first() else { continue };
        divisions::division_succeed(connection, *old, *main)?;
        let units = units::unit_divisions_follow(connection, *old, successors)?;
        let moved = move_facts(connection, &mut facts, *old, *main, now)?;
        let persons = population::persons_follow(connection, *old, *main, now)?;
        let detail = json!({
            "successors": successors, "units": units.len(), "persons": persons,
            "population": moved.and_then(|facts| facts.population), "households": moved.and_then(|facts| facts.households),
        });
        let kind = if successors.len() > 1 { ChangeKind::Split } else { ChangeKind::Succeeded };
        let change = NewDivisionChange { year: year_of(*old), code: *old, kind, detail };
        divisions::division_changes_add(connection, &[change], now)?;
        audit(connection, context, *old, successors, now)?;
    }
    Ok(())
}

/// Gives the facts of a closed division to its main successor. Returns what they were.
fn move_facts(
    connection: &mut DbConnection,
    facts: &mut HashMap<DivisionCode, DivisionFacts>,
    old: DivisionCode,
    main: DivisionCode,
    now: DateTime<Utc>,
) -> Result<Option<DivisionFacts>, StoreError> {
    let Some(moved) = facts.remove(&old) else { return Ok(None) };
    let joined = joined(moved, facts.get(&main).copied(), main);
    division_facts::division_facts_put(connection, &[joined], now)?;
    division_facts::division_facts_remove(connection, old)?;
    facts.insert(main, joined);
    Ok(Some(moved))
}

fn joined(moved: DivisionFacts, there: Option<DivisionFacts>, code: DivisionCode) -> DivisionFacts {
    let Some(there) = there else { return DivisionFacts { code, ..moved } };
    let sum = |a: Option<i64>, b: Option<i64>| match (a, b) {
        (Some(a), Some(b)) => Some(a.saturating_add(b)),
        (one, other) => one.or(other),
    };
    DivisionFacts {
        code,
        population: sum(moved.population, there.population),
        households: sum(moved.households, there.households),
        place: there.place.or(moved.place),
        made_up: moved.made_up || there.made_up,
    }
}

/// Names successors for a command, in one transaction. Returns how many were named and what was refused.
pub fn name_successors(
    db: &Db,
    context: &Context,
    successors: &Successors,
    now: DateTime<Utc>,
) -> Result<(usize, Vec<RefusedRow>), AppError> {
    Ok(db.write_blocking(|connection| {
        divisions::divisions_begin_change(connection)?;
        let stored = divisions::divisions_all(connection)?;
        let (named, refused) = sorted_out(&States::of(&stored), successors);
        apply(connection, context, &named, closed_year(&stored), now)?;
        Ok((named.entries.len(), refused))
    })?)
}

/// The year in which each division was closed.
pub(super) fn closed_year(stored: &[StoredDivision]) -> impl Fn(DivisionCode) -> i32 {
    let years: HashMap<DivisionCode, i32> =
        stored.iter().filter_map(|node| Some((node.division.code, node.closed_year?))).collect();
    move |code| years.get(&code).copied().unwrap_or_default()
}

/// Notes who named the successors of a division.
fn audit(
    connection: &mut DbConnection,
    context: &Context,
    old: DivisionCode,
    successors: &[DivisionCode],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let detail = json!({ "successors": successors });
    audit_log_add(connection, &context.audit(now, "division.succeeded", "division", old.as_str(), detail))
}
