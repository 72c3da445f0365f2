//! The warning that a resident's `fraud` check leaves in their inbox.

use domain::verdict::Verdict;
use store::warnings::{NewWarning, WarningReason, warnings_add};

use super::report::CheckReport;
use crate::{App, AppError, beijing_day};

/// Commits a warning for every subject found to be fraud: one a person, subject and day.
pub(super) async fn save(app: &App, resident: &str, report: &CheckReport) -> Result<(), AppError> {
    let now = app.now();
    let warnings: Vec<NewWarning> = report
        .subjects
        .iter()
        .filter(|subject| subject.verdict == Verdict::Fraud)
        .map(|subject| NewWarning {
            kind: subject.kind,
            canonical: subject.canonical.clone(),
            fraud_type: subject.fraud_type.unwrap_or(domain::fraud_type::UNKNOWN).as_str().to_owned(),
            reason: WarningReason::Checked,
            day: beijing_day(now),
            created_at: now,
        })
        .collect();
    let resident = resident.to_owned();
    let keyring = app.store.keyring.clone();
    app.store.db.write(move |connection| warnings_add(connection, &keyring, &resident, &warnings)).await?;
    Ok(())
}
