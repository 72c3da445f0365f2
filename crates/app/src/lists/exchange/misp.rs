//! What MISP calls things: attribute types and categories (MISP core format, draft-dulaunoy-misp-core-format), tags of the
//! `misp` taxonomy, and our own machine tags for what MISP has no word for.

use domain::{MatchRule, SubjectKind, link::Link};

/// The type and category under which a rule is exported, and its value there.
pub(in crate::lists) fn typed(kind: SubjectKind, rule: MatchRule, canonical: &str) -> Typed<'_> {
    let money = "Financial fraud";
    match kind {
        SubjectKind::Link => link(rule, canonical),
        SubjectKind::Phone => Typed::new("phone-number", money, canonical),
        SubjectKind::BankAccount => Typed::new("bank-account-nr", money, canonical),
        SubjectKind::App => Typed::new("mobile-application-id", "Payload delivery", canonical),
        SubjectKind::PaymentAccount | SubjectKind::WechatId | SubjectKind::QqId => Typed::new("text", money, canonical),
    }
}

fn link(rule: MatchRule, canonical: &str) -> Typed<'_> {
    let network = "Network activity";
    let host = canonical.strip_suffix('/').filter(|host| !host.contains('/'));
    let parsed = host.and_then(|host| Link::parse(host).ok().map(|link| (host, link)));
    match (rule, parsed) {
        (MatchRule::HostSuffix, Some((host, link))) if link.registrable_domain() == Some(host) => {
            Typed::new("domain", network, host)
        }
        (MatchRule::HostSuffix, Some((host, _))) => Typed::new("hostname", network, host),
        (MatchRule::Exact, Some((host, link))) if link.is_ip() => {
            Typed::new("ip-dst", network, host.trim_start_matches('[').trim_end_matches(']'))
        }
        // The bare address of a site would be read as the whole site.
        (MatchRule::Exact, Some(_)) => Typed { tells_rule: false, ..Typed::new("url", network, canonical) },
        _ => Typed::new("url", network, canonical),
    }
}

/// A value as MISP types it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::lists) struct Typed<'a> {
    pub(in crate::lists) name: &'static str,
    pub(in crate::lists) category: &'static str,
    pub(in crate::lists) value: &'a str,
    /// False where a tag has to say how far it reaches.
    pub(in crate::lists) tells_rule: bool,
}

impl<'a> Typed<'a> {
    const fn new(name: &'static str, category: &'static str, value: &'a str) -> Self {
        Self { name, category, value, tells_rule: true }
    }
}

/// What an attribute of a type is here: kind, rule where the type says it, and the part of the value that counts. None for
/// types that mean nothing here.
pub(in crate::lists) fn meaning<'a>(name: &str, value: &'a str) -> Option<(SubjectKind, Option<MatchRule>, &'a str)> {
    let left = || value.split('|').next().unwrap_or(value);
    Some(match name {
        "url" | "uri" | "link" => (SubjectKind::Link, None, value),
        "domain" | "hostname" => (SubjectKind::Link, Some(MatchRule::HostSuffix), value),
        "domain|ip" | "hostname|port" => (SubjectKind::Link, Some(MatchRule::HostSuffix), left()),
        "ip-dst" | "ip-src" => (SubjectKind::Link, None, value),
        "ip-dst|port" | "ip-src|port" => (SubjectKind::Link, None, left()),
        "phone-number" | "prtn" => (SubjectKind::Phone, None, value),
        "bank-account-nr" | "iban" | "cc-number" => (SubjectKind::BankAccount, None, value),
        "mobile-application-id" => (SubjectKind::App, None, value),
        _ => return None,
    })
}

/// Our machine tag, e.g. `golden-bell:severity="3"`.
pub(in crate::lists) fn tag(predicate: &str, value: &str) -> String {
    format!("golden-bell:{predicate}=\"{value}\"")
}

/// The value of our machine tag, if it is this one.
pub(in crate::lists) fn tagged<'a>(tag: &'a str, predicate: &str) -> Option<&'a str> {
    tag.strip_prefix("golden-bell:")?.strip_prefix(predicate)?.strip_prefix("=\"")?.strip_suffix('"')
}

/// The levels of `misp:confidence-level` and the percent that the taxonomy gives each.
const LEVELS: [(&str, u8); 5] = [
    ("misp:confidence-level=\"completely-confident\"", 100),
    ("misp:confidence-level=\"usually-confident\"", 75),
    ("misp:confidence-level=\"fairly-confident\"", 50),
    ("misp:confidence-level=\"rarely-confident\"", 25),
    ("misp:confidence-level=\"unconfident\"", 0),
];

/// How sure a tag says the source is.
pub(in crate::lists) fn confidence_of(tag: &str) -> Option<u8> {
    LEVELS.iter().find(|(level, _)| *level == tag).map(|(_, percent)| *percent)
}

/// The tag nearest to a percent.
pub(in crate::lists) fn level_of(percent: u8) -> &'static str {
    let nearest = LEVELS.iter().min_by_key(|(_, level)| level.abs_diff(percent));
    nearest.map_or("", |(tag, _)| *tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_as_they_are_written() {
        assert_eq!(tagged(&tag("claim", "80@2026-11-24 a \"b\""), "claim"), Some("80@2026-11-24 a \"b\""));
        assert_eq!(tagged("golden-bell:claimant=\"x\"", "claim"), None);
        assert_eq!(confidence_of(level_of(80)), Some(75));
        assert_eq!(confidence_of("misp:confidence-level=\"confidence-cannot-be-evaluated\""), None);
    }

    #[test]
    fn links_get_the_type_that_misp_has() {
        let typed = |rule, canonical| typed(SubjectKind::Link, rule, canonical);
        assert_eq!(
            (typed(MatchRule::HostSuffix, "evil.com/").name, typed(MatchRule::HostSuffix, "a.evil.com/").name),
            ("domain", "hostname")
        );
        let address = typed(MatchRule::Exact, "[2001:db8::1]/");
        assert_eq!((address.name, address.value), ("ip-dst", "2001:db8::1"));
        assert_eq!(typed(MatchRule::PathPrefix, "evil.com/a/*").value, "evil.com/a/*");
        assert!(!typed(MatchRule::Exact, "evil.com/").tells_rule);
    }
}
