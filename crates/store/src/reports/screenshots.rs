//! Screenshots of reports, sealed under the reporter's key.

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _};
use keyring::{Keyring, PublicId, SealContext};

use super::media_checks::CheckState;
use crate::{
    connection::DbConnection,
    error::StoreError,
    persons::{StoredPerson, persons_by_id},
    schema::{report_screenshots, reports},
    sought::sought,
    types::At,
};

/// Names the sealed picture.
pub(crate) const IMAGE: &str = "report_screenshots.image";

/// A screenshot to keep.
#[derive(Debug, Clone)]
pub struct NewScreenshot<'a> {
    /// Outward id.
    pub public_id: PublicId,
    /// Its type, e.g. `image/png`.
    pub media_type: &'a str,
    /// The picture.
    pub image: &'a [u8],
    /// Whether WeChat is to be asked about it.
    pub ask: bool,
    /// The time.
    pub now: DateTime<Utc>,
}

/// A screenshot, opened.
#[derive(Debug, Clone)]
pub struct StoredScreenshot {
    /// Its type.
    pub media_type: String,
    /// The picture.
    pub image: Vec<u8>,
    /// What WeChat says of it.
    pub check: CheckState,
}

/// A screenshot without its picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreenshotBrief {
    /// Outward id.
    pub public_id: String,
    /// What WeChat says of it.
    pub check: CheckState,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = report_screenshots, treat_none_as_default_value = false)]
struct Row<'a> {
    public_id: String,
    report_id: i64,
    media_type: &'a str,
    image: Vec<u8>,
    created_at: At,
    check_due: Option<At>,
}

/// Adds a screenshot to a report of `person`.
pub fn screenshot_add(
    connection: &mut DbConnection,
    keyring: &Keyring,
    person: &StoredPerson,
    report: i64,
    new: &NewScreenshot<'_>,
) -> Result<(), StoreError> {
    let row = Row {
        public_id: new.public_id.to_string(),
        report_id: report,
        media_type: new.media_type,
        image: keyring.seal(&person.key, SealContext::new(IMAGE, person.public_id), new.image)?,
        created_at: At::new(new.now),
        check_due: new.ask.then(|| At::new(new.now)),
    };
    diesel::insert_into(report_screenshots::table).values(row).execute(connection)?;
    Ok(())
}

/// The screenshots of a report, in the order in which they came.
pub fn screenshots_of_report(connection: &mut DbConnection, report: i64) -> Result<Vec<ScreenshotBrief>, StoreError> {
    let rows: Vec<(String, String)> = report_screenshots::table
        .filter(report_screenshots::report_id.eq(report))
        .order(report_screenshots::id)
        .select((report_screenshots::public_id, report_screenshots::check_state))
        .load(connection)?;
    let brief =
        |(public_id, check): (String, String)| Ok(ScreenshotBrief { public_id, check: CheckState::from_word(&check)? });
    rows.into_iter().map(brief).collect()
}

/// How many screenshots a report has.
pub fn screenshots_size(connection: &mut DbConnection, report: i64) -> Result<i64, StoreError> {
    Ok(report_screenshots::table.filter(report_screenshots::report_id.eq(report)).count().get_result(connection)?)
}

/// A screenshot of a report by both outward ids.
pub fn screenshot_find(
    connection: &mut DbConnection,
    keyring: &Keyring,
    report: &str,
    screenshot: &str,
) -> Result<StoredScreenshot, StoreError> {
    let id = report_screenshots::table
        .inner_join(reports::table)
        .filter(reports::public_id.eq(sought(report)?))
        .filter(report_screenshots::public_id.eq(sought(screenshot)?))
        .select(report_screenshots::id)
        .first(connection)
        .optional()?;
    screenshot_where(connection, keyring, id.ok_or(StoreError::NotFound)?)
}

/// The screenshot of this row.
pub(super) fn screenshot_where(
    connection: &mut DbConnection,
    keyring: &Keyring,
    id: i64,
) -> Result<StoredScreenshot, StoreError> {
    let (person_id, media_type, sealed, check): (i64, String, Vec<u8>, String) = report_screenshots::table
        .inner_join(reports::table)
        .filter(report_screenshots::id.eq(id))
        .select((
            reports::person_id,
            report_screenshots::media_type,
            report_screenshots::image,
            report_screenshots::check_state,
        ))
        .first(connection)?;
    let person = persons_by_id(connection, keyring, &[person_id])?.pop().ok_or(StoreError::NotFound)?;
    let image = keyring.open(&person.key, SealContext::new(IMAGE, person.public_id), &sealed)?;
    Ok(StoredScreenshot { media_type, image, check: CheckState::from_word(&check)? })
}
