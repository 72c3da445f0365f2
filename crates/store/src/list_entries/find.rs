//! Finding entries, for the console.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{ExpressionMethods as _, JoinOnDsl as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _};
use domain::{
    ListKind, LookupKey, MatchRule, SubjectKind,
    standing::{EntryState, Ruling},
};
use keyring::PublicId;

use super::{key_of, kind_of, list_of, rule_of, state_of};
use crate::{
    connection::DbConnection,
    error::StoreError,
    schema::{list_claims, list_entries, list_sources},
    types::At,
};

/// An entry as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRow {
    /// Key in the database.
    pub id: i64,
    /// Outward id.
    pub public_id: String,
    /// Where it is looked up.
    pub key: LookupKey,
    /// Which list.
    pub list: ListKind,
    /// Kind of its subjects.
    pub kind: SubjectKind,
    /// How far it reaches.
    pub rule: MatchRule,
    /// Canonical name of the rule.
    pub canonical: String,
    /// Code of the fraud type.
    pub fraud_type: Option<String>,
    /// 0 to 3.
    pub severity: i16,
    /// Who brought it first.
    pub source: String,
    /// Whose subject it is.
    pub owner: Option<String>,
    /// First day seen.
    pub first_seen: Option<NaiveDate>,
    /// Last day seen.
    pub last_seen: Option<NaiveDate>,
    /// Where it is in its life.
    pub state: EntryState,
    /// Whether a guard list holds it.
    pub held: bool,
    /// What two officers decided.
    pub ruling: Option<Ruling>,
    /// When it expires by age.
    pub expires_on: Option<NaiveDate>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Number of its last change.
    pub change_number: i64,
}

/// Which entries are wanted; what is absent does not matter.
#[derive(Debug, Clone, Default)]
pub struct EntryFilter {
    /// On this list.
    pub list: Option<ListKind>,
    /// Of this kind.
    pub kind: Option<SubjectKind>,
    /// In this state.
    pub state: Option<EntryState>,
    /// Of this fraud type.
    pub fraud_type: Option<String>,
    /// Claimed by the source of this name.
    pub source: Option<String>,
    /// Under one of these keys.
    pub keys: Option<Vec<LookupKey>>,
    /// Changed after this number: then in the order of changes, otherwise newest first.
    pub changed_after: Option<i64>,
}

type Loaded = (
    (i64, Vec<u8>, Vec<u8>, String, String, String, String, Option<String>, i16, String),
    (Option<String>, Option<NaiveDate>, Option<NaiveDate>, String, bool, Option<String>, Option<NaiveDate>),
    (At, At, i64),
);

type Columns = (
    (
        list_entries::id,
        list_entries::public_id,
        list_entries::lookup_key,
        list_entries::list,
        list_entries::kind,
        list_entries::rule,
        list_entries::canonical,
        list_entries::fraud_type,
        list_entries::severity,
        list_entries::source,
    ),
    (
        list_entries::owner,
        list_entries::first_seen,
        list_entries::last_seen,
        list_entries::state,
        list_entries::held,
        list_entries::ruling,
        list_entries::expires_on,
    ),
    (list_entries::created_at, list_entries::updated_at, list_entries::change_number),
);

const COLUMNS: Columns = (
    (
        list_entries::id,
        list_entries::public_id,
        list_entries::lookup_key,
        list_entries::list,
        list_entries::kind,
        list_entries::rule,
        list_entries::canonical,
        list_entries::fraud_type,
        list_entries::severity,
        list_entries::source,
    ),
    (
        list_entries::owner,
        list_entries::first_seen,
        list_entries::last_seen,
        list_entries::state,
        list_entries::held,
        list_entries::ruling,
        list_entries::expires_on,
    ),
    (list_entries::created_at, list_entries::updated_at, list_entries::change_number),
);

/// Entries that the filter lets through, newest first, below the id `before`; in the order of changes where the filter asks
/// for changes.
pub fn list_entries_page(
    connection: &mut DbConnection,
    filter: &EntryFilter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<EntryRow>, StoreError> {
    let mut query = list_entries::table.limit(limit).select(COLUMNS).into_boxed();
    if let Some(list) = filter.list {
        query = query.filter(list_entries::list.eq(list.as_str()));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(list_entries::kind.eq(kind.as_str()));
    }
    if let Some(state) = filter.state {
        query = query.filter(list_entries::state.eq(state.as_str()));
    }
    if let Some(fraud_type) = filter.fraud_type.clone() {
        query = query.filter(list_entries::fraud_type.eq(Some(fraud_type)));
    }
    if let Some(source) = &filter.source {
        let claimed = list_claims::table
            .inner_join(list_sources::table.on(list_sources::id.eq(list_claims::source_id)))
            .filter(list_sources::name.eq(source.clone()))
            .select(list_claims::lookup_key);
        query = query.filter(list_entries::lookup_key.eq_any(claimed));
    }
    if let Some(keys) = &filter.keys {
        query = query.filter(list_entries::lookup_key.eq_any(super::restate::bytes(keys)));
    }
    query = match filter.changed_after {
        Some(number) => query.filter(list_entries::change_number.gt(number)).order(list_entries::change_number.asc()),
        None => query.order(list_entries::id.desc()),
    };
    if let Some(before) = before {
        query = query.filter(list_entries::id.lt(before));
    }
    query.load::<Loaded>(connection)?.into_iter().map(decoded).collect()
}

/// Entries of these lists that changed after number `after` and not after `until`, in the order of changes.
pub fn list_entries_by_number(
    connection: &mut DbConnection,
    lists: &[ListKind],
    after: i64,
    until: i64,
    limit: i64,
) -> Result<Vec<EntryRow>, StoreError> {
    let query = list_entries::table
        .filter(list_entries::list.eq_any(lists.iter().map(|list| list.as_str())))
        .filter(list_entries::change_number.gt(after))
        .filter(list_entries::change_number.le(until))
        .order(list_entries::change_number)
        .limit(limit)
        .select(COLUMNS);
    query.load::<Loaded>(connection)?.into_iter().map(decoded).collect()
}

/// An entry by its outward id.
pub fn list_entry_find(connection: &mut DbConnection, public_id: &str) -> Result<EntryRow, StoreError> {
    let id: PublicId = public_id.parse().map_err(|_| StoreError::NotFound)?;
    let found: Option<Loaded> = list_entries::table
        .filter(list_entries::public_id.eq(id.as_bytes().to_vec()))
        .select(COLUMNS)
        .first(connection)
        .optional()?;
    found.map(decoded).ok_or(StoreError::NotFound)?
}

/// The entry of a list under a key.
pub fn list_entry_by_key(
    connection: &mut DbConnection,
    key: LookupKey,
    list: ListKind,
) -> Result<Option<EntryRow>, StoreError> {
    let found: Option<Loaded> = list_entries::table
        .filter(list_entries::lookup_key.eq(key.0.to_vec()))
        .filter(list_entries::list.eq(list.as_str()))
        .select(COLUMNS)
        .first(connection)
        .optional()?;
    found.map(decoded).transpose()
}

fn decoded((what, facts, times): Loaded) -> Result<EntryRow, StoreError> {
    let (id, public_id, key, list, kind, rule, canonical, fraud_type, severity, source) = what;
    let (owner, first_seen, last_seen, state, held, ruling, expires_on) = facts;
    let (created_at, updated_at, change_number) = times;
    Ok(EntryRow {
        id,
        public_id: entry_id(public_id)?,
        key: key_of(key)?,
        list: list_of(&list)?,
        kind: kind_of(&kind)?,
        rule: rule_of(&rule)?,
        canonical,
        fraud_type,
        severity,
        source,
        owner,
        first_seen,
        last_seen,
        state: state_of(&state)?,
        held,
        ruling: ruling.as_deref().and_then(Ruling::from_word),
        expires_on,
        created_at: created_at.into(),
        updated_at: updated_at.into(),
        change_number,
    })
}

/// The outward id of an entry, which is stored as bytes to save room.
pub(crate) fn entry_id(bytes: Vec<u8>) -> Result<String, StoreError> {
    let id: [u8; 16] =
        bytes.try_into().map_err(|_| StoreError::Unreadable("an entry's id is not 16 bytes".to_owned()))?;
    Ok(PublicId::from_bytes(id).to_string())
}

/// What a source says of an entry.
#[derive(Debug, Clone, PartialEq, Eq, diesel::Queryable)]
pub struct EntryClaim {
    /// Name of the source.
    pub source: String,
    /// How sure it is, 0 to 100.
    pub confidence: i16,
    /// The day on which it last said so.
    pub seen_on: NaiveDate,
    /// The share of trust of the source.
    pub share: i16,
}

/// What sources say of an entry.
pub fn list_entry_claims(connection: &mut DbConnection, key: LookupKey) -> Result<Vec<EntryClaim>, StoreError> {
    Ok(list_claims::table
        .inner_join(list_sources::table.on(list_sources::id.eq(list_claims::source_id)))
        .filter(list_claims::lookup_key.eq(key.0.to_vec()))
        .order(list_sources::name)
        .select((list_sources::name, list_claims::confidence, list_claims::seen_on, list_sources::share))
        .load(connection)?)
}
