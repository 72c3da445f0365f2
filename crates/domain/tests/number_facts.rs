//! What numbers say by themselves: known answers of every class, public vectors, and what holds for any input.

#![expect(clippy::expect_used, reason = "helpers of tests may fail as tests do")]

use std::{env, fs::File, io::Read as _, path::PathBuf};

use domain::phone::{NumberClass, NumberFacts, PhoneNumber};
use proptest::prelude::*;

fn facts(number: &str) -> NumberFacts {
    PhoneNumber::parse(number).expect("a number").facts()
}

/// Number, class, segment, carrier, place or country.
const KNOWN: &[(&str, &str, &str, &str, &str)] = &[
    // Mobile segments of every carrier.
    ("13012345678", "mobile", "130", "中国联通", "重庆市"),
    ("13112345678", "mobile", "131", "中国联通", "广东省珠海市"),
    ("13312345678", "mobile", "133", "中国电信", "贵州省遵义市"),
    ("13412345678", "mobile", "134", "中国移动", "广东省东莞市"),
    ("13800138000", "mobile", "138", "中国移动", "北京市"),
    ("+86 138 3941 2345", "mobile", "138", "中国移动", "河南省周口市"),
    ("13949990000", "mobile", "139", "中国移动", "河南省周口市"),
    ("14512345678", "mobile", "145", "中国联通", "北京市"),
    ("14712345678", "mobile", "147", "中国移动", "四川省成都市"),
    ("14912345678", "mobile", "149", "中国电信", ""),
    ("15012345678", "mobile", "150", "中国移动", "云南省昭通市"),
    ("15312345678", "mobile", "153", "中国电信", "江苏省淮安市"),
    ("15512345678", "mobile", "155", "中国联通", "河北省张家口市"),
    ("16612345678", "mobile", "166", "中国联通", ""),
    ("17212345678", "mobile", "172", "中国移动", ""),
    ("17312345678", "mobile", "173", "中国电信", ""),
    ("17612345678", "mobile", "176", "中国联通", "重庆市"),
    ("17712345678", "mobile", "177", "中国电信", "江苏省常州市"),
    ("17812345678", "mobile", "178", "中国移动", ""),
    ("18212345678", "mobile", "182", "中国移动", "贵州省黔东南苗族侗族自治州"),
    ("18512345678", "mobile", "185", "中国联通", "重庆市"),
    ("18912345678", "mobile", "189", "中国电信", "江苏省常州市"),
    ("19012345678", "mobile", "190", "中国电信", ""),
    ("19212345678", "mobile", "192", "中国广电", ""),
    ("19612345678", "mobile", "196", "中国联通", ""),
    ("19812345678", "mobile", "198", "中国移动", ""),
    ("19912345678", "mobile", "199", "中国电信", ""),
    // Virtual operators, with the network they sell.
    ("16212345678", "virtual_operator", "162", "中国电信", ""),
    ("16512345678", "virtual_operator", "165", "中国移动", ""),
    ("16712345678", "virtual_operator", "167", "中国联通", ""),
    ("17012345678", "virtual_operator", "1701", "中国电信", ""),
    ("17051234567", "virtual_operator", "1705", "中国移动", ""),
    ("17091234567", "virtual_operator", "1709", "中国联通", "上海市"),
    ("17112345678", "virtual_operator", "171", "中国联通", ""),
    // Satellites, emergency networks, things.
    ("13491234567", "satellite", "1349", "中国电信", ""),
    ("17400123456", "satellite", "1740", "中国电信", ""),
    ("17409123456", "satellite", "1740", "", ""),
    ("17491234567", "satellite", "1749", "", ""),
    ("+870 773 123 456", "satellite", "+870", "", "国际海事卫星"),
    ("14612345678", "internet_of_things", "146", "中国联通", ""),
    ("14812345678", "internet_of_things", "148", "中国移动", ""),
    ("1440123456789", "internet_of_things", "14", "", ""),
    ("1064712345678", "internet_of_things", "1064", "", ""),
    // Lines.
    ("010-65911468", "fixed_line", "010", "", "北京市"),
    ("021-62345678", "fixed_line", "021", "", "上海市"),
    ("0394-8123456", "fixed_line", "0394", "", "河南省周口市"),
    ("0371-65911468", "fixed_line", "0371", "", "河南省郑州市"),
    ("024-23456789", "fixed_line", "024", "", "辽宁省沈阳市、铁岭市、抚顺市、本溪市"),
    ("0021 962319", "impossible", "", "", ""),
    ("+86 21 962319", "fixed_line", "021", "", "上海市"),
    ("0951-96110", "fixed_line", "0951", "", "宁夏银川市"),
    // Service lines and numbers, short codes, ports.
    ("400-810-9889", "service_line", "400", "", ""),
    ("800 810 8888", "service_line", "800", "", ""),
    ("9501234567", "service_line", "950", "", ""),
    ("95588", "service_number", "95", "", ""),
    ("96110", "service_number", "96", "", ""),
    ("10109777", "service_number", "1010", "", ""),
    ("110", "short_code", "110", "", ""),
    ("12345", "short_code", "12345", "", ""),
    ("10086", "short_code", "10086", "中国移动", ""),
    ("10010", "short_code", "10010", "中国联通", ""),
    ("10000", "short_code", "10000", "中国电信", ""),
    ("106980095588", "sms_port", "1069", "", ""),
    ("10655123456", "sms_port", "1065", "", ""),
    ("1062123456", "sms_port", "1062", "", ""),
    // Overseas.
    ("+1 202 555 0100", "overseas", "+1", "", "美国"),
    ("+1 416 555 0123", "overseas", "+1", "", "加拿大"),
    ("+1 876 555 0123", "overseas", "+1", "", "牙买加"),
    ("+7 701 234 5678", "overseas", "+7", "", "哈萨克斯坦"),
    ("+7 912 345 6789", "overseas", "+7", "", "俄罗斯"),
    ("+44 (0)20 7946 0000", "overseas", "+44", "", "英国"),
    ("00852 2122 1188", "overseas", "+852", "", "中国香港"),
    ("+853 2872 2222", "overseas", "+853", "", "中国澳门"),
    ("+886 2 2345 6789", "overseas", "+886", "", "中国台湾"),
    ("+95 1 234 567", "overseas", "+95", "", "缅甸"),
    ("+855 23 123 456", "overseas", "+855", "", "柬埔寨"),
    // Made up, mistyped, or no number at all.
    ("+0096110", "impossible", "+00", "", ""),
    ("+00861012345678", "impossible", "+00", "", ""),
    ("+999 123 4567", "impossible", "+99", "", ""),
    ("+1 000 555 0100", "impossible", "+1", "", ""),
    ("+33 1234567", "impossible", "+33", "", "法国"),
    ("15412345678", "impossible", "154", "", ""),
    ("17912345678", "impossible", "179", "", ""),
    ("19412345678", "impossible", "194", "", ""),
    ("138001380001", "impossible", "", "", ""),
    ("ICBC95588", "impossible", "", "", ""),
    ("8123456", "local", "", "", ""),
    ("65911468", "local", "", "", ""),
    ("**21*13800138000#", "dial_code", "", "", ""),
];

#[test]
fn known_answers_of_every_class() {
    for (number, class, segment, carrier, place) in KNOWN {
        let facts = facts(number);
        let found = (facts.class.as_str(), facts.segment.as_str(), facts.carrier.unwrap_or(""));
        assert_eq!(found, (*class, *segment, *carrier), "{number}");
        assert_eq!(facts.place.or(facts.country).unwrap_or(""), *place, "{number}");
    }
    for class in NumberClass::ALL {
        assert!(KNOWN.iter().any(|(_, known, ..)| *known == class.as_str()), "{class:?}");
    }
}

#[test]
fn one_sentence_says_what_it_is_and_what_to_do() {
    for (number, sentence) in [
        ("13839412345", "这是中国移动的手机号（138号段），最初在河南省周口市开通；号码可以转网、转手，仅供参考。"),
        ("19912345678", "这是中国电信的手机号（199号段）；号码可以转网、转手，仅供参考。"),
        (
            "17091234567",
            "这是虚拟运营商的手机号（1709号段，使用中国联通的网络），最初在上海市开通；普通人也在用，仅供参考。",
        ),
        ("0394-8123456", "这是河南省周口市的固定电话（区号0394）；来电显示可能被冒用，要紧的事请挂断后自己拨打核实。"),
        ("+95 1 234 567", "这是境外号码，来自缅甸（+95）；没有境外亲友的，请不要接听，更不要按对方说的操作。"),
        ("106980095588", "这是106短信端口号（全国性企业或单位）；企业都可以租用，短信里的网址和电话请从官方渠道核对。"),
        (
            "+0096110",
            "没有以+00开头的国家代码；请核对有没有输错；如果来电就这样显示，很可能是伪造的，请挂断后自己拨打官方号码核实。",
        ),
    ] {
        assert_eq!(facts(number).sentence(), sentence, "{number}");
    }
    for (number, ..) in KNOWN {
        let facts = facts(number);
        let sentence = facts.sentence();
        assert_eq!(sentence.matches('。').count(), 1, "{sentence}");
        assert!(sentence.ends_with('。') && sentence.contains(facts.notes()[0]), "{sentence}");
        assert!(!sentence.contains("（）") && !sentence.contains("的的"), "{sentence}");
    }
}

fn vectors(name: &str) -> Option<String> {
    let folder = env::var("GOLDEN_BELL_SAMPLE_DIR").unwrap_or_else(|_| "../shared/data".to_owned());
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder).join("vectors/phone").join(name);
    let Ok(mut file) = File::open(&path) else {
        println!("skipped: no data");
        assert!(env::var("GOLDEN_BELL_REQUIRE_ALL").is_err(), "required: {}", path.display());
        return None;
    };
    let mut text = String::new();
    if name.ends_with(".gz") {
        flate2::read::GzDecoder::new(file).read_to_string(&mut text).expect("text");
    } else {
        file.read_to_string(&mut text).expect("text");
    }
    Some(text)
}

fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().skip(1).map(|line| line.split('\t').collect())
}

#[test]
fn segments_belong_to_whom_public_lists_say() {
    let Some(carriers) = vectors("cn_mobile_carrier_prefix.tsv") else { return };
    // Shorter prefixes have exceptions, which stand in longer ones.
    for row in rows(&carriers).filter(|row| row[0].len() > 4) {
        let number = format!("{:0<13}", row[0]);
        assert_eq!(facts(&number).carrier, Some(row[1]), "{}", row[0]);
    }
    let segments = vectors("cn_mobile_segments.tsv").expect("beside the other");
    for row in rows(&segments).filter(|row| row[0].bytes().all(|byte| byte.is_ascii_digit())) {
        let found = facts(&format!("{:0<11}", row[0]));
        assert_eq!(found.carrier, Some(row[1]), "{}", row[0]);
        let virtual_operator = row[2].contains("虚拟");
        assert_eq!(found.class == NumberClass::VirtualOperator, virtual_operator, "{}", row[0]);
    }
}

#[test]
fn places_are_those_of_a_public_table() {
    let Some(table) = vectors("cn_prefix_place.tsv.gz") else { return };
    let known: Vec<Vec<&str>> = rows(&table)
        .filter(|row| row[0].len() == 9 && row[0].starts_with("861") && !row[0].starts_with("861349"))
        .collect();
    // Renamed since: 襄樊, 莱芜 and the like.
    let differing = known.iter().filter(|row| {
        let found = facts(&format!("{}0000", row[0])).place;
        found != Some(row[1])
    });
    let differing: Vec<_> = differing.collect();
    assert!(known.len() > 50_000, "{}", known.len());
    assert!(differing.len() * 50 < known.len(), "{} of {}", differing.len(), known.len());
    for row in differing {
        let found = facts(&format!("{}0000", row[0])).place.unwrap_or("");
        let same_province = found.chars().take(2).eq(row[1].chars().take(2));
        assert!(same_province || row[1] == "天津", "{row:?} {found}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_number_says_something_and_always_the_same(
        text in "(\\+|00|\\+86|0086|86|0|\\+00|cn:|raw:)?(10|106|1[0-9]{2}|95|96|0?[2-9][0-9]{1,2})?[0-9A-Z*#]{1,14}",
    ) {
        if let Ok(number) = PhoneNumber::parse(&text) {
            let facts = number.facts();
            let again = PhoneNumber::parse(number.canonical()).expect("a canonical form parses").facts();
            prop_assert_eq!(&facts, &again);
            prop_assert!(facts.sentence().chars().count() > 10);
            prop_assert!(facts.segment.is_ascii());
        }
    }

    #[test]
    fn every_mainland_mobile_has_a_carrier_or_is_none(digits in "1[3-9][0-9]{9}") {
        let facts = facts(&digits);
        let without = matches!(facts.class, NumberClass::Impossible | NumberClass::Satellite);
        prop_assert!(facts.carrier.is_some() || without, "{digits}");
        prop_assert!(digits.starts_with(&facts.segment));
    }
}
