//! What is answered.

use std::borrow::Cow;

use app::{
    AppError,
    check::{CheckReport, SubjectReport, expansion::Expansion},
};
use chrono::NaiveDate;
use domain::{fraud_type::FraudCode, phone::NumberFacts, wording::WordingHit};
use serde::Serialize;
use utoipa::ToSchema;

use crate::rendered::About;

type Words = Cow<'static, str>;

/// The answer to one question.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckReply {
    /// `fraud`, `suspicious`, `unknown` or `official`: the strongest of wording and subjects. `unknown` does not say safe.
    #[schema(value_type = String, example = "fraud")]
    verdict: &'static str,
    /// Code of the fraud type that decided.
    #[schema(value_type = Option<String>, example = "T04")]
    fraud_type: Option<FraudCode>,
    /// Why, in Chinese.
    #[schema(value_type = Vec<String>)]
    reasons: Vec<Words>,
    /// What to do now, in Chinese.
    #[schema(value_type = String)]
    advice: Words,
    /// Whether the warning in the inbox is durable; null where none is due.
    warning_saved: Option<bool>,
    /// Words of a text that are typical of a fraud type.
    wording: Vec<WordingReply>,
    /// The subjects asked about or found in the text.
    subjects: Vec<SubjectReply>,
}

/// Words typical of a fraud type.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WordingReply {
    /// Code of the fraud type.
    #[schema(value_type = String)]
    fraud_type: FraudCode,
    /// The words.
    phrase: String,
    /// Where they stand, in Unicode code points, end exclusive.
    span: (usize, usize),
}

/// The answer about one subject.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SubjectReply {
    /// Kind of the subject.
    #[schema(value_type = String)]
    kind: &'static str,
    /// Its one spelling.
    canonical: String,
    /// The verdict on it alone.
    #[schema(value_type = String)]
    verdict: &'static str,
    /// Code of the fraud type, if known.
    #[schema(value_type = Option<String>)]
    fraud_type: Option<FraudCode>,
    /// 1 (light) to 3 (grave), if known.
    severity: Option<u8>,
    /// `exact`, `number_prefix`, `host_suffix` or `path_prefix`: the rule that covers it; null where what it leads to decided.
    #[schema(value_type = Option<String>)]
    rule: Option<&'static str>,
    /// Why, in Chinese.
    #[schema(value_type = Vec<String>)]
    reasons: Vec<Words>,
    /// First day it was seen, as the source says.
    #[schema(value_type = Option<String>, format = Date)]
    first_seen: Option<NaiveDate>,
    /// Last day it was seen.
    #[schema(value_type = Option<String>, format = Date)]
    last_seen: Option<NaiveDate>,
    /// What to do now, in Chinese.
    #[schema(value_type = String)]
    advice: Words,
    /// Where it stands in the text, in Unicode code points, end exclusive; null where it was asked about by itself.
    span: Option<(usize, usize)>,
    /// Of a phone number: what it says by itself. Context, never a verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<NumberReply>,
    /// Of a link that may lead elsewhere (a short link): where it leads. Verdict, type, days, reasons and advice are then those
    /// of the strongest of the link and all it is sent on to.
    #[serde(skip_serializing_if = "Option::is_none")]
    expansion: Option<ExpansionReply>,
}

/// Where a link leads.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ExpansionReply {
    /// `following`: the service is looking, ask again in some seconds. `followed`: it is known. `failed`: it could not be found
    /// out, or not to the end.
    #[schema(value_type = String, example = "followed")]
    state: &'static str,
    /// Host of the last address on the way, as far as it is known.
    #[schema(example = "evil.example")]
    target_host: Option<String>,
    /// Redirects on the way, as far as it is known; at most five.
    hops: usize,
}

impl From<Expansion> for ExpansionReply {
    fn from(expansion: Expansion) -> Self {
        Self { state: expansion.state.as_str(), target_host: expansion.target_host, hops: expansion.hops }
    }
}

/// What a phone number says by itself.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NumberReply {
    /// `mobile`, `virtual_operator`, `satellite`, `internet_of_things`, `fixed_line`, `service_line`, `service_number`,
    /// `short_code`, `sms_port`, `overseas`, `local`, `dial_code` or `impossible`.
    #[schema(value_type = String, example = "mobile")]
    class: &'static str,
    /// The leading digits that say so.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(example = "138")]
    segment: String,
    /// The carrier to whom the segment was assigned, in Chinese. Numbers can be taken to another.
    #[serde(skip_serializing_if = "Option::is_none")]
    carrier: Option<&'static str>,
    /// Province and city, in Chinese: of a line, where it is; of a mobile number, where it was first sold.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<&'static str>,
    /// Country or region of an overseas number, in Chinese.
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<&'static str>,
    /// What to know about such numbers, in Chinese.
    #[schema(value_type = Vec<String>)]
    notes: &'static [&'static str],
}

impl From<NumberFacts> for NumberReply {
    fn from(facts: NumberFacts) -> Self {
        Self {
            class: facts.class.as_str(),
            notes: facts.notes(),
            segment: facts.segment,
            carrier: facts.carrier,
            place: facts.place,
            country: facts.country,
        }
    }
}

impl About for CheckReply {
    fn about_bytes(&self) -> usize {
        1_536 * self.subjects.len().max(1) + 256 * self.wording.len()
    }
}

impl From<CheckReport> for CheckReply {
    fn from(report: CheckReport) -> Self {
        Self {
            verdict: report.verdict.as_str(),
            fraud_type: report.fraud_type,
            reasons: report.reasons,
            advice: report.advice,
            warning_saved: report.warning_saved,
            wording: report.wording.into_iter().map(WordingReply::from).collect(),
            subjects: report.subjects.into_iter().map(SubjectReply::from).collect(),
        }
    }
}

impl From<WordingHit> for WordingReply {
    fn from(hit: WordingHit) -> Self {
        Self { fraud_type: hit.fraud_type, phrase: hit.phrase, span: hit.span }
    }
}

impl From<SubjectReport> for SubjectReply {
    fn from(report: SubjectReport) -> Self {
        Self {
            kind: report.kind.as_str(),
            canonical: report.canonical,
            verdict: report.verdict.as_str(),
            fraud_type: report.fraud_type,
            severity: report.severity,
            rule: report.rule.map(|rule| rule.as_str()),
            reasons: report.reasons,
            first_seen: report.first_seen,
            last_seen: report.last_seen,
            advice: report.advice,
            span: report.span,
            number: report.number.map(NumberReply::from),
            expansion: report.expansion.map(ExpansionReply::from),
        }
    }
}

/// The answers to a batch, in order.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchReply {
    /// A check reply each, or the error of the item.
    results: Vec<BatchResult>,
}

/// The answer to one item.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum BatchResult {
    /// The answer.
    Reply(CheckReply),
    /// Why there is none.
    Error {
        /// The error.
        error: ItemError,
    },
}

/// Why an item has no answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ItemError {
    /// Stable word for programs.
    #[schema(value_type = String)]
    code: &'static str,
    /// The rule it breaks, in Chinese.
    #[schema(value_type = String)]
    detail: Words,
}

impl BatchReply {
    /// The reply of these results.
    pub fn new(results: Vec<Result<CheckReport, AppError>>) -> Self {
        Self { results: results.into_iter().map(BatchResult::from).collect() }
    }
}

impl About for BatchReply {
    fn about_bytes(&self) -> usize {
        self.results
            .iter()
            .map(|result| if let BatchResult::Reply(reply) = result { reply.about_bytes() } else { 128 })
            .sum()
    }
}

impl From<Result<CheckReport, AppError>> for BatchResult {
    fn from(result: Result<CheckReport, AppError>) -> Self {
        match result {
            Ok(report) => Self::Reply(report.into()),
            Err(error) => Self::Error { error: ItemError { code: error.code.as_str(), detail: error.detail } },
        }
    }
}
