//! Country codes of the international numbering plan (ITU-T E.164, List of assigned country codes).

/// Splits digits into an assigned country code and the rest; none where no assigned code leads.
///
/// A code is never the beginning of another, so at most one fits.
pub(super) fn split(digits: &[u8]) -> Option<(&[u8], &[u8])> {
    let (code, rest) = match digits {
        [b'1' | b'7', ..] => digits.split_at_checked(1)?,
        _ if is_code_of_two(number(digits.get(..2)?)) => digits.split_at_checked(2)?,
        _ if is_code_of_three(number(digits.get(..3)?)) => digits.split_at_checked(3)?,
        _ => return None,
    };
    Some((code, rest))
}

/// Whether numbers there are dialled at home with a trunk `0` that is no part of the number, so that a `0` behind the
/// country code is a slip (`+44 (0)20 7946 0000`). Italy, Gabon, Congo, Côte d'Ivoire and others keep their zeros.
pub(super) fn has_trunk_zero(code: &[u8]) -> bool {
    matches!(
        number(code),
        20 | 27 | 31..=33 | 40 | 41 | 43 | 44 | 46 | 49 | 51 | 53..=55 | 58 | 60..=64 | 66 | 81 | 82 | 84 | 90..=95 | 98
            | 211..=213 | 218 | 231..=234 | 243 | 249..=252 | 254..=256 | 260..=265 | 291 | 353 | 355 | 358 | 359 | 370
            | 373..=375 | 377 | 380..=383 | 385..=387 | 389 | 421 | 423 | 508 | 590 | 591 | 593..=596 | 598 | 850 | 855
            | 856 | 880 | 886 | 961..=964 | 966 | 967 | 970..=972 | 976 | 977 | 994..=996
    )
}

fn is_code_of_two(code: u16) -> bool {
    matches!(
        code,
        20 | 27 | 30..=34 | 36 | 39..=41 | 43..=49 | 51..=58 | 60..=66 | 81 | 82 | 84 | 86 | 90..=95 | 98
    )
}

fn is_code_of_three(code: u16) -> bool {
    matches!(
        code,
        211..=213 | 216 | 218 | 220..=258 | 260..=269 | 290 | 291 | 297..=299 | 350..=359 | 370..=383 | 385..=387 | 389
            | 420 | 421 | 423 | 500..=509 | 590..=599 | 670 | 672..=683 | 685..=692 | 800 | 808 | 850 | 852 | 853 | 855
            | 856 | 870 | 878 | 880..=883 | 886 | 888 | 960..=968 | 970..=977 | 979 | 992..=996 | 998
    )
}

/// The value of at most four digits.
pub(super) fn number(digits: &[u8]) -> u16 {
    digits.iter().take(4).fold(0, |sum, digit| sum * 10 + u16::from(digit.wrapping_sub(b'0') % 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assigned_codes_split_and_unassigned_ones_do_not() {
        for (digits, code) in [("16502530000", "1"), ("4420", "44"), ("85221221188", "852"), ("8869165", "886")] {
            let (found, rest) = split(digits.as_bytes()).unwrap();
            assert_eq!((found, [found, rest].concat()), (code.as_bytes(), digits.as_bytes().to_vec()));
        }
        for digits in ["", "2", "21", "0012", "2102", "999123456", "8591", "4221", "6841", "9691", "3841"] {
            assert_eq!(split(digits.as_bytes()), None, "{digits}");
        }
    }

    #[test]
    fn no_code_is_the_beginning_of_another() {
        for code in (10..100).filter(|code| is_code_of_two(*code)) {
            assert!(code / 10 != 1 && code / 10 != 7);
            assert!((code * 10..code * 10 + 10).all(|longer| !is_code_of_three(longer)), "{code}");
        }
    }

    #[test]
    fn only_assigned_codes_have_a_trunk_zero() {
        for code in 0..1000_u16 {
            let digits = code.to_string();
            if has_trunk_zero(digits.as_bytes()) {
                assert_eq!(split(digits.as_bytes()), Some((digits.as_bytes(), &b""[..])), "{code}");
            }
        }
    }
}
