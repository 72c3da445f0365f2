//! What must hold of a unit.

use std::collections::HashSet;

use domain::division::DivisionCode;
use store::units::StoredUnit;

use crate::{divisions::Tree, error::AppError, people::holds_phone};

/// Longest name of a unit, in characters.
const LONGEST_NAME: usize = 60;
/// Divisions one unit names at most; a county centre names one, a station a handful.
pub(super) const MOST_DIVISIONS: usize = 1_000;

/// Why a unit cannot be so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    BadName,
    NameTaken,
    UnknownParent,
    ClosedParent,
    ParentCycle,
    TooManyDivisions,
    UnknownDivision(DivisionCode),
    ClosedDivision(DivisionCode),
    OutsideParent(DivisionCode),
    ChildOutside(String),
    Closed,
}

impl Fault {
    /// The stable word, the JSON pointer to the field, the reason in Chinese.
    fn facts(&self) -> (&'static str, &'static str, String) {
        match self {
            Self::BadName => ("bad_name", "/name", "名称须为1至60个字，不含控制字符和电话号码".to_owned()),
            Self::NameTaken => ("name_taken", "/name", "已有同名的机构".to_owned()),
            Self::UnknownParent => ("unknown_parent", "/parent", "没有这个上级机构".to_owned()),
            Self::ClosedParent => ("closed_parent", "/parent", "上级机构已撤销".to_owned()),
            Self::ParentCycle => ("parent_cycle", "/parent", "上级关系成环".to_owned()),
            Self::TooManyDivisions => ("too_many_divisions", "/divisions", "所辖区划最多1000个".to_owned()),
            Self::UnknownDivision(code) => ("unknown_division", "/divisions", format!("没有区划{code}")),
            Self::ClosedDivision(code) => ("closed_division", "/divisions", format!("区划{code}已撤销")),
            Self::OutsideParent(code) => ("outside_parent", "/divisions", format!("区划{code}不在上级机构的辖区内")),
            Self::Closed => ("closed_unit", "", "这个机构已撤销，不能再改".to_owned()),
            Self::ChildOutside(name) => ("child_outside", "/divisions", format!("下级机构“{name}”的辖区会超出本机构")),
        }
    }

    /// The stable word.
    pub(super) fn code(&self) -> &'static str {
        self.facts().0
    }

    /// The reason in Chinese.
    pub(super) fn reason(&self) -> String {
        self.facts().2
    }
}

impl From<Fault> for AppError {
    fn from(fault: Fault) -> Self {
        let (_, pointer, reason) = fault.facts();
        match fault {
            Fault::NameTaken | Fault::Closed => Self::new(crate::ErrorCode::Conflict, format!("{reason}。")),
            _ => Self::invalid(pointer, format!("{reason}。")),
        }
    }
}

/// A unit as it shall be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// Key of the unit, if it exists.
    pub(super) id: Option<i64>,
    pub(super) name: &'a str,
    pub(super) parent_id: Option<i64>,
    pub(super) divisions: &'a [DivisionCode],
}

/// Holds a unit as it shall be against the others and the tree.
pub(super) fn check(units: &[StoredUnit], tree: &Tree, wanted: Wanted<'_>) -> Result<(), Fault> {
    check_name(units, wanted)?;
    let parent = match wanted.parent_id {
        None => None,
        Some(parent_id) => Some(units.iter().find(|unit| unit.id == parent_id).ok_or(Fault::UnknownParent)?),
    };
    if parent.is_some_and(|parent| parent.closed_at.is_some()) {
        return Err(Fault::ClosedParent);
    }
    if let (Some(id), Some(parent)) = (wanted.id, parent) {
        check_cycle(units, id, parent)?;
    }
    check_divisions(tree, wanted, parent)?;
    check_children(units, tree, wanted)
}

fn check_name(units: &[StoredUnit], wanted: Wanted<'_>) -> Result<(), Fault> {
    let name = wanted.name;
    if name.trim() != name
        || name.is_empty()
        || name.chars().count() > LONGEST_NAME
        || name.chars().any(char::is_control)
        || holds_phone(name)
    {
        return Err(Fault::BadName);
    }
    let taken = units.iter().any(|unit| unit.name == name && Some(unit.id) != wanted.id);
    if taken { Err(Fault::NameTaken) } else { Ok(()) }
}

fn check_cycle(units: &[StoredUnit], id: i64, parent: &StoredUnit) -> Result<(), Fault> {
    let mut above = Some(parent);
    for _ in 0..=units.len() {
        match above {
            Some(unit) if unit.id == id => return Err(Fault::ParentCycle),
            Some(unit) => above = unit.parent_id.and_then(|parent| units.iter().find(|unit| unit.id == parent)),
            None => return Ok(()),
        }
    }
    Err(Fault::ParentCycle)
}

fn check_divisions(tree: &Tree, wanted: Wanted<'_>, parent: Option<&StoredUnit>) -> Result<(), Fault> {
    if wanted.divisions.len() > MOST_DIVISIONS {
        return Err(Fault::TooManyDivisions);
    }
    for code in wanted.divisions {
        match tree.get(*code) {
            None => return Err(Fault::UnknownDivision(*code)),
            Some(node) if !node.is_open() => return Err(Fault::ClosedDivision(*code)),
            Some(_) => {}
        }
    }
    // A superior that names no division sets no bounds.
    let bounds = parent.map_or(&[][..], |parent| &parent.divisions);
    match wanted.divisions.iter().find(|code| !lies_within(tree, **code, bounds)) {
        Some(code) => Err(Fault::OutsideParent(*code)),
        None => Ok(()),
    }
}

fn check_children(units: &[StoredUnit], tree: &Tree, wanted: Wanted<'_>) -> Result<(), Fault> {
    let Some(id) = wanted.id else { return Ok(()) };
    let mut children = units.iter().filter(|unit| unit.parent_id == Some(id) && unit.closed_at.is_none());
    match children.find(|child| child.divisions.iter().any(|code| !lies_within(tree, *code, wanted.divisions))) {
        Some(child) => Err(Fault::ChildOutside(child.name.clone())),
        None => Ok(()),
    }
}

/// True if there are no bounds or the division is one of them or lies below one.
fn lies_within(tree: &Tree, code: DivisionCode, bounds: &[DivisionCode]) -> bool {
    bounds.is_empty() || tree.get(code).is_some_and(|node| bounds.iter().any(|above| tree.is_below(node, *above)))
}

/// Codes in order, each once: as they are stored.
pub(super) fn in_order(divisions: impl IntoIterator<Item = DivisionCode>) -> Vec<DivisionCode> {
    let unique: HashSet<DivisionCode> = divisions.into_iter().collect();
    let mut codes: Vec<DivisionCode> = unique.into_iter().collect();
    codes.sort_unstable();
    codes
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
