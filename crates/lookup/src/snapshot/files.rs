//! Snapshot files in their folder.

use std::{fs, io, path::Path};

use super::Snapshot;
use crate::error::SnapshotError;

const PREFIX: &str = "lists-";
const WHOLE: &str = ".snapshot";
const PARTIAL: &str = ".partial";

pub(super) fn name(list_version: u64) -> String {
    format!("{PREFIX}{list_version:020}{WHOLE}")
}

pub(super) fn partial_name(list_version: u64) -> String {
    format!("{PREFIX}{list_version:020}{PARTIAL}")
}

/// The list version in a file name with this ending.
fn version_of(name: &str, ending: &str) -> Option<u64> {
    name.strip_prefix(PREFIX)?.strip_suffix(ending)?.parse().ok()
}

/// List versions of the whole snapshots in `dir`, newest first.
fn versions(dir: &Path, ending: &str) -> io::Result<Vec<u64>> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut versions = Vec::new();
    for entry in entries {
        versions.extend(entry?.file_name().to_str().and_then(|name| version_of(name, ending)));
    }
    versions.sort_unstable_by(|left, right| right.cmp(left));
    Ok(versions)
}

/// The newest snapshot in `dir` that opens.
pub(crate) fn newest(dir: &Path) -> Result<Option<Snapshot>, SnapshotError> {
    for version in versions(dir, WHOLE)? {
        match Snapshot::open(&dir.join(name(version))) {
            Ok(snapshot) if snapshot.list_version() == version => return Ok(Some(snapshot)),
            Ok(_) => tracing::warn!(version, "snapshot passed over: its name is not its own"),
            Err(error) => tracing::warn!(version, %error, "snapshot passed over"),
        }
    }
    Ok(None)
}

/// Removes snapshots, and leftovers of unfinished ones, older than list version `keep`. Those open stay readable. Says how many
/// files went.
///
/// # Errors
/// If the folder can't be read or a file can't be removed.
pub fn prune(dir: &Path, keep: u64) -> Result<usize, SnapshotError> {
    let mut removed = 0;
    for (ending, name) in [(WHOLE, name as fn(u64) -> String), (PARTIAL, partial_name)] {
        for version in versions(dir, ending)?.into_iter().filter(|version| *version < keep) {
            fs::remove_file(dir.join(name(version)))?;
            removed += 1;
        }
    }
    Ok(removed)
}
