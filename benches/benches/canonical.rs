//! Canonical forms and lookup keys. Goals: a number in a usual spelling at most 300 ns, a link at most 2 µs.

use std::hint::black_box;

use benches::made_up;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use domain::{LookupKey, Subject, SubjectKind};

const SPELLINGS: [&str; 9] = [
    "13800138000",
    "138-0013-8000",
    "+86 138 0013 8000",
    "0086-13800138000",
    "(0394) 8260110",
    "1795113800138000",
    "１３８００１３８０００",
    "400-810-9889",
    "95588",
];

const LINKS: [&str; 5] = [
    "https://www.example.com.cn/login/index.html?from=sms&id=8271",
    "http://m.vip-loan8.top",
    "HTTP://User@News.Example.COM:80/a/../b/%7Ename/?q=%E4%BD%A0#top",
    "http://3279880203/blah",
    "https://网银.example.中国/活动?码=1",
];

fn numbers(bench: &mut Criterion) {
    let mut group = bench.benchmark_group("canonical form of a number");
    for spelling in SPELLINGS {
        group.bench_function(spelling, |b| b.iter(|| Subject::parse(SubjectKind::Phone, black_box(spelling))));
    }
    let mix: Vec<String> = (0..1_000).map(made_up::spelled_phone).collect();
    group.throughput(Throughput::Elements(1_000));
    group.bench_function("1,000 in usual spellings", |b| {
        b.iter(|| mix.iter().filter(|one| Subject::parse(SubjectKind::Phone, one).is_ok()).count());
    });
    group.finish();
}

fn links(bench: &mut Criterion) {
    let mut group = bench.benchmark_group("canonical form of a link");
    for link in LINKS {
        group.bench_function(link, |b| b.iter(|| Subject::parse(SubjectKind::Link, black_box(link))));
    }
    let mix: Vec<String> = (0..1_000).map(made_up::link).collect();
    group.throughput(Throughput::Elements(1_000));
    group.bench_function("1,000 as they stand in messages", |b| {
        b.iter(|| mix.iter().filter(|one| Subject::parse(SubjectKind::Link, one).is_ok()).count());
    });
    group.finish();
}

fn keys(bench: &mut Criterion) {
    let mut group = bench.benchmark_group("lookup key");
    for (kind, canonical) in
        [(SubjectKind::Phone, "+8613800138000"), (SubjectKind::Link, "www.example.com.cn/login/index.html")]
    {
        group.bench_function(canonical, |b| b.iter(|| LookupKey::of(kind, black_box(canonical))));
    }
    group.finish();
}

criterion_group!(all, numbers, links, keys);
criterion_main!(all);
