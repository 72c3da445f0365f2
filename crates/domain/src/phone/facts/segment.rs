//! Whose the mobile segments are, as the Ministry of Industry and Information Technology assigned them.
//!
//! Sources: the numbering plan (电信网编号计划, 2017) and assignments since; compared in the tests with the carriers of
//! libphonenumber and a public list of segments.

use super::NumberClass;

const MOBILE: Option<&str> = Some("中国移动");
const UNICOM: Option<&str> = Some("中国联通");
const TELECOM: Option<&str> = Some("中国电信");
const BROADNET: Option<&str> = Some("中国广电");

/// A segment of mobile numbers.
pub(super) struct Segment {
    pub(super) class: NumberClass,
    /// Digits that name it.
    pub(super) length: usize,
    pub(super) carrier: Option<&'static str>,
}

/// The segment of a mobile number of eleven digits; none where it is assigned to nobody.
pub(super) fn of(digits: &[u8]) -> Option<Segment> {
    use NumberClass::{InternetOfThings, Mobile, Satellite, VirtualOperator};
    let (first, second, behind) = match digits {
        [b'1', first, second, behind @ ..] => (*first, *second, behind),
        _ => return None,
    };
    let third = behind.first().copied().unwrap_or_default();
    let (class, length, carrier) = match (first, second) {
        (b'3', b'4') if third == b'9' => (Satellite, 4, TELECOM),
        (b'4', b'0' | b'6') => (InternetOfThings, 3, UNICOM),
        (b'4', b'1') => (InternetOfThings, 3, TELECOM),
        (b'4', b'4' | b'8') => (InternetOfThings, 3, MOBILE),
        (b'6', b'1') if third == b'0' => (Mobile, 4, BROADNET),
        (b'6', b'2') => (VirtualOperator, 3, TELECOM),
        (b'6', b'5') => (VirtualOperator, 3, MOBILE),
        (b'6', b'7') | (b'7', b'1') => (VirtualOperator, 3, UNICOM),
        (b'7', b'0') => (VirtualOperator, 4, seventeen_zero(third)),
        (b'7', b'4') => (Satellite, 4, seventeen_four(behind)?),
        (b'3', b'0'..=b'2') | (b'4' | b'7', b'5') | (b'5', b'5' | b'6') | (b'6', b'6') => (Mobile, 3, UNICOM),
        (b'7', b'6') | (b'8', b'5' | b'6') | (b'9', b'6') => (Mobile, 3, UNICOM),
        (b'3' | b'5' | b'7', b'3') | (b'4', b'9') | (b'7', b'7') => (Mobile, 3, TELECOM),
        (b'8', b'0' | b'1' | b'9') | (b'9', b'0' | b'1' | b'3' | b'9') => (Mobile, 3, TELECOM),
        (b'9', b'2') => (Mobile, 3, BROADNET),
        (b'3', b'4'..=b'9') | (b'4', b'7') | (b'5', b'0'..=b'2' | b'7'..=b'9') => (Mobile, 3, MOBILE),
        (b'7', b'2' | b'8') | (b'8', b'2'..=b'4' | b'7' | b'8') | (b'9', b'5' | b'7' | b'8') => (Mobile, 3, MOBILE),
        _ => return None,
    };
    Some(Segment { class, length, carrier })
}

const fn seventeen_zero(third: u8) -> Option<&'static str> {
    match third {
        b'0'..=b'2' => TELECOM,
        b'3' | b'5' | b'6' => MOBILE,
        _ => UNICOM,
    }
}

/// 17400 to 17405 are a carrier's satellites, 17406 to 17412 an emergency network, 1749 maritime satellites; the rest is free.
fn seventeen_four(behind: &[u8]) -> Option<Option<&'static str>> {
    match behind {
        [b'0', b'0'..=b'5', ..] => Some(TELECOM),
        [b'0', b'6'..=b'9', ..] | [b'1', b'0'..=b'2', ..] | [b'9', ..] => Some(None),
        _ => None,
    }
}

/// Whose customer line a short number is.
pub(super) fn of_hotline(digits: &str) -> Option<&'static str> {
    match digits {
        "10086" => MOBILE,
        "10010" | "10011" => UNICOM,
        "10000" | "10001" => TELECOM,
        "10099" => BROADNET,
        _ => None,
    }
}
