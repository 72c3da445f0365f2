//! Feeds whose files appear in a folder.

use std::{
    collections::HashSet,
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use chrono::{DateTime, Utc};
use domain::{ListKind, LookupKey, fraud_type};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use store::{
    Store,
    list_entries::list_claims_withdraw,
    list_events::Doing,
    list_feed_files::{list_feed_file_add, list_feed_file_known},
    list_sources::{list_source_count, list_source_ensure, list_source_keys},
};

use super::import::{Defaults, ImportOptions, ImportSummary, import_each};
use crate::{
    App, AppError,
    divisions::off_the_workers,
    settings::{FeedSettings, ListSettings},
};

/// A file that changed within this time may still be written.
const SETTLED: Duration = Duration::from_secs(30);
/// Keys of a source looked at in one transaction.
const PAGE: i64 = 5_000;

/// What came of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedOutcome {
    /// Name of the source.
    pub source: String,
    /// Name of the file.
    pub file: String,
    /// What came of its rows.
    pub summary: ImportSummary,
    /// Entries that the source takes back, because a whole feed no longer has them; none where the feed looks cut.
    pub taken_back: Option<usize>,
}

/// Reads the files that are new in the folders of feeds, oldest first. A file that cannot be taken is told to the log and tried
/// again in the next round, until it is mended or taken away. Several servers may look at one folder: reading a file twice
/// changes nothing.
pub async fn feeds_take(app: &App) -> Result<Vec<FeedOutcome>, AppError> {
    let mut outcomes = Vec::new();
    for feed in app.settings.lists.feeds.clone() {
        let (store, settings, now) = (app.store.clone(), app.settings.lists.clone(), app.now());
        let refused_dir = app.settings.data_dir.join("refused");
        let taken = off_the_workers(move || take_folder(&store, &feed, &settings, &refused_dir, now)).await?;
        outcomes.extend(taken);
    }
    if !outcomes.is_empty() {
        app.signals.publish(signals::Topic::ListChanged, "").await;
    }
    Ok(outcomes)
}

fn take_folder(
    store: &Store,
    feed: &FeedSettings,
    settings: &ListSettings,
    refused_dir: &Path,
    now: DateTime<Utc>,
) -> Result<Vec<FeedOutcome>, AppError> {
    let mut outcomes = Vec::new();
    let files = match settled_files(&feed.folder) {
        Ok(files) => files,
        Err(error) => {
            tracing::warn!(source = feed.source, %error, "the folder of a feed cannot be read");
            return Ok(outcomes);
        }
    };
    for path in files {
        match take_file(store, feed, &path, settings, refused_dir, now) {
            Ok(outcome) => outcomes.extend(outcome),
            Err(error) => tracing::error!(source = feed.source, file = %path.display(), %error, "a feed was not taken"),
        }
    }
    Ok(outcomes)
}

/// Files that are wholly written, oldest first.
fn settled_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let (entry, name) = entry.map(|entry| (entry.path(), entry.file_name().to_string_lossy().into_owned()))?;
        let metadata = std::fs::metadata(&entry)?;
        let changed = metadata.modified()?;
        let settled = SystemTime::now().duration_since(changed).is_ok_and(|age| age >= SETTLED);
        let passed_over = name.starts_with('.') || name.ends_with(".part") || name.ends_with(".tmp");
        if metadata.is_file() && settled && !passed_over {
            files.push((changed, entry));
        }
    }
    files.sort();
    Ok(files.into_iter().map(|(_, path)| path).collect())
}

fn take_file(
    store: &Store,
    feed: &FeedSettings,
    path: &Path,
    settings: &ListSettings,
    refused_dir: &Path,
    now: DateTime<Utc>,
) -> Result<Option<FeedOutcome>, AppError> {
    let hash = hash_of(path).map_err(|error| AppError::internal(error.to_string()))?;
    if store.db.run_blocking(|connection| list_feed_file_known(connection, &feed.source, &hash))? {
        return Ok(None);
    }
    let options = options(feed, settings, refused_dir)?;
    let mut keys = HashSet::new();
    let summary = import_each(store, path, &options, now, &|_, _| {}, &mut |entry| {
        keys.insert(LookupKey::of(entry.rule.kind, &entry.rule.canonical));
    })?;
    let whole = feed.whole && feed.list == ListKind::Blacklist;
    let taken_back = if whole { take_back(store, feed, &options, &keys, now)? } else { Some(0) };
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let outcome = json!({
        "read": summary.read, "added": summary.added, "already_there": summary.already_there, "held": summary.held,
        "refused": summary.refused, "taken_back": taken_back,
    });
    store.db.write_blocking(|connection| list_feed_file_add(connection, &feed.source, &file, &hash, &outcome, now))?;
    if taken_back.is_none() {
        tracing::error!(
            source = feed.source,
            file,
            "a whole feed has less than half of its entries: nothing is taken back"
        );
    }
    tracing::info!(source = feed.source, file, %outcome, "a feed was taken");
    Ok(Some(FeedOutcome { source: feed.source.clone(), file, summary, taken_back }))
}

fn hash_of(path: &Path) -> std::io::Result<Vec<u8>> {
    let (mut file, mut hash, mut buffer) = (File::open(path)?, Sha256::new(), vec![0; 1 << 16]);
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(hash.finalize().to_vec());
        }
        hash.update(buffer.get(..count).unwrap_or_default());
    }
}

fn options(feed: &FeedSettings, settings: &ListSettings, refused_dir: &Path) -> Result<ImportOptions, AppError> {
    let fraud_type = match &feed.fraud_type {
        None => None,
        Some(word) => {
            let known = fraud_type::table().named(word);
            Some(known.ok_or_else(|| AppError::internal(format!("lists.feeds: unknown fraud type {word}")))?.code())
        }
    };
    Ok(ImportOptions {
        defaults: Defaults {
            fraud_type,
            source: feed.source.clone(),
            severity: feed.severity.min(3),
            ..Defaults::new(feed.list, feed.kind)
        },
        format: None,
        any_kind: false,
        keep_sources: false,
        column: feed.column.clone(),
        owner_column: None,
        refused_dir: refused_dir.to_owned(),
        decay: settings.decay.clone(),
        confidence: feed.confidence.min(100),
        share: feed.share.unwrap_or(settings.probation_share).min(100),
    })
}

/// Takes back what a whole feed no longer has. A feed of less than half of what it had is taken for a cut one, which takes
/// nothing back.
fn take_back(
    store: &Store,
    feed: &FeedSettings,
    options: &ImportOptions,
    keys: &HashSet<LookupKey>,
    now: DateTime<Utc>,
) -> Result<Option<usize>, AppError> {
    let source = store.db.write_blocking(|connection| {
        list_source_ensure(connection, &feed.source, options.confidence, options.share, now)
    })?;
    let claimed = store.db.run_blocking(|connection| list_source_count(connection, source.id))?;
    if i64::try_from(keys.len()).unwrap_or(i64::MAX).saturating_mul(2) < claimed {
        return Ok(None);
    }
    let doing = Doing { actor_kind: "source", actor_id: &feed.source, action: "taken_back", reason: "", now };
    let (mut after, mut taken_back) = (None, 0);
    loop {
        let page = store.db.run_blocking(|connection| list_source_keys(connection, source.id, after, PAGE))?;
        let Some(last) = page.last() else { return Ok(Some(taken_back)) };
        after = Some(*last);
        let gone: Vec<LookupKey> = page.into_iter().filter(|key| !keys.contains(key)).collect();
        if !gone.is_empty() {
            taken_back += store.db.write_blocking(|connection| {
                list_claims_withdraw(connection, source.id, &gone, &options.decay, &doing)
            })?;
        }
    }
}
