//! Checks: a subject or a text becomes a verdict, from memory alone. The one exception is the warning that a resident's
//! `fraud` verdict promises: it is committed first, or the reply says that it was not.

mod counts;
mod judge;
mod report;
mod warn;
mod warnings;

use std::time::Duration;

use domain::{
    SubjectKind,
    authorization::{Action, Scope},
    verdict::Verdict,
};

use crate::{Actor, App, AppError, Context};

pub use counts::CheckCounts;
pub use report::{CheckReport, SubjectReport};
pub use warnings::{Warning, WarningPage, warnings_list};

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

/// Checks one question. A resident who meets fraud finds a warning in their inbox afterwards.
pub async fn check(app: &App, context: &Context, question: &Question) -> Result<CheckReport, AppError> {
    context.authorize(Action::CheckSubject, Scope::Own)?;
    let mut report = answer(app, context, question)?;
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
    Ok(questions.map(|question| answer(app, context, &question?)).collect())
}

/// The answer from memory, counted.
fn answer(app: &App, context: &Context, question: &Question) -> Result<CheckReport, AppError> {
    let view = app.lists.view();
    let (kind, report) = match question {
        Question::Subject { kind, value } => {
            if value.len() > LONGEST_VALUE {
                return Err(AppError::invalid("/value", format!("内容过长：最多{LONGEST_VALUE}个字节。")));
            }
            (Some(*kind), judge::subject(&view, *kind, value)?)
        }
        Question::Text(text) => {
            let longest = app.settings.checks.longest_text;
            if text.chars().nth(longest).is_some() {
                return Err(AppError::invalid("/text", format!("文字过长：最多{longest}个字，请分段查询。")));
            }
            if text.trim().is_empty() {
                return Err(AppError::invalid("/text", "请粘贴要查询的文字。"));
            }
            (None, judge::text(&view, text))
        }
    };
    app.check_counts.count(&context.actor, kind, report.verdict);
    Ok(report)
}

/// Checks as the command line does: against these lists, storing nothing.
pub fn check_offline(lists: &lookup::Lists, question: &Question) -> Result<CheckReport, AppError> {
    let view = lists.view();
    match question {
        Question::Subject { kind, value } => judge::subject(&view, *kind, value),
        Question::Text(text) => Ok(judge::text(&view, text)),
    }
}
