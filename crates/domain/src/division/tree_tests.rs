use proptest::prelude::*;

use super::*;

fn rows(lines: &[(&str, &str, &str)]) -> Vec<(u64, Division)> {
    let parsed = lines.iter().map(|(code, level, parent)| Division::parse(code, "名称", level, parent).unwrap());
    (2..).zip(parsed).collect()
}

fn faults(checked: &Checked) -> Vec<(String, RowFault)> {
    checked.refused.iter().map(|(_, row, fault)| (row.code.to_string(), *fault)).collect()
}

const PROVINCE: (&str, &str, &str) = ("440000000000", "province", "");
const CITY: (&str, &str, &str) = ("441900000000", "city", "440000000000");

#[test]
fn a_city_without_counties_is_a_tree() {
    let checked = checked(
        rows(&[
            ("441900003001", "village", "441900003000"),
            ("441900003000", "township", "441900000000"),
            CITY,
            PROVINCE,
        ]),
        |_| None,
    );
    assert!(checked.refused.is_empty(), "{checked:?}");
    let order: Vec<Level> = checked.sound.iter().map(|row| row.level).collect();
    assert_eq!(order, [Level::Province, Level::City, Level::Township, Level::Village]);
}

#[test]
fn a_code_stands_once_and_the_first_row_wins() {
    let checked = checked(rows(&[PROVINCE, CITY, ("441900000000", "county", "440000000000")]), |_| None);
    assert_eq!(faults(&checked), [("441900000000".to_owned(), RowFault::Duplicate)]);
    assert_eq!(checked.sound.last().map(|row| row.level), Some(Level::City));
}

#[test]
fn a_parent_may_be_in_use_already() {
    let county = rows(&[("411602000000", "county", "411600000000")]);
    let city = "411600000000".parse().unwrap();
    let with = |level, open| checked(county.clone(), |code| (code == city).then_some(Known { level, open }));
    assert!(with(Level::City, true).refused.is_empty());
    let refused = |fault| vec![("411602000000".to_owned(), fault)];
    assert_eq!(faults(&checked(county.clone(), |_| None)), refused(RowFault::UnknownParent));
    assert_eq!(faults(&with(Level::City, false)), refused(RowFault::UnknownParent));
    assert_eq!(faults(&with(Level::Village, true)), refused(RowFault::LevelOrder));
}

#[test]
fn a_known_code_keeps_its_level() {
    let checked = checked(rows(&[PROVINCE, CITY]), |_| Some(Known { level: Level::Province, open: true }));
    assert_eq!(faults(&checked), [("441900000000".to_owned(), RowFault::LevelChanged)]);
}

#[test]
fn a_cycle_is_refused_with_all_that_hangs_on_it() {
    let checked = checked(
        rows(&[
            PROVINCE,
            ("411601000000", "county", "411602000000"),
            ("411602000000", "county", "411603000000"),
            ("411603000000", "city", "411601000000"),
            ("411602001000", "township", "411602000000"),
            ("411604000000", "county", "411604000000"),
        ]),
        |_| None,
    );
    let expected = [
        ("411601000000", RowFault::Cycle),
        ("411602000000", RowFault::Cycle),
        ("411603000000", RowFault::Cycle),
        ("411602001000", RowFault::ParentRefused),
        ("411604000000", RowFault::Cycle),
    ];
    assert_eq!(faults(&checked), expected.map(|(code, fault)| (code.to_owned(), fault)));
    assert_eq!(checked.sound.len(), 1);
}

#[test]
fn a_row_below_a_refused_one_is_refused_at_any_depth() {
    let checked = checked(
        rows(&[
            ("411602001001", "village", "411602001000"),
            ("411602001000", "township", "411602000000"),
            ("411602000000", "county", "411600000000"),
        ]),
        |_| None,
    );
    let expected = [RowFault::ParentRefused, RowFault::ParentRefused, RowFault::UnknownParent];
    assert_eq!(faults(&checked).into_iter().map(|(_, fault)| fault).collect::<Vec<_>>(), expected);
}

#[test]
fn a_parent_of_the_same_level_is_refused() {
    let checked = checked(rows(&[PROVINCE, CITY, ("441901000000", "city", "441900000000")]), |_| None);
    assert_eq!(faults(&checked), [("441901000000".to_owned(), RowFault::LevelOrder)]);
}

#[test]
fn the_tree_of_zhoukou_is_sound() {
    let text = include_str!("../../../../data/divisions/zhoukou_2023.csv");
    let rows: Vec<_> = (2..)
        .zip(text.lines().skip(1))
        .map(|(line, row)| {
            let cells: Vec<&str> = row.split(',').collect();
            (line, Division::parse(cells[0], cells[1], cells[2], cells[3]).unwrap())
        })
        .collect();
    let checked = checked(rows, |_| None);
    assert!(checked.refused.is_empty());
    let count = |level| checked.sound.iter().filter(|row| row.level == level).count();
    assert_eq!(Level::ALL.map(count), [1, 1, 11, 209, 5_113]);
}

proptest! {
    #[test]
    fn any_rows_are_settled_and_every_sound_row_stands_below_a_sound_parent(
        lines in proptest::collection::vec((0u8..12, 0usize..5, proptest::option::of(0u8..14)), 0..40)
    ) {
        let code = |number: u8| format!("4116000000{number:02}").parse::<DivisionCode>().unwrap();
        let rows: Vec<_> = (2u64..).zip(&lines).map(|(line, (number, level, parent))| {
            (line, Division { code: code(*number), name: "名".to_owned(), level: Level::ALL[*level], parent: parent.map(code) })
        }).collect();
        let checked = checked(rows, |_| None);
        prop_assert_eq!(checked.sound.len() + checked.refused.len(), lines.len());
        let mut seen = HashMap::new();
        for row in &checked.sound {
            if let Some(parent) = row.parent {
                prop_assert!(seen.get(&parent).is_some_and(|level| *level < row.level));
            }
            prop_assert!(seen.insert(row.code, row.level).is_none());
        }
    }
}
