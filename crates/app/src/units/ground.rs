//! The tree and the units as one transaction sees them: what rules about officers, rosters and their places are asked about.

use domain::authorization::{Action, Scope};
use store::{
    DbConnection, StoreError,
    divisions::divisions_hold,
    units::{StoredUnit, units_all},
};

use super::scope_of;
use crate::{Actor, Context, divisions::Tree};

/// The tree and all units.
pub(crate) struct Ground {
    /// The tree.
    pub(crate) tree: Tree,
    /// All units, closed ones too.
    pub(crate) units: Vec<StoredUnit>,
}

impl Ground {
    /// Reads them and keeps their writers away until the transaction ends. Whoever changes officers or rosters takes turns
    /// by this too.
    pub(crate) fn hold(connection: &mut DbConnection) -> Result<Self, StoreError> {
        divisions_hold(connection)?;
        Self::load(connection)
    }

    /// Reads them.
    pub(crate) fn load(connection: &mut DbConnection) -> Result<Self, StoreError> {
        Ok(Self { tree: Tree::load(connection)?, units: units_all(connection)? })
    }

    /// The unit with this key.
    pub(crate) fn unit(&self, id: Option<i64>) -> Option<&StoredUnit> {
        self.units.iter().find(|unit| Some(unit.id) == id)
    }

    /// The unit with this outward id.
    pub(crate) fn unit_named(&self, public_id: &str) -> Option<&StoredUnit> {
        self.units.iter().find(|unit| unit.public_id == public_id)
    }

    /// Keys of the units in which the one who asks may do `action`; none for who may do it everywhere.
    pub(crate) fn visible(&self, context: &Context, action: Action) -> Option<Vec<i64>> {
        if context.authorize(action, Scope::Whole).is_ok() {
            return None;
        }
        let may = |id: &i64| context.authorize(action, self.scope_of(context, Some(*id))).is_ok();
        Some(self.units.iter().map(|unit| unit.id).filter(may).collect())
    }

    /// How what belongs to a unit lies to the one who asks. What belongs to none is for those who see everything.
    pub(crate) fn scope_of(&self, context: &Context, unit_id: Option<i64>) -> Scope {
        match (self.unit(unit_id), &context.actor) {
            (Some(unit), _) => scope_of(context, &self.tree, unit),
            (None, Actor::Officer(_)) => Scope::Foreign,
            (None, _) => Scope::Whole,
        }
    }
}
