use super::*;
use crate::{
    Context,
    divisions::{ZHOUKOU_2023, import_facts, test_support::*},
};

fn zhoukou() -> (tempfile::TempDir, Db) {
    let (folder, db) = empty_db();
    import_text(&db, std::str::from_utf8(ZHOUKOU_2023).unwrap(), 2023).unwrap();
    (folder, db)
}

fn made(db: &Db, sample_dir: &Path, seed: u64) -> MadeUpReport {
    make_up(db, sample_dir, seed, now(), &|_, _| ()).unwrap()
}

#[test]
fn the_city_has_about_eight_million_people_and_everything_is_marked() {
    let (folder, db) = zhoukou();
    let report = made(&db, folder.path(), 1);
    assert_eq!(report, MadeUpReport { communities: 5_113, placed: 5_113, real: 0, outlines: false });
    let tree = tree(&db);
    let totals = tree.get(code("411600000000")).unwrap().totals;
    assert!((7_700_000..8_300_000).contains(&totals.population), "{}", totals.population);
    assert!((2_400_000..2_800_000).contains(&totals.households), "{}", totals.households);
    assert!(totals.made_up && totals.population_unknown == 0);
    assert!(tree.nodes().filter_map(|node| node.facts).all(|facts| facts.made_up));
    let distance =
        |node: &Node| node.facts.unwrap().place.unwrap().distance(Place::on_earth(CENTRE.0, CENTRE.1).unwrap());
    assert!(tree.nodes().filter(|node| node.facts.is_some()).all(|node| distance(node) < 60_000.0));
}

#[test]
fn the_same_seed_gives_the_same_facts_and_another_seed_others() {
    let (folder, db) = small_db();
    let all = |db: &Db| db.run_blocking(division_facts::division_facts_all).unwrap();
    made(&db, folder.path(), 1);
    let first = all(&db);
    made(&db, folder.path(), 1);
    assert_eq!(all(&db), first);
    made(&db, folder.path(), 2);
    assert_ne!(all(&db), first);
}

#[test]
fn real_facts_stay_and_made_up_ones_give_way_as_a_whole() {
    let (folder, db) = small_db();
    let facts = "code,population\n411602001001,777\n";
    import_facts(&db, &Context::operator(), table(facts), now()).unwrap();
    let report = made(&db, folder.path(), 1);
    assert_eq!((report.communities, report.real), (4, 1));
    let of = |text| tree(&db).get(code(text)).unwrap().facts.unwrap();
    assert_eq!((of("411602001001").population, of("411602001001").made_up), (Some(777), false));
    import_facts(&db, &Context::operator(), table("code,population\n411602001002,888\n"), now()).unwrap();
    let real = of("411602001002");
    assert_eq!((real.population, real.households, real.place, real.made_up), (Some(888), None, None, false));
}

#[test]
fn with_outlines_places_lie_inside_and_a_county_without_one_lies_beside_the_map() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("divisions")).unwrap();
    let square = r#"{"features":[{"properties":{"gb":"156411602"},"geometry":{"type":"Polygon","coordinates":
        [[[114.6,33.5],[114.7,33.5],[114.7,33.6],[114.6,33.6],[114.6,33.5]]]}}]}"#;
    std::fs::write(folder.path().join("divisions/zhoukou_counties.geojson"), square).unwrap();
    let (_folder, db) = small_db();
    let report = made(&db, folder.path(), 1);
    assert_eq!((report.communities, report.placed, report.outlines), (5, 3, true));
    let tree = tree(&db);
    for node in tree.nodes().filter(|node| node.facts.is_some()) {
        let facts = node.facts.unwrap();
        assert!(facts.population.is_some());
        match facts.place {
            Some(place) => {
                assert!(tree.is_below(node, code("411602000000")));
                assert!((33.5..=33.6).contains(&place.latitude()) && (114.6..=114.7).contains(&place.longitude()));
            }
            None => assert!(!tree.is_below(node, code("411602000000"))),
        }
    }
    let view = |text| super::super::DivisionView::of(&tree, tree.get(code(text)).unwrap());
    assert!(view("411602000000").on_map && !view("411603000000").on_map);
    assert!(view("411603000000").made_up);
}

#[test]
fn the_outlines_of_zhoukou_hold_all_but_one_county() {
    let folder = std::env::var("GOLDEN_BELL_SAMPLE_DIR")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").to_owned());
    if !Path::new(&folder).join("divisions/zhoukou_counties.geojson").exists() {
        assert_ne!(std::env::var("GOLDEN_BELL_REQUIRE_ALL").as_deref(), Ok("1"), "the sample data is required");
        println!("skipped: no data");
        return;
    }
    let (_folder, db) = zhoukou();
    let report = made(&db, Path::new(&folder), 1);
    let tree = tree(&db);
    let beside: Vec<&Node> = tree
        .nodes()
        .filter(|node| node.stored.division.level == Level::County && node.totals.placed < node.totals.communities)
        .collect();
    assert_eq!(beside.iter().map(|node| node.code().to_string()).collect::<Vec<_>>(), ["411671000000"]);
    assert_eq!(beside[0].totals.placed, 0);
    assert_eq!(report.communities - report.placed, usize::try_from(beside[0].totals.communities).unwrap());
}

#[test]
fn a_broken_outline_file_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("divisions")).unwrap();
    std::fs::write(folder.path().join("divisions/zhoukou_counties.geojson"), "{").unwrap();
    let (_folder, db) = empty_db();
    assert!(make_up(&db, folder.path(), 1, now(), &|_, _| ()).is_err());
}
