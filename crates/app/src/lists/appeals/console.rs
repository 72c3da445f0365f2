//! Appeals as officers see them.

use chrono::{DateTime, Utc};
use domain::{
    SubjectKind,
    appeal::ProofMethod,
    authorization::{Action, Scope},
};
use serde_json::json;
use store::{
    appeals::{StoredAppeal, appeal_find, appeal_prove, appeals_waiting},
    audit_log::audit_log_add,
};

use super::{due, open, own::AppealState};
use crate::{App, AppError, Context, error::ErrorCode, lists::rules};

/// An appeal.
#[derive(Debug, Clone)]
pub struct AppealInFull {
    /// Outward id.
    pub id: String,
    /// Kind of the subject.
    pub kind: SubjectKind,
    /// Canonical form of the subject.
    pub canonical: String,
    /// What the owner says.
    pub statement: String,
    /// Where it stands.
    pub state: AppealState,
    /// How ownership was proved.
    pub method: Option<ProofMethod>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When ownership was proved.
    pub proved_at: Option<DateTime<Utc>>,
    /// By when it has to be decided.
    pub due_at: Option<DateTime<Utc>>,
    /// Whether that has passed.
    pub late: bool,
    /// Outward id of the proposal to decide; none while another about the same entry waits.
    pub proposal: Option<String>,
}

fn in_full(appeal: StoredAppeal, now: DateTime<Utc>) -> AppealInFull {
    let state = AppealState::of(&appeal);
    AppealInFull {
        late: state == AppealState::Open && appeal.due_at.is_some_and(|due| due < now),
        state,
        id: appeal.public_id,
        kind: appeal.kind,
        canonical: appeal.canonical,
        statement: appeal.statement,
        method: appeal.method,
        created_at: appeal.created_at,
        proved_at: appeal.proved_at,
        due_at: appeal.due_at,
        proposal: appeal.proposal,
    }
}

/// Proved and open appeals, late ones first: the first `limit` of them. Deciding about them makes room.
pub async fn appeals_queue(app: &App, context: &Context, limit: u32) -> Result<Vec<AppealInFull>, AppError> {
    context.authorize(Action::ReadAppeals, Scope::Whole)?;
    let limit = crate::page::rows_wanted(limit, 200)? - 1;
    let (keyring, asker, now) = (app.store.keyring.clone(), context.clone(), app.now());
    app.write(move |connection| {
        let waiting = appeals_waiting(connection, &keyring, limit)?;
        for appeal in &waiting {
            let row = asker.audit(now, "appeal.read", "appeal", &appeal.public_id, json!({}));
            audit_log_add(connection, &row)?;
        }
        Ok(waiting.into_iter().map(|appeal| in_full(appeal, now)).collect())
    })
    .await
}

/// Reads an appeal.
pub async fn appeal_read(app: &App, context: &Context, id: String) -> Result<AppealInFull, AppError> {
    context.authorize(Action::ReadAppeals, Scope::Whole)?;
    let (keyring, asker, now) = (app.store.keyring.clone(), context.clone(), app.now());
    app.write(move |connection| {
        let appeal = appeal_find(connection, &keyring, &id)?;
        audit_log_add(connection, &asker.audit(now, "appeal.read", "appeal", &id, json!({})))?;
        Ok(in_full(appeal, now))
    })
    .await
}

/// Notes that the owner showed papers which prove the subject to be theirs. That decides nothing: two officers do.
pub async fn appeal_papers(app: &App, context: &Context, id: String, reason: &str) -> Result<AppealInFull, AppError> {
    context.authorize(Action::ReadAppeals, Scope::Whole)?;
    let reason = rules::reason(reason)?;
    let (keyring, settings, now) = (app.store.keyring.clone(), app.settings.lists.clone(), app.now());
    let asker = context.clone();
    app.write(move |connection| {
        let appeal = appeal_find(connection, &keyring, &id)?;
        if appeal.closed_at.is_some() || appeal.proved_at.is_some() {
            return Err(AppError::new(ErrorCode::Conflict, "这一申诉已经证明过归属，或已办结。"));
        }
        let method = ProofMethod::Papers;
        appeal_prove(connection, appeal.id, method, now, due(&settings, now))?;
        open(connection, &settings, &appeal, method, now)?;
        let detail = json!({ "reason": reason });
        audit_log_add(connection, &asker.audit(now, "appeal.papers_shown", "appeal", &id, detail))?;
        Ok(in_full(appeal_find(connection, &keyring, &id)?, now))
    })
    .await
}
