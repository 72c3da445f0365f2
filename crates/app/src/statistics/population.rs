//! The tree of the protected population, one level at a time.

use std::{collections::HashMap, sync::Arc};

use chrono::NaiveDate;
use domain::{
    authorization::{Action, Scope},
    division::{DivisionCode, Level},
    population::Event,
};
use store::population::population_days_between;

use super::sums::{Counts, Events, Happened};
use crate::{
    Actor, App, AppError, Context, beijing_day,
    divisions::{Node, Tree},
};

/// Longest period in days.
const LONGEST_PERIOD: i64 = 366;

/// A division with its counts.
#[derive(Debug, Clone, PartialEq)]
pub struct PopulationNode {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its level.
    pub level: Level,
    /// False for one that is closed.
    pub open: bool,
    /// People who live there, where known.
    pub population: Option<i64>,
    /// Who is registered and protected there now.
    pub counts: Counts,
    /// What happened in the period.
    pub events: Events,
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
    let sums = app.population.sums(app, &tree).await?;
    let happened = match (from, to) {
        (from, to) if (from, to) == (today, today) => sums.today,
        (from, to) => Arc::new(happened(app, &tree, from, to).await?),
    };
    let counted = |node: &Node| PopulationNode::of(node, &sums.counts, &happened);
    Ok(PopulationTree {
        from,
        to,
        node: counted(node),
        children: tree.children(node).map(counted).filter(shown).collect(),
    })
}

/// What happened from one day to another, both included.
async fn happened(app: &App, tree: &Tree, from: NaiveDate, to: NaiveDate) -> Result<Happened, AppError> {
    let rows = app.store.db.run(move |connection| population_days_between(connection, from, to)).await?;
    let known =
        rows.iter().filter_map(|(code, event, count)| Some(((code.parse().ok()?, Event::from_word(event)?), *count)));
    Ok(Happened::summed(tree, known))
}

/// The top of the tree, if it has one.
fn top(tree: &Tree) -> Option<DivisionCode> {
    tree.nodes().find(|node| node.is_open() && tree.ancestors(node).next().is_none()).map(Node::code)
}

/// Closed divisions without anybody in them are history.
fn shown(node: &PopulationNode) -> bool {
    node.open || node.counts.residents != 0 || node.counts.protected != 0
}

impl PopulationNode {
    fn of(node: &Node, counts: &HashMap<DivisionCode, Counts>, happened: &Happened) -> Self {
        Self {
            code: node.code().to_string(),
            name: node.stored.division.name.clone(),
            level: node.stored.division.level,
            open: node.is_open(),
            population: (node.totals.population > 0).then_some(node.totals.population),
            counts: counts.get(&node.code()).cloned().unwrap_or_default(),
            events: happened.of(node.code()),
        }
    }
}
