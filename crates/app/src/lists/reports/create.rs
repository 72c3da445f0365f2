//! A resident reports a subject or a text.

use std::{net::IpAddr, time::Duration};

use domain::{
    Subject, SubjectKind,
    authorization::{Action, Scope},
    extract, fraud_type, report,
};
use keyring::PublicId;
use serde::Serialize;
use serde_json::json;
use store::{
    DbConnection,
    audit_log::audit_log_add,
    persons::{StoredPerson, person_find},
    reports::{self, report_add, report_of_subject, report_record, report_subject_hold},
};

use super::weigh::Weighing;
use crate::{App, AppError, Context, once};

/// Subjects of one text that are reported with it.
const SUBJECTS_OF_TEXT: usize = 10;
/// Longest note, in characters.
const LONGEST_NOTE: usize = 500;
const DAY: Duration = Duration::from_secs(24 * 3600);

/// What a resident reports: a subject, or a text with all that stands in it.
#[derive(Debug, Clone)]
pub struct NewReport {
    /// Kind and value of a subject.
    pub subject: Option<(SubjectKind, String)>,
    /// A pasted text.
    pub text: Option<String>,
    /// Code or name of the fraud type.
    pub fraud_type: Option<String>,
    /// What happened.
    pub note: Option<String>,
    /// What the client calls its device.
    pub device: Option<String>,
    /// Where the request came from.
    pub address: IpAddr,
    /// Names the request, so that it may come twice.
    pub idempotency_key: Option<String>,
}

/// What was said, in types.
#[derive(Serialize)]
struct Said {
    text: Option<String>,
    note: Option<String>,
    fraud_type: Option<String>,
    subjects: Vec<(SubjectKind, String)>,
    device: Option<String>,
    #[serde(skip)]
    address: String,
    #[serde(skip)]
    parsed: Vec<Subject>,
}

/// What became of it.
#[derive(Debug, Clone)]
pub struct Reported {
    /// Outward id of the report; of the earlier one where the same was reported before.
    pub id: String,
    /// Whether it is new.
    pub new: bool,
}

/// Keeps a report, and proposes an entry where it is the one that makes enough.
///
/// # Errors
/// `invalid_field` for what cannot be reported; `too_many_requests` beyond what one person or device may report in a day.
pub async fn report_create(app: &App, context: &Context, request: NewReport) -> Result<Reported, AppError> {
    context.authorize(Action::ReportSubject, Scope::Own)?;
    let resident = context.resident()?.public_id.clone();
    let key = request.idempotency_key.clone();
    let said = read(app, request)?;
    within_limits(app, &resident, said.device.as_deref()).await?;
    let (keyring, now, asker) = (app.store.keyring.clone(), app.now(), context.clone());
    let weighing = Weighing::new(app);
    app.write(move |connection| {
        let person = person_find(connection, &keyring, &resident)?.ok_or_else(AppError::unauthenticated)?;
        let mut new = true;
        let request = once::Request { operation: "report_create", body: &said, key: key.as_deref() };
        let done = once::once(connection, &keyring, &asker, &request, now, |connection| {
            report_subject_hold(connection, &keyring, &said.subjects)?;
            if let Some(id) = reported_before(connection, &keyring, &person, &said)? {
                new = false;
                return Ok(id);
            }
            let public_id = PublicId::random();
            let weight = weight_of(connection, &person)?;
            let report = reports::NewReport {
                public_id,
                fraud_type: said.fraud_type.as_deref(),
                text: said.text.as_deref(),
                note: said.note.as_deref(),
                subjects: &said.subjects,
                device: said.device.as_deref(),
                address: Some(&said.address),
                weight,
                now,
            };
            report_add(connection, &keyring, &person, &report)?;
            for subject in &said.parsed {
                weighing.weigh(connection, &keyring, subject)?;
            }
            let id = public_id.to_string();
            let detail = json!({ "subjects": said.subjects.len(), "text": said.text.is_some() });
            audit_log_add(connection, &asker.audit(now, "report.created", "report", &id, detail))?;
            Ok(id)
        });
        let (once::Done::Now(id) | once::Done::Before(id)) = done?;
        Ok(Reported { id, new })
    })
    .await
}

fn read(app: &App, request: NewReport) -> Result<Said, AppError> {
    let parsed = match (&request.subject, &request.text) {
        (Some((kind, value)), None) => {
            vec![Subject::parse(*kind, value).map_err(|error| AppError::invalid("/value", error.detail))?]
        }
        (None, Some(text)) => subjects_of(app, text)?,
        _ => return Err(AppError::invalid("/value", "请举报一个对象（kind和value），或者一段文字（text）。")),
    };
    let note = request.note.map(|note| note.trim().to_owned()).filter(|note| !note.is_empty());
    if note.as_ref().is_some_and(|note| note.chars().count() > LONGEST_NOTE) {
        return Err(AppError::invalid("/note", format!("情况说明最多{LONGEST_NOTE}个字。")));
    }
    let device = request.device.filter(|device| !device.is_empty());
    if device.as_ref().is_some_and(|device| device.len() > 64 || !device.is_ascii()) {
        return Err(AppError::invalid("/device", "设备标识须为至多64个英文字符。"));
    }
    let named = |word: String| {
        let known = fraud_type::table().named(&word);
        let code = known.ok_or_else(|| AppError::invalid("/fraud_type", "诈骗类型须为代码表中的代码或名称。"))?;
        Ok::<_, AppError>(code.code().to_string())
    };
    Ok(Said {
        text: request.text,
        note,
        fraud_type: request.fraud_type.map(named).transpose()?,
        subjects: parsed.iter().map(|subject| (subject.kind(), subject.canonical().to_owned())).collect(),
        device,
        address: request.address.to_string(),
        parsed,
    })
}

/// What stands in a text, each once.
fn subjects_of(app: &App, text: &str) -> Result<Vec<Subject>, AppError> {
    let longest = app.settings.checks.longest_text;
    if text.trim().is_empty() || text.chars().nth(longest).is_some() {
        return Err(AppError::invalid("/text", format!("请粘贴要举报的文字，最多{longest}个字。")));
    }
    let mut subjects: Vec<Subject> = Vec::new();
    for found in extract::subjects(text) {
        if subjects.len() < SUBJECTS_OF_TEXT && !subjects.contains(&found.subject) {
            subjects.push(found.subject);
        }
    }
    Ok(subjects)
}

async fn within_limits(app: &App, resident: &str, device: Option<&str>) -> Result<(), AppError> {
    let settings = &app.settings.reports;
    app.within("reports", resident, settings.per_person_day, DAY).await?;
    let Some(device) = device else { return Ok(()) };
    // Limits may be kept in Redis, where a name somebody chose has no place.
    let index = u128::from_be_bytes(app.store.keyring.blind_index("limits.device", device));
    app.within("reports-device", &format!("{index:032x}"), settings.per_device_day, DAY).await
}

/// The earlier report of somebody who reports one subject again.
fn reported_before(
    connection: &mut DbConnection,
    keyring: &keyring::Keyring,
    person: &StoredPerson,
    said: &Said,
) -> Result<Option<String>, AppError> {
    match (said.subjects.as_slice(), &said.text) {
        ([(kind, canonical)], None) => Ok(report_of_subject(connection, keyring, person, *kind, canonical)?),
        _ => Ok(None),
    }
}

/// Only who is registered with a proved phone has a vote: an account alone is cheap.
fn weight_of(connection: &mut DbConnection, person: &StoredPerson) -> Result<u16, AppError> {
    let known = person.is_registered() && person.phone_proof.is_some() && person.review == "clear";
    if !known {
        return Ok(0);
    }
    let (right, wrong) = report_record(connection, person.id)?;
    Ok(report::weight(right, wrong))
}
