//! Facts for the demo: made up, marked as such, the same for the same seed, never in place of real ones.

use std::{collections::HashMap, f64::consts::TAU, path::Path};

use chrono::{DateTime, Utc};
use domain::division::{DivisionCode, Level, Place};
use store::{
    Db,
    division_facts::{self, DivisionFacts},
    divisions,
};

use super::{
    Node, Progress, Tree, facts,
    outlines::{self, Outline},
};
use crate::error::AppError;

/// Mean people of a community: eight million people in the 5,113 communities of Zhoukou.
const MEAN_POPULATION: f64 = 1_565.0;
/// How much communities differ: the standard deviation of the logarithm.
const SPREAD: f64 = 0.6;
/// People in a household.
const HOUSEHOLD: f64 = 3.1;
/// The middle of Zhoukou: latitude, longitude.
const CENTRE: (f64, f64) = (33.626, 114.697);
/// Without outlines, counties lie on a ring of this radius, in degrees.
const RING: f64 = 0.35;
/// How far communities lie from the middle of their township, in degrees.
const TOWNSHIP_RADIUS: f64 = 0.04;
/// Tries to hit an outline; the thinnest county fills more than a tenth of its box.
const TRIES: u64 = 200;

/// What was made up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MadeUpReport {
    /// Communities with made-up facts now.
    pub communities: usize,
    /// Those of them with a place.
    pub placed: usize,
    /// Communities left as they are, for their facts are real.
    pub real: usize,
    /// True if the outlines of the counties were at hand.
    pub outlines: bool,
}

/// Makes up population, households and places of all communities in use that have no real facts. With
/// `divisions/zhoukou_counties.geojson` in `sample_dir` places lie inside the outline of their county, and a county without
/// outline has none: it is shown beside the map. Without that file they lie around the middle of the city.
pub fn make_up(
    db: &Db,
    sample_dir: &Path,
    seed: u64,
    now: DateTime<Utc>,
    progress: Progress<'_>,
) -> Result<MadeUpReport, AppError> {
    let outlines = outlines::read(&sample_dir.join("divisions/zhoukou_counties.geojson"))?;
    progress(0, None);
    Ok(db.write_blocking(|connection| {
        divisions::divisions_begin_change(connection)?;
        let tree = Tree::load(connection)?;
        let there = facts::by_code(&tree);
        let (invented, mut report) = invent(&tree, outlines.as_ref(), seed);
        let fresh: Vec<DivisionFacts> =
            invented.into_iter().filter(|facts| there.get(&facts.code) != Some(facts)).collect();
        report.real = there.values().filter(|facts| !facts.made_up).count();
        division_facts::division_facts_put(connection, &fresh, now)?;
        let done = u64::try_from(report.communities).unwrap_or(0);
        progress(done, Some(done));
        Ok(report)
    })?)
}

fn invent(tree: &Tree, outlines: Option<&HashMap<String, Outline>>, seed: u64) -> (Vec<DivisionFacts>, MadeUpReport) {
    let counties = Counties { outlines, ring: ring(tree), seed };
    let communities = tree.nodes().filter(|node| node.is_open() && node.stored.division.level == Level::Village);
    let facts: Vec<DivisionFacts> = communities
        .filter(|node| node.facts.is_none_or(|facts| facts.made_up))
        .map(|node| {
            let mut chance = Chance::of(seed, node.code().as_str());
            let (population, households) = people(&mut chance);
            let place = counties.place(tree, node, &mut chance);
            DivisionFacts {
                code: node.code(),
                population: Some(population),
                households: Some(households),
                place,
                made_up: true,
            }
        })
        .collect();
    let placed = facts.iter().filter(|facts| facts.place.is_some()).count();
    let report = MadeUpReport { communities: facts.len(), placed, real: 0, outlines: outlines.is_some() };
    (facts, report)
}

/// People and households of a community: many small ones, a few large.
fn people(chance: &mut Chance) -> (i64, i64) {
    // The mean of a lognormal distribution lies above its median by half the variance.
    let weight = (SPREAD * chance.normal() - SPREAD * SPREAD / 2.0).exp();
    let population = (MEAN_POPULATION * weight).round().max(1.0);
    let households = (population / HOUSEHOLD * (0.9 + 0.2 * chance.unit())).round().max(1.0);
    (whole(population), whole(households))
}

/// A cast of a float saturates; these are small and whole.
const fn whole(number: f64) -> i64 {
    number as i64
}

/// Middles of counties on a ring around the city, where there are no outlines.
fn ring(tree: &Tree) -> HashMap<DivisionCode, (f64, f64)> {
    let counties: Vec<&Node> = tree.nodes().filter(|node| node.stored.division.level == Level::County).collect();
    let share = |index: u32| f64::from(index) / f64::from(u32::try_from(counties.len()).unwrap_or(1).max(1));
    (0..)
        .zip(&counties)
        .map(|(index, node)| {
            let (sine, cosine) = (TAU * share(index)).sin_cos();
            (node.code(), (CENTRE.1 + RING * cosine, CENTRE.0 + RING * sine))
        })
        .collect()
}

struct Counties<'a> {
    outlines: Option<&'a HashMap<String, Outline>>,
    ring: HashMap<DivisionCode, (f64, f64)>,
    seed: u64,
}

impl Counties<'_> {
    /// A place for a community: near those of its township, inside its county.
    fn place(&self, tree: &Tree, node: &Node, chance: &mut Chance) -> Option<Place> {
        let county = tree.ancestors(node).find(|node| node.stored.division.level == Level::County);
        let township = node.stored.division.parent.unwrap_or(node.code());
        let mut township_chance = Chance::of(self.seed, township.as_str());
        let (x, y) = match self.outlines {
            Some(outlines) => {
                let outline = outlines.get(county?.code().as_str().get(..6)?)?;
                let middle = inside(outline, &mut township_chance)?;
                around(outline, middle, chance).or_else(|| inside(outline, chance))?
            }
            None => {
                let middle = county.and_then(|county| self.ring.get(&county.code())).copied();
                let county_middle = middle.unwrap_or((CENTRE.1, CENTRE.0));
                scattered(
                    scattered(county_middle, 3.0 * TOWNSHIP_RADIUS, &mut township_chance),
                    TOWNSHIP_RADIUS,
                    chance,
                )
            }
        };
        // Five digits are about a metre.
        let rounded = |degrees: f64| (degrees * 1e5).round() / 1e5;
        Place::in_china(rounded(y), rounded(x)).ok()
    }
}

/// Any point inside.
fn inside(outline: &Outline, chance: &mut Chance) -> Option<(f64, f64)> {
    let ((west, south), (east, north)) = outline.bounds();
    (0..TRIES)
        .map(|_| (west + (east - west) * chance.unit(), south + (north - south) * chance.unit()))
        .find(|point| outline.contains(*point))
}

/// A point inside, near another.
fn around(outline: &Outline, middle: (f64, f64), chance: &mut Chance) -> Option<(f64, f64)> {
    (0..TRIES).map(|_| scattered(middle, TOWNSHIP_RADIUS, chance)).find(|point| outline.contains(*point))
}

fn scattered((x, y): (f64, f64), radius: f64, chance: &mut Chance) -> (f64, f64) {
    (x + radius * (2.0 * chance.unit() - 1.0), y + radius * (2.0 * chance.unit() - 1.0))
}

/// Chance that is the same on every machine and with every version of any library (SplitMix64), apart for each division,
/// so that one more division changes no other.
struct Chance(u64);

impl Chance {
    fn of(seed: u64, name: &str) -> Self {
        // FNV-1a.
        let hash = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self(hash ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Between 0 and 1.
    fn unit(&mut self) -> f64 {
        // The upper half is chance enough, and fits a float.
        f64::from(u32::try_from(self.next() >> 32).unwrap_or(0)) / f64::from(u32::MAX)
    }

    /// Nearly normal: the sum of twelve.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}

#[cfg(test)]
#[path = "made_up_tests.rs"]
mod tests;
