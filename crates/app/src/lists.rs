//! The lists: bringing entries in, deciding about them, letting them age, following changes into memory, building snapshots.

mod ageing;
pub mod appeals;
mod builtin;
mod conflicts;
mod decide;
mod entries;
mod exchange;
mod export;
mod feeds;
mod follow;
mod import;
mod propose;
mod push;
mod rebuild;
pub mod reports;
mod rules;
mod sources;

pub use ageing::age;

pub use builtin::ensure_builtin;
pub use conflicts::{ListConflict, ListConflictPage, Settlement, conflict_settle, conflicts_list};
pub use decide::{ProposalPage, proposals_decide, proposals_list};
pub use entries::{EntryPage, EntrySearch, EntryStory, entries_list, entry_get};
pub use export::{ExportFormat, ExportGate, ExportRequest, ExportStream, Exported, ORGANISATION, export, export_to};
pub use feeds::{FeedOutcome, feeds_take};
pub use follow::{ListStatus, follow, follow_blocking, status};
pub use import::{Defaults, ImportFormat, ImportOptions, ImportSummary, import_file};
pub use propose::{EntryProposal, Outcome, entry_propose, rulings_propose};
pub use push::{Push, PushReply, PushedEntry, RefusedItem, push};
pub use rebuild::{SNAPSHOT_FOLDER, rebuild, rebuild_if_due};
pub use sources::{SourceView, source_share_set, sources_list};

pub use store::{
    list_entries::{EntryClaim, EntryRow as Entry},
    list_events::ListEvent,
    list_proposals::StoredProposal as Proposal,
};

use domain::candidates;
use lookup::{Name, Record};
use store::list_entries::ActiveEntry;

/// What the lists in memory keep of an entry.
fn record_of(entry: &ActiveEntry) -> Record {
    let reach = candidates::reach(entry.rule, &entry.canonical);
    let record = match entry.list {
        domain::ListKind::Blacklist => {
            Record::blacklisted(entry.rule, reach, entry.fraud_type.as_deref().unwrap_or(""), entry.severity)
        }
        list => Record::new(list, entry.rule, reach),
    };
    record.seen(Record::day(entry.first_seen), Record::day(entry.last_seen))
}

/// The name kept for an entry: of listed fraud only an owner, if known, and number prefixes, which the private check hands out;
/// of allowed and guarded entries always, since others imitate them.
fn name_of(entry: &ActiveEntry) -> Option<Name> {
    let wanted = entry.list != domain::ListKind::Blacklist
        || entry.owner.is_some()
        || entry.rule == domain::MatchRule::NumberPrefix;
    wanted.then(|| Name { kind: entry.kind, canonical: entry.canonical.clone(), owner: entry.owner.clone() })
}
