//! From a question to its answer: canonical form, lists, look-alikes, wording. Pure but for the lists in memory.

use std::borrow::Cow;

use domain::{
    ListKind, Subject, SubjectKind, extract,
    fraud_type::{self, FraudCode, FraudType},
    link::Link,
    lookalike::ImitationKind,
    verdict::{Evidence, Judgement, Verdict, decide},
    wording::{self, WordingHit},
};
use lookup::{Finding, Imitation, View};

use super::{
    expansion::{self, Seen},
    report::{CheckReport, SubjectReport},
};

/// Says where a link leads, given the verdict on it alone; none where nobody asks for that.
pub(super) type Expand<'a> = &'a dyn Fn(&Link, Verdict) -> Option<Seen>;

/// Judges one subject by what the lists say about it.
pub(super) fn subject(view: &View, subject: &Subject, finding: Finding, expand: Expand<'_>) -> CheckReport {
    let report = report_on(view, subject, finding, None, expand);
    CheckReport {
        verdict: report.verdict,
        fraud_type: report.fraud_type,
        reasons: report.reasons.clone(),
        advice: report.advice.clone(),
        warning_saved: None,
        wording: Vec::new(),
        subjects: vec![report],
    }
}

/// Judges a pasted text: every subject in it, and its wording.
pub(super) fn text(view: &View, text: &str, expand: Expand<'_>) -> CheckReport {
    let subjects: Vec<SubjectReport> = extract::subjects(text)
        .into_iter()
        .map(|found| report_on(view, &found.subject, view.find(&found.subject), Some(found.span), expand))
        .collect();
    let wording = wording::judge(text);
    let strongest =
        subjects.iter().max_by_key(|report| report.verdict).filter(|report| report.verdict > Verdict::Unknown);
    match (strongest, wording.first()) {
        (Some(report), hit) if report.verdict == Verdict::Fraud || hit.is_none() => {
            by_subject(report.clone(), subjects, wording)
        }
        (_, Some(hit)) => by_wording(hit.fraud_type, subjects, wording),
        _ => nothing_found(subjects),
    }
}

fn by_subject(strongest: SubjectReport, subjects: Vec<SubjectReport>, wording: Vec<WordingHit>) -> CheckReport {
    let mut reasons = strongest.reasons;
    reasons.extend(wording.first().map(|hit| Cow::Owned(wording_reason(hit.fraud_type, &wording))));
    CheckReport {
        verdict: strongest.verdict,
        fraud_type: strongest.fraud_type.or_else(|| wording.first().map(|hit| hit.fraud_type)),
        reasons,
        advice: strongest.advice,
        warning_saved: None,
        wording,
        subjects,
    }
}

fn by_wording(code: FraudCode, subjects: Vec<SubjectReport>, wording: Vec<WordingHit>) -> CheckReport {
    let suspicious = subjects.iter().filter(|report| report.verdict == Verdict::Suspicious);
    let mut reasons = vec![Cow::Owned(wording_reason(code, &wording))];
    reasons.extend(suspicious.flat_map(|report| report.reasons.iter().cloned()));
    reasons.extend(said_of_ways(&subjects));
    CheckReport {
        verdict: Verdict::Suspicious,
        fraud_type: Some(code),
        reasons,
        advice: Cow::Borrowed(known(code).advice()),
        warning_saved: None,
        wording,
        subjects,
    }
}

fn known(code: FraudCode) -> &'static FraudType {
    let table = fraud_type::table();
    table.get(code).unwrap_or_else(|| table.unknown())
}

fn wording_reason(code: FraudCode, wording: &[WordingHit]) -> String {
    let name = known(code).name_zh();
    let phrases: Vec<&str> =
        wording.iter().filter(|hit| hit.fraud_type == code).take(3).map(|hit| hit.phrase.as_str()).collect();
    format!("文字中的“{}”是“{name}”类诈骗常见的说法。", phrases.join("”、“"))
}

/// What is said of where unknown links lead, besides that nothing is known of them.
fn said_of_ways(subjects: &[SubjectReport]) -> Vec<Cow<'static, str>> {
    let led = subjects.iter().filter(|report| report.expansion.is_some() && report.verdict == Verdict::Unknown);
    led.flat_map(|report| report.reasons.iter().skip(1).cloned()).collect()
}

fn nothing_found(subjects: Vec<SubjectReport>) -> CheckReport {
    let Judgement { verdict, mut reasons, advice } = decide(SubjectKind::Link, Evidence::Nothing);
    reasons.extend(said_of_ways(&subjects));
    CheckReport {
        verdict,
        fraud_type: None,
        reasons,
        advice: Cow::Borrowed(advice),
        warning_saved: None,
        wording: Vec::new(),
        subjects,
    }
}

fn report_on(
    view: &View,
    subject: &Subject,
    finding: Finding,
    span: Option<(usize, usize)>,
    expand: Expand<'_>,
) -> SubjectReport {
    let mut report = by_lists(view, subject, finding, span);
    match subject {
        Subject::Phone(phone) => {
            let facts = phone.facts();
            // Last: context, not a reason for the verdict.
            report.reasons.push(Cow::Owned(facts.sentence()));
            report.number = Some(facts);
        }
        Subject::Link(link) => {
            if let Some(seen) = expand(link, report.verdict) {
                expansion::join(view, link, &seen, &mut report);
            }
        }
        Subject::Account(..) => {}
    }
    report
}

/// The report on one subject by the lists alone.
pub(super) fn by_lists(
    view: &View,
    subject: &Subject,
    finding: Finding,
    span: Option<(usize, usize)>,
) -> SubjectReport {
    let kind = subject.kind();
    let canonical = subject.canonical().to_owned();
    let Some(found) = finding.matched else {
        let imitation = if finding.guarded { None } else { imitation(view, subject, span) };
        let evidence = imitation.as_ref().map_or(Evidence::Nothing, |imitation| Evidence::Imitates {
            official: &imitation.what,
            owner: imitation.owner.as_deref(),
            how: imitation.kind.text_zh(),
        });
        return unlisted(kind, canonical, decide(kind, evidence), span);
    };
    let record = found.record;
    let blacklisted = found.list == ListKind::Blacklist;
    let fraud_type = FraudCode::parse(record.fraud_code()).ok().filter(|_| blacklisted);
    let judgement = if blacklisted {
        decide(kind, Evidence::Blacklisted { rule: found.rule, fraud_type })
    } else {
        decide(kind, Evidence::Allowlisted { owner: view.owner(&found.key) })
    };
    SubjectReport {
        fraud_type,
        severity: Some(record.severity).filter(|severity| blacklisted && *severity > 0),
        rule: Some(found.rule),
        first_seen: lookup::Record::date(record.first_seen),
        last_seen: lookup::Record::date(record.last_seen),
        ..unlisted(kind, canonical, judgement, span)
    }
}

/// Who the subject passes itself off as. Service numbers are assigned densely (95588 and 95598 are both honest): a number
/// one digit off is worth a word to who asks about it, but no reason to suspect a whole message.
fn imitation(view: &View, subject: &Subject, span: Option<(usize, usize)>) -> Option<Imitation> {
    let found = view.imitated_by(subject)?;
    let only_near = found.kind == ImitationKind::NearNumber;
    (span.is_none() || !only_near).then_some(found)
}

fn unlisted(kind: SubjectKind, canonical: String, judgement: Judgement, span: Option<(usize, usize)>) -> SubjectReport {
    SubjectReport {
        kind,
        canonical,
        verdict: judgement.verdict,
        fraud_type: None,
        severity: None,
        rule: None,
        reasons: judgement.reasons,
        first_seen: None,
        last_seen: None,
        advice: Cow::Borrowed(judgement.advice),
        span,
        number: None,
        expansion: None,
    }
}
