//! An export as lines of JSON.

use domain::{ListKind, sighting::SightingKind};
use store::list_entries::ExportEntry;

use super::misp::against;
use crate::lists::exchange::{Line, LineSighting, LineSource};

/// One line.
pub(super) fn entry(
    buffer: &mut Vec<u8>,
    list: ListKind,
    entry: &ExportEntry,
    organisation: &str,
) -> Result<(), serde_json::Error> {
    let percent = |number: i16| u8::try_from(number).unwrap_or(0);
    let claims = entry.claims.iter().map(|claim| LineSource {
        name: claim.source.clone(),
        confidence: Some(percent(claim.confidence)),
        seen_on: Some(claim.seen_on),
    });
    let mut sources: Vec<LineSource> = claims.collect();
    let against = against(list, entry, organisation);
    if sources.is_empty() && !matches!(against, Some((SightingKind::Expiration, ..))) {
        sources.push(LineSource { name: entry.source.clone(), confidence: None, seen_on: None });
    }
    let sighting =
        |(kind, source, seen_on): (SightingKind, &str, _)| LineSighting { kind, source: source.to_owned(), seen_on };
    let line = Line {
        list: Some(list),
        kind: Some(entry.kind),
        rule: Some(entry.rule),
        value: entry.canonical.clone(),
        fraud_type: entry.fraud_type.clone(),
        severity: Some(percent(entry.severity)),
        owner: entry.owner.clone(),
        first_seen: entry.first_seen,
        last_seen: entry.last_seen,
        state: Some(entry.state),
        ruling: entry.ruling,
        sources,
        sightings: against.map(sighting).into_iter().collect(),
    };
    serde_json::to_writer(&mut *buffer, &line)?;
    buffer.push(b'\n');
    Ok(())
}
