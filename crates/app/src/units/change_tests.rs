use keyring::{Keyring, Suite};
use store::Db;

use super::*;
use crate::{
    change::change_blocking,
    divisions::test_support::*,
    units::create::{CreateUnit, create_once},
};

/// The keys of the tests: a repeat is known under the same ones.
fn keyring() -> &'static Keyring {
    static KEYRING: std::sync::OnceLock<Keyring> = std::sync::OnceLock::new();
    KEYRING.get_or_init(|| Keyring::random(Suite::Aes256Gcm))
}

fn created(db: &Db, name: &str, key: &str) -> Result<UnitView, AppError> {
    let request = CreateUnit {
        name: name.to_owned(),
        kind: UnitKind::PoliceStation,
        parent: None,
        divisions: vec![code("411602002000"), code("411602001000"), code("411602001000")],
    };
    change_blocking(db, |connection| {
        create_once(connection, keyring(), &Context::operator(), &request, Some(key), now())
    })
}

fn changed(db: &Db, id: &str, request: ChangeUnit) -> Result<UnitView, AppError> {
    db.write_blocking(|connection| change(connection, &Context::operator(), id, &request, now())).unwrap()
}

#[test]
fn the_same_request_twice_makes_one_unit() {
    let (_folder, db) = small_db();
    let first = created(&db, "一所", "key-00001").unwrap();
    assert_eq!(
        first.divisions.iter().map(|served| served.name.as_str()).collect::<Vec<_>>(),
        ["陈州街道", "七一路街道"]
    );
    assert_eq!(created(&db, "一所", "key-00001").unwrap(), first);
    assert_eq!(units(&db).len(), 1);
    assert_eq!(created(&db, "二所", "key-00001").unwrap_err().code, crate::ErrorCode::IdempotencyKeyReused);
}

#[test]
fn a_refused_request_may_come_again_under_its_key() {
    let (_folder, db) = small_db();
    created(&db, "一所", "key-00001").unwrap();
    assert_eq!(created(&db, "一所", "key-00002").unwrap_err().code, crate::ErrorCode::Conflict);
    assert!(created(&db, "二所", "key-00002").is_ok());
}

#[test]
fn a_change_touches_what_it_names_only() {
    let (_folder, db) = small_db();
    let unit = created(&db, "一所", "key-00001").unwrap();
    let parent = created(&db, "二所", "key-00002").unwrap();
    let request = ChangeUnit { parent: Some(Some(parent.id.clone())), ..ChangeUnit::default() };
    let view = changed(&db, &unit.id, request).unwrap();
    assert_eq!((view.parent.as_ref(), &view.name, view.divisions.len()), (Some(&parent.id), &unit.name, 2));
    let request = ChangeUnit { name: Some("三所".to_owned()), parent: Some(None), ..ChangeUnit::default() };
    let view = changed(&db, &unit.id, request).unwrap();
    assert_eq!((view.parent, view.name.as_str()), (None, "三所"));
    let request = ChangeUnit { divisions: Some(vec![]), ..ChangeUnit::default() };
    assert!(changed(&db, &unit.id, request).unwrap().divisions.is_empty());
    assert_eq!(changed(&db, "nobody", ChangeUnit::default()).unwrap_err().code, crate::ErrorCode::NotFound);
}

#[test]
fn a_refused_change_changes_nothing() {
    let (_folder, db) = small_db();
    let unit = created(&db, "一所", "key-00001").unwrap();
    let before = units(&db);
    let own = ChangeUnit { name: Some("二所".into()), parent: Some(Some(unit.id.clone())), ..ChangeUnit::default() };
    assert_eq!(changed(&db, &unit.id, own).unwrap_err().fields[0].pointer, "/parent");
    let division = ChangeUnit { divisions: Some(vec![code("999999999999")]), ..ChangeUnit::default() };
    assert_eq!(changed(&db, &unit.id, division).unwrap_err().fields[0].pointer, "/divisions");
    assert_eq!(units(&db), before);
}
