//! What one row of an imported list says about links.

use crate::{
    list::{ListRule, MatchRule},
    subject::{ParseError, SubjectKind},
};

use super::{BAD_HOST, Link, row, shared_hosts, suffix};

/// Deepest path prefix: `host/a/b/c/*` has four slashes. A check asks for no deeper ones ([`Link::prefixes`]).
const MAX_DEPTH: usize = 4;

/// Why a rule would reach the pages of many owners, and waits for a person to look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HeldReason {
    /// The host is a public suffix: everybody registers names below it.
    PublicSuffix,
    /// The host is on the project's list of [`shared_hosts`].
    SharedHost,
}

impl HeldReason {
    /// The stable word used in summaries and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PublicSuffix => "public_suffix",
            Self::SharedHost => "shared_host",
        }
    }

    /// One sentence for the person who settles it.
    pub const fn detail(self) -> &'static str {
        match self {
            Self::PublicSuffix => "这是公共域名后缀，下面有许多单位的网站，不能整个列入，请核实后改列具体网址。",
            Self::SharedHost => "这是许多人共用的网站，不能整个列入，请改列具体页面。",
        }
    }
}

/// A list rule about links, and whether it has to be held.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LinkRule {
    /// The rule in canonical form; its `host` is always there.
    pub rule: ListRule,
    /// Set where the rule covers a whole public suffix or shared host. A blacklist holds such a row for review;
    /// allowlists and guard lists may name a public suffix (`gov.cn`) or a shared host.
    pub held: Option<HeldReason>,
}

impl LinkRule {
    /// The rule that `value` means.
    ///
    /// | value | rule | canonical |
    /// |---|---|---|
    /// | `evil.example`, `evil.example/`, `http://evil.example:8080`, `.evil.example`, `*.evil.example` | host suffix | `evil.example/` |
    /// | `192.0.2.7`, `http://192.0.2.7:81/` | exact, all pages of the address | `192.0.2.7/` |
    /// | `evil.example/pay`, `evil.example/?id=1` | exact, this page | its first lookup expression |
    /// | `evil.example/a/b/*` | path prefix | `evil.example/a/b/*` |
    ///
    /// `explicit` says which rule the operator wants; it has to fit the value. A path prefix may then also be written
    /// `evil.example/a/b/`, and an exact rule on a bare host covers its first page alone.
    ///
    /// # Errors
    /// When the value is no link, has only a path, names a path prefix of more than four levels, or doesn't fit
    /// `explicit`.
    pub fn parse(value: &str, explicit: Option<MatchRule>) -> Result<Self, ParseError> {
        let mut link = Link::parse(value)?;
        let mut covers_below = value.trim_start().starts_with('.');
        if let Some(plain) = link.canonical().strip_prefix("*.") {
            link = Link::parse(plain)?;
            covers_below = true;
        }
        let stars_path = link.query().is_none() && link.path().ends_with("/*");
        if stars_path && let Some(folder) = link.canonical().strip_suffix('*') {
            link = Link::parse(folder)?;
        }
        refuse_no_site(&link)?;
        let is_bare = link.path() == "/" && link.query().is_none_or(str::is_empty);
        if covers_below && (!is_bare || link.is_ip()) {
            return Err(BELOW_WITH_PATH);
        }
        match explicit {
            Some(MatchRule::NumberPrefix) => Err(UNFIT),
            Some(MatchRule::PathPrefix) => path_prefix(&link),
            Some(MatchRule::HostSuffix) if !is_bare => Err(UNFIT),
            Some(MatchRule::Exact) if stars_path || covers_below => Err(UNFIT),
            Some(MatchRule::Exact) => Ok(exact(&link)),
            None if stars_path && !covers_below => path_prefix(&link),
            Some(MatchRule::HostSuffix) | None if is_bare => Ok(whole_host(&link)),
            Some(MatchRule::HostSuffix) | None => Ok(exact(&link)),
        }
    }

    /// The rule of a row of text: a value as in [`LinkRule::parse`], or words around exactly one link
    /// (`兼职刷单 www.evil.example/join`).
    ///
    /// # Errors
    /// As [`LinkRule::parse`], and when words stand around no link or around several.
    pub fn from_row(text: &str) -> Result<Self, ParseError> {
        Self::parse(row::only_link(text)?, None)
    }
}

fn exact(link: &Link) -> LinkRule {
    let canonical = if link.query().is_some_and(str::is_empty) {
        format!("{}{}", link.host(), link.path())
    } else {
        link.canonical().to_owned()
    };
    rule(link, MatchRule::Exact, canonical, false)
}

fn whole_host(link: &Link) -> LinkRule {
    let reach = if link.is_ip() { MatchRule::Exact } else { MatchRule::HostSuffix };
    rule(link, reach, format!("{}/", link.host()), true)
}

fn path_prefix(link: &Link) -> Result<LinkRule, ParseError> {
    if link.query().is_some() || !link.path().ends_with('/') {
        return Err(UNFIT);
    }
    let depth = link.path().matches('/').count();
    if depth > MAX_DEPTH {
        return Err(TOO_DEEP);
    }
    Ok(rule(link, MatchRule::PathPrefix, format!("{}*", link.canonical()), depth == 1))
}

fn rule(link: &Link, rule: MatchRule, canonical: String, is_whole: bool) -> LinkRule {
    let held = if !is_whole || link.is_ip() {
        None
    } else if link.registrable_domain().is_none() {
        Some(HeldReason::PublicSuffix)
    } else if shared_hosts::contains(link.host()) {
        Some(HeldReason::SharedHost)
    } else {
        None
    };
    let host = Some(link.host().to_owned());
    LinkRule { rule: ListRule { kind: SubjectKind::Link, rule, canonical, host }, held }
}

/// A list names hosts that exist, or it has a slip in it: letters, digits, hyphens, underscores and dots.
///
/// A single word that is no suffix of the list is no site at all (`总计`, `localhost`), nor is a small number: it would be
/// an address of this network's own (`95588` is 0.1.117.100; RFC 6890).
fn refuse_no_site(link: &Link) -> Result<(), ParseError> {
    let host = link.host();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if !link.is_ip() && !host.bytes().all(is_plain) {
        return Err(BAD_HOST);
    }
    let is_site = if link.is_ip() { !host.starts_with("0.") } else { host.contains('.') || suffix::is_known(host) };
    if is_site { Ok(()) } else { Err(NO_DOMAIN) }
}

const UNFIT: ParseError =
    ParseError { code: "link_rule_unfit", detail: "网址的写法和指定的匹配方式不符。" };
const TOO_DEEP: ParseError =
    ParseError { code: "link_rule_too_deep", detail: "路径前缀最多四层，如 网站/a/b/c/*。" };
const NO_DOMAIN: ParseError =
    ParseError { code: "link_rule_no_domain", detail: "只有一个词或一个数，不是网站名。" };
const BELOW_WITH_PATH: ParseError = ParseError {
    code: "link_rule_below_with_path",
    detail: "以“.”或“*.”开头的写法只能是域名，不能带路径，也不能是IP地址。",
};

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(parsed: Result<LinkRule, ParseError>) -> String {
        match parsed {
            Ok(LinkRule { rule, held: None }) => format!("{} {}", rule.rule.as_str(), rule.canonical),
            Ok(LinkRule { rule, held: Some(held) }) => {
                format!("{} {} held {}", rule.rule.as_str(), rule.canonical, held.as_str())
            }
            Err(error) => error.code.to_owned(),
        }
    }

    fn parsed(value: &str) -> String {
        shown(LinkRule::parse(value, None))
    }

    #[test]
    fn a_bare_host_covers_itself_and_all_below() {
        for value in [
            "evil.example",
            "EVIL.example/",
            "http://evil.example/",
            "https://user@evil.example:8080",
            "evil.example:8080/",
            "evil.example/?",
            "evil.example#home",
            ".evil.example",
            "*.evil.example",
            "http://*.evil.example/",
            "*.evil.example/*",
        ] {
            assert_eq!(parsed(value), "host_suffix evil.example/", "{value}");
        }
    }

    #[test]
    fn an_address_is_exact() {
        assert_eq!(parsed("192.0.2.7:51148"), "exact 192.0.2.7/");
        assert_eq!(parsed("http://3221225991/"), "exact 192.0.2.7/");
        assert_eq!(parsed("[2001:DB8::1]"), "exact [2001:db8::1]/");
        assert_eq!(parsed("*.192.0.2.7"), "link_rule_below_with_path");
    }

    #[test]
    fn a_page_is_exact() {
        assert_eq!(parsed("http://evil.example/Pay?"), "exact evil.example/Pay");
        assert_eq!(parsed("evil.example/?id=1"), "exact evil.example/?id=1");
        assert_eq!(parsed("evil.example/a?b=/*"), "exact evil.example/a?b=/*");
        assert_eq!(parsed("evil.example/a?b=c?"), "exact evil.example/a?b=c?");
        assert_eq!(parsed("*.evil.example/pay"), "link_rule_below_with_path");
        assert_eq!(parsed(".evil.example/pay"), "link_rule_below_with_path");
    }

    #[test]
    fn a_star_at_the_end_is_a_path_prefix_of_at_most_four_levels() {
        assert_eq!(parsed("evil.example/*"), "path_prefix evil.example/*");
        assert_eq!(parsed("evil.example／a／*＃x"), "path_prefix evil.example/a/*");
        assert_eq!(parsed("http://evil.example/a/*"), "path_prefix evil.example/a/*");
        assert_eq!(parsed("evil.example/a/b/c/*"), "path_prefix evil.example/a/b/c/*");
        assert_eq!(parsed("evil.example/a/b/c/d/*"), "link_rule_too_deep");
    }

    #[test]
    fn a_host_of_many_is_held_but_not_its_pages() {
        assert_eq!(parsed("gov.cn"), "host_suffix gov.cn/ held public_suffix");
        assert_eq!(parsed("*.github.io"), "host_suffix github.io/ held public_suffix");
        assert_eq!(parsed("com"), "host_suffix com/ held public_suffix");
        assert_eq!(parsed("sites.google.com"), "host_suffix sites.google.com/ held shared_host");
        assert_eq!(parsed("www.sites.google.com/*"), "path_prefix www.sites.google.com/* held shared_host");
        assert_eq!(parsed("sites.google.com/view/free-money"), "exact sites.google.com/view/free-money");
        assert_eq!(parsed("evil.github.io"), "host_suffix evil.github.io/");
        assert_eq!(parsed("sites.google.com/view/free-money/*"), "path_prefix sites.google.com/view/free-money/*");
    }

    #[test]
    fn rows_that_name_no_site_are_refused() {
        for (value, code) in [
            ("", "link_empty"),
            ("/so/Android2M.php", "link_path_only"),
            ("?q=1", "link_no_host"),
            ("localhost", "link_rule_no_domain"),
            ("95588", "link_rule_no_domain"),
            ("合计", "link_rule_no_domain"),
            ("n/a", "link_rule_no_domain"),
            ("evil example.com", "link_bad_host"),
            ("a.com,b.com", "link_bad_host"),
            ("evil.*.com", "link_bad_host"),
            ("mailto:a@evil.example", "link_scheme_without_host"),
            ("evil.example:port", "link_bad_port"),
        ] {
            assert_eq!(parsed(value), code, "{value}");
        }
    }

    #[test]
    fn an_explicit_rule_has_to_fit() {
        let explicit = |value: &str, rule| shown(LinkRule::parse(value, Some(rule)));
        assert_eq!(explicit("evil.example", MatchRule::HostSuffix), "host_suffix evil.example/");
        assert_eq!(explicit("192.0.2.7", MatchRule::HostSuffix), "exact 192.0.2.7/");
        assert_eq!(explicit("evil.example/a", MatchRule::HostSuffix), "link_rule_unfit");
        assert_eq!(explicit("evil.example/", MatchRule::Exact), "exact evil.example/");
        assert_eq!(explicit("evil.example/a/*", MatchRule::Exact), "link_rule_unfit");
        assert_eq!(explicit("evil.example/a/", MatchRule::PathPrefix), "path_prefix evil.example/a/*");
        assert_eq!(explicit("evil.example/a", MatchRule::PathPrefix), "link_rule_unfit");
        assert_eq!(explicit("evil.example", MatchRule::NumberPrefix), "link_rule_unfit");
    }

    #[test]
    fn words_around_exactly_one_link_give_that_link() {
        let row = |text: &str| shown(LinkRule::from_row(text));
        assert_eq!(row("TikTok www.viptksonline.cc/www"), "exact www.viptksonline.cc/www");
        assert_eq!(row("刷单平台 m.evil.example 请勿点击"), "host_suffix m.evil.example/");
        assert_eq!(row("Gate.io gate.evil.top"), "link_row_several");
        assert_eq!(row("FX MAX googleplay"), "link_row_none");
        assert_eq!(row("/so/Android2M.php"), "link_path_only");
    }
}
