//! An export as a table.

use domain::{
    ListKind,
    standing::{EntryState, Ruling},
};
use store::list_entries::ExportEntry;

use crate::{beijing_day, lists::exchange::COLUMNS, tables::formula::guarded};

/// The byte-order mark, so that Excel reads Chinese, and the header.
pub(super) fn begin(buffer: &mut Vec<u8>) {
    buffer.extend_from_slice("\u{feff}".as_bytes());
    row(buffer, COLUMNS.iter().copied());
}

/// One row a claim; one without a claim where no source says anything.
pub(super) fn entry(buffer: &mut Vec<u8>, list: ListKind, entry: &ExportEntry) {
    if entry.claims.is_empty() {
        // What was taken back is told as of the day on which it was.
        let day = if entry.state == EntryState::Withdrawn {
            beijing_day(entry.updated_at).to_string()
        } else {
            String::new()
        };
        return claim(buffer, list, entry, &entry.source, "", &day);
    }
    for said in &entry.claims {
        claim(buffer, list, entry, &said.source, &said.confidence.to_string(), &said.seen_on.to_string());
    }
}

fn claim(buffer: &mut Vec<u8>, list: ListKind, entry: &ExportEntry, source: &str, confidence: &str, seen_on: &str) {
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let (first_seen, last_seen) = (day(entry.first_seen), day(entry.last_seen));
    let (value, source) = (guarded(&entry.canonical), guarded(source));
    let owner = guarded(entry.owner.as_deref().unwrap_or_default());
    let severity = entry.severity.to_string();
    let cells = [
        list.as_str(),
        entry.kind.as_str(),
        entry.rule.as_str(),
        &value,
        entry.fraud_type.as_deref().unwrap_or_default(),
        &severity,
        &source,
        confidence,
        seen_on,
        &owner,
        &first_seen,
        &last_seen,
        entry.state.as_str(),
        entry.ruling.map_or("", Ruling::as_str),
    ];
    row(buffer, cells.into_iter());
}

fn row<'a>(buffer: &mut Vec<u8>, cells: impl Iterator<Item = &'a str>) {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            buffer.push(b',');
        }
        if cell.contains([',', '"', '\n', '\r']) {
            buffer.push(b'"');
            buffer.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
            buffer.push(b'"');
        } else {
            buffer.extend_from_slice(cell.as_bytes());
        }
    }
    buffer.extend_from_slice(b"\r\n");
}
