//! How the protected population is counted: what one person adds, and what a change of that person changes.
//!
//! Counts are kept for each village; the tree above is a sum. What happened on a day is kept apart: who joined and left
//! in villages, moves in each node whose border was crossed, so that a move within a county is none for the county.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{division::DivisionCode, words::words};

/// Registered residents who live there, protected or not.
pub const RESIDENTS: &str = "residents";
/// Protected persons: each once, in their one home village.
pub const PROTECTED: &str = "protected";
/// Protected persons who are known through a family alone.
pub const FAMILY_MEMBERS: &str = "family_members";
/// Before the code of a risk group: protected persons who belong to it.
pub const TAG: &str = "tag:";

words! {
    /// What happened to a protected person on a day.
    Event {
        /// Became protected.
        Joined = "joined",
        /// Is no longer.
        Left = "left",
        /// Came from outside.
        MovedIn = "moved_in",
        /// Went outside.
        MovedOut = "moved_out",
    }
}

/// What one person adds to the counts: one to each metric in one village.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// Home village; none adds nothing.
    pub division: Option<DivisionCode>,
    /// Sorted words.
    pub metrics: Vec<String>,
    /// The day on which a protected person was last reached.
    pub reached: Option<NaiveDate>,
}

impl Counted {
    /// What a person adds. `tags` are codes of risk groups.
    pub fn of(
        division: Option<DivisionCode>,
        resident: bool,
        protected: bool,
        family: bool,
        tags: &[String],
        reached: Option<NaiveDate>,
    ) -> Self {
        let Some(_) = division.filter(|_| resident || protected) else { return Self::default() };
        let mut metrics = Vec::new();
        if resident {
            metrics.push(RESIDENTS.to_owned());
        }
        if protected {
            metrics.push(PROTECTED.to_owned());
            metrics.extend(tags.iter().map(|tag| format!("{TAG}{tag}")));
            if family {
                metrics.push(FAMILY_MEMBERS.to_owned());
            }
        }
        metrics.sort_unstable();
        Self { division, metrics, reached: reached.filter(|_| protected) }
    }

    /// From the words kept with a person.
    pub fn from_words(division: Option<DivisionCode>, metrics: &str, reached: Option<NaiveDate>) -> Self {
        let metrics = metrics.split(',').filter(|metric| !metric.is_empty()).map(str::to_owned).collect();
        Self { division, metrics, reached }
    }

    /// The words kept with a person.
    pub fn words(&self) -> String {
        self.metrics.join(",")
    }

    /// True for a protected person.
    pub fn is_protected(&self) -> bool {
        self.division.is_some() && self.metrics.iter().any(|metric| metric == PROTECTED)
    }
}

/// Sums of changes, in key order: written once, last in a transaction.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Deltas {
    /// Village and metric.
    pub counts: BTreeMap<(DivisionCode, String), i64>,
    /// Village and day.
    pub reached: BTreeMap<(DivisionCode, NaiveDate), i64>,
    /// Node and event of the day of the change.
    pub events: BTreeMap<(DivisionCode, Event), i64>,
}

impl Deltas {
    /// Adds what changes when a person who added `before` adds `after`. `path` gives a village and all nodes above it.
    pub fn change(&mut self, before: &Counted, after: &Counted, path: impl Fn(DivisionCode) -> Vec<DivisionCode>) {
        self.add(before, -1);
        self.add(after, 1);
        match (before.division, after.division) {
            (_, Some(home)) if !before.is_protected() && after.is_protected() => self.happened(home, Event::Joined),
            (Some(home), _) if before.is_protected() && !after.is_protected() => self.happened(home, Event::Left),
            (Some(old), Some(new)) if after.is_protected() && old != new => {
                let (from, to) = (path(old), path(new));
                let left = from.iter().filter(|node| !to.contains(node));
                left.for_each(|node| self.happened(*node, Event::MovedOut));
                let entered = to.iter().filter(|node| !from.contains(node));
                entered.for_each(|node| self.happened(*node, Event::MovedIn));
            }
            _ => {}
        }
        self.counts.retain(|_, count| *count != 0);
        self.reached.retain(|_, count| *count != 0);
    }

    fn add(&mut self, counted: &Counted, sign: i64) {
        let Some(division) = counted.division else { return };
        for metric in &counted.metrics {
            *self.counts.entry((division, metric.clone())).or_default() += sign;
        }
        if let Some(day) = counted.reached {
            *self.reached.entry((division, day)).or_default() += sign;
        }
    }

    fn happened(&mut self, node: DivisionCode, event: Event) {
        *self.events.entry((node, event)).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(text: &str) -> DivisionCode {
        text.parse().unwrap()
    }

    /// Village, township, county.
    fn path(village: DivisionCode) -> Vec<DivisionCode> {
        let first = |count: usize| village.as_str().chars().take(count).collect::<String>();
        vec![village, code(&format!("{}000", first(9))), code(&format!("{}000000", first(6)))]
    }

    fn protected(village: &str) -> Counted {
        Counted::of(Some(code(village)), true, true, false, &["G01".to_owned()], None)
    }

    #[test]
    fn joining_and_leaving_are_counted_once_in_the_village() {
        let mut deltas = Deltas::default();
        deltas.change(&Counted::default(), &protected("411602001001"), path);
        assert_eq!(deltas.counts.len(), 3);
        assert_eq!(deltas.events, BTreeMap::from([((code("411602001001"), Event::Joined), 1)]));
        deltas.change(&protected("411602001001"), &Counted::default(), path);
        assert!(deltas.counts.is_empty());
        assert_eq!(deltas.events[&(code("411602001001"), Event::Left)], 1);
    }

    #[test]
    fn a_move_is_one_for_each_node_whose_border_it_crosses() {
        let mut deltas = Deltas::default();
        deltas.change(&protected("411602001001"), &protected("411602002001"), path);
        let of = |event| deltas.events.keys().filter(|(_, other)| *other == event).count();
        assert_eq!((of(Event::MovedOut), of(Event::MovedIn)), (2, 2));
        assert!(!deltas.events.contains_key(&(code("411602000000"), Event::MovedIn)));
    }

    #[test]
    fn who_has_no_home_adds_nothing() {
        assert_eq!(Counted::of(None, true, true, false, &[], None), Counted::default());
    }

    proptest! {
        /// Whatever happens to a person, the sums of the changes are what they add in the end.
        #[test]
        fn changes_add_up(states in prop::collection::vec((0..4_u8, any::<bool>(), any::<bool>()), 1..20)) {
            let mut before = Counted::default();
            let mut deltas = Deltas::default();
            for (village, resident, protected) in states {
                let home = (village > 0).then(|| code(&format!("41160200100{village}")));
                let after = Counted::of(home, resident, protected, !resident, &[], None);
                deltas.change(&before, &after, path);
                before = after;
            }
            let mut expected = Deltas::default();
            expected.add(&before, 1);
            prop_assert_eq!(deltas.counts, expected.counts);
            let sum = |event| deltas.events.iter().filter(|((_, other), _)| *other == event).map(|(_, n)| n).sum::<i64>();
            prop_assert_eq!(sum(Event::Joined) - sum(Event::Left), i64::from(before.is_protected()));
        }
    }
}
