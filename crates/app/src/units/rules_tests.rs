use super::*;
use crate::divisions::test_support::*;
use domain::unit::UnitKind;

fn unit(id: i64, name: &str, parent_id: Option<i64>, divisions: &[&str]) -> StoredUnit {
    StoredUnit {
        id,
        public_id: format!("{id:032}"),
        name: name.to_owned(),
        kind: UnitKind::PoliceStation,
        parent_id,
        divisions: divisions.iter().map(|text| code(text)).collect(),
        created_at: now(),
        closed_at: None,
    }
}

fn judged(
    units: &[StoredUnit],
    id: Option<i64>,
    name: &str,
    parent_id: Option<i64>,
    divisions: &[&str],
) -> Result<(), Fault> {
    let (_folder, db) = small_db();
    let divisions: Vec<DivisionCode> = divisions.iter().map(|text| code(text)).collect();
    check(units, &tree(&db), Wanted { id, name, parent_id, divisions: &divisions })
}

#[test]
fn names_are_one_line_and_taken_once() {
    let units = [unit(1, "一所", None, &[])];
    assert_eq!(judged(&units, None, "一所", None, &[]), Err(Fault::NameTaken));
    assert_eq!(judged(&units, Some(1), "一所", None, &[]), Ok(()));
    for name in ["", " 一所", "一\n所", &"名".repeat(61)] {
        assert_eq!(judged(&units, None, name, None, &[]), Err(Fault::BadName), "{name}");
    }
}

#[test]
fn nobody_is_their_own_superior() {
    let units = [unit(1, "市", None, &[]), unit(2, "县", Some(1), &[]), unit(3, "所", Some(2), &[])];
    assert_eq!(judged(&units, Some(1), "市", Some(3), &[]), Err(Fault::ParentCycle));
    assert_eq!(judged(&units, Some(1), "市", Some(1), &[]), Err(Fault::ParentCycle));
    assert_eq!(judged(&units, Some(3), "所", Some(1), &[]), Ok(()));
    assert_eq!(judged(&units, None, "新", Some(9), &[]), Err(Fault::UnknownParent));
}

#[test]
fn divisions_lie_within_those_of_the_superior() {
    let units = [
        unit(1, "市", None, &[]),
        unit(2, "中心", Some(1), &["411602000000", "411603000000"]),
        unit(3, "所", Some(2), &["411602001000"]),
    ];
    assert_eq!(judged(&units, None, "新", Some(2), &["411603001000", "411602002001"]), Ok(()));
    let outside = Err(Fault::OutsideParent(code("441900003000")));
    assert_eq!(judged(&units, None, "新", Some(2), &["441900003000"]), outside);
    assert_eq!(judged(&units, None, "新", Some(1), &["441900003000"]), Ok(()), "the city names none");
    let unknown = Err(Fault::UnknownDivision(code("999999999999")));
    assert_eq!(judged(&units, None, "新", None, &["999999999999"]), unknown);
    let child = Err(Fault::ChildOutside("所".to_owned()));
    assert_eq!(judged(&units, Some(2), "中心", Some(1), &["411603000000"]), child);
}

#[test]
fn closed_units_and_divisions_are_refused() {
    let mut closed = unit(1, "旧", None, &[]);
    closed.closed_at = Some(now());
    assert_eq!(judged(&[closed], None, "新", Some(1), &[]), Err(Fault::ClosedParent));
    let (_folder, db) = small_db();
    let newer: String = SMALL.lines().filter(|line| !line.contains("文昌")).map(|line| format!("{line}\n")).collect();
    import_text(&db, &newer, 2024).unwrap();
    let gone = [code("411602001002")];
    let wanted = Wanted { id: None, name: "新", parent_id: None, divisions: &gone };
    assert_eq!(check(&[], &tree(&db), wanted), Err(Fault::ClosedDivision(gone[0])));
}
