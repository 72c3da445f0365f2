//! Objections of owners: proved, decided by two officers before a clock runs out, with reasons (Anti-Telecom and Online Fraud
//! Law, article 32).

mod console;
mod create;
mod figures;
mod own;
mod prove;

pub use console::{AppealInFull, appeal_papers, appeal_read, appeals_queue};
pub use create::appeal_create;
pub use figures::{Corrections, CorrectionsCache, corrections};
pub use own::{AppealState, AppealView, AppealWhy, own_appeal, own_appeals};
pub use prove::{AppealProof, appeal_code_send, appeal_prove};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{ListKind, appeal::ProofMethod, standing::Ruling};
use keyring::PublicId;
use store::{
    DbConnection,
    appeals::{StoredAppeal, appeal_propose, appeals_waiting},
    list_entries::{Delivery, list_entries_add, list_entry_by_key},
    list_proposals::{NewProposal, Origin, list_proposals_add, list_proposals_of},
};

use super::{
    import::{Defaults, entry_of},
    rules::MANUAL,
};
use crate::{App, AppError, settings::ListSettings};

/// Appeals looked at in one round.
const PER_ROUND: i64 = 500;

/// Puts a proved appeal before the officers. Where something else about the entry waits for them, it waits for that.
fn open(
    connection: &mut DbConnection,
    settings: &ListSettings,
    appeal: &StoredAppeal,
    method: ProofMethod,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let ruling = match appeal.list {
        ListKind::Blacklist => Ruling::Lifted,
        ListKind::Allowlist | ListKind::Guardlist => Ruling::Listed,
    };
    if list_entry_by_key(connection, appeal.key, appeal.list)?.is_none() {
        let defaults = Defaults { source: MANUAL.to_owned(), ..Defaults::new(appeal.list, appeal.kind) };
        let mut new = entry_of(&defaults, &appeal.canonical, None).map_err(|error| AppError::internal(error.detail))?;
        new.held = true;
        let delivery = Delivery { rules: &settings.decay, confidence: 100, share: 0, now };
        list_entries_add(connection, &[new], &delivery)?;
    }
    let proof = match method {
        ProofMethod::Sms => "短信验证码",
        ProofMethod::Dns => "域名解析记录",
        ProofMethod::File => "网站文件",
        ProofMethod::Papers => "书面材料",
    };
    let reason = format!("所有人提出异议，已用{proof}证明归属。");
    let proposal = NewProposal {
        public_id: PublicId::random(),
        key: appeal.key,
        list: appeal.list,
        ruling,
        origin: Origin::Appeal,
        reason: &reason,
        proposed_by: None,
        now,
    };
    list_proposals_add(connection, &[proposal])?;
    let waiting = list_proposals_of(connection, appeal.key, appeal.list)?;
    let decides = waiting.iter().find(|proposal| proposal.decided_at.is_none() && proposal.ruling == ruling);
    if let Some(proposal) = decides {
        appeal_propose(connection, appeal.id, &proposal.public_id)?;
    }
    Ok(())
}

/// Puts appeals before the officers that had to wait for something else. May be repeated at any time.
pub async fn appeals_upkeep(app: &App) -> Result<(), AppError> {
    let (keyring, settings, now) = (app.store.keyring.clone(), app.settings.lists.clone(), app.now());
    app.write(move |connection| {
        for appeal in appeals_waiting(connection, &keyring, PER_ROUND)? {
            if let (None, Some(method)) = (&appeal.proposal, appeal.method) {
                open(connection, &settings, &appeal, method, now)?;
            }
        }
        Ok(())
    })
    .await
}

/// By when an appeal that is proved now has to be decided.
fn due(settings: &ListSettings, now: DateTime<Utc>) -> DateTime<Utc> {
    now + TimeDelta::hours(settings.appeal_hours.into())
}
