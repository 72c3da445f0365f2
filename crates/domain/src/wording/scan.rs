//! Runs the automaton over a text and decides which rules fire.

mod cues;

use std::collections::BTreeMap;

use super::{
    WordingHit,
    folded::Folded,
    learned::{Sound, learned},
    rules::{Role, Rule, Rules},
};
use crate::fraud_type::{FraudCode, UNKNOWN};

/// A phrase found in the folded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Occurrence {
    /// Number of the pattern in the automaton.
    pattern: usize,
    /// First character of the folded text.
    start: usize,
    /// Character after the last.
    end: usize,
}

/// A rule that fired, or cues that added up, with the phrases that led to it.
struct Fired {
    fraud_type: FraudCode,
    strength: u32,
    parts: Vec<Occurrence>,
}

/// See [`super::judge`].
pub(super) fn judge(rules: &Rules, text: &str) -> Vec<WordingHit> {
    let folded = Folded::new(&rules.fold, text);
    let found = occurrences(rules, &folded);
    let warning = warning_weight(rules, &found);
    if warning >= rules.warning_direct_limit {
        return Vec::new();
    }
    let negated = negated_characters(rules, &folded, &found);
    let off = switched_off(rules, &found, warning);
    let mut verdicts = fired(rules, &found, &negated, &off);
    if warning < rules.warning_limit {
        verdicts.extend(cues::added_up(rules, &found, &negated));
        let sound = learned().listen(&rules.learned, &folded);
        let score = sound.as_ref().map_or(0, |sound| sound.score);
        let strongest = verdicts.iter().map(|fired| fired.strength).max().unwrap_or_default();
        if score + i64::from(strongest) * rules.learned.per_strength < rules.learned.threshold {
            verdicts.clear();
        }
        let sound = sound.filter(|sound| sound.score >= rules.learned.threshold);
        verdicts.extend(sound.map(|sound| by_sound(rules, &found, &negated, sound)));
    }
    hits(&verdicts, &folded, text)
}

/// A message that sounds like fraud all over, with the words of the files that speak for its type; where there are hardly
/// any, the pairs of characters that speak loudest.
fn by_sound(rules: &Rules, found: &[Occurrence], negated: &[bool], sound: Sound) -> Fired {
    let speaks = |role: &Role| match *role {
        Role::Slot { rule, .. } => rules.rules.get(rule).is_some_and(|rule| rule.fraud_type == sound.fraud_type),
        Role::Cue { cue } => rules
            .cues
            .get(cue)
            .is_some_and(|cue| cue.points > 0 && (cue.fraud_type == sound.fraud_type || cue.fraud_type == UNKNOWN)),
        _ => false,
    };
    let is_meant = |occurrence: &&Occurrence| {
        occurrence.end - occurrence.start > 1
            && !negated.get(occurrence.start).copied().unwrap_or_default()
            && roles(rules, occurrence).iter().any(speaks)
    };
    let mut parts: Vec<Occurrence> = found.iter().filter(is_meant).copied().collect();
    if parts.len() < MEANT_WORDS {
        parts.extend(sound.parts.iter().map(|(start, end)| Occurrence {
            pattern: usize::MAX,
            start: *start,
            end: *end,
        }));
    }
    Fired { fraud_type: sound.fraud_type, strength: SOUND_STRENGTH, parts }
}

/// So many words of the files explain a message well enough.
const MEANT_WORDS: usize = 3;

/// The learned weights settle the type where cues of two are there, and weigh less than a rule that names the fraud.
const SOUND_STRENGTH: u32 = 3;

/// Every phrase, overlapping ones too, in the order of their ends.
fn occurrences(rules: &Rules, folded: &Folded) -> Vec<Occurrence> {
    let character = |byte: usize| folded.character_at.get(byte).copied().unwrap_or_default();
    rules
        .automaton
        .find_overlapping_iter(&folded.text)
        .map(|found| Occurrence {
            pattern: found.pattern().as_usize(),
            start: character(found.start()),
            end: character(found.end()),
        })
        .collect()
}

fn roles<'a>(rules: &'a Rules, occurrence: &Occurrence) -> &'a [Role] {
    rules.roles.get(occurrence.pattern).map(Vec::as_slice).unwrap_or_default()
}

/// The occurrences of one kind of phrase, from left to right, the longest where several begin together; what overlaps an
/// earlier one is left out.
fn without_overlaps<T>(
    rules: &Rules,
    found: &[Occurrence],
    wanted: impl Fn(&Role) -> Option<T>,
) -> Vec<(Occurrence, T)> {
    let mut all: Vec<(Occurrence, T)> = found
        .iter()
        .filter_map(|occurrence| Some((*occurrence, roles(rules, occurrence).iter().find_map(&wanted)?)))
        .collect();
    all.sort_by_key(|(occurrence, _)| (occurrence.start, usize::MAX - occurrence.end));
    let mut covered = 0;
    all.retain(|(occurrence, _)| {
        let free = occurrence.start >= covered;
        if free {
            covered = occurrence.end;
        }
        free
    });
    all
}

/// How much the message sounds like a warning: the weights of the distinct warning words.
fn warning_weight(rules: &Rules, found: &[Occurrence]) -> u32 {
    let words = without_overlaps(rules, found, |role| match role {
        Role::Warning { weight } => Some(*weight),
        _ => None,
    });
    let distinct: BTreeMap<usize, u32> =
        words.into_iter().map(|(occurrence, weight)| (occurrence.pattern, weight)).collect();
    distinct.into_values().sum()
}

/// Of each character of the folded text, whether a phrase that begins there is turned into its opposite.
fn negated_characters(rules: &Rules, folded: &Folded, found: &[Occurrence]) -> Vec<bool> {
    let mut negated = vec![false; folded.places.len()];
    let words = without_overlaps(rules, found, |role| match role {
        Role::Negation { active } => Some(*active),
        _ => None,
    });
    for (word, active) in words {
        let clause = word.end.checked_sub(1).and_then(|last| folded.places.get(last)).map(|place| place.clause);
        if !active {
            continue;
        }
        for (place, negated) in folded.places.iter().zip(&mut negated).skip(word.end).take(rules.negation_reach) {
            if Some(place.clause) != clause {
                break;
            }
            *negated = true;
        }
    }
    negated
}

/// Of each rule, whether the rest of the message forbids it.
fn switched_off(rules: &Rules, found: &[Occurrence], warning: u32) -> Vec<bool> {
    let mut off: Vec<bool> = rules.rules.iter().map(|rule| warning >= rules.warning_limit && !rule.direct).collect();
    for role in found.iter().flat_map(|occurrence| roles(rules, occurrence)) {
        if let Role::Unless { rule } = role
            && let Some(off) = off.get_mut(*rule)
        {
            *off = true;
        }
    }
    off
}

/// The last two occurrences of each slot of a rule: one may overlap the phrase of another slot.
type Recent = Vec<[Option<Occurrence>; 2]>;

/// Every rule all of whose slots are filled within its distance, each once.
fn fired(rules: &Rules, found: &[Occurrence], negated: &[bool], off: &[bool]) -> Vec<Fired> {
    let mut recent: Vec<Recent> = rules.rules.iter().map(|rule| vec![[None; 2]; rule.slots]).collect();
    let mut done = off.to_vec();
    let mut fired = Vec::new();
    for occurrence in found {
        if negated.get(occurrence.start).copied().unwrap_or_default() {
            continue;
        }
        for role in roles(rules, occurrence) {
            let Role::Slot { rule: number, slot } = *role else { continue };
            let (Some(rule), Some(done), Some(recent)) =
                (rules.rules.get(number), done.get_mut(number), recent.get_mut(number))
            else {
                continue;
            };
            if *done {
                continue;
            }
            if let Some(parts) = fill(rule, recent, slot, *occurrence) {
                fired.push(Fired { fraud_type: rule.fraud_type, strength: rule.strength, parts });
                *done = true;
            }
        }
    }
    fired
}

/// Puts an occurrence into its slot; the phrases of all slots, if they now stand close enough together.
fn fill(rule: &Rule, recent: &mut Recent, slot: usize, occurrence: Occurrence) -> Option<Vec<Occurrence>> {
    let entry = recent.get_mut(slot)?;
    *entry = [Some(occurrence), entry.first().copied().flatten()];
    if recent.iter().any(|entry| entry.first().is_none_or(Option::is_none)) {
        return None;
    }
    let mut parts = Vec::with_capacity(rule.slots);
    choose(recent, slot, occurrence, rule.within, &mut parts).then_some(parts)
}

/// Chooses one occurrence a slot, none overlapping another, all within the distance that ends at `newest`.
fn choose(recent: &Recent, newest_slot: usize, newest: Occurrence, within: usize, parts: &mut Vec<Occurrence>) -> bool {
    let slot = parts.len();
    let Some(entry) = recent.get(slot) else { return true };
    for occurrence in entry.iter().flatten() {
        if slot == newest_slot && *occurrence != newest {
            continue;
        }
        let near = occurrence.start + within >= newest.end;
        let own = slot == newest_slot || occurrence.end <= newest.start || newest.end <= occurrence.start;
        let free = parts.iter().all(|part| occurrence.end <= part.start || part.end <= occurrence.start);
        if near && own && free {
            parts.push(*occurrence);
            if choose(recent, newest_slot, newest, within, parts) {
                return true;
            }
            parts.pop();
        }
    }
    false
}

/// The fired rules as hits: types by the sum of their strengths, within a type by strength, then by place.
fn hits(fired: &[Fired], folded: &Folded, text: &str) -> Vec<WordingHit> {
    if fired.is_empty() {
        return Vec::new();
    }
    let mut scores: BTreeMap<FraudCode, u32> = BTreeMap::new();
    for fired in fired {
        *scores.entry(fired.fraud_type).or_default() += fired.strength;
    }
    let mut ordered: Vec<(u32, FraudCode, u32, (usize, usize))> = Vec::new();
    for fired in fired {
        let score = scores.get(&fired.fraud_type).copied().unwrap_or_default();
        for part in &fired.parts {
            ordered.push((score, fired.fraud_type, fired.strength, span(folded, part)));
        }
    }
    ordered.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)).then(b.2.cmp(&a.2)).then(a.3.cmp(&b.3)));
    let spans: Vec<_> = ordered.iter().map(|(_, fraud_type, _, span)| (*fraud_type, *span)).collect();
    let mut hits: Vec<WordingHit> = Vec::with_capacity(spans.len());
    for (fraud_type, span) in &spans {
        let is_known = hits.iter().any(|hit| hit.fraud_type == *fraud_type && hit.span == *span);
        if !is_known && is_worth_showing((*fraud_type, *span), &spans) {
            let phrase = text.chars().skip(span.0).take(span.1.saturating_sub(span.0)).collect();
            hits.push(WordingHit { fraud_type: *fraud_type, phrase, span: *span });
        }
    }
    hits
}

/// Not inside longer words of the same type, and not a single character (您, 转), which tells a reader nothing; each type
/// has longer ones, for no rule and no cue fires on single characters alone.
fn is_worth_showing(hit: (FraudCode, (usize, usize)), all: &[(FraudCode, (usize, usize))]) -> bool {
    let (fraud_type, (start, end)) = hit;
    let mut same_type = all.iter().filter(|(other, _)| *other == fraud_type).map(|(_, span)| *span);
    let inside = |other: (usize, usize)| other != (start, end) && other.0 <= start && end <= other.1;
    let has_longer = all.iter().any(|(other, span)| *other == fraud_type && span.1 - span.0 > 1);
    !(same_type.any(inside) || (end - start == 1 && has_longer))
}

fn span(folded: &Folded, part: &Occurrence) -> (usize, usize) {
    let start = folded.places.get(part.start).map_or(0, |place| place.start);
    let end = part.end.checked_sub(1).and_then(|last| folded.places.get(last)).map_or(start, |place| place.end);
    (start, end)
}
