//! What the routes of the private check answer, and how a client reads it.

use app::check::private::{BucketEntry, OfficialNumber, PrefixRule, PrivateBucket, SmallLists};
use chrono::NaiveDate;
use domain::{LookupKey, fraud_type::FraudCode, verdict::Verdict};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::rendered::About;

/// All entries whose lookup keys begin with the prefix, padded.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PrivateBucketReply {
    /// The list version. All replies of one version have as many entries and as many bytes.
    pub version: u64,
    /// How many entries a reply of this version has.
    pub padded_to: usize,
    /// In key order, 52 hexadecimal digits each: lookup key (16 bytes); verdict (1 byte: 1 fraud, 2 official, 3 none, but it
    /// resembles official numbers by right); of fraud its type (4 bytes ASCII, filled with zero bytes) and severity (1 byte,
    /// 0 unknown); first and last day seen (2 bytes each, days since 2000-01-01, 0 unknown).
    pub entries: Vec<String>,
}

impl PrivateBucketReply {
    /// The entries as they were sent; none where one is none of ours.
    pub fn decoded(&self) -> Option<Vec<BucketEntry>> {
        let decode = |entry: &String| BucketEntry::from_bytes(&hex::decode(entry).ok()?);
        self.entries.iter().map(decode).collect()
    }
}

impl From<PrivateBucket> for PrivateBucketReply {
    fn from(bucket: PrivateBucket) -> Self {
        Self {
            version: bucket.version,
            padded_to: bucket.entries.len(),
            entries: bucket.entries.iter().map(|entry| hex::encode(entry.as_bytes())).collect(),
        }
    }
}

impl About for PrivateBucketReply {
    fn about_bytes(&self) -> usize {
        64 + (2 * BucketEntry::SIZE + 3) * self.entries.len()
    }
}

/// Number prefixes on the lists. They hold for phone numbers that no entry of their own names; the longest decides.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct PrefixRulesReply {
    /// In the order of their prefixes.
    pub rules: Vec<PrefixRuleReply>,
}

/// A number prefix.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PrefixRuleReply {
    /// What the canonical forms of its numbers begin with, and a `*`.
    #[schema(example = "+8617012*")]
    prefix: String,
    /// `fraud` or `official`.
    #[schema(value_type = String)]
    verdict: Verdict,
    /// Code of the fraud type, if known.
    #[schema(value_type = Option<String>)]
    fraud_type: Option<FraudCode>,
    /// 1 (light) to 3 (grave), if known.
    severity: Option<u8>,
    /// Whose the numbers are, if known.
    owner: Option<String>,
    /// First day seen, as the source says.
    #[schema(value_type = Option<String>, format = Date)]
    first_seen: Option<NaiveDate>,
    /// Last day seen.
    #[schema(value_type = Option<String>, format = Date)]
    last_seen: Option<NaiveDate>,
}

/// Official numbers: whose they are, and what imitations would imitate.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct OfficialNumbersReply {
    /// In key order.
    pub numbers: Vec<OfficialNumberReply>,
}

/// An official number.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct OfficialNumberReply {
    /// Its lookup key, 32 hexadecimal digits.
    key: String,
    /// Its canonical form, of those that others may pass themselves off as.
    number: Option<String>,
    /// Whose it is, if known.
    owner: Option<String>,
}

impl From<&SmallLists> for PrefixRulesReply {
    fn from(lists: &SmallLists) -> Self {
        let reply = |rule: &PrefixRule| PrefixRuleReply {
            prefix: rule.canonical.clone(),
            verdict: rule.verdict,
            fraud_type: rule.fraud_type,
            severity: rule.severity,
            owner: rule.owner.clone(),
            first_seen: rule.first_seen,
            last_seen: rule.last_seen,
        };
        Self { rules: lists.prefix_rules.iter().map(reply).collect() }
    }
}

impl PrefixRulesReply {
    /// The rules as they were sent.
    pub fn decoded(self) -> Vec<PrefixRule> {
        let rule = |reply: PrefixRuleReply| PrefixRule {
            canonical: reply.prefix,
            verdict: reply.verdict,
            fraud_type: reply.fraud_type,
            severity: reply.severity,
            owner: reply.owner,
            first_seen: reply.first_seen,
            last_seen: reply.last_seen,
        };
        self.rules.into_iter().map(rule).collect()
    }
}

impl From<&SmallLists> for OfficialNumbersReply {
    fn from(lists: &SmallLists) -> Self {
        let reply = |number: &OfficialNumber| OfficialNumberReply {
            key: hex::encode(number.key.0),
            number: number.canonical.clone(),
            owner: number.owner.clone(),
        };
        Self { numbers: lists.official_numbers.iter().map(reply).collect() }
    }
}

impl OfficialNumbersReply {
    /// The numbers as they were sent; none where a key is none.
    pub fn decoded(self) -> Option<Vec<OfficialNumber>> {
        let number = |reply: OfficialNumberReply| {
            let key = hex::decode(&reply.key).ok()?.try_into().ok().map(LookupKey)?;
            Some(OfficialNumber { key, canonical: reply.number, owner: reply.owner })
        };
        self.numbers.into_iter().map(number).collect()
    }
}

impl About for PrefixRulesReply {
    fn about_bytes(&self) -> usize {
        32 + 160 * self.rules.len()
    }
}

impl About for OfficialNumbersReply {
    fn about_bytes(&self) -> usize {
        32 + 144 * self.numbers.len()
    }
}
