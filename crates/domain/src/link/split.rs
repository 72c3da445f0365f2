//! Cuts raw text into host and the rest; scheme, user, port and fragment fall away.
//!
//! Written for text that people paste: no scheme, a wrong one, full-width letters, and the spellings in which warnings
//! pass dangerous links on (`hxxps[:]//evil[.]example`).

use std::borrow::Cow;

use crate::subject::ParseError;

use super::{BAD_IPV6, BAD_PORT, EMPTY, MAX_BYTES, NO_HOST, NOT_WEB, PATH_ONLY, TOO_LONG};

/// What the scheme says about the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// A browser opens it; the host is a domain.
    Web,
    /// There is none.
    Missing,
    /// Some other, with `//`: the host may be a domain, or just a word that an app knows.
    Foreign,
}

/// A link in parts, not yet canonical.
#[derive(Debug)]
pub(super) struct Parts<'a> {
    pub(super) scheme: Scheme,
    /// Never empty.
    pub(super) host: Cow<'a, [u8]>,
    /// Empty, or begins with `/`, `\` or `?`.
    pub(super) rest: Cow<'a, [u8]>,
    /// More than two slashes behind the scheme. Browsers skip them; Safe Browsing sees an empty host (`http:///page`).
    pub(super) surplus_slashes: bool,
}

/// Schemes whose host is a domain (WHATWG "special"), and the ways in which warnings blunt them.
const WEB: [&str; 17] = [
    "http", "https", "ftp", "ws", "wss", "hxxp", "hxxps", "hxtp", "hxtps", "htxp", "htxps", "htpp", "htpps", "htttp",
    "htttps", "fxp", "meow",
];
/// Schemes that lead to no host unless `//` follows.
const NO_WEB: [&str; 12] =
    ["mailto", "javascript", "vbscript", "data", "tel", "sms", "smsto", "callto", "about", "sip", "urn", "magnet"];

/// Cuts off the fragment and what surrounds the link, removes tabs and line ends, and undoes a blunted `[:]//`.
pub(super) fn clean(raw: &[u8]) -> Result<Cow<'_, [u8]>, ParseError> {
    if raw.len() > MAX_BYTES {
        return Err(TOO_LONG);
    }
    let whole = raw.split(|byte| *byte == b'#').next().unwrap_or_default();
    let start = whole.iter().position(|byte| *byte > b' ').ok_or(EMPTY)?;
    let end = whole.iter().rposition(|byte| *byte > b' ').ok_or(EMPTY)?;
    let trimmed = whole.get(start..=end).ok_or(EMPTY)?;
    let is_break = |byte: &u8| matches!(byte, b'\t' | b'\r' | b'\n');
    let cleaned = if trimmed.iter().any(is_break) {
        Cow::Owned(trimmed.iter().copied().filter(|byte| !is_break(byte)).collect())
    } else {
        Cow::Borrowed(trimmed)
    };
    Ok(match sharpen_separator(&cleaned) {
        Some(sharp) => Cow::Owned(sharp),
        None => cleaned,
    })
}

/// `hxxp[:]//x` and `http[://]x` with the bracket gone.
fn sharpen_separator(bytes: &[u8]) -> Option<Vec<u8>> {
    let (name, rest) = scheme_name(bytes)?;
    let inside = rest.strip_prefix(b"[").or_else(|| rest.strip_prefix(b"("))?;
    let close = inside.iter().position(|byte| matches!(byte, b']' | b')'))?;
    let separator = inside.get(..close)?;
    let is_separator = separator.starts_with(b":") && separator.iter().skip(1).all(|byte| *byte == b'/');
    is_separator.then(|| [name, separator, inside.get(close + 1..).unwrap_or_default()].concat())
}

/// Cuts what [`clean`] left into parts.
pub(super) fn split(clean: &[u8]) -> Result<Parts<'_>, ParseError> {
    if !clean.is_ascii()
        && let Ok(text) = std::str::from_utf8(clean)
    {
        return split_wide(text.trim_matches(is_invisible));
    }
    let head = head(clean)?;
    Ok(Parts {
        scheme: head.scheme,
        host: host_of(head.authority)?,
        rest: Cow::Borrowed(head.rest),
        surplus_slashes: head.surplus_slashes,
    })
}

/// Finds the parts in the full-width-folded text. The rest is taken as it came, since Chinese punctuation in a path is
/// part of it, unless the mark that ends the host was itself full-width: then somebody typed all of it so.
fn split_wide(text: &str) -> Result<Parts<'_>, ParseError> {
    let folded: String = text.chars().map(fold_wide).collect();
    let head = head(folded.as_bytes())?;
    let before = folded.len() - head.rest.len();
    let (kept, folded_rest) = folded.split_at_checked(before).unwrap_or((&folded, ""));
    let mut raw = text.chars();
    if let Some(last) = kept.chars().count().checked_sub(1) {
        raw.nth(last);
    }
    let rest = raw.as_str();
    let rest = if rest.starts_with(|first: char| !first.is_ascii()) {
        let whole = folded_rest.split('#').next().unwrap_or_default();
        Cow::Owned(whole.as_bytes().to_vec())
    } else {
        Cow::Borrowed(rest.as_bytes())
    };
    let host = Cow::Owned(host_of(head.authority)?.into_owned());
    Ok(Parts { scheme: head.scheme, host, rest, surplus_slashes: head.surplus_slashes })
}

/// Full-width ASCII and the ideographic full stops as ASCII.
pub(super) fn fold_wide(wide: char) -> char {
    match wide {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(wide) - 0xfee0).unwrap_or(wide),
        '。' | '｡' => '.',
        other => other,
    }
}

/// Marks that come along with pasted text and are never seen: no-break and ideographic spaces, zero-width and direction
/// marks.
pub(super) fn is_invisible(mark: char) -> bool {
    mark <= ' '
        || matches!(mark, '\u{a0}' | '\u{3000}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}' | '\u{feff}')
}

struct Head<'a> {
    scheme: Scheme,
    authority: &'a [u8],
    rest: &'a [u8],
    surplus_slashes: bool,
}

impl<'a> Head<'a> {
    fn new(scheme: Scheme, bytes: &'a [u8], surplus_slashes: bool) -> Self {
        let is_end = |byte: &u8| matches!(byte, b'/' | b'?' | b'#') || (*byte == b'\\' && scheme != Scheme::Foreign);
        let end = bytes.iter().position(is_end).unwrap_or(bytes.len());
        let (authority, rest) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
        Self { scheme, authority, rest, surplus_slashes }
    }
}

fn head(bytes: &[u8]) -> Result<Head<'_>, ParseError> {
    let Some((name, after)) = scheme_name(bytes).and_then(|(name, rest)| Some((name, rest.strip_prefix(b":")?))) else {
        return head_without_scheme(bytes);
    };
    let is_one_of = |names: &[&str]| names.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(name));
    // Masked letters (`h**p`) stand for http.
    if is_one_of(&WEB) || (name.contains(&b'*') && after.starts_with(b"//")) {
        let (slashes, bytes) = skip_slashes(after);
        return Ok(Head::new(Scheme::Web, bytes, slashes > 2));
    }
    if is_one_of(&["file"]) {
        // A file of this machine has three slashes; only with two it names a host.
        return match skip_slashes(after) {
            (2, bytes) => Ok(Head::new(Scheme::Web, bytes, false)),
            _ => Err(NO_HOST),
        };
    }
    if let Some(bytes) = after.strip_prefix(b"//") {
        return Ok(Head::new(Scheme::Foreign, bytes, false));
    }
    if is_one_of(&NO_WEB) {
        return Err(NOT_WEB);
    }
    // `view-source:https://…` and the like.
    if after.starts_with(b"http://") || after.starts_with(b"https://") {
        return head(after);
    }
    if is_port_ahead(after) || name.contains(&b'.') {
        return head_without_scheme(bytes);
    }
    Err(NOT_WEB)
}

fn head_without_scheme(bytes: &[u8]) -> Result<Head<'_>, ParseError> {
    match skip_slashes(bytes) {
        (1, _) => Err(PATH_ONLY),
        (_, bytes) => Ok(Head::new(Scheme::Missing, bytes, false)),
    }
}

/// The letters that may be a scheme, and what follows them.
fn scheme_name(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    if !bytes.first()?.is_ascii_alphabetic() {
        return None;
    }
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'*');
    bytes.split_at_checked(bytes.iter().position(|byte| !is_part(byte))?)
}

fn skip_slashes(bytes: &[u8]) -> (usize, &[u8]) {
    let slashes = bytes.iter().take_while(|byte| matches!(byte, b'/' | b'\\')).count();
    (slashes, bytes.get(slashes..).unwrap_or_default())
}

/// `8080/…`: then what looked like a scheme was a host.
fn is_port_ahead(bytes: &[u8]) -> bool {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (1..=5).contains(&digits) && matches!(bytes.get(digits), None | Some(b'/' | b'\\' | b'?' | b'#'))
}

/// The host of an authority: without user and port, dots sharpened.
fn host_of(authority: &[u8]) -> Result<Cow<'_, [u8]>, ParseError> {
    let host = authority.rsplit(|byte| *byte == b'@').next().unwrap_or_default();
    let host = sharpen_dots(host);
    let length = length_without_port(&host)?;
    if length == 0 {
        return Err(NO_HOST);
    }
    Ok(match host {
        Cow::Borrowed(bytes) => Cow::Borrowed(bytes.get(..length).unwrap_or(bytes)),
        Cow::Owned(mut bytes) => {
            bytes.truncate(length);
            Cow::Owned(bytes)
        }
    })
}

fn length_without_port(host: &[u8]) -> Result<usize, ParseError> {
    let (end, error) = if host.starts_with(b"[") {
        (host.iter().position(|byte| *byte == b']').ok_or(BAD_IPV6)? + 1, BAD_IPV6)
    } else {
        (host.iter().rposition(|byte| *byte == b':').unwrap_or(host.len()), BAD_PORT)
    };
    match host.get(end..) {
        None | Some([]) => Ok(end),
        Some([b':', port @ ..]) if port.iter().all(u8::is_ascii_digit) => Ok(end),
        Some(_) => Err(error),
    }
}

/// `evil[.]example`, `evil(dot)example` and the like with plain dots; `[:]` likewise.
pub(super) fn sharpen_dots(host: &[u8]) -> Cow<'_, [u8]> {
    if !host.iter().any(|byte| matches!(byte, b'[' | b'(' | b'{')) {
        return Cow::Borrowed(host);
    }
    let mut sharp = Vec::with_capacity(host.len());
    for byte in host {
        sharp.push(*byte);
        if let Some((length, mark)) = blunted_mark(&sharp) {
            sharp.truncate(length);
            sharp.push(mark);
        }
    }
    Cow::Owned(sharp)
}

/// The mark in brackets at the end of `bytes`, and where its bracket opens.
fn blunted_mark(bytes: &[u8]) -> Option<(usize, u8)> {
    let (close, before) = bytes.split_last()?;
    let open = match close {
        b']' => b'[',
        b')' => b'(',
        b'}' => b'{',
        _ => return None,
    };
    // No mark is longer than eight bytes, and a long search here would be quadratic on a row of brackets.
    let window = before.len().saturating_sub(9);
    let length = window + before.get(window..)?.iter().rposition(|byte| *byte == open)?;
    let mark = match before.get(length + 1..)?.trim_ascii() {
        b"." => b'.',
        b":" => b':',
        word if word.eq_ignore_ascii_case(b"dot") || word == "点".as_bytes() => b'.',
        _ => return None,
    };
    Some((length, mark))
}
