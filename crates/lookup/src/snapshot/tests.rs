use std::{fs, path::PathBuf};

use domain::{ListKind, MatchRule, SubjectKind};
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::row::{Name, Row};

fn key(number: u64) -> LookupKey {
    LookupKey::of(SubjectKind::Phone, &number.to_string())
}

fn record(number: u64) -> Record {
    Record::blacklisted(MatchRule::Exact, 0, "T02", u8::try_from(number % 5).expect("small")).seen(9000, 9001)
}

fn row(number: u64) -> Row {
    Row { key: key(number), record: record(number), name: None }
}

fn build(dir: &TempDir, list_version: u64, hint: u64, mut rows: Vec<Row>) -> PathBuf {
    rows.sort_by_key(|row| row.key);
    let mut builder = SnapshotBuilder::create(dir.path(), list_version, hint).expect("a folder");
    for row in rows {
        builder.push(row).expect("in order");
    }
    builder.finish().expect("written")
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn what_was_written_is_found_and_nothing_else() {
    for (count, hint) in [(0, 0), (1, 0), (1000, 1_000_000), (30_000, 0)] {
        let dir = folder();
        let snapshot = Snapshot::open(&build(&dir, 7, hint, (0..count).map(row).collect())).expect("opens");
        assert_eq!((snapshot.len(), snapshot.list_version(), snapshot.is_empty()), (count, 7, count == 0));
        for number in 0..count {
            assert_eq!(snapshot.get(&key(number)), Some(record(number)), "{number}");
        }
        for number in count..count + 1000 {
            assert_eq!(snapshot.get(&key(number)), None);
        }
        snapshot.verify().expect("as written");
    }
}

#[test]
fn neighbouring_keys_in_one_bucket_are_told_apart() {
    let dir = folder();
    let keys: Vec<LookupKey> =
        (0_u8..60).map(|last| LookupKey([7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, last])).collect();
    let rows = keys.iter().map(|key| Row { key: *key, record: record(u64::from(key.0[15])), name: None }).collect();
    let snapshot = Snapshot::open(&build(&dir, 1, 60, rows)).expect("opens");
    for key in &keys {
        assert_eq!(snapshot.get(key), Some(record(u64::from(key.0[15]))));
    }
    assert_eq!(snapshot.get(&LookupKey([7; 16])), Some(record(7)));
    for strange in [[6; 16], [8; 16], [0; 16], [255; 16]] {
        assert_eq!(snapshot.get(&LookupKey(strange)), None);
    }
}

#[test]
fn several_rows_of_one_key_become_one_record() {
    let dir = folder();
    let name = |owner: &str| {
        Some(Name { kind: SubjectKind::Link, canonical: "icbc.com.cn/".to_owned(), owner: Some(owner.to_owned()) })
    };
    let key = LookupKey::of(SubjectKind::Link, "icbc.com.cn/");
    let listed = Record::blacklisted(MatchRule::HostSuffix, 0, "T02", 3);
    let allowed = Record::new(ListKind::Allowlist, MatchRule::HostSuffix, 0);
    let rows =
        vec![Row { key, record: listed, name: name("someone") }, Row { key, record: allowed, name: name("工商银行") }];
    let snapshot = Snapshot::open(&build(&dir, 1, 2, rows)).expect("opens");
    assert_eq!(snapshot.len(), 1);
    assert_eq!(snapshot.get(&key), Some(listed.merge(allowed)));
    let named = snapshot.book().and_then(|book| book.name(&key)).expect("a name");
    assert_eq!((named.owner, named.text), (Some("工商银行"), Some("icbc.com.cn")));
}

#[test]
fn rows_out_of_order_are_refused() {
    let dir = folder();
    let mut rows = [row(1), row(2)];
    rows.sort_by_key(|row| std::cmp::Reverse(row.key));
    let [first, second] = rows;
    let mut builder = SnapshotBuilder::create(dir.path(), 1, 2).expect("a folder");
    builder.push(first).expect("first");
    assert!(matches!(builder.push(second), Err(SnapshotError::OutOfOrder)));
}

#[test]
fn an_unfinished_snapshot_leaves_nothing() {
    let dir = folder();
    let mut builder = SnapshotBuilder::create(dir.path(), 1, 2).expect("a folder");
    builder.push(row(1)).expect("pushed");
    drop(builder);
    assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 0);
}

#[test]
fn a_file_cut_anywhere_is_refused_on_opening() {
    let dir = folder();
    let path = build(&dir, 1, 0, (0..200).map(row).collect());
    let whole = fs::read(&path).expect("written");
    for length in (0..whole.len()).step_by(97).chain([0, 1, 127, 128, whole.len() - 1]) {
        fs::write(&path, &whole[..length]).expect("written");
        assert!(Snapshot::open(&path).is_err(), "{length} bytes");
    }
    fs::write(&path, [whole.as_slice(), b"more"].concat()).expect("written");
    assert!(matches!(Snapshot::open(&path), Err(SnapshotError::Damaged("length"))));
}

#[test]
fn a_foreign_file_is_told_from_a_damaged_one() {
    let dir = folder();
    let path = build(&dir, 1, 0, (0..20).map(row).collect());
    let whole = fs::read(&path).expect("written");
    fs::write(&path, vec![b'x'; 4096]).expect("written");
    assert!(matches!(Snapshot::open(&path), Err(SnapshotError::Foreign)));
    let mut header = whole.clone();
    header[20] ^= 1;
    fs::write(&path, header).expect("written");
    assert!(matches!(Snapshot::open(&path), Err(SnapshotError::Damaged("header"))));
    let mut body = whole;
    body[200] ^= 1;
    fs::write(&path, body).expect("written");
    let snapshot = Snapshot::open(&path).expect("opens: the body is not read");
    assert!(matches!(snapshot.verify(), Err(SnapshotError::Damaged("checksum"))));
}

#[test]
fn the_newest_whole_snapshot_is_taken_and_older_ones_go() {
    let dir = folder();
    assert!(newest(&dir.path().join("nowhere")).expect("readable").is_none());
    build(&dir, 9, 0, vec![row(9)]);
    build(&dir, 10, 0, vec![row(10)]);
    let torn = build(&dir, 11, 0, vec![row(11)]);
    let bytes = fs::read(&torn).expect("written");
    fs::write(&torn, &bytes[..bytes.len() / 2]).expect("written");
    fs::write(dir.path().join("lists-00000000000000000002.partial"), b"left over").expect("written");
    fs::write(dir.path().join("other"), b"not ours").expect("written");
    let snapshot = newest(dir.path()).expect("readable").expect("found");
    assert_eq!(snapshot.list_version(), 10);
    assert_eq!(prune(dir.path(), 10).expect("pruned"), 2);
    assert_eq!(snapshot.get(&key(10)), Some(record(10)));
    assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn damaged_bytes_never_panic(place in 0_usize..4096, byte: u8, numbers in prop::collection::vec(0_u64..400, 1..50)) {
        let dir = folder();
        let path = build(&dir, 1, 0, (0..100).map(row).collect());
        let mut bytes = fs::read(&path).expect("written");
        if let Some(one) = bytes.get_mut(place) {
            *one = byte;
        }
        fs::write(&path, &bytes).expect("written");
        if let Ok(snapshot) = Snapshot::open(&path) {
            for number in numbers {
                snapshot.get(&key(number));
            }
            let _ = snapshot.verify();
        }
    }
}
