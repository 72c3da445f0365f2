//! What a number says by itself: facts and sentence, as each check of a number adds them. Goal: facts at most 300 ns, since a
//! batch has a thousand of them.

use std::hint::black_box;

use benches::made_up;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use domain::phone::PhoneNumber;

const NUMBERS: [&str; 8] = [
    "13839412345",
    "17091234567",
    "0394-8123456",
    "400-810-9889",
    "106980095588",
    "+1 202 555 0100",
    "+95 1 234 567",
    "+0096110",
];

fn numbers(bench: &mut Criterion) {
    let parse = |text: &str| PhoneNumber::parse(text).expect("a number");
    let mut group = bench.benchmark_group("what a number says");
    for number in NUMBERS {
        let number = parse(number);
        group.bench_function(number.canonical(), |b| b.iter(|| black_box(&number).facts()));
    }
    // From all over the segments, so that the table of places is not in the nearest cache.
    let mix: Vec<PhoneNumber> = (0..1_000).map(|index| parse(&made_up::phone(index * 9_973))).collect();
    group.throughput(Throughput::Elements(1_000));
    group.bench_function("1,000 mobile numbers, facts", |b| {
        b.iter(|| mix.iter().filter(|number| number.facts().place.is_some()).count());
    });
    group.bench_function("1,000 mobile numbers, facts and sentence", |b| {
        b.iter(|| mix.iter().map(|number| number.facts().sentence().len()).sum::<usize>());
    });
    group.finish();
}

criterion_group!(all, numbers);
criterion_main!(all);
