//! Reports as officers see them: by subject, the latest first.

use chrono::{DateTime, Utc};
use diesel::{
    ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _,
    dsl::{count, max, min},
};
use domain::SubjectKind;
use keyring::Keyring;

use super::{COLUMNS, Loaded, SUBJECT, StoredReport, opened};
use crate::{
    connection::DbConnection,
    error::StoreError,
    list_entries::kind_of,
    persons::{persons_by_id, profile::open_text},
    schema::{report_subjects, reports},
    sought::sought,
    types::At,
};

/// What was reported about one subject and is open.
#[derive(Debug, Clone)]
pub struct ReportGroup {
    /// Where the next page begins.
    pub cursor: i64,
    /// Its kind.
    pub kind: SubjectKind,
    /// Its canonical form.
    pub canonical: String,
    /// How many residents reported it.
    pub reporters: i64,
    /// When first.
    pub first_at: DateTime<Utc>,
    /// When last.
    pub last_at: DateTime<Utc>,
    /// Outward id of the latest report.
    pub latest: String,
}

/// Subjects that were reported and not decided about, the latest first, before `before`.
pub fn report_groups_page(
    connection: &mut DbConnection,
    keyring: &Keyring,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<ReportGroup>, StoreError> {
    type Group = (Option<i64>, i64, Option<At>, Option<At>);
    let latest = max(report_subjects::id);
    let groups: Vec<Group> = report_subjects::table
        .filter(report_subjects::outcome.is_null())
        .group_by(report_subjects::subject_index)
        .having(latest.lt(before.unwrap_or(i64::MAX)))
        .order(latest.desc())
        .select((
            latest,
            count(report_subjects::id),
            min(report_subjects::reported_at),
            max(report_subjects::reported_at),
        ))
        .limit(limit)
        .load(connection)?;
    let mut found = Vec::new();
    for (latest, reporters, first_at, last_at) in groups {
        let (Some(cursor), Some(first_at), Some(last_at)) = (latest, first_at, last_at) else { continue };
        let (person_id, kind, canonical, latest): (i64, String, Vec<u8>, String) = report_subjects::table
            .find(cursor)
            .inner_join(reports::table)
            .select((report_subjects::person_id, report_subjects::kind, report_subjects::canonical, reports::public_id))
            .first(connection)?;
        let Some(person) = persons_by_id(connection, keyring, &[person_id])?.pop() else { continue };
        let canonical = open_text(keyring, &person.key, SUBJECT, person.public_id, Some(canonical))?;
        found.push(ReportGroup {
            cursor,
            kind: kind_of(&kind)?,
            canonical: canonical.unwrap_or_default(),
            reporters,
            first_at: first_at.into(),
            last_at: last_at.into(),
            latest,
        });
    }
    Ok(found)
}

/// A report by its outward id, whoever made it.
pub fn report_find(
    connection: &mut DbConnection,
    keyring: &Keyring,
    public_id: &str,
) -> Result<StoredReport, StoreError> {
    let loaded: Option<Loaded> = reports::table
        .filter(reports::public_id.eq(sought(public_id)?))
        .select(COLUMNS)
        .first(connection)
        .optional()?;
    let loaded = loaded.ok_or(StoreError::NotFound)?;
    let person = persons_by_id(connection, keyring, &[loaded.2])?.pop().ok_or(StoreError::NotFound)?;
    opened(connection, keyring, &person, loaded)
}

/// How many other reports are of almost the same text.
pub fn reports_alike_count(connection: &mut DbConnection, report: &StoredReport) -> Result<i64, StoreError> {
    let Some(alike) = report.alike else { return Ok(0) };
    let others = reports::table.filter(reports::alike.eq(Some(alike))).filter(reports::id.ne(report.id));
    Ok(others.count().get_result(connection)?)
}
