//! A reporter follows what becomes of their reports.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{
    ListKind, Subject, SubjectKind,
    authorization::{Action, Scope},
};
use keyring::Keyring;
use lookup::Lists;
use store::{
    DbConnection, StoreError,
    list_proposals::list_proposals_of,
    persons::{StoredPerson, person_find},
    reports::{
        ReportedSubject, StoredReport, report_of, reporters_count, reports_alike_count, reports_of,
        screenshots_of_report,
    },
    warnings::warned_count,
};

use crate::{App, AppError, Context, Page, page};

/// How far the report of a subject has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgressState {
    /// Kept; too few residents reported it yet.
    Received,
    /// The centre decides about it.
    Proposed,
    /// It is on the blacklist.
    Listed,
    /// The centre found that it is none.
    Declined,
    /// It is an official or well-known one.
    Official,
}

impl ProgressState {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Proposed => "proposed",
            Self::Listed => "listed",
            Self::Declined => "declined",
            Self::Official => "official",
        }
    }
}

/// Something that happened.
#[derive(Debug, Clone)]
pub struct ProgressStep {
    /// When.
    pub at: DateTime<Utc>,
    /// What, in a sentence.
    pub text: &'static str,
}

/// What became of one subject of a report.
#[derive(Debug, Clone)]
pub struct Progress {
    /// Its kind.
    pub kind: SubjectKind,
    /// Its canonical form.
    pub canonical: String,
    /// How far it has come.
    pub state: ProgressState,
    /// That in a sentence, with what it achieved.
    pub text: String,
    /// Other residents who reported the same.
    pub others: i64,
    /// Residents who were warned of it.
    pub warned: i64,
    /// What happened, the earliest first.
    pub steps: Vec<ProgressStep>,
}

/// A report as its reporter sees it.
#[derive(Debug, Clone)]
pub struct OwnReport {
    /// Outward id.
    pub id: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Code of the fraud type.
    pub fraud_type: Option<String>,
    /// The text.
    pub text: Option<String>,
    /// What the reporter said about it.
    pub note: Option<String>,
    /// Other reports of almost the same text.
    pub alike: i64,
    /// What became of each subject.
    pub subjects: Vec<Progress>,
    /// Outward ids of the screenshots.
    pub screenshots: Vec<String>,
}

/// The caller's own reports, newest first.
pub async fn own_reports(
    app: &App,
    context: &Context,
    cursor: Option<String>,
    limit: u32,
) -> Result<Page<OwnReport>, AppError> {
    let wanted = page::rows_wanted(limit, 100)?;
    let found = read(app, context, move |connection, keyring, person| {
        reports_of(connection, keyring, person, cursor.as_deref(), wanted).map_err(page::unread)
    });
    Ok(Page::of(found.await?, limit, |report| report.id.clone()))
}

/// One of the caller's own reports.
pub async fn own_report(app: &App, context: &Context, id: String) -> Result<OwnReport, AppError> {
    let found =
        read(app, context, move |connection, keyring, person| Ok(vec![report_of(connection, keyring, person, &id)?]));
    found.await?.pop().ok_or_else(AppError::not_found)
}

async fn read<F>(app: &App, context: &Context, find: F) -> Result<Vec<OwnReport>, AppError>
where
    F: FnOnce(&mut DbConnection, &Keyring, &StoredPerson) -> Result<Vec<StoredReport>, AppError> + Send + 'static,
{
    context.authorize(Action::ReportSubject, Scope::Own)?;
    let resident = context.resident()?.public_id.clone();
    let (keyring, lists) = (app.store.keyring.clone(), app.lists.clone());
    let read = app.store.db.run(move |connection| {
        let person = person_find(connection, &keyring, &resident)?.ok_or(StoreError::NotFound)?;
        let reports = match find(connection, &keyring, &person) {
            Ok(reports) => reports,
            Err(refused) => return Ok(Err(refused)),
        };
        let followed = reports.into_iter().map(|report| follow(connection, &keyring, &lists, report));
        Ok(Ok(followed.collect::<Result<Vec<_>, StoreError>>()?))
    });
    read.await?
}

fn follow(
    connection: &mut DbConnection,
    keyring: &Keyring,
    lists: &Arc<Lists>,
    report: StoredReport,
) -> Result<OwnReport, StoreError> {
    let (alike, screenshots) =
        (reports_alike_count(connection, &report)?, screenshots_of_report(connection, report.id)?);
    let mut subjects = Vec::new();
    for subject in report.subjects {
        subjects.push(progress(connection, keyring, lists, subject, report.created_at)?);
    }
    Ok(OwnReport {
        id: report.public_id,
        created_at: report.created_at,
        fraud_type: report.fraud_type,
        text: report.text,
        note: report.note,
        alike,
        subjects,
        screenshots: screenshots.into_iter().map(|screenshot| screenshot.public_id).collect(),
    })
}

fn progress(
    connection: &mut DbConnection,
    keyring: &Keyring,
    lists: &Arc<Lists>,
    reported: ReportedSubject,
    reported_at: DateTime<Utc>,
) -> Result<Progress, StoreError> {
    let ReportedSubject { kind, canonical, right } = reported;
    let finding = Subject::parse(kind, &canonical).ok().map(|subject| (subject.key(), lists.view().find(&subject)));
    let mut steps = vec![ProgressStep { at: reported_at, text: "已收到您的举报。" }];
    let mut waits = false;
    if let Some((key, _)) = &finding {
        for proposal in list_proposals_of(connection, *key, ListKind::Blacklist)?.into_iter().rev() {
            waits |= proposal.decided_at.is_none() && proposal.origin == "reports";
            steps.extend(steps_of(&proposal, reported_at));
        }
    }
    let matched = finding.as_ref().and_then(|(_, finding)| finding.matched.as_ref());
    let guarded = finding.as_ref().is_some_and(|(_, finding)| finding.guarded);
    let state = match matched.map(|found| found.list) {
        Some(ListKind::Blacklist) => ProgressState::Listed,
        Some(_) => ProgressState::Official,
        None if guarded => ProgressState::Official,
        None if waits => ProgressState::Proposed,
        None if right == Some(false) => ProgressState::Declined,
        None => ProgressState::Received,
    };
    let others = (reporters_count(connection, keyring, kind, &canonical)? - 1).max(0);
    let warned = warned_count(connection, keyring, kind, &canonical)?;
    let text = sentence(state, others, warned);
    Ok(Progress { kind, canonical, state, text, others, warned, steps })
}

fn steps_of(proposal: &store::list_proposals::StoredProposal, since: DateTime<Utc>) -> Vec<ProgressStep> {
    use domain::standing::Ruling;
    let step = |at, text| ProgressStep { at, text };
    let mut steps = Vec::new();
    if proposal.origin == "reports" {
        steps.push(step(proposal.created_at, "举报人数已够，转民警研判。"));
    }
    if let (Some(at), Some(approved)) = (proposal.decided_at, proposal.approved) {
        let text = match (proposal.ruling, approved) {
            (Ruling::Listed, true) => "民警核实，已列入黑名单。",
            (Ruling::Listed, false) => "民警核实，目前不足以认定为诈骗。",
            (Ruling::Lifted, true) => "复核后已从黑名单撤下。",
            (Ruling::Suspended, true) => "正在复核，暂停生效。",
            (_, false) => return steps,
        };
        steps.extend(Some(step(at, text)).filter(|step| step.at >= since));
    }
    steps
}

fn sentence(state: ProgressState, others: i64, warned: i64) -> String {
    let also = if others > 0 { format!("另有{others}人举报了它。") } else { String::new() };
    match state {
        ProgressState::Received => {
            format!("已收到，谢谢您。{also}举报的人多了会转民警研判，单独一次举报不会直接列入。")
        }
        ProgressState::Proposed => format!("{also}民警正在研判。"),
        ProgressState::Listed if warned > 0 => format!("已列入黑名单，已有{warned}人因此收到预警。谢谢您。"),
        ProgressState::Listed => "已列入黑名单，之后有人碰到它就会收到预警。谢谢您。".to_owned(),
        ProgressState::Declined => "民警核实后，目前不足以认定为诈骗。有新情况请再告诉社区民警。".to_owned(),
        ProgressState::Official => {
            "这是官方或知名的号码、网址，不会因举报自动列入，民警会查看是否有人冒充。".to_owned()
        }
    }
}
