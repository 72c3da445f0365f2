//! What two officers decided about an entry.

use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _};
use domain::{
    ListKind, LookupKey,
    standing::{DecayRules, Ruling},
};

use super::restate::{Restated, list_entries_restate};
use crate::{connection::DbConnection, error::StoreError, list_events::Doing, schema::list_entries};

/// Sets the ruling of an entry, or takes it back, and works out what the entry comes to. Returns the change of state, if it
/// is one.
///
/// # Errors
/// [`StoreError::NotFound`] for an entry that does not exist.
pub fn list_entry_rule(
    connection: &mut DbConnection,
    list: ListKind,
    key: LookupKey,
    ruling: Option<Ruling>,
    rules: &DecayRules,
    doing: &Doing<'_>,
) -> Result<Option<Restated>, StoreError> {
    let set = diesel::update(
        list_entries::table
            .filter(list_entries::lookup_key.eq(key.0.to_vec()))
            .filter(list_entries::list.eq(list.as_str())),
    )
    .set(list_entries::ruling.eq(ruling.map(Ruling::as_str)))
    .execute(connection)?;
    if set == 0 {
        return Err(StoreError::NotFound);
    }
    Ok(list_entries_restate(connection, list, &[key], rules, doing)?.pop())
}
