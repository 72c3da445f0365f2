//! What a check answers.

use std::borrow::Cow;

use chrono::NaiveDate;
use domain::{
    MatchRule, SubjectKind, fraud_type::FraudCode, phone::NumberFacts, verdict::Verdict, wording::WordingHit,
};

use super::expansion::Expansion;

/// The answer to one question.
#[derive(Debug, Clone)]
pub struct CheckReport {
    /// The strongest of wording and subjects. Of a text never `official`: a message that names an official number is not
    /// thereby official.
    pub verdict: Verdict,
    /// Fraud type of what decided.
    pub fraud_type: Option<FraudCode>,
    /// Why, in Chinese.
    pub reasons: Vec<Cow<'static, str>>,
    /// What to do now, in Chinese.
    pub advice: Cow<'static, str>,
    /// Whether the warning in the inbox is committed; none where no warning is due.
    pub warning_saved: Option<bool>,
    /// Words of a text that are typical of a fraud type.
    pub wording: Vec<WordingHit>,
    /// The subjects asked about or found.
    pub subjects: Vec<SubjectReport>,
}

/// The answer about one subject.
#[derive(Debug, Clone)]
pub struct SubjectReport {
    /// Its kind.
    pub kind: SubjectKind,
    /// Its canonical form.
    pub canonical: String,
    /// The verdict on it alone.
    pub verdict: Verdict,
    /// Fraud type of the entry, if the entry has one.
    pub fraud_type: Option<FraudCode>,
    /// 1 (light) to 3 (grave); none where unknown.
    pub severity: Option<u8>,
    /// The rule that covers it; none where what it leads to decided.
    pub rule: Option<MatchRule>,
    /// Why, in Chinese.
    pub reasons: Vec<Cow<'static, str>>,
    /// First day it was seen, as the source says.
    pub first_seen: Option<NaiveDate>,
    /// Last day it was seen.
    pub last_seen: Option<NaiveDate>,
    /// What to do now, in Chinese.
    pub advice: Cow<'static, str>,
    /// Where it stands in the text, in Unicode code points, end exclusive.
    pub span: Option<(usize, usize)>,
    /// Of a phone number: what it says by itself.
    pub number: Option<NumberFacts>,
    /// Of a link that may lead elsewhere: where. `verdict` and all that belongs to it are then the strongest of the link and
    /// where it leads.
    pub expansion: Option<Expansion>,
}
