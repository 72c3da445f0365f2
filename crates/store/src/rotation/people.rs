//! Persons, with what is sealed under their keys.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _, SelectableHelper as _, prelude};
use keyring::Keyring;

use super::{
    Part, Step, load_part,
    opened::{Opened, opened},
    reports,
};
use crate::{
    audit_log::{PERSON, PURPOSE},
    connection::DbConnection,
    error::StoreError,
    persons::{
        OPENID,
        consents::CONSENT_REASON,
        profile::{NAME, PHONE},
    },
    schema::{audit_log, consents, persons, warnings},
    warnings::{CANONICAL, subject_index},
};

#[derive(prelude::Queryable, prelude::Selectable, prelude::AsChangeset, Clone, PartialEq, Eq)]
#[diesel(table_name = persons, treat_none_as_null = true)]
struct Row {
    id: i64,
    public_id: String,
    key: Vec<u8>,
    openid: Option<Vec<u8>>,
    openid_index: Option<Vec<u8>>,
    phone: Option<Vec<u8>>,
    phone_index: Option<Vec<u8>>,
    name: Option<Vec<u8>>,
}

/// Brings a part of the persons to the current keys: their own keys, the blind indexes of phone, openid and the subjects of
/// warnings, and, after a change of suite, all that is sealed under their keys. Call it in a write transaction.
pub fn persons_reseal(connection: &mut DbConnection, keyring: &Keyring, part: Part) -> Result<Step, StoreError> {
    let found: Vec<Row> = load_part!(connection, keyring, part, persons, key, Row)?;
    let (mut step, found) = opened(keyring, found, |row| (row.id, &row.public_id, &row.key))?;
    let mut opened = HashMap::new();
    let mut pairs = Vec::new();
    for (row, mut person) in found {
        let (id, anew) = (row.id, moved(keyring, &mut person, &row));
        pairs.push((row, anew));
        opened.insert(id, person);
    }
    write_persons(connection, pairs, &mut opened)?;
    move_warnings(connection, keyring, &mut opened)?;
    move_consents(connection, keyring, &mut opened)?;
    reports::move_reports(connection, keyring, &mut opened)?;
    reports::move_appeals(connection, keyring, &mut opened)?;
    move_purposes(connection, keyring, &mut opened)?;
    for person in opened.values() {
        step.changed += u64::from(person.changed);
        step.stuck += u64::from(!person.whole);
    }
    Ok(step)
}

/// The row under the current keys. What does not open stays as it is.
fn moved(keyring: &Keyring, person: &mut Opened, row: &Row) -> Row {
    let mut anew = Row { key: person.wrapped.clone(), ..row.clone() };
    person.column(keyring, OPENID, &mut anew.openid, Some(&mut anew.openid_index));
    person.column(keyring, PHONE, &mut anew.phone, Some(&mut anew.phone_index));
    person.column(keyring, NAME, &mut anew.name, None);
    anew
}

fn write_persons(
    connection: &mut DbConnection,
    moved: Vec<(Row, Row)>,
    opened: &mut HashMap<i64, Opened>,
) -> Result<(), StoreError> {
    // Two rows with one openid cannot come to be; should they, the second keeps its index and the walk goes on.
    let new = moved.iter().filter(|(row, anew)| row.openid_index != anew.openid_index);
    let new: Vec<Option<Vec<u8>>> = new.map(|(_, anew)| anew.openid_index.clone()).collect();
    let taken: Vec<Option<Vec<u8>>> =
        persons::table.filter(persons::openid_index.eq_any(new)).select(persons::openid_index).load(connection)?;
    let mut taken: HashSet<Vec<u8>> = taken.into_iter().flatten().collect();
    for (row, mut anew) in moved.into_iter().filter(|(row, anew)| row != anew) {
        let Some(person) = opened.get_mut(&row.id) else { continue };
        if row.openid_index != anew.openid_index {
            let free = anew.openid_index.clone().is_none_or(|index| taken.insert(index));
            if !free {
                person.whole = false;
                anew.openid_index = row.openid_index;
            }
        }
        diesel::update(persons::table.find(row.id)).set(anew).execute(connection)?;
        person.changed = true;
    }
    Ok(())
}

type Warning = (i64, i64, Vec<u8>, NaiveDate, String, Vec<u8>, String);

fn move_warnings(
    connection: &mut DbConnection,
    keyring: &Keyring,
    opened: &mut HashMap<i64, Opened>,
) -> Result<(), StoreError> {
    let persons: Vec<i64> = opened.keys().copied().collect();
    let found: Vec<Warning> = warnings::table
        .filter(warnings::person_id.eq_any(persons))
        .select((
            warnings::id,
            warnings::person_id,
            warnings::subject_index,
            warnings::day,
            warnings::kind,
            warnings::canonical,
            warnings::reason,
        ))
        .load(connection)?;
    let mut taken: HashSet<(i64, Vec<u8>, NaiveDate, String)> = found
        .iter()
        .map(|(_, person, index, day, _, _, reason)| (*person, index.clone(), *day, reason.clone()))
        .collect();
    for (id, person_id, index, day, kind, canonical, reason) in found {
        let Some(person) = opened.get_mut(&person_id) else { continue };
        let Ok((sealed, text)) = person.open(keyring, CANONICAL, &canonical) else { continue };
        let mut new_index = subject_index(keyring, &kind, &text).to_vec();
        if new_index != index && !taken.insert((person_id, new_index.clone(), day, reason)) {
            // The same warning again, left between the old index and the new one: it is found by its person all the same.
            new_index.clone_from(&index);
        }
        if new_index != index || sealed != canonical {
            diesel::update(warnings::table.find(id))
                .set((warnings::subject_index.eq(new_index), warnings::canonical.eq(sealed)))
                .execute(connection)?;
            person.changed = true;
        }
    }
    Ok(())
}

fn move_consents(
    connection: &mut DbConnection,
    keyring: &Keyring,
    opened: &mut HashMap<i64, Opened>,
) -> Result<(), StoreError> {
    let persons: Vec<i64> = opened.keys().copied().collect();
    let found: Vec<(i64, i64, Option<Vec<u8>>)> = consents::table
        .filter(consents::person_id.eq_any(persons))
        .filter(consents::reason.is_not_null())
        .select((consents::id, consents::person_id, consents::reason))
        .load(connection)?;
    for (id, person_id, reason) in found {
        let (Some(person), Some(reason)) = (opened.get_mut(&person_id), reason) else { continue };
        let Ok((sealed, _)) = person.open(keyring, CONSENT_REASON, &reason) else { continue };
        if sealed != reason {
            diesel::update(consents::table.find(id)).set(consents::reason.eq(Some(sealed))).execute(connection)?;
            person.changed = true;
        }
    }
    Ok(())
}

fn move_purposes(
    connection: &mut DbConnection,
    keyring: &Keyring,
    opened: &mut HashMap<i64, Opened>,
) -> Result<(), StoreError> {
    let by_name: HashMap<String, i64> = opened.iter().map(|(id, person)| (person.name(), *id)).collect();
    let names: Vec<&str> = by_name.keys().map(String::as_str).collect();
    let found: Vec<(i64, String, Option<Vec<u8>>)> = audit_log::table
        .filter(audit_log::object_kind.eq(PERSON))
        .filter(audit_log::object_id.eq_any(names))
        .filter(audit_log::purpose.is_not_null())
        .select((audit_log::id, audit_log::object_id, audit_log::purpose))
        .load(connection)?;
    for (id, name, purpose) in found {
        let person = by_name.get(&name).and_then(|person| opened.get_mut(person));
        let (Some(person), Some(purpose)) = (person, purpose) else { continue };
        let Ok((sealed, _)) = person.open(keyring, PURPOSE, &purpose) else { continue };
        if sealed != purpose {
            diesel::update(audit_log::table.find(id)).set(audit_log::purpose.eq(Some(sealed))).execute(connection)?;
            person.changed = true;
        }
    }
    Ok(())
}
