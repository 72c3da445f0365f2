//! Entries of the lists: adding them in bulk, what they come to, following their changes, finding them.

mod add;
mod export;
mod find;
mod follow;
mod merge;
mod rescore;
mod restate;
mod rule;

pub use add::{Added, Delivery, NewEntry, list_claims_withdraw, list_entries_add};
pub use export::{ExportClaim, ExportEntry, ExportFilter, list_entries_export};
pub(crate) use find::entry_id;
pub use find::{
    EntryClaim, EntryFilter, EntryRow, list_entries_by_number, list_entries_page, list_entry_by_key, list_entry_claims,
    list_entry_find,
};
pub use follow::{
    ActiveEntry, ChangedKey, list_entries_among, list_entries_changed, list_entries_keys, list_entries_walk,
};
pub use rescore::{list_entries_expire, list_entries_rescore, list_rescoring_position};
pub use restate::{Restated, list_entries_restate, list_entry_standing};
pub use rule::list_entry_rule;

use domain::{ListKind, LookupKey, MatchRule, SubjectKind, standing::EntryState};

use crate::error::StoreError;

fn unknown(what: &str, word: &str) -> StoreError {
    StoreError::Unreadable(format!("unknown {what} {word}"))
}

pub(crate) fn key_of(bytes: Vec<u8>) -> Result<LookupKey, StoreError> {
    bytes.try_into().map(LookupKey).map_err(|_| StoreError::Unreadable("a lookup key is not 16 bytes long".to_owned()))
}

pub(crate) fn list_of(word: &str) -> Result<ListKind, StoreError> {
    ListKind::from_word(word).ok_or_else(|| unknown("list", word))
}

pub(crate) fn kind_of(word: &str) -> Result<SubjectKind, StoreError> {
    SubjectKind::from_word(word).ok_or_else(|| unknown("kind", word))
}

fn rule_of(word: &str) -> Result<MatchRule, StoreError> {
    MatchRule::from_word(word).ok_or_else(|| unknown("rule", word))
}

pub(crate) fn state_of(word: &str) -> Result<EntryState, StoreError> {
    EntryState::from_word(word).ok_or_else(|| unknown("state", word))
}
