//! The keys under which a listed rule about a subject would stand, most specific first.
//!
//! Order for a link: the page with its query, the page without it, path prefixes (own host first, deepest path first),
//! hosts from the whole one to the registrable domain, last the public suffix above it. For a phone number: the number,
//! then prefixes from the longest. Every other kind: the subject alone. Nothing is allocated and nothing is hashed that
//! the lists can't hold: see [`Reaches`].

use std::ops::ControlFlow;

use crate::{
    key::LookupKey,
    link::Link,
    list::MatchRule,
    phone::PhoneNumber,
    subject::{Subject, SubjectKind},
};

/// A rule's place: if the lists have this key with this rule, the rule covers the subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Where the rule would stand.
    pub key: LookupKey,
    /// The rule it has to be: the same key can carry an exact page and a host suffix (`evil.example/`).
    pub rule: MatchRule,
    /// A rule on a public suffix (`gov.cn/`): it counts only from the allowlist.
    pub allowlist_only: bool,
}

/// Which lengths of prefix rules the lists hold, so that the others are never tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reaches {
    /// Bit n: a number prefix whose canonical form has n characters before its `*`.
    pub number_prefix_lengths: u64,
    /// Bit n: a path prefix with n slashes (`evil.example/*` has one).
    pub path_prefix_depths: u64,
}

impl Reaches {
    /// Every length.
    pub const ANY: Self = Self { number_prefix_lengths: u64::MAX, path_prefix_depths: u64::MAX };

    /// These and those of `other`.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            number_prefix_lengths: self.number_prefix_lengths | other.number_prefix_lengths,
            path_prefix_depths: self.path_prefix_depths | other.path_prefix_depths,
        }
    }

    /// These and the one of a rule, given its [`reach`].
    #[must_use]
    pub const fn with(mut self, rule: MatchRule, reach: u8) -> Self {
        let bit = 1 << (reach & 63);
        match rule {
            MatchRule::NumberPrefix => self.number_prefix_lengths |= bit,
            MatchRule::PathPrefix => self.path_prefix_depths |= bit,
            MatchRule::Exact | MatchRule::HostSuffix => {}
        }
        self
    }
}

/// How long a prefix rule is: characters before the `*` of a number prefix, slashes of a path prefix, else 0. At most 63:
/// no number or rule is longer.
pub fn reach(rule: MatchRule, canonical: &str) -> u8 {
    let reach = match rule {
        MatchRule::NumberPrefix => canonical.trim_end_matches('*').len(),
        MatchRule::PathPrefix => slashes(canonical),
        MatchRule::Exact | MatchRule::HostSuffix => 0,
    };
    u8::try_from(reach.min(63)).unwrap_or(63)
}

/// Shows `visit` every candidate for `subject`, most specific first, until it breaks.
pub fn search<B>(
    subject: &Subject,
    reaches: Reaches,
    mut visit: impl FnMut(Candidate) -> ControlFlow<B>,
) -> ControlFlow<B> {
    match subject {
        Subject::Phone(phone) => search_phone(phone, reaches, &mut visit),
        Subject::Link(link) => search_link(link, reaches, &mut visit),
        Subject::Account(..) => visit(candidate(subject.key(), MatchRule::Exact)),
    }
}

const fn candidate(key: LookupKey, rule: MatchRule) -> Candidate {
    Candidate { key, rule, allowlist_only: false }
}

fn slashes(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'/').count()
}

fn search_phone<B>(
    phone: &PhoneNumber,
    reaches: Reaches,
    visit: &mut impl FnMut(Candidate) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let canonical = phone.canonical();
    visit(candidate(LookupKey::of(SubjectKind::Phone, canonical), MatchRule::Exact))?;
    for length in (0..=canonical.len().min(63)).rev() {
        if reaches.number_prefix_lengths & (1 << length) == 0 {
            continue;
        }
        if let Some(prefix) = canonical.get(..length) {
            let key = LookupKey::of_parts(SubjectKind::Phone, &[prefix, "*"]);
            visit(candidate(key, MatchRule::NumberPrefix))?;
        }
    }
    ControlFlow::Continue(())
}

fn search_link<B>(
    link: &Link,
    reaches: Reaches,
    visit: &mut impl FnMut(Candidate) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let key = |parts: &[&str]| LookupKey::of_parts(SubjectKind::Link, parts);
    let host = link.host();
    let host_key = key(&[host, "/"]);
    let has_query = link.query().is_some_and(|query| !query.is_empty());
    if has_query {
        visit(candidate(LookupKey::of(SubjectKind::Link, link.canonical()), MatchRule::Exact))?;
    }
    if link.path() != "/" {
        visit(candidate(key(&[host, link.path()]), MatchRule::Exact))?;
    } else if !link.is_ip() {
        visit(candidate(host_key, MatchRule::Exact))?;
    }
    if reaches.path_prefix_depths != 0 {
        search_paths(link, reaches, visit)?;
    }
    // An address covers all its pages by an exact rule on it; it has no hosts above it.
    if link.is_ip() {
        return visit(candidate(host_key, MatchRule::Exact));
    }
    visit(candidate(host_key, MatchRule::HostSuffix))?;
    for above in link.hosts().filter(|above| *above != host) {
        visit(candidate(key(&[above, "/"]), MatchRule::HostSuffix))?;
    }
    match link.public_suffix() {
        Some(suffix) if suffix != host => {
            let key = key(&[suffix, "/"]);
            visit(Candidate { key, rule: MatchRule::HostSuffix, allowlist_only: true })
        }
        _ => ControlFlow::Continue(()),
    }
}

fn search_paths<B>(
    link: &Link,
    reaches: Reaches,
    visit: &mut impl FnMut(Candidate) -> ControlFlow<B>,
) -> ControlFlow<B> {
    for host in link.hosts() {
        for depth in (1..=4).rev().filter(|depth| reaches.path_prefix_depths & (1 << depth) != 0) {
            let Some(prefix) = link.prefixes().find(|prefix| prefix.ends_with('/') && slashes(prefix) == depth) else {
                continue;
            };
            let key = LookupKey::of_parts(SubjectKind::Link, &[host, prefix, "*"]);
            visit(candidate(key, MatchRule::PathPrefix))?;
        }
    }
    ControlFlow::Continue(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(kind: SubjectKind, value: &str, reaches: Reaches) -> Vec<Candidate> {
        let subject = Subject::parse(kind, value).expect("parses");
        let mut found = Vec::new();
        let _: ControlFlow<()> = search(&subject, reaches, |candidate| {
            found.push(candidate);
            ControlFlow::Continue(())
        });
        found
    }

    fn expected(kind: SubjectKind, rows: &[(&str, MatchRule)]) -> Vec<Candidate> {
        rows.iter().map(|(canonical, rule)| candidate(LookupKey::of(kind, canonical), *rule)).collect()
    }

    const ALL: Reaches = Reaches { number_prefix_lengths: u64::MAX, path_prefix_depths: u64::MAX };

    #[test]
    fn a_page_is_tried_from_its_query_to_the_public_suffix() {
        use MatchRule::{Exact, HostSuffix};
        let mut wanted = expected(
            SubjectKind::Link,
            &[
                ("www.evil.com.cn/a/b.html?x=1", Exact),
                ("www.evil.com.cn/a/b.html", Exact),
                ("www.evil.com.cn/", HostSuffix),
                ("evil.com.cn/", HostSuffix),
                ("com.cn/", HostSuffix),
            ],
        );
        wanted.last_mut().expect("rows").allowlist_only = true;
        let found = candidates(SubjectKind::Link, "https://www.evil.com.cn/a/b.html?x=1", Reaches::default());
        assert_eq!(found, wanted);
    }

    #[test]
    fn path_prefixes_come_deepest_first_and_own_host_first() {
        let found = candidates(SubjectKind::Link, "http://a.evil.top/x/y/z", ALL);
        let paths: Vec<Candidate> =
            found.into_iter().filter(|candidate| candidate.rule == MatchRule::PathPrefix).collect();
        let rule = MatchRule::PathPrefix;
        let wanted = [
            ("a.evil.top/x/y/*", rule),
            ("a.evil.top/x/*", rule),
            ("a.evil.top/*", rule),
            ("evil.top/x/y/*", rule),
            ("evil.top/x/*", rule),
            ("evil.top/*", rule),
        ];
        assert_eq!(paths, expected(SubjectKind::Link, &wanted));
    }

    #[test]
    fn an_address_is_tried_by_its_page_and_then_whole() {
        use MatchRule::Exact;
        let found = candidates(SubjectKind::Link, "http://203.0.113.9/a?b", Reaches::default());
        let wanted = [("203.0.113.9/a?b", Exact), ("203.0.113.9/a", Exact), ("203.0.113.9/", Exact)];
        assert_eq!(found, expected(SubjectKind::Link, &wanted));
        let found = candidates(SubjectKind::Link, "203.0.113.9", Reaches::default());
        assert_eq!(found, expected(SubjectKind::Link, &[("203.0.113.9/", Exact)]));
    }

    #[test]
    fn number_prefixes_come_longest_first_and_only_where_listed() {
        let reaches = Reaches::default()
            .with(MatchRule::NumberPrefix, reach(MatchRule::NumberPrefix, "+8617012*"))
            .with(MatchRule::NumberPrefix, reach(MatchRule::NumberPrefix, "+86170*"));
        let wanted = [
            ("+8617012345678", MatchRule::Exact),
            ("+8617012*", MatchRule::NumberPrefix),
            ("+86170*", MatchRule::NumberPrefix),
        ];
        let found = candidates(SubjectKind::Phone, "170 1234 5678", reaches);
        assert_eq!(found, expected(SubjectKind::Phone, &wanted));
    }

    #[test]
    fn other_kinds_are_tried_alone() {
        let found = candidates(SubjectKind::QqId, "12345678", ALL);
        assert_eq!(found, expected(SubjectKind::QqId, &[("12345678", MatchRule::Exact)]));
    }

    #[test]
    fn a_search_ends_where_it_is_told_to() {
        let subject = Subject::parse(SubjectKind::Link, "https://evil.top/a?b").expect("parses");
        let mut seen = 0;
        let end = search(&subject, ALL, |_| {
            seen += 1;
            if seen == 2 { ControlFlow::Break("enough") } else { ControlFlow::Continue(()) }
        });
        assert_eq!((end, seen), (ControlFlow::Break("enough"), 2));
    }

    #[test]
    fn reach_counts_what_stands_before_the_star() {
        assert_eq!(reach(MatchRule::NumberPrefix, "+8617012*"), 8);
        assert_eq!(reach(MatchRule::PathPrefix, "evil.example/pay/*"), 2);
        assert_eq!(reach(MatchRule::HostSuffix, "evil.example/"), 0);
    }
}
