//! The tree of the protected population, one level at a time.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use domain::{
    authorization::{Action, Scope},
    division::{DivisionCode, Level},
    population::Event,
    protection,
};
use store::population::population_days_between;

use super::cache::Village;
use crate::{
    Actor, App, AppError, Context, beijing_day,
    divisions::{Node, Tree},
};

/// Longest period in days.
const LONGEST_PERIOD: i64 = 366;

/// Counts of a division.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PopulationNode {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its level.
    pub level: Option<Level>,
    /// False for one that is closed.
    pub open: bool,
    /// People who live there, where known.
    pub population: Option<i64>,
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
    /// Became protected in the period.
    pub joined: i64,
    /// Are no longer since the period.
    pub left: i64,
    /// Came across its border in the period.
    pub moved_in: i64,
    /// Went across its border in the period.
    pub moved_out: i64,
}

/// A division with what lies directly below it.
#[derive(Debug, Clone, PartialEq)]
pub struct PopulationTree {
    /// First day of the period, in Beijing.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// The division.
    pub node: PopulationNode,
    /// The divisions directly below it.
    pub children: Vec<PopulationNode>,
}

/// The counts of a division one serves, and of those directly below it; without a code, of the first one serves. The
/// period is today unless said otherwise.
pub async fn population(
    app: &App,
    context: &Context,
    division: Option<&str>,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
) -> Result<PopulationTree, AppError> {
    let tree = app.divisions.get(&app.store.db).await?;
    let code = match (division, &context.actor) {
        (Some(code), _) => code.parse().ok(),
        (None, Actor::Officer(officer)) => officer.served.first().and_then(|code| code.parse().ok()),
        (None, _) => None,
    };
    let code: Option<DivisionCode> = code.or_else(|| division.is_none().then(|| top(&tree)).flatten());
    let node = code.and_then(|code| tree.get(code));
    let served = match (&context.actor, node) {
        (Actor::Officer(officer), Some(node)) => tree.is_within(node.code(), &officer.served),
        (Actor::Operator, Some(_)) => true,
        _ => false,
    };
    context.authorize(Action::ReadPopulation, if served { Scope::Served } else { Scope::Foreign })?;
    let node = node.ok_or_else(AppError::not_found)?;
    let today = beijing_day(app.now());
    let (from, to) = (from.unwrap_or(today), to.unwrap_or(today));
    if from > to || (to - from).num_days() > LONGEST_PERIOD {
        return Err(AppError::invalid("from", format!("开始日期不能晚于结束日期，最长{LONGEST_PERIOD}天。")));
    }
    let happened = app.store.db.run(move |connection| population_days_between(connection, from, to)).await?;
    let happened = Happened::of(happened);
    let since = protection::reachable_since(today);
    app.population
        .with(app, |villages| {
            let sums = Sums { tree: &tree, villages, happened: &happened, since };
            let children: Vec<PopulationNode> = tree.children(node).map(|child| sums.node(child)).collect();
            let node = sums.above(node, &children);
            PopulationTree { from, to, node, children: children.into_iter().filter(shown).collect() }
        })
        .await
}

/// The top of the tree, if it has one.
fn top(tree: &Tree) -> Option<DivisionCode> {
    tree.nodes().find(|node| node.is_open() && tree.ancestors(node).next().is_none()).map(Node::code)
}

/// Closed divisions without anybody in them are history.
fn shown(node: &PopulationNode) -> bool {
    node.open || node.residents != 0 || node.protected != 0
}

/// What happened in the period, by node and event.
struct Happened(HashMap<DivisionCode, HashMap<Event, i64>>);

impl Happened {
    fn of(rows: Vec<(String, String, i64)>) -> Self {
        let mut happened = HashMap::<DivisionCode, HashMap<Event, i64>>::new();
        for (code, metric, count) in rows {
            if let (Ok(code), Some(event)) = (code.parse(), Event::from_word(&metric)) {
                *happened.entry(code).or_default().entry(event).or_default() += count;
            }
        }
        Self(happened)
    }

    fn get(&self, code: DivisionCode, event: Event) -> i64 {
        self.0.get(&code).and_then(|events| events.get(&event)).copied().unwrap_or(0)
    }
}

struct Sums<'a> {
    tree: &'a Tree,
    villages: &'a HashMap<DivisionCode, Village>,
    happened: &'a Happened,
    since: NaiveDate,
}

impl Sums<'_> {
    /// A division with the sums over the villages at and below it. Moves are its own: those across its border.
    fn node(&self, node: &Node) -> PopulationNode {
        let mut sum = self.alone(node);
        for child in self.tree.children(node) {
            sum.add(&self.node(child));
        }
        sum
    }

    /// The same where the sums of all that lies directly below it are known.
    fn above(&self, node: &Node, children: &[PopulationNode]) -> PopulationNode {
        let mut sum = self.alone(node);
        children.iter().for_each(|child| sum.add(child));
        sum
    }

    /// A division without what lies below it.
    fn alone(&self, node: &Node) -> PopulationNode {
        let mut sum = PopulationNode {
            code: node.code().to_string(),
            name: node.stored.division.name.clone(),
            level: Some(node.stored.division.level),
            open: node.is_open(),
            population: (node.totals.population > 0).then_some(node.totals.population),
            moved_in: self.happened.get(node.code(), Event::MovedIn),
            moved_out: self.happened.get(node.code(), Event::MovedOut),
            ..PopulationNode::default()
        };
        sum.joined = self.happened.get(node.code(), Event::Joined);
        sum.left = self.happened.get(node.code(), Event::Left);
        if let Some(village) = self.villages.get(&node.code()) {
            sum.residents = village.residents;
            sum.protected = village.protected;
            sum.family_members = village.family_members;
            sum.reachable = village.reachable(self.since);
            let tags = village.tags.iter().filter(|(_, count)| **count != 0);
            sum.tags = tags.map(|(tag, count)| (tag.clone(), *count)).collect();
        }
        sum
    }
}

impl PopulationNode {
    /// Adds what lies below. Not the moves: most of those below stay inside.
    fn add(&mut self, below: &Self) {
        self.residents += below.residents;
        self.protected += below.protected;
        self.family_members += below.family_members;
        self.reachable += below.reachable;
        self.joined += below.joined;
        self.left += below.left;
        for (tag, count) in &below.tags {
            match self.tags.get_mut(tag) {
                Some(all) => *all += count,
                None => {
                    self.tags.insert(tag.clone(), *count);
                }
            }
        }
    }
}
