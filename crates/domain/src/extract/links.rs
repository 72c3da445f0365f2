//! Links in a text.

use super::{
    Found, Proposal, Rank,
    host::{self, Host},
    text::Text,
};
use crate::{link::Link, subject::Subject};

/// Schemes, and the ways in which warnings blunt them; the longer before what they begin with.
const SCHEMES: [&str; 10] = ["https", "http", "hxxps", "hxxp", "h**ps", "h**p", "htxps", "htxp", "ftps", "ftp"];

/// Endings that are files of this kind far more often than sites, when nothing but a name stands in front.
const FILE_ENDINGS: [&str; 9] = ["zip", "mov", "md", "rs", "py", "sh", "pl", "ps", "so"];

/// Longest user name and password in front of a host that is looked for.
const LONGEST_USER: usize = 64;

/// Every link of the text.
pub(super) fn find(text: &Text) -> Vec<Proposal> {
    let mut proposals = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let (proposal, next) = at_position(text, at);
        proposals.extend(proposal);
        at = next.max(at + 1);
    }
    proposals
}

/// A link that begins at `at`, and where to look on.
fn at_position(text: &Text, at: usize) -> (Option<Proposal>, usize) {
    if let Some(start) = after_scheme(text, at) {
        return match with_scheme(text, at, start) {
            Some(link) => {
                let end = link.found.span.1;
                (Some(link), end)
            }
            None => (None, start),
        };
    }
    if text.is(at, |c| c == '.')
        && let Some(host) = host::chinese_before_dot(text, at)
    {
        let end = host.end;
        return (complete(text, host.start, &host), end);
    }
    let begins = text.is(at, |c| c.is_ascii_alphanumeric())
        && !text.before(at).is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@'));
    if !begins {
        return (None, at + 1);
    }
    let is_www = text.has_word(at, "www.");
    match host::read(text, at, is_www) {
        Some(host) if text.is(host.end, |c| c == '@') => (None, host::skip(text, host.end + 1)),
        Some(host) if is_www || stands_alone(text, &host) => {
            let proposal = complete(text, at, &host);
            let end = proposal.as_ref().map_or(host.end, |proposal| proposal.found.span.1);
            (proposal, end)
        }
        _ => (None, skip_word(text, at)),
    }
}

/// Behind a name that is no host; behind an e-mail address, its domain too.
fn skip_word(text: &Text, at: usize) -> usize {
    let end = host::skip(text, at);
    if text.is(end, |c| c == '@') { host::skip(text, end + 1) } else { end }
}

/// Where the host begins, if a scheme stands at `at`.
fn after_scheme(text: &Text, at: usize) -> Option<usize> {
    if !text.is(at, |c| matches!(c, 'h' | 'H' | 'f' | 'F')) {
        return None;
    }
    let scheme = SCHEMES.iter().find(|scheme| text.has_word(at, scheme))?;
    let after = at + scheme.len();
    let forms = ["://", ":\\\\", "[:]//", "[://]", "(:)//", ":/ /", ": //"];
    forms.iter().find(|form| text.has_word(after, form)).map(|form| after + form.len())
}

fn with_scheme(text: &Text, start: usize, authority: usize) -> Option<Proposal> {
    let host_start = after_user(text, authority).unwrap_or(authority);
    let host = if text.is(host_start, |c| c == '[') {
        let close = text.run_end(host_start + 1, |c| c.is_ascii_hexdigit() || matches!(c, ':' | '.'));
        let is_closed = text.is(close, |c| c == ']');
        is_closed.then(|| Host { name: text.slice(host_start, close + 1), start: host_start, end: close + 1 })?
    } else {
        host::read(text, host_start, true)?
    };
    complete(text, start, &host)
}

fn after_user(text: &Text, start: usize) -> Option<usize> {
    let is_user = |c: char| c.is_ascii_graphic() && !matches!(c, '/' | '?' | '#' | '@' | '\\');
    let end = (start..start + LONGEST_USER).find(|at| !text.is(*at, is_user))?;
    (end > start && text.is(end, |c| c == '@')).then_some(end + 1)
}

/// Whether a name without scheme is meant as a host.
fn stands_alone(text: &Text, host: &Host) -> bool {
    let has_path = text.is(host.end, |c| c == '/');
    if host::is_ipv4(&host.name) {
        let context = text.context_before(host.start, 4);
        let is_version = context.ends_with('v') || context.contains("版本") || context.contains("第");
        return !is_version && !text.is(host.end, |c| c.is_ascii_alphanumeric() || c == '%');
    }
    if has_path {
        return true;
    }
    let Some((owner, ending)) = host.name.rsplit_once('.') else { return false };
    let is_file = FILE_ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)) && !owner.contains('.');
    // `at home.It was`: the next sentence after a full stop without a space.
    let mut letters = ending.chars();
    let is_sentence = letters.next().is_some_and(|c| c.is_ascii_uppercase())
        && letters.all(|c| c.is_ascii_lowercase())
        && !owner.chars().any(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    !is_file && !is_sentence
}

/// Port, path and query behind the host; the proposal, if it makes a link.
fn complete(text: &Text, start: usize, host: &Host) -> Option<Proposal> {
    let mut end = host.end;
    if text.is(end, |c| c == ':') {
        let digits = text.run_end(end + 1, |c| c.is_ascii_digit()) - (end + 1);
        if (1..=5).contains(&digits) {
            end += 1 + digits;
        }
    }
    let path_start = end;
    if text.is(end, |c| matches!(c, '/' | '\\'))
        || (text.raw(end).is_some_and(|c| matches!(c, '?' | '#')) && starts_query(text, end))
    {
        end = path_end(text, end);
    }
    let link = format!("http://{}{}", host.name, text.slice(path_start, end));
    let subject = Subject::Link(Link::parse(&link).ok()?);
    Some(Proposal { rank: Rank::Link, found: Found { subject, span: (start, end) } })
}

/// `?` is a question mark unless letters follow it.
fn starts_query(text: &Text, at: usize) -> bool {
    text.is(at + 1, |c| c.is_ascii_alphanumeric())
}

/// Where a path ends: at a space, at a Chinese character or mark, and before closing punctuation.
fn path_end(text: &Text, start: usize) -> usize {
    let mut end = start;
    let mut open = 0_usize;
    let mut kept = start;
    while let (Some(raw), Some(plain)) = (text.raw(end), text.at(end)) {
        let is_wide_letter =
            !raw.is_ascii() && (plain.is_ascii_alphanumeric() || matches!(plain, '/' | '.' | '-' | '_' | '=' | '&'));
        let is_path = raw.is_ascii_graphic() && !matches!(raw, '"' | '<' | '>' | '`' | '{' | '}' | '|' | '^');
        if !(is_wide_letter || is_path) {
            break;
        }
        end += 1;
        match plain {
            '(' => open += 1,
            // A bracket that was opened in the path belongs to it.
            ')' if open > 0 => {
                open -= 1;
                kept = end;
            }
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | ')' | ']' | '[' | '*' => {}
            _ => kept = end,
        }
    }
    kept
}
