//! The buckets of the private check: how many listed entries one holds, and among how many numbers one hides.

use std::{hint::black_box, path::Path, thread, time::Instant};

use anyhow::Context as _;
use benches::{lists, made_up};
use domain::{
    KeyPrefix, LookupKey, SubjectKind,
    phone::{NumberClass, PhoneNumber},
};
use lookup::Lists;

use crate::Options;

/// Numbers that share their first five digits, of eleven.
const NUMBERS_PER_BEGINNING: u32 = 1_000_000;

/// Measures and prints.
pub fn measure(options: &Options) -> anyhow::Result<()> {
    println!("\nbuckets of the private check: {} of them", KeyPrefix::COUNT);
    listed(options)?;
    let mut counts = vec![0; KeyPrefix::COUNT as usize];
    for number in 0..u64::from(options.entries) {
        count(&mut counts, &made_up::phone(number));
    }
    show(&format!("entries a bucket if all {} were numbers", options.entries), counts);
    unlisted()
}

/// Entries of the made-up lists, of which half are sites as a whole and so in no bucket.
fn listed(options: &Options) -> anyhow::Result<()> {
    let folder = options.data.join("buckets");
    snapshot(&folder, options.entries)?;
    let lists = Lists::open(&folder)?;
    let view = lists.view();
    let prefixes = || (0..KeyPrefix::COUNT).filter_map(KeyPrefix::new);
    show("exact entries a bucket", prefixes().map(|prefix| view.bucket(prefix).len() as u32).collect());
    let started = Instant::now();
    prefixes().for_each(|prefix| drop(black_box(view.bucket(prefix))));
    let each = started.elapsed().as_secs_f64() * 1e9 / f64::from(KeyPrefix::COUNT);
    println!("the fullest according to the snapshot {}; one taken from memory in {each:.0} ns", view.fullest_bucket());
    std::fs::remove_dir_all(&folder).context("the snapshot")
}

fn snapshot(folder: &Path, entries: u32) -> anyhow::Result<()> {
    let _ = std::fs::remove_dir_all(folder);
    lists::write(folder, 1, entries, Vec::new())?;
    Ok(())
}

/// All mobile numbers of assigned segments.
fn unlisted() -> anyhow::Result<()> {
    let beginnings: Vec<u32> = (13_000..20_000).filter(|beginning| is_assigned(*beginning)).collect();
    println!("mobile numbers: {}", beginnings.len() as u64 * u64::from(NUMBERS_PER_BEGINNING));
    let halves = beginnings.split_at(beginnings.len() / 2);
    let counted = thread::scope(|scope| {
        [halves.0, halves.1].map(|half| scope.spawn(|| count_all(half))).map(|counting| counting.join().ok())
    });
    let [Some(first), Some(second)] = counted else { anyhow::bail!("a count failed") };
    show("mobile numbers a bucket", first.iter().zip(second).map(|(first, second)| first + second).collect());
    Ok(())
}

fn is_assigned(beginning: u32) -> bool {
    let class = PhoneNumber::parse(&format!("{beginning}000000")).map(|number| number.facts().class);
    matches!(class, Ok(NumberClass::Mobile | NumberClass::VirtualOperator))
}

fn count_all(beginnings: &[u32]) -> Vec<u32> {
    let mut counts = vec![0; KeyPrefix::COUNT as usize];
    for beginning in beginnings {
        let mut canonical = format!("+86{beginning}000000").into_bytes();
        for number in 0..NUMBERS_PER_BEGINNING {
            let mut rest = number;
            for digit in canonical.iter_mut().rev().take(6) {
                *digit = b'0' + (rest % 10) as u8;
                rest /= 10;
            }
            count(&mut counts, str::from_utf8(&canonical).unwrap_or_default());
        }
    }
    counts
}

fn count(counts: &mut [u32], canonical: &str) {
    counts[LookupKey::of(SubjectKind::Phone, canonical).prefix().value() as usize] += 1;
}

fn show(what: &str, mut counts: Vec<u32>) {
    counts.sort_unstable();
    let at = |part: f64| counts[((counts.len() - 1) as f64 * part) as usize];
    println!(
        "{what:<52} least {}, 1 of 1,000 below {}, median {}, 1 of 1,000 above {}, most {}",
        at(0.0),
        at(0.001),
        at(0.5),
        at(0.999),
        at(1.0)
    );
}
