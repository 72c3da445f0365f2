//! Rows out of the files people have: text, CSV, TSV and Excel, each also packed by gzip.
//!
//! Players: a [`Table`] is an open file or body that yields a [`Row`] or a [`RowError`] at a time; a [`Limits`] says how
//! much it may hold; [`RefusedReport`] writes the rows that were not taken and why, for whoever has to mend them.
//!
//! Text formats are streamed: memory stays bounded however long the file. A workbook is read whole, within its limit,
//! and was measured unpacked before. Nothing here ends an import because of one bad row.

mod csv_record;
pub(crate) mod formula;
mod lines;
mod refused;
mod source;
mod text;
mod workbook;

use std::{
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

pub use refused::{RefusedReport, RefusedRow};

use crate::error::{AppError, ErrorCode};

/// How rows are written in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One value a line, the whole line; no header.
    Txt,
    /// Comma-separated values (RFC 4180).
    Csv,
    /// Tab-separated values; quotes mean nothing.
    Tsv,
    /// Excel workbook (Office Open XML), first sheet.
    Xlsx,
}

impl Format {
    /// The format a file name promises; a last `.gz` does not count.
    pub fn of_path(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        match name.rsplit_once('.')?.1 {
            "txt" => Some(Self::Txt),
            "csv" => Some(Self::Csv),
            "tsv" => Some(Self::Tsv),
            "xlsx" => Some(Self::Xlsx),
            _ => None,
        }
    }
}

/// Whether the first row names the columns.
#[derive(Debug, Clone, Copy)]
pub enum HeaderRule<'a> {
    /// It does.
    Always,
    /// It is a row like the others.
    Never,
    /// It does if one of its cells is one of these (lower-case) names.
    IfAny(&'a [&'a str]),
}

/// How much a file may hold.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest row in bytes; longer ones are refused one by one.
    pub row_bytes: usize,
    /// Bytes of a text file after unpacking; beyond, reading ends with an error.
    pub text_bytes: u64,
    /// Bytes of all parts of a workbook after unpacking.
    pub workbook_bytes: u64,
}

impl Limits {
    /// For files an operator names at the command line: tens of millions of rows.
    pub const COMMAND: Self = Self { row_bytes: 64 * 1024, text_bytes: 16 << 30, workbook_bytes: 1 << 30 };
    /// For bodies of requests.
    pub const UPLOAD: Self = Self { row_bytes: 64 * 1024, text_bytes: 16 << 20, workbook_bytes: 64 << 20 };
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Line of the file (row of the sheet) where it begins, from 1.
    pub line: u64,
    /// Its cells, as they stand.
    pub cells: Vec<String>,
}

impl Row {
    /// The cell of a column without white space around it; empty where the row is too short or the column unknown.
    pub fn cell(&self, column: Option<usize>) -> &str {
        column.and_then(|column| self.cells.get(column)).map_or("", |cell| cell.trim())
    }
}

/// Why a row cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowReason {
    /// Not UTF-8.
    NotUtf8,
    /// Holds a NUL character.
    Nul,
    /// Longer than a row may be.
    TooLong,
    /// A quote is opened and not closed nearby.
    OpenQuote,
    /// The rest of the file holds more than it may; reading has ended.
    TooLarge,
    /// The rest of the file cannot be read or unpacked; reading has ended.
    Unreadable,
}

impl RowReason {
    const fn facts(self) -> (&'static str, &'static str) {
        match self {
            Self::NotUtf8 => ("not_utf8", "不是UTF-8编码"),
            Self::Nul => ("nul", "含有空字符（NUL）"),
            Self::TooLong => ("too_long", "这一行过长"),
            Self::OpenQuote => ("open_quote", "引号没有成对"),
            Self::TooLarge => ("too_large", "文件解压后过大，从这里起没有读取"),
            Self::Unreadable => ("unreadable", "文件损坏或读取失败，从这里起没有读取"),
        }
    }

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        self.facts().0
    }

    /// The reason in Chinese.
    pub const fn reason(self) -> &'static str {
        self.facts().1
    }

    /// True where nothing follows, so that the rest of the file is unknown.
    pub const fn ends_reading(self) -> bool {
        matches!(self, Self::TooLarge | Self::Unreadable)
    }
}

/// A row that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowError {
    /// Line of the file, from 1.
    pub line: u64,
    /// Why.
    pub reason: RowReason,
}

/// Why a file cannot be opened as a table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// It cannot be read.
    #[error("无法读取文件：{0}")]
    Io(#[from] io::Error),
    /// The name promises none of the formats.
    #[error("不支持这种文件，请使用txt、csv、tsv或xlsx（可再用gz压缩）")]
    UnknownFormat,
    /// The workbook is damaged or holds no sheet.
    #[error("无法读取这个Excel文件，请在Excel中另存为xlsx后再试")]
    Workbook,
    /// It holds more than it may.
    #[error("文件解压后过大")]
    TooLarge,
    /// A header was expected and the first row is missing or unreadable.
    #[error("文件缺少表头行")]
    NoHeader,
    /// The header lacks a column.
    #[error("表头缺少列：{0}")]
    NoColumn(String),
}

impl From<TableError> for AppError {
    fn from(error: TableError) -> Self {
        match error {
            TableError::TooLarge => Self::new(ErrorCode::BodyTooLarge, "文件解压后过大，请分成几个文件。"),
            other => Self::invalid("", format!("{other}。")),
        }
    }
}

type Rows = Box<dyn Iterator<Item = Result<Row, RowError>> + Send>;

/// An open file or body of rows.
pub struct Table {
    header: Option<Vec<String>>,
    /// The first row, where it turned out not to be a header.
    first: Option<Result<Row, RowError>>,
    rows: Rows,
    position: Arc<AtomicU64>,
    size: u64,
}

impl Table {
    /// Opens a file; without a format its name tells.
    pub fn open(path: &Path, format: Option<Format>, header: HeaderRule<'_>) -> Result<Self, TableError> {
        Self::open_limited(path, format, header, Limits::COMMAND)
    }

    /// [`Table::open`] with limits of one's own.
    pub fn open_limited(
        path: &Path,
        format: Option<Format>,
        header: HeaderRule<'_>,
        limits: Limits,
    ) -> Result<Self, TableError> {
        let format = format.or_else(|| Format::of_path(path)).ok_or(TableError::UnknownFormat)?;
        Self::read(source::of_path(path)?, format, header, limits)
    }

    /// Reads a body; without a format its first bytes tell a workbook, and anything else is CSV.
    pub fn from_bytes(
        bytes: Vec<u8>,
        format: Option<Format>,
        header: HeaderRule<'_>,
        limits: Limits,
    ) -> Result<Self, TableError> {
        let source = source::of_bytes(bytes);
        let format = match format {
            Some(format) => format,
            None if source.is_workbook(limits)? => Format::Xlsx,
            None => Format::Csv,
        };
        Self::read(source, format, header, limits)
    }

    fn read(
        source: source::Source,
        format: Format,
        header: HeaderRule<'_>,
        limits: Limits,
    ) -> Result<Self, TableError> {
        let (size, position) = (source.size, source.position.clone());
        let rows: Rows = match format {
            Format::Xlsx => Box::new(workbook::rows(source, limits)?),
            Format::Txt => Box::new(text::rows(source.unpacked(limits.text_bytes)?, text::Kind::Whole, limits)),
            Format::Csv => Box::new(text::rows(source.unpacked(limits.text_bytes)?, text::Kind::Quoted, limits)),
            Format::Tsv => Box::new(text::rows(source.unpacked(limits.text_bytes)?, text::Kind::Tabs, limits)),
        };
        let mut table = Self { header: None, first: None, rows, position, size };
        if format != Format::Txt {
            table.take_header(header)?;
        }
        Ok(table)
    }

    fn take_header(&mut self, rule: HeaderRule<'_>) -> Result<(), TableError> {
        match rule {
            HeaderRule::Never => return Ok(()),
            HeaderRule::Always => match self.rows.next() {
                Some(Ok(row)) => self.header = Some(names(&row)),
                Some(Err(RowError { reason: RowReason::TooLarge, .. })) => return Err(TableError::TooLarge),
                _ => return Err(TableError::NoHeader),
            },
            HeaderRule::IfAny(wanted) => match self.rows.next() {
                Some(Ok(row)) if names(&row).iter().any(|name| wanted.contains(&name.as_str())) => {
                    self.header = Some(names(&row));
                }
                first => self.first = first,
            },
        }
        Ok(())
    }

    /// Names of the columns, trimmed and in lower case, where the file has them.
    pub fn header(&self) -> Option<&[String]> {
        self.header.as_deref()
    }

    /// Where the column of this name stands.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.header.as_ref()?.iter().position(|column| column == name)
    }

    /// [`Table::column`] for a column that must be there.
    pub fn required_column(&self, name: &str) -> Result<usize, TableError> {
        self.column(name).ok_or_else(|| TableError::NoColumn(name.to_owned()))
    }

    /// Bytes of the file as it lies on disk: the length of a progress bar.
    pub fn size_hint_bytes(&self) -> u64 {
        self.size
    }

    /// How many of [`Table::size_hint_bytes`] are read.
    pub fn position(&self) -> u64 {
        self.position.load(Ordering::Relaxed).min(self.size)
    }
}

/// All of a file, unpacked where it is packed by gzip, at most `limit` bytes.
pub(crate) fn read_whole(path: &Path, limit: u64) -> Result<Vec<u8>, TableError> {
    source::of_path(path)?.whole(limit)
}

fn names(row: &Row) -> Vec<String> {
    row.cells.iter().map(|cell| cell.trim().to_lowercase()).collect()
}

impl Iterator for Table {
    type Item = Result<Row, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.first.take().or_else(|| self.rows.next())
    }
}

#[cfg(test)]
#[path = "tables/tests.rs"]
mod tests;
