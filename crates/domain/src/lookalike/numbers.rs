//! Official numbers and what callers make of them.

use std::ops::ControlFlow;

use super::{
    Confirmed, ImitationKind, Probe, Protected, Way,
    edit::slip,
    hash::{VariantHash, neighbourhood},
};
use crate::phone::{PhoneClass, PhoneNumber};

const NUMBER: u8 = b'n';

/// Shorter official numbers (110, 120) have nothing but neighbours.
const SHORTEST: usize = 5;

/// At most so many digits are added around an official number to make it look like one.
const WRAPPING: usize = 4;

/// Digits of an official number as people know it: `95588`, `4008109889`. None for ordinary numbers and SMS ports, whose
/// neighbours are other people's.
fn official_digits(canonical: &str) -> Option<&str> {
    if let Some(digits) = canonical.strip_prefix("cn:") {
        return (digits.len() >= SHORTEST && !is_port(digits)).then_some(digits);
    }
    let digits = canonical.strip_prefix("+86")?;
    let service_line = digits.starts_with("400") || digits.starts_with("800");
    (digits.len() == 10 && service_line).then_some(digits)
}

/// SMS ports (106…) honestly end in the number of the sender: `106980095588`.
fn is_port(digits: &str) -> bool {
    digits.starts_with("106")
}

pub(super) fn protectable(canonical: &str) -> bool {
    official_digits(canonical).is_some()
}

pub(super) fn stored(canonical: &str, keep: &mut impl FnMut(u64)) {
    let Some(digits) = official_digits(canonical) else { return };
    let _: ControlFlow<()> = neighbourhood(VariantHash::new(NUMBER), digits.as_bytes(), |hash| {
        keep(hash);
        ControlFlow::Continue(())
    });
}

/// The digits to compare, and what may have been done to them.
struct Dialled {
    digits: [u8; 32],
    length: usize,
    class: PhoneClass,
}

impl Dialled {
    /// None where nothing can be imitated: mobiles, landlines, SMS ports, bare local numbers.
    fn of(phone: &PhoneNumber) -> Option<Self> {
        let class = phone.class();
        let canonical = phone.canonical();
        let kept = match class {
            PhoneClass::ServiceLine => canonical.strip_prefix("+86")?,
            PhoneClass::ShortOrPort => canonical.strip_prefix("cn:").filter(|digits| !is_port(digits))?,
            PhoneClass::Raw => canonical.strip_prefix("raw:")?,
            PhoneClass::Foreign => canonical.strip_prefix('+')?,
            PhoneClass::Mobile | PhoneClass::Geographic => return None,
        };
        if class == PhoneClass::Raw && is_bare_local(kept) {
            return None;
        }
        let mut dialled = Self { digits: [0; 32], length: 0, class };
        for digit in kept.bytes().filter(u8::is_ascii_digit) {
            *dialled.digits.get_mut(dialled.length)? = digit;
            dialled.length += 1;
        }
        (dialled.length >= SHORTEST).then_some(dialled)
    }

    fn digits(&self) -> &[u8] {
        self.digits.get(..self.length).unwrap_or_default()
    }

    /// The digits without 1 to 4 of them at one end. A foreign code stands only in front; an own service line has no ends.
    fn unwrapped(&self) -> impl Iterator<Item = &[u8]> {
        let digits = self.digits();
        let (front, behind) = match self.class {
            PhoneClass::ShortOrPort | PhoneClass::Raw => (WRAPPING, WRAPPING),
            PhoneClass::Foreign => (WRAPPING, 0),
            _ => (0, 0),
        };
        let without_front = (1..=front).filter_map(|extra| digits.get(extra..));
        let without_end = (1..=behind).filter_map(|extra| digits.get(..digits.len().checked_sub(extra)?));
        without_front.chain(without_end).filter(|inner| inner.len() >= SHORTEST)
    }

    const fn may_be_near(&self) -> bool {
        !matches!(self.class, PhoneClass::Foreign)
    }
}

/// Seven or eight digits as dialled inside a city.
fn is_bare_local(raw: &str) -> bool {
    matches!(raw.len(), 7 | 8)
        && raw.bytes().all(|byte| byte.is_ascii_digit())
        && raw.starts_with(|first| ('2'..='8').contains(&first))
}

pub(super) fn probes(phone: &PhoneNumber, visit: &mut impl FnMut(Probe) -> ControlFlow<()>) -> ControlFlow<()> {
    let Some(dialled) = Dialled::of(phone) else { return ControlFlow::Continue(()) };
    let start = VariantHash::new(NUMBER);
    if dialled.may_be_near() {
        neighbourhood(start, dialled.digits(), |hash| visit(Probe { hash, way: Way::Near }))?;
    }
    for inner in dialled.unwrapped() {
        visit(Probe { hash: start.text(inner).finish(), way: Way::Wrapped })?;
    }
    ControlFlow::Continue(())
}

pub(super) fn confirm(phone: &PhoneNumber, way: Way, protected: Protected<'_>) -> Option<Confirmed> {
    if phone.canonical() == protected.text {
        return Some(Confirmed::Itself);
    }
    let dialled = Dialled::of(phone)?;
    let official = official_digits(protected.text)?.as_bytes();
    let same_digits = dialled.class == PhoneClass::Raw && dialled.digits() == official;
    // Many a firm has the same number under 400 and 800.
    let twins = dialled.digits().split_first().map(|(_, rest)| rest) == official.split_first().map(|(_, rest)| rest)
        && dialled.class == PhoneClass::ServiceLine;
    let near = dialled.may_be_near() && !twins && slip(dialled.digits(), official).is_some();
    let wrapped = same_digits || dialled.unwrapped().any(|inner| inner == official);
    match way {
        Way::Near if near => Some(Confirmed::Imitation(ImitationKind::NearNumber)),
        Way::Near | Way::Wrapped if wrapped => Some(Confirmed::Imitation(ImitationKind::WrappedNumber)),
        _ => None,
    }
}
