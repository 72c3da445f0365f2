//! Listing rules by number prefix.

use super::{clean, country};
use crate::subject::ParseError;

/// The longest prefix behind `cn:`: a port has at most 20 digits.
const LONGEST_SHORT: usize = 20;
/// The longest prefix behind `+`.
const LONGEST_INTERNATIONAL: usize = 15;
/// The fewest digits of any prefix.
const SHORTEST: usize = 2;
/// The fewest digits behind `+86`: one mobile segment (`+86170*`) or one area.
const SHORTEST_MAINLAND: usize = 3;

/// Rules that cover every number beginning with some digits: `+8617012*`, `cn:1065*`, `+44*`.
///
/// A rule is compared with canonical forms, character by character, so its class has to be clear from the prefix alone:
///
/// | written | covers | canonical |
/// |---|---|---|
/// | `17012*`, `+8617012*`, `0086…`, `86…`, `017012*` | mobiles | `+8617012*` |
/// | `0394*`, `+86394*` | lines of an area | `+86394*` |
/// | `400810*`, `+86400810*` | service lines | `+86400810*` |
/// | `95*`, `96*`, `100*`, `12*`, `106*`, `cn:…*` | numbers dialled as they are | `cn:95*` … |
/// | `+44*`, `0044*` | a country | `+44*` |
///
/// Where digits could begin both a short number and something else, the bare spelling means the short number for `10*`,
/// `11*`, `12*`, `95*` and `96*`, the mobile for `13*` to `19*`; with `+86`, `0086` or `86` in front `10…` and `95…` mean
/// an area (Beijing, Ningxia), except 950 and 956 to 959, which are no area; `cn:` always means the short number. Not
/// allowed: less than two digits, less than three behind `+86` (a whole `+8613*` would cover hundreds of millions), a
/// bare local number, letters, and raw caller ids, which are listed only one by one.
#[derive(Debug, Clone, Copy)]
pub struct PhonePrefix;

impl PhonePrefix {
    /// The canonical form of a rule, its `*` included.
    ///
    /// Errors: those of [`super::PhoneNumber::parse`] on characters, and `phone_prefix_star` (not exactly one `*`, at the
    /// end), `phone_prefix_digits`, `phone_prefix_short`, `phone_prefix_long`, `phone_prefix_country`,
    /// `phone_prefix_raw`.
    pub fn parse(text: &str) -> Result<String, ParseError> {
        let text = text.trim();
        let (as_short, rest) = match text.strip_prefix("cn:") {
            Some(rest) => (true, rest),
            None if text.starts_with("raw:") => return Err(RAW),
            None => (false, text),
        };
        let cleaned = clean::clean(rest)?;
        let digits = cleaned.as_bytes().strip_suffix(b"*").ok_or(STAR)?;
        if digits.contains(&b'*') {
            return Err(STAR);
        }
        match digits {
            _ if as_short => short(digits),
            [b'+', digits @ ..] | [b'0', b'0', digits @ ..] => international(digits),
            [b'0', digits @ ..] => mainland(digits),
            [b'8', b'6', digits @ ..] => behind_code(digits),
            [b'1', b'3'..=b'9', ..] | [b'4' | b'8', b'0', b'0', ..] => mainland(digits),
            [b'1', ..] | [b'9', b'5' | b'6', ..] => short(digits),
            _ => Err(RAW),
        }
    }
}

fn international(digits: &[u8]) -> Result<String, ParseError> {
    if let Some(behind) = digits.strip_prefix(b"86") {
        return behind_code(behind);
    }
    if digits.len() < SHORTEST {
        return Err(TOO_SHORT);
    }
    country::split(digits).ok_or(COUNTRY)?;
    canonical("+", digits, LONGEST_INTERNATIONAL)
}

fn behind_code(digits: &[u8]) -> Result<String, ParseError> {
    match digits {
        [b'0', digits @ ..] => mainland(digits),
        _ if begins_only_short_numbers(digits) => short(digits),
        _ => mainland(digits),
    }
}

/// Behind a country code or a trunk 0 no area and no mobile begins so.
const fn begins_only_short_numbers(digits: &[u8]) -> bool {
    matches!(digits, [b'1', b'1' | b'2', ..] | [b'9', b'6', ..] | [b'9', b'5', b'0' | b'6'..=b'9', ..])
}

fn mainland(digits: &[u8]) -> Result<String, ParseError> {
    if digits.len() < SHORTEST_MAINLAND {
        return Err(TOO_SHORT);
    }
    if digits.starts_with(b"0") || begins_only_short_numbers(digits) {
        return Err(RAW);
    }
    canonical("+86", digits, LONGEST_INTERNATIONAL - 2)
}

fn short(digits: &[u8]) -> Result<String, ParseError> {
    if digits.len() < SHORTEST {
        return Err(TOO_SHORT);
    }
    match digits {
        [b'1', ..] | [b'9', b'5' | b'6', ..] => canonical("cn:", digits, LONGEST_SHORT),
        _ => Err(RAW),
    }
}

fn canonical(prefix: &str, digits: &[u8], longest: usize) -> Result<String, ParseError> {
    if digits.len() > longest {
        return Err(TOO_LONG);
    }
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(DIGITS);
    }
    Ok(prefix.chars().chain(digits.iter().map(|digit| char::from(*digit))).chain(['*']).collect())
}

const STAR: ParseError = ParseError {
    code: "phone_prefix_star",
    detail: "号段规则要以一个“*”结尾，别处不能有“*”，例如 17012*",
};
const DIGITS: ParseError =
    ParseError { code: "phone_prefix_digits", detail: "号段规则的“*”前面只能是数字" };
const TOO_SHORT: ParseError = ParseError {
    code: "phone_prefix_short",
    detail: "号段太短：至少写两位数字，国内手机和固定电话至少写三位，否则会误伤太多号码",
};
const TOO_LONG: ParseError =
    ParseError { code: "phone_prefix_long", detail: "号段太长：比最长的电话号码还长" };
const COUNTRY: ParseError =
    ParseError { code: "phone_prefix_country", detail: "号段开头的国家或地区代码还没有分配" };
const RAW: ParseError = ParseError {
    code: "phone_prefix_raw",
    detail: "看不出这个号段属于哪类号码：请写明+86、区号（如0394*）或cn:，不规范的来电号码只能逐个列入",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_of_prefix_has_one_form() {
        for (written, canonical) in [
            ("17012*", "+8617012*"),
            ("+8617012*", "+8617012*"),
            ("+86 170-12 ＊", "+8617012*"),
            ("0086170*", "+86170*"),
            ("86170*", "+86170*"),
            ("0170*", "+86170*"),
            ("0394*", "+86394*"),
            ("+860394*", "+86394*"),
            ("0106*", "+86106*"),
            ("+86106*", "+86106*"),
            ("400810*", "+86400810*"),
            ("95*", "cn:95*"),
            ("96*", "cn:96*"),
            ("95588*", "cn:95588*"),
            ("+8695078*", "cn:95078*"),
            ("+8695588*", "+8695588*"),
            ("+8696*", "cn:96*"),
            ("+8612*", "cn:12*"),
            ("106*", "cn:106*"),
            ("10*", "cn:10*"),
            ("cn:1065*", "cn:1065*"),
            ("cn:16*", "cn:16*"),
            ("+44*", "+44*"),
            ("0044*", "+44*"),
            ("+1 650*", "+1650*"),
            ("+5695977.*", "+5695977*"),
        ] {
            assert_eq!(PhonePrefix::parse(written).as_deref(), Ok(canonical), "{written}");
            assert_eq!(PhonePrefix::parse(canonical).as_deref(), Ok(canonical), "{canonical}");
        }
    }

    #[test]
    fn unclear_wide_and_misspelt_prefixes_are_refused() {
        for (written, code) in [
            ("17012", "phone_prefix_star"),
            ("170*12*", "phone_prefix_star"),
            ("170**", "phone_prefix_star"),
            ("170a*", "phone_prefix_digits"),
            ("+44+1*", "phone_prefix_digits"),
            ("13*", "phone_prefix_short"),
            ("+86*", "phone_prefix_short"),
            ("+8613*", "phone_prefix_short"),
            ("010*", "phone_prefix_short"),
            ("+1*", "phone_prefix_short"),
            ("cn:1*", "phone_prefix_short"),
            ("1*", "phone_prefix_short"),
            ("00*", "phone_prefix_short"),
            ("+999*", "phone_prefix_country"),
            ("+0086*", "phone_prefix_country"),
            ("6700*", "phone_prefix_raw"),
            ("9*", "phone_prefix_raw"),
            ("raw:6700*", "phone_prefix_raw"),
            ("cn:6700*", "phone_prefix_raw"),
            ("0110*", "phone_prefix_raw"),
            ("09588*", "phone_prefix_raw"),
            ("+8600394*", "phone_prefix_raw"),
            ("+1234567890123456*", "phone_prefix_long"),
            ("106123456789012345678*", "phone_prefix_long"),
            ("*", "phone_no_digit"),
            ("", "phone_empty"),
            ("骗*", "phone_character"),
        ] {
            assert_eq!(PhonePrefix::parse(written).map_err(|error| error.code), Err(code), "{written}");
        }
    }
}
