//! Look-alikes: strange sites and numbers that pass themselves off as official ones.
//!
//! Nothing here searches a list. For a *protected* name (a site of an allowlist or guard list, a number of an allowlist)
//! [`stored`] gives the 64-bit variant hashes under which a list keeps it; for a subject [`probes`] gives the few hashes
//! to look for; and where one is found, [`confirm`] compares the texts themselves and says what kind of imitation it is.
//! Hashes only narrow the search: a collision never makes a verdict.
//!
//! Sites. Compared is the label before the public suffix, as a skeleton (what the eye sees:
//! `1cbc` is `icbc`), under the same suffix; with one typing slip for names long enough; the whole official domain inside
//! a strange host or path; an official label beside a bait word (`icbc-login.top`) or under a throw-away ending.
//! Official (allowlist) names are protected wider than guard names: guard lists are long, and honest names are close to
//! one another.
//!
//! Numbers. One slip away from an official service number of five digits or more, or such a number wrapped in a few
//! more digits or a foreign code, as only a caller who makes up the caller id can have it.

mod bait;
mod edit;
mod hash;
mod numbers;
mod sites;
mod skeleton;

use std::ops::ControlFlow;

use crate::{
    link,
    list::MatchRule,
    subject::{Subject, SubjectKind},
};

/// A name worth imitating.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Protected<'a> {
    /// `Link` or `Phone`; nothing else is imitated.
    pub kind: SubjectKind,
    /// What [`protected_text`] gave: a registrable domain, or a number in canonical form.
    pub text: &'a str,
    /// From an allowlist, not a guard list.
    pub official: bool,
}

/// How a subject imitates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ImitationKind {
    /// Characters that look the same: `1cbc.com.cn`, Cyrillic `а`.
    Confusable,
    /// A typing slip: `alibabba.com`.
    Typo,
    /// The same name under a throw-away ending: `alipay.top`.
    Ending,
    /// The official domain inside a strange host: `www.icbc.com.cn.evil.top`, `icbc-com-cn.evil.top`.
    Subdomain,
    /// The official name beside a bait word: `icbc-login.top`.
    Bait,
    /// The official domain in the path of a strange site: `evil.top/www.icbc.com.cn/login`.
    Path,
    /// One digit off an official number.
    NearNumber,
    /// An official number with digits or a foreign code around it.
    WrappedNumber,
}

impl ImitationKind {
    /// Stable snake_case word for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confusable => "confusable",
            Self::Typo => "typo",
            Self::Ending => "ending",
            Self::Subdomain => "subdomain",
            Self::Bait => "bait",
            Self::Path => "path",
            Self::NearNumber => "near_number",
            Self::WrappedNumber => "wrapped_number",
        }
    }

    /// What a resident is told about it, before the official name.
    pub const fn text_zh(self) -> &'static str {
        match self {
            Self::Confusable => "网址用了看起来几乎一样的字符，仿冒",
            Self::Typo => "网址只差一两个字母，仿冒",
            Self::Ending => "网址换了后缀，仿冒",
            Self::Subdomain => "网址里夹带了官方域名，实际是别人的网站，仿冒",
            Self::Bait => "网址把官方名称和登录、支付一类字眼拼在一起，仿冒",
            Self::Path => "网址后半段写着官方域名，实际是别人的网站，仿冒",
            Self::NearNumber => "号码与官方号码只差一位，容易看错，疑似仿冒",
            Self::WrappedNumber => "在官方号码前后多加了数字，疑似伪装成",
        }
    }
}

/// What comparing the texts says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    /// The subject belongs to the protected name itself: no look-alike, whatever else it resembles.
    Itself,
    /// It imitates.
    Imitation(ImitationKind),
}

/// One hash to look for among the [`stored`] ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// The variant hash.
    pub hash: u64,
    way: Way,
}

/// What a probe asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Itself,
    Label,
    Inside,
    Beside,
    Under,
    Path,
    Near,
    Wrapped,
}

/// What is protected by an entry of an allowlist or guard list, if it is a thing that can be imitated: the registrable
/// domain of a site (not of one host somewhere below it, whose neighbours may be strangers), or the number.
pub fn protected_text(kind: SubjectKind, rule: MatchRule, canonical: &str) -> Option<String> {
    match (kind, rule) {
        (SubjectKind::Phone, MatchRule::Exact) => numbers::protectable(canonical).then(|| canonical.to_owned()),
        (SubjectKind::Link, MatchRule::Exact | MatchRule::HostSuffix) => {
            let host = canonical.split('/').next()?;
            let domain = link::registrable_domain(host)?;
            let own = host == domain || host.strip_prefix("www.") == Some(domain.as_str());
            own.then_some(domain)
        }
        _ => None,
    }
}

/// Shows `keep` every hash under which `protected` is to be found.
pub fn stored(protected: Protected<'_>, keep: &mut impl FnMut(u64)) {
    match protected.kind {
        SubjectKind::Phone if protected.official => numbers::stored(protected.text, keep),
        SubjectKind::Link => sites::stored(protected, keep),
        _ => {}
    }
}

/// Shows `visit` the hashes to look for, the most telling first, until it breaks.
pub fn probes(subject: &Subject, visit: &mut impl FnMut(Probe) -> ControlFlow<()>) -> ControlFlow<()> {
    match subject {
        Subject::Phone(phone) => numbers::probes(phone, visit),
        Subject::Link(link) => sites::probes(link, visit),
        Subject::Account(..) => ControlFlow::Continue(()),
    }
}

/// Whether `subject`, found by `probe` under one of the hashes of `protected`, really imitates it, and how.
pub fn confirm(subject: &Subject, probe: Probe, protected: Protected<'_>) -> Option<Confirmed> {
    match (subject, protected.kind) {
        (Subject::Phone(phone), SubjectKind::Phone) => numbers::confirm(phone, probe.way, protected),
        (Subject::Link(link), SubjectKind::Link) => sites::confirm(link, probe.way, protected),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
