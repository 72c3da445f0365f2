//! Adds up the cues: signs that decide only together.

use std::collections::{BTreeMap, VecDeque};

use super::{Fired, Occurrence, roles};
use crate::{
    fraud_type::{FraudCode, UNKNOWN},
    wording::rules::{Role, Rules},
};

/// Cues weigh less than any rule that names a fraud outright.
const STRENGTH: u32 = 2;

/// One place where a cue is said.
type Said = (usize, Occurrence);

/// The types whose cues reach the threshold somewhere, with the words of the first place where they do.
pub(super) fn added_up(rules: &Rules, found: &[Occurrence], negated: &[bool]) -> Vec<Fired> {
    let ordinary = ordinary_signs(rules, found);
    let mut window: VecDeque<Said> = VecDeque::new();
    let mut counts = vec![0_usize; rules.cues.len()];
    let mut points = Points::default();
    let mut fired: Vec<Fired> = Vec::new();
    for occurrence in found {
        while let Some((cue, oldest)) = window.front().copied()
            && oldest.start + rules.cue_window < occurrence.end
        {
            window.pop_front();
            points.leave(rules, &mut counts, cue);
        }
        let mut has_new = false;
        let is_negated = negated.get(occurrence.start).copied().unwrap_or_default();
        for role in roles(rules, occurrence) {
            let Role::Cue { cue } = *role else { continue };
            // "Don't download" is no cue. Signs of an ordinary message are asked for at the end.
            if is_negated || rules.cues.get(cue).is_none_or(|cue| cue.points < 0) {
                continue;
            }
            window.push_back((cue, *occurrence));
            has_new |= points.enter(rules, &mut counts, cue);
        }
        if !has_new {
            continue;
        }
        for fraud_type in points.over(rules) {
            if !fired.iter().any(|fired| fired.fraud_type == fraud_type)
                && let Some(parts) = confirmed(rules, &window, &ordinary, fraud_type)
            {
                fired.push(Fired { fraud_type, strength: STRENGTH, parts });
            }
        }
    }
    fired
}

/// Every sign of an ordinary message, in the order of their beginnings.
fn ordinary_signs(rules: &Rules, found: &[Occurrence]) -> Vec<Said> {
    let mut signs: Vec<Said> = Vec::new();
    for occurrence in found {
        for role in roles(rules, occurrence) {
            if let Role::Cue { cue } = *role
                && rules.cues.get(cue).is_some_and(|cue| cue.points < 0)
            {
                signs.push((cue, *occurrence));
            }
        }
    }
    signs.sort_by_key(|(_, occurrence)| occurrence.start);
    signs
}

/// Points of the cues, and how many of them are telling ones.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    points: i32,
    telling: i32,
}

impl Sum {
    const fn add(&mut self, rules: &Rules, points: i32, sign: i32) {
        self.points += sign * points;
        self.telling += if points >= rules.cue_telling { sign } else { 0 };
    }
}

/// What is inside the window.
#[derive(Default)]
struct Points {
    of_type: BTreeMap<FraudCode, Sum>,
    shared: Sum,
}

impl Points {
    /// Whether the cue was not there before.
    fn enter(&mut self, rules: &Rules, counts: &mut [usize], cue: usize) -> bool {
        let Some(count) = counts.get_mut(cue) else { return false };
        *count += 1;
        if *count == 1 {
            self.add(rules, cue, 1);
        }
        *count == 1
    }

    fn leave(&mut self, rules: &Rules, counts: &mut [usize], cue: usize) {
        if let Some(count) = counts.get_mut(cue) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.add(rules, cue, -1);
            }
        }
    }

    fn add(&mut self, rules: &Rules, cue: usize, sign: i32) {
        let Some(cue) = rules.cues.get(cue) else { return };
        let sum =
            if cue.fraud_type == UNKNOWN { &mut self.shared } else { self.of_type.entry(cue.fraud_type).or_default() };
        sum.add(rules, cue.points, sign);
    }

    /// The types that may be over; a word that says two cues has counted twice here.
    fn over(&self, rules: &Rules) -> Vec<FraudCode> {
        self.of_type
            .iter()
            .filter(|(_, own)| is_over(rules, **own, self.shared))
            .map(|(fraud_type, _)| *fraud_type)
            .collect()
    }
}

const fn is_over(rules: &Rules, own: Sum, shared: Sum) -> bool {
    let threshold = if own.telling > 0 { rules.cue_threshold_of_telling } else { rules.cue_threshold };
    own.points >= rules.cue_own && own.points + shared.points >= threshold
}

/// The words in the window that speak for the type, and the shared ones, each cue once and no word for two of them; none
/// if that is not enough, less the signs of an ordinary message that stand near, before or behind.
fn confirmed(
    rules: &Rules,
    window: &VecDeque<Said>,
    ordinary: &[Said],
    fraud_type: FraudCode,
) -> Option<Vec<Occurrence>> {
    let mut said: Vec<(i32, Said)> = window
        .iter()
        .filter_map(|said| Some((rules.cues.get(said.0)?, *said)))
        .filter(|(cue, _)| cue.fraud_type == fraud_type || cue.fraud_type == UNKNOWN)
        .map(|(cue, said)| (cue.points, said))
        .collect();
    // The weightiest first; of equals the own ones, which stand behind the shared in the file.
    said.sort_by_key(|(points, (cue, occurrence))| {
        (-points, usize::MAX - cue, occurrence.start, usize::MAX - occurrence.end)
    });
    let (mut own, mut shared) = (Sum::default(), Sum::default());
    shared.points = points_against(rules, window, ordinary);
    let mut counted = vec![false; rules.cues.len()];
    let mut parts: Vec<Occurrence> = Vec::new();
    for (points, (cue, occurrence)) in said {
        let Some(is_counted) = counted.get_mut(cue).filter(|is_counted| !**is_counted) else { continue };
        if parts.iter().any(|part| occurrence.start < part.end && part.start < occurrence.end) {
            continue;
        }
        *is_counted = true;
        let is_own = rules.cues.get(cue).is_some_and(|cue| cue.fraud_type == fraud_type);
        if is_own { &mut own } else { &mut shared }.add(rules, points, 1);
        parts.push(occurrence);
    }
    is_over(rules, own, shared).then_some(parts)
}

/// The points of the signs of an ordinary message within a window's length, each cue once; zero or below.
fn points_against(rules: &Rules, window: &VecDeque<Said>, ordinary: &[Said]) -> i32 {
    let (Some((_, first)), Some((_, last))) = (window.front(), window.back()) else { return 0 };
    let from = ordinary.partition_point(|(_, sign)| sign.start + rules.cue_window < first.start);
    let to = ordinary.partition_point(|(_, sign)| sign.start <= last.end + rules.cue_window);
    let mut counted: Vec<usize> = ordinary.get(from..to).unwrap_or_default().iter().map(|(cue, _)| *cue).collect();
    counted.sort_unstable();
    counted.dedup();
    counted.iter().filter_map(|cue| rules.cues.get(*cue)).map(|cue| cue.points).sum()
}
