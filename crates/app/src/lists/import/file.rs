//! Reading a file row by row into the database.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use domain::standing::DecayRules;
use store::{Store, dialect::expect_many_inserts, list_entries::NewEntry};

use super::{
    batch::{Import, ImportSummary},
    columns,
    entry::Defaults,
    guards::{guards, held_by_guards},
    misp, ndjson,
    said::{Giver, Statement},
};
use crate::{
    AppError, beijing_day,
    tables::{Format, RefusedRow},
};

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportFormat {
    /// A text or table.
    Table(Format),
    /// One JSON object a line.
    Ndjson,
    /// Events as MISP exchanges them.
    Misp,
}

impl ImportFormat {
    /// What a file name promises; text where it promises nothing. A last `.gz` does not count.
    pub fn of_path(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        match name.rsplit_once('.') {
            Some((_, "ndjson" | "jsonl")) => Self::Ndjson,
            Some((_, "json")) => Self::Misp,
            _ => Self::Table(Format::of_path(path).unwrap_or(Format::Txt)),
        }
    }

    /// The format named by its word: `txt`, `csv`, `tsv`, `xlsx`, `ndjson` or `misp`.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "ndjson" => Some(Self::Ndjson),
            "misp" => Some(Self::Misp),
            "txt" | "csv" | "tsv" | "xlsx" => Format::of_path(Path::new(&format!("file.{word}"))).map(Self::Table),
            _ => None,
        }
    }
}

/// How a file is read.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// What holds for every row that does not say otherwise. An empty source means that nobody named one.
    pub defaults: Defaults,
    /// How it is written; by its name where absent.
    pub format: Option<ImportFormat>,
    /// True where the kind in `defaults` says nothing: each row has to say its own.
    pub any_kind: bool,
    /// True for an export of one's own: its sources are believed to speak for themselves, instead of all being the giver's word.
    pub keep_sources: bool,
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

impl ImportOptions {
    /// Whose word the file is; `own_name` is what it calls itself.
    pub(super) fn giver<'a>(&'a self, own_name: Option<&'a str>) -> Giver<'a> {
        Giver { named: &self.defaults.source, own_name, keep_sources: self.keep_sources }
    }
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

/// What a row turns out to be.
pub(super) enum Found {
    /// Nothing: an empty line, a remark.
    Blank,
    /// Something that is not meant to be listed.
    Skipped,
    /// Something that means nothing here.
    Refused(RefusedRow),
    /// A word about an entry.
    Said(Statement),
}

/// Where rows go, with the bytes read and in all.
pub(super) type Take<'a> = &'a mut dyn FnMut(Found, (u64, u64)) -> Result<(), AppError>;

/// The same for a server too, and `taken` sees every entry that was taken.
pub(crate) fn import_each(
    store: &Store,
    path: &Path,
    options: &ImportOptions,
    now: DateTime<Utc>,
    progress: &dyn Fn(u64, u64),
    taken: &mut dyn FnMut(&NewEntry),
) -> Result<ImportSummary, AppError> {
    let guards = guards(store, options.defaults.list)?;
    let mut import = Import::new(store, path, options, now);
    let mut take = |found: Found, (done, of): (u64, u64)| {
        match found {
            Found::Blank => {}
            Found::Skipped => import.skip(),
            Found::Refused(row) => import.refuse(&row)?,
            Found::Said(Statement { entries, sightings }) => {
                entries.iter().for_each(&mut *taken);
                let entries = entries.into_iter().map(|entry| held_by_guards(entry, &guards)).collect();
                import.add(Statement { entries, sightings })?;
            }
        }
        if import.is_settled() {
            progress(done, of);
        }
        Ok(())
    };
    let today = beijing_day(now);
    match options.format.unwrap_or_else(|| ImportFormat::of_path(path)) {
        ImportFormat::Table(format) => columns::read(path, format, options, today, &mut take)?,
        ImportFormat::Ndjson => ndjson::read(path, options, today, &mut take)?,
        ImportFormat::Misp => misp::read(path, options, today, &mut take)?,
    }
    progress(1, 1);
    import.finish()
}
