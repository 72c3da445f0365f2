//! Official sites and what imposters make of them.

use std::ops::ControlFlow;

use super::{
    Confirmed, ImitationKind, Probe, Protected, Way,
    bait::{bait_around, is_bait, is_carrier, is_throw_away},
    edit::{Place, Slip, beside, slip},
    hash::{VariantHash, neighbourhood},
    skeleton::Skeleton,
};
use crate::link::Link;

const DOMAIN: u8 = b'd';
const SEEN: u8 = b's';
const NAME: u8 = b'l';

/// Longer labels are no names people know, and their neighbourhoods are large.
const LONGEST_FOR_SLIPS: usize = 24;

/// How short a label may be to be protected in each way. Measured on the benign sample lists: half protected, the other
/// half checked. Honest neighbours get rare as names get longer; a number of letters, since digits name other sites.
struct Lengths {
    confusable: usize,
    slip: usize,
    /// From here on even an abbreviation has few neighbours.
    abbreviation: usize,
    /// Below that, so many vowels.
    vowels: usize,
    inside: usize,
    name: usize,
}

const fn lengths(official: bool) -> Lengths {
    if official {
        Lengths { confusable: 3, slip: 5, abbreviation: 7, vowels: 2, inside: 3, name: 4 }
    } else {
        Lengths { confusable: 5, slip: 6, abbreviation: 9, vowels: 3, inside: 5, name: 6 }
    }
}

fn letters(label: &[u8]) -> usize {
    label.iter().filter(|byte| byte.is_ascii_alphabetic()).count()
}

/// A registrable domain as label and public suffix.
fn split(domain: &str) -> Option<(&str, &str)> {
    domain.split_once('.')
}

fn name(label: &str) -> u64 {
    VariantHash::new(NAME).text(label.as_bytes()).finish()
}

/// Domains are hashed with `-` as `.`, to be found in `icbc-com-cn`.
fn dotted(hash: VariantHash, text: &str) -> VariantHash {
    text.bytes().fold(hash, |hash, byte| hash.byte(as_dot(byte.to_ascii_lowercase())))
}

const fn as_dot(byte: u8) -> u8 {
    if byte == b'-' { b'.' } else { byte }
}

pub(super) fn stored(protected: Protected<'_>, keep: &mut impl FnMut(u64)) {
    let Some((label, suffix)) = split(protected.text) else { return };
    let lengths = lengths(protected.official);
    keep(dotted(VariantHash::new(DOMAIN), protected.text).finish());
    // A guarded name under another ending is often a plain word: `public.express`, `events.tools`.
    let named = protected.official || matches!(suffix, "com" | "cn" | "com.cn");
    if named && letters(label.as_bytes()) >= lengths.name {
        keep(name(label));
    }
    if label.len() < lengths.confusable {
        return;
    }
    let _: ControlFlow<()> = seen(label, suffix, takes_slips(label, &lengths), |hash| {
        keep(hash);
        ControlFlow::Continue(())
    });
}

/// The hashes of a label as seen, under its suffix; with those one slip away, if wanted.
fn seen<B>(label: &str, suffix: &str, slips: bool, mut keep: impl FnMut(u64) -> ControlFlow<B>) -> ControlFlow<B> {
    let start = VariantHash::new(SEEN).text(suffix.as_bytes()).byte(b'.');
    let (Some(skeleton), Some(letters)) = (Skeleton::of(label), Skeleton::letter_by_letter(label)) else {
        return ControlFlow::Continue(());
    };
    keep(start.text(skeleton.bytes()).finish())?;
    if slips {
        return neighbourhood(start, letters.bytes(), keep);
    }
    if letters == skeleton { ControlFlow::Continue(()) } else { keep(start.text(letters.bytes()).finish()) }
}

/// Abbreviations are all close to one another (`gxttjt`, `gzttjt`): a short name must have vowels, as words do.
fn takes_slips(label: &str, lengths: &Lengths) -> bool {
    let all_letters = label.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
    let vowels = label.bytes().filter(|byte| b"aeiouy".contains(byte)).count();
    let word = label.len() >= lengths.abbreviation || vowels >= lengths.vowels;
    all_letters && word && letters(label.as_bytes()) >= lengths.slip && label.len() <= LONGEST_FOR_SLIPS
}

pub(super) fn probes(link: &Link, visit: &mut impl FnMut(Probe) -> ControlFlow<()>) -> ControlFlow<()> {
    if let Some(site) = Site::of(link) {
        let whole = dotted(VariantHash::new(DOMAIN), site.domain).finish();
        visit(Probe { hash: whole, way: Way::Itself })?;
        site.probe_label(visit)?;
        if site.before_suffix.contains(['.', '-']) && !is_carrier(site.domain) {
            runs(site.before_suffix, &['.', '-'], |hash| visit(Probe { hash, way: Way::Inside }))?;
            site.probe_bait(visit)?;
        }
        for name_beside in bait_around(site.label) {
            visit(Probe { hash: name(name_beside), way: Way::Beside })?;
        }
        if is_throw_away(site.suffix) {
            visit(Probe { hash: name(site.label), way: Way::Under })?;
        }
    }
    for segment in path_segments(link) {
        runs(segment, &['.'], |hash| visit(Probe { hash, way: Way::Path }))?;
    }
    ControlFlow::Continue(())
}

/// The parts of the path that can hold a domain.
fn path_segments(link: &Link) -> impl Iterator<Item = &str> {
    link.path().split('/').take(6).filter(|segment| segment.contains('.'))
}

/// Hashes of two to five neighbouring tokens, wherever they begin.
fn runs(text: &str, separators: &[char], mut visit: impl FnMut(u64) -> ControlFlow<()>) -> ControlFlow<()> {
    let mut rest = text;
    loop {
        let mut hash = VariantHash::new(DOMAIN);
        for (place, token) in rest.split(separators).take(5).enumerate() {
            if place > 0 {
                hash = hash.byte(b'.');
            }
            hash = dotted(hash, token);
            if place > 0 {
                visit(hash.finish())?;
            }
        }
        match rest.split_once(separators) {
            Some((_, after)) => rest = after,
            None => return ControlFlow::Continue(()),
        }
    }
}

/// The host of a strange link, taken apart.
struct Site<'a> {
    domain: &'a str,
    label: &'a str,
    suffix: &'a str,
    /// Everything before the public suffix: `www.icbc` of `www.icbc.com.cn`.
    before_suffix: &'a str,
}

impl<'a> Site<'a> {
    fn of(link: &'a Link) -> Option<Self> {
        let domain = link.registrable_domain()?;
        let (label, suffix) = split(domain)?;
        let before_suffix = link.host().strip_suffix(suffix)?.strip_suffix('.')?;
        Some(Self { domain, label, suffix, before_suffix })
    }

    fn probe_label(&self, visit: &mut impl FnMut(Probe) -> ControlFlow<()>) -> ControlFlow<()> {
        let slips = self.label.len() <= LONGEST_FOR_SLIPS + 1;
        seen(self.label, self.suffix, slips, |hash| visit(Probe { hash, way: Way::Label }))
    }

    fn tokens(&self) -> impl Iterator<Item = &'a str> {
        self.before_suffix.split(['.', '-'])
    }

    fn probe_bait(&self, visit: &mut impl FnMut(Probe) -> ControlFlow<()>) -> ControlFlow<()> {
        if !self.tokens().any(is_bait) {
            return ControlFlow::Continue(());
        }
        for token in self.tokens().filter(|token| !is_bait(token)).take(8) {
            visit(Probe { hash: name(token), way: Way::Beside })?;
        }
        ControlFlow::Continue(())
    }
}

pub(super) fn confirm(link: &Link, way: Way, protected: Protected<'_>) -> Option<Confirmed> {
    let (label, suffix) = split(protected.text)?;
    let lengths = lengths(protected.official);
    let imitation = match way {
        Way::Path => {
            let named = stands_out(label, suffix, &lengths)
                && path_segments(link).any(|segment| holds(segment.as_bytes(), protected.text.as_bytes()));
            named.then_some(ImitationKind::Path)
        }
        _ => {
            let site = Site::of(link)?;
            if site.domain == protected.text {
                return Some(Confirmed::Itself);
            }
            match way {
                Way::Label if site.suffix == suffix => like(site.label, label, &lengths, protected.official),
                Way::Inside => {
                    let named = stands_out(label, suffix, &lengths)
                        && holds(site.before_suffix.as_bytes(), protected.text.as_bytes());
                    named.then_some(ImitationKind::Subdomain)
                }
                Way::Beside => beside_bait(&site, label, protected.official).then_some(ImitationKind::Bait),
                Way::Under => {
                    let named = protected.official && site.label == label && site.suffix != suffix;
                    named.then_some(ImitationKind::Ending)
                }
                _ => None,
            }
        }
    };
    imitation.map(Confirmed::Imitation)
}

/// Whether the whole domain, found inside something strange, says whom it names. Short labels do under the endings that
/// everybody here knows: nobody writes `icbc.com.cn` or `qq.com` by accident.
fn stands_out(label: &str, suffix: &str, lengths: &Lengths) -> bool {
    let known_ending = matches!(suffix, "com" | "cn" | "com.cn");
    letters(label.as_bytes()) >= if known_ending { 2 } else { lengths.inside }
}

/// Whether `text` holds the domain, `-` counting as `.`, with nothing but a separator before and after it.
fn holds(text: &[u8], domain: &[u8]) -> bool {
    let ends = |byte: Option<u8>| byte.is_none_or(|byte| as_dot(byte) == b'.');
    let same = |(left, right): (&u8, &u8)| as_dot(left.to_ascii_lowercase()) == as_dot(*right);
    text.windows(domain.len()).enumerate().any(|(at, window)| {
        let before = at.checked_sub(1).and_then(|before| text.get(before)).copied();
        let after = text.get(at + domain.len()).copied();
        ends(before) && ends(after) && window.iter().zip(domain).all(same)
    })
}

/// An official label anywhere among the tokens, or run together with a bait word; a guarded one only joined by a hyphen
/// (`taobao-login.top`), since honest sites name a service in a sub-domain.
fn beside_bait(site: &Site<'_>, label: &str, official: bool) -> bool {
    // The owner's own site under another ending, or a case for `Way::Under`.
    if site.label == label {
        return false;
    }
    let joined = |part: &str| part.split('-').any(|token| token == label) && part.split('-').any(is_bait);
    if official {
        site.tokens().any(|token| token == label) || bait_around(site.label).any(|token| token == label)
    } else {
        site.before_suffix.split('.').any(joined)
    }
}

fn like(typed: &str, meant: &str, lengths: &Lengths, official: bool) -> Option<ImitationKind> {
    let (typed_skeleton, meant_skeleton) = (Skeleton::of(typed)?, Skeleton::of(meant)?);
    if typed_skeleton == meant_skeleton {
        return (meant.len() >= lengths.confusable).then_some(ImitationKind::Confusable);
    }
    if !takes_slips(meant, lengths) || !typed.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-') {
        return None;
    }
    let slip = slip(typed.as_bytes(), meant.as_bytes())?;
    let likely = if official && meant.len() > lengths.slip { any_but_plural(slip) } else { of_finger_or_eye(slip) };
    likely.then_some(ImitationKind::Typo)
}

/// Official names are few.
const fn any_but_plural(slip: Slip) -> bool {
    !matches!(slip, Slip::Added(b's', Place::Edge) | Slip::Dropped(b's', Place::Edge))
}

/// The slips of fingers and eyes; not one word for another (`lands`, `hands`).
fn of_finger_or_eye(slip: Slip) -> bool {
    match slip {
        Slip::Exchanged => true,
        Slip::Changed(typed, meant) => beside(typed, meant),
        Slip::Added(added, place) => place == Place::Doubled && added.is_ascii_alphabetic(),
        Slip::Dropped(_, place) => place != Place::Edge,
    }
}
