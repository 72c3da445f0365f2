//! What an officer leaves who goes to another unit, or whose account ends.

use chrono::{DateTime, Utc};
use store::{DbConnection, StoreError, duty_shifts::duty_shifts_leave, officer_substitutes::officer_substitutes_leave};

use crate::beijing_day;

/// Duty that will not be done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Left {
    /// Shifts that now lack somebody.
    pub(super) shifts: usize,
    /// Substitutions, on either side, that will not be.
    pub(super) substitutions: usize,
}

/// Ends the duty that an officer has not begun. What has begun stays, and is to be settled by a substitute.
pub(super) fn duty_left(connection: &mut DbConnection, officer: i64, now: DateTime<Utc>) -> Result<Left, StoreError> {
    Ok(Left {
        shifts: duty_shifts_leave(connection, officer, now)?,
        substitutions: officer_substitutes_leave(connection, officer, beijing_day(now), now)?,
    })
}
