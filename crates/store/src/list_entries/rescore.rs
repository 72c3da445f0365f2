//! Ageing: a page at a time, so that memory is bounded and others' writes get their turn.

use chrono::NaiveDate;
use diesel::{ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _};
use domain::{ListKind, standing::DecayRules};

use super::{key_of, restate::list_entries_restate};
use crate::{
    connection::DbConnection,
    dialect::native,
    error::StoreError,
    list_events::Doing,
    schema::{list_entries, list_rescoring},
};

/// Ends the life of up to `limit` entries whose day has come. Returns how many were looked at: less than `limit` means all.
pub fn list_entries_expire(
    connection: &mut DbConnection,
    today: NaiveDate,
    limit: usize,
    rules: &DecayRules,
    doing: &Doing<'_>,
) -> Result<usize, StoreError> {
    let keys: Vec<Vec<u8>> = list_entries::table
        .filter(list_entries::state.eq_any(["active", "proposed"]))
        .filter(list_entries::list.eq(ListKind::Blacklist.as_str()))
        .filter(list_entries::expires_on.le(today))
        .order(list_entries::expires_on)
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select(list_entries::lookup_key)
        .load(connection)?;
    let keys = keys.into_iter().map(key_of).collect::<Result<Vec<_>, _>>()?;
    list_entries_restate(connection, ListKind::Blacklist, &keys, rules, doing)?;
    Ok(keys.len())
}

#[derive(diesel::Insertable)]
#[diesel(table_name = list_rescoring, treat_none_as_default_value = false)]
struct Row<'a> {
    id: i32,
    parameters: &'a str,
    position: i64,
}

/// Works out anew up to `limit` entries under `parameters`, a text that names all that scores depend on; it begins from the
/// front when that text has changed and goes on where it stopped otherwise. Returns how many were looked at: none when all
/// are done.
pub fn list_entries_rescore(
    connection: &mut DbConnection,
    parameters: &str,
    limit: usize,
    rules: &DecayRules,
    doing: &Doing<'_>,
) -> Result<usize, StoreError> {
    let kept: Option<(String, i64)> = list_rescoring::table
        .find(1)
        .select((list_rescoring::parameters, list_rescoring::position))
        .first(connection)
        .optional()?;
    let position = kept.filter(|(kept, _)| kept == parameters).map_or(0, |(_, position)| position);
    let page: Vec<(i64, Vec<u8>)> = list_entries::table
        .filter(list_entries::id.gt(position))
        .filter(list_entries::list.eq(ListKind::Blacklist.as_str()))
        .order(list_entries::id)
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select((list_entries::id, list_entries::lookup_key))
        .load(connection)?;
    let Some(position) = page.last().map(|(id, _)| *id) else { return Ok(0) };
    let row = Row { id: 1, parameters, position };
    native!(connection, |inner| diesel::insert_into(list_rescoring::table)
        .values(&row)
        .on_conflict(list_rescoring::id)
        .do_update()
        .set((list_rescoring::parameters.eq(parameters), list_rescoring::position.eq(position)))
        .execute(inner))?;
    let keys = page.into_iter().map(|(_, key)| key_of(key)).collect::<Result<Vec<_>, _>>()?;
    list_entries_restate(connection, ListKind::Blacklist, &keys, rules, doing)?;
    Ok(keys.len())
}

/// Up to which entry, by its key in the database, the last rescoring has come.
pub fn list_rescoring_position(connection: &mut DbConnection) -> Result<i64, StoreError> {
    let position = list_rescoring::table.find(1).select(list_rescoring::position).first(connection).optional()?;
    Ok(position.unwrap_or(0))
}
