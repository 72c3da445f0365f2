//! Hosts: one spelling.

use crate::subject::ParseError;

use super::{
    BAD_HOST, BAD_IPV6, NO_HOST,
    escape::{append_escaped, append_opaque, unescape},
    ip,
    split::{Scheme, fold_wide, sharpen_dots},
    suffix,
};

/// A canonical host; all ASCII.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Host {
    pub(super) text: String,
    pub(super) ip: bool,
}

impl Host {
    fn ip(address: impl ToString) -> Self {
        Self { text: address.to_string(), ip: true }
    }
}

/// Rounds after which a host that still changes is refused; two are enough for every host seen.
const MAX_ROUNDS: usize = 4;

/// The canonical form of a host without user and port.
///
/// A name that nobody can register (escaped or foreign letters, no suffix of the Public Suffix List) under a scheme of
/// some app, or under none, stays a word as it was written: the "opaque host" of the WHATWG URL Standard.
pub(super) fn canonical(raw: &[u8], scheme: Scheme) -> Result<Host, ParseError> {
    if raw.iter().all(is_plain) {
        return name(raw);
    }
    let may_be_word = match scheme {
        Scheme::Web => false,
        Scheme::Missing => raw.contains(&b'%'),
        Scheme::Foreign => raw.contains(&b'%') || !raw.is_ascii(),
    };
    match settle(raw) {
        host if !may_be_word => host,
        Ok(host) if host.ip || suffix::is_registrable(&host.text) => Ok(host),
        _ => word(raw),
    }
}

/// What an ordinary name is made of; nothing in it can be a disguise.
const fn is_plain(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')
}

/// Repeats [`unfold`] until nothing changes: undoing one disguise may show another.
fn settle(raw: &[u8]) -> Result<Host, ParseError> {
    let mut host = unfold(raw)?;
    for _ in 0..MAX_ROUNDS {
        if host.ip || host.text.as_bytes().iter().all(is_plain) {
            return Ok(host);
        }
        let next = unfold(host.text.as_bytes())?;
        if next == host {
            return Ok(host);
        }
        host = next;
    }
    Err(BAD_HOST)
}

/// One round: escapes off, full-width and blunted marks as ASCII, then a name or an address.
fn unfold(raw: &[u8]) -> Result<Host, ParseError> {
    let plain = unescape(raw);
    let Ok(text) = std::str::from_utf8(&plain) else {
        return name(&plain);
    };
    let folded: String = text.chars().map(fold_wide).collect();
    let sharp = sharpen_dots(folded.as_bytes());
    if sharp.starts_with(b"[") {
        return std::str::from_utf8(&sharp).ok().and_then(ip::canonical_ipv6).map(Host::ip).ok_or(BAD_IPV6);
    }
    if sharp.is_ascii() {
        return name(&sharp);
    }
    // UTS 46 as browsers apply it: not transitional, no limits on hyphens and lengths. What it refuses is no domain, and
    // is kept byte by byte as Safe Browsing does.
    match idna::domain_to_ascii_cow(&sharp, idna::AsciiDenyList::EMPTY) {
        Ok(ascii) => name(ascii.as_bytes()),
        Err(_) => name(&sharp),
    }
}

/// Lower case, no empty labels, addresses dotted, escapes on.
fn name(bytes: &[u8]) -> Result<Host, ParseError> {
    let mut lower = without_empty_labels(bytes);
    lower.make_ascii_lowercase();
    let first = *lower.first().ok_or(NO_HOST)?;
    if first.is_ascii_digit()
        && let Ok(text) = std::str::from_utf8(&lower)
        && let Some(address) = ip::parse_ipv4(text)
    {
        return Ok(Host::ip(address));
    }
    if lower.iter().all(is_plain) {
        return finish(lower);
    }
    let mut escaped = Vec::with_capacity(lower.len());
    append_escaped(&mut escaped, &lower);
    finish(escaped)
}

fn word(raw: &[u8]) -> Result<Host, ParseError> {
    let mut escaped = Vec::with_capacity(raw.len());
    append_opaque(&mut escaped, &without_empty_labels(raw));
    finish(escaped)
}

fn without_empty_labels(bytes: &[u8]) -> Vec<u8> {
    if !bytes.starts_with(b".") && !bytes.ends_with(b".") && !bytes.windows(2).any(|pair| pair == b"..") {
        return bytes.to_vec();
    }
    let mut kept = Vec::with_capacity(bytes.len());
    for label in bytes.split(|byte| *byte == b'.').filter(|label| !label.is_empty()) {
        if !kept.is_empty() {
            kept.push(b'.');
        }
        kept.extend_from_slice(label);
    }
    kept
}

/// Refuses what would read as something else than a host when the canonical form is parsed again.
fn finish(escaped: Vec<u8>) -> Result<Host, ParseError> {
    let text = String::from_utf8(escaped).map_err(|_| BAD_HOST)?;
    if text.is_empty() {
        return Err(NO_HOST);
    }
    if text.bytes().any(|byte| matches!(byte, b'/' | b'\\' | b'?' | b':' | b'@' | b'[' | b']')) {
        return Err(BAD_HOST);
    }
    Ok(Host { text, ip: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(raw: &str) -> String {
        canonical(raw.as_bytes(), Scheme::Web).map_or_else(|_| "!".to_owned(), |host| host.text)
    }

    #[test]
    fn a_host_has_one_spelling() {
        for (raw, host) in [
            ("WWW.Example.COM", "www.example.com"),
            ("..a...b..", "a.b"),
            ("www.ümlat.com", "www.xn--mlat-zra.com"),
            ("faß.example", "xn--fa-hia.example"),
            ("ＥＶＩＬ．ｅｘａｍｐｌｅ", "evil.example"),
            ("evil。example", "evil.example"),
            ("%65vil%2Eexample", "evil.example"),
            ("evil(dot)example", "evil.example"),
            ("ev\u{200b}il.example", "evil.example"),
            ("a b.com", "a%20b.com"),
            ("host%23.com", "host%23.com"),
            ("w!eird<>Ho$^.com", "w!eird<>ho$^.com"),
            ("a%b", "a%25b"),
            ("0300.0250.1", "192.168.0.1"),
            ("[::1]", "[::1]"),
        ] {
            assert_eq!(shown(raw), host, "{raw}");
        }
    }

    #[test]
    fn what_is_no_name_is_kept_byte_by_byte() {
        let host = canonical(b"\x01\x80.COM", Scheme::Web).expect("a host");
        assert_eq!(host.text, "%01%80.com");
        assert_eq!(shown("xn--\u{202e}x.com"), "xn--%E2%80%AEx.com");
    }

    #[test]
    fn a_host_that_would_read_as_more_is_refused() {
        for raw in ["a%2Fb", "a%3Fb", "a%40b", "a%3Ab", "a%5Cb", "a℀b", ".", "[::x]"] {
            assert_eq!(shown(raw), "!", "{raw}");
        }
    }

    #[test]
    fn words_of_foreign_schemes_stay_as_written() {
        let host = |raw: &str, scheme| canonical(raw.as_bytes(), scheme).map(|host| host.text);
        assert_eq!(host("H%4fSt", Scheme::Foreign).as_deref(), Ok("H%4fSt"));
        assert_eq!(host("ñ", Scheme::Foreign).as_deref(), Ok("%C3%B1"));
        assert_eq!(host("%C3%B1", Scheme::Missing).as_deref(), Ok("%C3%B1"));
        assert_eq!(host("%45vil.com", Scheme::Foreign).as_deref(), Ok("evil.com"));
        assert_eq!(host("EVIL.com", Scheme::Foreign).as_deref(), Ok("evil.com"));
    }
}
