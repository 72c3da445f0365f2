//! What residents report. What they wrote is sealed under their own keys; subjects are found by a blind index.

mod media_checks;
mod queue;
mod screenshots;
mod votes;

pub use media_checks::{
    CheckState, DueCheck, MediaOutcome, NewAsking, media_find, media_result_add, media_results_settle,
    screenshot_check_begin, screenshot_check_end, screenshot_check_leave, screenshot_check_traced,
    screenshot_checks_due, screenshot_checks_give_up,
};
pub use queue::{ReportGroup, report_find, report_groups_page, reports_alike_count};
pub(crate) use screenshots::IMAGE;
pub use screenshots::{
    NewScreenshot, ScreenshotBrief, StoredScreenshot, screenshot_add, screenshot_find, screenshots_of_report,
    screenshots_size,
};
pub use votes::{Votes, report_record, report_subject_hold, report_votes, reporters_count, reports_judge};

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _};
use domain::{SubjectKind, report::Fingerprint};
use keyring::{BlindIndex, Keyring, PublicId, SealContext};

use crate::{
    connection::DbConnection,
    dialect::native,
    error::StoreError,
    list_entries::kind_of,
    persons::{StoredPerson, profile::open_text},
    schema::{report_bands, report_subjects, reports},
    sought::sought,
    types::At,
};

/// Names the sealed text of a report.
pub(crate) const TEXT: &str = "reports.text";
/// Names the sealed note of a report.
pub(crate) const NOTE: &str = "reports.note";
/// Names the sealed subject of a report and its blind index.
pub(crate) const SUBJECT: &str = "report_subjects.canonical";
const VOTER: &str = "reports.voter";
const ADDRESS: &str = "reports.address";
/// Earlier reports that are compared with a text.
const COMPARED: i64 = 50;

/// A report to keep.
#[derive(Debug, Clone)]
pub struct NewReport<'a> {
    /// Outward id.
    pub public_id: PublicId,
    /// Code of the fraud type, if the reporter named one.
    pub fraud_type: Option<&'a str>,
    /// The reported text.
    pub text: Option<&'a str>,
    /// What the reporter says about it.
    pub note: Option<&'a str>,
    /// Canonical forms of what is reported.
    pub subjects: &'a [(SubjectKind, String)],
    /// What the client calls its device.
    pub device: Option<&'a str>,
    /// The network address.
    pub address: Option<&'a str>,
    /// See [`domain::report::weight`].
    pub weight: u16,
    /// The time.
    pub now: DateTime<Utc>,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = reports, treat_none_as_default_value = false)]
struct Row<'a> {
    public_id: String,
    person_id: i64,
    created_at: At,
    fraud_type: Option<&'a str>,
    text: Option<Vec<u8>>,
    note: Option<Vec<u8>>,
    fingerprint: Option<Vec<u8>>,
    voter_index: Vec<u8>,
    address_index: Option<Vec<u8>>,
    weight: i16,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = report_subjects, treat_none_as_default_value = false)]
struct SubjectRow<'a> {
    report_id: i64,
    person_id: i64,
    reported_at: At,
    subject_index: Vec<u8>,
    kind: &'a str,
    canonical: Vec<u8>,
}

/// Keeps a report of `person`. Subjects that the person reported before are not counted again.
pub fn report_add(
    connection: &mut DbConnection,
    keyring: &Keyring,
    person: &StoredPerson,
    new: &NewReport<'_>,
) -> Result<(), StoreError> {
    let seal = |column: &'static str, text: &str| {
        keyring.seal(&person.key, SealContext::new(column, person.public_id), text.as_bytes())
    };
    let print = new.text.and_then(Fingerprint::of);
    let unknown_device = || format!("person {}", person.public_id);
    let voter = new.device.map_or_else(unknown_device, |device| format!("device {device}"));
    let row = Row {
        public_id: new.public_id.to_string(),
        person_id: person.id,
        created_at: At::new(new.now),
        fraud_type: new.fraud_type,
        text: new.text.map(|text| seal(TEXT, text)).transpose()?,
        note: new.note.map(|note| seal(NOTE, note)).transpose()?,
        fingerprint: print.map(Fingerprint::to_bytes),
        voter_index: keyring.blind_index(VOTER, &voter).to_vec(),
        address_index: new.address.map(|address| keyring.blind_index(ADDRESS, address).to_vec()),
        weight: i16::try_from(new.weight).unwrap_or(0),
    };
    let id: i64 = native!(connection, |inner| diesel::insert_into(reports::table)
        .values(&row)
        .returning(reports::id)
        .get_result(inner))?;
    if let Some(print) = print {
        join_alike(connection, id, &print)?;
    }
    let mut rows = Vec::new();
    for (kind, canonical) in new.subjects {
        rows.push(SubjectRow {
            report_id: id,
            person_id: person.id,
            reported_at: At::new(new.now),
            subject_index: subject_index(keyring, *kind, canonical).to_vec(),
            kind: kind.as_str(),
            canonical: seal(SUBJECT, canonical)?,
        });
    }
    native!(connection, |inner| diesel::insert_into(report_subjects::table)
        .values(&rows)
        .on_conflict((report_subjects::person_id, report_subjects::subject_index))
        .do_nothing()
        .execute(inner))?;
    Ok(())
}

/// Joins a report to the earliest one of almost the same text.
fn join_alike(connection: &mut DbConnection, id: i64, print: &Fingerprint) -> Result<(), StoreError> {
    let near = report_bands::table
        .filter(report_bands::band.eq_any(print.bands().to_vec()))
        .order(report_bands::report_id)
        .select(report_bands::report_id)
        .distinct()
        .limit(COMPARED);
    let ids: Vec<i64> = near.load(connection)?;
    let known: Vec<(i64, Option<i64>, Option<Vec<u8>>)> = reports::table
        .filter(reports::id.eq_any(ids))
        .order(reports::id)
        .select((reports::id, reports::alike, reports::fingerprint))
        .load(connection)?;
    let like = known.into_iter().find_map(|(other, alike, bytes)| {
        let known = Fingerprint::from_bytes(&bytes?)?;
        known.is_like(print).then(|| alike.unwrap_or(other))
    });
    diesel::update(reports::table.find(id)).set(reports::alike.eq(Some(like.unwrap_or(id)))).execute(connection)?;
    // One of a kind is enough to find the others by.
    if like.is_none() {
        let rows: Vec<_> = print
            .bands()
            .into_iter()
            .map(|band| (report_bands::band.eq(band), report_bands::report_id.eq(id)))
            .collect();
        native!(connection, |inner| diesel::insert_into(report_bands::table)
            .values(rows)
            .on_conflict_do_nothing()
            .execute(inner))?;
    }
    Ok(())
}

/// By which reports of the same subject are found.
pub(crate) fn subject_index(keyring: &Keyring, kind: SubjectKind, canonical: &str) -> BlindIndex {
    keyring.blind_index(SUBJECT, &format!("{kind}:{canonical}"))
}

/// All indexes under which a subject may stand.
fn subject_indexes(keyring: &Keyring, kind: SubjectKind, canonical: &str) -> Vec<Vec<u8>> {
    let candidates = keyring.blind_index_candidates(SUBJECT, &format!("{kind}:{canonical}"));
    candidates.into_iter().map(|index| index.to_vec()).collect()
}

/// A report as stored, opened.
#[derive(Debug, Clone)]
pub struct StoredReport {
    /// Key in the database.
    pub id: i64,
    /// Outward id.
    pub public_id: String,
    /// Key of the reporter.
    pub person_id: i64,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Code of the fraud type.
    pub fraud_type: Option<String>,
    /// The text.
    pub text: Option<String>,
    /// What the reporter says about it.
    pub note: Option<String>,
    /// Names reports of almost the same text.
    pub alike: Option<i64>,
    /// What is reported.
    pub subjects: Vec<ReportedSubject>,
}

/// A subject of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedSubject {
    /// Its kind.
    pub kind: SubjectKind,
    /// Its canonical form.
    pub canonical: String,
    /// Whether the centre found the report right; none while it is open.
    pub right: Option<bool>,
}

type Loaded = (i64, String, i64, At, Option<String>, Option<Vec<u8>>, Option<Vec<u8>>, Option<i64>);

const COLUMNS: (
    reports::id,
    reports::public_id,
    reports::person_id,
    reports::created_at,
    reports::fraud_type,
    reports::text,
    reports::note,
    reports::alike,
) = (
    reports::id,
    reports::public_id,
    reports::person_id,
    reports::created_at,
    reports::fraud_type,
    reports::text,
    reports::note,
    reports::alike,
);

fn opened(
    connection: &mut DbConnection,
    keyring: &Keyring,
    person: &StoredPerson,
    loaded: Loaded,
) -> Result<StoredReport, StoreError> {
    let (id, public_id, person_id, created_at, fraud_type, text, note, alike) = loaded;
    let open = |column, sealed| open_text(keyring, &person.key, column, person.public_id, sealed);
    let rows: Vec<(String, Vec<u8>, Option<String>)> = report_subjects::table
        .filter(report_subjects::report_id.eq(id))
        .order(report_subjects::id)
        .select((report_subjects::kind, report_subjects::canonical, report_subjects::outcome))
        .load(connection)?;
    let mut subjects = Vec::new();
    for (kind, canonical, outcome) in rows {
        subjects.push(ReportedSubject {
            kind: kind_of(&kind)?,
            canonical: open(SUBJECT, Some(canonical))?.unwrap_or_default(),
            right: outcome.map(|word| word == "right"),
        });
    }
    let (text, note) = (open(TEXT, text)?, open(NOTE, note)?);
    Ok(StoredReport {
        id,
        public_id,
        person_id,
        created_at: created_at.into(),
        fraud_type,
        text,
        note,
        alike,
        subjects,
    })
}

/// A person's own reports, newest first, after the one with outward id `after`.
pub fn reports_of(
    connection: &mut DbConnection,
    keyring: &Keyring,
    person: &StoredPerson,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<StoredReport>, StoreError> {
    let mut query = reports::table
        .filter(reports::person_id.eq(person.id))
        .order(reports::id.desc())
        .limit(limit)
        .select(COLUMNS)
        .into_boxed();
    if let Some(after) = after {
        let id: Option<i64> = reports::table
            .filter(reports::person_id.eq(person.id))
            .filter(reports::public_id.eq(sought(after)?))
            .select(reports::id)
            .first(connection)
            .optional()?;
        query = query.filter(reports::id.lt(id.ok_or(StoreError::NotFound)?));
    }
    let rows: Vec<Loaded> = query.load(connection)?;
    rows.into_iter().map(|row| opened(connection, keyring, person, row)).collect()
}

/// A report of this person's own.
pub fn report_of(
    connection: &mut DbConnection,
    keyring: &Keyring,
    person: &StoredPerson,
    public_id: &str,
) -> Result<StoredReport, StoreError> {
    let loaded: Option<Loaded> = reports::table
        .filter(reports::person_id.eq(person.id))
        .filter(reports::public_id.eq(sought(public_id)?))
        .select(COLUMNS)
        .first(connection)
        .optional()?;
    opened(connection, keyring, person, loaded.ok_or(StoreError::NotFound)?)
}

/// Outward id of the report in which this person reported the subject before.
pub fn report_of_subject(
    connection: &mut DbConnection,
    keyring: &Keyring,
    person: &StoredPerson,
    kind: SubjectKind,
    canonical: &str,
) -> Result<Option<String>, StoreError> {
    Ok(report_subjects::table
        .inner_join(reports::table)
        .filter(report_subjects::person_id.eq(person.id))
        .filter(report_subjects::subject_index.eq_any(subject_indexes(keyring, kind, canonical)))
        .select(reports::public_id)
        .first(connection)
        .optional()?)
}

/// Deletes all that a person reported.
pub(crate) fn reports_erase(connection: &mut DbConnection, person: i64) -> Result<(), StoreError> {
    use crate::schema::report_screenshots;
    let own = || reports::table.filter(reports::person_id.eq(person)).select(reports::id);
    diesel::delete(report_screenshots::table.filter(report_screenshots::report_id.eq_any(own())))
        .execute(connection)?;
    diesel::delete(report_bands::table.filter(report_bands::report_id.eq_any(own()))).execute(connection)?;
    diesel::delete(report_subjects::table.filter(report_subjects::person_id.eq(person))).execute(connection)?;
    diesel::delete(reports::table.filter(reports::person_id.eq(person))).execute(connection)?;
    Ok(())
}
