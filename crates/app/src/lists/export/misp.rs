//! An export as a MISP event. Its ids are derived from what it holds: taken in again, it renews the event instead of doubling it.

use chrono::NaiveDate;
use domain::{
    ListKind,
    sighting::SightingKind,
    standing::{EntryState, Ruling},
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use store::list_entries::ExportEntry;

use super::ExportRequest;
use crate::{
    beijing_day, beijing_midnight,
    lists::exchange::misp::{level_of, tag, typed},
};

/// What closes the event.
pub(super) const END: &[u8] = b"\n]}}\n";

/// Everything before the attributes. Threat level 4 is "undefined", analysis 2 "completed", distribution 0 "your organisation".
pub(super) fn begin(buffer: &mut Vec<u8>, request: &ExportRequest, today: NaiveDate) -> Result<(), serde_json::Error> {
    let (list, organisation) = (request.list.as_str(), request.organisation.as_str());
    let event = json!({
        "uuid": named_uuid(&[organisation, list]),
        "info": format!("{organisation} {list}"),
        "date": today.to_string(),
        "threat_level_id": "4",
        "analysis": "2",
        "distribution": "0",
        "Orgc": { "name": organisation, "uuid": named_uuid(&[organisation]) },
        "Tag": [{ "name": tag("list", list) }],
    });
    let event = serde_json::to_vec(&event)?;
    buffer.extend_from_slice(br#"{"Event":"#);
    // The attributes follow before it is closed.
    buffer.extend_from_slice(event.strip_suffix(b"}").unwrap_or(&event));
    buffer.extend_from_slice(br#","Attribute":["#);
    Ok(())
}

/// One attribute.
pub(super) fn entry(
    buffer: &mut Vec<u8>,
    list: ListKind,
    entry: &ExportEntry,
    organisation: &str,
) -> Result<(), serde_json::Error> {
    let typed = typed(entry.kind, entry.rule, &entry.canonical);
    let tags: Vec<Value> =
        tags(entry, typed.name == "text", typed.tells_rule).into_iter().map(|name| json!({ "name": name })).collect();
    let mut attribute = json!({
        "uuid": entry_uuid(entry, list),
        "type": typed.name,
        "category": typed.category,
        "value": typed.value,
        "to_ids": entry.state == EntryState::Active,
        "Tag": tags,
        "Sighting": sightings(list, entry, organisation),
    });
    let said_on = entry.claims.iter().map(|claim| claim.seen_on).max();
    let fields = [
        ("first_seen", entry.first_seen.map(|day| format!("{day}T00:00:00.000000+00:00"))),
        ("last_seen", entry.last_seen.map(|day| format!("{day}T00:00:00.000000+00:00"))),
        ("timestamp", said_on.map(seconds)),
    ];
    if let Some(attribute) = attribute.as_object_mut() {
        let known = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?))));
        attribute.extend(known);
    }
    serde_json::to_writer(buffer, &attribute)
}

/// What an entry has that MISP has no field for. Numbers that cover others keep their rule, and so do paths: `*` is our spelling.
fn tags(entry: &ExportEntry, is_text: bool, tells_rule: bool) -> Vec<String> {
    use domain::MatchRule::{NumberPrefix, PathPrefix};
    let mut tags = Vec::new();
    if is_text {
        tags.push(tag("kind", entry.kind.as_str()));
    }
    if !tells_rule || matches!(entry.rule, NumberPrefix | PathPrefix) {
        tags.push(tag("rule", entry.rule.as_str()));
    }
    tags.extend(entry.fraud_type.as_deref().map(|code| tag("fraud-type", code)));
    tags.push(tag("severity", &entry.severity.to_string()));
    tags.extend(entry.owner.as_deref().map(|owner| tag("owner", owner)));
    tags.push(tag("state", entry.state.as_str()));
    for claim in &entry.claims {
        tags.push(tag("claim", &format!("{}@{} {}", claim.confidence, claim.seen_on, claim.source)));
    }
    match entry.claims.iter().map(|claim| claim.confidence).max() {
        Some(percent) => tags.push(level_of(u8::try_from(percent).unwrap_or(0)).to_owned()),
        None => tags.push(tag("source", &entry.source)),
    }
    tags
}

fn sightings(list: ListKind, entry: &ExportEntry, organisation: &str) -> Vec<Value> {
    let sighting =
        |kind: &str, source: &str, day| json!({ "type": kind, "source": source, "date_sighting": seconds(day) });
    let seen = entry.claims.iter().map(|claim| sighting("0", &claim.source, claim.seen_on));
    let against = against(list, entry, organisation).map(|(kind, source, day)| match kind {
        SightingKind::FalsePositive => sighting("1", source, day),
        SightingKind::Expiration => sighting("2", source, day),
    });
    seen.chain(against).collect()
}

/// What speaks against an entry: two officers lifted it, or its sources took it back. Since when, and who says so.
pub(super) fn against<'a>(
    list: ListKind,
    entry: &'a ExportEntry,
    organisation: &'a str,
) -> Option<(SightingKind, &'a str, NaiveDate)> {
    let day = beijing_day(entry.updated_at);
    match (entry.state, entry.ruling) {
        (_, Some(Ruling::Lifted)) => Some((SightingKind::FalsePositive, organisation, day)),
        (EntryState::Withdrawn, _) if list == ListKind::Blacklist && entry.claims.is_empty() => {
            Some((SightingKind::Expiration, &entry.source, day))
        }
        _ => None,
    }
}

fn seconds(day: NaiveDate) -> String {
    beijing_midnight(day).timestamp().to_string()
}

fn entry_uuid(entry: &ExportEntry, list: ListKind) -> String {
    named_uuid(&[list.as_str(), entry.kind.as_str(), &entry.canonical])
}

/// A UUID of version 8 (RFC 9562: contents of one's own) out of words.
fn named_uuid(words: &[&str]) -> String {
    let mut hash = Sha256::new();
    hash.update(b"golden-bell/misp");
    for word in words {
        hash.update([0]);
        hash.update(word.as_bytes());
    }
    let mut bytes = [0_u8; 16];
    for (to, from) in bytes.iter_mut().zip(hash.finalize()) {
        *to = from;
    }
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
    *version = (*version & 0x0f) | 0x80;
    *variant = (*variant & 0x3f) | 0x80;
    let mut text = String::with_capacity(36);
    for (place, byte) in bytes.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}
