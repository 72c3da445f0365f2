//! Reading one's inbox.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use domain::{
    SubjectKind,
    authorization::{Action, Scope},
    fraud_type::{self, FraudCode},
};
use store::warnings::{StoredWarning, warnings_of_resident};

pub use store::warnings::WarningReason;

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
    /// Why it is told.
    pub reason: WarningReason,
    /// What it was.
    pub what: Cow<'static, str>,
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
    let (what, next, advice) = match stored.reason {
        WarningReason::Checked => (Cow::Borrowed(known.what()), known.next(), known.advice()),
        WarningReason::TurnedBad => {
            let what = format!("您近期查过它，当时没有发现问题；现已核实并列入黑名单。{}", known.what());
            (Cow::Owned(what), known.next(), known.advice())
        }
        WarningReason::Withdrawn => (Cow::Borrowed(CORRECTED), "先前对它的提醒不再有效。", STILL),
    };
    Warning {
        id: stored.public_id,
        created_at: stored.created_at,
        kind: stored.kind,
        canonical: stored.canonical,
        fraud_type: stored.fraud_type,
        reason: stored.reason,
        what,
        next,
        advice,
    }
}

const CORRECTED: &str = "更正：您近期查过它，或收到过关于它的预警；经复核，它已从黑名单撤下。给您带来不便，请谅解。";
const STILL: &str = "不在黑名单上不等于安全：凡是要您转账、报验证码、下载软件的，先拨96110核实。";
