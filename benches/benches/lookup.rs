//! One lookup of a ready key in 10 million entries, over independent queries, half of them hits, the verdict record read.
//! Goal: at most 100 ns. `GOLDEN_BELL_BENCH_ENTRIES` chooses another size.

use std::path::PathBuf;

use benches::{lists, made_up};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use domain::{LookupKey, Subject, SubjectKind};
use lookup::Lists;

/// Queries of one round; many times more than any cache holds.
const QUERIES: u32 = 2_000_000;

fn ready_keys(bench: &mut Criterion) {
    let entries: u32 =
        std::env::var("GOLDEN_BELL_BENCH_ENTRIES").map_or(10_000_000, |count| count.parse().expect("a count"));
    let folder = PathBuf::from(concat!(env!("CARGO_TARGET_TMPDIR"), "/lookup-bench"));
    let _ = std::fs::remove_dir_all(&folder);
    lists::write(&folder, 1, entries, Vec::new()).expect("a snapshot");
    let lists = Lists::open(&folder).expect("opens");
    // From all over the entries, in no order of the keys; every second one lies beyond what is listed.
    let step = (u64::from(entries) * 61_803 / 100_000) | 1;
    let queries: Vec<LookupKey> = (0..QUERIES)
        .map(|query| {
            let listed = u32::try_from(u64::from(query) * step % u64::from(entries)).expect("below the count");
            let index = if query % 2 == 0 { listed } else { entries + query };
            let (kind, _, canonical) = lists::canonical(index);
            LookupKey::of(kind, &canonical)
        })
        .collect();
    let mut group = bench.benchmark_group(format!("lookup in {entries} entries"));
    group.throughput(Throughput::Elements(u64::from(QUERIES))).sample_size(20);
    group.bench_function(format!("{QUERIES} ready keys, half hits"), |b| {
        b.iter(|| {
            let view = lists.view();
            let reader = view.reader();
            queries.iter().filter_map(|key| reader.get(key)).map(|record| u64::from(record.severity)).sum::<u64>()
        });
    });
    let subjects: Vec<Subject> = (0..100_000_u64)
        .map(|index| Subject::parse(SubjectKind::Phone, &made_up::phone(index * 97)).expect("a number"))
        .collect();
    group.throughput(Throughput::Elements(100_000));
    group.bench_function("100000 numbers, key computed", |b| {
        let view = lists.view();
        b.iter(|| subjects.iter().filter(|subject| view.find(subject).matched.is_some()).count());
    });
    group.finish();
    let _ = std::fs::remove_dir_all(&folder);
}

criterion_group!(all, ready_keys);
criterion_main!(all);
