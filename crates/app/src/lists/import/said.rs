//! What a row, a line or an attribute says of one entry, and whom it is believed of.

use chrono::NaiveDate;
use domain::{
    ListKind, LookupKey, MatchRule, ParseError, SubjectKind,
    sighting::SightingKind,
    standing::{EntryState, Ruling},
};
use store::{list_entries::NewEntry, list_sightings::NewSighting, list_sources::never_trusted};

use super::{Defaults, Extra, entry_of};
use crate::people::line_of_text;

/// Longest name of a source, in characters.
const LONGEST_NAME: usize = 100;
/// Sources of one entry.
const MOST_SOURCES: usize = 100;
/// Who says in a table or in lines that an entry was lifted where it comes from.
const ELSEWHERE: &str = "exchange";

const NO_KIND: ParseError = ParseError { code: "no_kind", detail: "没有写明类别，请用--kind指明。" };
const NO_SOURCE: ParseError = ParseError {
    code: "no_source",
    detail: "没有可用的来源名称（1到100个字，且不能是系统自用的名称），请用--source指明。",
};
const MANY_SOURCES: ParseError = ParseError { code: "too_many_sources", detail: "一条最多100个来源。" };
const OTHER_LIST: ParseError =
    ParseError { code: "other_list", detail: "这一条属于另一种名单，请导入到它自己的名单。" };

/// What is said of one entry, as written.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    /// The list it is on where it comes from.
    pub(super) list: Option<ListKind>,
    pub(super) kind: Option<SubjectKind>,
    pub(super) rule: Option<MatchRule>,
    pub(super) value: String,
    pub(super) fraud_type: Option<String>,
    pub(super) severity: Option<String>,
    pub(super) owner: Option<String>,
    pub(super) first_seen: Option<String>,
    pub(super) last_seen: Option<String>,
    /// Where it is in its life there.
    pub(super) state: Option<EntryState>,
    /// What two officers decided there.
    pub(super) ruling: Option<Ruling>,
    pub(super) claims: Vec<SaidClaim>,
    pub(super) sightings: Vec<SaidSighting>,
}

/// What is said of one source.
#[derive(Debug, Clone, Default)]
pub(super) struct SaidClaim {
    /// Its name; whoever gives the file where absent.
    pub(super) source: Option<String>,
    pub(super) confidence: Option<String>,
    pub(super) seen_on: Option<String>,
}

/// A sighting against the entry.
#[derive(Debug, Clone)]
pub(super) struct SaidSighting {
    pub(super) kind: SightingKind,
    /// Who says so; whoever gives the file where absent.
    pub(super) source: Option<String>,
    pub(super) seen_on: NaiveDate,
}

/// What follows from a row: claims to add, none where it is not taken, and sightings.
#[derive(Debug, Clone, Default)]
pub(super) struct Statement {
    pub(super) entries: Vec<NewEntry>,
    pub(super) sightings: Vec<NewSighting>,
}

/// Whose word a file is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Giver<'a> {
    /// The source that the operator names; empty where none is.
    pub(super) named: &'a str,
    /// What the giver calls itself in the file, e.g. the organisation of an event.
    pub(super) own_name: Option<&'a str>,
    /// True for files of one's own: their sources are believed to speak for themselves. A stranger's file would otherwise borrow
    /// the trust of a source that is known here.
    pub(super) keep_sources: bool,
}

impl Giver<'_> {
    /// The source of what no other is believed to say.
    fn name(&self) -> Option<String> {
        let own = || self.own_name.and_then(name).filter(|name| !is_reserved(name));
        name(self.named).or_else(own)
    }

    /// The source behind a name in the file, if it is believed.
    fn believed(&self, source: Option<&str>) -> Option<String> {
        match source {
            Some(source) if self.keep_sources => name(source),
            Some(source) if Some(source) != self.own_name && source != self.named => None,
            _ => self.name(),
        }
    }
}

fn name(text: &str) -> Option<String> {
    line_of_text(text, LONGEST_NAME)
}

/// Names that a file may not give itself: the system's own, and those of partners who sign.
fn is_reserved(name: &str) -> bool {
    never_trusted(name) || ["builtin", ELSEWHERE].contains(&name) || name.starts_with("upstream:")
}

impl Said {
    /// What follows on `today`, or the rule it breaks.
    pub(super) fn statement(
        self,
        defaults: &Defaults,
        any_kind: bool,
        giver: Giver<'_>,
        today: NaiveDate,
    ) -> Result<Statement, ParseError> {
        if self.list.is_some_and(|list| list != defaults.list) {
            return Err(OTHER_LIST);
        }
        if self.claims.len() > MOST_SOURCES {
            return Err(MANY_SOURCES);
        }
        let kind = self.kind.or_else(|| (!any_kind).then_some(defaults.kind)).ok_or(NO_KIND)?;
        let defaults = Defaults { kind, rule: self.rule.or(defaults.rule), ..defaults.clone() };
        let meant = entry_of(&defaults, &self.value, Some(self.extra(&SaidClaim::default())))?;
        let key = LookupKey::of(meant.rule.kind, &meant.rule.canonical);
        let sightings = self.against(key, defaults.list, giver, today);
        let mut entries = Vec::new();
        for claim in if self.is_taken() { self.claims_of(giver)? } else { Vec::new() } {
            let defaults = Defaults { source: claim.source.clone().ok_or(NO_SOURCE)?, ..defaults.clone() };
            entries.push(entry_of(&defaults, &self.value, Some(self.extra(&claim)))?);
        }
        // What its own source no longer says is not said again first.
        entries.retain(|entry| {
            let ended =
                |sighting: &&NewSighting| sighting.kind == SightingKind::Expiration && sighting.source == entry.source;
            let ended = sightings.iter().filter(ended).map(|sighting| sighting.seen_on).max();
            ended.is_none_or(|ended| entry.seen_on.is_some_and(|day| day > ended))
        });
        Ok(Statement { entries, sightings })
    }

    /// What was taken back or put aside where it comes from is not listed here on that word.
    fn is_taken(&self) -> bool {
        let is_off = matches!(self.state, Some(EntryState::Withdrawn | EntryState::Suspended));
        !is_off && !matches!(self.ruling, Some(Ruling::Lifted | Ruling::Suspended))
    }

    fn extra<'a>(&'a self, claim: &'a SaidClaim) -> Extra<'a> {
        Extra {
            owner: self.owner.as_deref(),
            fraud_type: self.fraud_type.as_deref(),
            severity: self.severity.as_deref(),
            first_seen: self.first_seen.as_deref(),
            last_seen: self.last_seen.as_deref(),
            confidence: claim.confidence.as_deref(),
            seen_on: claim.seen_on.as_deref(),
        }
    }

    /// The claims of those who are believed: each source for itself, or the youngest word as the giver's.
    fn claims_of(&self, giver: Giver<'_>) -> Result<Vec<SaidClaim>, ParseError> {
        if giver.keep_sources && !self.claims.is_empty() {
            let kept = |claim: &SaidClaim| {
                let source = giver.believed(claim.source.as_deref()).ok_or(NO_SOURCE)?;
                Ok(SaidClaim { source: Some(source), ..claim.clone() })
            };
            return self.claims.iter().map(kept).collect();
        }
        let youngest = self.claims.iter().max_by(|one, other| one.seen_on.cmp(&other.seen_on));
        let source = giver.name().ok_or(NO_SOURCE)?;
        Ok(vec![SaidClaim { source: Some(source), ..youngest.cloned().unwrap_or_default() }])
    }

    fn against(&self, key: LookupKey, list: ListKind, giver: Giver<'_>, today: NaiveDate) -> Vec<NewSighting> {
        let said = self.sightings.iter().filter_map(|sighting| {
            let source = match sighting.kind {
                // Anybody may be heard: two officers decide.
                SightingKind::FalsePositive => sighting.source.as_deref().and_then(name).or_else(|| giver.name()),
                SightingKind::Expiration => giver.believed(sighting.source.as_deref()),
            };
            let source = source.unwrap_or_else(|| ELSEWHERE.to_owned());
            let heard = sighting.kind == SightingKind::FalsePositive || source != ELSEWHERE;
            let seen_on = sighting.seen_on.min(today);
            heard.then_some(NewSighting { key, list, source, kind: sighting.kind, seen_on })
        });
        said.collect()
    }
}

/// The sightings that follow from what became of an entry where a table or line comes from.
pub(super) fn from_state(
    state: Option<EntryState>,
    ruling: Option<Ruling>,
    source: Option<&str>,
    seen_on: Option<NaiveDate>,
    today: NaiveDate,
) -> Option<SaidSighting> {
    let seen_on = seen_on.unwrap_or(today);
    match (state, ruling) {
        (_, Some(Ruling::Lifted)) => {
            Some(SaidSighting { kind: SightingKind::FalsePositive, source: Some(ELSEWHERE.to_owned()), seen_on })
        }
        (Some(EntryState::Withdrawn), _) => {
            Some(SaidSighting { kind: SightingKind::Expiration, source: source.map(str::to_owned), seen_on })
        }
        _ => None,
    }
}
