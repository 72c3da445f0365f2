//! Divisions, their facts and units, on both databases.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail the test")]

mod support;

use domain::{
    division::{Division, DivisionCode, Level, Place},
    unit::UnitKind,
};
use serde_json::json;
use store::{
    Db, StoreError,
    division_facts::{DivisionFacts, division_facts_all, division_facts_put, division_facts_remove},
    divisions::{
        ChangeKind, NewDivisionChange, division_changes_add, division_changes_of, division_succeed, division_update,
        divisions_add, divisions_all, divisions_begin_change, divisions_close, divisions_hold, divisions_seen,
        divisions_version,
    },
    units::{NewUnit, unit_add, unit_divisions_follow, unit_divisions_set, unit_update, units_all},
};
use support::{at, each_database, write};

fn code(text: &str) -> DivisionCode {
    text.parse().unwrap()
}

fn village(number: u32) -> Division {
    let code = code(&format!("41160200{number:04}"));
    Division { code, name: format!("{number}村"), level: Level::Village, parent: Some(self::code("411602000000")) }
}

fn county() -> Division {
    Division { code: code("411602000000"), name: "川汇区".to_owned(), level: Level::County, parent: None }
}

fn with_villages(db: &Db, count: u32) {
    let tree: Vec<Division> = std::iter::once(county()).chain((1..=count).map(village)).collect();
    write(db, |connection| divisions_add(connection, &tree, 2023));
}

#[test]
fn a_large_tree_is_written_and_read_in_the_order_of_codes() {
    each_database(|db| {
        with_villages(db, 2_500);
        let all = db.run_blocking(divisions_all).unwrap();
        assert_eq!(all.len(), 2_501);
        assert!(all.windows(2).all(|pair| pair[0].division.code < pair[1].division.code));
        assert_eq!(all[1].division, village(1));
        assert_eq!((all[1].year, all[1].opened_year, all[1].closed_year, all[1].successor), (2023, 2023, None, None));
        let codes: Vec<DivisionCode> = (1..=2_500).map(|number| village(number).code).collect();
        write(db, |connection| divisions_seen(connection, &codes, 2024));
        write(db, |connection| divisions_seen(connection, &codes, 2022));
        let all = db.run_blocking(divisions_all).unwrap();
        assert!(all[1..].iter().all(|stored| stored.year == 2024));
        assert_eq!(all[0].year, 2023);
    });
}

#[test]
fn a_division_closes_gets_a_successor_and_comes_back() {
    each_database(|db| {
        with_villages(db, 2);
        let first = village(1);
        write(db, |connection| divisions_close(connection, &[first.code], 2024));
        write(db, |connection| divisions_close(connection, &[first.code], 2025));
        write(db, |connection| division_succeed(connection, first.code, village(2).code));
        let stored = db.run_blocking(divisions_all).unwrap().remove(1);
        assert_eq!((stored.closed_year, stored.successor), (Some(2024), Some(village(2).code)));
        let back = Division { name: "一村".to_owned(), ..first };
        write(db, |connection| division_update(connection, &back, 2026));
        let stored = db.run_blocking(divisions_all).unwrap().remove(1);
        assert_eq!((stored.division, stored.year, stored.opened_year), (back, 2026, 2023));
        assert_eq!((stored.closed_year, stored.successor), (None, None));
    });
}

#[test]
fn a_parent_must_exist() {
    each_database(|db| {
        let added = db.write_blocking(|connection| divisions_add(connection, &[village(1)], 2023));
        assert!(matches!(added, Err(StoreError::BrokenReference(_))), "{added:?}");
    });
}

#[test]
fn history_is_kept_in_order() {
    each_database(|db| {
        let line = |kind, detail| NewDivisionChange { year: 2024, code: code("411602000000"), kind, detail };
        let lines = [line(ChangeKind::Renamed, json!({ "old_name": "旧" })), line(ChangeKind::Vanished, json!({}))];
        write(db, |connection| division_changes_add(connection, &lines, at(7)));
        let found = db.run_blocking(|connection| division_changes_of(connection, code("411602000000"))).unwrap();
        assert_eq!(found.iter().map(|line| line.kind.as_str()).collect::<Vec<_>>(), ["renamed", "vanished"]);
        assert_eq!((found[0].detail["old_name"].as_str(), found[0].created_at), (Some("旧"), at(7)));
    });
}

#[test]
fn facts_replace_what_was_there() {
    each_database(|db| {
        with_villages(db, 1_200);
        let facts = |number, population| DivisionFacts {
            code: village(number).code,
            population,
            households: None,
            place: Place::in_china(33.5, 114.5).ok(),
            made_up: true,
        };
        let many: Vec<DivisionFacts> = (1..=1_200).map(|number| facts(number, Some(i64::from(number)))).collect();
        write(db, |connection| division_facts_put(connection, &many, at(0)));
        let other = DivisionFacts { place: None, made_up: false, households: Some(3), ..facts(1, None) };
        write(db, |connection| division_facts_put(connection, &[other], at(1)));
        write(db, |connection| division_facts_remove(connection, village(2).code));
        let all = db.run_blocking(division_facts_all).unwrap();
        assert_eq!((all.len(), all[0], all[1]), (1_199, other, many[2]));
    });
}

#[test]
fn units_have_names_of_their_own_and_serve_divisions() {
    each_database(|db| {
        with_villages(db, 3);
        let new = |public_id, name, parent_id| NewUnit { public_id, name, kind: UnitKind::PoliceStation, parent_id };
        let first = write(db, |connection| unit_add(connection, new("a", "一所", None), at(0)));
        let second = write(db, |connection| unit_add(connection, new("b", "二所", Some(first)), at(0)));
        let same = db.write_blocking(|connection| unit_add(connection, new("c", "一所", None), at(0)));
        assert!(matches!(same, Err(StoreError::AlreadyExists(_))), "{same:?}");
        write(db, |connection| unit_divisions_set(connection, first, &[village(1).code, village(2).code]));
        write(db, |connection| unit_divisions_set(connection, first, &[village(2).code, village(3).code]));
        write(db, |connection| unit_update(connection, second, "三所", UnitKind::CommunityTeam, None));
        let all = db.run_blocking(units_all).unwrap();
        assert_eq!(all[0].divisions, [village(2).code, village(3).code]);
        assert_eq!((all[1].name.as_str(), all[1].kind, all[1].parent_id), ("三所", UnitKind::CommunityTeam, None));
        assert_eq!((all[0].created_at, all[0].closed_at), (at(0), None));
    });
}

#[test]
fn units_follow_a_division_to_its_successors_once() {
    each_database(|db| {
        with_villages(db, 3);
        let new = |public_id, name| NewUnit { public_id, name, kind: UnitKind::PoliceStation, parent_id: None };
        let first = write(db, |connection| unit_add(connection, new("a", "一所"), at(0)));
        let second = write(db, |connection| unit_add(connection, new("b", "二所"), at(0)));
        write(db, |connection| unit_divisions_set(connection, first, &[village(1).code, village(2).code]));
        write(db, |connection| unit_divisions_set(connection, second, &[village(3).code]));
        let follow = || write(db, |c| unit_divisions_follow(c, village(1).code, &[village(2).code, village(3).code]));
        assert_eq!(follow(), [first]);
        assert_eq!(follow(), Vec::<i64>::new());
        let all = db.run_blocking(units_all).unwrap();
        assert_eq!(all[0].divisions, [village(2).code, village(3).code]);
        assert_eq!(all[1].divisions, [village(3).code]);
    });
}

#[test]
fn a_change_counts_and_holding_does_not() {
    each_database(|db| {
        let version = || db.run_blocking(divisions_version).unwrap();
        let before = version();
        write(db, divisions_hold);
        assert_eq!(version(), before);
        write(db, divisions_begin_change);
        assert_eq!(version(), before + 1);
    });
}
