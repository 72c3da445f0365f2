use domain::division::Place;

use super::*;
use crate::Context;
use crate::divisions::{facts::import_facts, test_support::*};

fn with_facts() -> (tempfile::TempDir, store::Db) {
    let (folder, db) = small_db();
    let facts = "code,population,households,latitude,longitude\n\
        411602001001,1000,300,33.62,114.65\n411602001002,500,,33.63,114.66\n411603001001,,,33.73,114.88\n";
    assert_eq!(import_facts(&db, &Context::operator(), table(facts), now()).unwrap().changed, 3);
    (folder, db)
}

#[test]
fn people_are_summed_up_the_tree_with_what_is_unknown() {
    let (_folder, db) = with_facts();
    let tree = tree(&db);
    let totals = |text: &str| tree.get(code(text)).unwrap().totals;
    let city = totals("411600000000");
    assert_eq!((city.communities, city.population, city.population_unknown), (4, 1_500, 2));
    assert_eq!((city.households, city.households_unknown, city.placed, city.made_up), (300, 3, 3, false));
    assert_eq!(totals("410000000000"), city);
    assert_eq!(totals("441900000000").communities, 1);
    assert_eq!(totals("411602002000").population_unknown, 1);
}

#[test]
fn a_division_lies_within_itself_and_all_above_it() {
    let (_folder, db) = small_db();
    let tree = tree(&db);
    let within = |code_text: &str, served: &[&str]| {
        tree.is_within(code(code_text), &served.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>())
    };
    assert!(within("411602001001", &["411603000000", "411602000000"]));
    assert!(within("411602000000", &["411602000000"]));
    assert!(within("441900003001", &["441900000000"]));
    assert!(!within("411600000000", &["411602000000"]));
    assert!(!within("411603001001", &["411602000000"]));
    assert!(!within("411602001001", &[]));
    assert!(!within("999999999999", &["411600000000"]));
    assert!(!within("411602001001", &["4116", ""]), "a prefix is no division");
}

#[test]
fn a_path_names_everything_from_the_top() {
    let (_folder, db) = small_db();
    let tree = tree(&db);
    let path = |text: &str| tree.path(tree.get(code(text)).unwrap()).join("/");
    assert_eq!(path("411602002001"), "河南省/周口市/川汇区/七一路街道/八一社区居民委员会");
    assert_eq!(path("441900003001"), "东莞市/东城街道/王庄社区居民委员会");
}

#[test]
fn the_nearest_come_first_and_no_more_than_asked_for() {
    let (_folder, db) = with_facts();
    let tree = tree(&db);
    let place = Place::on_earth(33.63, 114.66).unwrap();
    let near: Vec<String> = tree.nearest(place, 2).iter().map(|(node, _)| node.code().to_string()).collect();
    assert_eq!(near, ["411602001002", "411602001001"]);
    let all = tree.nearest(place, 5);
    assert_eq!(all.len(), 3);
    assert!(all[0].1 < 1.0 && all[1].1 > 1_000.0 && all[2].1 > 20_000.0);
    assert!(tree.nearest(place, 0).is_empty());
}

#[test]
fn the_nearest_of_many_are_those_a_full_sort_finds() {
    let stored = (0..3_000).map(|number| StoredDivision {
        division: domain::division::Division {
            code: code(&format!("41160200{number:04}")),
            name: "村".to_owned(),
            level: Level::Village,
            parent: None,
        },
        year: 2023,
        opened_year: 2023,
        closed_year: None,
        successor: None,
    });
    let place = |number: u32| {
        Place::in_china(
            33.0 + f64::from(number * 7_919 % 3_000) / 3_000.0,
            114.0 + f64::from(number * 104_729 % 2_999) / 3_000.0,
        )
    };
    let facts = (0..3_000).map(|number| DivisionFacts {
        code: code(&format!("41160200{number:04}")),
        population: None,
        households: None,
        place: place(number).ok(),
        made_up: true,
    });
    let tree = Tree::new(stored.collect(), facts.collect());
    let here = Place::on_earth(33.4, 114.6).unwrap();
    let mut distances: Vec<f64> = (0..3_000).map(|number| place(number).unwrap().distance(here)).collect();
    distances.sort_by(f64::total_cmp);
    let found: Vec<f64> = tree.nearest(here, 5).into_iter().map(|(_, distance)| distance).collect();
    assert_eq!(found, distances[..5]);
}

#[tokio::test]
async fn the_cache_loads_once_and_follows_changes() {
    let (_folder, db) = small_db();
    let cache = crate::divisions::TreeCache::new();
    assert!(cache.current().is_none());
    let first = cache.get(&db).await.unwrap();
    cache.refresh_from(&db).await.unwrap();
    assert!(std::sync::Arc::ptr_eq(&first, &cache.current().unwrap()), "nothing has changed");
    let renamed = SMALL.replace("陈州街道", "陈州回族街道");
    let db_clone = db.clone();
    tokio::task::spawn_blocking(move || import_text(&db_clone, &renamed, 2024)).await.unwrap().unwrap();
    assert_eq!(cache.get(&db).await.unwrap().get(code("411602001000")).unwrap().stored.year, 2023);
    cache.refresh_from(&db).await.unwrap();
    let node_name = cache.current().unwrap().get(code("411602001000")).unwrap().stored.division.name.clone();
    assert_eq!(node_name, "陈州回族街道");
}
