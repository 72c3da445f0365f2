//! What replies say of a unit.

use chrono::{DateTime, Utc};
use domain::{division::DivisionCode, unit::UnitKind};
use serde::{Deserialize, Serialize};
use store::units::StoredUnit;

use crate::divisions::Tree;

/// A division that a unit serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServedView {
    /// Its code.
    pub code: DivisionCode,
    /// Its name.
    pub name: String,
    /// False once it is closed and nobody has said what it became.
    pub open: bool,
}

/// A unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitView {
    /// Outward id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: UnitKind,
    /// Outward id of the unit above it.
    pub parent: Option<String>,
    /// The divisions it serves, with all that lies below them.
    pub divisions: Vec<ServedView>,
    /// When it was entered.
    pub created_at: DateTime<Utc>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
}

impl UnitView {
    /// The view of one of `units`.
    pub(super) fn of(unit: &StoredUnit, units: &[StoredUnit], tree: &Tree) -> Self {
        let parent = unit.parent_id.and_then(|id| units.iter().find(|unit| unit.id == id));
        let served = unit.divisions.iter().map(|code| {
            let node = tree.get(*code);
            let name = node.map_or_else(String::new, |node| node.stored.division.name.clone());
            ServedView { code: *code, name, open: node.is_some_and(|node| node.is_open()) }
        });
        Self {
            id: unit.public_id.clone(),
            name: unit.name.clone(),
            kind: unit.kind,
            parent: parent.map(|parent| parent.public_id.clone()),
            divisions: served.collect(),
            created_at: unit.created_at,
            closed_at: unit.closed_at,
        }
    }
}
