//! IP addresses in every spelling that browsers and resolvers take.

use std::net::{Ipv4Addr, Ipv6Addr};

/// The IPv4 address that `text` spells: one to four numbers, decimal, octal (`017`) or hexadecimal (`0x1f`), the last one
/// filling the bytes that are left; `3279880203` is 195.127.0.11.
///
/// As Safe Browsing's own implementation has it, a number too large for its place loses its upper bytes (`276.2.3` is
/// 20.2.0.3), a number over 32 bits makes the text a name, and a dotted address followed by a space and anything else, at
/// most 15 characters in all, is that address. None where `text` is no address.
pub fn parse_ipv4(text: &str) -> Option<Ipv4Addr> {
    let text = match text.split_once(' ') {
        Some((head, _)) if text.len() <= 15 && is_dotted_decimal(head) => head,
        _ => text,
    };
    if text.matches('.').count() > 3 {
        return None;
    }
    let mut bytes = [0; 4];
    let mut filled = 0;
    let mut numbers = text.split('.').peekable();
    while let Some(part) = numbers.next() {
        let value = number(part)?.to_be_bytes();
        let width = if numbers.peek().is_some() { 1 } else { bytes.len() - filled };
        for (to, from) in bytes.iter_mut().skip(filled).zip(value.iter().skip(value.len() - width)) {
            *to = *from;
        }
        filled += width;
    }
    Some(Ipv4Addr::from(bytes))
}

/// Four groups of one to three digits.
fn is_dotted_decimal(text: &str) -> bool {
    text.split('.').count() == 4
        && text.split('.').all(|part| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// One number of an address; `0x` alone is 0, as in browsers.
fn number(text: &str) -> Option<u32> {
    let (digits, radix) = if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        if hex.is_empty() {
            return Some(0);
        }
        (hex, 16)
    } else if text.len() > 1 && text.starts_with('0') {
        (text, 8)
    } else {
        (text, 10)
    };
    // from_str_radix would take a leading sign.
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(digits, radix).ok()
}

/// The one spelling of the IPv6 address in brackets, by the serializer of the WHATWG URL Standard: lower-case groups, the
/// first longest run of two or more zero groups as `::`, never a dotted tail.
pub(super) fn canonical_ipv6(bracketed: &str) -> Option<String> {
    let address: Ipv6Addr = bracketed.strip_prefix('[')?.strip_suffix(']')?.parse().ok()?;
    let groups = address.segments();
    let (start, length) = longest_zero_run(&groups);
    let group = |group: &u16| format!("{group:x}");
    if length < 2 {
        return Some(format!("[{}]", groups.iter().map(group).collect::<Vec<_>>().join(":")));
    }
    let head: Vec<String> = groups.iter().take(start).map(group).collect();
    let tail: Vec<String> = groups.iter().skip(start + length).map(group).collect();
    Some(format!("[{}::{}]", head.join(":"), tail.join(":")))
}

fn longest_zero_run(groups: &[u16; 8]) -> (usize, usize) {
    let mut best = (0, 0);
    let mut run = (0, 0);
    for (index, group) in groups.iter().enumerate() {
        run = match *group {
            0 if run.1 == 0 => (index, 1),
            0 => (run.0, run.1 + 1),
            _ => (0, 0),
        };
        if run.1 > best.1 {
            best = run;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ipv4(text: &str) -> String {
        parse_ipv4(text).map_or_else(|| "name".to_owned(), |address| address.to_string())
    }

    #[test]
    fn every_spelling_of_an_ipv4_address_is_dotted() {
        for (text, dotted) in [
            ("192.0.2.7", "192.0.2.7"),
            ("012.034.01.055", "10.28.1.45"),
            ("0x12.0x43.0x44.0x01", "18.67.68.1"),
            ("0XC0.0.0x02.7", "192.0.2.7"),
            ("12.0x12.01234", "12.18.2.156"),
            ("192.513", "192.0.2.1"),
            ("3279880203", "195.127.0.11"),
            ("4294967295", "255.255.255.255"),
            ("0x.0x.0", "0.0.0.0"),
            ("276.2.3", "20.2.0.3"),
            ("192.0.2.7 xy", "192.0.2.7"),
        ] {
            assert_eq!(ipv4(text), dotted, "{text}");
        }
    }

    #[test]
    fn other_texts_are_names() {
        for text in [
            "",
            ".",
            "1.2.3.4.5",
            "1.2.3.",
            "4294967296",
            "08.1.1.1",
            "0x1g",
            "+1.2.3.4",
            "1a.2.3.4",
            "192.0.2.177 long",
            "example",
        ] {
            assert_eq!(ipv4(text), "name", "{text}");
        }
    }

    #[test]
    fn an_ipv6_address_has_one_spelling() {
        for (text, canonical) in [
            ("[2001:DB8:0:0:8:800:200C:417A]", "[2001:db8::8:800:200c:417a]"),
            ("[::192.0.2.1]", "[::c000:201]"),
            ("[::ffff:192.0.2.1]", "[::ffff:c000:201]"),
            ("[1:0:0:2:0:0:0:3]", "[1:0:0:2::3]"),
            ("[1:0:0:2:3:0:0:4]", "[1::2:3:0:0:4]"),
            ("[1:0:2:3:4:5:6:7]", "[1:0:2:3:4:5:6:7]"),
            ("[0:0:0:0:0:0:0:0]", "[::]"),
        ] {
            assert_eq!(canonical_ipv6(text).as_deref(), Some(canonical));
        }
        for text in ["[::1", "[1:2]", "[fe80::1%25eth0]", "[::1.2.3]", "[]"] {
            assert_eq!(canonical_ipv6(text), None, "{text}");
        }
    }
}
