//! Lines of JSON, each an entry. Streamed: memory stays bounded however long the file.

use std::path::Path;

use chrono::NaiveDate;
use domain::ParseError;

use super::{
    ImportOptions,
    batch::refused,
    columns::unreadable,
    file::{Found, Take},
    said::{Said, SaidClaim, SaidSighting},
};
use crate::{
    AppError,
    lists::exchange::{Line, LineSighting, LineSource},
    tables::{Format, HeaderRule, Table},
};

const BAD_LINE: ParseError = ParseError {
    code: "bad_json",
    detail: "这一行不是约定的JSON对象，或有字段重复、类型不对。",
};

/// Reads lines of JSON.
pub(super) fn read(path: &Path, options: &ImportOptions, today: NaiveDate, take: Take<'_>) -> Result<(), AppError> {
    let mut lines = Table::open(path, Some(Format::Txt), HeaderRule::Never).map_err(|error| unreadable(path, error))?;
    while let Some(row) = lines.next() {
        let found = match row {
            Err(error) => Found::Refused(error.into()),
            Ok(row) => found(options, row.line, row.cell(Some(0)), today),
        };
        take(found, (lines.position(), lines.size_hint_bytes()))?;
    }
    Ok(())
}

fn found(options: &ImportOptions, number: u64, text: &str, today: NaiveDate) -> Found {
    // The reader would take an array for an object, by position.
    let line: Option<Line> =
        Some(text).filter(|text| text.starts_with('{')).and_then(|text| serde_json::from_str(text).ok());
    let Some(line) = line else { return Found::Refused(refused(number, text, BAD_LINE)) };
    let value = line.value.clone();
    let said = said(line).statement(&options.defaults, options.any_kind, options.giver(None), today);
    said.map_or_else(|error| Found::Refused(refused(number, &value, error)), Found::Said)
}

fn said(line: Line) -> Said {
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string());
    let claim = |LineSource { name, confidence, seen_on }: LineSource| SaidClaim {
        source: Some(name),
        confidence: confidence.map(|percent| percent.to_string()),
        seen_on: day(seen_on),
    };
    let sighting =
        |LineSighting { kind, source, seen_on }: LineSighting| SaidSighting { kind, source: Some(source), seen_on };
    Said {
        list: line.list,
        kind: line.kind,
        rule: line.rule,
        value: line.value,
        fraud_type: line.fraud_type,
        severity: line.severity.map(|severity| severity.to_string()),
        owner: line.owner,
        first_seen: day(line.first_seen),
        last_seen: day(line.last_seen),
        state: line.state,
        ruling: line.ruling,
        claims: line.sources.into_iter().map(claim).collect(),
        sightings: line.sightings.into_iter().map(sighting).collect(),
    }
}
