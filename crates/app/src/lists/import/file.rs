//! Reading a file row by row into the database, in batches that each are whole.

use std::{
    collections::HashSet,
    fs::File,
    io::BufWriter,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use domain::{
    ListKind, LookupKey, ParseError, SubjectKind,
    link::{Link, shared_hosts},
    standing::DecayRules,
};
use store::{
    Store,
    dialect::expect_many_inserts,
    list_entries::{Added, Delivery, NewEntry, list_entries_add, list_entries_keys},
};

use super::entry::{Defaults, Extra, entry_of};
use crate::{
    AppError,
    tables::{Format, HeaderRule, RefusedReport, RefusedRow, Row, RowError, Table, TableError},
};

/// Rows in one transaction: large enough to be quick, small enough that others' writes get their turn.
const BATCH: usize = 5_000;

/// Headers that name the value's column, in this order.
const VALUE_COLUMNS: [&str; 5] = ["value", "number", "url", "url_as_reported", "domain"];

/// How a file is read.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// What holds for every row that does not say otherwise.
    pub defaults: Defaults,
    /// The value's column, by its header.
    pub column: Option<String>,
    /// The owner's column, by its header; `owner` where absent.
    pub owner_column: Option<String>,
    /// Folder for the file of refused rows.
    pub refused_dir: PathBuf,
    /// How the entries age.
    pub decay: DecayRules,
    /// How sure a source is that is not known yet, 0 to 100.
    pub confidence: u8,
    /// The share of trust (percent) of a source that is not known yet.
    pub share: u8,
}

/// What became of the rows of a file: `read` is the sum of the other numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportSummary {
    /// Rows with a value.
    pub read: u64,
    /// New entries, active at once.
    pub added: u64,
    /// Rows whose subject was on the list already.
    pub already_there: u64,
    /// New entries that wait for review: stored, without a verdict.
    pub held: u64,
    /// Rows that mean nothing here.
    pub refused: u64,
    /// Which these are, and why.
    pub refused_file: Option<PathBuf>,
}

/// Imports `path`, for commands. Each batch is committed whole, so that a killed import is simply run again. `progress` gets bytes read
/// and bytes in all.
pub fn import_file(
    store: &Store,
    path: &Path,
    options: &ImportOptions,
    now: DateTime<Utc>,
    progress: &dyn Fn(u64, u64),
) -> Result<ImportSummary, AppError> {
    store.db.run_blocking(expect_many_inserts)?;
    import_each(store, path, options, now, progress, &mut |_| {})
}

/// The same for a server too, and `taken` sees every entry that was taken.
pub(crate) fn import_each(
    store: &Store,
    path: &Path,
    options: &ImportOptions,
    now: DateTime<Utc>,
    progress: &dyn Fn(u64, u64),
    taken: &mut dyn FnMut(&NewEntry),
) -> Result<ImportSummary, AppError> {
    let mut table = open(path, options)?;
    let columns = Columns::of(&table, options)?;
    let guards = guards(store, options.defaults.list)?;
    let mut import = Import {
        store,
        options,
        now,
        summary: ImportSummary::default(),
        batch: Vec::with_capacity(BATCH),
        report: None,
    };
    while let Some(row) = table.next() {
        match row.map_err(RowOutcome::from).and_then(|row| columns.entry(&options.defaults, &row)) {
            Ok(entry) => {
                taken(&entry);
                import.add(held_by_guards(entry, &guards))?;
            }
            Err(RowOutcome::Blank) => {}
            Err(RowOutcome::Refused(row)) => import.refuse(path, &row)?,
        }
        if import.batch.is_empty() {
            progress(table.position(), table.size_hint_bytes());
        }
    }
    progress(table.size_hint_bytes(), table.size_hint_bytes());
    import.finish()
}

fn open(path: &Path, options: &ImportOptions) -> Result<Table, AppError> {
    let format = Format::of_path(path).unwrap_or(Format::Txt);
    let header = if options.column.is_some() { HeaderRule::Always } else { HeaderRule::IfAny(&VALUE_COLUMNS) };
    let table = Table::open(path, Some(format), header).map_err(|error| match error {
        TableError::Io(cause) => AppError::invalid("", format!("无法读取文件{}：{cause}。", path.display())),
        other => other.into(),
    })?;
    Ok(table)
}

enum RowOutcome {
    Blank,
    Refused(RefusedRow),
}

impl From<RowError> for RowOutcome {
    fn from(error: RowError) -> Self {
        Self::Refused(error.into())
    }
}

/// Where the columns stand.
struct Columns {
    value: Option<usize>,
    owner: Option<usize>,
    fraud_type: Option<usize>,
    severity: Option<usize>,
    first_seen: Option<usize>,
    last_seen: Option<usize>,
    confidence: Option<usize>,
}

impl Columns {
    fn of(table: &Table, options: &ImportOptions) -> Result<Self, AppError> {
        let value = match &options.column {
            Some(name) => Some(table.required_column(&name.trim().to_lowercase())?),
            None => VALUE_COLUMNS.iter().find_map(|name| table.column(name)).or(Some(0)),
        };
        let owner = match &options.owner_column {
            Some(name) => Some(table.required_column(&name.trim().to_lowercase())?),
            None => table.column("owner"),
        };
        Ok(Self {
            value,
            owner,
            fraud_type: table.column("fraud_type"),
            severity: table.column("severity"),
            first_seen: table.column("first_seen"),
            last_seen: table.column("last_seen"),
            confidence: table.column("confidence"),
        })
    }

    fn entry(&self, defaults: &Defaults, row: &Row) -> Result<NewEntry, RowOutcome> {
        let value = row.cell(self.value);
        if value.is_empty() || value.starts_with('#') {
            return Err(RowOutcome::Blank);
        }
        let filled = |column: Option<usize>| Some(row.cell(column)).filter(|cell| !cell.is_empty());
        let extra = Extra {
            owner: filled(self.owner),
            fraud_type: filled(self.fraud_type),
            severity: filled(self.severity),
            first_seen: filled(self.first_seen),
            last_seen: filled(self.last_seen),
            confidence: filled(self.confidence),
        };
        entry_of(defaults, value, Some(extra))
            .map_err(|ParseError { code, detail }| RowOutcome::Refused(RefusedRow::new(row.line, value, code, detail)))
    }
}

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

struct Import<'a> {
    store: &'a Store,
    options: &'a ImportOptions,
    now: DateTime<Utc>,
    summary: ImportSummary,
    batch: Vec<NewEntry>,
    report: Option<(PathBuf, RefusedReport<BufWriter<File>>)>,
}

impl Import<'_> {
    fn add(&mut self, entry: NewEntry) -> Result<(), AppError> {
        self.summary.read += 1;
        self.batch.push(entry);
        if self.batch.len() == BATCH { self.commit() } else { Ok(()) }
    }

    fn commit(&mut self) -> Result<(), AppError> {
        let (batch, now) = (std::mem::take(&mut self.batch), self.now);
        let ImportOptions { decay, confidence, share, .. } = self.options;
        let delivery = Delivery { rules: decay, confidence: *confidence, share: *share, now };
        let Added { active, held } =
            self.store.db.write_blocking(|connection| list_entries_add(connection, &batch, &delivery))?;
        self.summary.added += active;
        self.summary.held += held;
        self.summary.already_there += (batch.len() as u64).saturating_sub(active + held);
        self.batch.reserve(BATCH);
        Ok(())
    }

    fn refuse(&mut self, path: &Path, row: &RefusedRow) -> Result<(), AppError> {
        self.summary.read += 1;
        self.summary.refused += 1;
        if self.report.is_none() {
            self.report = Some(
                begin_report(path, self.options, self.now).map_err(|error| AppError::internal(error.to_string()))?,
            );
        }
        let Some((_, report)) = &mut self.report else { return Ok(()) };
        report.add(row).map_err(|error| AppError::internal(error.to_string()))
    }

    fn finish(mut self) -> Result<ImportSummary, AppError> {
        self.commit()?;
        if let Some((path, report)) = self.report {
            report.finish().map_err(|error| AppError::internal(error.to_string()))?;
            self.summary.refused_file = Some(path);
        }
        Ok(self.summary)
    }
}

fn begin_report(
    path: &Path,
    options: &ImportOptions,
    now: DateTime<Utc>,
) -> Result<(PathBuf, RefusedReport<BufWriter<File>>), std::io::Error> {
    std::fs::create_dir_all(&options.refused_dir)?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let report = options.refused_dir.join(format!("{name}-{}-refused.csv", now.format("%Y%m%dT%H%M%SZ")));
    let written = RefusedReport::new(BufWriter::new(File::create(&report)?))?;
    Ok((report, written))
}
