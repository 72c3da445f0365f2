use domain::authorization::Role;

use super::*;
use crate::{divisions::test_support::*, units::import_units};

fn listed(context: &Context, limit: usize, cursor: Option<&str>) -> (Vec<String>, Option<String>) {
    let (_folder, db) = small_db();
    let file = "name,kind,parent,divisions\n市中心,city_centre,,411600000000\n川汇中心,county_centre,市中心,411602000000\n\
        劝阻中心,dissuasion_centre,市中心,411602000000;411603000000\n一所,police_station,川汇中心,411602001000\n空,police_station,,\n";
    import_units(&db, &Context::operator(), table(file), now()).unwrap();
    let all = units(&db);
    let cursor = cursor.map(|name| all.iter().find(|unit| unit.name == name).unwrap().public_id.clone());
    let page = page(context, &tree(&db), &all, cursor.as_deref(), limit).unwrap();
    let next = page.next_cursor.map(|id| all.iter().find(|unit| unit.public_id == id).unwrap().name.clone());
    (page.items.into_iter().map(|unit| unit.name).collect(), next)
}

#[test]
fn an_officer_sees_the_units_inside_their_own_divisions() {
    let see = |role, served: &[&str]| listed(&officer(role, served), 100, None).0;
    assert_eq!(see(Role::CountyLead, &["411602000000"]), ["川汇中心", "一所"]);
    assert_eq!(see(Role::StationOfficer, &["411602001000"]), ["一所"]);
    assert_eq!(see(Role::DissuasionAgent, &["411602000000", "411603000000"]).len(), 3);
    assert!(see(Role::StationOfficer, &[]).is_empty());
    assert_eq!(see(Role::CityLead, &[]).len(), 5);
}

#[test]
fn pages_follow_each_other() {
    let context = officer(Role::CityLead, &[]);
    let (first, next) = listed(&context, 3, None);
    assert_eq!(first.len(), 3);
    assert_eq!(next.as_ref(), first.last());
    let (second, end) = listed(&context, 3, next.as_deref());
    assert_eq!((second.len(), end), (2, None));
    assert_eq!(listed(&context, 5, None).1, None);
}
