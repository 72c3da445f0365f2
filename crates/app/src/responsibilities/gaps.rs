//! Villages for which nobody answers.

use domain::{
    authorization::{Action, Scope},
    division::{DivisionCode, Level},
};
use store::responsibilities::responsibilities_count;

use super::list::authorized;
use crate::{
    App, Context, beijing_day,
    divisions::{Node, scope_of},
    error::AppError,
};

/// What is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GapReason {
    /// Nobody answers for any of it.
    Nobody,
    /// Parts have somebody, the whole has nobody.
    OnlyPatches,
}

impl GapReason {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::OnlyPatches => "only_patches",
        }
    }
}

/// A village for whose whole nobody answers now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GapView {
    /// Its code.
    pub code: DivisionCode,
    /// Its name.
    pub name: String,
    /// Names from the top down to it.
    pub path: Vec<String>,
    /// What is missing.
    pub reason: GapReason,
}

/// Some gaps and where the next ones begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GapPage {
    /// The gaps, in the order of the codes.
    pub items: Vec<GapView>,
    /// How many there are in all.
    pub total: usize,
    /// What to ask with for the next page; none on the last.
    pub next_cursor: Option<String>,
}

/// Villages in use, in one division or wherever the caller looks, for whose whole nobody answers now.
pub async fn responsibility_gaps(
    app: &App,
    context: &Context,
    division: Option<&str>,
    cursor: Option<&str>,
    limit: u32,
) -> Result<GapPage, AppError> {
    context.authorize(Action::ReadResponsibilities, Scope::Served)?;
    if !(1..=200).contains(&limit) {
        return Err(AppError::invalid("limit", "条数须为1至200。"));
    }
    let after: Option<DivisionCode> = cursor
        .map(|cursor| cursor.parse().map_err(|_| AppError::invalid("cursor", "翻页位置无效，请从第一页重新开始。")))
        .transpose()?;
    let tree = app.divisions.get(&app.store.db).await?;
    let within = division.map(|code| authorized(context, &tree, code)).transpose()?;
    let today = beijing_day(app.now());
    let counts = app.store.db.run(move |connection| responsibilities_count(connection, today)).await?;
    let asked = |node: &&Node| match within {
        Some(above) => tree.is_below(node, above),
        None => context.authorize(Action::ReadResponsibilities, scope_of(context, &tree, node.code())).is_ok(),
    };
    let villages = tree.nodes().filter(|node| node.is_open() && node.stored.division.level == Level::Village);
    let gaps: Vec<(&Node, GapReason)> = villages
        .filter(asked)
        .filter_map(|node| match counts.get(&node.code()) {
            None => Some((node, GapReason::Nobody)),
            Some(count) if count.whole == 0 => Some((node, GapReason::OnlyPatches)),
            Some(_) => None,
        })
        .collect();
    let mut rest = gaps.iter().filter(|(node, _)| after.is_none_or(|after| node.code() > after));
    let view = |(node, reason): &(&Node, GapReason)| GapView {
        code: node.code(),
        name: node.stored.division.name.clone(),
        path: tree.path(node),
        reason: *reason,
    };
    let items: Vec<GapView> = rest.by_ref().take(limit as usize).map(view).collect();
    let next_cursor = if rest.next().is_some() { items.last().map(|gap| gap.code.to_string()) } else { None };
    Ok(GapPage { items, total: gaps.len(), next_cursor })
}
