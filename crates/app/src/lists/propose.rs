//! Proposing: one officer stands by it. Nothing changes until another approves.

use domain::{
    ListKind, MatchRule, SubjectKind,
    authorization::{Action, Scope},
    fraud_type::{self, FraudCode},
    standing::{EntryState, Ruling},
};
use keyring::PublicId;
use serde_json::json;
use store::{
    DbConnection,
    audit_log::audit_log_add,
    list_entries::{Delivery, EntryRow, list_entries_add, list_entry_by_key, list_entry_find, list_entry_standing},
    list_proposals::{NewProposal, Origin, list_proposals_add, list_proposals_of},
};

use super::{
    import::{Defaults, entry_of},
    rules::{self, MANUAL},
};
use crate::{App, AppError, Context, beijing_day};

/// Entries in one request.
const MOST: usize = 200;

/// An entry that an officer wants on a list.
#[derive(Debug, Clone)]
pub struct EntryProposal {
    /// Which list.
    pub list: ListKind,
    /// Kind of the subjects.
    pub kind: SubjectKind,
    /// The rule; by the look of the value where absent.
    pub rule: Option<MatchRule>,
    /// The value as typed.
    pub value: String,
    /// Code or name of the fraud type.
    pub fraud_type: Option<String>,
    /// 0 to 3.
    pub severity: u8,
    /// Whose subject it is.
    pub owner: Option<String>,
    /// Why.
    pub reason: String,
}

/// What became, or in a preview would become, of one entry of a request.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Outward id of the entry or proposal that was named.
    pub id: String,
    /// What it is about, where it exists.
    pub canonical: Option<String>,
    /// Outward id of the proposal.
    pub proposal: Option<String>,
    /// State of the entry now.
    pub state: Option<EntryState>,
    /// State once the proposal is approved.
    pub state_after: Option<EntryState>,
    /// Why it cannot be done.
    pub refused: Option<String>,
}

/// Makes an entry that waits for another officer. Returns the outward ids of entry and proposal.
///
/// # Errors
/// `invalid_field` for a value that no rule can be made of; `conflict` where the entry is there already or waits already.
pub async fn entry_propose(app: &App, context: &Context, request: EntryProposal) -> Result<(String, String), AppError> {
    context.authorize(Action::ProposeLists, Scope::Whole)?;
    let officer = context.officer()?.id;
    let reason = rules::reason(&request.reason)?;
    let defaults = defaults(&request)?;
    let mut new =
        entry_of(&defaults, &request.value, None).map_err(|error| AppError::invalid("/value", error.detail))?;
    // What officers bring to the blacklist has a source without a share; the other lists know no sources.
    new.held = new.list != ListKind::Blacklist;
    let (context, settings, now) = (context.clone(), app.settings.lists.clone(), app.now());
    app.write(move |connection| {
        let key = domain::LookupKey::of(new.rule.kind, &new.rule.canonical);
        if list_entry_by_key(connection, key, new.list)?.is_some() {
            return Err(rules::conflict("名单里已有这一条，请在原条目上提出变更。"));
        }
        let delivery = Delivery { rules: &settings.decay, confidence: 100, share: 0, now };
        let list = new.list;
        list_entries_add(connection, &[new], &delivery)?;
        let entry = list_entry_by_key(connection, key, list)?.ok_or_else(|| AppError::internal("no entry"))?;
        let proposal = open(connection, &context, &entry, Ruling::Listed, &reason, officer, now)?;
        Ok((entry.public_id, proposal))
    })
    .await
}

fn defaults(request: &EntryProposal) -> Result<Defaults, AppError> {
    let fraud_type: Option<FraudCode> = match &request.fraud_type {
        None => None,
        Some(word) => {
            let known = fraud_type::table().named(word);
            let rule = || AppError::invalid("/fraud_type", "诈骗类型须为代码表中的代码或名称。");
            Some(known.ok_or_else(rule)?.code())
        }
    };
    if request.list == ListKind::Blacklist && fraud_type.is_none() {
        return Err(AppError::invalid("/fraud_type", "列入黑名单须写明诈骗类型。"));
    }
    if request.severity > 3 {
        return Err(AppError::invalid("/severity", "严重程度须为0到3。"));
    }
    Ok(Defaults {
        rule: request.rule,
        fraud_type,
        source: MANUAL.to_owned(),
        owner: request.owner.clone(),
        severity: request.severity,
        ..Defaults::new(request.list, request.kind)
    })
}

fn open(
    connection: &mut DbConnection,
    context: &Context,
    entry: &EntryRow,
    ruling: Ruling,
    reason: &str,
    officer: i64,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<String, AppError> {
    let public_id = PublicId::random();
    let new = NewProposal {
        public_id,
        key: entry.key,
        list: entry.list,
        ruling,
        origin: Origin::Officer,
        reason,
        proposed_by: Some(officer),
        now,
    };
    list_proposals_add(connection, &[new])?;
    let open = list_proposals_of(connection, entry.key, entry.list)?;
    if !open.iter().any(|proposal| proposal.public_id == public_id.to_string()) {
        return Err(rules::conflict("这一条已有待审的提议，请先处理它。"));
    }
    let detail = json!({ "ruling": ruling, "proposal": public_id.to_string() });
    audit_log_add(connection, &context.audit(now, "list_entry.proposed", "list_entry", &entry.public_id, detail))?;
    Ok(public_id.to_string())
}

/// Proposes a ruling for entries, all or none; a preview says what each would come to and changes nothing.
pub async fn rulings_propose(
    app: &App,
    context: &Context,
    entries: Vec<String>,
    ruling: Ruling,
    reason: &str,
    preview: bool,
) -> Result<Vec<Outcome>, AppError> {
    context.authorize(Action::ProposeLists, Scope::Whole)?;
    let officer = context.officer()?.id;
    let reason = rules::reason(reason)?;
    rules::bounded("/entries", &entries, MOST)?;
    let (context, rules, now) = (context.clone(), app.settings.lists.decay.clone(), app.now());
    let today = beijing_day(now);
    app.write(move |connection| {
        let mut outcomes = Vec::new();
        for id in entries {
            let entry = list_entry_find(connection, &id)?;
            let (state_after, _) = list_entry_standing(connection, &entry, Some(ruling), &rules, today)?;
            let waiting = list_proposals_of(connection, entry.key, entry.list)?;
            let waiting = waiting.iter().any(|proposal| proposal.decided_at.is_none());
            let refused = waiting.then(|| "这一条已有待审的提议，请先处理它。".to_owned());
            let proposal = match (preview, &refused) {
                (true, _) => None,
                (false, Some(refused)) => return Err(rules::conflict(format!("{}：{refused}", entry.canonical))),
                (false, None) => Some(open(connection, &context, &entry, ruling, &reason, officer, now)?),
            };
            outcomes.push(Outcome {
                id,
                canonical: Some(entry.canonical),
                proposal,
                state: Some(entry.state),
                state_after: Some(state_after),
                refused,
            });
        }
        Ok(outcomes)
    })
    .await
}
