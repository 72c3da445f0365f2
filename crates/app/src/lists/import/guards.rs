//! What guard lists hold of a delivery.

use std::collections::HashSet;

use domain::{
    ListKind, LookupKey, SubjectKind,
    link::{Link, shared_hosts},
};
use store::{
    Store,
    list_entries::{NewEntry, list_entries_keys},
};

use crate::AppError;

/// The keys of the guard lists, where they are asked at all: they hold what would be blacklisted.
pub(crate) fn guards(store: &Store, list: ListKind) -> Result<HashSet<LookupKey>, AppError> {
    if list != ListKind::Blacklist {
        return Ok(HashSet::new());
    }
    let keys = store.db.run_blocking(|connection| list_entries_keys(connection, ListKind::Guardlist))?;
    Ok(keys.into_iter().collect())
}

/// Holds the entry if a guard list does.
pub(crate) fn held_by_guards(mut entry: NewEntry, guards: &HashSet<LookupKey>) -> NewEntry {
    entry.held = entry.held || (!guards.is_empty() && guard_keys(&entry).iter().any(|key| guards.contains(key)));
    entry
}

/// Where a guard list would hold an entry. It holds its sites and what lies below them. A guarded site that many share (a
/// public suffix, a host of pages by anybody) holds itself alone: its tenants answer for themselves.
pub(crate) fn guard_keys(entry: &NewEntry) -> Vec<LookupKey> {
    let Some(link) = entry.rule.host.as_deref().and_then(|host| Link::parse(host).ok()) else {
        return vec![LookupKey::of(entry.rule.kind, &entry.rule.canonical)];
    };
    let holding = link.hosts().enumerate().filter(|(step, host)| *step == 0 || !shared_hosts::contains(host));
    holding.map(|(_, host)| LookupKey::of_parts(SubjectKind::Link, &[host, "/"])).collect()
}
