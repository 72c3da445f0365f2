//! Statements on their way into the database, in batches that each are whole.

use std::{
    collections::HashMap,
    fs::File,
    io::BufWriter,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use domain::{LookupKey, ParseError};
use store::{
    DbConnection, Store, StoreError,
    list_entries::{Added, Delivery, NewEntry, list_entries_add},
    list_sightings::{SightingsTaken, list_sightings_sift, list_sightings_take},
};

use super::{ImportOptions, said::Statement};
use crate::{
    AppError,
    tables::{RefusedReport, RefusedRow},
};

/// Rows in one transaction: large enough to be quick, small enough that others' writes get their turn.
const BATCH: usize = 5_000;
/// Characters of a refused value that are reported.
const SHOWN: usize = 200;

/// What became of the rows of a file: `read` is the sum of `added`, `already_there`, `held`, `refused` and `skipped`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportSummary {
    /// Rows with a value.
    pub read: u64,
    /// New entries, active at once.
    pub added: u64,
    /// Rows whose subject was on the list already.
    pub already_there: u64,
    /// New entries that give no verdict yet: they wait for review or for more trust in their source, or are too old.
    pub held: u64,
    /// Rows that mean nothing here.
    pub refused: u64,
    /// Rows that list nothing: not meant for detection, or off the list where they come from.
    pub skipped: u64,
    /// Claims that their own sources took back.
    pub taken_back: u64,
    /// Reviews that were opened because somebody calls an entry wrong.
    pub reviews: u64,
    /// Which rows were refused, and why.
    pub refused_file: Option<PathBuf>,
}

/// A row that means nothing here.
pub(super) fn refused(line: u64, value: &str, error: ParseError) -> RefusedRow {
    RefusedRow::new(line, value.chars().take(SHOWN).collect::<String>(), error.code, error.detail)
}

/// An import on its way.
pub(super) struct Import<'a> {
    store: &'a Store,
    options: &'a ImportOptions,
    now: DateTime<Utc>,
    name: String,
    summary: ImportSummary,
    batch: Vec<Statement>,
    report: Option<(PathBuf, RefusedReport<BufWriter<File>>)>,
}

impl<'a> Import<'a> {
    pub(super) fn new(store: &'a Store, path: &Path, options: &'a ImportOptions, now: DateTime<Utc>) -> Self {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let (summary, batch) = (ImportSummary::default(), Vec::with_capacity(BATCH));
        Self { store, options, now, name, summary, batch, report: None }
    }

    /// True right after a batch was committed.
    pub(super) fn is_settled(&self) -> bool {
        self.batch.is_empty()
    }

    pub(super) fn add(&mut self, statement: Statement) -> Result<(), AppError> {
        self.summary.read += 1;
        self.batch.push(statement);
        if self.batch.len() == BATCH { self.commit() } else { Ok(()) }
    }

    pub(super) fn skip(&mut self) {
        self.summary.read += 1;
        self.summary.skipped += 1;
    }

    fn commit(&mut self) -> Result<(), AppError> {
        let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH));
        let (listing, in_all) =
            (batch.iter().filter(|said| !said.entries.is_empty()).count() as u64, batch.len() as u64);
        let (options, now) = (self.options, self.now);
        let (Added { active, held }, taken) =
            self.store.db.write_blocking(|connection| write(connection, options, batch, now))?;
        self.summary.added += active;
        self.summary.held += held;
        self.summary.already_there += listing.saturating_sub(active + held);
        self.summary.skipped += in_all - listing;
        self.summary.taken_back += taken.claims_withdrawn as u64;
        self.summary.reviews += taken.reviews_opened as u64;
        Ok(())
    }

    pub(super) fn refuse(&mut self, row: &RefusedRow) -> Result<(), AppError> {
        self.summary.read += 1;
        self.summary.refused += 1;
        let io = |error: std::io::Error| AppError::internal(error.to_string());
        if self.report.is_none() {
            self.report = Some(begin_report(self.options, &self.name, self.now).map_err(io)?);
        }
        let Some((_, report)) = &mut self.report else { return Ok(()) };
        report.add(row).map_err(io)
    }

    pub(super) fn finish(mut self) -> Result<ImportSummary, AppError> {
        self.commit()?;
        if let Some((path, report)) = self.report {
            report.finish().map_err(|error| AppError::internal(error.to_string()))?;
            self.summary.refused_file = Some(path);
        }
        Ok(self.summary)
    }
}

fn write(
    connection: &mut DbConnection,
    options: &ImportOptions,
    batch: Vec<Statement>,
    now: DateTime<Utc>,
) -> Result<(Added, SightingsTaken), StoreError> {
    let ImportOptions { decay, confidence, share, .. } = options;
    let (delivery, list) =
        (Delivery { rules: decay, confidence: *confidence, share: *share, now }, options.defaults.list);
    let mut sightings = Vec::new();
    let mut entries = Vec::with_capacity(batch.len());
    for statement in batch {
        sightings.extend(statement.sightings);
        entries.extend(statement.entries);
    }
    let mut added = Added::default();
    for round in rounds(once_each(entries)) {
        let round = list_sightings_sift(connection, list, round)?;
        let Added { active, held } = list_entries_add(connection, &round, &delivery)?;
        added.active += active;
        added.held += held;
    }
    let taken = match sightings.is_empty() {
        true => SightingsTaken::default(),
        false => list_sightings_take(connection, list, &sightings, decay, now)?,
    };
    Ok((added, taken))
}

/// What each source says of each entry, once: the first word, with the day of the youngest.
fn once_each(entries: Vec<NewEntry>) -> Vec<NewEntry> {
    let mut places = HashMap::<(LookupKey, String), usize>::new();
    let mut once: Vec<NewEntry> = Vec::with_capacity(entries.len());
    for entry in entries {
        let key = LookupKey::of(entry.rule.kind, &entry.rule.canonical);
        let place = *places.entry((key, entry.source.clone())).or_insert(once.len());
        match once.get_mut(place) {
            None => once.push(entry),
            Some(first) if first.seen_on.is_some() && entry.seen_on > first.seen_on => {
                (first.seen_on, first.confidence) = (entry.seen_on, entry.confidence);
            }
            Some(_) => {}
        }
    }
    once
}

/// What several sources say of one entry, one source after the other: a delivery takes one word about an entry.
fn rounds(entries: Vec<NewEntry>) -> Vec<Vec<NewEntry>> {
    let mut said = HashMap::<LookupKey, usize>::new();
    let mut rounds: Vec<Vec<NewEntry>> = Vec::new();
    for entry in entries {
        let round = said.entry(LookupKey::of(entry.rule.kind, &entry.rule.canonical)).or_default();
        match rounds.get_mut(*round) {
            Some(entries) => entries.push(entry),
            None => rounds.push(vec![entry]),
        }
        *round += 1;
    }
    rounds
}

fn begin_report(
    options: &ImportOptions,
    name: &str,
    now: DateTime<Utc>,
) -> Result<(PathBuf, RefusedReport<BufWriter<File>>), std::io::Error> {
    std::fs::create_dir_all(&options.refused_dir)?;
    let report = options.refused_dir.join(format!("{name}-{}-refused.csv", now.format("%Y%m%dT%H%M%SZ")));
    let written = RefusedReport::new(BufWriter::new(File::create(&report)?))?;
    Ok((report, written))
}
