//! Numbers and links by index: distinct for distinct indexes, and spelled as people spell them.

/// Beginnings of mobile numbers that are in use.
const MOBILE: [&str; 29] = [
    "130", "131", "132", "133", "134", "135", "136", "137", "138", "139", "150", "151", "152", "153", "155", "156",
    "157", "158", "159", "180", "181", "182", "183", "184", "185", "186", "187", "188", "189",
];

/// What strange sites are called.
const WORDS: [&str; 12] =
    ["vip", "mall", "loan", "news", "game", "invest", "union", "order", "kefu", "card", "trade", "reward"];

const ENDINGS: [&str; 8] = ["com", "top", "xyz", "com.cn", "vip", "cn", "net", "shop"];

/// The canonical form of mobile number `index`.
pub fn phone(index: u64) -> String {
    let (first, rest) = mobile(index);
    format!("+86{first}{rest:08}")
}

/// Mobile number `index` in one of its usual spellings.
pub fn spelled_phone(index: u64) -> String {
    let (first, rest) = mobile(index);
    let (middle, last) = (rest / 10_000, rest % 10_000);
    match index % 5 {
        0 | 1 => format!("{first}{rest:08}"),
        2 => format!("{first}-{middle:04}-{last:04}"),
        3 => format!("+86 {first} {middle:04} {last:04}"),
        _ => format!("0086{first}{rest:08}"),
    }
}

fn mobile(index: u64) -> (&'static str, u64) {
    let count = MOBILE.len() as u64;
    // The factor has no common divisor with 10^8: no number comes twice before all have come.
    (MOBILE[(index % count) as usize], (index / count * 7_654_321 + 1_234_567) % 100_000_000)
}

/// The registrable domain of site `index`.
pub fn host(index: u64) -> String {
    let word = WORDS[(index % 12) as usize];
    let ending = ENDINGS[(index / 12 % 8) as usize];
    // Odd, so every index below 2^40 has its own.
    let mixed = index.wrapping_mul(0x9e37_79b9_7f4a_7c15) & 0xff_ffff_ffff;
    format!("{word}{}.{ending}", letters(mixed))
}

/// A link to a page of site `index`, as it stands in messages.
pub fn link(index: u64) -> String {
    let host = host(index);
    match index % 5 {
        0 => format!("https://{host}/"),
        1 => format!("http://www.{host}/index.html"),
        2 => format!("https://{host}/m/user/login?from=sms&id={index}"),
        3 => format!("HTTP://{host}/a/b/c.php?x=1&y=%E4%BD%A0#top"),
        _ => format!("https://m.{host}/s/{}", letters(index)),
    }
}

fn letters(mut number: u64) -> String {
    let mut text = String::with_capacity(8);
    loop {
        text.push(char::from(b"0123456789abcdefghijkmnpqrstuvwxyz"[(number % 34) as usize]));
        number /= 34;
        if number == 0 {
            return text;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use domain::{Subject, SubjectKind};

    use super::*;

    #[test]
    fn every_spelling_of_a_number_is_that_number() {
        for index in 0..1_000 {
            let subject = Subject::parse(SubjectKind::Phone, &spelled_phone(index)).unwrap();
            assert_eq!(subject.canonical(), phone(index));
        }
    }

    #[test]
    fn every_link_leads_to_its_site() {
        for index in 0..1_000 {
            let subject = Subject::parse(SubjectKind::Link, &link(index)).unwrap();
            let Subject::Link(link) = subject else { panic!("a link") };
            assert_eq!(link.registrable_domain(), Some(host(index).as_str()));
        }
    }

    #[test]
    fn no_subject_comes_twice() {
        let phones: HashSet<String> = (0..100_000).map(phone).collect();
        let hosts: HashSet<String> = (0..100_000).map(host).collect();
        assert_eq!((phones.len(), hosts.len()), (100_000, 100_000));
    }
}
