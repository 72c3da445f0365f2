//! The words in which lists are exchanged with others: lines of JSON, and the machine tags and types of MISP events.

pub(super) mod misp;

use chrono::NaiveDate;
use domain::{
    ListKind, MatchRule, SubjectKind,
    sighting::SightingKind,
    standing::{EntryState, Ruling},
};
use serde::{Deserialize, Serialize};

/// The columns of an exported table. One row says what one source claims: an entry of three sources takes three rows.
pub(super) const COLUMNS: [&str; 14] = [
    "list",
    "kind",
    "rule",
    "value",
    "fraud_type",
    "severity",
    "source",
    "confidence",
    "seen_on",
    "owner",
    "first_seen",
    "last_seen",
    "state",
    "ruling",
];

/// Columns that together tell an exported table from any other.
pub(super) const TELLING: [&str; 6] = ["list", "kind", "rule", "value", "state", "ruling"];

/// An entry as one line of JSON. Only the value has to be there; the kind too, where the import is not told it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Line {
    /// Which list it is on.
    pub(super) list: Option<ListKind>,
    /// Kind of its subjects.
    pub(super) kind: Option<SubjectKind>,
    /// How far it reaches; by the look of the value where absent.
    pub(super) rule: Option<MatchRule>,
    /// The value.
    pub(super) value: String,
    /// Code or name of the fraud type.
    pub(super) fraud_type: Option<String>,
    /// 0 to 3.
    pub(super) severity: Option<u8>,
    /// Whose subject it is.
    pub(super) owner: Option<String>,
    /// First day seen.
    pub(super) first_seen: Option<NaiveDate>,
    /// Last day seen.
    pub(super) last_seen: Option<NaiveDate>,
    /// Where it is in its life there.
    pub(super) state: Option<EntryState>,
    /// What two officers decided there.
    pub(super) ruling: Option<Ruling>,
    /// What sources say.
    pub(super) sources: Vec<LineSource>,
    /// What speaks against it.
    pub(super) sightings: Vec<LineSighting>,
}

/// What a source says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct LineSource {
    /// Its name.
    pub(super) name: String,
    /// How sure it is, 0 to 100; null on lists that know no claims.
    pub(super) confidence: Option<u8>,
    /// The day on which it last said so.
    pub(super) seen_on: Option<NaiveDate>,
}

/// A sighting against an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LineSighting {
    /// What is said.
    pub(super) kind: SightingKind,
    /// Who says so.
    pub(super) source: String,
    /// The day on which they did.
    pub(super) seen_on: NaiveDate,
}
