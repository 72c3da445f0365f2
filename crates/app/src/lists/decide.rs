//! Deciding: another officer approves or declines what was proposed.

use chrono::{DateTime, Utc};
use domain::{
    ListKind,
    authorization::{Action, Scope},
    standing::{DecayRules, EntryState, Ruling, share_after},
};
use keyring::Keyring;
use serde_json::json;
use store::{
    DbConnection,
    appeals::appeals_decide,
    audit_log::audit_log_add,
    list_entries::{list_claims_withdraw, list_entry_by_key, list_entry_rule, list_entry_standing},
    list_events::Doing,
    list_proposals::{
        StoredProposal, list_proposal_decide, list_proposal_hold, list_proposal_support, list_proposals_page,
    },
    list_sources::{list_source_ensure, list_sources_judge},
    reports::reports_judge,
};

use super::{
    propose::Outcome,
    rules::{self, MANUAL},
};
use crate::{App, AppError, Context, beijing_day, settings::ListSettings};

/// Proposals in one request.
const MOST: usize = 200;

/// Some proposals.
#[derive(Debug, Clone)]
pub struct ProposalPage {
    /// The proposals, newest first.
    pub items: Vec<StoredProposal>,
    /// Where the next page begins; none at the end.
    pub next_cursor: Option<String>,
}

/// Proposals that wait, or those that were decided.
pub async fn proposals_list(
    app: &App,
    context: &Context,
    open: bool,
    cursor: Option<String>,
    limit: u32,
) -> Result<ProposalPage, AppError> {
    context.authorize(Action::ReadLists, Scope::Whole)?;
    if !(1..=200).contains(&limit) {
        return Err(AppError::invalid("limit", "每页条数须在1到200之间。"));
    }
    let wanted = i64::from(limit) + 1;
    let page = app.store.db.run(move |connection| list_proposals_page(connection, open, cursor.as_deref(), wanted));
    let mut items = page.await?;
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next_cursor = items.last().filter(|_| more).map(|proposal| proposal.public_id.clone());
    Ok(ProposalPage { items, next_cursor })
}

/// Approves or declines proposals, all or none; a preview says what would come of each and changes nothing. Who proposed it
/// may decline it, but not approve. What the system proposed has nobody who stands by it: the first officer who approves does
/// that, and another approves.
///
/// # Errors
/// `conflict` for one that is decided already, or for which a second person is needed.
pub async fn proposals_decide(
    app: &App,
    context: &Context,
    proposals: Vec<String>,
    approve: bool,
    reason: &str,
    preview: bool,
) -> Result<Vec<Outcome>, AppError> {
    context.authorize(Action::SettleLists, Scope::Whole)?;
    let reason = rules::reason(reason)?;
    rules::bounded("/proposals", &proposals, MOST)?;
    let (context, settings, now) = (context.clone(), app.settings.lists.clone(), app.now());
    let keyring = app.store.keyring.clone();
    let decided = app
        .write(move |connection| {
            let decision =
                Decision { context: &context, keyring: &keyring, settings: &settings, approve, reason: &reason, now };
            let one = |id: String| match preview {
                true => decision.preview(connection, id),
                false => decision.carry_out(connection, id),
            };
            proposals.into_iter().map(one).collect::<Result<Vec<_>, AppError>>()
        })
        .await?;
    app.signals.publish(signals::Topic::ListChanged, "").await;
    Ok(decided)
}

struct Decision<'a> {
    context: &'a Context,
    keyring: &'a Keyring,
    settings: &'a ListSettings,
    approve: bool,
    reason: &'a str,
    now: DateTime<Utc>,
}

impl Decision<'_> {
    fn rules(&self) -> &DecayRules {
        &self.settings.decay
    }

    /// Why this officer cannot decide on it.
    fn refuse(&self, connection: &mut DbConnection, proposal: &StoredProposal) -> Result<(), AppError> {
        if proposal.decided_at.is_some() {
            return Err(rules::conflict("这一提议已有决定。"));
        }
        match proposal.proposed_by.filter(|_| self.approve) {
            Some(first) => rules::second_person(connection, first, self.context.officer()?.id),
            None => Ok(()),
        }
    }

    fn preview(&self, connection: &mut DbConnection, id: String) -> Result<Outcome, AppError> {
        let proposal = list_proposal_hold(connection, &id)?;
        let refused = self.refuse(connection, &proposal).err().map(|error| error.detail.into_owned());
        self.outcome(connection, &proposal, refused)
    }

    fn carry_out(&self, connection: &mut DbConnection, id: String) -> Result<Outcome, AppError> {
        let proposal = list_proposal_hold(connection, &id)?;
        self.refuse(connection, &proposal)?;
        let officer = self.context.officer()?.id;
        let outcome = self.outcome(connection, &proposal, None)?;
        let action = match (self.approve, proposal.proposed_by) {
            (true, None) => {
                list_proposal_support(connection, proposal.id, officer)?;
                "list_proposal.supported"
            }
            (true, Some(_)) => {
                list_proposal_decide(connection, proposal.id, officer, true, self.reason, self.now)?;
                self.rule(connection, &proposal)?;
                self.tell_reporters(connection, &proposal, true)?;
                appeals_decide(connection, &proposal.public_id, true, self.now)?;
                "list_proposal.approved"
            }
            (false, _) => {
                list_proposal_decide(connection, proposal.id, officer, false, self.reason, self.now)?;
                self.drop_manual(connection, &proposal)?;
                self.tell_reporters(connection, &proposal, false)?;
                appeals_decide(connection, &proposal.public_id, false, self.now)?;
                "list_proposal.declined"
            }
        };
        let detail = json!({ "entry": proposal.entry, "ruling": proposal.ruling });
        audit_log_add(connection, &self.context.audit(self.now, action, "list_proposal", &id, detail))?;
        Ok(outcome)
    }

    fn outcome(
        &self,
        connection: &mut DbConnection,
        proposal: &StoredProposal,
        refused: Option<String>,
    ) -> Result<Outcome, AppError> {
        let entry = list_entry_by_key(connection, proposal.key, proposal.list)?.ok_or_else(AppError::not_found)?;
        let takes_effect = self.approve && proposal.proposed_by.is_some() && refused.is_none();
        let ruling = if takes_effect { Some(proposal.ruling) } else { entry.ruling };
        let today = beijing_day(self.now);
        let (after, _) = list_entry_standing(connection, &entry, ruling, self.rules(), today)?;
        Ok(Outcome {
            id: proposal.public_id.clone(),
            canonical: Some(entry.canonical),
            proposal: Some(proposal.public_id.clone()),
            state: Some(entry.state),
            state_after: Some(after),
            refused,
        })
    }

    fn rule(&self, connection: &mut DbConnection, proposal: &StoredProposal) -> Result<(), AppError> {
        rule(connection, self.context, self.settings, proposal, self.reason, self.now)
    }

    /// What was decided says who of those who reported it was right.
    fn tell_reporters(
        &self,
        connection: &mut DbConnection,
        proposal: &StoredProposal,
        approved: bool,
    ) -> Result<(), AppError> {
        let right = match (proposal.list, proposal.ruling, approved) {
            (ListKind::Blacklist, Ruling::Listed, right) => right,
            (ListKind::Blacklist, Ruling::Lifted, true) => false,
            _ => return Ok(()),
        };
        Ok(reports_judge(connection, self.keyring, proposal.kind, &proposal.canonical, right)?)
    }

    /// What only an officer wanted on the list, and was never there, is gone when it is declined.
    fn drop_manual(&self, connection: &mut DbConnection, proposal: &StoredProposal) -> Result<(), AppError> {
        if proposal.ruling != Ruling::Listed || proposal.origin != "officer" {
            return Ok(());
        }
        let entry = list_entry_by_key(connection, proposal.key, proposal.list)?.ok_or_else(AppError::not_found)?;
        if entry.ruling.is_some() || entry.state != EntryState::Proposed {
            return Ok(());
        }
        let doing = doing(self.context, "declined", self.reason, self.now);
        if proposal.list == ListKind::Blacklist {
            let source = list_source_ensure(connection, MANUAL, 100, 0, self.now)?;
            list_claims_withdraw(connection, source.id, &[proposal.key], self.rules(), &doing)?;
        } else {
            list_entry_rule(connection, proposal.list, proposal.key, Some(Ruling::Lifted), self.rules(), &doing)?;
        }
        Ok(())
    }
}

/// Carries out what two officers decided, and lets its sources answer for it.
fn rule(
    connection: &mut DbConnection,
    context: &Context,
    settings: &ListSettings,
    proposal: &StoredProposal,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let doing = doing(context, proposal.ruling.as_str(), reason, now);
    list_entry_rule(connection, proposal.list, proposal.key, Some(proposal.ruling), &settings.decay, &doing)?;
    let right = match proposal.ruling {
        Ruling::Listed => true,
        Ruling::Lifted => false,
        Ruling::Suspended => return Ok(()),
    };
    list_sources_judge(connection, &proposal.key.0, right, |source| {
        let share = u8::try_from(source.share).unwrap_or(0);
        // What officers and residents bring is active only when it is decided.
        if share == 0 { 0 } else { share_after(settings.probation_share, share, source.confirmed, source.refuted) }
    })?;
    Ok(())
}

/// Who decides, for the history of the entry.
pub(super) fn doing<'a>(context: &'a Context, action: &'a str, reason: &'a str, now: DateTime<Utc>) -> Doing<'a> {
    let (actor_kind, actor_id) = context.actor_words();
    Doing { actor_kind, actor_id, action, reason, now }
}
