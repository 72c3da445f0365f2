//! Risk groups of persons, with who said so and until when.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _, upsert::excluded};
use domain::person::TagSource;

use crate::{
    connection::DbConnection,
    dialect::native,
    error::StoreError,
    schema::{person_tags, persons},
    types::At,
};

#[derive(diesel::Insertable)]
#[diesel(table_name = person_tags, treat_none_as_default_value = false)]
pub(crate) struct TagRow<'a> {
    person_id: i64,
    tag: &'a str,
    source: &'static str,
    set_at: At,
    expires_at: Option<At>,
}

impl<'a> TagRow<'a> {
    pub(crate) fn of(person: i64, new: &'a NewTag, source: TagSource, now: DateTime<Utc>) -> Self {
        Self {
            person_id: person,
            tag: &new.tag,
            source: source.as_str(),
            set_at: At::new(now),
            expires_at: new.expires_at.map(At::new),
        }
    }
}

/// A tag to set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTag {
    /// Code of the risk group.
    pub tag: String,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A tag as stored.
#[derive(Debug, Clone)]
pub struct StoredTag {
    /// Code of the risk group.
    pub tag: String,
    /// `self`, `guardian`, `officer` or `import`.
    pub source: String,
    /// When it was set.
    pub set_at: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Makes the tags that `source` set for a person these; what others set stays.
pub fn tags_set(
    connection: &mut DbConnection,
    person: i64,
    tags: &[NewTag],
    source: TagSource,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::delete(
        person_tags::table.filter(person_tags::person_id.eq(person)).filter(person_tags::source.eq(source.as_str())),
    )
    .execute(connection)?;
    let rows: Vec<TagRow<'_>> = tags.iter().map(|tag| TagRow::of(person, tag, source, now)).collect();
    native!(connection, |inner| diesel::insert_into(person_tags::table)
        .values(&rows)
        .on_conflict((person_tags::person_id, person_tags::tag))
        .do_update()
        .set((
            person_tags::source.eq(excluded(person_tags::source)),
            person_tags::set_at.eq(excluded(person_tags::set_at)),
            person_tags::expires_at.eq(excluded(person_tags::expires_at)),
        ))
        .execute(inner))?;
    Ok(())
}

/// The tags of persons by their keys, sorted, ended ones too.
pub fn tags_of_persons(
    connection: &mut DbConnection,
    persons: &[i64],
) -> Result<HashMap<i64, Vec<StoredTag>>, StoreError> {
    let rows: Vec<(i64, String, String, At, Option<At>)> = person_tags::table
        .filter(person_tags::person_id.eq_any(persons.to_vec()))
        .order((person_tags::person_id, person_tags::tag))
        .select((
            person_tags::person_id,
            person_tags::tag,
            person_tags::source,
            person_tags::set_at,
            person_tags::expires_at,
        ))
        .load(connection)?;
    let mut tags = HashMap::<i64, Vec<StoredTag>>::new();
    for (person, tag, source, set_at, expires_at) in rows {
        let stored = StoredTag { tag, source, set_at: set_at.into(), expires_at: expires_at.map(Into::into) };
        tags.entry(person).or_default().push(stored);
    }
    Ok(tags)
}

/// Outward ids of persons with tags whose time is over, at most `limit`.
pub fn tags_over(connection: &mut DbConnection, now: DateTime<Utc>, limit: i64) -> Result<Vec<String>, StoreError> {
    let over = person_tags::table.filter(person_tags::expires_at.le(Some(At::new(now)))).select(person_tags::person_id);
    Ok(persons::table.filter(persons::id.eq_any(over)).select(persons::public_id).limit(limit).load(connection)?)
}

/// Takes the tags away from a person whose time is over, and returns how many.
pub fn tags_expire(connection: &mut DbConnection, person: i64, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let over = person_tags::table
        .filter(person_tags::person_id.eq(person))
        .filter(person_tags::expires_at.le(Some(At::new(now))));
    Ok(diesel::delete(over).execute(connection)?)
}
