//! The sources of the blacklist: how sure each is, how far it is trusted, what came of its entries.

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _};

use domain::LookupKey;

use crate::{
    connection::DbConnection,
    dialect::{first_for_update, native},
    error::StoreError,
    list_entries::key_of,
    schema::{list_claims, list_sources},
    types::At,
};

/// A source.
#[derive(Debug, Clone, PartialEq, Eq, diesel::Queryable)]
pub struct ListSource {
    /// Key in the database.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// How sure it is of an entry unless it says otherwise, 0 to 100.
    pub confidence: i16,
    /// Percent of its entries that are active on its word alone.
    pub share: i16,
    /// Its entries that proved right.
    pub confirmed: i64,
    /// Its entries that proved wrong.
    pub refuted: i64,
}

type Columns = (
    list_sources::id,
    list_sources::name,
    list_sources::confidence,
    list_sources::share,
    list_sources::confirmed,
    list_sources::refuted,
);

const COLUMNS: Columns = (
    list_sources::id,
    list_sources::name,
    list_sources::confidence,
    list_sources::share,
    list_sources::confirmed,
    list_sources::refuted,
);

#[derive(diesel::Insertable)]
#[diesel(table_name = list_sources, treat_none_as_default_value = false)]
struct Row<'a> {
    name: &'a str,
    confidence: i16,
    share: i16,
    created_at: At,
}

/// The source of what officers list by hand. Nothing of it is active on its word alone: one officer would list by themselves.
pub const MANUAL: &str = "manual";
/// The source of what residents report: that proposes, and officers decide.
pub const RESIDENTS: &str = "residents";

/// Whether nothing that a source says is ever active on its word alone.
pub fn never_trusted(name: &str) -> bool {
    [MANUAL, RESIDENTS].contains(&name)
}

/// The source of this name, made with this confidence and share if there is none yet.
pub fn list_source_ensure(
    connection: &mut DbConnection,
    name: &str,
    confidence: u8,
    share: u8,
    now: DateTime<Utc>,
) -> Result<ListSource, StoreError> {
    let find = list_sources::table.filter(list_sources::name.eq(name)).select(COLUMNS);
    if let Some(found) = find.first(connection).optional()? {
        return Ok(found);
    }
    let share = if never_trusted(name) { 0 } else { share };
    let row = Row { name, confidence: confidence.into(), share: share.into(), created_at: At::new(now) };
    native!(connection, |inner| diesel::insert_into(list_sources::table)
        .values(&row)
        .on_conflict(list_sources::name)
        .do_nothing()
        .execute(inner))?;
    Ok(find.first(connection)?)
}

/// All sources by name.
pub fn list_sources_all(connection: &mut DbConnection) -> Result<Vec<ListSource>, StoreError> {
    Ok(list_sources::table.order(list_sources::name).select(COLUMNS).load(connection)?)
}

/// Sets the share of trust.
pub fn list_source_share_set(connection: &mut DbConnection, name: &str, share: u8) -> Result<(), StoreError> {
    let set = diesel::update(list_sources::table.filter(list_sources::name.eq(name)))
        .set(list_sources::share.eq(i16::from(share)))
        .execute(connection)?;
    if set == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// Counts that an entry proved right or wrong for each source that claims it, and gives each the share that `share` works
/// out of that.
pub fn list_sources_judge(
    connection: &mut DbConnection,
    lookup_key: &[u8],
    right: bool,
    share: impl Fn(&ListSource) -> u8,
) -> Result<(), StoreError> {
    let ids: Vec<i64> = list_claims::table
        .filter(list_claims::lookup_key.eq(lookup_key.to_vec()))
        .order(list_claims::source_id)
        .select(list_claims::source_id)
        .load(connection)?;
    for id in ids {
        let query = list_sources::table.find(id).select(COLUMNS);
        let Some(mut source) = first_for_update!(connection, query)? else { continue };
        let _: &ListSource = &source;
        if right {
            source.confirmed += 1
        } else {
            source.refuted += 1
        }
        diesel::update(list_sources::table.find(id))
            .set((
                list_sources::confirmed.eq(source.confirmed),
                list_sources::refuted.eq(source.refuted),
                list_sources::share.eq(i16::from(share(&source))),
            ))
            .execute(connection)?;
    }
    Ok(())
}

/// A page of the keys that a source claims, in order, after `after`.
pub fn list_source_keys(
    connection: &mut DbConnection,
    id: i64,
    after: Option<LookupKey>,
    limit: i64,
) -> Result<Vec<LookupKey>, StoreError> {
    let mut query = list_claims::table
        .filter(list_claims::source_id.eq(id))
        .order(list_claims::lookup_key)
        .limit(limit)
        .select(list_claims::lookup_key)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(list_claims::lookup_key.gt(after.0.to_vec()));
    }
    query.load::<Vec<u8>>(connection)?.into_iter().map(key_of).collect()
}

/// How many entries a source claims.
pub fn list_source_count(connection: &mut DbConnection, id: i64) -> Result<i64, StoreError> {
    Ok(list_claims::table.filter(list_claims::source_id.eq(id)).count().get_result(connection)?)
}

/// What was pushed last to a source.
#[derive(Debug, Clone, PartialEq, Eq, diesel::Queryable)]
pub struct Pushed {
    /// The version that holds.
    pub version: i64,
    /// Hash of the body that brought it.
    pub hash: Option<Vec<u8>>,
    /// What was answered.
    pub reply: Option<String>,
}

/// What was pushed last to a source, held to the end of the transaction.
pub fn list_source_pushed(connection: &mut DbConnection, id: i64) -> Result<Pushed, StoreError> {
    let query = list_sources::table.find(id).select((
        list_sources::pushed_version,
        list_sources::pushed_hash,
        list_sources::pushed_reply,
    ));
    let pushed: Option<Pushed> = first_for_update!(connection, query)?;
    pushed.ok_or(StoreError::NotFound)
}

/// Keeps what was pushed and answered.
pub fn list_source_push_done(
    connection: &mut DbConnection,
    id: i64,
    version: i64,
    hash: &[u8],
    reply: &str,
) -> Result<(), StoreError> {
    diesel::update(list_sources::table.find(id))
        .set((
            list_sources::pushed_version.eq(version),
            list_sources::pushed_hash.eq(Some(hash.to_vec())),
            list_sources::pushed_reply.eq(Some(reply)),
        ))
        .execute(connection)?;
    Ok(())
}
