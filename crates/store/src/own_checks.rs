//! Who checked what lately: a blind index, a person and a day, only of who agreed to be told of changes. What was checked
//! cannot be read back.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use diesel::{ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _, upsert::excluded};
use domain::{ListKind, LookupKey, person::Purpose, standing::EntryState};
use keyring::Keyring;

use crate::{
    change_counters::{self, Counter},
    connection::DbConnection,
    dialect::{first_for_update, native},
    error::StoreError,
    list_entries::{EntryRow, list_entries_by_number},
    schema::{consents, look_back_position, own_checks, persons},
};

const SUBJECT: &str = "own_checks.subject";
const ROWS_PER_STATEMENT: usize = 1_000;

/// A resident's own check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnCheck {
    /// Outward id of the resident.
    pub resident: String,
    /// The keys under which a listed rule about it would stand.
    pub keys: Vec<LookupKey>,
    /// Beijing day.
    pub day: NaiveDate,
    /// Whether the answer was `fraud`.
    pub fraud: bool,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = own_checks, treat_none_as_default_value = false)]
struct Row {
    subject_index: Vec<u8>,
    person_id: i64,
    day: NaiveDate,
    fraud: bool,
}

/// Keeps checks of those who agreed to it. The last answer of a day stands.
pub fn own_checks_add(connection: &mut DbConnection, keyring: &Keyring, checks: &[OwnCheck]) -> Result<(), StoreError> {
    let residents: Vec<&str> = checks.iter().map(|check| check.resident.as_str()).collect();
    let agreed: HashMap<String, i64> = persons::table
        .inner_join(consents::table)
        .filter(persons::public_id.eq_any(residents))
        .filter(persons::state.eq("active"))
        .filter(consents::purpose.eq(Purpose::LookBack.as_str()))
        .filter(consents::withdrawn_at.is_null())
        .select((persons::public_id, persons::id))
        .load::<(String, i64)>(connection)?
        .into_iter()
        .collect();
    // One row each: a statement must not meet the same row twice.
    let mut rows = BTreeMap::new();
    for check in checks {
        let Some(person_id) = agreed.get(&check.resident) else { continue };
        for key in &check.keys {
            rows.insert((index(keyring, key), *person_id, check.day), check.fraud);
        }
    }
    let rows: Vec<Row> = rows
        .into_iter()
        .map(|((subject_index, person_id, day), fraud)| Row { subject_index, person_id, day, fraud })
        .collect();
    for rows in rows.chunks(ROWS_PER_STATEMENT) {
        native!(connection, |inner| diesel::insert_into(own_checks::table)
            .values(rows)
            .on_conflict((own_checks::subject_index, own_checks::person_id, own_checks::day))
            .do_update()
            .set(own_checks::fraud.eq(excluded(own_checks::fraud)))
            .execute(inner))?;
    }
    Ok(())
}

fn index(keyring: &Keyring, key: &LookupKey) -> Vec<u8> {
    keyring.blind_index(SUBJECT, &name(key)).to_vec()
}

/// Keys are public: only the index of one is not.
fn name(key: &LookupKey) -> String {
    format!("{:032x}", u128::from_be_bytes(key.0))
}

/// Who checked something under these keys since a day: person and whether they were told `fraud` last.
pub fn own_checks_of(
    connection: &mut DbConnection,
    keyring: &Keyring,
    keys: &[LookupKey],
    since: NaiveDate,
) -> Result<HashMap<LookupKey, Vec<(i64, bool)>>, StoreError> {
    let mut names = HashMap::new();
    for key in keys {
        for index in keyring.blind_index_candidates(SUBJECT, &name(key)) {
            names.insert(index.to_vec(), *key);
        }
    }
    let found: Vec<(Vec<u8>, i64, bool)> = own_checks::table
        .filter(own_checks::subject_index.eq_any(names.keys().cloned().collect::<Vec<_>>()))
        .filter(own_checks::day.ge(since))
        .order((own_checks::subject_index, own_checks::person_id, own_checks::day))
        .select((own_checks::subject_index, own_checks::person_id, own_checks::fraud))
        .load(connection)?;
    let mut last = BTreeMap::new();
    for (index, person, fraud) in found {
        if let Some(key) = names.get(&index) {
            last.insert((*key, person), fraud);
        }
    }
    let mut by_key = HashMap::<LookupKey, Vec<(i64, bool)>>::new();
    for ((key, person), fraud) in last {
        by_key.entry(key).or_default().push((person, fraud));
    }
    Ok(by_key)
}

/// How many rows are kept of a person's checks.
pub fn own_checks_count(connection: &mut DbConnection, person: i64) -> Result<i64, StoreError> {
    Ok(own_checks::table.filter(own_checks::person_id.eq(person)).count().get_result(connection)?)
}

/// Forgets what a person checked.
pub fn own_checks_forget(connection: &mut DbConnection, person: i64) -> Result<(), StoreError> {
    diesel::delete(own_checks::table.filter(own_checks::person_id.eq(person))).execute(connection)?;
    Ok(())
}

/// Forgets checks before a day. Returns how many.
pub fn own_checks_prune(connection: &mut DbConnection, before: NaiveDate) -> Result<usize, StoreError> {
    Ok(diesel::delete(own_checks::table.filter(own_checks::day.lt(before))).execute(connection)?)
}

/// Changes of the lists that nobody has looked back from.
#[derive(Debug, Clone, Default)]
pub struct LookBackPart {
    /// The entries that changed.
    pub entries: Vec<EntryRow>,
    /// The number up to which was looked back before.
    pub begun: i64,
    /// The number of the last of them.
    pub covered: i64,
    /// Whether there may be more.
    pub more: bool,
}

/// The next changes up to number `until`, at most `limit`; other servers wait until the transaction ends. Only entries
/// whose state can have been told to somebody.
pub fn look_back_next(connection: &mut DbConnection, until: i64, limit: i64) -> Result<LookBackPart, StoreError> {
    let held = look_back_position::table.find(1).select(look_back_position::change_number);
    let position: Option<i64> = first_for_update!(connection, held)?;
    let position = position.ok_or_else(|| StoreError::Unreadable("no position to look back from".to_owned()))?;
    let until = until.min(change_counters::current(connection, Counter::Lists)?);
    let nothing = |covered| LookBackPart { begun: position, covered, ..LookBackPart::default() };
    if position >= until {
        return Ok(nothing(position));
    }
    // A first import of millions of entries is nothing to those who never checked.
    let any: Option<i64> = own_checks::table.select(own_checks::person_id).first(connection).optional()?;
    let told: Option<i64> =
        crate::schema::warnings::table.select(crate::schema::warnings::id).first(connection).optional()?;
    if any.is_none() && told.is_none() {
        return Ok(nothing(until));
    }
    let mut entries =
        list_entries_by_number(connection, &[ListKind::Blacklist, ListKind::Allowlist], position, until, limit)?;
    let more = i64::try_from(entries.len()).is_ok_and(|found| found == limit);
    let covered = entries.last().filter(|_| more).map_or(until, |entry| entry.change_number);
    let tellable = [EntryState::Active, EntryState::Suspended, EntryState::Withdrawn];
    entries.retain(|entry| tellable.contains(&entry.state));
    Ok(LookBackPart { entries, begun: position, covered, more })
}

/// Everything up to this number has been looked back from.
pub fn look_back_done(connection: &mut DbConnection, covered: i64) -> Result<(), StoreError> {
    diesel::update(look_back_position::table.find(1))
        .set(look_back_position::change_number.eq(covered))
        .execute(connection)?;
    Ok(())
}
