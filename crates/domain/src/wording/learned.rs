//! What the labelled messages taught: a weight for every piece of one or two characters that stands in some of them.
//!
//! The weights speak where no phrase of the files is said, and against a phrase in a message that sounds ordinary all
//! over. `data/wording_weights.tsv` is written by the ignored test at the end of this file, never by hand.

use std::{collections::HashMap, sync::LazyLock};

use super::{folded::Folded, rules::LearnedRules};
use crate::fraud_type::FraudCode;

/// One or two characters of a folded text, packed into a number.
type Piece = u64;

/// The learned weights, in hundredths of the natural logarithm of odds.
#[derive(Debug, Default)]
pub(super) struct Learned {
    /// The types that are told apart, in the order of the columns.
    types: Vec<FraudCode>,
    /// Of a text without any known piece: fraud at all, then each type.
    bias: Vec<i64>,
    /// Of each piece, its row in `weights`.
    rows: HashMap<Piece, usize>,
    /// Fraud at all, then each type.
    weights: Vec<Vec<i64>>,
}

/// How a text sounds all in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sound {
    /// Above zero: rather fraud; in hundredths of the logarithm of odds.
    pub(super) score: i64,
    /// The type it would be.
    pub(super) fraud_type: FraudCode,
    /// The stretches of the folded text, in characters, that speak loudest for it.
    pub(super) parts: Vec<(usize, usize)>,
}

/// Every piece of a text with its place: characters by themselves, and two that stand side by side.
fn pieces(folded: &Folded) -> Vec<(Piece, usize, usize)> {
    let characters: Vec<u64> = folded.text.chars().map(u64::from).collect();
    let mut pieces = Vec::with_capacity(characters.len() * 2);
    let mut before = None;
    for (at, character) in characters.into_iter().enumerate() {
        pieces.push((character, at, at + 1));
        if let Some(before) = before {
            pieces.push(((before << 32) | character, at - 1, at + 1));
        }
        before = Some(character);
    }
    pieces
}

impl Learned {
    /// Reads the file; a line that does not have the layout is left out.
    fn read(file: &str) -> Self {
        let mut lines = file.lines();
        let header = lines.next().unwrap_or_default();
        let types = header.split('\t').skip(2).filter_map(|code| FraudCode::parse(code).ok()).collect();
        let mut learned = Self { types, ..Self::default() };
        for line in lines {
            let mut columns = line.split('\t');
            let Some(piece) = columns.next() else { continue };
            let weights: Vec<i64> = columns.filter_map(|weight| weight.parse().ok()).collect();
            if weights.len() != learned.types.len() + 1 {
                continue;
            }
            if piece.is_empty() {
                learned.bias = weights;
            } else {
                let packed = piece.chars().fold(0, |packed, character| (packed << 32) | u64::from(character));
                learned.rows.insert(packed, learned.weights.len());
                learned.weights.push(weights);
            }
        }
        learned
    }

    /// How `folded` sounds. Each piece counts once; of a long text the sum is taken down to the length of a message.
    pub(super) fn listen(&self, limits: &LearnedRules, folded: &Folded) -> Option<Sound> {
        let mut sums = vec![0; self.types.len() + 1];
        let mut is_counted = vec![false; self.weights.len()];
        let mut count = 0;
        let pieces = pieces(folded);
        for row in pieces.iter().filter_map(|(piece, ..)| self.rows.get(piece).copied()) {
            let (Some(is_counted), Some(weights)) = (is_counted.get_mut(row), self.weights.get(row)) else { continue };
            if std::mem::replace(is_counted, true) {
                continue;
            }
            count += 1;
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum += weight;
            }
        }
        let excess = (count / limits.pieces.max(1)).max(1);
        let mut totals = sums.iter().zip(&self.bias).map(|(sum, bias)| sum / excess + bias);
        let score = totals.next()?;
        let (column, fraud_type, _) = totals
            .zip(&self.types)
            .enumerate()
            .map(|(column, (total, fraud_type))| (column + 1, *fraud_type, total))
            .max_by_key(|(column, _, total)| (*total, usize::MAX - column))?;
        Some(Sound { score, fraud_type, parts: self.loudest(folded, &pieces, column) })
    }

    /// The pairs of characters that speak most for fraud and for the type, those side by side put together.
    fn loudest(&self, folded: &Folded, pieces: &[(Piece, usize, usize)], column: usize) -> Vec<(usize, usize)> {
        let clause = |at: usize| folded.places.get(at).map(|place| place.clause);
        let weight = |row: usize| {
            let weights = self.weights.get(row)?;
            Some(weights.first()? * 2 + weights.get(column)?)
        };
        let mut pairs: Vec<(i64, usize, usize)> = pieces
            .iter()
            .filter(|(_, start, end)| end - start == 2 && clause(*start) == clause(end - 1))
            .filter_map(|(piece, start, end)| Some((weight(*self.rows.get(piece)?)?, *start, *end)))
            .filter(|(weight, ..)| *weight > 0)
            .collect();
        let kept = pairs.len().min(SHOWN_PAIRS);
        pairs.sort_by_key(|(weight, start, _)| (-weight, *start));
        let mut spans: Vec<(usize, usize)> = pairs.iter().take(kept).map(|(_, start, end)| (*start, *end)).collect();
        spans.sort_unstable();
        let mut merged: Vec<(usize, usize)> = Vec::with_capacity(spans.len());
        for (start, end) in spans {
            match merged.last_mut() {
                Some(last) if start <= last.1 && clause(last.0) == clause(start) => last.1 = last.1.max(end),
                _ => merged.push((start, end)),
            }
        }
        merged
    }
}

/// How many pairs of characters are shown for a message that no phrase speaks of.
const SHOWN_PAIRS: usize = 8;

/// The weights of this program.
pub(super) fn learned() -> &'static Learned {
    static READ: LazyLock<Learned> = LazyLock::new(|| Learned::read(include_str!("../../data/wording_weights.tsv")));
    &READ
}

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeMap, BTreeSet},
        fmt::Write as _,
    };

    use super::*;
    use crate::{
        fraud_type,
        wording::{Split, messages, quality::more_messages, rules::rules},
    };

    /// A piece must stand in so many messages to get a weight.
    const MESSAGES: usize = 2;
    const ROUNDS: u32 = 200;

    #[test]
    fn every_line_of_the_file_is_read() {
        let lines = include_str!("../../data/wording_weights.tsv").lines().count();
        let learned = learned();
        assert_eq!(learned.weights.len() + 2, lines);
        assert_eq!(learned.rows.len(), learned.weights.len());
        assert_eq!(learned.bias.len(), learned.types.len() + 1);
    }

    #[test]
    fn what_is_learned_from_is_whole_and_none_of_it_is_held() {
        let lines = include_str!("../../data/messages_more.tsv").lines().skip(1).count();
        let held: BTreeSet<&str> =
            messages().filter(|message| message.split == Split::Held).map(|message| message.text).collect();
        let more: BTreeSet<&str> = more_messages().map(|message| message.text).collect();
        assert_eq!(more.len(), lines);
        assert!(more_messages().all(|message| message.split == Split::Train) && more.is_disjoint(&held));
    }

    #[test]
    fn a_text_without_known_pieces_is_no_fraud() {
        for text in ["", "\u{10FFFD}", "xyzzy"] {
            let sound = learned().listen(&rules().learned, &Folded::new(&rules().fold, text)).unwrap();
            assert!(sound.score < rules().learned.threshold, "{text} {sound:?}");
        }
    }

    /// Logistic regression by stochastic descent, each weight with its own step (Duchi 2011), with a penalty on the
    /// squares of the weights. The order of the messages is fixed, so that the same messages give the same weights.
    fn descend(rows: &[(Vec<usize>, bool)], pieces: usize, messages_of: &[usize]) -> (Vec<f64>, f64) {
        let (mut weights, mut steps) = (vec![0.0_f64; pieces], vec![1e-6_f64; pieces]);
        let (mut bias, mut bias_step) = (0.0_f64, 1e-6_f64);
        for round in 0..ROUNDS {
            for number in 0..rows.len() {
                // A fixed walk through all rows, another one each round: 7919 is prime.
                let (present, truth) = &rows[(number * 7919 + round as usize * 104_729) % rows.len()];
                let sum: f64 = bias + present.iter().map(|piece| weights[*piece]).sum::<f64>();
                let error = 1.0 / (1.0 + (-sum).exp()) - f64::from(u8::from(*truth));
                bias_step += error * error;
                bias -= 0.1 * error / bias_step.sqrt();
                for piece in present {
                    let slope = error + weights[*piece] / messages_of[*piece] as f64;
                    steps[*piece] += slope * slope;
                    weights[*piece] -= 0.1 * slope / steps[*piece].sqrt();
                }
            }
        }
        (weights, bias)
    }

    /// `cargo test --release -p golden-bell-domain learn_the_weights_anew -- --ignored` after messages were added.
    #[test]
    #[ignore = "writes data/wording_weights.tsv"]
    fn learn_the_weights_anew() {
        let texts: Vec<(BTreeSet<Piece>, Option<FraudCode>)> = messages()
            .chain(more_messages())
            .filter(|message| message.split == Split::Train)
            .map(|message| {
                let folded = Folded::new(&rules().fold, message.text);
                let present = pieces(&folded).into_iter().map(|(piece, ..)| piece).collect();
                (present, message.fraud_type.map(|code| fraud_type::table().top(code)))
            })
            .collect();
        let mut counts: BTreeMap<Piece, usize> = BTreeMap::new();
        for piece in texts.iter().flat_map(|(present, _)| present) {
            *counts.entry(*piece).or_default() += 1;
        }
        counts.retain(|_, count| *count >= MESSAGES);
        let numbers: BTreeMap<Piece, usize> = counts.keys().copied().zip(0..).collect();
        let rows_of = |of: &dyn Fn(Option<FraudCode>) -> Option<bool>| -> Vec<(Vec<usize>, bool)> {
            let numbered = |present: &BTreeSet<Piece>| present.iter().filter_map(|p| numbers.get(p).copied()).collect();
            texts.iter().filter_map(|(present, truth)| Some((numbered(present), of(*truth)?))).collect()
        };
        let types: BTreeSet<FraudCode> = texts.iter().filter_map(|(_, truth)| *truth).collect();
        let learn = |rows: Vec<(Vec<usize>, bool)>| {
            let mut messages_of = vec![0; numbers.len()];
            rows.iter().flat_map(|(present, _)| present).for_each(|piece| messages_of[*piece] += 1);
            descend(&rows, numbers.len(), &messages_of)
        };
        let mut columns = vec![learn(rows_of(&|truth| Some(truth.is_some())))];
        for fraud_type in &types {
            columns.push(learn(rows_of(&|truth| truth.map(|truth| truth == *fraud_type))));
        }
        let mut file = String::from("piece\tfraud");
        types.iter().for_each(|code| write!(file, "\t{code}").unwrap());
        file.push('\n');
        let hundredths = |weight: f64| (weight * 100.0).round() as i64;
        columns.iter().for_each(|(_, bias)| write!(file, "\t{}", hundredths(*bias)).unwrap());
        file.push('\n');
        for (piece, number) in &numbers {
            let weights: Vec<i64> = columns.iter().map(|(weights, _)| hundredths(weights[*number])).collect();
            let character = |code: u64| char::from_u32(code as u32);
            let text: String = [character(piece >> 32).filter(|c| *c != '\0'), character(piece & 0xFFFF_FFFF)]
                .into_iter()
                .flatten()
                .collect();
            if text.chars().any(char::is_whitespace) || weights.iter().all(|weight| weight.abs() < 5) {
                continue;
            }
            file.push_str(&text);
            weights.iter().for_each(|weight| write!(file, "\t{weight}").unwrap());
            file.push('\n');
        }
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/data/wording_weights.tsv"), file).unwrap();
    }
}
