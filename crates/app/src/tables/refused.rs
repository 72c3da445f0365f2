//! The report of rows that were not taken.

use std::io::{self, Write};

use super::formula::harmless;

/// A row that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedRow {
    /// Line of the file, from 1.
    pub line: u64,
    /// What stood there, as far as it helps to find it; empty where it could be about a person.
    pub value: String,
    /// Stable word of the reason.
    pub code: &'static str,
    /// The reason in Chinese.
    pub reason: String,
}

impl RefusedRow {
    /// A row refused for `code`, told to people as `reason`.
    pub fn new(line: u64, value: impl Into<String>, code: &'static str, reason: impl Into<String>) -> Self {
        Self { line, value: value.into(), code, reason: reason.into() }
    }
}

impl From<super::RowError> for RefusedRow {
    fn from(error: super::RowError) -> Self {
        Self::new(error.line, "", error.reason.as_str(), error.reason.reason())
    }
}

/// Writes refused rows as CSV with the columns line, value, code, reason.
pub struct RefusedReport<W: Write> {
    writer: csv::Writer<W>,
    written: u64,
}

impl<W: Write> RefusedReport<W> {
    /// Begins a report: a byte-order mark, so that Excel reads Chinese, and the header.
    pub fn new(mut output: W) -> io::Result<Self> {
        output.write_all("\u{feff}".as_bytes())?;
        let mut writer = csv::Writer::from_writer(output);
        writer.write_record(["line", "value", "code", "reason"])?;
        Ok(Self { writer, written: 0 })
    }

    /// Adds a row.
    pub fn add(&mut self, row: &RefusedRow) -> io::Result<()> {
        self.written += 1;
        let line = row.line.to_string();
        Ok(self.writer.write_record([line.as_str(), &harmless(&row.value), row.code, &row.reason])?)
    }

    /// Rows written so far.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Writes out what is buffered.
    pub fn finish(mut self) -> io::Result<u64> {
        self.writer.flush()?;
        Ok(self.written)
    }
}
