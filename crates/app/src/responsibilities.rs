//! Who answers for which village, township or county (包保责任制), and which villages nobody answers for.
//!
//! Players: an *assignment* says that a person, who need not be an officer, answers for a division, or for a part of a
//! village, from one day on; it is ended, never deleted. A *gap* is a village without a current assignment for the whole of
//! it: a defect to mend. Names and phones are shown masked, to everybody.

mod assign;
mod end;
mod gaps;
mod import;
mod list;
mod rules;
mod view;

pub use assign::{AssignResponsibility, responsibility_assign};
pub use end::responsibility_end;
pub use gaps::{GapPage, GapReason, GapView, responsibility_gaps};
pub use import::{ResponsibilitiesReport, import_responsibilities, responsibilities_import};
pub use list::{BelowView, ResponsibilitiesWanted, ResponsibilityPage, responsibilities_list};
pub use view::AssignmentView;
