//! The small allowlist that every installation has: numbers of public services, and government sites.

use chrono::{DateTime, Utc};
use domain::{ListKind, SubjectKind, standing::DecayRules};
use store::{
    Store,
    list_entries::{Delivery, list_entries_add},
};

use super::import::{Defaults, entry_of};
use crate::AppError;

/// Kind, value and owner, one entry a line.
const ENTRIES: &str = include_str!("../../data/official_numbers.tsv");

/// Adds what is missing of the built-in allowlist. What an operator withdrew stays withdrawn.
pub fn ensure_builtin(store: &Store, now: DateTime<Utc>) -> Result<(), AppError> {
    let mut entries = Vec::new();
    for line in ENTRIES.lines().skip(1) {
        let mut cells = line.split('\t');
        let (Some(kind), Some(value), owner) = (cells.next(), cells.next(), cells.next()) else { continue };
        let kind = SubjectKind::from_word(kind).ok_or_else(|| AppError::internal(format!("built-in list: {line}")))?;
        let defaults = Defaults {
            source: "builtin".to_owned(),
            owner: owner.map(str::to_owned),
            ..Defaults::new(ListKind::Allowlist, kind)
        };
        let parsed = entry_of(&defaults, value, None);
        entries.push(parsed.map_err(|refusal| AppError::internal(format!("built-in list: {line}: {}", refusal.code)))?);
    }
    // Nothing of the allowlist ages.
    let rules = DecayRules::default();
    let delivery = Delivery::trusted(&rules, now);
    store.db.write_blocking(|connection| list_entries_add(connection, &entries, &delivery))?;
    Ok(())
}
