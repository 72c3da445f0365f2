//! Events of MISP, attribute by attribute.

use std::path::Path;

use chrono::{DateTime, NaiveDate};
use domain::{ListKind, MatchRule, ParseError, SubjectKind, sighting::SightingKind, standing::EntryState};
use serde_json::value::RawValue;

use super::{
    ImportOptions,
    batch::refused,
    columns::unreadable,
    file::{Found, Take},
    misp_event::{Attribute, Named, Node, Scalar, events},
    said::{Giver, Said, SaidClaim, SaidSighting},
};
use crate::{
    AppError, beijing_day,
    lists::exchange::misp::{confidence_of, meaning, tagged},
    tables::read_whole,
};

/// Bytes of a document, unpacked: it is read whole, for tags and organisation of an event may stand behind its attributes.
const LONGEST: u64 = 256 << 20;

const BAD_ATTRIBUTE: ParseError = ParseError {
    code: "misp_bad_attribute",
    detail: "这个属性缺少字段，或有字段重复、类型不对。",
};
const NO_MEANING: ParseError =
    ParseError { code: "misp_type_unknown", detail: "这种属性类型不对应任何可列入名单的对象。" };
const RANGE: ParseError =
    ParseError { code: "misp_ip_range", detail: "不能列入整段IP地址，请逐个列出。" };

/// Reads events. Refused attributes are named by their place in the document, from 1.
pub(super) fn read(path: &Path, options: &ImportOptions, today: NaiveDate, take: Take<'_>) -> Result<(), AppError> {
    let document = read_whole(path, LONGEST).map_err(|error| unreadable(path, error))?;
    let events =
        events(&document).map_err(|error| AppError::invalid("", format!("这个文件不是MISP事件的JSON：{error}。")))?;
    drop(document);
    let of = events.iter().map(|event| attributes(event).count() as u64).sum();
    let mut number = 0;
    for event in &events {
        for attribute in attributes(event) {
            number += 1;
            take(found(options, event, attribute, number, today), (number, of))?;
        }
    }
    Ok(())
}

fn attributes(event: &Node) -> impl Iterator<Item = &RawValue> {
    let inner = event.objects.iter().flatten().flat_map(|object| object.attributes.iter().flatten());
    event.attributes.iter().flatten().chain(inner).map(|attribute| &**attribute)
}

fn found(options: &ImportOptions, event: &Node, raw: &RawValue, number: u64, today: NaiveDate) -> Found {
    let attribute: Option<Attribute> =
        Some(raw.get()).filter(|text| text.starts_with('{')).and_then(|text| serde_json::from_str(text).ok());
    let Some(attribute) = attribute else { return Found::Refused(refused(number, raw.get(), BAD_ATTRIBUTE)) };
    if attribute.is_deleted() {
        return Found::Skipped;
    }
    let giver = options.giver(event.orgc.as_ref().map(|organisation| organisation.name.as_str()));
    let said = Reading { event, attribute: &attribute, giver, today };
    // What is not meant for detection is passed over, unless it comes from a service like this one, which says why.
    if !attribute.is_meant() && said.tag("state").is_none() {
        return Found::Skipped;
    }
    let said = said.said().and_then(|said| said.statement(&options.defaults, options.any_kind, giver, today));
    said.map_or_else(|error| Found::Refused(refused(number, &attribute.value, error)), Found::Said)
}

/// An attribute with what its event says of all.
struct Reading<'a> {
    event: &'a Node,
    attribute: &'a Attribute,
    giver: Giver<'a>,
    today: NaiveDate,
}

impl<'a> Reading<'a> {
    /// Tags of the attribute, then those of the event.
    fn tags(&self) -> impl Iterator<Item = &'a str> {
        let names = |tags: &'a Option<Vec<Named>>| tags.iter().flatten().map(|tag| tag.name.as_str());
        names(&self.attribute.tags).chain(names(&self.event.tags))
    }

    fn tag(&self, predicate: &str) -> Option<&'a str> {
        self.tags().find_map(|tag| tagged(tag, predicate))
    }

    fn said(&self) -> Result<Said, ParseError> {
        let attribute = self.attribute;
        let (kind, rule, value) = self.meaning()?;
        let text = |predicate| self.tag(predicate).map(str::to_owned);
        Ok(Said {
            list: self.tag("list").and_then(ListKind::from_word),
            kind: Some(kind),
            rule: self.tag("rule").and_then(MatchRule::from_word).or(rule),
            value,
            fraud_type: text("fraud-type"),
            severity: text("severity"),
            owner: text("owner"),
            first_seen: attribute.first_seen.clone(),
            last_seen: attribute.last_seen.clone(),
            state: self.tag("state").and_then(EntryState::from_word),
            ruling: None,
            claims: self.claims(),
            sightings: self.sightings(),
        })
    }

    fn meaning(&self) -> Result<(SubjectKind, Option<MatchRule>, String), ParseError> {
        let Attribute { name, value, .. } = self.attribute;
        if name == "text" {
            let kind = self.tag("kind").and_then(SubjectKind::from_word).ok_or(NO_MEANING)?;
            return Ok((kind, None, value.clone()));
        }
        let (kind, rule, value) = meaning(name, value).ok_or(NO_MEANING)?;
        let is_address = name.starts_with("ip-");
        if is_address && value.contains('/') {
            return Err(RANGE);
        }
        let bare_v6 = is_address && value.matches(':').count() > 1 && !value.starts_with('[');
        Ok((kind, rule, if bare_v6 { format!("[{value}]") } else { value.to_owned() }))
    }

    /// What each source is said to say, made younger by its own sightings; else the event's word.
    fn claims(&self) -> Vec<SaidClaim> {
        let confidence = self.tags().find_map(confidence_of).map(|percent| percent.to_string());
        let mut claims: Vec<SaidClaim> =
            self.tags().filter_map(|tag| tagged(tag, "claim")).filter_map(claim_of).collect();
        if claims.is_empty() {
            let source = self.tag("source").map(str::to_owned);
            let seen_on = self.said_on().map(|day| day.to_string());
            claims.push(SaidClaim { source, confidence, seen_on });
        }
        for claim in &mut claims {
            let seen = self.seen_by(claim.source.as_deref()).map(|day| day.to_string());
            claim.seen_on = claim.seen_on.take().max(seen);
        }
        claims
    }

    /// The day on which the event says so.
    fn said_on(&self) -> Option<NaiveDate> {
        let day = |text: &Option<String>| text.as_deref().and_then(|text| text.get(..10)?.parse().ok());
        let changed = self.attribute.timestamp.as_ref().and_then(moment);
        let told = day(&self.attribute.last_seen).max(changed);
        told.or_else(|| day(&self.attribute.first_seen)).or_else(|| day(&self.event.date))
    }

    /// The last day on which a source saw it; whoever gives the event where none is named.
    fn seen_by(&self, source: Option<&str>) -> Option<NaiveDate> {
        let own = |name: Option<&str>| name.is_none() || name == self.giver.own_name || name == Some(self.giver.named);
        let seen = self.attribute.sightings.iter().flatten().filter(|sighting| {
            let by = sighting.source();
            type_of(sighting.kind.as_ref()) == Some(0) && (by == source || (own(by) && own(source)))
        });
        seen.filter_map(|sighting| sighting.date_sighting.as_ref().and_then(moment)).max()
    }

    fn sightings(&self) -> Vec<SaidSighting> {
        let against = self.attribute.sightings.iter().flatten().filter_map(|sighting| {
            let kind = match type_of(sighting.kind.as_ref())? {
                1 => SightingKind::FalsePositive,
                2 => SightingKind::Expiration,
                _ => return None,
            };
            let seen_on = sighting.date_sighting.as_ref().and_then(moment).unwrap_or(self.today);
            Some(SaidSighting { kind, source: sighting.source().map(str::to_owned), seen_on })
        });
        against.collect()
    }
}

/// A sighting without a type is one of type 0.
fn type_of(kind: Option<&Scalar>) -> Option<i64> {
    kind.map_or(Some(0), Scalar::number)
}

/// The day in Beijing of a time in seconds.
fn moment(seconds: &Scalar) -> Option<NaiveDate> {
    DateTime::from_timestamp(seconds.number()?, 0).map(beijing_day)
}

/// `80@2026-11-24 name`.
fn claim_of(text: &str) -> Option<SaidClaim> {
    let (said, source) = text.split_once(' ')?;
    let (confidence, day) = said.split_once('@')?;
    Some(SaidClaim {
        source: Some(source.to_owned()),
        confidence: Some(confidence.to_owned()),
        seen_on: Some(day.to_owned()),
    })
}
