use super::*;

fn code(text: &str) -> DivisionCode {
    text.parse().unwrap()
}

fn rows(lines: &[(&str, &str, &str, &str)]) -> Vec<Division> {
    lines.iter().map(|(code, name, level, parent)| Division::parse(code, name, level, parent).unwrap()).collect()
}

fn known(rows: &[Division]) -> Vec<Current> {
    rows.iter().map(|row| Current { division: row.clone(), year: 2023, closed_year: None }).collect()
}

fn merged(current: &[Current], rows: &[Division], year: i32) -> Merge {
    let none = HashSet::new();
    merge(current, NewerFile { rows, year, refused_codes: &none, refused_names: &HashSet::new(), gone: &none })
}

const BASE: [(&str, &str, &str, &str); 9] = [
    ("410000000000", "河南省", "province", ""),
    ("411600000000", "周口市", "city", "410000000000"),
    ("410200000000", "开封市", "city", "410000000000"),
    ("411602000000", "川汇区", "county", "411600000000"),
    ("411602001000", "陈州街道", "township", "411602000000"),
    ("411602002000", "李埠口乡", "township", "411602000000"),
    ("411602001001", "东风社区居委会", "village", "411602001000"),
    ("411602002001", "王庄村民委员会", "village", "411602002000"),
    ("411602002002", "李庄村民委员会", "village", "411602002000"),
];

fn vanished(merge: &Merge) -> Vec<(String, Vec<String>)> {
    let text = |codes: &[DivisionCode]| codes.iter().map(ToString::to_string).collect();
    merge.vanished.iter().map(|gone| (gone.division.code.to_string(), text(&gone.likely))).collect()
}

#[test]
fn the_same_file_again_changes_nothing() {
    let rows = rows(&BASE);
    let merge = merged(&known(&rows), &rows, 2023);
    assert_eq!(merge.unchanged.len(), rows.len());
    assert_eq!(merge, Merge { unchanged: merge.unchanged.clone(), newest_year: Some(2023), ..Merge::default() });
}

#[test]
fn other_name_and_other_parent_are_told_apart() {
    let mut newer = rows(&BASE);
    newer[4].name = "陈州路街道".to_owned();
    newer[7].parent = Some(code("411602001000"));
    let merge = merged(&known(&rows(&BASE)), &newer, 2024);
    assert_eq!(merge.renamed, [Renamed { division: newer[4].clone(), old_name: "陈州街道".to_owned() }]);
    assert_eq!(merge.moved, [Moved { division: newer[7].clone(), old_parent: Some(code("411602002000")) }]);
    assert_eq!((merge.unchanged.len(), merge.vanished.len()), (7, 0));
}

#[test]
fn a_split_community_hints_at_its_parts() {
    let mut newer = rows(&BASE);
    newer.remove(6);
    newer.extend(rows(&[
        ("411602001002", "东风一社区居委会", "village", "411602001000"),
        ("411602001003", "东风二社区居委会", "village", "411602001000"),
    ]));
    let merge = merged(&known(&rows(&BASE)), &newer, 2024);
    let parts = vec!["411602001002".to_owned(), "411602001003".to_owned()];
    assert_eq!(vanished(&merge), [("411602001001".to_owned(), parts)]);
    assert_eq!(merge.added.len(), 2);
}

#[test]
fn a_town_with_a_new_code_takes_its_villages_along() {
    let mut newer = rows(&BASE);
    newer.truncate(5);
    newer.extend(rows(&[
        ("411602101000", "李埠口镇", "township", "411602000000"),
        ("411602001001", "东风社区居委会", "village", "411602001000"),
        ("411602101201", "王庄村民委员会", "village", "411602101000"),
        ("411602101202", "李庄村民委员会", "village", "411602101000"),
    ]));
    let merge = merged(&known(&rows(&BASE)), &newer, 2024);
    let expected =
        [("411602002000", "411602101000"), ("411602002001", "411602101201"), ("411602002002", "411602101202")];
    assert_eq!(vanished(&merge), expected.map(|(old, new)| (old.to_owned(), vec![new.to_owned()])));
}

#[test]
fn a_village_joined_to_its_neighbour_hints_at_it() {
    let mut newer = rows(&BASE);
    newer.push(rows(&[("411602002003", "小王庄村民委员会", "village", "411602002000")]).remove(0));
    let before = known(&newer);
    newer.pop();
    let merge = merged(&before, &newer, 2024);
    assert_eq!(vanished(&merge), [("411602002003".to_owned(), vec!["411602002001".to_owned()])]);
}

#[test]
fn a_file_says_nothing_about_other_cities_nor_about_levels_it_does_not_list() {
    let base = rows(&BASE);
    let to_townships: Vec<Division> =
        base.iter().filter(|row| row.level < Level::Village && row.name != "开封市").cloned().collect();
    assert_eq!(vanished(&merged(&known(&base), &to_townships, 2024)), []);
}

#[test]
fn what_hangs_below_a_vanished_node_vanishes_with_it() {
    let base = rows(&BASE);
    let newer: Vec<Division> =
        base.iter().filter(|row| row.level < Level::Village && row.name != "李埠口乡").cloned().collect();
    let gone: Vec<String> = vanished(&merged(&known(&base), &newer, 2024)).into_iter().map(|(code, _)| code).collect();
    assert_eq!(gone, ["411602002000", "411602002001", "411602002002"]);
}

#[test]
fn a_city_is_gone_only_when_the_operator_says_so() {
    let base = rows(&BASE);
    let newer: Vec<Division> = base.iter().filter(|row| row.name != "开封市").cloned().collect();
    assert_eq!(vanished(&merged(&known(&base), &newer, 2024)), []);
    let gone = HashSet::from([code("410200000000")]);
    let (none, no_names) = (HashSet::new(), HashSet::new());
    let file = NewerFile { rows: &newer, year: 2024, refused_codes: &none, refused_names: &no_names, gone: &gone };
    assert_eq!(vanished(&merge(&known(&base), file)), [("410200000000".to_owned(), vec![])]);
}

#[test]
fn a_refused_row_does_not_make_its_node_vanish() {
    let base = rows(&BASE);
    let newer: Vec<Division> = base.iter().filter(|row| !row.name.contains('庄')).cloned().collect();
    let (refused_codes, refused_names) =
        (HashSet::from([code("411602002001")]), HashSet::from(["李庄村民委员会".to_owned()]));
    let file = NewerFile {
        rows: &newer,
        year: 2024,
        refused_codes: &refused_codes,
        refused_names: &refused_names,
        gone: &HashSet::new(),
    };
    assert_eq!(vanished(&merge(&known(&base), file)), []);
}

#[test]
fn a_closed_code_that_comes_back_is_reopened() {
    let base = rows(&BASE);
    let mut before = known(&base);
    before[8].closed_year = Some(2024);
    let merge = merged(&before, &base, 2025);
    assert_eq!(merge.reopened, [base[8].clone()]);
}

#[test]
fn the_newest_year_is_that_of_what_the_file_covers() {
    let base = rows(&BASE);
    let mut before = known(&base);
    before[0].year = 2025;
    before[3].year = 2024;
    let mut newer = base.clone();
    newer[0].name = "河南".to_owned();
    let merge = merged(&before, &newer, 2023);
    assert_eq!(merge.newest_year, Some(2024));
    assert!(merge.renamed.is_empty(), "the province is newer than this file");
}
