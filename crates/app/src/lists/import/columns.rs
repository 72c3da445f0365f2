//! Rows of texts and tables: whatever columns people have, and those of our own export.

use std::path::Path;

use chrono::NaiveDate;
use domain::{
    ListKind, MatchRule, ParseError, SubjectKind,
    standing::{EntryState, Ruling},
};

use super::{
    ImportOptions,
    batch::refused,
    entry::{Defaults, Extra, entry_of},
    file::{Found, Take},
    said::{Said, SaidClaim, Statement, from_state},
};
use crate::{
    AppError,
    lists::exchange::TELLING,
    tables::{Format, HeaderRule, Row, Table, TableError, formula::unguarded},
};

/// Headers that name the value's column, in this order.
const VALUE_COLUMNS: [&str; 5] = ["value", "number", "url", "url_as_reported", "domain"];

const WORD: ParseError = ParseError {
    code: "unknown_word",
    detail: "名单、类别、规则、状态或裁定不是约定的词，请使用系统导出的文件。",
};

/// Reads a text or table.
pub(super) fn read(
    path: &Path,
    format: Format,
    options: &ImportOptions,
    today: NaiveDate,
    take: Take<'_>,
) -> Result<(), AppError> {
    let mut table = open(path, format, options)?;
    let columns = Columns::of(&table, options)?;
    while let Some(row) = table.next() {
        let found = match row {
            Err(error) => Found::Refused(error.into()),
            Ok(row) => columns.found(options, &row, today),
        };
        take(found, (table.position(), table.size_hint_bytes()))?;
    }
    Ok(())
}

fn open(path: &Path, format: Format, options: &ImportOptions) -> Result<Table, AppError> {
    let header = if options.column.is_some() { HeaderRule::Always } else { HeaderRule::IfAny(&VALUE_COLUMNS) };
    Table::open(path, Some(format), header).map_err(|error| unreadable(path, error))
}

/// Names the file where it is not there or may not be read.
pub(super) fn unreadable(path: &Path, error: TableError) -> AppError {
    match error {
        TableError::Io(cause) => AppError::invalid("", format!("无法读取文件{}：{cause}。", path.display())),
        other => other.into(),
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
    /// Those that only our own export has: other files use the same names for other things.
    exported: Option<Exported>,
}

struct Exported {
    list: Option<usize>,
    kind: Option<usize>,
    rule: Option<usize>,
    source: Option<usize>,
    seen_on: Option<usize>,
    state: Option<usize>,
    ruling: Option<usize>,
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
        let exported = TELLING.iter().all(|name| table.column(name).is_some()).then(|| Exported::of(table));
        if exported.is_none() && options.any_kind {
            return Err(AppError::invalid("", "这个文件没有写明类别，请用--kind指明。"));
        }
        if exported.is_none() && options.defaults.source.is_empty() {
            return Err(AppError::invalid("", "这个文件没有写明来源，请用--source指明。"));
        }
        Ok(Self {
            value,
            owner,
            fraud_type: table.column("fraud_type"),
            severity: table.column("severity"),
            first_seen: table.column("first_seen"),
            last_seen: table.column("last_seen"),
            confidence: table.column("confidence"),
            exported,
        })
    }

    fn found(&self, options: &ImportOptions, row: &Row, today: NaiveDate) -> Found {
        let value = row.cell(self.value);
        if value.is_empty() || value.starts_with('#') {
            return Found::Blank;
        }
        let said = match &self.exported {
            Some(exported) => exported
                .said(self, row, today)
                .and_then(|said| said.statement(&options.defaults, options.any_kind, options.giver(None), today)),
            None => self.plain(&options.defaults, row),
        };
        said.map_or_else(|error| Found::Refused(refused(row.line, value, error)), Found::Said)
    }

    fn plain(&self, defaults: &Defaults, row: &Row) -> Result<Statement, ParseError> {
        let extra = Extra {
            owner: filled(row, self.owner),
            fraud_type: filled(row, self.fraud_type),
            severity: filled(row, self.severity),
            first_seen: filled(row, self.first_seen),
            last_seen: filled(row, self.last_seen),
            confidence: filled(row, self.confidence),
            seen_on: None,
        };
        let entry = entry_of(defaults, row.cell(self.value), Some(extra))?;
        Ok(Statement { entries: vec![entry], sightings: Vec::new() })
    }
}

fn filled(row: &Row, column: Option<usize>) -> Option<&str> {
    Some(row.cell(column)).filter(|cell| !cell.is_empty())
}

impl Exported {
    fn of(table: &Table) -> Self {
        Self {
            list: table.column("list"),
            kind: table.column("kind"),
            rule: table.column("rule"),
            source: table.column("source"),
            seen_on: table.column("seen_on"),
            state: table.column("state"),
            ruling: table.column("ruling"),
        }
    }

    fn said(&self, columns: &Columns, row: &Row, today: NaiveDate) -> Result<Said, ParseError> {
        let text = |column| filled(row, column).map(str::to_owned);
        let free = |column| filled(row, column).map(|cell| unguarded(cell).to_owned());
        let state = word(row, self.state, EntryState::from_word)?;
        let ruling = word(row, self.ruling, Ruling::from_word)?;
        let (source, seen_on) = (free(self.source), text(self.seen_on));
        let day = seen_on.as_deref().and_then(|day| day.parse().ok());
        Ok(Said {
            list: word(row, self.list, ListKind::from_word)?,
            kind: word(row, self.kind, SubjectKind::from_word)?,
            rule: word(row, self.rule, MatchRule::from_word)?,
            value: unguarded(row.cell(columns.value)).to_owned(),
            fraud_type: text(columns.fraud_type),
            severity: text(columns.severity),
            owner: free(columns.owner),
            first_seen: text(columns.first_seen),
            last_seen: text(columns.last_seen),
            state,
            ruling,
            sightings: from_state(state, ruling, source.as_deref(), day, today).into_iter().collect(),
            claims: vec![SaidClaim { source, confidence: text(columns.confidence), seen_on }],
        })
    }
}

fn word<T>(row: &Row, column: Option<usize>, read: fn(&str) -> Option<T>) -> Result<Option<T>, ParseError> {
    filled(row, column).map(|cell| read(cell).ok_or(WORD)).transpose()
}
