//! Giving a list to others, entry by entry, as it stood at one moment.

mod csv;
mod misp;
mod ndjson;
mod stream;

pub use stream::{ExportGate, ExportStream, export};

use std::io::Write;

use chrono::{DateTime, NaiveDate, Utc};
use domain::{ListKind, SubjectKind};
use serde::Deserialize;
use store::{
    DbConnection, Store, StoreError,
    list_entries::{ExportEntry, ExportFilter, list_entries_export},
};

use crate::{AppError, beijing_day};

/// Bytes that are handed on together.
const CHUNK: usize = 64 * 1024;

/// In which form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// A table (RFC 4180) in UTF-8 with a byte-order mark; one row a claim.
    #[default]
    Csv,
    /// One JSON object a line.
    Ndjson,
    /// One event as MISP exchanges them.
    Misp,
}

impl ExportFormat {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Misp => "misp",
        }
    }

    /// The format named by its stable word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Csv, Self::Ndjson, Self::Misp].into_iter().find(|format| format.as_str() == word)
    }

    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Ndjson => "application/x-ndjson",
            Self::Misp => "application/json",
        }
    }

    /// How names of files end.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Misp => "json",
        }
    }
}

/// What is exported.
#[derive(Debug, Clone)]
pub struct ExportRequest {
    /// In which form.
    pub format: ExportFormat,
    /// Which list.
    pub list: ListKind,
    /// Only this kind.
    pub kind: Option<SubjectKind>,
    /// Only what changed after this number, in the order of changes.
    pub changed_after: Option<i64>,
    /// Who gives it: the organisation of the event, and the one that says what two officers lifted.
    pub organisation: String,
}

/// The organisation where nobody says another.
pub const ORGANISATION: &str = "golden-bell";

/// What was exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported {
    /// Number of the last change included: the next export may begin after it.
    pub version: i64,
    /// Entries.
    pub entries: u64,
}

/// Writes an export, for commands.
pub fn export_to(
    store: &Store,
    request: &ExportRequest,
    now: DateTime<Utc>,
    output: &mut dyn Write,
) -> Result<Exported, AppError> {
    let mut version = 0;
    let mut begun = |number| {
        version = number;
        Ok(())
    };
    let mut write = |chunk: Vec<u8>| output.write_all(&chunk).map_err(|error| StoreError::Fault(error.to_string()));
    let entries = store.db.run_blocking(|connection| each(connection, request, now, &mut begun, &mut write))?;
    Ok(Exported { version, entries })
}

type Begun<'a> = &'a mut dyn FnMut(i64) -> Result<(), StoreError>;
type Sink<'a> = &'a mut dyn FnMut(Vec<u8>) -> Result<(), StoreError>;

/// Walks the list; `begun` gets the number of the last change included, `sink` the bytes. Returns the number of entries.
fn each(
    connection: &mut DbConnection,
    request: &ExportRequest,
    now: DateTime<Utc>,
    begun: Begun<'_>,
    sink: Sink<'_>,
) -> Result<u64, StoreError> {
    let ExportRequest { list, kind, changed_after, .. } = *request;
    let filter = ExportFilter { list, kind, changed_after: changed_after.filter(|number| *number > 0) };
    let mut writing = Writing { request, today: beijing_day(now), buffer: Vec::with_capacity(2 * CHUNK), entries: 0 };
    let begin = |number| {
        begun(number)?;
        writing.begin()?;
        Ok(writing)
    };
    let mut writing = list_entries_export(connection, filter, begin, |writing, entry| {
        writing.entry(&entry)?;
        if writing.buffer.len() >= CHUNK { sink(writing.chunk()) } else { Ok(()) }
    })?;
    writing.end();
    sink(writing.chunk())?;
    Ok(writing.entries)
}

/// An export on its way.
struct Writing<'a> {
    request: &'a ExportRequest,
    today: NaiveDate,
    buffer: Vec<u8>,
    entries: u64,
}

impl Writing<'_> {
    fn begin(&mut self) -> Result<(), StoreError> {
        match self.request.format {
            ExportFormat::Csv => csv::begin(&mut self.buffer),
            ExportFormat::Ndjson => {}
            ExportFormat::Misp => misp::begin(&mut self.buffer, self.request, self.today).map_err(fault)?,
        }
        Ok(())
    }

    fn entry(&mut self, entry: &ExportEntry) -> Result<(), StoreError> {
        let (list, by) = (self.request.list, self.request.organisation.as_str());
        match self.request.format {
            ExportFormat::Csv => csv::entry(&mut self.buffer, list, entry),
            ExportFormat::Ndjson => ndjson::entry(&mut self.buffer, list, entry, by).map_err(fault)?,
            ExportFormat::Misp => {
                self.buffer.extend_from_slice(if self.entries == 0 { b"\n" } else { b",\n" });
                misp::entry(&mut self.buffer, list, entry, by).map_err(fault)?;
            }
        }
        self.entries += 1;
        Ok(())
    }

    fn end(&mut self) {
        if self.request.format == ExportFormat::Misp {
            self.buffer.extend_from_slice(misp::END);
        }
    }

    fn chunk(&mut self) -> Vec<u8> {
        std::mem::replace(&mut self.buffer, Vec::with_capacity(2 * CHUNK))
    }
}

fn fault(error: serde_json::Error) -> StoreError {
    StoreError::Fault(error.to_string())
}
