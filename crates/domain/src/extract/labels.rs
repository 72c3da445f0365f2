//! Accounts and ids that a word in front names: 微信号, QQ, 支付宝账号, 卡号, 包名.

use super::{Found, Proposal, Rank, text::Text};
use crate::{
    account,
    fold::is_invisible,
    subject::{Subject, SubjectKind},
};

/// The words in front of one kind of account. Of words with the same beginning the longest counts.
struct Label {
    kind: SubjectKind,
    words: &'static [&'static str],
}

const LABELS: [Label; 5] = [
    Label {
        kind: SubjectKind::WechatId,
        words: &[
            "微信号",
            "微信",
            "薇信",
            "威信",
            "维信",
            "徽信",
            "微x",
            "v信",
            "加微",
            "加薇",
            "加v",
            "+v",
            "➕v",
            "+微",
            "➕微",
            "加vx",
            "加wx",
            "vx",
            "wx",
            "v:",
            "v：",
            "weixin",
            "wechat",
            "卫星",
            "加威",
        ],
    },
    Label {
        kind: SubjectKind::QqId,
        words: &["qq号", "qq", "q号", "加q", "q:", "q：", "扣扣号", "扣扣", "加扣", "企鹅号", "企鹅", "球球号"],
    },
    Label {
        kind: SubjectKind::PaymentAccount,
        words: &[
            "支付宝账号",
            "支付宝帐号",
            "支付宝账户",
            "支付宝帐户",
            "支付宝号",
            "支付宝",
            "alipay",
            "财付通",
            "paypal",
            "支付账号",
            "支付账户",
            "zfb",
        ],
    },
    Label {
        kind: SubjectKind::BankAccount,
        words: &[
            "银行卡号",
            "银行账号",
            "银行帐号",
            "银行账户",
            "银行卡",
            "收款账户",
            "收款账号",
            "收款卡号",
            "对公账户",
            "对公账号",
            "汇款账号",
            "储蓄卡",
            "卡号",
            "账号",
            "帐号",
            "账户",
            "帐户",
            "户号",
            "转到",
            "转入",
            "打到",
            "汇到",
            "汇入",
        ],
    },
    Label { kind: SubjectKind::App, words: &["应用包名", "包名", "package", "packagename"] },
];

/// With which characters the words begin, so that a text is looked through quickly.
const BEGINNINGS: &str = "微薇威维徽v加+➕w卫q扣企球支a财pz银收对汇储卡账帐户转打应包";

/// Between a label and what it names stand at most so many characters.
const LONGEST_GAP: usize = 10;
/// No account is longer.
const LONGEST_TOKEN: usize = 230;

/// A label found in the text.
struct Labelled {
    kind: SubjectKind,
    /// Where the account begins.
    token: usize,
    /// Whether label or gap say "this is the name" (a colon, 号, 是): then letters alone are an id too.
    is_named: bool,
}

/// Every labelled account of the text.
pub(super) fn find(text: &Text, proposals: &mut Vec<Proposal>) {
    for at in 0..text.len() {
        if text.has_word(at, "wxid_") && !text.before(at).is_some_and(is_word) {
            propose(text, SubjectKind::WechatId, at, text.run_end(at, is_word), proposals);
        }
        if !text.is(at, |c| BEGINNINGS.contains(c.to_ascii_lowercase())) {
            continue;
        }
        for label in &LABELS {
            if let Some(labelled) = read(text, at, label) {
                account(text, &labelled, proposals);
            }
        }
    }
}

fn read(text: &Text, at: usize, label: &Label) -> Option<Labelled> {
    let first = text.at(at)?.to_ascii_lowercase();
    let word = label
        .words
        .iter()
        .filter(|word| word.starts_with(first) && text.has_word(at, word))
        .max_by_key(|word| word.chars().count())?;
    if first.is_ascii_alphabetic() && text.before(at).is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
        return None;
    }
    let gap_start = at + word.chars().count();
    let gap_end = gap_start + (gap_start..gap_start + LONGEST_GAP).take_while(|at| is_gap(text, *at)).count();
    let gap = text.slice(gap_start, gap_end);
    let mut token = gap_end;
    if text.has_word(token, "id") && text.is(token + 2, |c| matches!(c, ':' | ' ')) {
        token += 3 + usize::from(text.is(token + 3, |c| c == ' '));
    }
    let says_so = |part: &str| part.contains([':', '号', '是', '为', '=', '加', '+', '➕', '名']);
    Some(Labelled { kind: label.kind, token, is_named: token > gap_end || says_so(word) || says_so(&gap) })
}

/// What may stand between a label and what it names: marks, and the words of "number", "is", "search for", "add".
fn is_gap(text: &Text, at: usize) -> bool {
    text.is(at, |c| {
        matches!(
            c,
            '号' | '码'
                | '是'
                | '为'
                | '账'
                | '帐'
                | '户'
                | '名'
                | '我'
                | '搜'
                | '索'
                | '加'
                | '添'
                | '微'
                | '信'
                | '上'
                | '的'
        ) || (!c.is_alphanumeric() && !matches!(c, '\n' | '。' | '!' | '?' | ';' | '+' | '@' | '/' | '.'))
    })
}

const fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

fn account(text: &Text, labelled: &Labelled, proposals: &mut Vec<Proposal>) {
    let start = labelled.token;
    let kind = labelled.kind;
    match kind {
        SubjectKind::WechatId => {
            let end = text.run_end(start, is_word);
            let token = text.slice(start, end);
            let has_sign = token.bytes().any(|byte| byte.is_ascii_digit() || matches!(byte, b'_' | b'-'));
            let goes_on = text.is(end, |c| c == '@')
                || (text.is(end, |c| matches!(c, '.' | ':'))
                    && text.is(end + 1, |c| c.is_ascii_alphanumeric() || c == '/'));
            if (has_sign || labelled.is_named) && !goes_on {
                propose(text, kind, start, end, proposals);
            }
        }
        SubjectKind::QqId | SubjectKind::BankAccount => {
            let end = digits_end(text, start, kind == SubjectKind::QqId);
            if !text.is(end, |c| c.is_ascii_alphanumeric()) && !is_amount(text, end) {
                propose(text, kind, start, end, proposals);
            }
        }
        SubjectKind::PaymentAccount => payment(text, labelled, proposals),
        SubjectKind::App => {
            let end = text.run_end(start, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
            propose(text, kind, start, end, proposals);
        }
        SubjectKind::Phone | SubjectKind::Link => {}
    }
}

/// A mobile or an e-mail address behind any of the labels; an id only where the label says that one follows.
fn payment(text: &Text, labelled: &Labelled, proposals: &mut Vec<Proposal>) {
    let start = labelled.token;
    let end = text.run_end(start, |c| is_word(c) || matches!(c, '@' | '.'));
    let token = text.slice(start, end);
    let token = token.trim_end_matches('.');
    let end = start + token.len();
    let is_mobile = token.len() == 11 && token.starts_with('1') && token.bytes().all(|byte| byte.is_ascii_digit());
    let is_email = token.contains('@');
    let is_id = labelled.is_named
        && token.len() >= 6
        && token.bytes().any(|byte| byte.is_ascii_digit())
        && !token.contains('.');
    if is_mobile || is_email || (is_id && !is_amount(text, end)) {
        propose(text, labelled.kind, start, end, proposals);
        return;
    }
    let end = digits_end(text, start, false);
    let digits = text.slice(start, end).chars().filter(char::is_ascii_digit).count();
    if digits == 11 && text.is(start, |c| c == '1') {
        propose(text, labelled.kind, start, end, proposals);
    }
}

/// The end of digits that single spaces or dashes may part.
fn digits_end(text: &Text, start: usize, short: bool) -> usize {
    let limit = start + if short { 16 } else { 32 };
    let mut end = start;
    let mut at = start;
    while at < limit {
        if text.is(at, |c| c.is_ascii_digit()) {
            at += 1;
            end = at;
        } else if end > start && at == end && text.is(at, |c| matches!(c, ' ' | '-') || is_invisible(c)) {
            at += 1;
        } else {
            break;
        }
    }
    end
}

fn is_amount(text: &Text, end: usize) -> bool {
    text.is(end, |c| matches!(c, '元' | '块' | '万' | '%' | '千' | '年' | '人' | '个'))
}

fn propose(text: &Text, kind: SubjectKind, start: usize, end: usize, proposals: &mut Vec<Proposal>) {
    if end <= start || end - start > LONGEST_TOKEN {
        return;
    }
    let rank = match kind {
        SubjectKind::BankAccount => Rank::LabelledCard,
        SubjectKind::App => Rank::Package,
        _ => Rank::Labelled,
    };
    if let Ok(canonical) = account::parse(kind, &text.slice(start, end)) {
        let found = Found { subject: Subject::Account(kind, canonical), span: (start, end) };
        proposals.push(Proposal { rank, found });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginnings_are_those_of_the_words() {
        let mut of_words: Vec<char> =
            LABELS.iter().flat_map(|label| label.words).filter_map(|word| word.chars().next()).collect();
        let mut beginnings: Vec<char> = BEGINNINGS.chars().collect();
        of_words.sort_unstable();
        of_words.dedup();
        beginnings.sort_unstable();
        assert_eq!(of_words, beginnings);
    }
}
