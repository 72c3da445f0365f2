//! Changes that an upstream system pushes: additions and removals, versioned, all or none.

use domain::{
    ListKind, LookupKey, MatchRule, SubjectKind,
    authorization::{Action, Scope},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::{
    DbConnection,
    audit_log::audit_log_add,
    list_entries::{Added, Delivery, NewEntry, list_claims_withdraw, list_entries_add, list_entries_among},
    list_events::Doing,
    list_sources::{ListSource, Pushed, list_source_ensure, list_source_push_done, list_source_pushed},
    upstream_keys::upstream_name,
};

use super::{
    import::{Defaults, Extra, entry_of, guard_keys, held_by_guards},
    rules,
};
use crate::{Actor, App, AppError, Context, error::ErrorCode};

/// Additions and removals in one push.
const MOST: usize = 10_000;

/// What a partner pushes.
#[derive(Debug, Clone)]
pub struct Push {
    /// Its number: one above the last.
    pub version: i64,
    /// The number before it, which must be the last that was taken.
    pub previous: i64,
    /// What is new or said again.
    pub additions: Vec<PushedEntry>,
    /// What is taken back.
    pub removals: Vec<PushedEntry>,
}

/// An entry as a partner names it.
#[derive(Debug, Clone)]
pub struct PushedEntry {
    /// Kind of the subject.
    pub kind: SubjectKind,
    /// The value.
    pub value: String,
    /// How far it reaches; by the look of the value where absent.
    pub rule: Option<MatchRule>,
    /// Code or name of the fraud type.
    pub fraud_type: Option<String>,
    /// 0 to 3, or a word.
    pub severity: Option<String>,
    /// First day seen.
    pub first_seen: Option<String>,
    /// Last day seen.
    pub last_seen: Option<String>,
    /// How sure the partner is, 0 to 100.
    pub confidence: Option<String>,
}

/// What became of a push.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushReply {
    /// The version that holds now.
    pub version: i64,
    /// New entries that are active.
    pub active: u64,
    /// New entries that wait: for more trust in the partner, or because a guard list holds them.
    pub waiting: u64,
    /// Entries that were there: it is noted that the partner says so too.
    pub confirmed: u64,
    /// Claims that were taken back.
    pub removed: usize,
    /// What cannot be taken, by its place.
    pub refused: Vec<RefusedItem>,
}

/// One item that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedItem {
    /// `additions` or `removals`.
    pub part: String,
    /// Its place there, from 0.
    pub index: usize,
    /// The stable word for the rule it breaks.
    pub code: String,
    /// The rule, in Chinese.
    pub detail: String,
}

/// Takes a push. The same push twice is answered as the first time; `body` is what was signed.
///
/// # Errors
/// `conflict` for a version that does not follow the last one (the detail names that one), or one that came with another
/// body.
pub async fn push(app: &App, context: &Context, push: Push, body: &[u8]) -> Result<PushReply, AppError> {
    context.authorize(Action::PushLists, Scope::Own)?;
    let Actor::Upstream(upstream) = &context.actor else { return Err(AppError::forbidden()) };
    if push.additions.len() + push.removals.len() > MOST {
        return Err(AppError::invalid("/additions", format!("一次最多{MOST}条，请分批推送。")));
    }
    let hash = Sha256::digest(body).to_vec();
    let (context, settings, now) = (context.clone(), app.settings.lists.clone(), app.now());
    let key_id = upstream.key_id.clone();
    let reply = app
        .write(move |connection| {
            // A partner may exchange its key: the name stays.
            let name = format!("upstream:{}", upstream_name(connection, &key_id)?);
            let delivery = Delivery {
                rules: &settings.decay,
                confidence: settings.confidence,
                share: settings.probation_share,
                now,
            };
            let source = list_source_ensure(connection, &name, delivery.confidence, delivery.share, now)?;
            let pushed = list_source_pushed(connection, source.id)?;
            if let Some(reply) = seen_before(&pushed, &push, &hash)? {
                return Ok(reply);
            }
            let reply = take(connection, &source, &push, &delivery)?;
            let text = serde_json::to_string(&reply).map_err(|error| AppError::internal(error.to_string()))?;
            list_source_push_done(connection, source.id, push.version, &hash, &text)?;
            let detail =
                serde_json::json!({ "version": push.version, "active": reply.active, "removed": reply.removed });
            audit_log_add(connection, &context.audit(now, "list.pushed", "list_source", &source.name, detail))?;
            Ok(reply)
        })
        .await?;
    app.signals.publish(signals::Topic::ListChanged, "").await;
    Ok(reply)
}

/// The answer to a push that came before, none for a new one that follows the last.
fn seen_before(pushed: &Pushed, push: &Push, hash: &[u8]) -> Result<Option<PushReply>, AppError> {
    if push.version == pushed.version && pushed.version > 0 {
        let reply = pushed.reply.as_deref().filter(|_| pushed.hash.as_deref() == Some(hash));
        let reply = reply.ok_or_else(|| rules::conflict("同一版本号的内容与之前收到的不一致。"))?;
        return serde_json::from_str(reply).map(Some).map_err(|error| AppError::internal(error.to_string()));
    }
    if push.previous != pushed.version || push.version <= push.previous {
        let detail = format!("版本不连续：当前版本为{}，请从该版本之后重新推送。", pushed.version);
        return Err(AppError::new(ErrorCode::Conflict, detail));
    }
    Ok(None)
}

fn take(
    connection: &mut DbConnection,
    source: &ListSource,
    push: &Push,
    delivery: &Delivery<'_>,
) -> Result<PushReply, AppError> {
    let mut refused = Vec::new();
    let additions = read("additions", source, &push.additions, &mut refused);
    let removals = read("removals", source, &push.removals, &mut refused);
    let asked: Vec<LookupKey> = additions.iter().flat_map(guard_keys).collect();
    let guards = list_entries_among(connection, ListKind::Guardlist, &asked)?.into_iter().collect();
    let additions: Vec<NewEntry> = additions.into_iter().map(|entry| held_by_guards(entry, &guards)).collect();
    let Added { active, held } = list_entries_add(connection, &additions, delivery)?;
    let keys: Vec<LookupKey> =
        removals.iter().map(|entry| LookupKey::of(entry.rule.kind, &entry.rule.canonical)).collect();
    let doing =
        Doing { actor_kind: "source", actor_id: &source.name, action: "taken_back", reason: "", now: delivery.now };
    let removed = list_claims_withdraw(connection, source.id, &keys, delivery.rules, &doing)?;
    let confirmed = (additions.len() as u64).saturating_sub(active + held);
    Ok(PushReply { version: push.version, active, waiting: held, confirmed, removed, refused })
}

fn read(part: &str, source: &ListSource, items: &[PushedEntry], refused: &mut Vec<RefusedItem>) -> Vec<NewEntry> {
    let mut entries = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let defaults =
            Defaults { rule: item.rule, source: source.name.clone(), ..Defaults::new(ListKind::Blacklist, item.kind) };
        let extra = Extra {
            owner: None,
            fraud_type: item.fraud_type.as_deref(),
            severity: item.severity.as_deref(),
            first_seen: item.first_seen.as_deref(),
            last_seen: item.last_seen.as_deref(),
            confidence: item.confidence.as_deref(),
            seen_on: None,
        };
        match entry_of(&defaults, &item.value, Some(extra)) {
            Ok(entry) => entries.push(entry),
            Err(error) => refused.push(RefusedItem {
                part: part.to_owned(),
                index,
                code: error.code.to_owned(),
                detail: error.detail.to_owned(),
            }),
        }
    }
    entries
}
