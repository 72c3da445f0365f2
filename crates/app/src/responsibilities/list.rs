//! Who answers for a division, and how far those below it are covered.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{
    authorization::{Action, Scope},
    division::{DivisionCode, Level},
};
use store::{
    DbConnection, StoreError,
    audit_log::audit_log_add_each,
    responsibilities::{AssignmentCount, AssignmentFilter, responsibilities_count, responsibilities_page},
};

use super::AssignmentView;
use crate::{
    Actor, App, Context, beijing_day,
    divisions::{Node, Tree, scope_of},
    error::AppError,
};

/// Which assignments.
#[derive(Debug, Clone)]
pub struct ResponsibilitiesWanted {
    /// Code of the division; none for what the caller serves, or the top of the tree.
    pub division: Option<String>,
    /// Also those that are over, or have not begun.
    pub history: bool,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Assignments on a page, 1 to 200.
    pub limit: u32,
}

/// A division below the one that is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BelowView {
    /// Its code.
    pub code: DivisionCode,
    /// Its name.
    pub name: String,
    /// Its level.
    pub level: Level,
    /// People who answer for the whole of it now.
    pub assigned: u32,
    /// Villages in use in it.
    pub villages: u32,
    /// Those of them for whose whole nobody answers now.
    pub villages_without: u32,
}

/// Some assignments of a division, and what lies below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponsibilityPage {
    /// The assignments of the division itself, in the order in which they were entered; name and phone masked.
    pub items: Vec<AssignmentView>,
    /// What to ask with for the next page; none on the last.
    pub next_cursor: Option<String>,
    /// The divisions in use directly below it, in the order of their codes.
    pub below: Vec<BelowView>,
}

/// Who answers for a division, and how far those directly below it are covered: ask about one of them to go down. The look
/// is audited.
pub async fn responsibilities_list(
    app: &App,
    context: &Context,
    wanted: ResponsibilitiesWanted,
) -> Result<ResponsibilityPage, AppError> {
    context.authorize(Action::ReadResponsibilities, Scope::Served)?;
    if !(1..=200).contains(&wanted.limit) {
        return Err(AppError::invalid("limit", "条数须为1至200。"));
    }
    let tree = app.divisions.get(&app.store.db).await?;
    let division = wanted.division.as_deref().map(|code| authorized(context, &tree, code)).transpose()?;
    let (context, keyring, now) = (context.clone(), app.store.keyring.clone(), app.now());
    app.write(move |connection| {
        let (today, limit) = (beijing_day(now), wanted.limit as usize);
        let counts = responsibilities_count(connection, today)?;
        let below = below(&context, &tree, division, &counts);
        let Some(code) = division else {
            return Ok(ResponsibilityPage { items: Vec::new(), next_cursor: None, below });
        };
        let filter = AssignmentFilter { divisions: vec![code], on: (!wanted.history).then_some(today) };
        let cursor = wanted.cursor.as_deref();
        let found = responsibilities_page(connection, &keyring, &filter, cursor, i64::from(wanted.limit) + 1);
        let mut found = found.map_err(|error| match error {
            StoreError::NotFound => AppError::invalid("cursor", "翻页位置无效，请从第一页重新开始。"),
            other => other.into(),
        })?;
        let more = found.len() > limit;
        found.truncate(limit);
        let items: Vec<AssignmentView> = found.iter().map(|one| AssignmentView::of(one, &tree, today)).collect();
        let ids: Vec<String> = items.iter().map(|one| one.id.clone()).collect();
        listed(connection, &context, &ids, now)?;
        let next_cursor = items.last().filter(|_| more).map(|one| one.id.clone());
        Ok(ResponsibilityPage { items, next_cursor, below })
    })
    .await
}

/// A row in the audit log for each of these assignments, whose people are shown. Call it in the transaction that reads them.
pub(super) fn listed(
    connection: &mut DbConnection,
    context: &Context,
    ids: &[String],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let audit = context.audit(now, "responsibility.listed", "responsibility", "", context.seen_by("list"));
    audit_log_add_each(connection, &audit, ids)
}

/// A division the caller may read of; a foreign one, an absent one and what is no code are the same.
pub(super) fn authorized(context: &Context, tree: &Tree, code: &str) -> Result<DivisionCode, AppError> {
    let code: DivisionCode = code.parse().map_err(|_| AppError::not_found())?;
    context.authorize(Action::ReadResponsibilities, scope_of(context, tree, code))?;
    tree.get(code).map(Node::code).ok_or_else(AppError::not_found)
}

fn below(
    context: &Context,
    tree: &Tree,
    division: Option<DivisionCode>,
    counts: &HashMap<DivisionCode, AssignmentCount>,
) -> Vec<BelowView> {
    let nodes: Vec<&Node> = match division.and_then(|code| tree.get(code)) {
        Some(node) => tree.children(node).filter(|child| child.is_open()).collect(),
        None => tops(context, tree),
    };
    let mut views: Vec<BelowView> = nodes.iter().map(|node| view(node, counts)).collect();
    let places: HashMap<DivisionCode, usize> =
        views.iter().enumerate().map(|(place, view)| (view.code, place)).collect();
    for village in tree.nodes().filter(|node| node.is_open() && node.stored.division.level == Level::Village) {
        let without = counts.get(&village.code()).is_none_or(|count| count.whole == 0);
        for node in std::iter::once(village).chain(tree.ancestors(village)) {
            if let Some(view) = places.get(&node.code()).and_then(|place| views.get_mut(*place)) {
                view.villages += 1;
                view.villages_without += u32::from(without);
            }
        }
    }
    views
}

/// Where somebody begins to look: what they serve, or the top of the tree for those who see everything.
fn tops<'a>(context: &Context, tree: &'a Tree) -> Vec<&'a Node> {
    let whole = context.authorize(Action::ReadResponsibilities, Scope::Whole).is_ok();
    match &context.actor {
        Actor::Officer(officer) if !whole => {
            officer.served.iter().filter_map(|code| tree.get(code.parse().ok()?)).collect()
        }
        _ => tree.nodes().filter(|node| node.is_open() && tree.ancestors(node).next().is_none()).collect(),
    }
}

fn view(node: &Node, counts: &HashMap<DivisionCode, AssignmentCount>) -> BelowView {
    BelowView {
        code: node.code(),
        name: node.stored.division.name.clone(),
        level: node.stored.division.level,
        assigned: counts.get(&node.code()).map_or(0, |count| count.whole),
        villages: 0,
        villages_without: 0,
    }
}
