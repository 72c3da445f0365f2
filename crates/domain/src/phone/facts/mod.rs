//! What a number says by itself: its class, its segment, whose the segment is, where it was first sold, its country.
//!
//! Context for people, never a verdict: honest people have virtual operators' numbers, and a caller id can be made up. Sources:
//! the national numbering plan of the mainland (电信网编号计划, 2017) for classes and ports; [`segment`] for carriers;
//! `data/number_places.tsv` and `data/calling_codes.tsv` for places and countries (see `data/README.md`).

mod countries;
mod places;
mod segment;
mod words;

use super::{PhoneClass, PhoneNumber};
use crate::words::words;

words! {
    /// What kind of number it is, in the eyes of who is called.
    NumberClass {
        /// A mobile number of a carrier.
        Mobile = "mobile",
        /// A mobile number of a virtual operator (虚拟运营商), who sells a carrier's network.
        VirtualOperator = "virtual_operator",
        /// A satellite or emergency network.
        Satellite = "satellite",
        /// A number of things (物联网): no calls.
        InternetOfThings = "internet_of_things",
        /// A line with an area code.
        FixedLine = "fixed_line",
        /// 400, 800, or 950 with 10 or 11 digits.
        ServiceLine = "service_line",
        /// 95…, 96…, 1010….
        ServiceNumber = "service_number",
        /// 110, 10086, 12345 and the like.
        ShortCode = "short_code",
        /// A port for SMS, 106….
        SmsPort = "sms_port",
        /// Of another country or region.
        Overseas = "overseas",
        /// Seven or eight digits without an area code.
        Local = "local",
        /// An order to the network (`**21*…#`), no number.
        DialCode = "dial_code",
        /// No plan has such a number: mistyped, or a made-up caller id.
        Impossible = "impossible",
    }
}

/// What a number says by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberFacts {
    /// What kind of number it is.
    pub class: NumberClass,
    /// The leading digits that say so: `170`, `0394`, `95`, `+44`. Empty where none do.
    pub segment: String,
    /// The carrier to whom the segment was assigned. Numbers can be taken to another.
    pub carrier: Option<&'static str>,
    /// Province and city: of a line, where it is; of a mobile number, where it was first sold.
    pub place: Option<&'static str>,
    /// Country or region of an overseas number, or what its code stands for.
    pub country: Option<&'static str>,
}

impl NumberFacts {
    fn of(class: NumberClass, segment: &str) -> Self {
        Self { class, segment: segment.to_owned(), carrier: None, place: None, country: None }
    }
}

impl PhoneNumber {
    /// What the number says by itself. The first call reads the data, which takes some milliseconds.
    pub fn facts(&self) -> NumberFacts {
        let digits = self.digits();
        match self.class() {
            PhoneClass::Mobile => mobile(digits.strip_prefix("86").unwrap_or(digits)),
            PhoneClass::Geographic => fixed_line(digits.strip_prefix("86").unwrap_or(digits)),
            PhoneClass::ServiceLine => {
                let digits = digits.strip_prefix("86").unwrap_or(digits);
                NumberFacts::of(NumberClass::ServiceLine, leading(digits, 3))
            }
            PhoneClass::ShortOrPort => short_or_port(digits),
            PhoneClass::Foreign => overseas(digits),
            PhoneClass::Raw => raw(digits),
        }
    }
}

fn leading(digits: &str, length: usize) -> &str {
    digits.get(..length).unwrap_or(digits)
}

fn mobile(digits: &str) -> NumberFacts {
    let Some(segment) = segment::of(digits.as_bytes()) else {
        return NumberFacts::of(NumberClass::Impossible, leading(digits, 3));
    };
    let place = match segment.class {
        NumberClass::Mobile | NumberClass::VirtualOperator => places::of_mobile(digits),
        _ => None,
    };
    NumberFacts { carrier: segment.carrier, place, ..NumberFacts::of(segment.class, leading(digits, segment.length)) }
}

fn fixed_line(digits: &str) -> NumberFacts {
    // Area codes that begin 1 or 2 have two digits, all others three.
    let area = leading(digits, if digits.starts_with(['1', '2']) { 2 } else { 3 });
    NumberFacts { place: places::of_area(area), ..NumberFacts::of(NumberClass::FixedLine, &format!("0{area}")) }
}

fn short_or_port(digits: &str) -> NumberFacts {
    match digits.as_bytes() {
        [b'1', b'0', b'6', b'4', ..] => NumberFacts::of(NumberClass::InternetOfThings, "1064"),
        [b'1', b'0', b'6', _, _, ..] => NumberFacts::of(NumberClass::SmsPort, leading(digits, 4)),
        [b'1', b'0', b'1', b'0', _, ..] => NumberFacts::of(NumberClass::ServiceNumber, "1010"),
        [b'9', ..] => NumberFacts::of(NumberClass::ServiceNumber, leading(digits, 2)),
        _ => NumberFacts { carrier: segment::of_hotline(digits), ..NumberFacts::of(NumberClass::ShortCode, digits) },
    }
}

fn overseas(digits: &str) -> NumberFacts {
    let Some((code, behind)) = super::country::split(digits.as_bytes()) else {
        return NumberFacts::of(NumberClass::Impossible, "");
    };
    let segment = format!("+{}", leading(digits, code.len()));
    let country = countries::of(super::country::number(code), behind);
    let class = match (super::country::number(code), country.possible) {
        (_, false) => NumberClass::Impossible,
        // Inmarsat, and the global mobile satellite systems (ITU-T E.164).
        (870 | 881, true) => NumberClass::Satellite,
        _ => NumberClass::Overseas,
    };
    NumberFacts { country: country.name, ..NumberFacts::of(class, &segment) }
}

fn raw(text: &str) -> NumberFacts {
    match text.as_bytes() {
        bytes if bytes.iter().any(|byte| matches!(byte, b'*' | b'#')) => NumberFacts::of(NumberClass::DialCode, ""),
        [b'+', ..] => NumberFacts::of(NumberClass::Impossible, leading(text, 3)),
        [b'1', b'4', ..] if text.len() == 13 => NumberFacts::of(NumberClass::InternetOfThings, "14"),
        [b'2'..=b'8', ..] if matches!(text.len(), 7 | 8) && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            NumberFacts::of(NumberClass::Local, "")
        }
        _ => NumberFacts::of(NumberClass::Impossible, ""),
    }
}
