//! Units and the divisions they serve: reading, changing, importing.
//!
//! Players: a [`UnitView`] is what a reply says of a unit; the rules of a unit stand in `rules`: its divisions are in use
//! and lie within its parent's, and nobody is their own superior. All writers take turns, so that what a rule was asked about
//! is still true at the commit.

mod change;
mod close;
mod create;
mod demo;
mod ground;
mod import;
mod read;
mod rules;
mod view;

pub use change::{ChangeUnit, unit_change, unit_divisions_set};
pub use close::unit_close;
pub use create::{CreateUnit, unit_create};
pub use demo::make_up;
pub(crate) use ground::Ground;
pub use import::{UnitsReport, import_units, units_import};
pub(crate) use read::scope_of;
pub use read::{UnitPage, unit_get, units_list};
pub use view::{ServedView, UnitView};
