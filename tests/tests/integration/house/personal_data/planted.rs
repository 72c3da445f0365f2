//! The phones, names and openids that are planted: others in each run, since PostgreSQL keeps its log for long.

use std::sync::LazyLock;

use rand::RngExt as _;

/// Characters rare enough that no place and no text of ours has four of these names.
const RARE: [char; 16] =
    ['犇', '淼', '焱', '垚', '鑫', '翾', '翯', '珺', '旻', '昶', '郗', '弢', '頔', '彧', '勰', '曌'];

static RUN: LazyLock<usize> = LazyLock::new(|| rand::rng().random_range(0..100_000_000));

/// The canonical phone of a planted person.
pub(super) fn phone(number: usize) -> String {
    format!("+86198{:08}", (*RUN + 30_011 * number) % 100_000_000)
}

/// The same as people write it.
pub(super) fn national(number: usize) -> String {
    phone(number).trim_start_matches("+86").to_owned()
}

/// The name of a planted person.
pub(super) fn name(number: usize) -> String {
    named(['欧', '阳'], *RUN + number)
}

/// The name by which a planted resident signs in at the stand-in WeChat.
pub(super) fn login(number: usize) -> String {
    format!("planted-{}-{number}", *RUN)
}

/// The openid of a planted resident.
pub(super) fn openid(number: usize) -> String {
    sandbox::demo_openid(&format!("demo-{}", login(number))).unwrap()
}

/// A phone and a name that are written in the open on purpose, to see that a scan finds them.
pub(super) fn control() -> [String; 2] {
    [format!("+86197{:08}", *RUN), named(['司', '马'], *RUN)]
}

fn named(family: [char; 2], number: usize) -> String {
    let letter = |place: u32| RARE[number / 16_usize.pow(place) % 16];
    family.into_iter().chain((0..4).map(letter)).collect()
}
