//! What a source knows of an entry that is there already.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _};
use domain::{ListKind, LookupKey, fraud_type};

use super::{add::NewEntry, key_of, list_of, restate::bytes};
use crate::{
    change_counters::{self, Counter},
    connection::DbConnection,
    error::StoreError,
    schema::list_entries,
    types::At,
};

/// What is stored of an entry.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stored {
    id: i64,
    facts: Facts,
}

/// What sources tell apart from how sure they are.
#[derive(Debug, Clone, PartialEq)]
struct Facts {
    fraud_type: Option<String>,
    severity: i16,
    first_seen: Option<NaiveDate>,
    last_seen: Option<NaiveDate>,
}

impl Facts {
    /// Both together: the wider span, the graver severity, a type rather than none.
    fn with(&self, new: &NewEntry) -> Self {
        let known = self.fraud_type.clone().filter(|code| code != fraud_type::UNKNOWN.as_str());
        Self {
            fraud_type: known.or_else(|| new.fraud_type.clone()).or_else(|| self.fraud_type.clone()),
            severity: self.severity.max(i16::from(new.severity)),
            first_seen: [self.first_seen, new.first_seen].into_iter().flatten().min(),
            last_seen: self.last_seen.max(new.last_seen),
        }
    }
}

type StoredRow = (Vec<u8>, String, i64, Option<String>, i16, Option<NaiveDate>, Option<NaiveDate>);

/// Which of these entries are there.
pub(super) fn stored(
    connection: &mut DbConnection,
    keyed: &[(LookupKey, &NewEntry)],
) -> Result<HashMap<(LookupKey, ListKind), Stored>, StoreError> {
    let mut found = HashMap::new();
    for chunk in keyed.chunks(10_000) {
        let keys: Vec<LookupKey> = chunk.iter().map(|(key, _)| *key).collect();
        let rows: Vec<StoredRow> = list_entries::table
            .filter(list_entries::lookup_key.eq_any(bytes(&keys)))
            .select((
                list_entries::lookup_key,
                list_entries::list,
                list_entries::id,
                list_entries::fraud_type,
                list_entries::severity,
                list_entries::first_seen,
                list_entries::last_seen,
            ))
            .load(connection)?;
        for (key, list, id, fraud_type, severity, first_seen, last_seen) in rows {
            let facts = Facts { fraud_type, severity, first_seen, last_seen };
            found.insert((key_of(key)?, list_of(&list)?), Stored { id, facts });
        }
    }
    Ok(found)
}

/// Adds what the new rows know to those that are there; each that differs is a change of the lists.
pub(super) fn merge(
    connection: &mut DbConnection,
    old: &[(LookupKey, &NewEntry)],
    known: &HashMap<(LookupKey, ListKind), Stored>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let merged = old.iter().filter_map(|(key, new)| {
        let stored = known.get(&(*key, new.list))?;
        let facts = stored.facts.with(new);
        (facts != stored.facts).then_some((stored.id, facts))
    });
    let merged: Vec<(i64, Facts)> = merged.collect();
    if merged.is_empty() {
        return Ok(());
    }
    let before = change_counters::take(connection, Counter::Lists, i64::try_from(merged.len()).unwrap_or(i64::MAX))?;
    for (number, (id, facts)) in (before + 1..).zip(merged) {
        diesel::update(list_entries::table.find(id))
            .set((
                list_entries::fraud_type.eq(facts.fraud_type),
                list_entries::severity.eq(facts.severity),
                list_entries::first_seen.eq(facts.first_seen),
                list_entries::last_seen.eq(facts.last_seen),
                list_entries::updated_at.eq(At::new(now)),
                list_entries::change_number.eq(number),
            ))
            .execute(connection)?;
    }
    Ok(())
}
