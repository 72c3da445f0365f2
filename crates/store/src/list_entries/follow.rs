//! Following the lists: what changed since a number, and one walk over all active entries in key order.

use chrono::NaiveDate;
use diesel::{
    ExpressionMethods as _, QueryDsl as _, QueryResult, RunQueryDsl as _, connection::DefaultLoadingMode, dsl::max,
    pg::PgRowByRowLoadingMode,
};
use domain::{ListKind, LookupKey, MatchRule, SubjectKind};

use super::{
    key_of, kind_of, list_of,
    restate::{KEYS_PER_STATEMENT, bytes},
    rule_of,
};
use crate::{
    change_counters::{self, Counter},
    connection::DbConnection,
    dialect,
    error::StoreError,
    schema::list_entries,
};

/// What the lists in memory need to know of an active entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveEntry {
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
    pub severity: u8,
    /// Whose subject it is.
    pub owner: Option<String>,
    /// First day seen.
    pub first_seen: Option<NaiveDate>,
    /// Last day seen.
    pub last_seen: Option<NaiveDate>,
}

/// A key touched by changes, with every entry that is now active under it: none means the key is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedKey {
    /// The key.
    pub key: LookupKey,
    /// Number of the last change that touched it.
    pub change_number: i64,
    /// What stands there now.
    pub active: Vec<ActiveEntry>,
}

type Row = (
    Vec<u8>,
    String,
    String,
    String,
    String,
    Option<String>,
    i16,
    Option<String>,
    Option<NaiveDate>,
    Option<NaiveDate>,
);

type Columns = (
    list_entries::lookup_key,
    list_entries::list,
    list_entries::kind,
    list_entries::rule,
    list_entries::canonical,
    list_entries::fraud_type,
    list_entries::severity,
    list_entries::owner,
    list_entries::first_seen,
    list_entries::last_seen,
);

const COLUMNS: Columns = (
    list_entries::lookup_key,
    list_entries::list,
    list_entries::kind,
    list_entries::rule,
    list_entries::canonical,
    list_entries::fraud_type,
    list_entries::severity,
    list_entries::owner,
    list_entries::first_seen,
    list_entries::last_seen,
);

/// What changed after number `after`, at most `limit` changes, and the number up to which that is everything.
pub fn list_entries_changed(
    connection: &mut DbConnection,
    after: i64,
    limit: i64,
) -> Result<(Vec<ChangedKey>, i64), StoreError> {
    let current = change_counters::current(connection, Counter::Lists)?;
    if current == after {
        return Ok((Vec::new(), after));
    }
    let changes: Vec<(i64, Vec<u8>)> = list_entries::table
        .filter(list_entries::change_number.gt(after))
        .order(list_entries::change_number)
        .limit(limit)
        .select((list_entries::change_number, list_entries::lookup_key))
        .load(connection)?;
    // Numbers may have been taken and not used; a full page may end before the current one.
    let full = i64::try_from(changes.len()).is_ok_and(|count| count == limit);
    let covered = if full { changes.last().map_or(current, |(number, _)| *number) } else { current };
    let mut numbers = std::collections::BTreeMap::new();
    for (number, key) in changes {
        numbers.insert(key, number);
    }
    let entries = list_entries_active(connection, numbers.keys().cloned().collect())?;
    Ok((grouped(numbers, entries)?, covered))
}

/// The active entries under these keys.
fn list_entries_active(connection: &mut DbConnection, keys: Vec<Vec<u8>>) -> Result<Vec<ActiveEntry>, StoreError> {
    let rows: Vec<Row> = list_entries::table
        .filter(list_entries::lookup_key.eq_any(keys))
        .filter(list_entries::state.eq("active"))
        .select(COLUMNS)
        .load(connection)?;
    rows.into_iter().map(decoded).collect()
}

fn grouped(
    numbers: std::collections::BTreeMap<Vec<u8>, i64>,
    entries: Vec<ActiveEntry>,
) -> Result<Vec<ChangedKey>, StoreError> {
    let mut by_key = std::collections::HashMap::<LookupKey, Vec<ActiveEntry>>::new();
    for entry in entries {
        by_key.entry(entry.key).or_default().push(entry);
    }
    numbers
        .into_iter()
        .map(|(bytes, change_number)| {
            let key = key_of(bytes)?;
            Ok(ChangedKey { key, change_number, active: by_key.remove(&key).unwrap_or_default() })
        })
        .collect()
}

/// Walks all active entries in the order of their keys, as they stood at one moment. `begin` gets the number of the last
/// change included and about how many rows come; `visit` gets each row. Memory is bounded: rows are streamed.
pub fn list_entries_walk<B>(
    connection: &mut DbConnection,
    begin: impl FnOnce(i64, i64) -> Result<B, StoreError>,
    mut visit: impl FnMut(&mut B, ActiveEntry) -> Result<(), StoreError>,
) -> Result<B, StoreError> {
    dialect::begin_stable_read(connection)?;
    let walked = walk_in_transaction(connection, begin, &mut visit);
    dialect::end_stable_read(connection)?;
    walked
}

fn walk_in_transaction<B>(
    connection: &mut DbConnection,
    begin: impl FnOnce(i64, i64) -> Result<B, StoreError>,
    visit: &mut impl FnMut(&mut B, ActiveEntry) -> Result<(), StoreError>,
) -> Result<B, StoreError> {
    dialect::allow_long_statement(connection)?;
    let number = change_counters::current(connection, Counter::Lists)?;
    // Counting millions of rows takes seconds; the last id is near enough for a hint.
    let about: Option<i64> = list_entries::table.select(max(list_entries::id)).first(connection)?;
    let mut state = begin(number, about.unwrap_or(0))?;
    let query =
        list_entries::table.filter(list_entries::state.eq("active")).order(list_entries::lookup_key).select(COLUMNS);
    let mut visit_row = |row: QueryResult<Row>| visit(&mut state, decoded(row?)?);
    match connection {
        DbConnection::Pg(inner) => {
            query.load_iter::<Row, PgRowByRowLoadingMode>(inner)?.try_for_each(&mut visit_row)?;
        }
        DbConnection::Sqlite(inner) => {
            query.load_iter::<Row, DefaultLoadingMode>(inner)?.try_for_each(&mut visit_row)?;
        }
    }
    Ok(state)
}

/// The keys of all active entries of a list; meant for guard lists, which are small.
pub fn list_entries_keys(connection: &mut DbConnection, list: ListKind) -> Result<Vec<LookupKey>, StoreError> {
    let keys: Vec<Vec<u8>> = list_entries::table
        .filter(list_entries::list.eq(list.as_str()))
        .filter(list_entries::state.eq("active"))
        .select(list_entries::lookup_key)
        .load(connection)?;
    keys.into_iter().map(key_of).collect()
}

/// Which of these keys have an active entry on a list.
pub fn list_entries_among(
    connection: &mut DbConnection,
    list: ListKind,
    keys: &[LookupKey],
) -> Result<Vec<LookupKey>, StoreError> {
    let mut found = Vec::new();
    for keys in keys.chunks(KEYS_PER_STATEMENT) {
        let there: Vec<Vec<u8>> = list_entries::table
            .filter(list_entries::lookup_key.eq_any(bytes(keys)))
            .filter(list_entries::list.eq(list.as_str()))
            .filter(list_entries::state.eq("active"))
            .select(list_entries::lookup_key)
            .load(connection)?;
        for key in there {
            found.push(key_of(key)?);
        }
    }
    Ok(found)
}

fn decoded(row: Row) -> Result<ActiveEntry, StoreError> {
    let (key, list, kind, rule, canonical, fraud_type, severity, owner, first_seen, last_seen) = row;
    Ok(ActiveEntry {
        key: key_of(key)?,
        list: list_of(&list)?,
        kind: kind_of(&kind)?,
        rule: rule_of(&rule)?,
        canonical,
        fraud_type,
        severity: u8::try_from(severity).unwrap_or(0),
        owner,
        first_seen,
        last_seen,
    })
}
