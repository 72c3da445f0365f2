//! Reading one's inbox.

use chrono::{DateTime, Utc};
use domain::{
    SubjectKind,
    authorization::{Action, Scope},
    fraud_type::{self, FraudCode},
};
use store::warnings::{StoredWarning, warnings_of_resident};

use crate::{App, AppError, Context};

/// A warning as its reader sees it.
#[derive(Debug, Clone)]
pub struct Warning {
    /// Outward id.
    pub id: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Kind of the subject.
    pub kind: SubjectKind,
    /// The subject.
    pub canonical: String,
    /// Code of the fraud type.
    pub fraud_type: String,
    /// What it was.
    pub what: &'static str,
    /// What comes next in that kind of fraud.
    pub next: &'static str,
    /// What to do now.
    pub advice: &'static str,
}

/// Some warnings, newest first.
#[derive(Debug, Clone)]
pub struct WarningPage {
    /// The warnings.
    pub items: Vec<Warning>,
    /// Where the next page begins; none at the end.
    pub next_cursor: Option<String>,
}

/// The resident's own warnings, newest first, after `cursor`.
pub async fn warnings_list(
    app: &App,
    context: &Context,
    cursor: Option<String>,
    limit: u32,
) -> Result<WarningPage, AppError> {
    context.authorize(Action::ReadWarnings, Scope::Own)?;
    if !(1..=100).contains(&limit) {
        return Err(AppError::invalid("limit", "每页条数须在1到100之间。"));
    }
    let resident = context.resident()?.public_id.clone();
    let keyring = app.store.keyring.clone();
    let wanted = i64::from(limit) + 1;
    let mut stored = app
        .store
        .db
        .run(move |connection| warnings_of_resident(connection, &keyring, &resident, cursor, wanted))
        .await?;
    let more = stored.len() > limit as usize;
    stored.truncate(limit as usize);
    let items: Vec<Warning> = stored.into_iter().map(told).collect();
    let next_cursor = items.last().filter(|_| more).map(|warning| warning.id.clone());
    Ok(WarningPage { items, next_cursor })
}

fn told(stored: StoredWarning) -> Warning {
    let table = fraud_type::table();
    let code = FraudCode::parse(&stored.fraud_type).unwrap_or(fraud_type::UNKNOWN);
    let known = table.get(code).unwrap_or_else(|| table.unknown());
    Warning {
        id: stored.public_id,
        created_at: stored.created_at,
        kind: stored.kind,
        canonical: stored.canonical,
        fraud_type: stored.fraud_type,
        what: known.what(),
        next: known.next(),
        advice: known.advice(),
    }
}
