//! Sums up the tree.

use std::collections::{BTreeMap, HashMap};

use domain::{division::DivisionCode, population::Event};

use crate::divisions::Tree;

/// Counts of a division.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counts {
    /// Registered residents.
    pub residents: i64,
    /// Protected persons, each once.
    pub protected: i64,
    /// Of these, known through a family alone.
    pub family_members: i64,
    /// Of these, reached within thirty days.
    pub reachable: i64,
    /// Protected persons of each risk group.
    pub tags: BTreeMap<String, i64>,
}

impl Counts {
    /// Each division with all that lies below it.
    pub(super) fn summed(
        tree: &Tree,
        villages: impl Iterator<Item = (DivisionCode, Self)>,
    ) -> HashMap<DivisionCode, Self> {
        let mut sums = HashMap::<DivisionCode, Self>::new();
        for (code, counts) in villages {
            for above in above(tree, code) {
                sums.entry(above).or_default().add(&counts);
            }
            sums.entry(code).or_default().add(&counts);
        }
        sums
    }

    fn add(&mut self, other: &Self) {
        self.residents += other.residents;
        self.protected += other.protected;
        self.family_members += other.family_members;
        self.reachable += other.reachable;
        for (tag, count) in other.tags.iter().filter(|(_, count)| **count != 0) {
            match self.tags.get_mut(tag) {
                Some(sum) => *sum += count,
                None => {
                    self.tags.insert(tag.clone(), *count);
                }
            }
        }
    }
}

/// What happened in a division in a period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Events {
    /// Became protected.
    pub joined: i64,
    /// Are no longer.
    pub left: i64,
    /// Came across its border.
    pub moved_in: i64,
    /// Went across its border.
    pub moved_out: i64,
}

/// What happened in all divisions.
#[derive(Debug, Default)]
pub(super) struct Happened(HashMap<DivisionCode, Events>);

impl Happened {
    /// Who joined and left, each division with all below it. Moves are its own: most of those below stay inside.
    pub(super) fn summed(tree: &Tree, rows: impl Iterator<Item = ((DivisionCode, Event), i64)>) -> Self {
        let mut sums = HashMap::<DivisionCode, Events>::new();
        for ((code, event), count) in rows {
            if matches!(event, Event::Joined | Event::Left) {
                above(tree, code).for_each(|above| sums.entry(above).or_default().add(event, count));
            }
            sums.entry(code).or_default().add(event, count);
        }
        Self(sums)
    }

    pub(super) fn of(&self, code: DivisionCode) -> Events {
        self.0.get(&code).copied().unwrap_or_default()
    }
}

impl Events {
    fn add(&mut self, event: Event, count: i64) {
        *match event {
            Event::Joined => &mut self.joined,
            Event::Left => &mut self.left,
            Event::MovedIn => &mut self.moved_in,
            Event::MovedOut => &mut self.moved_out,
        } += count;
    }
}

fn above(tree: &Tree, code: DivisionCode) -> impl Iterator<Item = DivisionCode> {
    tree.get(code).into_iter().flat_map(|node| tree.ancestors(node)).map(|node| node.code())
}
