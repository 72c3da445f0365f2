//! Risk groups of persons, with who said so and until when.

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _, upsert::excluded};
use domain::person::TagSource;

use crate::{connection::DbConnection, dialect::native, error::StoreError, schema::person_tags, types::At};

#[derive(diesel::Insertable)]
#[diesel(table_name = person_tags, treat_none_as_default_value = false)]
pub(crate) struct TagRow<'a> {
    pub(crate) person_id: i64,
    pub(crate) tag: &'a str,
    pub(crate) source: &'static str,
    pub(crate) set_at: At,
    pub(crate) expires_at: Option<At>,
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
    tags: &[(String, Option<DateTime<Utc>>)],
    source: TagSource,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::delete(
        person_tags::table.filter(person_tags::person_id.eq(person)).filter(person_tags::source.eq(source.as_str())),
    )
    .execute(connection)?;
    let rows: Vec<TagRow<'_>> = tags
        .iter()
        .map(|(tag, expires_at)| TagRow {
            person_id: person,
            tag,
            source: source.as_str(),
            set_at: At::new(now),
            expires_at: expires_at.map(At::new),
        })
        .collect();
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

/// The tags of a person, ended ones too.
pub fn tags_of_person(connection: &mut DbConnection, person: i64) -> Result<Vec<StoredTag>, StoreError> {
    let rows: Vec<(String, String, At, Option<At>)> = person_tags::table
        .filter(person_tags::person_id.eq(person))
        .order(person_tags::tag)
        .select((person_tags::tag, person_tags::source, person_tags::set_at, person_tags::expires_at))
        .load(connection)?;
    let stored = |(tag, source, set_at, expires_at): (_, _, At, Option<At>)| StoredTag {
        tag,
        source,
        set_at: set_at.into(),
        expires_at: expires_at.map(Into::into),
    };
    Ok(rows.into_iter().map(stored).collect())
}

/// Removes tags whose time is over, at most `limit`, and returns whose they were.
pub fn tags_expire(connection: &mut DbConnection, now: DateTime<Utc>, limit: i64) -> Result<Vec<i64>, StoreError> {
    let over: Vec<(i64, String)> = person_tags::table
        .filter(person_tags::expires_at.le(Some(At::new(now))))
        .limit(limit)
        .select((person_tags::person_id, person_tags::tag))
        .load(connection)?;
    for (person, tag) in &over {
        diesel::delete(person_tags::table.find((person, tag))).execute(connection)?;
    }
    Ok(over.into_iter().map(|(person, _)| person).collect())
}
