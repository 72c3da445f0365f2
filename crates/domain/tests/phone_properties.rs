//! Canonical forms of telephone numbers: what holds for any input.

use domain::phone::{PhoneNumber, PhonePrefix};
use proptest::prelude::*;

fn outcome(text: &str) -> String {
    match PhoneNumber::parse(text) {
        Ok(number) => number.canonical().to_owned(),
        Err(error) => format!("!{}", error.code),
    }
}

/// One number: what is dialled at home without trunk 0, whether a 0 belongs before it, and its canonical form.
fn numbers() -> impl Strategy<Value = (String, bool, String)> {
    prop_oneof![
        "1[3-9][0-9]{9}".prop_map(|digits| (digits.clone(), false, format!("+86{digits}"))),
        "(10|2[0-57-9]|371|755)[2-8][0-9]{7}".prop_map(|digits| (digits.clone(), true, format!("+86{digits}"))),
        "(394|310|951|999)[2-8][0-9]{6}".prop_map(|digits| (digits.clone(), true, format!("+86{digits}"))),
        "(400|800)[0-9]{7}".prop_map(|digits| (digits.clone(), false, format!("+86{digits}"))),
        "(1[12][0-9]{1,4}|100[0-9]{2}|1010[0-9]{4}|9(50|5[6-9]|6[0-9])[0-9]{2,5})".prop_map(|digits| (
            digits.clone(),
            false,
            format!("cn:{digits}")
        )),
    ]
}

fn spelled(digits: &str, separators: &[&str], wide: bool) -> String {
    let mut separators = separators.iter().cycle();
    let mut spelling = String::new();
    for digit in digits.chars() {
        spelling.push(match (wide, digit) {
            (true, '+') => '＋',
            (true, digit) => char::from_u32(u32::from(digit) - 0x30 + 0xFF10).unwrap_or(digit),
            (false, digit) => digit,
        });
        spelling.push_str(separators.next().unwrap_or(&""));
    }
    spelling
}

fn separators() -> impl Strategy<Value = Vec<&'static str>> {
    let one = prop::sample::select(vec!["", "", "", " ", "-", ".", "(", ") ", "\u{3000}", "－", "·", "\u{200B}"]);
    prop::collection::vec(one, 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_spelling_of_one_number_is_one_form(
        (digits, area, canonical) in numbers(),
        before in prop::sample::select(vec!["", "+86", "0086", "86"]),
        carrier in prop::sample::select(vec!["", "17951", "12593", "17911", "11808"]),
        trunk in any::<bool>(),
        separators in separators(),
        wide in any::<bool>(),
    ) {
        let mobile = digits.len() == 11 && !area && canonical.starts_with('+');
        let carrier = if area || mobile { carrier } else { "" };
        let needs_trunk = area && (before.is_empty() || !carrier.is_empty());
        let trunk = if needs_trunk || (trunk && (area || mobile)) { "0" } else { "" };
        let spelling = spelled(&format!("{before}{carrier}{trunk}{digits}"), &separators, wide);
        prop_assert_eq!(outcome(&spelling), canonical, "{}", spelling);
    }

    #[test]
    fn any_text_is_parsed_or_refused_and_its_form_stays(text in any::<String>()) {
        if let Ok(number) = PhoneNumber::parse(&text) {
            prop_assert_eq!(PhoneNumber::parse(number.canonical()), Ok(number));
        }
        let _ = PhonePrefix::parse(&text);
    }

    #[test]
    fn any_caller_id_has_a_form_of_a_known_class_that_stays(
        text in "(\\+|00|\\+86|0086|86|0|\\+860?|17951|12593|cn:|raw:)?(10|106|1[0-9]{2}|95[0-9]?|96|0?[2-9][0-9]{1,2})?[0-9]{1,14}",
    ) {
        match PhoneNumber::parse(&text) {
            Ok(number) => {
                let canonical = number.canonical();
                prop_assert!(canonical.len() <= 36);
                prop_assert!(["+", "cn:", "raw:"].iter().any(|prefix| canonical.starts_with(prefix)));
                prop_assert!(canonical.ends_with(number.digits()) && !number.digits().is_empty());
                prop_assert_eq!(PhoneNumber::parse(canonical), Ok(number.clone()));
            }
            Err(error) => prop_assert_eq!(error.code, "phone_not_canonical"),
        }
    }

    #[test]
    fn what_is_left_after_cleaning_is_never_dropped(text in "[0-9A-Za-z+*#]{0,31}[0-9]") {
        prop_assert!(PhoneNumber::parse(&text).is_ok());
    }

    #[test]
    fn a_prefix_rule_has_one_form_and_begins_the_numbers_it_covers(
        text in "(\\+|00|\\+86|0086|86|0|cn:)?[0-9]{1,12}[*＊]",
    ) {
        if let Ok(rule) = PhonePrefix::parse(&text) {
            prop_assert_eq!(PhonePrefix::parse(&rule).ok(), Some(rule.clone()));
            prop_assert!(rule.ends_with('*') && (rule.starts_with('+') || rule.starts_with("cn:")));
        }
    }

    #[test]
    fn a_mobile_is_covered_by_each_prefix_of_itself(digits in "1[3-9][0-9]{9}", length in 3_usize..11) {
        let number = PhoneNumber::parse(&digits).unwrap();
        let rule = PhonePrefix::parse(&digits.chars().take(length).chain(['*']).collect::<String>()).unwrap();
        prop_assert!(number.canonical().starts_with(rule.trim_end_matches('*')));
    }
}
