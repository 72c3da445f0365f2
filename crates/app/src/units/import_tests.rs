use store::audit_log::audit_log_of;

use super::*;
use crate::divisions::test_support::*;

const FILE: &str = "\
name,kind,parent,divisions
一所,police_station,川汇中心,411602001000;411602002000
川汇中心,county_centre,市中心,411602000000
市中心,city_centre,,411600000000
劝阻中心,dissuasion_centre,市中心,411602000000；411603000000
";

fn imported(db: &Db, text: &str) -> UnitsReport {
    import_units(db, &Context::operator(), table(text), now()).unwrap()
}

#[test]
fn superiors_may_stand_further_down_and_again_changes_nothing() {
    let (_folder, db) = small_db();
    let report = imported(&db, FILE);
    assert_eq!(report, UnitsReport { read: 4, added: 4, ..UnitsReport::default() });
    let all = units(&db);
    let station = all.iter().find(|unit| unit.name == "一所").unwrap();
    let centre = all.iter().find(|unit| unit.name == "川汇中心").unwrap();
    assert_eq!(station.parent_id, Some(centre.id));
    assert_eq!(station.divisions, [code("411602001000"), code("411602002000")]);
    assert_eq!(imported(&db, FILE), UnitsReport { read: 4, unchanged: 4, ..UnitsReport::default() });
    let other = FILE.replace("411602001000;411602002000", "411602001000");
    assert_eq!(imported(&db, &other), UnitsReport { read: 4, unchanged: 3, changed: 1, ..UnitsReport::default() });
    let audits = db.run_blocking(|connection| audit_log_of(connection, "unit", &station.public_id)).unwrap();
    assert_eq!(audits.iter().map(|audit| audit.action.as_str()).collect::<Vec<_>>(), ["unit.created", "unit.changed"]);
}

#[test]
fn each_bad_row_has_its_reason() {
    let (_folder, db) = small_db();
    let report = imported(
        &db,
        "name,kind,parent,divisions\n市中心,city_centre,,411600000000\n市中心,city_centre,,\n甲,club,,\n乙,police_station,无,\n\
         丙,police_station,丁,\n丁,police_station,丙,\n戊,police_station,市中心,441900000000\n己,police_station,,4116\n\
         庚,police_station,,999999999999\n,police_station,,\n辛,police_station,戊,\n",
    );
    let refused: Vec<(u64, &str)> = report.refused.iter().map(|row| (row.line, row.code)).collect();
    assert_eq!(
        refused,
        [
            (3, "duplicate"),
            (4, "bad_kind"),
            (5, "unknown_parent"),
            (6, "parent_cycle"),
            (7, "parent_cycle"),
            (8, "outside_parent"),
            (9, "bad_code"),
            (10, "unknown_division"),
            (11, "bad_name"),
            (12, "unknown_parent"),
        ]
    );
    assert_eq!((report.read, report.added), (11, 1));
}

#[test]
fn demo_units_keep_the_rules_and_are_made_once() {
    let (_folder, db) = empty_db();
    import_text(&db, std::str::from_utf8(crate::divisions::ZHOUKOU_2023).unwrap(), 2023).unwrap();
    let first = crate::units::make_up(&db, now()).unwrap();
    assert_eq!(first.refused, []);
    let all = units(&db);
    let count = |kind| all.iter().filter(|unit| unit.kind == kind).count();
    assert_eq!(
        (count(UnitKind::CityCentre), count(UnitKind::DissuasionCentre), count(UnitKind::CountyCentre)),
        (1, 1, 11)
    );
    let dissuasion = all.iter().find(|unit| unit.kind == UnitKind::DissuasionCentre).unwrap();
    assert!(dissuasion.divisions.len() > 1);
    assert!(all.iter().any(|unit| unit.kind == UnitKind::PoliceStation && unit.divisions.len() > 1));
    assert!(count(UnitKind::CommunityTeam) > 11);
    assert!(all.iter().all(|unit| unit.name.ends_with("（演示）") && !unit.divisions.is_empty()));
    let again = crate::units::make_up(&db, now()).unwrap();
    assert_eq!((again.added, again.changed, again.unchanged), (0, 0, first.added));
}
