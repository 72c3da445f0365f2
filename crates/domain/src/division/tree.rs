//! Which rows of a file form a tree.

use std::collections::{HashMap, hash_map::Entry};

use super::{Division, DivisionCode, Level, RowFault};

/// What a file holds, after its rows were held against each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// The rows that form a tree, parents before their children.
    pub sound: Vec<Division>,
    /// Line, row and fault of the others, in the order of the file.
    pub refused: Vec<(u64, Division, RowFault)>,
}

/// A division that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Its level.
    pub level: Level,
    /// False once it is closed: nothing new hangs below it.
    pub open: bool,
}

/// What is known of a row while the chain above it is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finding {
    Unknown,
    OnThisChain,
    Sound,
    Refused(RowFault),
}

/// Tells sound rows from the others. `rows` carry their line; `known` tells what is there already, so that a file may hang a
/// part of a tree below a node in use.
///
/// A code stands once, the first row wins; each parent is in the file or in use, and of a strictly higher level (levels
/// may be left out between them); a known code keeps its level, so that no mixture of old and new rows can form a cycle;
/// what hangs below a refused row is refused.
pub fn checked(rows: Vec<(u64, Division)>, known: impl Fn(DivisionCode) -> Option<Known>) -> Checked {
    let mut by_code = HashMap::with_capacity(rows.len());
    let mut findings = vec![Finding::Unknown; rows.len()];
    for (index, ((_, row), finding)) in rows.iter().zip(&mut findings).enumerate() {
        match by_code.entry(row.code) {
            Entry::Occupied(_) => *finding = Finding::Refused(RowFault::Duplicate),
            Entry::Vacant(free) => {
                free.insert(index);
            }
        }
    }
    let file = File { rows: &rows, by_code: &by_code, known: &known };
    for index in 0..rows.len() {
        file.settle(index, &mut findings);
    }
    let mut outcome = Checked::default();
    for ((line, row), finding) in rows.into_iter().zip(findings) {
        match finding {
            Finding::Refused(fault) => outcome.refused.push((line, row, fault)),
            _ => outcome.sound.push(row),
        }
    }
    outcome.sound.sort_by_key(|row| row.level);
    outcome
}

struct File<'a, F> {
    rows: &'a [(u64, Division)],
    by_code: &'a HashMap<DivisionCode, usize>,
    known: &'a F,
}

impl<F: Fn(DivisionCode) -> Option<Known>> File<'_, F> {
    /// Follows the chain of parents up from a row until something is known, then settles the chain from above. A chain
    /// may be as long as the file, so this is a loop.
    fn settle(&self, start: usize, findings: &mut [Finding]) {
        let mut chain = Vec::new();
        let mut next = Some(start);
        while let Some(index) = next {
            match findings.get(index) {
                Some(Finding::Unknown) => chain.push(index),
                Some(Finding::OnThisChain) => {
                    Self::close_cycle(index, &chain, findings);
                    break;
                }
                _ => break,
            }
            set(findings, index, Finding::OnThisChain);
            next = self.parent_row(index);
        }
        for index in chain.into_iter().rev() {
            if findings.get(index) == Some(&Finding::OnThisChain) {
                let finding = self.judged(index, findings);
                set(findings, index, finding);
            }
        }
    }

    /// The chain has met itself at `entry`: everything from there on lies on the cycle.
    fn close_cycle(entry: usize, chain: &[usize], findings: &mut [Finding]) {
        for index in chain.iter().rev() {
            set(findings, *index, Finding::Refused(RowFault::Cycle));
            if *index == entry {
                break;
            }
        }
    }

    fn parent_row(&self, index: usize) -> Option<usize> {
        let (_, row) = self.rows.get(index)?;
        self.by_code.get(&row.parent?).copied()
    }

    /// Judges a row whose parent is settled.
    fn judged(&self, index: usize, findings: &[Finding]) -> Finding {
        let Some((_, row)) = self.rows.get(index) else { return Finding::Unknown };
        if (self.known)(row.code).is_some_and(|known| known.level != row.level) {
            return Finding::Refused(RowFault::LevelChanged);
        }
        let Some(parent) = row.parent else { return Finding::Sound };
        let parent_level = match self.parent_row(index) {
            Some(above) => match findings.get(above) {
                Some(Finding::Refused(_)) => return Finding::Refused(RowFault::ParentRefused),
                _ => self.rows.get(above).map(|(_, row)| row.level),
            },
            None => (self.known)(parent).filter(|known| known.open).map(|known| known.level),
        };
        match parent_level {
            None => Finding::Refused(RowFault::UnknownParent),
            Some(level) if level >= row.level => Finding::Refused(RowFault::LevelOrder),
            Some(_) => Finding::Sound,
        }
    }
}

fn set(findings: &mut [Finding], index: usize, finding: Finding) {
    if let Some(slot) = findings.get_mut(index) {
        *slot = finding;
    }
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
