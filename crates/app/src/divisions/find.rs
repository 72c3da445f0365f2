//! Finding divisions by name and by path.

use domain::division::{DivisionCode, Level, Likeness, Written};

use super::{DivisionView, Node, Tree};
use crate::{
    App, Context,
    error::{AppError, FieldError},
};
use domain::authorization::{Action, Scope};

/// Longest text to find by, in characters.
const LONGEST_TEXT: usize = 200;
/// More names than levels lead nowhere; some are spared for repeated ones.
const MOST_SEGMENTS: usize = 8;
/// Answers when nobody says how many.
const USUAL_LIMIT: u32 = 20;
/// Answers at most.
const HIGHEST_LIMIT: u32 = 100;

/// What to find.
#[derive(Debug, Clone, Default)]
pub struct FindDivisions {
    /// A name or a part of one.
    pub name: Option<String>,
    /// Names from above down, divided by `/` or white space: 川汇区/七一路办事处/…. Levels may be left out.
    pub path: Option<String>,
    /// Only at or below this division.
    pub under: Option<String>,
    /// Answers at most, 1 to 100; 20 unless said.
    pub limit: Option<u32>,
}

/// Divisions in use that fit, the best first. Without name and path: the tops of the trees, or what lies directly below
/// `under`.
pub async fn divisions_find(
    app: &App,
    context: &Context,
    request: FindDivisions,
) -> Result<Vec<DivisionView>, AppError> {
    context.authorize(Action::ReadDivisions, Scope::Whole)?;
    find(&*app.divisions.get(&app.store.db).await?, &request)
}

pub(super) fn find(tree: &Tree, request: &FindDivisions) -> Result<Vec<DivisionView>, AppError> {
    let limit = request.limit.unwrap_or(USUAL_LIMIT);
    if !(1..=HIGHEST_LIMIT).contains(&limit) {
        return Err(AppError::invalid("limit", "条数须为1至100。"));
    }
    let under = request.under.as_deref().map(|under| parse_under(tree, under)).transpose()?;
    let segments = segments(request)?;
    let inside = |node: &&Node| node.is_open() && under.is_none_or(|under| tree.is_below(node, under));
    let mut found: Vec<(Likeness, Level, &Node)> = if segments.is_empty() {
        let top = |node: &&Node| node.stored.division.parent == under;
        tree.nodes().filter(inside).filter(top).map(|node| (Likeness::Same, node.stored.division.level, node)).collect()
    } else {
        let fits = |node| Some((fit(tree, node, &segments)?, node));
        let ranked = tree.nodes().filter(inside).filter_map(fits);
        ranked.map(|(likeness, node)| (likeness, node.stored.division.level, node)).collect()
    };
    found.sort_by_key(|(likeness, level, node)| (*likeness, *level, node.code()));
    let count = usize::try_from(limit).unwrap_or(usize::MAX);
    Ok(found.into_iter().take(count).map(|(_, _, node)| DivisionView::of(tree, node)).collect())
}

fn parse_under(tree: &Tree, under: &str) -> Result<DivisionCode, AppError> {
    let code = under.parse().map_err(|error| AppError::invalid("under", format!("{error}。")))?;
    match tree.get(code) {
        Some(_) => Ok(code),
        None => Err(AppError::invalid("under", "没有这个区划。")),
    }
}

/// The names to look for, from above down. A name counts as the last one of the path.
fn segments(request: &FindDivisions) -> Result<Vec<Written<'_>>, AppError> {
    let (name, path) = (request.name.as_deref(), request.path.as_deref());
    let too_long = |text: Option<&str>| text.is_some_and(|text| text.chars().count() > LONGEST_TEXT);
    for (pointer, text) in [("name", name), ("path", path)] {
        if too_long(text) || text.is_some_and(|text| text.trim().is_empty()) {
            return Err(AppError::invalid(pointer, "查找内容须为1至200个字。"));
        }
    }
    let parts = path.unwrap_or_default().split(|c: char| c.is_whitespace() || "/／\\>＞、-—".contains(c));
    let segments: Vec<Written<'_>> = parts.chain(name).filter_map(Written::new).collect();
    if segments.len() > MOST_SEGMENTS || (segments.is_empty() && path.is_some()) {
        let mut error = AppError::invalid("path", "路径须为1至8个名称，用“/”或空格隔开。");
        error.fields = vec![FieldError { pointer: "path".to_owned(), detail: "1至8个名称".to_owned() }];
        return Err(error);
    }
    Ok(segments)
}

/// The worst likeness on the way, if the last name fits the node and the others fit divisions above it, in their order.
fn fit(tree: &Tree, node: &Node, segments: &[Written<'_>]) -> Option<Likeness> {
    let (last, above) = segments.split_last()?;
    let mut worst = last.likeness(&node.stored.division.name)?;
    let mut ancestors = tree.ancestors(node);
    for written in above.iter().rev() {
        let likeness = ancestors.find_map(|ancestor| written.likeness(&ancestor.stored.division.name))?;
        worst = worst.max(likeness);
    }
    Some(worst)
}

#[cfg(test)]
#[path = "find_tests.rs"]
mod tests;
