//! Links: one canonical form, and the expressions under which lists are asked.
//!
//! Players: [`Link`] is a web address, domain or IP address in canonical form; [`LinkRule`] is what one row of an
//! imported list says about links; [`shared_hosts`] are hosts that belong to many, never listed whole;
//! [`short_links`] are those whose links only lead elsewhere.
//!
//! Flow of [`Link::parse`]: `split` cuts the raw text into host and the rest (scheme, user and port fall away; full-width
//! and defanged spellings are undone), `host` makes the one spelling of the host, `path` that of path and query, and
//! `suffix` finds the registrable domain in the Public Suffix List.
//!
//! The rules are those of the Safe Browsing v4 page "URLs and Hashing"; where a browser would reach a host that the page
//! does not foresee (backslashes, `http:/host`, percent-escaped names), the WHATWG URL Standard. docs/canonical-vectors.md
//! lists the vectors they are held against and every difference.
//!
//! One canonical form never changes by being parsed again.

mod escape;
mod host;
mod ip;
mod path;
mod row;
mod rule;
pub mod shared_hosts;
pub mod short_links;
mod split;
mod suffix;

pub use ip::parse_ipv4;
pub use rule::{HeldReason, LinkRule};
pub use suffix::registrable_domain;

use crate::subject::ParseError;

/// Longest input and longest canonical form, in bytes. Browsers go further; a link longer than this is no page that
/// people are sent to, and every store in our way holds this much.
pub const MAX_BYTES: usize = 8192;

/// Most labels of a host suffix asked in the lists, and most path prefixes: Safe Browsing, "Suffix/Prefix Expressions",
/// with seven host labels as in its present wording.
const MAX_LABELS: usize = 7;
const MAX_PREFIXES: usize = 4;

/// A web address, domain or IP address in canonical form: host, path and query; no scheme, user, port or fragment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Link {
    text: String,
    /// Where the path begins in `text`.
    host_end: usize,
    /// Where the path ends: at the `?`, or at the end of `text`.
    path_end: usize,
    /// Where the registrable domain begins, if the host has one.
    registrable: Option<usize>,
    /// Where the public suffix begins; none for an IP address.
    suffix: Option<usize>,
    ip: bool,
}

impl Link {
    /// The canonical form of a link as people write, paste, wrap or disguise it.
    ///
    /// # Errors
    /// When it names no host (`/path`, `javascript:…`, `mailto:…`), when host or port can't be one, or when it is longer
    /// than [`MAX_BYTES`]. Never panics, whatever the input.
    pub fn parse(raw: &str) -> Result<Self, ParseError> {
        Self::parse_bytes(raw.as_bytes())
    }

    /// As [`Link::parse`], for bytes that need not be UTF-8.
    ///
    /// # Errors
    /// As [`Link::parse`].
    pub fn parse_bytes(raw: &[u8]) -> Result<Self, ParseError> {
        let clean = split::clean(raw)?;
        let parts = split::split(&clean)?;
        let host = host::canonical(&parts.host, parts.scheme)?;
        if host.text.contains('.') || host.ip || !parts.surplus_slashes {
            Self::assemble(host, &parts.rest)
        } else {
            Err(NO_HOST)
        }
    }

    fn assemble(host: host::Host, rest: &[u8]) -> Result<Self, ParseError> {
        let host_end = host.text.len();
        let mut text = host.text.into_bytes();
        text.reserve(rest.len() + 1);
        let path_end = path::append(&mut text, rest);
        if text.len() > MAX_BYTES {
            return Err(TOO_LONG);
        }
        let text = String::from_utf8(text).map_err(|_| BAD_HOST)?;
        let bounds = match text.get(..host_end) {
            Some(name) if !host.ip => suffix::bounds(name),
            _ => suffix::Bounds::default(),
        };
        Ok(Self { text, host_end, path_end, registrable: bounds.registrable, suffix: bounds.suffix, ip: host.ip })
    }

    /// The whole canonical form, e.g. `evil.example/pay?id=1`.
    ///
    /// It is the first lookup expression, except that a `?` with nothing behind it stays (Safe Browsing keeps it in the
    /// canonical link and drops it from the expressions).
    pub fn canonical(&self) -> &str {
        &self.text
    }

    /// The host: lower-case ASCII, an IPv4 address dotted, an IPv6 address in brackets; bytes that can't stand in a name
    /// percent-escaped.
    pub fn host(&self) -> &str {
        self.text.get(..self.host_end).unwrap_or_default()
    }

    /// Path and query, beginning with `/`.
    pub fn path_and_query(&self) -> &str {
        self.text.get(self.host_end..).unwrap_or_default()
    }

    /// The path, beginning with `/`.
    pub fn path(&self) -> &str {
        self.text.get(self.host_end..self.path_end).unwrap_or_default()
    }

    /// What stands behind the first `?`; empty for a `?` at the end.
    pub fn query(&self) -> Option<&str> {
        self.text.get(self.path_end..)?.strip_prefix('?')
    }

    /// Whether the host is an IP address.
    pub const fn is_ip(&self) -> bool {
        self.ip
    }

    /// The part of the host that one owner registers: public suffix and one label. None for an IP address, and where the
    /// host is itself a public suffix.
    pub fn registrable_domain(&self) -> Option<&str> {
        self.host().get(self.registrable?..)
    }

    /// The public suffix of the host, by the Public Suffix List with its default rule `*`. None for an IP address.
    pub fn public_suffix(&self) -> Option<&str> {
        self.host().get(self.suffix?..)
    }

    /// The hosts to ask the lists about: the whole host first, then its suffixes of at most seven labels, longest first,
    /// none shorter than the registrable domain. Of an IP address or a public suffix only itself.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        let host = self.host();
        let floor = self.registrable.unwrap_or(0);
        let labels = host.matches('.').count();
        let above = host
            .match_indices('.')
            .enumerate()
            .filter(move |(index, (dot, _))| labels - index <= MAX_LABELS && *dot < floor)
            .filter_map(move |(_, (dot, _))| host.get(dot + 1..));
        std::iter::once(host).chain(above)
    }

    /// The folders of the path, each ending in `/`, deepest first, of the first four counted from `/`:
    /// `/a/b/c/d/e.html` has `/a/b/c/`, `/a/b/`, `/a/`, `/`.
    pub fn prefixes(&self) -> impl Iterator<Item = &str> {
        let path = self.path();
        let depth = path.matches('/').count().min(MAX_PREFIXES);
        (0..depth).rev().filter_map(move |index| {
            let (slash, _) = path.match_indices('/').nth(index)?;
            path.get(..=slash)
        })
    }

    /// Every lookup expression in the order of asking: by host as in [`Link::hosts`]; of each the page with its query,
    /// the page without, then [`Link::prefixes`]. No expression comes twice; there are at most 42.
    pub fn expressions(&self) -> Vec<String> {
        let mut expressions = Vec::new();
        for host in self.hosts() {
            if let Some(query) = self.query().filter(|query| !query.is_empty()) {
                expressions.push(format!("{host}{}?{query}", self.path()));
            }
            expressions.push(format!("{host}{}", self.path()));
            let folders = self.prefixes().filter(|folder| *folder != self.path());
            expressions.extend(folders.map(|folder| format!("{host}{folder}")));
        }
        expressions
    }
}

const EMPTY: ParseError = ParseError { code: "link_empty", detail: "没有内容。" };
const TOO_LONG: ParseError = ParseError { code: "link_too_long", detail: "网址太长（超过8192字节）。" };
const NO_HOST: ParseError = ParseError { code: "link_no_host", detail: "没有网站名，不是一个网址。" };
const PATH_ONLY: ParseError = ParseError { code: "link_path_only", detail: "只有路径，没有网站名。" };
const NOT_WEB: ParseError = ParseError {
    code: "link_scheme_without_host",
    detail: "这种地址不指向网站（如邮件、电话、脚本），不是一个网址。",
};
const BAD_PORT: ParseError = ParseError { code: "link_bad_port", detail: "冒号后面的端口不是数字。" };
const BAD_HOST: ParseError = ParseError { code: "link_bad_host", detail: "网站名里有不能出现的字符。" };
const BAD_IPV6: ParseError = ParseError { code: "link_bad_ipv6", detail: "方括号里不是有效的IPv6地址。" };

#[cfg(test)]
mod tests;
