//! Reads a host name out of a text: where it ends, and how it is spelled without disguises.

use std::net::Ipv4Addr;

use super::text::Text;

/// No host name is longer (RFC 1035, 2.3.4), Unicode ones included.
const LONGEST: usize = 253;

/// Endings that no list of suffixes has, and that reports and examples use all the same (RFC 2606).
const RESERVED: [&str; 3] = ["example", "test", "invalid"];

/// Chinese top-level names that may stand in a text without a scheme: those that are no everyday word, for one must be
/// able to write `我在公司.手机没电` (the IANA root zone has 公司, 手机 and 在线 too; with a scheme they are taken).
const CHINESE_ENDINGS: [&str; 6] = ["中国", "中國", "网址", "商城", "政务", "公益"];
/// Further ones, recognised behind a scheme or `www.`.
const MORE_CHINESE_ENDINGS: [&str; 16] = [
    "公司",
    "网络",
    "網絡",
    "集团",
    "在线",
    "中文网",
    "手机",
    "移动",
    "信息",
    "我爱你",
    "游戏",
    "娱乐",
    "网店",
    "网站",
    "香港",
    "台湾",
];
/// What people write in front of a name without a space.
const LEAD_WORDS: [&str; 16] = [
    "请访问",
    "访问",
    "打开",
    "登录",
    "登陆",
    "点击",
    "进入",
    "网址",
    "网站",
    "浏览",
    "官网",
    "搜索",
    "请",
    "是",
    "到",
    "上",
];

/// A host read out of a text.
pub(super) struct Host {
    /// Labels with plain dots between.
    pub(super) name: String,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// One label and where it ends, in the name and in the text.
struct Label {
    name_end: usize,
    end: usize,
}

/// The host that begins at `start`. With `sure` (a scheme or `www.` stands in front) names of other scripts are read and
/// any ending will do; without, the ending must be a known one.
pub(super) fn read(text: &Text, start: usize, sure: bool) -> Option<Host> {
    let (name, labels) = labels(text, start, is_ascii_label);
    let known = labels.iter().rev().find_map(|label| {
        let name = name.get(..label.name_end)?;
        (ends_known(name) || is_ipv4(name)).then(|| (name.to_owned(), label.end))
    });
    if let Some((name, end)) = known {
        return Some(Host { name, start, end });
    }
    if !sure {
        return None;
    }
    let last = labels.last().map(|label| label.end);
    chinese(text, start).or_else(|| Some(Host { name, start, end: last? }))
}

/// Where the labels that begin at `start` end, for skipping what is no host.
pub(super) fn skip(text: &Text, start: usize) -> usize {
    labels(text, start, is_ascii_label).1.last().map_or(start, |label| label.end)
}

/// A name with Chinese labels behind a scheme. The words that follow it have no space in front, so that it ends with the
/// first ending known.
fn chinese(text: &Text, start: usize) -> Option<Host> {
    let (name, labels) = labels(text, start, |c| is_ascii_label(c) || c.is_alphanumeric());
    let mut before = 0;
    for label in labels {
        let own = name.get(before..label.name_end)?;
        if before > 0
            && let Some(length) = ending_in_front(own)
        {
            let kept: String = name.get(..before)?.chars().chain(own.chars().take(length)).collect();
            return Some(Host { name: kept, start, end: label.end - (own.chars().count() - length) });
        }
        before = label.name_end + 1;
    }
    None
}

/// How many characters of a label are a known ending with Chinese words, or nothing, behind.
fn ending_in_front(label: &str) -> Option<usize> {
    let ascii = label.chars().take_while(|c| is_ascii_label(*c)).count();
    if ascii > 0 {
        let (head, _) = label.split_at_checked(ascii)?;
        return psl::suffix(head.to_ascii_lowercase().as_bytes())
            .is_some_and(|suffix| suffix.is_known())
            .then_some(ascii);
    }
    let endings = CHINESE_ENDINGS.iter().chain(&MORE_CHINESE_ENDINGS);
    endings.filter(|ending| label.starts_with(**ending)).map(|ending| ending.chars().count()).max()
}

/// A Chinese name without scheme, by the dot before its ending: it reaches back over the letters in front, less the words
/// that lead to it.
pub(super) fn chinese_before_dot(text: &Text, dot: usize) -> Option<Host> {
    let ending = CHINESE_ENDINGS.iter().find(|ending| text.has_word(dot + 1, ending))?;
    let end = dot + 1 + ending.chars().count();
    if text.is(end, |c| c.is_alphanumeric() || c == '-') {
        return None;
    }
    let is_part = |at: &usize| text.is(*at, |c| c.is_alphanumeric() || matches!(c, '-' | '.'));
    let mut start = (dot.saturating_sub(40)..dot).rev().take_while(is_part).last()?;
    while let Some(word) = LEAD_WORDS.iter().find(|word| text.has_word(start, word)) {
        let after = start + word.chars().count();
        if after >= dot {
            break;
        }
        start = after;
    }
    let name = text.slice(start, end);
    (!name.contains("..") && !name.starts_with('.')).then_some(Host { name, start, end })
}

/// Whether the name has an owner under a known ending: two labels or more, the last of the Public Suffix List.
fn ends_known(name: &str) -> bool {
    let Some((_, ending)) = name.rsplit_once('.') else { return false };
    if name.contains("..") || name.contains('_') && !name.contains('-') && ending.is_empty() {
        return false;
    }
    let lower = name.to_ascii_lowercase();
    let has_owner = psl::domain(lower.as_bytes()).is_some_and(|domain| domain.suffix().is_known());
    has_owner || RESERVED.iter().any(|reserved| ending.eq_ignore_ascii_case(reserved))
}

/// Four decimal numbers, none with a zero in front.
pub(super) fn is_ipv4(name: &str) -> bool {
    name.parse::<Ipv4Addr>().is_ok()
}

const fn is_ascii_label(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// The labels from `start` on, joined by plain dots.
fn labels(text: &Text, start: usize, is_part: impl Fn(char) -> bool) -> (String, Vec<Label>) {
    let mut name = String::new();
    let mut labels = Vec::new();
    let mut at = start;
    loop {
        let end = text.run_end(at, &is_part);
        if end == at {
            break;
        }
        if end - start > LONGEST * 2 || name.len() + (end - at) > LONGEST * 4 {
            labels.clear();
            labels.push(Label { name_end: 0, end });
            return (String::new(), labels);
        }
        if !labels.is_empty() {
            name.push('.');
        }
        name.push_str(&text.slice(at, end));
        labels.push(Label { name_end: name.len(), end });
        match dot(text, end) {
            Some(next) => at = next,
            None => break,
        }
    }
    (name, labels)
}

/// The end of a dot, in any disguise, that stands at `at` between two labels.
fn dot(text: &Text, at: usize) -> Option<usize> {
    match text.at(at)? {
        '.' => Some(at + 1),
        // The Chinese full stop is a dot only between letters of a name; else it ends a sentence.
        '。' | '｡' => text.is(at + 1, |c| c.is_ascii_alphanumeric()).then_some(at + 1),
        ' ' => bracketed_dot(text, at + 1).map(|end| if text.is(end, |c| c == ' ') { end + 1 } else { end }),
        _ => bracketed_dot(text, at),
    }
}

/// `[.]`, `(dot)`, `【点】` and the like.
fn bracketed_dot(text: &Text, open: usize) -> Option<usize> {
    let close = match text.at(open)? {
        '[' => ']',
        '(' => ')',
        '{' => '}',
        '【' => '】',
        _ => return None,
    };
    ["dot", "点", ".", "。"]
        .iter()
        .map(|word| (word, open + 1 + word.chars().count()))
        .find(|(word, end)| text.has_word(open + 1, word) && text.is(*end, |c| c == close))
        .map(|(_, end)| end + 1)
}
