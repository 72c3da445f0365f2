//! A message read for its subjects and its wording, and a long one.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use domain::{extract, wording};

const SHORT: &str = "您好，您的快递丢失，我们将三倍赔付，请加客服微信kefu8271并下载会议软件共享屏幕办理，退款链接http://tk.example.top/a，过期无效。";

fn messages(bench: &mut Criterion) {
    let short: String = SHORT.chars().take(70).collect();
    let long: String = SHORT.chars().cycle().take(500).collect();
    let honest: String =
        "今天下午三点在村委会开会，请带上身份证和户口本，有事请打电话。".chars().cycle().take(70).collect();
    let mut group = bench.benchmark_group("message");
    for (name, text) in [("70 characters", &short), ("500 characters", &long), ("70 honest characters", &honest)] {
        group.bench_function(format!("wording, {name}"), |b| b.iter(|| wording::judge(black_box(text))));
        group.bench_function(format!("subjects, {name}"), |b| b.iter(|| extract::subjects(black_box(text))));
    }
    group.finish();
}

criterion_group!(all, messages);
criterion_main!(all);
