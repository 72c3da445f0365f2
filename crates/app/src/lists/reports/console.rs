//! Reports as the centre reads them. Who reported is not shown.

use chrono::{DateTime, Utc};
use domain::{
    ListKind, Subject, SubjectKind,
    authorization::{Action, Scope},
    standing::EntryState,
};
use keyring::PublicId;
use serde_json::json;
use store::{
    audit_log::audit_log_add,
    list_entries::list_entry_by_key,
    reports::{
        CheckState, ScreenshotBrief, StoredReport, StoredScreenshot, report_find, report_groups_page,
        reports_alike_count, screenshot_find, screenshots_of_report,
    },
};

use crate::{App, AppError, Context, ErrorCode, Page, page};

const RISKY: &str = "微信检测认为这张图片可能含有违规内容，打开前请做好准备。确需作为证据查看的，请加上参数anyway=true再打开，查看会留下记录。";

/// What was reported about one subject.
#[derive(Debug, Clone)]
pub struct ReportGroupView {
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
    /// State of the entry, where there is one.
    pub entry_state: Option<EntryState>,
    /// True where an allowlist or a guard list keeps it from being proposed.
    pub held: bool,
    cursor: i64,
}

/// Some of them.
pub type ReportGroupPage = Page<ReportGroupView>;

/// A report with all that was said.
#[derive(Debug, Clone)]
pub struct ReportInFull {
    /// The report.
    pub report: StoredReport,
    /// Other reports of almost the same text.
    pub alike: i64,
    /// Its screenshots.
    pub screenshots: Vec<ScreenshotBrief>,
}

/// Subjects that residents reported and about which nobody has decided, the latest first.
pub async fn reports_queue(
    app: &App,
    context: &Context,
    cursor: Option<String>,
    limit: u32,
) -> Result<ReportGroupPage, AppError> {
    context.authorize(Action::ReadReports, Scope::Whole)?;
    let wanted = page::rows_wanted(limit, 100)?;
    let before = cursor.as_deref().map(place_of).transpose()?;
    let (keyring, lists, asker, now) = (app.store.keyring.clone(), app.lists.clone(), context.clone(), app.now());
    let read = app.write(move |connection| {
        let mut views: Vec<ReportGroupView> = Vec::new();
        for group in report_groups_page(connection, &keyring, before, wanted)? {
            let subject = Subject::parse(group.kind, &group.canonical).ok();
            let entry = match &subject {
                Some(subject) => list_entry_by_key(connection, subject.key(), ListKind::Blacklist)?,
                None => None,
            };
            let finding = subject.map(|subject| lists.view().find(&subject));
            views.push(ReportGroupView {
                kind: group.kind,
                canonical: group.canonical,
                reporters: group.reporters,
                first_at: group.first_at,
                last_at: group.last_at,
                latest: group.latest,
                entry_state: entry.map(|entry| entry.state),
                held: finding.is_some_and(|finding| {
                    finding.guarded || finding.matched.is_some_and(|found| found.list == ListKind::Allowlist)
                }),
                cursor: group.cursor,
            });
        }
        for view in &views {
            audit_log_add(connection, &asker.audit(now, "report.listed", "report", &view.latest, json!({})))?;
        }
        Ok(views)
    });
    Ok(Page::of(read.await?, limit, |view| format!("{:032x}", view.cursor)))
}

/// The place that a cursor names. As long as an outward id, so that no number somebody typed is one.
fn place_of(cursor: &str) -> Result<i64, AppError> {
    let id: PublicId = cursor.parse().map_err(|_| page::no_such_cursor())?;
    i64::try_from(u128::from_be_bytes(*id.as_bytes())).map_err(|_| page::no_such_cursor())
}

/// Reads a report, without who made it.
pub async fn report_read(app: &App, context: &Context, id: String) -> Result<ReportInFull, AppError> {
    context.authorize(Action::ReadReports, Scope::Whole)?;
    let (keyring, asker, now) = (app.store.keyring.clone(), context.clone(), app.now());
    app.write(move |connection| {
        let report = report_find(connection, &keyring, &id)?;
        let (alike, screenshots) =
            (reports_alike_count(connection, &report)?, screenshots_of_report(connection, report.id)?);
        audit_log_add(connection, &asker.audit(now, "report.read", "report", &id, json!({})))?;
        Ok(ReportInFull { report, alike, screenshots })
    })
    .await
}

/// Reads a screenshot of a report. One that WeChat finds bad is shown to who asks for it `anyway`: it may be the evidence.
///
/// # Errors
/// `conflict` for one that WeChat finds bad, with what to do.
pub async fn report_screenshot_read(
    app: &App,
    context: &Context,
    report: String,
    screenshot: String,
    anyway: bool,
) -> Result<StoredScreenshot, AppError> {
    context.authorize(Action::ReadReports, Scope::Whole)?;
    let (keyring, asker, now) = (app.store.keyring.clone(), context.clone(), app.now());
    app.write(move |connection| {
        let found = screenshot_find(connection, &keyring, &report, &screenshot)?;
        if found.check == CheckState::Risky && !anyway {
            return Err(AppError::new(ErrorCode::Conflict, RISKY));
        }
        let detail = json!({ "screenshot": screenshot });
        audit_log_add(connection, &asker.audit(now, "report.screenshot_read", "report", &report, detail))?;
        Ok(found)
    })
    .await
}
