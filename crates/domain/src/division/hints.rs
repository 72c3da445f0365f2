//! What may have become of a vanished division, guessed from names.

use std::collections::{HashMap, HashSet};

use super::{Division, DivisionCode, Level, Merge, stem};

/// As many guesses as an operator wants to read.
const LIMIT: usize = 10;

/// Fills in the likely successors. A code holds the code of the township above it, so a village that moves, and a 乡 that
/// becomes a 镇, come back under another code: the same name, the same stem, or a stem inside the other (split and joined
/// communities share one), nearby first.
pub(super) fn find_likely(rows: &[Division], merge: &mut Merge) {
    let index = Index::of(rows, merge);
    let mut heirs: HashMap<DivisionCode, Vec<DivisionCode>> = HashMap::new();
    for vanished in &mut merge.vanished {
        let division = &vanished.division;
        let mut parents: Vec<DivisionCode> = division.parent.into_iter().collect();
        parents.extend(division.parent.and_then(|parent| heirs.get(&parent)).into_iter().flatten());
        vanished.likely = index.likely(division, &parents);
        heirs.insert(division.code, vanished.likely.clone());
    }
}

struct Index<'a> {
    fresh: HashSet<DivisionCode>,
    by_parent: HashMap<DivisionCode, Vec<&'a Division>>,
    fresh_by_name: HashMap<(Level, &'a str), Vec<&'a Division>>,
}

impl<'a> Index<'a> {
    fn of(rows: &'a [Division], merge: &Merge) -> Self {
        let fresh: HashSet<DivisionCode> = merge.added.iter().chain(&merge.reopened).map(|row| row.code).collect();
        let mut index = Self { fresh, by_parent: HashMap::new(), fresh_by_name: HashMap::new() };
        if merge.vanished.is_empty() {
            return index;
        }
        for row in rows {
            if let Some(parent) = row.parent {
                index.by_parent.entry(parent).or_default().push(row);
            }
            if index.fresh.contains(&row.code) {
                index.fresh_by_name.entry((row.level, &row.name)).or_default().push(row);
            }
        }
        index
    }

    fn likely(&self, old: &Division, parents: &[DivisionCode]) -> Vec<DivisionCode> {
        let near: Vec<&Division> = parents
            .iter()
            .filter_map(|parent| self.by_parent.get(parent))
            .flatten()
            .copied()
            .filter(|row| row.level == old.level)
            .collect();
        let fresh = |row: &&Division| self.fresh.contains(&row.code);
        let old_stem = stem(&old.name);
        let same_name = |row: &&Division| row.name == old.name;
        let same_stem = |row: &&Division| stem(&row.name) == old_stem;
        let kindred = |row: &&Division| {
            let new_stem = stem(&row.name);
            new_stem.contains(old_stem) || old_stem.contains(new_stem)
        };
        let far = self.fresh_by_name.get(&(old.level, old.name.as_str())).map_or(&[][..], Vec::as_slice);
        let tiers: [Vec<DivisionCode>; 5] = [
            codes(near.iter().copied().filter(fresh).filter(same_name)),
            codes(near.iter().copied().filter(fresh).filter(same_stem)),
            codes(far.iter().copied()),
            codes(near.iter().copied().filter(fresh).filter(kindred)),
            codes(near.iter().copied().filter(kindred)),
        ];
        tiers.into_iter().find(|tier| !tier.is_empty()).unwrap_or_default()
    }
}

fn codes<'a>(rows: impl Iterator<Item = &'a Division>) -> Vec<DivisionCode> {
    rows.map(|row| row.code).take(LIMIT).collect()
}
