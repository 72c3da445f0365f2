//! Officers: their accounts, one by one and from a file.
//!
//! Players: an [`OfficerView`] is what a reply says of an officer; [`OfficerCredentials`] are told once, and stored only as
//! hash and sealed; the rules of who may manage whom stand in `rules`: nobody gives a role above their own reach, nobody
//! ends their own account, and an administrator always remains. All writers take turns, so that what a rule was asked about
//! is still true at the commit.

mod change;
mod create;
mod credentials;
mod disable;
mod import;
mod import_file;
mod leave;
mod read;
mod rules;
mod view;

pub use change::{ChangeOfficer, ChangedOfficer, officer_change};
pub use create::{CreateOfficer, CreatedOfficer, officer_create};
pub use credentials::officer_credentials_reset;
pub use disable::{Disabled, disable_officer, officer_disable, officer_enable};
pub use import::{OfficersReport, import_officers, officers_import};
pub(crate) use read::listed;
pub use read::{OfficerPage, OfficersWanted, officer_get, officers_list};
pub use view::{OfficerView, UnitName};

pub use crate::identity::OfficerCredentials;
