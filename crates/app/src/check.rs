//! Checks: a subject or a text becomes a verdict, from memory alone. The one exception is the warning that a resident's
//! `fraud` verdict promises: it is committed first, or the reply says that it was not. Where a
//! link leads is remembered or looked for later: see [`expansion`].

mod counts;
pub mod expansion;
mod judge;
mod look_back;
mod own_checks;
pub mod private;
mod report;
mod warn;
mod warnings;

use std::time::Duration;

use domain::{
    Subject, SubjectKind,
    authorization::{Action, Scope},
    link::Link,
    verdict::Verdict,
};
use lookup::{Finding, View};

use crate::{Actor, App, AppError, Context};
use expansion::Asking;

pub use counts::CheckCounts;
pub use look_back::look_back;
pub use own_checks::OwnChecks;
pub use report::{CheckReport, SubjectReport};
pub use warnings::{Warning, WarningPage, WarningReason, warnings_list};

/// Longest single value, in bytes: longer links exist, but not on lists.
const LONGEST_VALUE: usize = 4096;

/// What is asked.
#[derive(Debug, Clone)]
pub enum Question {
    /// One subject.
    Subject {
        /// Its kind.
        kind: SubjectKind,
        /// As typed or pasted.
        value: String,
    },
    /// A pasted message.
    Text(String),
}

/// A question that keeps within the limits, its subject in canonical form.
enum Asked {
    Subject(Subject),
    Text(String),
}

/// Checks one question. A resident who meets fraud finds a warning in their inbox afterwards.
pub async fn check(app: &App, context: &Context, question: Question) -> Result<CheckReport, AppError> {
    context.authorize(Action::CheckSubject, Scope::Own)?;
    let view = app.lists.view();
    let mut report = match read(app, question)? {
        Asked::Subject(subject) => judged(app, &view, context, &subject, view.find(&subject), Asking::Alone),
        Asked::Text(text) => judged_text(app, &view, context, &text, Asking::Alone),
    };
    if let Actor::Resident(resident) = &context.actor {
        app.own_checks.note(&resident.public_id, &report, view.prefix_lengths(), app.now());
    }
    drop(view);
    if report.verdict == Verdict::Fraud
        && let Actor::Resident(resident) = &context.actor
    {
        let wait = Duration::from_millis(app.settings.checks.warning_wait_ms);
        let saved = tokio::time::timeout(wait, warn::save(app, &resident.public_id, &report)).await;
        report.warning_saved = Some(matches!(saved, Ok(Ok(()))));
    }
    Ok(report)
}

/// Checks many questions, in order. A bad one does not fail the others; none leaves a warning.
pub fn check_batch(
    app: &App,
    context: &Context,
    questions: impl Iterator<Item = Result<Question, AppError>>,
) -> Result<Vec<Result<CheckReport, AppError>>, AppError> {
    context.authorize(Action::CheckSubject, Scope::Own)?;
    let asked: Vec<Result<Asked, AppError>> = questions.map(|question| read(app, question?)).collect();
    let view = app.lists.view();
    let subjects = asked.iter().filter_map(|asked| match asked {
        Ok(Asked::Subject(subject)) => Some(subject),
        Ok(Asked::Text(_)) | Err(_) => None,
    });
    let mut findings = view.find_all(subjects).into_iter();
    let reports = asked.into_iter().map(|asked| match asked? {
        Asked::Subject(subject) => {
            let finding = findings.next().ok_or_else(|| AppError::internal("a subject without a finding"))?;
            Ok(judged(app, &view, context, &subject, finding, Asking::InBatch))
        }
        Asked::Text(text) => Ok(judged_text(app, &view, context, &text, Asking::InBatch)),
    });
    Ok(reports.collect())
}

/// The question in types, or the rule it breaks.
fn read(app: &App, question: Question) -> Result<Asked, AppError> {
    match question {
        Question::Subject { value, .. } if value.len() > LONGEST_VALUE => {
            Err(AppError::invalid("/value", format!("内容过长：最多{LONGEST_VALUE}个字节。")))
        }
        Question::Subject { kind, value } => parsed(kind, &value).map(Asked::Subject),
        Question::Text(text) => {
            let longest = app.settings.checks.longest_text;
            if text.chars().nth(longest).is_some() {
                return Err(AppError::invalid("/text", format!("文字过长：最多{longest}个字，请分段查询。")));
            }
            if text.trim().is_empty() {
                return Err(AppError::invalid("/text", "请粘贴要查询的文字。"));
            }
            Ok(Asked::Text(text))
        }
    }
}

fn parsed(kind: SubjectKind, value: &str) -> Result<Subject, AppError> {
    Subject::parse(kind, value).map_err(|error| AppError::invalid("/value", error.detail))
}

/// The answer from memory, counted.
fn judged(
    app: &App,
    view: &View,
    context: &Context,
    subject: &Subject,
    finding: Finding,
    asking: Asking,
) -> CheckReport {
    let expand = |link: &Link, verdict| app.expansions.look_up(link, verdict, asking, &app.clock);
    let report = judge::subject(view, subject, finding, &expand);
    app.check_counts.count(&context.actor, Some(subject.kind()), report.verdict);
    report
}

fn judged_text(app: &App, view: &View, context: &Context, text: &str, asking: Asking) -> CheckReport {
    let expand = |link: &Link, verdict| app.expansions.look_up(link, verdict, asking, &app.clock);
    let report = judge::text(view, text, &expand);
    app.check_counts.count(&context.actor, None, report.verdict);
    report
}

/// Checks as the command line does: against these lists, storing nothing, following no link.
pub fn check_offline(lists: &lookup::Lists, question: &Question) -> Result<CheckReport, AppError> {
    let view = lists.view();
    match question {
        Question::Subject { kind, value } => {
            let subject = parsed(*kind, value)?;
            Ok(judge::subject(&view, &subject, view.find(&subject), &|_, _| None))
        }
        Question::Text(text) => Ok(judge::text(&view, text, &|_, _| None)),
    }
}
