//! Canonical forms of telephone numbers: known answers for every rule, and public vectors.

use std::{env, path::PathBuf};

use domain::phone::{PhoneClass, PhoneNumber};

/// Every rule with its edges: what is written, what comes out; `!` and a code where it is refused.
const KNOWN: &[(&str, &str)] = &[
    // Mobile numbers in every usual spelling.
    ("13800138000", "+8613800138000"),
    ("138 0013 8000", "+8613800138000"),
    ("138-0013-8000", "+8613800138000"),
    ("138.0013.8000", "+8613800138000"),
    ("１３８００１３８０００", "+8613800138000"),
    ("＋８６（１３８）００１３－８０００", "+8613800138000"),
    ("\u{202D}+86 138 0013 8000\u{202C}", "+8613800138000"),
    ("138\u{200B}0013\u{A0}8000", "+8613800138000"),
    ("+8613800138000", "+8613800138000"),
    ("(+86)138-0013-8000", "+8613800138000"),
    ("0086-138-0013-8000", "+8613800138000"),
    ("00 86 138 0013 8000", "+8613800138000"),
    ("8613800138000", "+8613800138000"),
    ("[86]13800138000", "+8613800138000"),
    ("013800138000", "+8613800138000"),
    ("+86 013800138000", "+8613800138000"),
    ("86013800138000", "+8613800138000"),
    ("tel:+86-138-0013-8000", "+8613800138000"),
    ("TEL: 13800138000", "+8613800138000"),
    ("19912345678", "+8619912345678"),
    ("12800138000", "raw:12800138000"),
    ("1380013800", "raw:1380013800"),
    ("138001380001", "raw:138001380001"),
    ("01013800138000", "raw:01013800138000"),
    ("1440123456789", "raw:1440123456789"),
    // IP-call and carrier prefixes, only before a complete mobile or trunk-0 number.
    ("17951 138 0013 8000", "+8613800138000"),
    ("12593013800138000", "+8613800138000"),
    ("+86 17951 13800138000", "+8613800138000"),
    ("0086 12593 13800138000", "+8613800138000"),
    ("861259313800138000", "+8613800138000"),
    ("17911 13800138000", "+8613800138000"),
    ("11808 13800138000", "+8613800138000"),
    ("10193 13800138000", "+8613800138000"),
    ("12520 13800138000", "+8613800138000"),
    ("125831 13800138000", "+8613800138000"),
    ("17951 010-65911468", "+861065911468"),
    ("17951 0394-8123456", "+863948123456"),
    ("17951 8123456", "raw:179518123456"),
    ("17951 1065911468", "raw:179511065911468"),
    ("17951 110", "cn:17951110"),
    ("17951 10086", "raw:1795110086"),
    ("17951 4008109889", "raw:179514008109889"),
    ("17951138001", "+8617951138001"),
    // Lines with an area code.
    ("010-65911468", "+861065911468"),
    ("+86 (0)10-6591 1468", "+861065911468"),
    ("+86 10 6591 1468", "+861065911468"),
    ("+861065911468", "+861065911468"),
    ("00861065911468", "+861065911468"),
    ("861065911468", "+861065911468"),
    ("8601065911468", "+861065911468"),
    ("01065911468", "+861065911468"),
    ("1012345678", "+861012345678"),
    ("(0394)8123456", "+863948123456"),
    ("（０３９４）８１２３４５６", "+863948123456"),
    ("+86-394-8123456", "+863948123456"),
    ("863948123456", "+863948123456"),
    ("0371 6591 1468", "+8637165911468"),
    ("0898-6533-7739", "+8689865337739"),
    ("0371-6591146", "raw:03716591146"),
    ("0394-81234567", "raw:039481234567"),
    ("0310-1234567", "+863101234567"),
    ("026-12345678", "raw:02612345678"),
    ("0961-1234567", "raw:09611234567"),
    ("010-6591146", "raw:0106591146"),
    ("0394-8123456-8001", "raw:039481234568001"),
    // No area code is assumed.
    ("8123456", "raw:8123456"),
    ("65911468", "raw:65911468"),
    ("6700", "raw:6700"),
    ("6502530000", "raw:6502530000"),
    ("+866502530000", "raw:+866502530000"),
    ("3948123456", "raw:3948123456"),
    ("2161295599", "raw:2161295599"),
    ("108001234567", "raw:108001234567"),
    // Service lines.
    ("400-810-9889", "+864008109889"),
    ("+86 400 810 9889", "+864008109889"),
    ("864008109889", "+864008109889"),
    ("0400-810-9889", "+864008109889"),
    ("800 830 8300", "+868008308300"),
    ("010-800-1234567", "+86108001234567"),
    ("+8695012345678", "+8695012345678"),
    ("9501234567", "+869501234567"),
    ("400810988", "raw:400810988"),
    ("40081098890", "raw:40081098890"),
    ("4018109889", "raw:4018109889"),
    // Dialled only as they are, with or without the country code.
    ("110", "cn:110"),
    ("+86110", "cn:110"),
    ("0086110", "cn:110"),
    ("86110", "cn:110"),
    ("10086", "cn:10086"),
    ("+8610086", "cn:10086"),
    ("008610086", "cn:10086"),
    ("8610086", "cn:10086"),
    ("100 0010", "cn:1000010"),
    ("123", "cn:123"),
    ("12", "raw:12"),
    ("12306", "cn:12306"),
    ("121233100", "cn:121233100"),
    ("1212331001", "raw:1212331001"),
    ("16812345", "cn:16812345"),
    ("10105678", "cn:10105678"),
    ("+86 1010 5678", "cn:10105678"),
    ("+86101906", "cn:101906"),
    ("+8610188", "cn:10188"),
    ("95588", "cn:95588"),
    ("+8695588", "cn:95588"),
    ("8695588", "cn:95588"),
    ("95175177", "cn:95175177"),
    ("+86 9517 5177", "cn:95175177"),
    ("951966", "cn:951966"),
    ("+86951966", "cn:951966"),
    ("96110", "cn:96110"),
    ("+8696110", "cn:96110"),
    ("9558", "raw:9558"),
    ("955881234", "raw:955881234"),
    ("97110", "raw:97110"),
    ("095588", "raw:095588"),
    ("0110", "raw:0110"),
    // Ports that begin 106.
    ("106 5911 468", "cn:1065911468"),
    ("1065911468", "cn:1065911468"),
    ("1069095599", "cn:1069095599"),
    ("10690698395566", "cn:10690698395566"),
    ("+8610690698395566", "cn:10690698395566"),
    ("8610690698395566", "cn:10690698395566"),
    ("+8610655123", "cn:10655123"),
    ("10655123456789012345", "cn:10655123456789012345"),
    ("106551234567890123456", "raw:106551234567890123456"),
    ("010655123456", "raw:010655123456"),
    // With an area code they are lines.
    ("021-962319", "+8621962319"),
    ("010-96066", "+861096066"),
    ("+86 10 96066", "+861096066"),
    ("1096066", "cn:1096066"),
    ("01010086", "+861010086"),
    ("010-110", "+8610110"),
    ("010-116114", "+8610116114"),
    ("021-95561", "+862195561"),
    ("0394-96110", "+8639496110"),
    ("0394-110", "+86394110"),
    ("0951-96110", "+8695196110"),
    ("0951-110", "+86951110"),
    ("0951-12345", "+8695112345"),
    ("0951-6012345", "+869516012345"),
    ("010100571", "raw:010100571"),
    // Other countries and regions.
    ("+1-800-633-0738", "+18006330738"),
    ("001 650 319 8930", "+16503198930"),
    ("+852 2122 1188", "+85221221188"),
    ("0085221221188", "+85221221188"),
    ("+886 2 2754 4600", "+886227544600"),
    ("+886165", "+886165"),
    ("+44 (0)20 7946 0958", "+442079460958"),
    ("0044 20 7946 0958", "+442079460958"),
    ("+4400207946", "+4400207946"),
    ("+39 06 6982", "+39066982"),
    ("+225 01 23 45 67 89", "+2250123456789"),
    ("+44 12", "raw:+4412"),
    ("+123456789012345", "+123456789012345"),
    ("+1234567890123456", "raw:+1234567890123456"),
    // Spoofed caller ids stay as they came.
    ("+999 1234 5678", "raw:+99912345678"),
    ("+210223898188", "raw:+210223898188"),
    ("+0086 13800138000", "raw:+008613800138000"),
    ("+00935973038", "raw:+00935973038"),
    ("+013800138000", "raw:+013800138000"),
    ("00+44 20 7946", "raw:00+44207946"),
    ("++8613800138000", "raw:++8613800138000"),
    ("13800138000+", "raw:13800138000+"),
    ("000123", "raw:000123"),
    ("00000000000", "raw:00000000000"),
    ("0", "raw:0"),
    ("+8", "raw:+8"),
    ("86", "raw:86"),
    ("1-800-FLOWERS", "raw:1800FLOWERS"),
    ("ＡＢＣ１２３", "raw:ABC123"),
    ("*#06#", "raw:*#06#"),
    ("010-65911468 ext 12", "raw:01065911468ext12"),
    ("+8686138001380001", "raw:+8686138001380001"),
    // Canonical forms in their own letters.
    ("cn:110", "cn:110"),
    (" cn:110\n", "cn:110"),
    ("cn:1065911468", "cn:1065911468"),
    ("raw:6700", "raw:6700"),
    ("raw:+00935973038", "raw:+00935973038"),
    ("cn:13800138000", "!phone_not_canonical"),
    ("cn:6700", "!phone_not_canonical"),
    ("raw:13800138000", "!phone_not_canonical"),
    ("raw:cn:110", "!phone_character"),
    // Refused.
    ("", "!phone_empty"),
    (" -.() ", "!phone_empty"),
    ("anonymous", "!phone_no_digit"),
    ("unknown", "!phone_no_digit"),
    ("+*#", "!phone_no_digit"),
    ("123456789012345678901234567890123", "!phone_too_long"),
    ("12345678901234567890123456789012", "raw:12345678901234567890123456789012"),
    ("0394-8123456转8001", "!phone_extension"),
    ("电话13800138000", "!phone_character"),
    ("138/0013/8000", "!phone_character"),
    ("13800138000,", "!phone_character"),
    ("13800138000\u{0}", "!phone_character"),
    ("138@0013", "!phone_character"),
    ("①3800138000", "!phone_character"),
];

fn outcome(text: &str) -> String {
    match PhoneNumber::parse(text) {
        Ok(number) => number.canonical().to_owned(),
        Err(error) => format!("!{}", error.code),
    }
}

#[test]
fn every_rule_gives_its_known_answer() {
    let wrong: Vec<_> = KNOWN
        .iter()
        .filter(|(text, expected)| outcome(text) != *expected)
        .map(|(text, expected)| format!("{text:?}: {} instead of {expected}", outcome(text)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_canonical_form_of_a_known_answer_parses_to_itself() {
    for (text, _) in KNOWN {
        if let Ok(number) = PhoneNumber::parse(text) {
            assert_eq!(PhoneNumber::parse(number.canonical()), Ok(number), "{text:?}");
        }
    }
}

#[test]
fn the_class_and_the_digits_agree_with_the_form() {
    for (text, class, digits) in [
        ("13800138000", PhoneClass::Mobile, "8613800138000"),
        ("010-65911468", PhoneClass::Geographic, "861065911468"),
        ("021-962319", PhoneClass::Geographic, "8621962319"),
        ("+852 2122 1188", PhoneClass::Foreign, "85221221188"),
        ("400-810-9889", PhoneClass::ServiceLine, "864008109889"),
        ("95588", PhoneClass::ShortOrPort, "95588"),
        ("*#06#", PhoneClass::Raw, "*#06#"),
    ] {
        let number = PhoneNumber::parse(text).unwrap();
        assert_eq!((number.class(), number.digits()), (class, digits), "{text}");
        assert_eq!(number.to_string(), number.canonical());
    }
}

#[test]
fn every_area_code_takes_short_numbers_and_keeps_them() {
    let mut areas = 0;
    for area in (10..30).chain(300..1000) {
        let form = outcome(&format!("0{area}-96110"));
        if form.starts_with("raw:") {
            continue;
        }
        areas += 1;
        assert_eq!(form, format!("+86{area}96110"));
        for short in ["110", "122", "10086", "12345", "12110", "95588", "962319", "95175177"] {
            let form = format!("+86{area}{short}");
            assert_eq!(outcome(&format!("0{area}-{short}")), form);
            assert_eq!(outcome(&form), form);
        }
    }
    assert_eq!(areas, 328);
}

/// Rows of a tab-separated file of the sample folder, without its header; none where there is no sample folder.
fn sample_rows(path: &str) -> Option<Vec<Vec<String>>> {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../"));
    let samples = env::var("GOLDEN_BELL_SAMPLE_DIR").unwrap_or_else(|_| "../shared/data".to_owned());
    let file = root.join(samples).join(path);
    let Ok(text) = std::fs::read_to_string(&file) else {
        assert!(env::var("GOLDEN_BELL_REQUIRE_ALL").as_deref() != Ok("1"), "{} is missing", file.display());
        println!("skipped: no data");
        return None;
    };
    Some(text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect())
}

#[test]
fn numbers_of_the_mainland_agree_with_the_public_vectors() {
    let Some(rows) = sample_rows("vectors/phone/cn_numbers_libphonenumber.tsv") else { return };
    let mut valid = 0;
    for row in &rows {
        let (input, e164, status) = (row[0].as_str(), row[1].as_str(), row[3].as_str());
        let bare: String = input.chars().filter(char::is_ascii_digit).collect();
        let short = (3..=9).contains(&bare.len()) && bare.starts_with('1')
            || (5..=8).contains(&bare.len()) && (bare.starts_with("95") || bare.starts_with("96"))
            || bare.starts_with("106");
        let expected = match status {
            _ if short => format!("cn:{bare}"),
            "valid" => e164.to_owned(),
            _ => format!("raw:{bare}"),
        };
        assert_eq!(outcome(input), expected, "{input}");
        valid += usize::from(status == "valid" && !short);
    }
    println!("{valid} valid rows give their E.164 form, {} others their short form", rows.len() - valid);
    assert!(valid > 150);
}

#[test]
fn valid_numbers_of_the_spam_lists_keep_their_form() {
    for list in ["spam_chile.gpl2.tsv", "spam_swiss.gpl3.tsv", "spam_turkey.gpl3.tsv", "spam_tw_gov165.tsv"] {
        let Some(rows) = sample_rows(&format!("lists/phone/{list}")) else { return };
        let valid: Vec<_> = rows.iter().filter(|row| row[5] == "valid").collect();
        assert!(!valid.is_empty(), "{list}");
        for row in valid {
            assert_eq!(outcome(&row[0]), row[3]);
        }
        for row in &rows {
            assert!(PhoneNumber::parse(&row[0]).is_ok(), "{} is dropped", row[0]);
        }
    }
}
