use domain::{ListKind, MatchRule, candidates};
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::{Change, Lists, Name, Row, Snapshot, SnapshotBuilder};

/// The bucket that is looked at; its neighbours have keys as well.
const OURS: u32 = 0x4_2a07;

/// Keys in three neighbouring buckets, the first and the last of each among them.
fn key(number: u8) -> LookupKey {
    let prefix = KeyPrefix::new(OURS - 1 + u32::from(number % 3)).expect("a prefix");
    let (first, last) = prefix.keys().into_inner();
    match number / 3 {
        0 => first,
        1 => last,
        other => LookupKey([other.wrapping_mul(29); 16]).beginning(prefix),
    }
}

fn any_record() -> impl Strategy<Value = Record> {
    let rules = prop_oneof![3 => Just(MatchRule::Exact), 1 => Just(MatchRule::HostSuffix)];
    let lists = prop::sample::select(vec![ListKind::Blacklist, ListKind::Allowlist, ListKind::Guardlist]);
    (rules, lists, 1_u16..9000).prop_map(|(rule, list, day)| Record::new(list, rule, 0).seen(day, day))
}

type Log = Vec<(u8, Option<Record>)>;

fn log() -> impl Strategy<Value = Log> {
    prop::collection::vec((0_u8..30, prop::option::weighted(0.7, any_record())), 0..120)
}

fn newest(log: &Log) -> BTreeMap<LookupKey, Record> {
    let mut newest = BTreeMap::new();
    for (number, record) in log {
        match record {
            Some(record) => newest.insert(key(*number), *record),
            None => newest.remove(&key(*number)),
        };
    }
    newest
}

fn snapshot(dir: &TempDir, log: &Log, others: u32) -> Snapshot {
    let listed = Record::blacklisted(MatchRule::Exact, 0, "T02", 1);
    let mut rows = newest(log);
    // Far away, so that the index gets finer than a bucket or stays coarser.
    rows.extend((0..others).map(|other| (LookupKey::of(SubjectKind::QqId, &other.to_string()), listed)));
    let version = u64::try_from(log.len()).expect("small");
    let mut builder = SnapshotBuilder::create(dir.path(), version, 0).expect("a folder");
    rows.into_iter().for_each(|(key, record)| builder.push(Row { key, record, name: None }).expect("in order"));
    Snapshot::open(&builder.finish().expect("written")).expect("opens")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    /// Whatever lies in the snapshot and in layers over it, removals included: a bucket is what a scan of all keys finds.
    #[test]
    fn a_bucket_agrees_with_a_naive_scan(log in log(), part in 0_usize..=120, batch in 1_usize..40) {
        let dir = tempfile::tempdir().expect("a folder");
        let lists = Lists::empty();
        let (before, after) = log.split_at(part.min(log.len()));
        if part % 4 > 0 {
            lists.swap(snapshot(&dir, &before.to_vec(), 500)).expect("swapped");
        } else {
            lists.apply(changes(before, 0)).expect("applied");
        }
        for (count, changed) in after.chunks(batch).enumerate() {
            lists.apply(changes(changed, before.len() + count * batch)).expect("applied");
        }
        let view = lists.view();
        for prefix in [OURS - 2, OURS - 1, OURS, OURS + 1, OURS + 2].map(|prefix| KeyPrefix::new(prefix).expect("one")) {
            let all = newest(&log).into_iter().filter(|(key, record)| record.is_exact() && key.prefix() == prefix);
            let bucket = view.bucket(prefix);
            prop_assert!(u64::try_from(bucket.len()).expect("small") <= view.fullest_bucket());
            prop_assert_eq!(bucket, all.collect::<Vec<_>>());
        }
    }
}

fn changes(log: &[(u8, Option<Record>)], from: usize) -> impl Iterator<Item = Change> {
    log.iter().enumerate().map(move |(place, (number, record))| Change {
        number: u64::try_from(from + place + 1).expect("small"),
        key: key(*number),
        record: *record,
        name: None,
    })
}

#[test]
fn a_removed_key_vanishes_and_a_new_one_appears() {
    let dir = tempfile::tempdir().expect("a folder");
    let listed = Record::blacklisted(MatchRule::Exact, 0, "T02", 1);
    let lists = Lists::empty();
    lists.swap(snapshot(&dir, &vec![(1, Some(listed)), (4, Some(listed))], 70_000)).expect("swapped");
    let keys = |lists: &Lists| -> Vec<LookupKey> {
        lists.view().bucket(key(1).prefix()).into_iter().map(|(key, _)| key).collect()
    };
    assert_eq!(keys(&lists), [key(1), key(4)]);
    lists.apply(changes(&[(1, None), (7, Some(listed))], 2)).expect("applied");
    assert_eq!(keys(&lists), [key(7), key(4)]);
    assert!(lists.view().bucket(KeyPrefix::new(OURS + 9).expect("one")).is_empty());
}

#[test]
fn samples_are_exact_entries() {
    let dir = tempfile::tempdir().expect("a folder");
    let lists = Lists::empty();
    assert_eq!(lists.view().record_near(&LookupKey([7; 16])), None);
    let site = Record::blacklisted(MatchRule::HostSuffix, 0, "T03", 1);
    lists.swap(snapshot(&dir, &vec![(1, Some(site))], 100)).expect("swapped");
    let record = lists.view().record_near(&key(1)).expect("a hundred numbers");
    assert_eq!(record.fraud_code(), "T02");
    assert_eq!(lists.view().record_near(&LookupKey([0xff; 16])), None);
}

#[test]
fn numbers_with_names_and_prefixes_are_told_as_they_are_now() {
    let dir = tempfile::tempdir().expect("a folder");
    let lists = Lists::empty();
    let row = |kind: SubjectKind, canonical: &str, owner: Option<&str>, record: Record| Row {
        key: LookupKey::of(kind, canonical),
        record,
        name: Some(Name { kind, canonical: canonical.to_owned(), owner: owner.map(str::to_owned) }),
    };
    let official = Record::new(ListKind::Allowlist, MatchRule::Exact, 0);
    let prefix = |text: &str| {
        let reach = candidates::reach(MatchRule::NumberPrefix, text);
        row(SubjectKind::Phone, text, None, Record::blacklisted(MatchRule::NumberPrefix, reach, "T02", 1))
    };
    let mut rows = vec![
        row(SubjectKind::Phone, "cn:95588", Some("工商银行"), official),
        row(SubjectKind::Phone, "cn:110", Some("公安"), official),
        row(SubjectKind::BankAccount, "6222021234567890128", Some("法院"), official),
        row(
            SubjectKind::Link,
            "icbc.com.cn/",
            Some("工商银行"),
            Record::new(ListKind::Allowlist, MatchRule::HostSuffix, 0),
        ),
        prefix("+8617012*"),
    ];
    rows.sort_by_key(|row| row.key);
    let mut builder = SnapshotBuilder::create(dir.path(), 5, 0).expect("a folder");
    rows.into_iter().for_each(|row| builder.push(row).expect("in order"));
    lists.swap(Snapshot::open(&builder.finish().expect("written")).expect("opens")).expect("swapped");
    let told = |lists: &Lists| -> Vec<String> {
        let numbers = lists.view().named_numbers().into_iter();
        let mut told: Vec<_> = numbers.map(|number| number.canonical.or(number.owner).expect("either")).collect();
        told.sort();
        told
    };
    assert_eq!(told(&lists), ["+8617012*", "cn:95588", "公安", "法院"]);
    let change = |number, row: Row| Change { number, key: row.key, record: Some(row.record), name: row.name };
    let gone = Change { number: 6, key: LookupKey::of(SubjectKind::Phone, "+8617012*"), record: None, name: None };
    let removed = Change { number: 7, key: LookupKey::of(SubjectKind::Phone, "cn:110"), record: None, name: None };
    lists.apply([gone, removed, change(8, prefix("cn:1065*"))].into_iter()).expect("applied");
    assert_eq!(told(&lists), ["cn:1065*", "cn:95588", "法院"]);
}
