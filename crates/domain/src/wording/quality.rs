//! How well the phrase file does on the labelled messages, as precision and recall.

use std::collections::BTreeMap;

use super::judge;
use crate::fraud_type::{self, FraudCode};

/// The two parts of the labelled messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Split {
    /// Seen while the phrases were written.
    Train,
    /// Written before the phrases and kept apart from their writing.
    Held,
}

impl Split {
    /// Both parts.
    pub const ALL: [Self; 2] = [Self::Train, Self::Held];

    /// The stable word used in the file and on the screen.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Held => "held",
        }
    }
}

/// One message of `data/messages.tsv`, with what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabelledMessage {
    /// Number in the file.
    pub id: &'static str,
    /// The part it belongs to.
    pub split: Split,
    /// The fraud type of a fraud; `None` for an ordinary message.
    pub fraud_type: Option<FraudCode>,
    /// The message.
    pub text: &'static str,
}

/// How the messages of one fraud type were judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TypeQuality {
    /// Messages of the type.
    pub messages: usize,
    /// Those found suspicious, whatever type was named.
    pub found: usize,
    /// Those found suspicious with this type named.
    pub typed: usize,
}

/// How the messages of one part were judged. "Positive" is: the message gives at least one hit.
#[derive(Debug, Clone, PartialEq)]
pub struct Quality {
    /// Frauds found.
    pub tp: usize,
    /// Ordinary messages suspected.
    pub fp: usize,
    /// Ordinary messages left alone.
    pub tn: usize,
    /// Frauds missed.
    pub fn_: usize,
    /// tp / (tp + fp); 1 where nothing was suspected.
    pub precision: f64,
    /// tp / (tp + fn); 1 where there was no fraud.
    pub recall: f64,
    /// By the type of the fraud.
    pub per_type: BTreeMap<FraudCode, TypeQuality>,
}

/// Every labelled message. A line that does not have the layout is left out; a test holds the file to it.
pub fn messages() -> impl Iterator<Item = LabelledMessage> {
    include_str!("../../data/messages.tsv").lines().skip(1).filter_map(message)
}

/// More messages of the part that is learned from, which would outweigh the held ones in `data/messages.tsv`.
#[cfg(test)]
pub(super) fn more_messages() -> impl Iterator<Item = LabelledMessage> {
    include_str!("../../data/messages_more.tsv").lines().skip(1).filter_map(message)
}

fn message(line: &'static str) -> Option<LabelledMessage> {
    let mut columns = line.splitn(5, '\t');
    let id = columns.next()?;
    let split = columns.next()?;
    let split = Split::ALL.into_iter().find(|known| known.as_str() == split)?;
    let (label, code, text) = (columns.next()?, columns.next()?, columns.next()?);
    let fraud_type = match label {
        "fraud" => Some(FraudCode::parse(code).ok()?),
        "ordinary" if code.is_empty() => None,
        _ => return None,
    };
    Some(LabelledMessage { id, split, fraud_type, text })
}

/// Judges every message of one part.
pub fn evaluate(split: Split) -> Quality {
    let mut quality = Quality { tp: 0, fp: 0, tn: 0, fn_: 0, precision: 1.0, recall: 1.0, per_type: BTreeMap::new() };
    for message in messages().filter(|message| message.split == split) {
        let named = judge(message.text).first().map(|hit| hit.fraud_type);
        match (message.fraud_type, named) {
            (Some(_), Some(_)) => quality.tp += 1,
            (Some(_), None) => quality.fn_ += 1,
            (None, Some(_)) => quality.fp += 1,
            (None, None) => quality.tn += 1,
        }
        if let Some(truth) = message.fraud_type {
            let of_type = quality.per_type.entry(truth).or_default();
            let top = |code| fraud_type::table().top(code);
            of_type.messages += 1;
            of_type.found += usize::from(named.is_some());
            of_type.typed += usize::from(named.map(top) == Some(top(truth)));
        }
    }
    quality.precision = share(quality.tp, quality.fp);
    quality.recall = share(quality.tp, quality.fn_);
    quality
}

#[expect(clippy::cast_precision_loss, reason = "counts of messages are far below 2^52")]
fn share(right: usize, wrong: usize) -> f64 {
    if right + wrong == 0 { 1.0 } else { right as f64 / (right + wrong) as f64 }
}
