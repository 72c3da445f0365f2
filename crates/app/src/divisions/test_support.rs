//! A database of one test, and a small tree in it.

use chrono::{DateTime, Utc};
use domain::division::DivisionCode;
use store::{Address, Db, units::StoredUnit};

use super::{ImportOptions, ImportReport, Tree, import_tree, read_tree_file};
use crate::{
    Actor, Context, Officer,
    error::AppError,
    tables::{HeaderRule, Limits, Table},
};
use domain::authorization::Role;

/// Two cities, one of them without counties.
pub(crate) const SMALL: &str = "\
code,name,level,parent
410000000000,河南省,province,
411600000000,周口市,city,410000000000
411602000000,川汇区,county,411600000000
411602001000,陈州街道,township,411602000000
411602001001,东风社区居民委员会,village,411602001000
411602001002,文昌社区居民委员会,village,411602001000
411602002000,七一路街道,township,411602000000
411602002001,八一社区居民委员会,village,411602002000
411603000000,淮阳区,county,411600000000
411603001000,城关镇,township,411603000000
411603001001,王庄村民委员会,village,411603001000
441900000000,东莞市,city,
441900003000,东城街道,township,441900000000
441900003001,王庄社区居民委员会,village,441900003000
";

/// An empty database, gone with the folder.
pub(crate) fn empty_db() -> (tempfile::TempDir, Db) {
    let folder = tempfile::tempdir().unwrap();
    let address = Address::Sqlite(folder.path().join("test.db"));
    store::migrate(&address).unwrap();
    (folder, Db::new(address, 4))
}

/// A database with the small tree of 2023.
pub(crate) fn small_db() -> (tempfile::TempDir, Db) {
    let (folder, db) = empty_db();
    let report = import_text(&db, SMALL, 2023).unwrap();
    assert_eq!((report.added, report.refused.len()), (14, 0));
    (folder, db)
}

pub(crate) fn table(text: &str) -> Table {
    Table::from_bytes(text.into(), None, HeaderRule::Always, Limits::UPLOAD).unwrap()
}

pub(crate) fn import_text(db: &Db, text: &str, year: i32) -> Result<ImportReport, AppError> {
    import_with(db, text, ImportOptions { year, ..ImportOptions::default() })
}

pub(crate) fn import_with(db: &Db, text: &str, options: ImportOptions) -> Result<ImportReport, AppError> {
    let file = read_tree_file(table(text), &|_, _| ())?;
    import_tree(db, &Context::operator(), file, &options, now())
}

pub(crate) fn tree(db: &Db) -> Tree {
    db.run_blocking(Tree::load).unwrap()
}

pub(crate) fn units(db: &Db) -> Vec<StoredUnit> {
    db.run_blocking(store::units::units_all).unwrap()
}

pub(crate) fn code(text: &str) -> DivisionCode {
    text.parse().unwrap()
}

pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_225_600, 0).unwrap()
}

/// An officer of this role whose unit serves these divisions.
pub(crate) fn officer(role: Role, served: &[&str]) -> Context {
    let officer = Officer {
        id: 1,
        public_id: "0".repeat(32),
        session: "1".repeat(32),
        role,
        unit: None,
        served: served.iter().map(|code| (*code).to_owned()).collect(),
    };
    Context { actor: Actor::Officer(officer), request_id: "test".to_owned() }
}
