//! The verdict on a link takes in that on where it leads.

use std::borrow::Cow;

use domain::{
    Subject,
    link::{Link, short_links},
    verdict::Verdict,
};
use lookup::View;

use super::{Expansion, ExpansionState, Known, Seen};
use crate::check::{judge::by_lists, report::SubjectReport};

/// Adds to the report on `link` where it leads: the strongest verdict of the link and all it is sent on to, the reasons of
/// what decided, and what to know in any case.
pub(in crate::check) fn join(view: &View, link: &Link, seen: &Seen, report: &mut SubjectReport) {
    let short = short_links::contains(link);
    let known = match seen {
        Seen::Following => {
            let what = if short {
                "这是短链接，正在查看它实际指向哪里"
            } else {
                "正在查看打开后会跳转到哪里"
            };
            report.reasons.push(Cow::Owned(format!("{what}，请过几秒再查一次。")));
            report.expansion = Some(Expansion { state: ExpansionState::Following, target_host: None, hops: 0 });
            return;
        }
        Seen::Known(known) => known,
    };
    report.expansion = Some(expansion(link, short, known));
    let judged = known.targets.iter().map(|target| (target, by_lists(view, target, view.find(target), report.span)));
    // Of several that are equally strong the last: it is what a reader would see.
    match judged.max_by_key(|(_, judged)| judged.verdict) {
        None if short => {
            report.reasons.push(Cow::Borrowed("这是短链接，没能查到它实际指向哪里：请不要打开，更不要在里面填写信息。"))
        }
        None => {}
        Some((target, judged)) => {
            let lead = Cow::Owned(lead(short, known, host(target)));
            if judged.verdict > report.verdict {
                take_over(report, lead, judged);
            } else {
                report.reasons.push(lead);
                if judged.verdict == Verdict::Official && report.verdict != Verdict::Official {
                    report.reasons.extend(judged.reasons);
                }
            }
        }
    }
}

/// What decided is the target: rule and owner of the link itself say nothing any more.
fn take_over(report: &mut SubjectReport, lead: Cow<'static, str>, target: SubjectReport) {
    report.verdict = target.verdict;
    report.fraud_type = target.fraud_type;
    report.severity = target.severity;
    report.rule = None;
    report.first_seen = target.first_seen;
    report.last_seen = target.last_seen;
    report.advice = target.advice;
    report.reasons = std::iter::once(lead).chain(target.reasons).collect();
}

fn expansion(link: &Link, short: bool, known: &Known) -> Expansion {
    // A short link that leads nowhere was not understood: a page in between, a script.
    let told = known.arrived && !(short && known.targets.is_empty());
    let state = if told { ExpansionState::Followed } else { ExpansionState::Failed };
    let last = known.targets.last().map(|target| host(target).to_owned());
    let own = || told.then(|| link.host().to_owned());
    Expansion { state, target_host: last.or_else(own), hops: known.targets.len() }
}

/// Where it leads, in a sentence. `decisive` is the host that the reasons are about.
fn lead(short: bool, known: &Known, decisive: &str) -> String {
    let what = if short { "这是短链接，实际" } else { "这个链接打开后" };
    let last = known.targets.last().map(host).unwrap_or_default();
    let way = if last == decisive { String::new() } else { format!("经过{decisive}，") };
    if known.arrived {
        format!("{what}{way}指向{last}。")
    } else {
        format!("{what}{way}会转到{last}，再往后没能查到：请不要打开。")
    }
}

fn host(target: &Subject) -> &str {
    match target {
        Subject::Link(link) => link.host(),
        Subject::Phone(_) | Subject::Account(..) => "",
    }
}
