//! Building a new snapshot in the background and swapping it in.

use std::path::{Path, PathBuf};

use lookup::{Lists, Row, Snapshot, SnapshotBuilder, SnapshotError};
use store::{Store, StoreError, list_entries::list_entries_walk};

use super::{name_of, record_of};
use crate::{App, AppError};

/// Folder of the snapshots, below the data folder.
pub const SNAPSHOT_FOLDER: &str = "lists";

/// Builds a new snapshot when at least `changes` lie over the open one. Says whether it did.
pub async fn rebuild_if_due(app: &App, changes: usize) -> Result<bool, AppError> {
    if app.lists.overlay_len() < changes {
        return Ok(false);
    }
    let (store, lists) = (app.store.clone(), app.lists.clone());
    let folder = app.settings.data_dir.join(SNAPSHOT_FOLDER);
    let built = tokio::task::spawn_blocking(move || rebuild(&store, &lists, &folder)).await;
    built.map_err(|error| AppError::internal(error.to_string()))??;
    Ok(true)
}

/// Writes a snapshot of all active entries to `folder` and opens it. Blocking; memory is bounded; readers are not disturbed
/// and no change is lost: what is newer than the snapshot stays over it.
pub fn rebuild(store: &Store, lists: &Lists, folder: &Path) -> Result<PathBuf, AppError> {
    let builder = store.db.run_blocking(|connection| {
        list_entries_walk(
            connection,
            |version, about| {
                let number = |signed: i64| u64::try_from(signed).unwrap_or(0);
                SnapshotBuilder::create(folder, number(version), number(about)).map_err(fault)
            },
            |builder, entry| {
                let row = Row { key: entry.key, record: record_of(&entry), name: name_of(&entry) };
                builder.push(row).map_err(fault)
            },
        )
    })?;
    let opened = builder.finish().and_then(|path| Snapshot::open(&path).map(|snapshot| (path, snapshot)));
    let (path, snapshot) = opened.map_err(|error| AppError::internal(error.to_string()))?;
    lists.swap(snapshot).map_err(|error| AppError::internal(error.to_string()))?;
    // Another process may still read an older file: it keeps what it has open.
    lookup::prune(folder, lists.snapshot_version()).map_err(|error| AppError::internal(error.to_string()))?;
    Ok(path)
}

fn fault(error: SnapshotError) -> StoreError {
    StoreError::Fault(format!("snapshot: {error}"))
}
