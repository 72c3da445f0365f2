//! Adding entries in bulk.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _};
use domain::{ListKind, ListRule, LookupKey};
use rand::RngExt as _;

use crate::{
    change_counters::{self, Counter},
    connection::DbConnection,
    dialect::{self, native},
    error::StoreError,
    list_conflicts,
    schema::list_entries,
    types::At,
};

/// Rows in one insert: well below SQLite's limit of 32,766 bound values.
const ROWS_PER_INSERT: usize = 1_000;

/// An entry to add.
#[derive(Debug, Clone)]
pub struct NewEntry {
    /// Which list.
    pub list: ListKind,
    /// What it covers.
    pub rule: ListRule,
    /// Code of the fraud type; absent where the list has none.
    pub fraud_type: Option<String>,
    /// 0 (unknown) to 3 (grave).
    pub severity: u8,
    /// Where it comes from, e.g. the name of a feed.
    pub source: String,
    /// Whose subject it is, e.g. the bank.
    pub owner: Option<String>,
    /// First day it was seen, as the source says.
    pub first_seen: Option<NaiveDate>,
    /// Last day it was seen, as the source says.
    pub last_seen: Option<NaiveDate>,
    /// True where a guard list holds it: stored as proposed, gives no verdict.
    pub held: bool,
}

/// How many entries were new.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Added {
    /// Active at once.
    pub active: u64,
    /// Held for review.
    pub held: u64,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = list_entries, treat_none_as_default_value = false)]
struct Row<'a> {
    public_id: Vec<u8>,
    list: &'a str,
    kind: &'a str,
    rule: &'a str,
    canonical: &'a str,
    lookup_key: Vec<u8>,
    fraud_type: Option<&'a str>,
    severity: i16,
    source: &'a str,
    owner: Option<&'a str>,
    first_seen: Option<NaiveDate>,
    last_seen: Option<NaiveDate>,
    state: &'a str,
    created_at: At,
    updated_at: At,
    change_number: i64,
}

/// Prepares a command's connection for a long import.
pub fn list_entries_expect_many(connection: &mut DbConnection) -> Result<(), StoreError> {
    dialect::expect_many_inserts(connection)
}

/// Adds the entries that are not there yet, in one transaction's worth of change numbers, and opens a conflict for each
/// subject that now stands on both the blacklist and the allowlist. An entry that exists stays as it is, also when it was
/// withdrawn: a feed does not undo a decision.
pub fn list_entries_add(
    connection: &mut DbConnection,
    entries: &[NewEntry],
    now: DateTime<Utc>,
) -> Result<Added, StoreError> {
    let fresh = without_existing(connection, entries)?;
    if fresh.is_empty() {
        return Ok(Added::default());
    }
    let before = change_counters::take(connection, Counter::Lists, i64::try_from(fresh.len()).unwrap_or(i64::MAX))?;
    let mut number = before;
    for chunk in fresh.chunks(ROWS_PER_INSERT) {
        let rows: Vec<Row<'_>> = chunk
            .iter()
            .map(|(key, entry)| {
                number += 1;
                row(entry, *key, number, now)
            })
            .collect();
        native!(connection, |inner| diesel::insert_into(list_entries::table)
            .values(&rows)
            .on_conflict((list_entries::lookup_key, list_entries::list))
            .do_nothing()
            .execute(inner))?;
    }
    list_conflicts::list_conflicts_open(connection, before, now)?;
    let held = fresh.iter().filter(|(_, entry)| entry.held).count() as u64;
    Ok(Added { active: fresh.len() as u64 - held, held })
}

fn row<'a>(entry: &'a NewEntry, key: LookupKey, change_number: i64, now: DateTime<Utc>) -> Row<'a> {
    let public_id: [u8; 16] = rand::rng().random();
    Row {
        public_id: public_id.to_vec(),
        list: entry.list.as_str(),
        kind: entry.rule.kind.as_str(),
        rule: entry.rule.rule.as_str(),
        canonical: &entry.rule.canonical,
        lookup_key: key.0.to_vec(),
        fraud_type: entry.fraud_type.as_deref(),
        severity: i16::from(entry.severity),
        source: &entry.source,
        owner: entry.owner.as_deref(),
        first_seen: entry.first_seen,
        last_seen: entry.last_seen,
        state: if entry.held { "proposed" } else { "active" },
        created_at: At::new(now),
        updated_at: At::new(now),
        change_number,
    }
}

/// The entries whose subject is not on their list yet, sorted by key and each subject once: an import repeated in whole
/// takes no change numbers, and rows arrive in the order of the index.
fn without_existing<'a>(
    connection: &mut DbConnection,
    entries: &'a [NewEntry],
) -> Result<Vec<(LookupKey, &'a NewEntry)>, StoreError> {
    let mut keyed: Vec<(LookupKey, &NewEntry)> =
        entries.iter().map(|entry| (LookupKey::of(entry.rule.kind, &entry.rule.canonical), entry)).collect();
    keyed.sort_by_key(|(key, entry)| (*key, entry.list.as_str()));
    keyed.dedup_by_key(|(key, entry)| (*key, entry.list.as_str()));
    let mut existing = std::collections::HashSet::new();
    for chunk in keyed.chunks(10_000) {
        let keys: Vec<Vec<u8>> = chunk.iter().map(|(key, _)| key.0.to_vec()).collect();
        let found: Vec<(Vec<u8>, String)> = list_entries::table
            .filter(list_entries::lookup_key.eq_any(keys))
            .select((list_entries::lookup_key, list_entries::list))
            .load(connection)?;
        existing.extend(found);
    }
    keyed.retain(|(key, entry)| !existing.contains(&(key.0.to_vec(), entry.list.as_str().to_owned())));
    Ok(keyed)
}
