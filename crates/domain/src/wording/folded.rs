//! A text in one plain spelling, with the way back to where each character stood.

use std::collections::BTreeMap;

use crate::fold::fold_char;

/// Stands for a run of digits.
pub(super) const DIGITS: char = '#';
/// Stands for the dot, or the `://`, of a web address. In the private use area, so that no text has it.
pub(super) const LINK: char = '\u{E000}';

/// The most characters of an amount in words, separators between them counted: `九千九百九十九`.
const NUMERAL: usize = 16;

/// The longest label of a host name (RFC 1035, 2.3.4).
const LABEL: usize = 63;

/// What the phrase file says about folding.
#[derive(Debug, Default)]
pub(super) struct FoldRules {
    /// Characters written for another one.
    pub(super) letters: BTreeMap<char, char>,
    /// Digit runs that keep their digits.
    pub(super) numbers: Vec<String>,
    /// Hosts whose addresses are no sign of anything.
    pub(super) official_hosts: Vec<String>,
}

/// Where one character of the folded text stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// First code point.
    pub(super) start: usize,
    /// Code point after the last.
    pub(super) end: usize,
    /// Number of the clause; commas and full stops part them.
    pub(super) clause: usize,
}

/// A folded text.
#[derive(Debug)]
pub(super) struct Folded {
    /// Simplified, half-width, lower-case letters and `#`; nothing else.
    pub(super) text: String,
    /// Of each character of `text`, where it stood.
    pub(super) places: Vec<Place>,
    /// Of each byte offset of `text`, the number of its character; one more at the end.
    pub(super) character_at: Vec<usize>,
}

struct Run {
    start: usize,
    end: usize,
    digits: String,
}

struct Folder<'a> {
    rules: &'a FoldRules,
    out: Folded,
    clause: usize,
    run: Option<Run>,
    host_end: usize,
    numeral_end: usize,
}

impl Folded {
    /// Folds `text` in one pass.
    pub(super) fn new(rules: &FoldRules, text: &str) -> Self {
        let originals: Vec<char> = text.chars().collect();
        let out = Self {
            text: String::with_capacity(text.len()),
            places: Vec::with_capacity(originals.len()),
            character_at: Vec::with_capacity(text.len() + 1),
        };
        let mut folder = Folder { rules, out, clause: 0, run: None, host_end: 0, numeral_end: 0 };
        for (position, &original) in originals.iter().enumerate() {
            folder.take(&originals, position, original);
        }
        folder.close_run();
        folder.out.character_at.push(folder.out.places.len());
        folder.out
    }
}

impl Folder<'_> {
    fn take(&mut self, originals: &[char], position: usize, original: char) {
        let folded = fold_char(original);
        let folded = if folded.is_ascii_alphanumeric() {
            folded
        } else {
            self.rules.letters.get(&folded).copied().unwrap_or(folded)
        };
        if position >= self.numeral_end && is_numeral_start(folded) {
            self.numeral_end = self.numeral(originals, position);
        }
        if folded.is_ascii_digit() || is_circled(folded) {
            self.digit(position, folded);
        } else if position < self.numeral_end {
            // The separators of an amount stand inside its run.
            if folded.is_alphanumeric() {
                self.digit(position, folded);
            }
        } else if folded.is_alphabetic() {
            self.close_run();
            for lower in folded.to_lowercase() {
                self.push(lower, position, position + 1);
            }
        } else {
            self.separator(originals, position, original, folded);
        }
    }

    /// Where the amount in words that begins here ends (`三千`, `十五` before `万`); here, if it is none: `一单`, `三倍` and
    /// `百分百` are words. Separators inside it do not matter. Looks at no more than [`NUMERAL`] characters.
    fn numeral(&self, originals: &[char], position: usize) -> usize {
        let (mut end, mut is_amount) = (position, false);
        for (at, original) in originals.iter().enumerate().skip(position).take(NUMERAL) {
            let plain = fold_char(*original);
            let plain = self.rules.letters.get(&plain).copied().unwrap_or(plain);
            if is_numeral_start(plain) || is_unit(plain) || plain == '零' {
                is_amount |= is_unit(plain);
                end = at + 1;
            } else if plain.is_alphanumeric() || is_clause_end(*original) || *original == '、' {
                is_amount |= plain == '万';
                break;
            }
        }
        if is_amount { end } else { position }
    }

    fn digit(&mut self, position: usize, digit: char) {
        let run = self.run.get_or_insert_with(|| Run { start: position, end: position, digits: String::new() });
        run.end = position + 1;
        // No number of the file is longer; an endless run need not be kept.
        if run.digits.len() < 16 {
            run.digits.push(digit);
        }
    }

    /// `150-400`, `1,000.50` and `2 0 0` are one run; a listing sign ends it.
    fn separator(&mut self, originals: &[char], position: usize, original: char, folded: char) {
        let in_number = matches!(original, '-' | '~' | '—' | '–' | '.' | ',' | ':') || original.is_whitespace();
        let keeps_run = (in_number && original != '\n') || !folded.is_ascii_graphic() && !is_clause_end(original);
        if !keeps_run || original == '、' {
            self.close_run();
        }
        if is_clause_end(folded) || is_clause_end(original) {
            let next_is_digit = originals.get(position + 1).is_some_and(|next| fold_char(*next).is_ascii_digit());
            if !(self.run.is_some() && next_is_digit && in_number) {
                self.clause += 1;
            }
        }
        if position >= self.host_end && self.starts_link(originals, position, folded) {
            self.close_run();
            self.push(LINK, position, position + 1);
        }
    }

    /// A dot between the labels of a host, or the `://` before it; a host of the official list is none. Remembers where
    /// the host ends, so that each address is looked at once.
    fn starts_link(&mut self, originals: &[char], position: usize, folded: char) -> bool {
        let letter_at = |at: usize, wanted: fn(char) -> bool| originals.get(at).is_some_and(|c| wanted(fold_char(*c)));
        let host_start = if folded == '.' {
            let label = originals.iter().take(position).rev().take(LABEL).take_while(|c| is_label(fold_char(**c)));
            let length = label.count();
            if length == 0 || !letter_at(position + 1, |c| c.is_ascii_alphabetic()) {
                return false;
            }
            position - length
        } else if folded == ':' && letter_at(position + 1, |c| c == '/') && letter_at(position + 2, |c| c == '/') {
            position + 3
        } else {
            return false;
        };
        let rest = originals.iter().skip(host_start).map(|c| fold_char(*c).to_ascii_lowercase());
        let host: String = rest.take_while(|c| is_label(*c) || *c == '.').collect();
        self.host_end = host_start + host.len();
        let of =
            |name: &String| host.strip_suffix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        !self.rules.official_hosts.iter().any(of)
    }

    fn push(&mut self, character: char, start: usize, end: usize) {
        let number = self.out.places.len();
        self.out.places.push(Place { start, end, clause: self.clause });
        self.out.text.push(character);
        for _ in 0..character.len_utf8() {
            self.out.character_at.push(number);
        }
    }

    fn close_run(&mut self) {
        let Some(run) = self.run.take() else { return };
        if self.rules.numbers.contains(&run.digits) {
            for digit in run.digits.chars() {
                self.push(digit, run.start, run.end);
            }
        } else {
            self.push(DIGITS, run.start, run.end);
        }
    }
}

/// `①`, `⒈`, `❶`: a digit for the eye.
const fn is_circled(c: char) -> bool {
    matches!(c, '\u{2460}'..='\u{249B}' | '\u{24EA}'..='\u{24FF}' | '\u{2776}'..='\u{2793}')
}

const fn is_numeral_start(c: char) -> bool {
    matches!(c, '一' | '二' | '两' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十' | '几')
}

const fn is_unit(c: char) -> bool {
    matches!(c, '百' | '千')
}

const fn is_label(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-'
}

const fn is_clause_end(c: char) -> bool {
    matches!(c, '，' | '。' | '！' | '？' | '；' | '\n' | ',' | '!' | '?' | ';')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> FoldRules {
        FoldRules {
            letters: BTreeMap::from([('單', '单'), ('+', '加')]),
            numbers: vec!["96110".into(), "110".into()],
            official_hosts: vec!["gov.cn".into()],
        }
    }

    fn fold(text: &str) -> String {
        Folded::new(&rules(), text).text
    }

    #[test]
    fn only_letters_and_runs_of_digits_are_left() {
        assert_eq!(fold("刷 單*返\u{200b}利 🔥 ＡPP"), "刷单返利app");
        assert_eq!(fold("日赚150-400元，１０元一单"), "日赚#元#元一单");
        assert_eq!(fold("一天 2 0 0 元"), "一天#元");
        assert_eq!(fold("+V 1,000.50"), "加v#");
    }

    #[test]
    fn amounts_in_words_are_runs_of_digits() {
        assert_eq!(fold("转五万、三千五百，两百元"), "转#万##元");
        assert_eq!(fold("十五万 一百多"), "#万#多");
        for plain in ["一单一结", "三倍", "百分百", "千万别", "万一", "十块", "一对一", "二十"] {
            assert_eq!(fold(plain), plain);
        }
    }

    #[test]
    fn known_numbers_stay() {
        assert_eq!(fold("拨打96110、110或12345"), "拨打96110110或#");
    }

    #[test]
    fn web_addresses_leave_a_mark_unless_official() {
        assert_eq!(fold("点 a.example 看"), format!("点a{LINK}example看"));
        assert_eq!(fold("点 www.a.example/x.y"), format!("点www{LINK}aexamplex{LINK}y"));
        assert_eq!(fold("http://1.2.3.4/"), format!("http{LINK}#"));
        for plain in ["看 www.zhoukou.gov.cn", "看 https://zhoukou.gov.cn/", "gov.cn", "3.14", "版本 2.5"] {
            assert!(!fold(plain).contains(LINK), "{plain}");
        }
    }

    #[test]
    fn places_lead_back() {
        let folded = Folded::new(&rules(), "a，刷 单12元");
        let places: Vec<_> = folded.places.iter().map(|place| (place.start, place.end, place.clause)).collect();
        assert_eq!(places, [(0, 1, 0), (2, 3, 1), (4, 5, 1), (5, 7, 1), (7, 8, 1)]);
        assert_eq!(folded.character_at.len(), folded.text.len() + 1);
    }
}
