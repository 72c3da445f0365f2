//! What goes into the lists.

use domain::{LookupKey, MatchRule, SubjectKind, lookalike};

use crate::record::Record;

/// One line of a snapshot in the making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Where it stands: the key of the rule's canonical name.
    pub key: LookupKey,
    /// What it says.
    pub record: Record,
    /// Who it belongs to, where known; of allowlist and guard entries also what look-alikes would imitate.
    pub name: Option<Name>,
}

/// Whose a subject is, and how it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// Kind of the subject.
    pub kind: SubjectKind,
    /// The rule's canonical name: `icbc.com.cn/`, `cn:95588`.
    pub canonical: String,
    /// The owner (中国工商银行), if known.
    pub owner: Option<String>,
}

impl Name {
    /// What an imitation would name, if the subject can be imitated.
    pub(crate) fn protected_text(&self, rule: MatchRule) -> Option<String> {
        lookalike::protected_text(self.kind, rule, &self.canonical)
    }
}

/// A change after a snapshot: what is so at one key from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its number, given by the store in the order of commits.
    pub number: u64,
    /// Where.
    pub key: LookupKey,
    /// All that the lists say about the key after the change; none if no list says anything any more.
    pub record: Option<Record>,
    /// As in [`Row::name`].
    pub name: Option<Name>,
}
