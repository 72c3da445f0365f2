//! What an entry of a list says: which subjects it covers and how.

use serde::{Deserialize, Serialize};

use crate::subject::SubjectKind;

/// The three kinds of list. Only the first two give a verdict; a guard list stops automatic listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListKind {
    /// 黑名单: a match is `fraud`.
    Blacklist,
    /// 白名单: a match is `official`.
    Allowlist,
    /// 防误报名单: no verdict.
    Guardlist,
}

impl ListKind {
    /// The stable word used in commands and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Blacklist => "blacklist",
            Self::Allowlist => "allowlist",
            Self::Guardlist => "guardlist",
        }
    }

    /// The list named by its stable word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Blacklist, Self::Allowlist, Self::Guardlist].into_iter().find(|list| list.as_str() == word)
    }
}

/// How far an entry reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchRule {
    /// This subject alone; of a link, this page with and without its query, or this IP address with all its pages.
    Exact,
    /// Every number of the class that begins with these digits.
    NumberPrefix,
    /// This host and every host below it, all pages.
    HostSuffix,
    /// Every page of this host, and of the hosts below it, whose path begins so.
    PathPrefix,
}

impl MatchRule {
    /// The stable word used in JSON, commands and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::NumberPrefix => "number_prefix",
            Self::HostSuffix => "host_suffix",
            Self::PathPrefix => "path_prefix",
        }
    }

    /// The rule named by its stable word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Exact, Self::NumberPrefix, Self::HostSuffix, Self::PathPrefix]
            .into_iter()
            .find(|rule| rule.as_str() == word)
    }
}

/// One entry's reach in canonical form.
///
/// `canonical` names the rule, and its [`crate::LookupKey`] is where [`crate::candidates`] looks for it. A prefix rule
/// carries a trailing `*` (`+8617012*`, `evil.example/pay/*`), so that it never shares a key with an exact rule; a host
/// suffix is `evil.example/`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ListRule {
    /// Kind of the subjects covered.
    pub kind: SubjectKind,
    /// How far it reaches.
    pub rule: MatchRule,
    /// The canonical name of the rule.
    pub canonical: String,
    /// A link's host, where the rule is about links: what guard lists are asked about.
    pub host: Option<String>,
}
