//! Telephone numbers and bank cards in a text.

use super::{Found, Proposal, Rank, text::Text};
use crate::{
    account,
    fold::is_invisible,
    phone::{PhoneClass, PhoneNumber},
    subject::{Subject, SubjectKind},
};

/// Digits written one by one make this many groups, a country code included.
const MOST_GROUPS: usize = 20;
/// No number, with `+` or an IP-call prefix, and no card is longer.
const LONGEST_NUMBER: usize = 26;
/// Longer runs are neither a number nor a card.
const LONGEST_RUN: usize = 24;

/// Words behind which digits are something else: codes, orders, papers.
const NO_NUMBER: [&str; 30] = [
    "验证码",
    "校验码",
    "动态码",
    "动态密码",
    "确认码",
    "密码",
    "取件码",
    "提货码",
    "订单",
    "运单",
    "单号",
    "编号",
    "流水",
    "身份证",
    "证号",
    "尾号",
    "工号",
    "案号",
    "票号",
    "学号",
    "序号",
    "邮编",
    "金额",
    "人民币",
    "版本",
    "代码",
    "股票",
    "基金",
    "¥",
    "$",
];
/// Words behind which digits are a number to call or one that called.
const CALLED: [&str; 20] = [
    "拨打", "致电", "电话", "热线", "来电", "号码", "联系", "客服", "短信", "呼叫", "拨", "回电", "打", "报警", "详询",
    "咨询", "发送", "发至", "详情", "tel",
];
/// What makes digits in front of it an amount, a time or a measure.
const UNITS: [&str; 40] = [
    "元", "块", "万", "千", "百", "亿", "%", "年", "月", "日", "点", "分", "秒", "米", "公里", "斤", "克", "岁", "人",
    "个", "次", "份", "名", "台", "件", "张", "本", "套", "平", "度", "折", "倍", "天", "小时", "条", "户", "亩", "吨",
    "单", "积分",
];
/// Foreign units, likewise.
const LATIN_UNITS: [&str; 12] = ["kg", "km", "gb", "mb", "kb", "cm", "mm", "ml", "mah", "w", "k", "g"];
/// Short numbers everybody knows, taken without a word in front.
const WELL_KNOWN: [&str; 30] = [
    "10000", "10086", "10010", "10099", "10050", "10096", "11185", "11183", "12110", "12119", "12121", "12123",
    "12305", "12306", "12309", "12315", "12318", "12320", "12321", "12328", "12329", "12333", "12345", "12348",
    "12355", "12366", "12368", "12377", "12381", "12393",
];
/// Of these the digits are also a round amount or an example.
const AMBIGUOUS: [&str; 2] = ["10000", "10050"];

/// A run of digits.
struct Group {
    start: usize,
    end: usize,
}

/// Groups of digits that may be one number.
struct Candidate<'a> {
    text: &'a Text,
    /// Its digits, in front a `+` where there is one.
    digits: &'a str,
    groups: &'a [Group],
    start: usize,
    end: usize,
}

/// Every telephone number and bank card of the text.
pub(super) fn find(text: &Text, proposals: &mut Vec<Proposal>) {
    let mut at = 0;
    while at < text.len() {
        let begins = text.is(at, |c| c.is_ascii_digit() || matches!(c, '+' | '('));
        at = if begins { number_at(text, at, proposals) } else { at + 1 };
    }
}

/// Proposes the longest number that begins at `at`; where to look on.
fn number_at(text: &Text, at: usize, proposals: &mut Vec<Proposal>) -> usize {
    let first_digit = text.run_end(at, |c| matches!(c, '+' | '(' | ' ')).min(at + 3);
    let has_plus = (at..first_digit).any(|sign| text.is(sign, |c| c == '+'));
    let groups = groups(text, first_digit);
    let Some(first) = groups.first() else { return at + 1 };
    if first.end - first.start > LONGEST_RUN || text.before(at).is_some_and(|c| matches!(c, '_' | '¥' | '$' | '@')) {
        return first.end;
    }
    let mut digits = String::from(if has_plus { "+" } else { "" });
    let mut lengths = Vec::with_capacity(groups.len());
    for group in &groups {
        digits.push_str(&text.slice(group.start, group.end));
        lengths.push(digits.len());
        if digits.len() > LONGEST_NUMBER {
            break;
        }
    }
    let start = if has_plus || opens_area_code(text, at, first) { at } else { first.start };
    for (count, length) in lengths.into_iter().enumerate().rev() {
        let (Some(groups), Some(digits)) = (groups.get(..=count), digits.get(..length)) else { continue };
        let Some(end) = groups.last().map(|group| group.end) else { continue };
        if !(3..=LONGEST_NUMBER).contains(&length) {
            continue;
        }
        if let Some(proposal) = (Candidate { text, digits, groups, start, end }).judge() {
            proposals.push(proposal);
            return end;
        }
    }
    first.end
}

/// `(0394)8123456`: the bracket belongs to the number; `(13800138000)` does not begin with one.
fn opens_area_code(text: &Text, at: usize, first: &Group) -> bool {
    text.is(at, |c| c == '(')
        && first.start == at + 1
        && text.is(first.end, |c| c == ')')
        && first.end - first.start <= 4
}

/// The groups of digits from `start` on, short separators between.
fn groups(text: &Text, start: usize) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut at = start;
    while groups.len() < MOST_GROUPS {
        let end = text.run_end(at, |c| c.is_ascii_digit());
        if end == at {
            break;
        }
        groups.push(Group { start: at, end });
        let gap = (end..end + 3).take_while(|at| text.is(*at, is_separator)).count();
        if gap == 0 {
            break;
        }
        at = end + gap;
    }
    groups
}

fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '-' | '.' | '·' | '(' | ')' | '–' | '—' | '\u{2010}' | '\u{2011}') || is_invisible(c)
}

impl Candidate<'_> {
    fn judge(&self) -> Option<Proposal> {
        if self.text.is(self.end, |c| c == '@') {
            return None;
        }
        let phone = PhoneNumber::parse(self.digits).ok();
        if let Some(phone) = phone.filter(|phone| self.is_meant(phone)) {
            return Some(self.proposal(Rank::Number, Subject::Phone(phone)));
        }
        if self.is_card() {
            let canonical = account::parse(SubjectKind::BankAccount, self.digits).ok()?;
            return Some(self.proposal(Rank::Card, Subject::Account(SubjectKind::BankAccount, canonical)));
        }
        None
    }

    const fn proposal(&self, rank: Rank, subject: Subject) -> Proposal {
        Proposal { rank, found: Found { subject, span: (self.start, self.end) } }
    }

    /// Whether digits of this class are a telephone number here.
    fn is_meant(&self, phone: &PhoneNumber) -> bool {
        let length = self.digits.trim_start_matches('+').len();
        match phone.class() {
            PhoneClass::Mobile => self.is_free_of_letters(true) && !self.is_behind(&NO_NUMBER, 6) && !self.is_amount(),
            PhoneClass::Foreign => length >= 8 && self.is_free() && (self.digits.starts_with('+') || self.is_first()),
            PhoneClass::Geographic => {
                let is_dialled = self.digits.starts_with(['0', '+']) && length >= 10;
                is_dialled && self.is_free() && self.groups.len() <= 5
            }
            PhoneClass::ServiceLine => self.is_free() && self.groups.len() <= 5,
            PhoneClass::ShortOrPort if length >= 10 => self.is_free(),
            PhoneClass::ShortOrPort => self.is_short_number(length),
            PhoneClass::Raw => false,
        }
    }

    fn is_short_number(&self, length: usize) -> bool {
        let is_whole = self.groups.len() == 1 || self.digits.starts_with('+');
        if !is_whole || !self.is_free() || self.goes_on() {
            return false;
        }
        let digits = self.digits;
        match length {
            3 => matches!(digits, "110" | "119" | "120" | "122" | "114" | "999") && self.is_emergency(),
            5 if WELL_KNOWN.contains(&digits) && !AMBIGUOUS.contains(&digits) => true,
            5 if digits.starts_with("95") || digits.starts_with("96") => true,
            8 if digits.starts_with("1010") => true,
            _ => self.is_behind(&CALLED, 10),
        }
    }

    fn is_emergency(&self) -> bool {
        self.is_behind(&["拨打", "打", "拨", "致电", "电话", "报警", "热线", "急救", "呼叫"], 6)
            || self.text.has_word(self.end, "报警")
    }

    /// Sixteen to nineteen digits of an issuer of cards, in one run or in groups of four, that are no identity card.
    fn is_card(&self) -> bool {
        let (last, front) = match self.groups.split_last() {
            Some((last, front)) => (last.end - last.start, front),
            None => return false,
        };
        let in_fours = front.iter().all(|group| group.end - group.start == 4) && last <= 4;
        let in_six = matches!(front, [six] if six.end - six.start == 6);
        (16..=19).contains(&self.digits.len())
            && self.digits.starts_with(['3', '4', '5', '6', '9'])
            && (front.is_empty() || in_fours || in_six)
            && self.is_free()
            && !is_identity_card(self.digits)
    }

    /// Neither a word of another meaning in front nor a unit behind, nor letters that make it part of a longer name.
    fn is_free(&self) -> bool {
        self.is_free_of_letters(false) && !self.is_behind(&NO_NUMBER, 8) && !self.is_amount()
    }

    /// A mobile may have a label of letters in front (`tel138…`) or behind (`138…wx同号`).
    fn is_free_of_letters(&self, labels: bool) -> bool {
        let before = self.text.before(self.start).is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
        let after = self.text.is(self.end, |c| c.is_ascii_alphanumeric() || c == '_');
        if !labels {
            return !before && !after;
        }
        let context = self.text.context_before(self.start, 8);
        let label = ["tel", "phone", "mobile", "wx", "vx", "v", "qq"].iter().any(|label| {
            context.strip_suffix(label).is_some_and(|rest| !rest.ends_with(|c: char| c.is_ascii_alphanumeric()))
        });
        let goes_on = self.text.is(self.end, |c| c.is_ascii_digit() || c == '_');
        (!before || label) && !goes_on
    }

    /// Whether one of the words stands within `reach` characters in front, in the same sentence.
    fn is_behind(&self, words: &[&str], reach: usize) -> bool {
        let context = self.text.context_before(self.start, reach);
        words.iter().any(|word| context.contains(word))
    }

    fn is_amount(&self) -> bool {
        let after = self.text.context_after(self.end, 4);
        let after = after.trim_start();
        UNITS.iter().any(|unit| after.starts_with(unit))
            || LATIN_UNITS.iter().any(|unit| {
                let rest = after.strip_prefix(unit);
                rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
            })
    }

    /// Whether no other digits stand right in front: `0011 2233` inside a card number is no call abroad.
    fn is_first(&self) -> bool {
        self.start.checked_sub(2).is_none_or(|digit| !self.text.is(digit, |c| c.is_ascii_digit()))
    }

    /// Whether more digits are tied to it (`110.5`, `12345/2024`, `10:30`).
    fn goes_on(&self) -> bool {
        let tied = |c: char| matches!(c, '.' | '/' | ':' | '-' | '~' | ',' | '*');
        let behind = self.text.is(self.end, tied) && self.text.is(self.end + 1, |c| c.is_ascii_digit());
        let before = self
            .start
            .checked_sub(2)
            .is_some_and(|digit| self.text.is(digit + 1, tied) && self.text.is(digit, |c| c.is_ascii_digit()));
        behind || before
    }
}

/// Eighteen digits with a birthday in the middle and the check digit of GB 11643-1999 at the end.
fn is_identity_card(digits: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];
    let part = |from: usize, to: usize| digits.get(from..to).and_then(|part| part.parse::<u32>().ok()).unwrap_or(0);
    let is_birthday =
        (1900..2100).contains(&part(6, 10)) && (1..=12).contains(&part(10, 12)) && (1..=31).contains(&part(12, 14));
    let sum: u32 =
        digits.chars().filter_map(|c| c.to_digit(10)).zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    let check = usize::try_from(sum % 11).ok().and_then(|rest| CHECKS.get(rest));
    digits.len() == 18 && is_birthday && digits.chars().last() == check.copied()
}
