//! The numbering plan: which digits are a number, of which class, and what stands before it.
//!
//! Sources: ITU-T E.164 for country codes; the national numbering plan of the mainland (电信网编号计划) for mobile,
//! service, short and port numbers; area codes with the length of their subscriber numbers as ITU lists them.

use super::{PhoneClass, country};

/// The most digits of an international number (ITU-T E.164, 6.2.1).
const LONGEST_INTERNATIONAL: usize = 15;
/// The fewest digits taken for a number behind a foreign country code: the shortest hotlines (`+886 165`) have three.
const SHORTEST_FOREIGN: usize = 3;

/// A recognised number: its canonical form is `prefix`, `head` and `tail` joined.
pub(super) struct Form<'a> {
    /// What it is.
    pub(super) class: PhoneClass,
    /// `+`, `+86` or `cn:`.
    pub(super) prefix: &'static [u8],
    /// The foreign country code, else all digits.
    pub(super) head: &'a [u8],
    /// What follows the foreign country code.
    pub(super) tail: &'a [u8],
}

impl<'a> Form<'a> {
    const fn mainland(class: PhoneClass, digits: &'a [u8]) -> Self {
        Self { class, prefix: b"+86", head: digits, tail: &[] }
    }
}

/// The number in cleaned characters; none where they are no number of any plan.
pub(super) fn recognise(characters: &[u8]) -> Option<Form<'_>> {
    let (plus, digits) = match characters {
        [b'+', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    match digits {
        _ if plus => international(digits),
        [b'0', b'0', behind @ ..] => international(behind),
        _ => national(digits, false).or_else(|| national(digits.strip_prefix(b"86")?, true)),
    }
}

fn international(digits: &[u8]) -> Option<Form<'_>> {
    if let Some(behind) = digits.strip_prefix(b"86") {
        return national(behind, true);
    }
    let (code, mut rest) = country::split(digits)?;
    if let [b'0', number @ ..] = rest
        && !number.starts_with(b"0")
        && country::has_trunk_zero(code)
    {
        rest = number;
    }
    let fits = rest.len() >= SHORTEST_FOREIGN && code.len() + rest.len() <= LONGEST_INTERNATIONAL;
    fits.then_some(Form { class: PhoneClass::Foreign, prefix: b"+", head: code, tail: rest })
}

/// A number of the mainland without or behind its country code.
fn national(digits: &[u8], behind_code: bool) -> Option<Form<'_>> {
    if let Some(form) = mobile_or_service(digits) {
        return Some(form);
    }
    let is_geographic = if behind_code { is_geographic(digits) } else { is_bare_beijing(digits) };
    if is_geographic {
        return Some(Form::mainland(PhoneClass::Geographic, digits));
    }
    if is_short_or_port(digits) {
        return Some(Form { class: PhoneClass::ShortOrPort, prefix: b"cn:", head: digits, tail: &[] });
    }
    with_trunk_zero(digits).or_else(|| with_carrier_prefix(digits))
}

fn mobile_or_service(digits: &[u8]) -> Option<Form<'_>> {
    let class = match (digits, digits.len()) {
        ([b'1', b'3'..=b'9', ..], 11) => PhoneClass::Mobile,
        ([b'4' | b'8', b'0', b'0', ..], 10) | ([b'9', b'5', b'0', ..], 10 | 11) => PhoneClass::ServiceLine,
        _ => return None,
    };
    Some(Form::mainland(class, digits))
}

fn with_trunk_zero(digits: &[u8]) -> Option<Form<'_>> {
    let behind = digits.strip_prefix(b"0")?;
    mobile_or_service(behind)
        .or_else(|| is_geographic(behind).then_some(Form::mainland(PhoneClass::Geographic, behind)))
}

/// The number behind an access code of a long-distance or IP-call carrier, or of a second number (12583x), where what
/// follows is complete; otherwise the code would eat into an ordinary number.
fn with_carrier_prefix(digits: &[u8]) -> Option<Form<'_>> {
    let length = match digits {
        [b'1', b'2', b'5', b'8', b'3', b'1'..=b'9', b'1', ..] if digits.len() == 17 => 6,
        [b'1', b'7', b'9', ..] | [b'1', b'1' | b'2', ..] | [b'1', b'0', b'1', b'9', b'3', ..] => 5,
        _ => return None,
    };
    let behind = digits.get(length..)?;
    match behind {
        [b'0', ..] => with_trunk_zero(behind),
        _ => mobile_or_service(behind).filter(|form| form.class == PhoneClass::Mobile),
    }
}

/// Numbers dialled only as they are.
fn is_short_or_port(digits: &[u8]) -> bool {
    match digits {
        [b'1', b'0', b'6', ..] => (3..=20).contains(&digits.len()),
        [b'1', ..] => (3..=9).contains(&digits.len()),
        [b'9', b'5' | b'6', ..] => (5..=8).contains(&digits.len()),
        _ => false,
    }
}

/// Ten digits that begin 10 are Beijing without its trunk 0; with 106 they are a port.
fn is_bare_beijing(digits: &[u8]) -> bool {
    digits.len() == 10 && digits.starts_with(b"10") && !digits.starts_with(b"106")
}

/// An area code and a number behind it: a subscriber's, or one dialled locally.
fn is_geographic(digits: &[u8]) -> bool {
    let area_length = match digits {
        [b'1' | b'2', ..] => 2,
        [b'3'..=b'9', ..] => 3,
        _ => return false,
    };
    let Some((area, behind)) = digits.split_at_checked(area_length) else { return false };
    let Some(lengths) = subscriber_lengths(country::number(area)) else { return false };
    lengths.contains(behind.len()) || is_dialled_locally(area, behind)
}

/// Short numbers as they stand behind an area code, and toll-free 800 numbers of Beijing and Shanghai.
///
/// Without area code the same digits can be one nationwide number (`+86 10 10086`, `+86 951 96110`), but `+86…` is the
/// canonical form of the area reading. Behind 10 and 951 to 955 only those short numbers are taken that exist or that no
/// nationwide number resembles.
fn is_dialled_locally(area: &[u8], behind: &[u8]) -> bool {
    let length = behind.len();
    match (area, behind) {
        (b"10" | b"21", [b'8', b'0', b'0', ..]) => length == 10,
        (b"10", [b'1', second, third, ..]) => match length {
            3 => is_emergency(behind),
            5 | 9 => true,
            6 => *second == b'1' && matches!(third, b'6' | b'8'),
            _ => false,
        },
        ([b'9', b'5', _], [b'1', second, third, ..]) => match length {
            3 => is_emergency(behind),
            5 => *second == b'2' || (*second, *third) == (b'0', b'0'),
            6.. => is_short(behind),
            _ => false,
        },
        (_, [b'1', ..]) => is_short(behind),
        (_, [b'9', b'5' | b'6', ..]) => (5..=8).contains(&length),
        _ => false,
    }
}

fn is_short(digits: &[u8]) -> bool {
    digits.starts_with(b"1") && (3..=9).contains(&digits.len())
}

fn is_emergency(digits: &[u8]) -> bool {
    matches!(digits, b"110" | b"112" | b"114" | b"119" | b"120" | b"122")
}

/// How many digits a subscriber number has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lengths {
    Seven,
    Eight,
    Either,
}

impl Lengths {
    const fn contains(self, length: usize) -> bool {
        match self {
            Self::Seven => length == 7,
            Self::Eight => length == 8,
            Self::Either => length == 7 || length == 8,
        }
    }
}

/// The lengths of subscriber numbers in an area, given its code without the trunk 0; none where no area has this code.
const fn subscriber_lengths(area: u16) -> Option<Lengths> {
    match area {
        10 | 20..=25 | 27..=29 => Some(Lengths::Eight),
        311
        | 371
        | 377
        | 379
        | 411
        | 431
        | 432
        | 451
        | 510..=519
        | 523
        | 527
        | 531
        | 532
        | 551
        | 571
        | 573..=577
        | 579
        | 591
        | 595
        | 731
        | 755
        | 757
        | 760
        | 769
        | 791
        | 871
        | 898 => Some(Lengths::Eight),
        433 | 435 | 754 | 851 => Some(Lengths::Either),
        310 | 312..=319 | 335 | 349..=359 | 370 | 372..=376 | 378 | 391..=396 | 398 => Some(Lengths::Seven),
        410 | 412..=419 | 421 | 427 | 429 | 434 | 436..=439 | 452..=459 | 464 | 467..=479 | 482 | 483 => {
            Some(Lengths::Seven)
        }
        530
        | 533..=539
        | 543
        | 546
        | 550
        | 552..=559
        | 561..=564
        | 566
        | 570
        | 572
        | 578
        | 580
        | 592..=594
        | 596..=599 => Some(Lengths::Seven),
        631..=635 | 660 | 662 | 663 | 668 | 691 | 692 => Some(Lengths::Seven),
        701
        | 710..=719
        | 722
        | 724
        | 728
        | 730
        | 734..=739
        | 743..=746
        | 750..=753
        | 756
        | 758
        | 759
        | 762
        | 763
        | 766
        | 768
        | 770..=779
        | 790
        | 792..=799 => Some(Lengths::Seven),
        812 | 813 | 816..=818 | 825..=827 | 830..=839 | 852..=859 | 870 | 872..=879 | 883 | 886..=888 | 891..=897 => {
            Some(Lengths::Seven)
        }
        901..=903 | 906 | 908 | 909 | 911..=917 | 919 | 930..=939 | 941 | 943 | 951..=955 | 970..=979 | 990..=999 => {
            Some(Lengths::Seven)
        }
        _ => None,
    }
}
