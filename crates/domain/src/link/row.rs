//! Rows in which people wrote words around a link.

use crate::subject::ParseError;

use super::{Link, split::is_invisible, suffix};

/// Endings that no list of suffixes has, and that reports and examples use all the same (RFC 2606, RFC 6761).
const RESERVED_ENDINGS: [&str; 4] = ["example", "test", "invalid", "localhost"];

/// The one link in a row: the row itself where it is a single word, else the only link among its words. The same link
/// written twice counts once.
pub(super) fn only_link(row: &str) -> Result<&str, ParseError> {
    let row = row.trim_matches(is_invisible);
    let is_one_word = !row.contains(is_gap);
    if is_one_word && row.is_ascii() {
        return Ok(row.trim_matches([',', ';']));
    }
    let mut found: Option<(&str, Link)> = None;
    for word in row.split(is_gap) {
        for (text, link) in links_of(word) {
            match &found {
                Some((_, first)) if *first != link => return Err(SEVERAL),
                Some(_) => {}
                None => found = Some((text, link)),
            }
        }
    }
    match found {
        Some((text, _)) => Ok(text),
        None if is_one_word => Ok(row),
        None => Err(NONE),
    }
}

/// What separates words: white space, quotes, and Chinese punctuation (but not `。`, which also stands for a dot).
fn is_gap(mark: char) -> bool {
    is_invisible(mark)
        || mark.is_whitespace()
        || matches!(
            mark,
            '"' | '<'
                | '>'
                | '，'
                | '；'
                | '：'
                | '！'
                | '？'
                | '、'
                | '（'
                | '）'
                | '【'
                | '】'
                | '《'
                | '》'
                | '「'
                | '」'
                | '『'
                | '』'
                | '“'
                | '”'
                | '‘'
                | '’'
                | '…'
        )
}

/// The links of one word. Chinese words may stick to a link (`网址www.evil.example请勿点击`); they are also letters of
/// domains, so the whole is tried first.
fn links_of(word: &str) -> Vec<(&str, Link)> {
    let word = word.trim_matches(['\'', ',', ';', '!', '`', '*', '|']).trim_end_matches(['.', ':']);
    if word.is_ascii() {
        return as_link(word).into_iter().collect();
    }
    let tail = word.trim_start_matches(|mark: char| !mark.is_ascii());
    if let Some((_, whole)) = as_link(word) {
        return match as_link(tail) {
            // The registered name is the same: what stands before it are words, no label.
            Some((_, inner)) if inner.registrable_domain() == whole.registrable_domain() => vec![(tail, inner)],
            _ => vec![(word, whole)],
        };
    }
    word.split(|mark: char| !mark.is_ascii()).filter_map(as_link).collect()
}

/// `text` as a link, if it looks like one: a scheme, or a domain that can exist, or a dotted IP address.
fn as_link(text: &str) -> Option<(&str, Link)> {
    let link = Link::parse(text).ok()?;
    let host = link.host();
    let has_scheme = text.split_once(':').is_some_and(|(name, rest)| {
        name.bytes().all(|byte| byte.is_ascii_alphanumeric()) && (rest.starts_with("//") || rest.starts_with("/"))
    });
    let looks_so = if link.is_ip() {
        has_scheme || text.starts_with(host.trim_start_matches("*."))
    } else if has_scheme {
        host.contains('.')
    } else {
        !is_mail(text) && host.contains('.') && has_domain_ending(host)
    };
    looks_so.then_some((text, link))
}

fn has_domain_ending(host: &str) -> bool {
    let ending = host.rsplit('.').next().unwrap_or_default();
    let is_plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    is_plain && (suffix::is_known(host) || host.starts_with("www.") || RESERVED_ENDINGS.contains(&ending))
}

fn is_mail(text: &str) -> bool {
    text.split(['/', '?']).next().is_some_and(|authority| authority.contains('@'))
}

const NONE: ParseError = ParseError { code: "link_row_none", detail: "这一行里没有网址。" };
const SEVERAL: ParseError =
    ParseError { code: "link_row_several", detail: "这一行里有不止一个网址，请分行填写。" };

#[cfg(test)]
mod tests {
    use super::*;

    fn found(row: &str) -> &str {
        only_link(row).unwrap_or_else(|error| error.code)
    }

    #[test]
    fn a_single_word_is_taken_whole() {
        for row in ["evil.example", "evil.nosuchending/x", "/only/path", "簽約擔保應用平臺.top", "z4.新竹物流z.top"]
        {
            assert_eq!(found(row), row);
        }
    }

    #[test]
    fn words_beside_a_link_fall_away() {
        for (row, link) in [
            ("Polestar www.psmkscrmpro.com", "www.psmkscrmpro.com"),
            ("新竹物流 z4.新竹物流z.top", "z4.新竹物流z.top"),
            ("J.Q.X www.jqxpkw.com", "www.jqxpkw.com"),
            ("Web3.0 web3fd.org", "web3fd.org"),
            ("a 192.0.2.7:81/x", "192.0.2.7:81/x"),
            ("网址：https://evil.example/a，请勿点击", "https://evil.example/a"),
            ("网址www.evil.example请勿点击", "www.evil.example"),
            ("请勿打开evil.com。谢谢", "evil.com"),
            ("黑貓 http:/ww1.evil.example", "http:/ww1.evil.example"),
            ("客服 help@bank.example 网站 evil[.]example", "evil[.]example"),
            ("evil.com 即 EVIL.com/", "evil.com"),
            ("bol. vt.evil.xyz", "vt.evil.xyz"),
            ("SHOP github.io", "github.io"),
        ] {
            assert_eq!(found(row), link, "{row}");
        }
    }

    #[test]
    fn no_link_or_several_are_refused() {
        for (row, code) in [
            ("FX MAX googleplay", "link_row_none"),
            ("3.14 和 12345", "link_row_none"),
            ("XT .COM", "link_row_none"),
            ("Gate.io gate.evil.com", "link_row_several"),
            ("a.com,b.com 两个", "link_row_none"),
            ("a.com、b.com", "link_row_several"),
        ] {
            assert_eq!(found(row), code, "{row}");
        }
    }
}
