//! Rows of a division file.

use std::collections::HashSet;

use domain::division::{Division, DivisionCode, RowFault};

use super::Progress;
use crate::{
    error::AppError,
    people::holds_phone,
    tables::{RefusedRow, RowError, Table},
};

/// Rows between two words of progress.
const STEP: u64 = 1_000;

/// What a division file holds, each row checked by itself.
#[derive(Debug, Clone, Default)]
pub struct TreeFile {
    /// Rows read, sound or not.
    pub read: u64,
    /// Rows that name a division, with their lines.
    pub rows: Vec<(u64, Division)>,
    /// The others.
    pub refused: Vec<RefusedRow>,
    /// Codes in refused rows, as far as they can be read: what they name has not vanished.
    pub refused_codes: HashSet<DivisionCode>,
    /// Names in refused rows without a readable code: likewise.
    pub refused_names: HashSet<String>,
}

/// Reads a file with the columns code, name, level, parent. A bad row is refused; a file that cannot be read to its end is
/// refused as a whole, for what is missing would look as if it had vanished.
pub fn read_tree_file(mut table: Table, progress: Progress<'_>) -> Result<TreeFile, AppError> {
    let [code, name, level, parent] =
        ["code", "name", "level", "parent"].map(|column| table.required_column(column).map(Some));
    let (code, name, level, parent) = (code?, name?, level?, parent?);
    let size = table.size_hint_bytes();
    let mut file = TreeFile::default();
    while let Some(row) = table.next() {
        bounded(&file.refused)?;
        file.read += 1;
        if file.read.is_multiple_of(STEP) {
            progress(table.position(), Some(size));
        }
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                file.refused.push(unreadable(error)?);
                continue;
            }
        };
        match Division::parse(row.cell(code), row.cell(name), row.cell(level), row.cell(parent)) {
            Ok(division) => file.rows.push((row.line, division)),
            Err(fault) => {
                file.refuse(row.line, row.cell(code), row.cell(name), fault);
            }
        }
    }
    progress(size, Some(size));
    Ok(file)
}

/// The report of a row that cannot be read, or the end of the import.
pub(crate) fn unreadable(error: RowError) -> Result<RefusedRow, AppError> {
    if error.reason.ends_reading() {
        return Err(AppError::invalid(
            "",
            format!("第{}行：{}。没有导入任何内容。", error.line, error.reason.reason()),
        ));
    }
    Ok(error.into())
}

impl TreeFile {
    /// Notes a refused row.
    pub(super) fn refuse(&mut self, line: u64, code: &str, name: &str, fault: RowFault) {
        self.refused.push(RefusedRow::new(line, clipped(code), fault.as_str(), fault.reason()));
        match code.parse() {
            Ok(code) => self.refused_codes.insert(code),
            Err(_) => self.refused_names.insert(name.to_owned()),
        };
    }
}

/// Refused rows at which a file is taken for another kind of file.
const MOST_REFUSED: usize = 100_000;

/// Ends an import that refuses nearly everything, before its report fills the memory.
pub(crate) fn bounded(refused: &[RefusedRow]) -> Result<(), AppError> {
    if refused.len() <= MOST_REFUSED {
        return Ok(());
    }
    Err(AppError::invalid("", format!("超过{MOST_REFUSED}行无法导入，请检查是否选错了文件。没有导入任何内容。")))
}

/// As much of a value as helps to find it: codes, and nothing else. A file of people sent by mistake must not come back in a report.
pub(crate) fn clipped(value: &str) -> String {
    let is_codes = value.chars().all(|sign| sign.is_ascii_digit() || " ;；".contains(sign)) && !holds_phone(value);
    if is_codes { value.chars().take(200).collect() } else { String::new() }
}
