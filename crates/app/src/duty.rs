//! Who is on duty: rosters of units, and who stands in for whom.
//!
//! Players: a *shift* is one officer on duty for one unit from an instant to another; a *roster* is put for a unit and a
//! span of time as a whole and replaces what was planned there and has not begun; a *substitute* stands in for an officer
//! on all shifts that run on certain days. Officers are named by user name and masked name: phones have no place here.

mod current;
mod list;
mod put;
mod substitutes;
mod view;

pub use current::{DutyNow, DutyWanted, duty_current};
pub use list::{ShiftPage, ShiftsWanted, duty_shifts_list};
pub use put::{PutRoster, RosterReport, WantedShift, duty_shifts_put};
pub use substitutes::{NameSubstitute, substitute_create, substitute_end, substitutes_list};
pub use view::{OfficerName, ShiftView, SubstituteView};
