use domain::authorization::Role;

use super::*;
use crate::divisions::test_support::*;

#[test]
fn without_places_the_nearest_are_an_empty_list_with_its_reason() {
    let (_folder, db) = small_db();
    let reply = nearest(&tree(&db), 33.6, 114.6).unwrap();
    assert!(reply.items.is_empty());
    assert!(reply.reason.is_some_and(|reason| reason.contains("位置还没有录入")));
    let reply = nearest(&Tree::default(), 33.6, 114.6).unwrap();
    assert!(reply.reason.is_some_and(|reason| reason.contains("还没有导入")));
}

#[test]
fn a_place_off_the_earth_is_refused() {
    let tree = Tree::default();
    let pointer = |latitude, longitude| nearest(&tree, latitude, longitude).unwrap_err().fields[0].pointer.clone();
    assert_eq!(pointer(91.0, 0.0), "latitude");
    assert_eq!(pointer(f64::NAN, 0.0), "latitude");
    assert_eq!(pointer(0.0, 180.1), "longitude");
    assert_eq!(pointer(0.0, f64::INFINITY), "longitude");
}

#[test]
fn facts_are_for_those_who_serve_the_division() {
    let (_folder, db) = small_db();
    let tree = tree(&db);
    let may = |role, served: &[&str], code: &str| {
        authorized_code(&officer(role, served), &tree, code).map(|_| ()).map_err(|e| e.code)
    };
    let county = ["411602000000"];
    assert_eq!(may(Role::StationOfficer, &county, "411602001001"), Ok(()));
    let not_found = Err(crate::ErrorCode::NotFound);
    assert_eq!(may(Role::StationOfficer, &county, "411603000000"), not_found);
    assert_eq!(may(Role::StationOfficer, &county, "411600000000"), not_found);
    assert_eq!(may(Role::StationOfficer, &county, "garbage"), not_found);
    assert_eq!(may(Role::StationOfficer, &[], "411602001001"), not_found);
    assert_eq!(may(Role::CityLead, &[], "411603000000"), Ok(()));
}
