//! Both databases have the same tables, columns, keys and nullability, and the program's schema names exactly them.

use std::collections::BTreeMap;

use harness::{Backend, TestDatabase, skipped};
use store::{Db, parity};

/// Table → column → what both databases must agree on.
type Shape = BTreeMap<String, BTreeMap<String, String>>;

fn shape_of(db: &Db) -> Shape {
    let mut shape = Shape::new();
    for column in db.run_blocking(parity::columns).expect("the catalogue") {
        let words = format!("null={} key={}", column.nullable, column.in_key);
        shape.entry(column.table).or_default().insert(column.name, words);
    }
    shape
}

fn migrated(address: store::Address) -> Db {
    store::migrate(&address).expect("migrations run");
    Db::new(address, 1)
}

#[test]
fn the_schema_names_exactly_the_tables_and_columns_of_sqlite() {
    let folder = tempfile::TempDir::new().unwrap();
    let sqlite = shape_of(&migrated(store::Address::Sqlite(folder.path().join("db"))));
    let named: BTreeMap<String, Vec<String>> = parity::schema_columns();
    let found: BTreeMap<String, Vec<String>> =
        sqlite.into_iter().map(|(table, columns)| (table, columns.into_keys().collect())).collect();
    assert_eq!(named, found);
}

#[test]
fn both_databases_have_the_same_shape() {
    if std::net::TcpStream::connect("127.0.0.1:5432").is_err()
        && std::env::var("GOLDEN_BELL_TEST_DATABASE_URL").is_err()
    {
        return skipped("no postgres");
    }
    let folder = tempfile::TempDir::new().unwrap();
    let sqlite = shape_of(&migrated(store::Address::Sqlite(folder.path().join("db"))));
    let database = TestDatabase::create(Backend::Postgres);
    let postgres = shape_of(&migrated(database.address(folder.path())));
    assert_eq!(sqlite, postgres);
}

#[test]
fn migrations_have_the_same_names_in_the_same_order() {
    let names = |folder: &str| {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations").join(folder);
        let mut names: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
}
