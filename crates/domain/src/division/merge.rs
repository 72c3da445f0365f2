//! A newer file against the divisions in use.

use std::collections::{HashMap, HashSet};

use super::{Division, DivisionCode, Level, hints};

/// A division as it is known so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Current {
    /// Code, name, level, parent.
    pub division: Division,
    /// Year of the newest file that held it.
    pub year: i32,
    /// Year of the file from which it was missing; none while it is in use.
    pub closed_year: Option<i32>,
}

/// A file to merge.
#[derive(Debug, Clone, Copy)]
pub struct NewerFile<'a> {
    /// Its sound rows, parents first.
    pub rows: &'a [Division],
    /// The year it describes.
    pub year: i32,
    /// Codes of rows that were refused: what they name has not vanished.
    pub refused_codes: &'a HashSet<DivisionCode>,
    /// Names in rows whose code could not be read: likewise.
    pub refused_names: &'a HashSet<String>,
    /// Codes the operator says are gone, for what a file cannot say: that a city left its province.
    pub gone: &'a HashSet<DivisionCode>,
}

/// A node with another name than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamed {
    /// As it is now.
    pub division: Division,
    /// The name before.
    pub old_name: String,
}

/// A node with another parent than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// As it is now.
    pub division: Division,
    /// The parent before.
    pub old_parent: Option<DivisionCode>,
}

/// A node in use that the file covers and does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vanished {
    /// As it was.
    pub division: Division,
    /// Nodes of the file that look like what became of it: for the operator to choose from, never applied by itself.
    pub likely: Vec<DivisionCode>,
}

/// What a newer file changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merge {
    /// Nodes that stay as they are.
    pub unchanged: Vec<DivisionCode>,
    /// New codes, parents first.
    pub added: Vec<Division>,
    /// Codes that had been closed and are back, parents first.
    pub reopened: Vec<Division>,
    /// Other name.
    pub renamed: Vec<Renamed>,
    /// Other parent.
    pub moved: Vec<Moved>,
    /// Gone, higher levels first.
    pub vanished: Vec<Vanished>,
    /// Year of the newest file merged so far into what this one covers.
    pub newest_year: Option<i32>,
}

/// Compares `file` with what is known.
///
/// A file covers the trees of its cities (of its highest nodes, where these are lower), down to the levels it lists in
/// each: what it does not speak of has not vanished. So one city's file says nothing about the other cities of its
/// province, and a file down to townships says nothing about villages. A node whose parent vanishes, and that the file does
/// not place elsewhere, vanishes with it.
pub fn merge(current: &[Current], file: NewerFile<'_>) -> Merge {
    let known: HashMap<DivisionCode, &Current> = current.iter().map(|node| (node.division.code, node)).collect();
    let listed: HashSet<DivisionCode> = file.rows.iter().map(|row| row.code).collect();
    let mut outcome = Merge::default();
    for row in file.rows {
        compare(row, known.get(&row.code).copied(), file.year, &mut outcome);
    }
    let coverage = Coverage::of(file.rows);
    let mut open: Vec<&Current> = current.iter().filter(|node| node.closed_year.is_none()).collect();
    open.sort_by_key(|node| (node.division.level, node.division.code));
    let mut gone: HashSet<DivisionCode> = HashSet::new();
    for node in open {
        let division = &node.division;
        let root = coverage.root_of(division, &known);
        if root.is_some() {
            outcome.newest_year = outcome.newest_year.max(Some(node.year));
        }
        if listed.contains(&division.code) {
            continue;
        }
        let unread = file.refused_codes.contains(&division.code) || file.refused_names.contains(&division.name);
        let covered = root.is_some_and(|root| coverage.levels.contains(&(root, division.level))) && !unread;
        let orphaned = division.parent.is_some_and(|parent| gone.contains(&parent));
        if covered || orphaned || file.gone.contains(&division.code) {
            gone.insert(division.code);
            outcome.vanished.push(Vanished { division: division.clone(), likely: Vec::new() });
        }
    }
    hints::find_likely(file.rows, &mut outcome);
    outcome
}

fn compare(row: &Division, known: Option<&Current>, year: i32, outcome: &mut Merge) {
    let Some(known) = known else {
        outcome.added.push(row.clone());
        return;
    };
    if known.closed_year.is_some_and(|closed| closed <= year) {
        outcome.reopened.push(row.clone());
        return;
    }
    // A province is shared by the files of several years: the newest one holds.
    let renamed = known.division.name != row.name && year >= known.year;
    let moved = known.division.parent != row.parent && year >= known.year;
    if renamed {
        outcome.renamed.push(Renamed { division: row.clone(), old_name: known.division.name.clone() });
    }
    if moved {
        outcome.moved.push(Moved { division: row.clone(), old_parent: known.division.parent });
    }
    if !renamed && !moved {
        outcome.unchanged.push(row.code);
    }
}

/// What a file speaks of.
struct Coverage {
    /// The highest nodes below the province.
    roots: HashSet<DivisionCode>,
    /// The levels it lists below each of them.
    levels: HashSet<(DivisionCode, Level)>,
}

impl Coverage {
    fn of(rows: &[Division]) -> Self {
        let mut coverage = Self { roots: HashSet::new(), levels: HashSet::new() };
        let mut roots: HashMap<DivisionCode, DivisionCode> = HashMap::with_capacity(rows.len());
        for row in rows.iter().filter(|row| row.level > Level::Province) {
            // Parents come first, so the root above is known by now.
            let root = row.parent.and_then(|parent| roots.get(&parent).copied()).unwrap_or(row.code);
            roots.insert(row.code, root);
            coverage.roots.insert(root);
            coverage.levels.insert((root, row.level));
        }
        coverage
    }

    /// The root above a known node, as it stood before this file.
    fn root_of(&self, division: &Division, known: &HashMap<DivisionCode, &Current>) -> Option<DivisionCode> {
        let mut node = division;
        // Levels strictly rise, so five steps reach the top.
        for _ in Level::ALL {
            if self.roots.contains(&node.code) {
                return Some(node.code);
            }
            node = &known.get(&node.parent?)?.division;
        }
        None
    }
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;
