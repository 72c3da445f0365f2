//! What persons reported and objected to, sealed under their keys.

use std::collections::HashMap;

use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _};
use keyring::Keyring;

use super::opened::Opened;
use crate::{
    appeals::{CANONICAL, STATEMENT},
    connection::DbConnection,
    error::StoreError,
    list_entries::kind_of,
    reports::{IMAGE, NOTE, SUBJECT, TEXT, subject_index},
    schema::{appeals, report_screenshots, report_subjects, reports},
};

/// A row's key, its person and two texts.
type Texts = (i64, i64, Option<Vec<u8>>, Option<Vec<u8>>);
/// A subject's key, its person, index, kind and canonical form.
type Reported = (i64, i64, Vec<u8>, String, Vec<u8>);

/// Brings the appeals of these persons to the current suite.
pub(super) fn move_appeals(
    connection: &mut DbConnection,
    keyring: &Keyring,
    opened: &mut HashMap<i64, Opened>,
) -> Result<(), StoreError> {
    let persons: Vec<i64> = opened.keys().copied().collect();
    let found: Vec<Texts> = appeals::table
        .filter(appeals::person_id.eq_any(persons))
        .select((appeals::id, appeals::person_id, appeals::canonical, appeals::statement))
        .load(connection)?;
    for (id, person_id, canonical, statement) in found {
        let Some(person) = opened.get_mut(&person_id) else { continue };
        let (mut new_canonical, mut new_statement) = (canonical.clone(), statement.clone());
        person.column(keyring, CANONICAL, &mut new_canonical, None);
        person.column(keyring, STATEMENT, &mut new_statement, None);
        if (&new_canonical, &new_statement) != (&canonical, &statement) {
            diesel::update(appeals::table.find(id))
                .set((appeals::canonical.eq(new_canonical), appeals::statement.eq(new_statement)))
                .execute(connection)?;
            person.changed = true;
        }
    }
    Ok(())
}

/// Brings the reports of these persons to the current keys: the indexes of subjects, and after a change of suite all that is
/// sealed.
pub(super) fn move_reports(
    connection: &mut DbConnection,
    keyring: &Keyring,
    opened: &mut HashMap<i64, Opened>,
) -> Result<(), StoreError> {
    let persons: Vec<i64> = opened.keys().copied().collect();
    move_texts(connection, keyring, &persons, opened)?;
    move_subjects(connection, keyring, &persons, opened)?;
    move_screenshots(connection, keyring, &persons, opened)
}

fn move_texts(
    connection: &mut DbConnection,
    keyring: &Keyring,
    persons: &[i64],
    opened: &mut HashMap<i64, Opened>,
) -> Result<(), StoreError> {
    let found: Vec<Texts> = reports::table
        .filter(reports::person_id.eq_any(persons.to_vec()))
        .select((reports::id, reports::person_id, reports::text, reports::note))
        .load(connection)?;
    for (id, person_id, text, note) in found {
        let Some(person) = opened.get_mut(&person_id) else { continue };
        let (mut new_text, mut new_note) = (text.clone(), note.clone());
        person.column(keyring, TEXT, &mut new_text, None);
        person.column(keyring, NOTE, &mut new_note, None);
        if (&new_text, &new_note) != (&text, &note) {
            diesel::update(reports::table.find(id))
                .set((reports::text.eq(new_text), reports::note.eq(new_note)))
                .execute(connection)?;
            person.changed = true;
        }
    }
    Ok(())
}

fn move_subjects(
    connection: &mut DbConnection,
    keyring: &Keyring,
    persons: &[i64],
    opened: &mut HashMap<i64, Opened>,
) -> Result<(), StoreError> {
    let found: Vec<Reported> = report_subjects::table
        .filter(report_subjects::person_id.eq_any(persons.to_vec()))
        .select((
            report_subjects::id,
            report_subjects::person_id,
            report_subjects::subject_index,
            report_subjects::kind,
            report_subjects::canonical,
        ))
        .load(connection)?;
    for (id, person_id, index, kind, canonical) in found {
        let Some(person) = opened.get_mut(&person_id) else { continue };
        let Ok((sealed, text)) = person.open(keyring, SUBJECT, &canonical) else { continue };
        let new_index = subject_index(keyring, kind_of(&kind)?, &text).to_vec();
        if new_index != index || sealed != canonical {
            let twin = report_subjects::table
                .filter(report_subjects::person_id.eq(person_id))
                .filter(report_subjects::subject_index.eq(&new_index))
                .filter(report_subjects::id.ne(id));
            // The same subject again, reported between the old index and the new one.
            diesel::delete(twin).execute(connection)?;
            diesel::update(report_subjects::table.find(id))
                .set((report_subjects::subject_index.eq(new_index), report_subjects::canonical.eq(sealed)))
                .execute(connection)?;
            person.changed = true;
        }
    }
    Ok(())
}

fn move_screenshots(
    connection: &mut DbConnection,
    keyring: &Keyring,
    persons: &[i64],
    opened: &mut HashMap<i64, Opened>,
) -> Result<(), StoreError> {
    // One picture at a time in memory.
    let found: Vec<(i64, i64)> = report_screenshots::table
        .inner_join(reports::table)
        .filter(reports::person_id.eq_any(persons.to_vec()))
        .select((report_screenshots::id, reports::person_id))
        .load(connection)?;
    for (id, person_id) in found {
        let Some(person) = opened.get_mut(&person_id) else { continue };
        let one = report_screenshots::table.find(id);
        let image: Vec<u8> = one.select(report_screenshots::image).first(connection)?;
        let sealed = person.bytes(keyring, IMAGE, &image);
        if sealed != image {
            diesel::update(one).set(report_screenshots::image.eq(sealed)).execute(connection)?;
            person.changed = true;
        }
    }
    Ok(())
}
