//! Places of area codes and of mobile numbers, from `data/number_places.tsv`.

use std::{collections::HashMap, sync::LazyLock};

static PLACES: LazyLock<Places> = LazyLock::new(|| Places::read(include_str!("../../../data/number_places.tsv")));

/// Where runs of mobile numbers end.
const NOWHERE: u16 = u16::MAX;

#[derive(Debug, Default)]
struct Places {
    names: Vec<&'static str>,
    areas: HashMap<&'static str, u16>,
    /// Beginnings of seven digits at which the place changes, ascending.
    starts: Vec<u32>,
    /// The place from there on, an index of `names`.
    places: Vec<u16>,
}

/// Where an area code is, given without the trunk 0.
pub(super) fn of_area(code: &str) -> Option<&'static str> {
    PLACES.name(*PLACES.areas.get(code)?)
}

/// Where a mobile number was first sold.
pub(super) fn of_mobile(digits: &str) -> Option<&'static str> {
    let beginning: u32 = digits.get(..7)?.parse().ok()?;
    let behind = PLACES.starts.partition_point(|start| *start <= beginning);
    PLACES.name(*PLACES.places.get(behind.checked_sub(1)?)?)
}

impl Places {
    fn name(&self, place: u16) -> Option<&'static str> {
        self.names.get(usize::from(place)).copied()
    }

    /// Reads the file; what does not have the layout is left out.
    fn read(file: &'static str) -> Self {
        let mut places = Self::default();
        let mut runs = Vec::new();
        for line in file.lines().skip(1) {
            let mut columns = line.split('\t');
            let (Some(name), Some(areas), Some(mobiles)) = (columns.next(), columns.next(), columns.next()) else {
                continue;
            };
            let place = u16::try_from(places.names.len()).unwrap_or(NOWHERE);
            places.names.push(name);
            places.areas.extend(areas.split(',').filter(|code| !code.is_empty()).map(|code| (code, place)));
            runs.extend(mobiles.split(' ').flat_map(runs_of).map(|(first, last)| (first, last, place)));
        }
        runs.sort_unstable();
        for (first, last, place) in runs {
            // A run that goes on where another ended takes the place of its end.
            if places.starts.last() == Some(&first) {
                places.starts.pop();
                places.places.pop();
            }
            if places.places.last() != Some(&place) {
                places.starts.push(first);
                places.places.push(place);
            }
            places.starts.push(last + 1);
            places.places.push(NOWHERE);
        }
        places
    }
}

/// First and last beginnings of `1300:020-024,031`.
fn runs_of(group: &'static str) -> impl Iterator<Item = (u32, u32)> {
    let (head, runs) = group.split_once(':').unwrap_or_default();
    let head = head.parse().ok().map(|head: u32| head * 1000);
    runs.split(',').filter_map(move |run| {
        let (first, last) = run.split_once('-').unwrap_or((run, run));
        Some((head? + first.parse::<u32>().ok()?, head? + last.parse::<u32>().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read_whole() {
        assert_eq!(PLACES.names.len(), 348);
        assert_eq!(PLACES.areas.len(), 320);
        assert!(PLACES.starts.len() > 70_000 && PLACES.starts.len() == PLACES.places.len());
        assert!(PLACES.starts.is_sorted_by(|left, right| left < right));
    }

    #[test]
    fn neighbouring_runs_join_and_gaps_stay_gaps() {
        let places =
            Places::read("place\tarea_codes\tmobile_numbers\n甲\t1\t1300:000-004,006\n乙\t\t1300:005 1301:000\n丙\t2");
        let read: Vec<_> = places.starts.iter().zip(&places.places).collect();
        let wanted = [
            (1_300_000, 0),
            (1_300_005, 1),
            (1_300_006, 0),
            (1_300_007, NOWHERE),
            (1_301_000, 1),
            (1_301_001, NOWHERE),
        ];
        assert_eq!(read, wanted.iter().map(|(start, place)| (start, place)).collect::<Vec<_>>());
        assert_eq!(places.areas.len(), 1, "a line without all columns is left out");
    }
}
