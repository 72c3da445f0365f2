use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use domain::{ListKind, MatchRule, Subject, SubjectKind, candidates, lookalike::ImitationKind};
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::{
    record::Record,
    row::{Name, Row},
    snapshot::SnapshotBuilder,
    view::Match,
};

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn change(number: u64, kind: SubjectKind, canonical: &str, record: Record) -> Change {
    let name = Name { kind, canonical: canonical.to_owned(), owner: Some(format!("owner of {canonical}")) };
    Change { number, key: LookupKey::of(kind, canonical), record: Some(record), name: Some(name) }
}

fn removal(number: u64, kind: SubjectKind, canonical: &str) -> Change {
    Change { number, key: LookupKey::of(kind, canonical), record: None, name: None }
}

fn listed(rule: MatchRule, canonical: &str) -> Record {
    Record::blacklisted(rule, candidates::reach(rule, canonical), "T02", 3)
}

fn allowed(rule: MatchRule) -> Record {
    Record::new(ListKind::Allowlist, rule, 0)
}

fn guarded() -> Record {
    Record::new(ListKind::Guardlist, MatchRule::HostSuffix, 0)
}

fn link(value: &str) -> Subject {
    Subject::parse(SubjectKind::Link, value).expect("a link")
}

fn phone(value: &str) -> Subject {
    Subject::parse(SubjectKind::Phone, value).expect("a number")
}

fn lists(changes: Vec<Change>) -> Lists {
    let lists = Lists::empty();
    lists.apply(changes.into_iter()).expect("applied");
    lists
}

fn found(lists: &Lists, subject: &Subject) -> Option<(ListKind, MatchRule)> {
    lists.view().find(subject).matched.map(|Match { list, rule, .. }| (list, rule))
}

#[test]
fn the_more_specific_rule_wins() {
    use ListKind::{Allowlist, Blacklist};
    use MatchRule::{Exact, HostSuffix, PathPrefix};
    let lists = lists(vec![
        change(1, SubjectKind::Link, "good.example.com/", allowed(HostSuffix)),
        change(2, SubjectKind::Link, "good.example.com/pay/trap", listed(Exact, "")),
        change(3, SubjectKind::Link, "good.example.com/free/*", listed(PathPrefix, "good.example.com/free/*")),
        change(4, SubjectKind::Link, "bad.top/", listed(HostSuffix, "")),
        change(5, SubjectKind::Link, "gov.cn/", allowed(HostSuffix)),
    ]);
    for (value, wanted) in [
        ("https://good.example.com/", Some((Allowlist, HostSuffix))),
        ("https://a.good.example.com/x", Some((Allowlist, HostSuffix))),
        ("https://good.example.com/pay/trap?n=1", Some((Blacklist, Exact))),
        ("https://good.example.com/free/gift/1", Some((Blacklist, PathPrefix))),
        ("https://www.bad.top/a", Some((Blacklist, HostSuffix))),
        ("https://www.zhoukou.gov.cn/", Some((Allowlist, HostSuffix))),
        ("https://example.com/", None),
    ] {
        assert_eq!(found(&lists, &link(value)), wanted, "{value}");
    }
}

#[test]
fn at_equal_specificity_the_allowlist_wins() {
    let both = listed(MatchRule::HostSuffix, "").merge(allowed(MatchRule::HostSuffix));
    let lists = lists(vec![change(1, SubjectKind::Link, "site.com/", both)]);
    assert_eq!(found(&lists, &link("site.com")), Some((ListKind::Allowlist, MatchRule::HostSuffix)));
}

#[test]
fn only_the_allowlist_may_name_a_public_suffix() {
    let lists = lists(vec![
        change(1, SubjectKind::Link, "com.cn/", listed(MatchRule::HostSuffix, "")),
        change(2, SubjectKind::Link, "github.io/", guarded()),
    ]);
    assert_eq!(found(&lists, &link("http://www.some.com.cn/")), None);
    assert!(!lists.view().find(&link("http://some.github.io/")).guarded);
}

#[test]
fn a_number_prefix_covers_its_numbers() {
    let prefix = "+8617012*";
    let lists = lists(vec![change(1, SubjectKind::Phone, prefix, listed(MatchRule::NumberPrefix, prefix))]);
    assert_eq!(found(&lists, &phone("17012345678")), Some((ListKind::Blacklist, MatchRule::NumberPrefix)));
    assert_eq!(found(&lists, &phone("17112345678")), None);
    assert_eq!(lists.view().prefix_lengths().number_prefix_lengths, 1 << 8);
}

#[test]
fn a_guard_list_is_reported_without_a_verdict() {
    let lists = lists(vec![change(1, SubjectKind::Link, "weibo.com/", guarded())]);
    let view = lists.view();
    let finding = view.find(&link("https://m.weibo.com/u/1"));
    assert_eq!((finding.matched, finding.guarded), (None, true));
    assert!(view.guards_host("m.weibo.com") && view.guards_host("weibo.com"));
    assert!(!view.guards_host("eibo.com") && !view.guards_host("notweibo.com") && !view.guards_host(""));
}

#[test]
fn a_look_alike_is_told_with_what_it_imitates() {
    let lists = lists(vec![
        change(1, SubjectKind::Link, "icbc.com.cn/", allowed(MatchRule::HostSuffix)),
        change(2, SubjectKind::Phone, "cn:95588", allowed(MatchRule::Exact)),
    ]);
    let view = lists.view();
    let imitation = view.imitated_by(&link("https://www.1cbc.com.cn/login")).expect("a look-alike");
    assert_eq!(imitation.kind, ImitationKind::Confusable);
    assert_eq!((imitation.what.as_str(), imitation.official), ("icbc.com.cn", true));
    assert_eq!(imitation.owner.as_deref(), Some("owner of icbc.com.cn/"));
    let imitation = view.imitated_by(&phone("+0095588")).expect("a look-alike");
    assert_eq!((imitation.kind, imitation.what.as_str()), (ImitationKind::WrappedNumber, "cn:95588"));
    for own in ["https://icbc.com.cn/", "https://mybank.icbc.com.cn/x/www.icbc.com.cn"] {
        assert_eq!(view.imitated_by(&link(own)), None);
    }
}

#[test]
fn a_withdrawn_name_is_imitated_no_more() {
    let dir = folder();
    let lists = Lists::empty();
    lists
        .swap(snapshot(&dir, 5, vec![change(5, SubjectKind::Link, "icbc.com.cn/", allowed(MatchRule::HostSuffix))]))
        .expect("swapped");
    let strange = link("https://1cbc.com.cn/");
    assert!(lists.view().imitated_by(&strange).is_some());
    assert_eq!(lists.view().owner(&LookupKey::of(SubjectKind::Link, "icbc.com.cn/")), Some("owner of icbc.com.cn/"));
    lists.apply([removal(6, SubjectKind::Link, "icbc.com.cn/")].into_iter()).expect("applied");
    assert_eq!(lists.view().imitated_by(&strange), None);
    assert_eq!(lists.view().owner(&LookupKey::of(SubjectKind::Link, "icbc.com.cn/")), None);
}

fn snapshot(dir: &TempDir, list_version: u64, changes: Vec<Change>) -> Snapshot {
    let mut newest: BTreeMap<LookupKey, Change> = BTreeMap::new();
    for change in changes.into_iter().filter(|change| change.number <= list_version) {
        if newest.get(&change.key).is_none_or(|held| held.number < change.number) {
            newest.insert(change.key, change);
        }
    }
    let mut builder = SnapshotBuilder::create(dir.path(), list_version, 0).expect("a folder");
    for change in newest.into_values() {
        if let Some(record) = change.record {
            builder.push(Row { key: change.key, record, name: change.name }).expect("in order");
        }
    }
    Snapshot::open(&builder.finish().expect("written")).expect("opens")
}

#[test]
fn an_older_snapshot_is_left() {
    let dir = folder();
    let lists = Lists::empty();
    assert!(lists.swap(snapshot(&dir, 5, Vec::new())).expect("swapped"));
    assert!(!lists.swap(snapshot(&dir, 4, Vec::new())).expect("left"));
    assert!(lists.swap(snapshot(&dir, 5, Vec::new())).expect("swapped"));
    assert_eq!((lists.version(), lists.snapshot_version()), (5, 5));
}

#[test]
fn lists_open_from_the_newest_snapshot() {
    let dir = folder();
    assert_eq!(Lists::open(&dir.path().join("none")).expect("empty").version(), 0);
    let bad = change(3, SubjectKind::Link, "bad.top/", listed(MatchRule::HostSuffix, ""));
    snapshot(&dir, 3, vec![bad]);
    let lists = Lists::open(dir.path()).expect("opens");
    assert_eq!((lists.version(), lists.overlay_len()), (3, 0));
    assert!(found(&lists, &link("bad.top")).is_some());
}

#[test]
fn many_small_batches_stay_few_layers() {
    let lists = Lists::empty();
    let row = |number: u64| {
        let key = LookupKey::of(SubjectKind::Phone, &number.to_string());
        Change { number: number + 1, key, record: Some(listed(MatchRule::Exact, "")), name: None }
    };
    for batch in 0..200_u64 {
        lists.apply((batch * 500..(batch + 1) * 500).map(row)).expect("applied");
    }
    assert_eq!((lists.version(), lists.overlay_len()), (100_000, 100_000));
    assert!(lists.state.load().layers.len() <= 5);
    let view = lists.view();
    assert!((0..100_000).all(|number| view.get(&row(number).key).is_some()));
}

#[derive(Debug, Clone)]
enum Step {
    Apply(Vec<(u8, bool)>),
    Swap(u8),
    Repeat(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => prop::collection::vec((0_u8..30, any::<bool>()), 0..20).prop_map(Step::Apply),
        1 => any::<u8>().prop_map(Step::Swap),
        1 => any::<u8>().prop_map(Step::Repeat),
    ];
    prop::collection::vec(step, 1..30)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Changes, late repeats of older ones, and snapshots of any moment: what is found is what the changes say in order.
    #[test]
    fn lists_agree_with_a_plain_map(steps in steps()) {
        let dir = folder();
        let lists = Lists::empty();
        let mut log: Vec<Change> = Vec::new();
        for step in steps {
            match step {
                Step::Apply(batch) => {
                    let start = log.len();
                    for (key, there) in batch {
                        let number = u64::try_from(log.len()).expect("small") + 1;
                        let record = listed(MatchRule::Exact, "").seen(0, u16::try_from(number).expect("small"));
                        let canonical = format!("1{key}");
                        let mut change = change(number, SubjectKind::QqId, &canonical, record);
                        if !there {
                            change.record = None;
                        }
                        log.push(change);
                    }
                    lists.apply(log[start..].iter().cloned()).expect("applied");
                }
                Step::Swap(part) => {
                    let version = u64::try_from(log.len() * usize::from(part) / 255).expect("small");
                    let newer = version >= lists.snapshot_version();
                    prop_assert_eq!(lists.swap(snapshot(&dir, version, log.clone())).expect("swapped"), newer);
                }
                Step::Repeat(from) => {
                    let from = log.len() * usize::from(from) / 256;
                    lists.apply(log[from..].iter().rev().cloned()).expect("applied");
                }
            }
            let view = lists.view();
            let model: BTreeMap<LookupKey, Option<Record>> = log.iter().map(|change| (change.key, change.record)).collect();
            for key in 0..30 {
                let key = LookupKey::of(SubjectKind::QqId, &format!("1{key}"));
                prop_assert_eq!(view.get(&key), model.get(&key).copied().flatten());
                let owner = view.owner(&key).is_some();
                prop_assert_eq!(owner, view.get(&key).is_some());
            }
            prop_assert_eq!(lists.version(), u64::try_from(log.len()).expect("small"));
        }
    }
}

/// One key is changed again and again while snapshots are swapped in; readers see its value only grow, and never miss it.
#[test]
fn swaps_under_load_lose_nothing() {
    const CHANGES: u16 = 400;
    let dir = folder();
    let lists = Lists::empty();
    let key = LookupKey::of(SubjectKind::Phone, "cn:12345678");
    let at = |number: u16| Change {
        number: u64::from(number),
        key,
        record: Some(listed(MatchRule::Exact, "").seen(0, number)),
        name: None,
    };
    lists.apply([at(1)].into_iter()).expect("applied");
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut last = 0;
                    while !done.load(Ordering::Acquire) {
                        let seen = lists.view().get(&key).expect("never lost").last_seen;
                        assert!(seen >= last, "{seen} after {last}");
                        last = seen;
                    }
                })
            })
            .collect();
        let swapper = scope.spawn(|| {
            while !done.load(Ordering::Acquire) {
                let version = lists.version();
                let all = (1..=u16::try_from(version).expect("small")).map(at).collect();
                lists.swap(snapshot(&dir, version, all)).expect("swapped");
            }
        });
        for number in 2..=CHANGES {
            lists.apply([at(number)].into_iter()).expect("applied");
        }
        done.store(true, Ordering::Release);
        swapper.join().expect("no panic");
        readers.into_iter().for_each(|reader| reader.join().expect("no panic"));
    });
    assert_eq!(lists.view().get(&key).expect("listed").last_seen, CHANGES);
}

#[test]
fn many_subjects_are_found_as_each_by_itself() {
    use MatchRule::{Exact, HostSuffix, NumberPrefix};
    let lists = lists(vec![
        change(1, SubjectKind::Link, "evil.example/", listed(HostSuffix, "evil.example/")),
        change(2, SubjectKind::Link, "good.evil.example/", allowed(HostSuffix)),
        change(3, SubjectKind::Link, "taobao.com/", guarded()),
        change(4, SubjectKind::Phone, "+8613800138000", listed(Exact, "+8613800138000")),
        change(5, SubjectKind::Phone, "+8617012*", listed(NumberPrefix, "+8617012*")),
    ]);
    let subjects = [
        link("http://a.evil.example/x?y=1"),
        link("http://good.evil.example/"),
        phone("13800138000"),
        link("https://www.taobao.com/a"),
        phone("17012345678"),
        phone("13900139000"),
    ];
    let view = lists.view();
    let each: Vec<_> = subjects.iter().map(|subject| view.find(subject)).collect();
    assert_eq!(each.iter().filter(|finding| finding.matched.is_some()).count(), 4);
    assert_eq!(view.find_all(subjects.iter()), each);
    assert_eq!(view.find_all([].into_iter()), []);
}
