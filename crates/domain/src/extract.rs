//! Finds every subject in a pasted text: links, numbers, accounts and ids, with their positions.
//!
//! Players: [`text`] is the text character by character, raw and folded; [`links`], [`numbers`] and [`labels`] each
//! propose what they recognise; here the proposals are weighed against each other and sorted.
//!
//! | proposed by | what |
//! |---|---|
//! | [`links`] | web addresses with a scheme, `www.` or a top-level domain of the Public Suffix List, defanged and full-width ones too; bare IPv4 addresses. An e-mail address is no link |
//! | [`labels`] | what a word in front names: 微信号, QQ, 支付宝账号, 卡号, 包名 |
//! | [`numbers`] | telephone numbers in every usual spelling, bank cards that check by Luhn. Short numbers only where they are listed-like and stand as a number, not as an amount, date or code |
//!
//! Of overlapping proposals a package name behind 包名 wins over a link, a link over a labelled account, that over a number; then the longer one, then the
//! earlier one. The work is linear in the length of the text, whatever it holds.

mod host;
mod labels;
mod links;
mod numbers;
mod text;

use text::Text;

use crate::subject::Subject;

/// A subject found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The subject in canonical form.
    pub subject: Subject,
    /// Where it stands, in Unicode code points, half open.
    pub span: (usize, usize),
}

/// How sure a proposal is; the higher wins an overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Card,
    Number,
    LabelledCard,
    Labelled,
    Link,
    Package,
}

/// A subject that one of the finders proposes.
#[derive(Debug)]
struct Proposal {
    rank: Rank,
    found: Found,
}

/// Every subject of `text`, in the order of their positions, none overlapping another. A subject named twice is found
/// twice.
pub fn subjects(text: &str) -> Vec<Found> {
    let text = Text::new(text);
    let mut proposals = links::find(&text);
    labels::find(&text, &mut proposals);
    numbers::find(&text, &mut proposals);
    without_overlaps(proposals, text.len())
}

fn without_overlaps(mut proposals: Vec<Proposal>, length: usize) -> Vec<Found> {
    let width = |proposal: &Proposal| proposal.found.span.1.saturating_sub(proposal.found.span.0);
    proposals.sort_by(|a, b| {
        b.rank.cmp(&a.rank).then_with(|| width(b).cmp(&width(a))).then_with(|| a.found.span.cmp(&b.found.span))
    });
    let mut taken = vec![false; length];
    let mut found: Vec<Found> = Vec::with_capacity(proposals.len());
    for proposal in proposals {
        let (start, end) = proposal.found.span;
        if let Some(place) = taken.get_mut(start..end)
            && !place.contains(&true)
        {
            place.fill(true);
            found.push(proposal.found);
        }
    }
    found.sort_by_key(|found| found.span);
    found
}
