//! Rows out of an Excel workbook.

use std::{
    io::{self, Cursor, Read as _},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use calamine::{DataRef, Reader as _, Xlsx};

use super::{Limits, Row, RowError, RowReason, TableError, source::Source};

/// Columns that are read; no list of ours has more than a few.
const COLUMNS: usize = 256;

/// The rows of the first sheet. A row without any value is no row.
pub(super) fn rows(
    source: Source,
    limits: Limits,
) -> Result<impl Iterator<Item = Result<Row, RowError>> + Send, TableError> {
    let (size, position) = (source.size, source.position.clone());
    let bytes = source.whole(limits.workbook_bytes)?;
    measure(&bytes, limits.workbook_bytes)?;
    // The parser is not ours and the bytes are anybody's: should it panic, that is one more way to be unreadable.
    let read = catch_unwind(AssertUnwindSafe(|| first_sheet(bytes, limits))).unwrap_or(Err(TableError::Workbook))?;
    position.store(0, Ordering::Relaxed);
    Ok(Progress { total: read.len().max(1), rows: read.into_iter(), size, position })
}

/// Unpacks every part of the workbook into nothing: a part of a few bytes can hold gigabytes, whatever it says of itself.
fn measure(bytes: &[u8], limit: u64) -> Result<(), TableError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| TableError::Workbook)?;
    let mut left = limit;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|_| TableError::Workbook)?;
        let held =
            io::copy(&mut part.take(left.saturating_add(1)), &mut io::sink()).map_err(|_| TableError::Workbook)?;
        left = left.checked_sub(held).ok_or(TableError::TooLarge)?;
    }
    Ok(())
}

/// Reads the cells as they come: the sheet as a rectangle could be huge for one stray cell.
fn first_sheet(bytes: Vec<u8>, limits: Limits) -> Result<Vec<Result<Row, RowError>>, TableError> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| TableError::Workbook)?;
    let name = book.sheet_names().into_iter().next().ok_or(TableError::Workbook)?;
    let mut cells = book.worksheet_cells_reader(&name).map_err(|_| TableError::Workbook)?;
    let mut sheet = Sheet { rows: Vec::new(), bytes: 0, limits, left: limits.workbook_bytes };
    while let Some(cell) = cells.next_cell().map_err(|_| TableError::Workbook)? {
        let (row, column) = cell.get_position();
        let text = text_of(cell.get_value());
        if !text.is_empty() {
            sheet.put(u64::from(row) + 1, usize::try_from(column).unwrap_or(usize::MAX), text)?;
        }
    }
    Ok(sheet.rows)
}

struct Sheet {
    rows: Vec<Result<Row, RowError>>,
    /// Bytes of the last row.
    bytes: usize,
    limits: Limits,
    /// Bytes the other rows may take: one shared text of a workbook can stand in a million cells.
    left: u64,
}

impl Sheet {
    fn put(&mut self, line: u64, column: usize, text: String) -> Result<(), TableError> {
        let last = self.rows.last().map(|row| row.as_ref().map_or_else(|error| error.line, |row| row.line));
        if last != Some(line) {
            self.rows.push(Ok(Row { line, cells: Vec::new() }));
            self.bytes = 0;
        }
        let size = text.len().saturating_add(size_of::<String>());
        self.left = self.left.checked_sub(u64::try_from(size).unwrap_or(u64::MAX)).ok_or(TableError::TooLarge)?;
        self.bytes = self.bytes.saturating_add(text.len());
        let fits = self.bytes <= self.limits.row_bytes && column < COLUMNS;
        let reason = if text.contains('\0') { Some(RowReason::Nul) } else { (!fits).then_some(RowReason::TooLong) };
        let Some(row) = self.rows.last_mut() else { return Ok(()) };
        match (row.as_mut(), reason) {
            (Ok(_), Some(reason)) => *row = Err(RowError { line, reason }),
            (Ok(row), None) => place(&mut row.cells, column, text),
            (Err(_), _) => {}
        }
        Ok(())
    }
}

fn place(cells: &mut Vec<String>, column: usize, text: String) {
    if cells.len() <= column {
        cells.resize(column + 1, String::new());
    }
    if let Some(cell) = cells.get_mut(column) {
        *cell = text;
    }
}

/// A cell as a person would type it: a code of 12 digits that Excel took for a number has no exponent.
fn text_of(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) if number.fract() == 0.0 && number.abs() < 1e18 => format!("{number:.0}"),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(truth) => truth.to_string(),
        DataRef::DateTime(date) => {
            let (year, month, day, ..) = date.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

/// Rows that are in memory already, with a progress as if they were being read.
struct Progress {
    rows: std::vec::IntoIter<Result<Row, RowError>>,
    total: usize,
    size: u64,
    position: Arc<AtomicU64>,
}

impl Iterator for Progress {
    type Item = Result<Row, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.rows.next();
        let share = |count: usize| u128::try_from(count).unwrap_or(0);
        let read =
            share(self.total - self.rows.len().min(self.total)) * u128::from(self.size) / share(self.total).max(1);
        self.position.store(u64::try_from(read).unwrap_or(self.size), Ordering::Relaxed);
        row
    }
}
