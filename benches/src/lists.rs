//! Lists of any size: half numbers, half sites, all of them blacklisted.

use std::path::{Path, PathBuf};

use domain::{LookupKey, MatchRule, SubjectKind};
use lookup::{Record, Row, SnapshotBuilder, SnapshotError};

use crate::made_up;

/// One listed subject: its key, and whether it is a site.
pub type Listed = (LookupKey, u32);

/// The canonical name of entry `index`: even ones are numbers, odd ones sites.
pub fn canonical(index: u32) -> (SubjectKind, MatchRule, String) {
    let half = u64::from(index / 2);
    if index.is_multiple_of(2) {
        (SubjectKind::Phone, MatchRule::Exact, made_up::phone(half))
    } else {
        (SubjectKind::Link, MatchRule::HostSuffix, format!("{}/", made_up::host(half)))
    }
}

/// The keys of `count` entries in their order.
pub fn keys(count: u32) -> Vec<Listed> {
    let mut keys: Vec<Listed> = (0..count)
        .map(|index| {
            let (kind, _, canonical) = canonical(index);
            (LookupKey::of(kind, &canonical), index)
        })
        .collect();
    keys.sort_unstable();
    keys
}

/// Writes a snapshot of `count` made-up entries and of `others`, which come in key order.
///
/// # Errors
/// The disk's.
pub fn write(folder: &Path, version: u64, count: u32, others: Vec<Row>) -> Result<PathBuf, SnapshotError> {
    std::fs::create_dir_all(folder)?;
    let mut builder = SnapshotBuilder::create(folder, version, u64::from(count) + others.len() as u64)?;
    let mut others = others.into_iter().peekable();
    for (key, index) in keys(count) {
        while let Some(other) = others.next_if(|other| other.key <= key) {
            builder.push(other)?;
        }
        let rule = if index.is_multiple_of(2) { MatchRule::Exact } else { MatchRule::HostSuffix };
        let day = (9_000 + index % 700) as u16;
        let record = Record::blacklisted(rule, 0, fraud_type(index), (index % 4) as u8).seen(day, day + 30);
        builder.push(Row { key, record, name: None })?;
    }
    for other in others {
        builder.push(other)?;
    }
    builder.finish()
}

/// The fraud type of an entry: most have one.
pub fn fraud_type(index: u32) -> &'static str {
    ["T01", "T02", "T04", "T05", "T99"][(index % 5) as usize]
}
