//! From one row of a file to an entry.

use chrono::NaiveDate;
use domain::{
    ListKind, ListRule, MatchRule, ParseError, Subject, SubjectKind,
    fraud_type::{self, FraudCode},
    link::LinkRule,
    phone::PhonePrefix,
};
use store::list_entries::NewEntry;

/// What holds for every row that does not say otherwise.
#[derive(Debug, Clone)]
pub struct Defaults {
    /// Which list.
    pub list: ListKind,
    /// Kind of the subjects.
    pub kind: SubjectKind,
    /// The rule of all rows; by the look of each value where absent.
    pub rule: Option<MatchRule>,
    /// Code of the fraud type.
    pub fraud_type: Option<FraudCode>,
    /// Name of the source.
    pub source: String,
    /// Whose the subjects are.
    pub owner: Option<String>,
    /// 0 (unknown) to 3 (grave).
    pub severity: u8,
}

impl Defaults {
    /// Nothing but the list and the kind.
    pub fn new(list: ListKind, kind: SubjectKind) -> Self {
        Self { list, kind, rule: None, fraud_type: None, source: String::new(), owner: None, severity: 0 }
    }
}

/// The columns a row may have besides its value; empty cells count as absent.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Extra<'a> {
    /// Whose the subject is.
    pub(crate) owner: Option<&'a str>,
    /// Code or Chinese name of the fraud type.
    pub(crate) fraud_type: Option<&'a str>,
    /// 0 to 3, or a word.
    pub(crate) severity: Option<&'a str>,
    /// First day seen.
    pub(crate) first_seen: Option<&'a str>,
    /// Last day seen.
    pub(crate) last_seen: Option<&'a str>,
    /// How sure the source is, 0 to 100.
    pub(crate) confidence: Option<&'a str>,
    /// The day on which the source said so.
    pub(crate) seen_on: Option<&'a str>,
}

const FRAUD_TYPE: ParseError = ParseError {
    code: "unknown_fraud_type",
    detail: "诈骗类型须为代码表中的代码（如T02）或名称。",
};
const SEVERITY: ParseError = ParseError {
    code: "unknown_severity",
    detail: "严重程度须为0到3，或低、中、高（low、medium、high）。",
};
const CONFIDENCE: ParseError = ParseError { code: "unknown_confidence", detail: "可信度须为0到100的整数。" };
const DATE: ParseError = ParseError { code: "unknown_date", detail: "日期须写作2024-01-31。" };
const OWNER: ParseError = ParseError { code: "owner_too_long", detail: "所属单位最多100个字。" };
const PREFIX: ParseError = ParseError { code: "rule_not_for_kind", detail: "该规则不适用于这一类对象。" };

/// The entry that a row means, or the rule it breaks. `held` is set where the value itself asks for review; the guard
/// lists are asked later.
pub(crate) fn entry_of(defaults: &Defaults, value: &str, extra: Option<Extra<'_>>) -> Result<NewEntry, ParseError> {
    let extra = extra.unwrap_or_default();
    let (rule, held) = rule_of(defaults, value)?;
    let fraud_type = match extra.fraud_type {
        Some(code) => Some(fraud_type::table().named(code).ok_or(FRAUD_TYPE)?.code()),
        None => defaults.fraud_type,
    };
    let owner = extra.owner.map(str::to_owned).or_else(|| defaults.owner.clone());
    if owner.as_ref().is_some_and(|owner| owner.chars().count() > 100) {
        return Err(OWNER);
    }
    Ok(NewEntry {
        list: defaults.list,
        rule,
        fraud_type: fraud_type.map(|code| code.as_str().to_owned()).filter(|_| defaults.list == ListKind::Blacklist),
        severity: extra.severity.map_or(Ok(defaults.severity), severity_of)?,
        source: defaults.source.clone(),
        owner,
        first_seen: extra.first_seen.map(date_of).transpose()?,
        last_seen: extra.last_seen.map(date_of).transpose()?,
        held: held && defaults.list == ListKind::Blacklist,
        confidence: extra.confidence.map(confidence_of).transpose()?,
        seen_on: extra.seen_on.map(date_of).transpose()?,
    })
}

fn rule_of(defaults: &Defaults, value: &str) -> Result<(ListRule, bool), ParseError> {
    let (kind, rule) = (defaults.kind, defaults.rule);
    match kind {
        SubjectKind::Link => {
            // Words around the link are only looked for where the value is none by itself.
            let parsed = match LinkRule::parse(value, rule) {
                Err(_) if rule.is_none() => LinkRule::from_row(value)?,
                parsed => parsed?,
            };
            Ok((parsed.rule, parsed.held.is_some()))
        }
        SubjectKind::Phone
            if rule == Some(MatchRule::NumberPrefix) || (rule.is_none() && value.trim_end().ends_with('*')) =>
        {
            let canonical = PhonePrefix::parse(value)?;
            Ok((ListRule { kind, rule: MatchRule::NumberPrefix, canonical, host: None }, false))
        }
        _ if rule.is_some_and(|rule| rule != MatchRule::Exact) => Err(PREFIX),
        _ => {
            let canonical = Subject::parse(kind, value)?.canonical().to_owned();
            Ok((ListRule { kind, rule: MatchRule::Exact, canonical, host: None }, false))
        }
    }
}

fn severity_of(word: &str) -> Result<u8, ParseError> {
    match word.to_ascii_lowercase().as_str() {
        "0" => Ok(0),
        "1" | "low" | "低" => Ok(1),
        "2" | "medium" | "中" => Ok(2),
        "3" | "high" | "高" => Ok(3),
        _ => Err(SEVERITY),
    }
}

fn confidence_of(text: &str) -> Result<u8, ParseError> {
    text.parse().ok().filter(|percent| *percent <= 100).ok_or(CONFIDENCE)
}

/// `2024-01-31`, with a time behind it or not; also `2024/1/31` and `20240131`.
fn date_of(text: &str) -> Result<NaiveDate, ParseError> {
    let day = text.split(['T', ' ']).next().unwrap_or(text);
    ["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d"].iter().find_map(|format| NaiveDate::parse_from_str(day, format).ok()).ok_or(DATE)
}
