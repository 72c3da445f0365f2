use store::divisions::division_changes_of;

use super::*;
use crate::divisions::{facts::import_facts, name_successors, read_successors, test_support::*};

fn without(name: &str) -> String {
    SMALL.lines().filter(|line| !line.contains(name)).map(|line| format!("{line}\n")).collect()
}

fn words(report: &ImportReport) -> Vec<(u64, &str)> {
    report.refused.iter().map(|row| (row.line, row.code)).collect()
}

#[test]
fn the_same_file_again_changes_nothing() {
    let (_folder, db) = small_db();
    let report = import_text(&db, SMALL, 2023).unwrap();
    assert_eq!(report, ImportReport { year: 2023, read: 14, unchanged: 14, ..ImportReport::default() });
}

#[test]
fn an_older_year_is_refused_and_changes_nothing() {
    let (_folder, db) = small_db();
    let error = import_text(&db, &without("文昌"), 2022).unwrap_err();
    assert_eq!(error.code, ErrorCode::Conflict);
    assert!(error.detail.contains("2023") && error.detail.contains("2022"));
    assert!(tree(&db).nodes().all(|node| node.is_open()));
    assert_eq!(import_text(&db, SMALL, 23).unwrap_err().fields[0].pointer, "year");
}

#[test]
fn an_older_file_of_another_city_is_taken() {
    let (_folder, db) = empty_db();
    let zhoukou: String =
        SMALL.lines().filter(|line| !line.starts_with("4419")).map(|line| format!("{line}\n")).collect();
    import_text(&db, &zhoukou, 2024).unwrap();
    let kaifeng = "code,name,level,parent\n410000000000,河南,province,\n410200000000,开封市,city,410000000000\n";
    let report = import_text(&db, kaifeng, 2023).unwrap();
    assert_eq!((report.added, report.vanished.len(), report.renamed.len()), (1, 0, 0));
    assert_eq!(tree(&db).get(code("410000000000")).unwrap().stored.division.name, "河南省");
}

#[test]
fn a_newer_year_renames_moves_adds_and_closes() {
    let (_folder, db) = small_db();
    let newer = without("文昌").replace("陈州街道,", "陈州回族街道,").replace(
        "411602002001,八一社区居民委员会,village,411602002000",
        "411602002001,八一社区居民委员会,village,411602001000",
    ) + "411602001003,文昌一社区居民委员会,village,411602001000\n411602001004,文昌二社区居民委员会,village,411602001000\n";
    let dry =
        import_with(&db, &newer, ImportOptions { year: 2024, dry_run: true, ..ImportOptions::default() }).unwrap();
    assert_eq!(tree(&db).nodes().count(), 14, "a dry run changes nothing");
    let report = import_text(&db, &newer, 2024).unwrap();
    assert_eq!(ImportReport { dry_run: false, ..dry }, report);
    assert_eq!((report.unchanged, report.added), (11, 2));
    assert_eq!(report.renamed[0].old_name, "陈州街道");
    assert_eq!(report.moved[0].parent, Some(code("411602001000")));
    let gone = &report.vanished[0];
    assert_eq!((gone.code, gone.is_split()), (code("411602001002"), true));
    assert_eq!(gone.likely, [code("411602001003"), code("411602001004")]);
    let tree = tree(&db);
    let closed = &tree.get(code("411602001002")).unwrap().stored;
    assert_eq!((closed.closed_year, closed.year, closed.successor), (Some(2024), 2023, None));
    assert_eq!(tree.get(code("411602000000")).unwrap().stored.year, 2024);
    assert_eq!(tree.get(code("411602001003")).unwrap().stored.opened_year, 2024);
    let history = |text| db.run_blocking(|connection| division_changes_of(connection, code(text))).unwrap();
    assert_eq!(history("411602001000")[0].kind, "renamed");
    assert_eq!(history("411602002001")[0].kind, "moved");
    assert_eq!(history("411602001003")[0].kind, "added");
    assert_eq!(history("411602001002")[0].kind, "vanished");
    assert!(history("411602000000").is_empty());
    assert_eq!(import_text(&db, &newer, 2024).unwrap().unchanged, 15, "again: nothing");
}

#[test]
fn what_hangs_on_a_split_community_follows_to_its_successors() {
    let (_folder, db) = small_db();
    let facts = "code,population,households,latitude,longitude\n411602001002,900,300,33.6,114.6\n";
    import_facts(&db, &Context::operator(), table(facts), now()).unwrap();
    let units = "name,kind,parent,divisions\n文昌工作队,community_team,,411602001002\n";
    crate::units::import_units(&db, &Context::operator(), table(units), now()).unwrap();
    let newer = without("文昌")
        + "411602001003,文昌一社区居民委员会,village,411602001000\n411602001004,文昌二社区居民委员会,village,411602001000\n";
    let (named, refused) =
        read_successors(table("code,successor\n411602001002,411602001004\n411602001002,411602001003\n")).unwrap();
    assert!(refused.is_empty());
    let options = ImportOptions { year: 2024, successors: named, ..ImportOptions::default() };
    let report = import_with(&db, &newer, options.clone()).unwrap();
    assert_eq!(report.vanished[0].successors, [code("411602001004"), code("411602001003")]);
    let after = tree(&db);
    assert_eq!(after.get(code("411602001002")).unwrap().stored.successor, Some(code("411602001004")));
    let main = after.get(code("411602001004")).unwrap().facts.unwrap();
    assert_eq!((main.population, main.households, main.place.is_some()), (Some(900), Some(300), true));
    assert!(after.get(code("411602001003")).unwrap().facts.is_none());
    assert_eq!(after.get(code("411602000000")).unwrap().totals.population, 900);
    assert_eq!(super::super::test_support::units(&db)[0].divisions, [code("411602001003"), code("411602001004")]);
    let history = db.run_blocking(|connection| division_changes_of(connection, code("411602001002"))).unwrap();
    assert_eq!(history.iter().map(|line| line.kind.as_str()).collect::<Vec<_>>(), ["vanished", "split"]);
    assert_eq!(history[1].detail["population"], 900);
    let audits = db.run_blocking(|c| store::audit_log::audit_log_of(c, "division", "411602001002")).unwrap();
    assert_eq!(audits.iter().map(|audit| audit.action.as_str()).collect::<Vec<_>>(), ["division.succeeded"]);
    let again = import_with(&db, &newer, options).unwrap();
    assert_eq!((again.unchanged, again.refused.len()), (15, 0));
    assert_eq!(tree(&db).get(code("411602000000")).unwrap().totals.population, 900);
}

#[test]
fn joined_communities_add_up_when_named_later() {
    let (_folder, db) = small_db();
    let facts = "code,population,latitude,longitude\n411602001001,1000,33.6,114.6\n411602001002,500,33.7,114.7\n";
    import_facts(&db, &Context::operator(), table(facts), now()).unwrap();
    import_text(&db, &without("文昌"), 2024).unwrap();
    assert_eq!(tree(&db).get(code("411602001000")).unwrap().totals.population, 1_000);
    let file = "code,successor\n411602001002,411602001001\n411602001001,411602002001\n411602002001,4116\n\
        411602001002x,411602001001\n999999999999,411602001001\n";
    let (named, refused) = read_successors(table(file)).unwrap();
    assert_eq!(refused.iter().map(|row| row.line).collect::<Vec<_>>(), [4, 5]);
    let (count, refused) = name_successors(&db, &Context::operator(), &named, now()).unwrap();
    assert_eq!(
        (count, refused.iter().map(|row| (row.line, row.code)).collect::<Vec<_>>()),
        (1, vec![(3, "still_in_use"), (6, "unknown_code")])
    );
    assert_eq!(tree(&db).get(code("411602001000")).unwrap().totals.population, 1_500);
    let (count, refused) = name_successors(&db, &Context::operator(), &named, now()).unwrap();
    assert_eq!((count, refused.len()), (0, 2), "named once, however often");
    let other = read_successors(table("code,successor\n411602001002,411602002001\n")).unwrap().0;
    let (_, refused) = name_successors(&db, &Context::operator(), &other, now()).unwrap();
    assert_eq!(refused[0].code, "named_before");
    let township = read_successors(table("code,successor\n411602001002,411602002000\n")).unwrap().0;
    assert_eq!(name_successors(&db, &Context::operator(), &township, now()).unwrap().1[0].code, "other_level");
}

#[test]
fn a_bad_row_is_refused_and_its_node_does_not_vanish() {
    let (_folder, db) = small_db();
    let newer = SMALL
        .replace("411602001001,东风社区居民委员会,village", "411602001001,东风社区居民委员会,hamlet")
        .replace("411602002001,八一", "41160200200,八一")
        .replace(
            "411603001001,王庄村民委员会,village,411603001000",
            "411603001001,王庄村民委员会,village,411609001000",
        );
    let report = import_text(&db, &newer, 2024).unwrap();
    assert_eq!(words(&report), [(6, "bad_level"), (9, "bad_code"), (12, "unknown_parent")]);
    assert!(report.vanished.is_empty(), "{:?}", report.vanished);
}

#[test]
fn a_file_that_breaks_off_or_lacks_a_column_changes_nothing() {
    let (_folder, db) = empty_db();
    let file = |bytes: Vec<u8>| {
        let limits = crate::tables::Limits { text_bytes: 300, ..crate::tables::Limits::UPLOAD };
        let table = crate::tables::Table::from_bytes(bytes, None, crate::tables::HeaderRule::Always, limits)?;
        crate::divisions::read_tree_file(table, &|_, _| ())
    };
    assert!(file(SMALL.into()).is_err());
    assert!(file(b"code,name,level\n1,2,3\n".to_vec()).is_err());
    assert!(import_text(&db, "code,name,level,parent\n", 2023).is_ok_and(|report| report.read == 0));
}

#[test]
fn the_tree_of_zhoukou_is_imported_and_imported_again() {
    let (_folder, db) = empty_db();
    let text = std::str::from_utf8(crate::divisions::ZHOUKOU_2023).unwrap();
    let report = import_text(&db, text, 2023).unwrap();
    assert_eq!((report.read, report.added, report.refused.len()), (5_335, 5_335, 0));
    let report = import_text(&db, text, 2024).unwrap();
    assert_eq!((report.unchanged, report.added, report.vanished.len()), (5_335, 0, 0));
    assert_eq!(tree(&db).get(code("411600000000")).unwrap().totals.communities, 5_113);
}

#[test]
fn a_province_down_to_townships_is_laid_over_a_city_with_villages() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/divisions/henan_41_to_township_2023.csv");
    let folder = std::env::var("GOLDEN_BELL_SAMPLE_DIR").ok();
    let path =
        folder.map_or_else(|| path.to_owned(), |folder| format!("{folder}/divisions/henan_41_to_township_2023.csv"));
    let Ok(text) = std::fs::read_to_string(path) else {
        assert_ne!(std::env::var("GOLDEN_BELL_REQUIRE_ALL").as_deref(), Ok("1"), "the sample data is required");
        println!("skipped: no data");
        return;
    };
    let (_folder, db) = empty_db();
    import_text(&db, std::str::from_utf8(crate::divisions::ZHOUKOU_2023).unwrap(), 2023).unwrap();
    let report = import_text(&db, &text, 2023).unwrap();
    assert_eq!((report.read, report.refused.len(), report.vanished.len()), (2_786, 0, 0));
    assert_eq!(report.added + report.unchanged, 2_786);
    assert_eq!(tree(&db).get(code("411600000000")).unwrap().totals.communities, 5_113);
}
