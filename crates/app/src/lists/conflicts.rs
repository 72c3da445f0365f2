//! Where the blacklist and the allowlist contradict each other.

use chrono::{DateTime, Utc};
use domain::{
    ListKind,
    authorization::{Action, Scope},
};
use serde::{Deserialize, Serialize};
use store::{
    audit_log::audit_log_add,
    list_conflicts::{list_conflict_hold, list_conflict_propose, list_conflict_settle, list_conflicts_open_list},
};

use super::{decide::doing, rules};
use crate::{App, AppError, Context};

/// An open conflict: until it is settled, the allowlist holds.
#[derive(Debug, Clone)]
pub struct ListConflict {
    /// Outward id.
    pub id: String,
    /// Kind of the subject.
    pub kind: String,
    /// Canonical name of the rule that stands on both lists.
    pub canonical: String,
    /// When it was found.
    pub opened_at: DateTime<Utc>,
}

/// Some conflicts, newest first.
#[derive(Debug, Clone)]
pub struct ListConflictPage {
    /// The conflicts.
    pub items: Vec<ListConflict>,
    /// Where the next page begins; none at the end.
    pub next_cursor: Option<String>,
}

/// The conflicts the centre has to settle, newest first, after `cursor`.
pub async fn conflicts_list(
    app: &App,
    context: &Context,
    cursor: Option<String>,
    limit: u32,
) -> Result<ListConflictPage, AppError> {
    context.authorize(Action::ReadLists, Scope::Whole)?;
    if !(1..=100).contains(&limit) {
        return Err(AppError::invalid("limit", "每页条数须在1到100之间。"));
    }
    let wanted = i64::from(limit) + 1;
    let mut found = app.store.db.run(move |connection| list_conflicts_open_list(connection, cursor, wanted)).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let items: Vec<ListConflict> = found
        .into_iter()
        .map(|conflict| {
            let opened_at = conflict.opened_at();
            ListConflict { id: conflict.public_id, kind: conflict.kind, canonical: conflict.canonical, opened_at }
        })
        .collect();
    let next_cursor = items.last().filter(|_| more).map(|conflict| conflict.id.clone());
    Ok(ListConflictPage { items, next_cursor })
}

/// Which entry of a conflict stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// The blacklist is right.
    Blacklist,
    /// The allowlist is right.
    Allowlist,
}

/// One officer says which entry stays; when another says the same, the other entry is lifted. The same decision twice
/// changes nothing. Returns whether it is settled.
///
/// # Errors
/// `conflict` where it was settled the other way, or where the two officers cannot decide together.
pub async fn conflict_settle(app: &App, context: &Context, id: String, keep: Settlement) -> Result<bool, AppError> {
    context.authorize(Action::SettleLists, Scope::Whole)?;
    let officer = context.officer()?.id;
    let keep = match keep {
        Settlement::Blacklist => ListKind::Blacklist,
        Settlement::Allowlist => ListKind::Allowlist,
    };
    let (context, decay, now) = (context.clone(), app.settings.lists.decay.clone(), app.now());
    let settled = app
        .write(move |connection| {
            let conflict = list_conflict_hold(connection, &id)?;
            if let Some(settlement) = conflict.settlement {
                return if settlement == keep {
                    Ok(true)
                } else {
                    Err(rules::conflict("这一冲突已按另一种意见裁定。"))
                };
            }
            let first = conflict.proposed.filter(|(_, wanted)| *wanted == keep).map(|(first, _)| first);
            if first == Some(officer) {
                return Ok(false);
            }
            let action = match first {
                None => {
                    list_conflict_propose(connection, &id, keep, officer)?;
                    "list_conflict.proposed"
                }
                Some(first) => {
                    rules::second_person(connection, first, officer)?;
                    let doing = doing(&context, "conflict_settled", "黑白名单冲突的裁定", now);
                    list_conflict_settle(connection, &id, &conflict, keep, &decay, &doing)?;
                    "list_conflict.settled"
                }
            };
            let detail = serde_json::json!({ "keep": keep });
            audit_log_add(connection, &context.audit(now, action, "list_conflict", &id, detail))?;
            Ok(first.is_some())
        })
        .await?;
    app.signals.publish(signals::Topic::ListChanged, "").await;
    Ok(settled)
}
