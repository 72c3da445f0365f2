//! Whether enough independent residents reported a subject, so that the centre shall decide about it.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ListKind, LookupKey, Subject, fraud_type,
    report::{FULL_VOTE, tally},
    standing::{EntryState, Ruling},
};
use keyring::{Keyring, PublicId};
use lookup::Lists;
use store::{
    DbConnection,
    list_entries::{Delivery, list_entries_add, list_entry_by_key},
    list_proposals::{NewProposal, Origin, list_proposals_add, list_proposals_of},
    list_sources::RESIDENTS,
    reports::report_votes,
};

use super::super::import::{Defaults, entry_of};
use crate::{
    App, AppError,
    settings::{ListSettings, ReportSettings},
};

/// How sure the lists are of what only residents reported, 0 to 100; it has no share of trust.
const CONFIDENCE: u8 = 60;

/// What weighing needs.
pub(super) struct Weighing {
    lists: Arc<Lists>,
    settings: ReportSettings,
    list_settings: ListSettings,
    now: DateTime<Utc>,
}

impl Weighing {
    pub(super) fn new(app: &App) -> Self {
        Self {
            lists: app.lists.clone(),
            settings: app.settings.reports.clone(),
            list_settings: app.settings.lists.clone(),
            now: app.now(),
        }
    }

    /// Proposes a subject that enough residents reported. What is listed already, official or held by a guard list is not
    /// proposed: officers see such reports in the queue all the same.
    pub(super) fn weigh(
        &self,
        connection: &mut DbConnection,
        keyring: &Keyring,
        subject: &Subject,
    ) -> Result<(), AppError> {
        let finding = self.lists.view().find(subject);
        if finding.matched.is_some() || finding.guarded {
            return Ok(());
        }
        let Some(since) = self.since(connection, subject.key())? else { return Ok(()) };
        let said = report_votes(connection, keyring, subject.kind(), subject.canonical(), since)?;
        let votes = tally(&said.votes, self.settings.votes_per_address);
        if votes < self.settings.votes.saturating_mul(FULL_VOTE) {
            return Ok(());
        }
        let fraud_type = said.fraud_type.unwrap_or_else(|| fraud_type::UNKNOWN.to_string());
        self.propose(connection, subject, &fraud_type, said.votes.len())
    }

    /// Since when votes count: not before the last decision about the subject. None where one waits already, or it is listed.
    fn since(&self, connection: &mut DbConnection, key: LookupKey) -> Result<Option<DateTime<Utc>>, AppError> {
        let window = self.now - TimeDelta::days(self.settings.days.into());
        let Some(entry) = list_entry_by_key(connection, key, ListKind::Blacklist)? else { return Ok(Some(window)) };
        let proposals = list_proposals_of(connection, key, ListKind::Blacklist)?;
        if entry.state == EntryState::Active || proposals.iter().any(|proposal| proposal.decided_at.is_none()) {
            return Ok(None);
        }
        let decided = proposals.iter().filter_map(|proposal| proposal.decided_at).max();
        Ok(Some(decided.map_or(window, |decided| decided.max(window))))
    }

    fn propose(
        &self,
        connection: &mut DbConnection,
        subject: &Subject,
        fraud_type: &str,
        voters: usize,
    ) -> Result<(), AppError> {
        let (kind, canonical) = (subject.kind(), subject.canonical());
        let defaults = Defaults {
            fraud_type: fraud_type::FraudCode::parse(fraud_type).ok(),
            source: RESIDENTS.to_owned(),
            severity: 1,
            ..Defaults::new(ListKind::Blacklist, kind)
        };
        // A page of its own where the value is one: what stands beside it on the same host is not meant.
        let Ok(new) = entry_of(&defaults, canonical, None) else { return Ok(()) };
        let key = LookupKey::of(new.rule.kind, &new.rule.canonical);
        let delivery = Delivery { rules: &self.list_settings.decay, confidence: CONFIDENCE, share: 0, now: self.now };
        list_entries_add(connection, &[new], &delivery)?;
        let reason = format!("近{}天内有{voters}名居民各自举报。", self.settings.days);
        let proposal = NewProposal {
            public_id: PublicId::random(),
            key,
            list: ListKind::Blacklist,
            ruling: Ruling::Listed,
            origin: Origin::Reports,
            reason: &reason,
            proposed_by: None,
            now: self.now,
        };
        list_proposals_add(connection, &[proposal])?;
        Ok(())
    }
}
