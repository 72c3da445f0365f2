//! Rows out of text.

use std::io::BufRead;

use super::{
    Limits, Row, RowError, RowReason,
    csv_record::CsvRecord,
    lines::{Found, Lines},
};

/// How far an open quote may reach; beyond, it is taken for a slip.
const LINES_PER_RECORD: usize = 50;

/// How cells are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The line is one cell.
    Whole,
    /// By commas, with quotes.
    Quoted,
    /// By tabs.
    Tabs,
}

/// The rows of a text; empty lines are no rows.
pub(super) fn rows(
    reader: Box<dyn BufRead + Send>,
    kind: Kind,
    limits: Limits,
) -> impl Iterator<Item = Result<Row, RowError>> + Send {
    TextRows { lines: Lines::new(reader, limits.row_bytes), line: Vec::new(), kind, limits, ended: false }
}

struct TextRows {
    lines: Lines,
    line: Vec<u8>,
    kind: Kind,
    limits: Limits,
    ended: bool,
}

impl Iterator for TextRows {
    type Item = Result<Row, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            match self.lines.read(&mut self.line) {
                Found::End => self.ended = true,
                Found::TooLong => return Some(Err(self.error(RowReason::TooLong))),
                Found::Line if self.line.iter().all(u8::is_ascii_whitespace) => {}
                Found::Line => return Some(self.row()),
                Found::Failed(reason) => {
                    self.ended = true;
                    return Some(Err(self.error(reason)));
                }
            }
        }
        None
    }
}

impl TextRows {
    fn error(&self, reason: RowReason) -> RowError {
        RowError { line: self.lines.number(), reason }
    }

    fn row(&mut self) -> Result<Row, RowError> {
        let line = self.lines.number();
        let text = readable(&self.line).map_err(|reason| self.error(reason))?;
        let cells = match self.kind {
            Kind::Whole => vec![text.to_owned()],
            Kind::Tabs => text.split('\t').map(str::to_owned).collect(),
            Kind::Quoted if !text.contains('"') => text.split(',').map(str::to_owned).collect(),
            Kind::Quoted => return self.quoted(line),
        };
        Ok(Row { line, cells })
    }

    /// Reads a record with quotes; where one stays open only the first line is refused and the others are read anew.
    fn quoted(&mut self, line: u64) -> Result<Row, RowError> {
        let mut record = CsvRecord::new();
        let mut further = Vec::new();
        let mut room = self.limits.row_bytes.saturating_sub(self.line.len());
        let mut complete = readable(&self.line).is_ok_and(|text| record.take_line(text));
        while !complete && further.len() < LINES_PER_RECORD {
            let mut next = Vec::new();
            let found = self.lines.read(&mut next);
            let fits = found == Found::Line && next.len() <= room;
            let text = if fits { readable(&next).ok() } else { None };
            room = room.saturating_sub(next.len());
            complete = text.is_some_and(|text| record.take_line(text));
            let broken = text.is_none();
            if found != Found::End {
                further.push((found, next));
            }
            if broken {
                break;
            }
        }
        if complete {
            return Ok(Row { line, cells: record.into_cells() });
        }
        self.lines.give_back(further);
        Err(RowError { line, reason: RowReason::OpenQuote })
    }
}

fn readable(line: &[u8]) -> Result<&str, RowReason> {
    if line.contains(&0) {
        return Err(RowReason::Nul);
    }
    std::str::from_utf8(line).map_err(|_| RowReason::NotUtf8)
}
