//! All divisions in memory.

use std::collections::HashMap;

use domain::division::{DivisionCode, Level, Place};
use store::{
    DbConnection, StoreError,
    division_facts::{self, DivisionFacts},
    divisions::{self, StoredDivision},
};

/// Sums over the communities in use at and below a node.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Communities.
    pub communities: u32,
    /// People, where known.
    pub population: i64,
    /// Communities whose population is not known.
    pub population_unknown: u32,
    /// Households, where known.
    pub households: i64,
    /// Communities whose households are not known.
    pub households_unknown: u32,
    /// Communities whose place is known.
    pub placed: u32,
    /// True if any of these figures is made up.
    pub made_up: bool,
}

impl Totals {
    fn of(facts: Option<&DivisionFacts>) -> Self {
        let population = facts.and_then(|facts| facts.population);
        let households = facts.and_then(|facts| facts.households);
        Self {
            communities: 1,
            population: population.unwrap_or(0),
            population_unknown: u32::from(population.is_none()),
            households: households.unwrap_or(0),
            households_unknown: u32::from(households.is_none()),
            placed: u32::from(facts.is_some_and(|facts| facts.place.is_some())),
            made_up: facts.is_some_and(|facts| facts.made_up),
        }
    }

    fn add(&mut self, other: Self) {
        self.communities += other.communities;
        self.population = self.population.saturating_add(other.population);
        self.population_unknown += other.population_unknown;
        self.households = self.households.saturating_add(other.households);
        self.households_unknown += other.households_unknown;
        self.placed += other.placed;
        self.made_up |= other.made_up;
    }
}

/// A division in the tree.
#[derive(Debug, Clone)]
pub struct Node {
    /// As stored.
    pub stored: StoredDivision,
    /// What is known of it, if it is a community.
    pub facts: Option<DivisionFacts>,
    /// Sums over the communities at and below it.
    pub totals: Totals,
    parent: Option<usize>,
    children: Vec<usize>,
}

impl Node {
    /// Its code.
    pub fn code(&self) -> DivisionCode {
        self.stored.division.code
    }

    /// True while it is in use.
    pub fn is_open(&self) -> bool {
        self.stored.closed_year.is_none()
    }
}

/// All divisions with their facts, as they stood at one moment.
#[derive(Debug, Default)]
pub struct Tree {
    /// In the order of their codes.
    nodes: Vec<Node>,
    by_code: HashMap<DivisionCode, usize>,
    /// Communities in use whose place is known: point on the unit sphere, position among the nodes.
    places: Vec<([f64; 3], usize)>,
}

impl Tree {
    /// Reads the tree from the database.
    pub fn load(connection: &mut DbConnection) -> Result<Self, StoreError> {
        Ok(Self::new(divisions::divisions_all(connection)?, division_facts::division_facts_all(connection)?))
    }

    /// Builds the tree.
    pub fn new(stored: Vec<StoredDivision>, facts: Vec<DivisionFacts>) -> Self {
        let by_code: HashMap<DivisionCode, usize> =
            stored.iter().enumerate().map(|(index, stored)| (stored.division.code, index)).collect();
        let mut facts: HashMap<DivisionCode, DivisionFacts> = facts.into_iter().map(|one| (one.code, one)).collect();
        let nodes = stored.into_iter().map(|stored| {
            let facts = facts.remove(&stored.division.code);
            let parent = stored.division.parent.and_then(|parent| by_code.get(&parent).copied());
            let counts = stored.division.level == Level::Village && stored.closed_year.is_none();
            let totals = if counts { Totals::of(facts.as_ref()) } else { Totals::default() };
            Node { stored, facts, totals, parent, children: Vec::new() }
        });
        let mut tree = Self { nodes: nodes.collect(), by_code, places: Vec::new() };
        tree.link();
        tree.sum();
        tree.place();
        tree
    }

    fn link(&mut self) {
        for index in 0..self.nodes.len() {
            let parent = self.nodes.get(index).and_then(|node| node.parent);
            if let Some(parent) = parent.and_then(|parent| self.nodes.get_mut(parent)) {
                parent.children.push(index);
            }
        }
    }

    fn sum(&mut self) {
        let mut upwards: Vec<(Level, usize)> =
            self.nodes.iter().enumerate().map(|(index, node)| (node.stored.division.level, index)).collect();
        upwards.sort_unstable_by(|a, b| b.cmp(a));
        for (_, index) in upwards {
            let Some((parent, totals)) = self.nodes.get(index).map(|node| (node.parent, node.totals)) else { continue };
            if let Some(parent) = parent.and_then(|parent| self.nodes.get_mut(parent)) {
                parent.totals.add(totals);
            }
        }
    }

    fn place(&mut self) {
        let communities = self
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| node.is_open() && node.stored.division.level == Level::Village);
        self.places =
            communities.filter_map(|(index, node)| Some((node.facts.as_ref()?.place?.unit_vector(), index))).collect();
    }

    /// The division of this code, closed ones too.
    pub fn get(&self, code: DivisionCode) -> Option<&Node> {
        self.nodes.get(*self.by_code.get(&code)?)
    }

    /// All divisions in the order of their codes, closed ones too.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter()
    }

    /// What lies directly below a division, closed ones too, in the order of the codes.
    pub fn children<'a>(&'a self, node: &'a Node) -> impl Iterator<Item = &'a Node> {
        node.children.iter().filter_map(|child| self.nodes.get(*child))
    }

    /// What lies above a division, the nearest first.
    pub fn ancestors<'a>(&'a self, node: &'a Node) -> impl Iterator<Item = &'a Node> {
        std::iter::successors(self.parent(node), |node| self.parent(node)).take(Level::ALL.len())
    }

    fn parent(&self, node: &Node) -> Option<&Node> {
        self.nodes.get(node.parent?)
    }

    /// Names from the top down to the division.
    pub fn path(&self, node: &Node) -> Vec<String> {
        let mut names: Vec<String> = self.ancestors(node).map(|node| node.stored.division.name.clone()).collect();
        names.reverse();
        names.push(node.stored.division.name.clone());
        names
    }

    /// True if the division is `above` or lies below it.
    pub fn is_below(&self, node: &Node, above: DivisionCode) -> bool {
        node.code() == above || self.ancestors(node).any(|node| node.code() == above)
    }

    /// True if the division is one of `served` or lies below one of them: the question of scope. An unknown code lies
    /// nowhere.
    pub fn is_within(&self, code: DivisionCode, served: &[String]) -> bool {
        let is_served = |node: &Node| served.iter().any(|served| served == node.code().as_str());
        self.get(code).is_some_and(|node| is_served(node) || self.ancestors(node).any(is_served))
    }

    /// True if the place of any community is known.
    pub fn has_places(&self) -> bool {
        !self.places.is_empty()
    }

    /// The communities nearest to a place with their distances in metres, the nearest first.
    pub fn nearest(&self, place: Place, count: usize) -> Vec<(&Node, f64)> {
        let [x, y, z] = place.unit_vector();
        // The larger the dot product, the nearer; ends with the `count` largest, the largest first.
        let mut best: Vec<(f64, usize)> = Vec::with_capacity(count + 1);
        for ([a, b, c], index) in &self.places {
            let dot = a * x + b * y + c * z;
            if best.len() == count && best.last().is_some_and(|(last, _)| dot <= *last) {
                continue;
            }
            let rank = best.partition_point(|(other, _)| *other >= dot);
            best.insert(rank, (dot, *index));
            best.truncate(count);
        }
        let mut near: Vec<(&Node, f64)> = best
            .into_iter()
            .filter_map(|(_, index)| self.nodes.get(index))
            .filter_map(|node| Some((node, node.facts.as_ref()?.place?.distance(place))))
            .collect();
        near.sort_by(|(_, a), (_, b)| a.total_cmp(b));
        near
    }
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
