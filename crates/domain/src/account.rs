//! Subjects named by plain text: bank and payment accounts, WeChat and QQ ids, apps.
//!
//! Every value is folded first (full-width characters become ASCII, invisible marks at the ends go). What counts is in
//! the table; [`parse`] is the one way in.
//!
//! | kind | accepted | canonical form |
//! |---|---|---|
//! | bank account | 12 to 19 digits with spaces, dashes and the like between; from 16 digits on a card, whose last digit must check (ISO/IEC 7812-1 annex B, Luhn) | the digits |
//! | payment account | a mainland mobile, or a number with its country code | `+8613800138000` |
//! | | an e-mail address | lower case |
//! | | 5 to 64 letters, digits, `_`, `-`, `@`, `.` | as written: addresses of wallets differ by case |
//! | WeChat id | 6 to 20 letters, digits, `_`, `-`, a letter first; `wxid_` and up to 25 more; a label (`微信：`) in front | lower case |
//! | QQ id | 5 to 11 digits, no 0 first; a label (`QQ:`, `QQ号`) in front or `@qq.com` behind | the digits |
//! | app | a package name of two or more parts, as Android has it: each begins with a letter, letters, digits, `_`; then, after `#` or a space, the MD5, SHA-1 or SHA-256 of its signing certificate in hex | `com.example.app`, `com.example.app#<lower hex>`; case of the name is kept, it tells packages apart |

use crate::{
    fold::{fold_char, is_invisible, is_separator},
    phone::{PhoneClass, PhoneNumber},
    subject::{ParseError, SubjectKind},
};

/// The longest text looked at, in characters.
const LONGEST_TEXT: usize = 512;
/// The longest package name (the limit of Android's package installer).
const LONGEST_PACKAGE: usize = 223;

/// The canonical form of an account of this kind; see the table of [`crate::account`].
///
/// Errors: one stable code for each broken rule, beginning with the kind (`bank_account_luhn`, `qq_id_length`, …);
/// `account_too_long`; `account_kind` for phone numbers and links, which have parsers of their own.
pub fn parse(kind: SubjectKind, value: &str) -> Result<String, ParseError> {
    if value.chars().nth(LONGEST_TEXT).is_some() {
        return refuse("account_too_long", "内容太长，请只填写账号本身");
    }
    let folded: String = value.chars().map(fold_char).collect();
    let text = folded.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
    match kind {
        SubjectKind::BankAccount => bank_account(text),
        SubjectKind::PaymentAccount => payment_account(text),
        SubjectKind::WechatId => wechat_id(text),
        SubjectKind::QqId => qq_id(text),
        SubjectKind::App => app(text),
        SubjectKind::Phone | SubjectKind::Link => refuse("account_kind", "这不是账号：请按电话号码或网址查询"),
    }
}

const fn refuse<T>(code: &'static str, detail: &'static str) -> Result<T, ParseError> {
    Err(ParseError { code, detail })
}

fn bank_account(text: &str) -> Result<String, ParseError> {
    let digits: String = text.chars().filter(|c| !is_separator(*c)).collect();
    if digits.is_empty() {
        return refuse("bank_account_empty", "没有填写银行账号");
    }
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return refuse("bank_account_character", "银行账号里只能有数字和分隔用的空格、横线");
    }
    match digits.len() {
        12..=15 => Ok(digits),
        16..=19 if checks_by_luhn(&digits) => Ok(digits),
        16..=19 => refuse("bank_account_luhn", "银行卡号的校验位不对：可能抄错了一位，请对照卡面或转账记录核对"),
        ..12 => refuse("bank_account_short", "银行账号太短：应有12到19位数字"),
        _ => refuse("bank_account_long", "银行账号太长：应有12到19位数字"),
    }
}

/// Doubling every second digit from the right, the sum of all digits is a multiple of ten.
fn checks_by_luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .chars()
        .rev()
        .filter_map(|c| c.to_digit(10))
        .zip([false, true].into_iter().cycle())
        .map(|(digit, doubled)| if doubled { digit * 2 / 10 + digit * 2 % 10 } else { digit })
        .sum();
    sum.is_multiple_of(10)
}

fn payment_account(text: &str) -> Result<String, ParseError> {
    if text.is_empty() {
        return refuse("payment_account_empty", "没有填写支付账号");
    }
    if let Ok(phone) = PhoneNumber::parse(text)
        && (phone.class() == PhoneClass::Mobile || (text.starts_with('+') && phone.class() == PhoneClass::Foreign))
    {
        return Ok(phone.canonical().to_owned());
    }
    if is_email(text) {
        return Ok(text.to_ascii_lowercase());
    }
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-@.".contains(&byte)) {
        return refuse(
            "payment_account_character",
            "支付账号应是手机号、邮箱，或由字母、数字、下划线、减号、点和@组成的编号",
        );
    }
    match text.len() {
        5..=64 => Ok(text.to_owned()),
        _ => refuse("payment_account_length", "支付账号应有5到64个字符"),
    }
}

/// A practical subset of RFC 5321: a dot-atom, one `@`, a domain with a dot and an alphabetic last label.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let is_atom = |atom: &str| {
        !atom.is_empty()
            && atom.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte))
    };
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let ends_in_letters = domain
        .rsplit_once('.')
        .is_some_and(|(_, last)| last.len() >= 2 && last.bytes().all(|byte| byte.is_ascii_alphabetic()));
    text.len() <= 254
        && local.len() <= 64
        && ends_in_letters
        && local.split('.').all(is_atom)
        && domain.split('.').all(is_label)
}

fn wechat_id(text: &str) -> Result<String, ParseError> {
    let id = without_wechat_label(text).to_ascii_lowercase();
    if id.is_empty() {
        return refuse("wechat_id_empty", "没有填写微信号");
    }
    if !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-') {
        return refuse("wechat_id_character", "微信号里只能有字母、数字、下划线和减号：请填微信号，不要填昵称");
    }
    if !id.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return refuse("wechat_id_first", "微信号以字母开头：如果是手机号或QQ号，请按电话号码或QQ号查询");
    }
    match id.len() {
        6..=20 => Ok(id),
        21..=30 if id.starts_with("wxid_") => Ok(id),
        _ => refuse("wechat_id_length", "微信号应有6到20个字符"),
    }
}

fn without_wechat_label(text: &str) -> &str {
    for label in ["微信号", "微信", "v信", "weixin", "wechat", "wx", "vx"] {
        let Some(rest) = strip_prefix_any_case(text, label) else { continue };
        let rest = rest.trim_start();
        if let Some(id) = rest.strip_prefix(':') {
            return id.trim_start();
        }
        // A Chinese label can't be part of the id; a Latin one without a colon can (`wxid_…`, `vx888888`).
        if !label.is_ascii() {
            return rest;
        }
    }
    text
}

fn qq_id(text: &str) -> Result<String, ParseError> {
    let mut rest = text;
    for label in ["qq", "扣扣", "号码", "号", ":"] {
        rest = strip_prefix_any_case(rest, label).unwrap_or(rest).trim_start();
    }
    let rest = strip_suffix_any_case(rest, "@qq.com").unwrap_or(rest);
    let id: String = rest.chars().filter(|c| !is_separator(*c)).collect();
    if id.is_empty() {
        return refuse("qq_id_empty", "没有填写QQ号");
    }
    if !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return refuse("qq_id_character", "QQ号里只能有数字：请填QQ号，不要填昵称");
    }
    if id.starts_with('0') {
        return refuse("qq_id_first", "QQ号不以0开头");
    }
    match id.len() {
        5..=11 => Ok(id),
        _ => refuse("qq_id_length", "QQ号应有5到11位数字"),
    }
}

fn strip_prefix_any_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

fn strip_suffix_any_case<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let (rest, end) = text.split_at_checked(text.len().checked_sub(suffix.len())?)?;
    end.eq_ignore_ascii_case(suffix).then_some(rest)
}

fn app(text: &str) -> Result<String, ParseError> {
    let is_break = |c: char| c == '#' || c.is_whitespace();
    let (package, signature) = match text.split_once(is_break) {
        Some((package, rest)) => (package, Some(rest.trim_start_matches(is_break))),
        None => (text, None),
    };
    if package.is_empty() {
        return refuse("app_empty", "没有填写应用包名");
    }
    if package.len() > LONGEST_PACKAGE {
        return refuse("app_too_long", "应用包名太长：最多223个字符");
    }
    if !package.contains('.') || !package.split('.').all(is_package_part) {
        return refuse(
            "app_package",
            "应用包名应像com.example.app：至少两段，用点隔开，每段以字母开头，只含字母、数字和下划线",
        );
    }
    match signature {
        None => Ok(package.to_owned()),
        Some(signature) => Ok(format!("{package}#{}", fingerprint(signature)?)),
    }
}

fn is_package_part(part: &str) -> bool {
    part.starts_with(|c: char| c.is_ascii_alphabetic())
        && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// MD5 (32), SHA-1 (40) or SHA-256 (64 hex digits) as one run, or in pairs with colons as signing tools print them.
fn fingerprint(text: &str) -> Result<String, ParseError> {
    let in_pairs = text.split(':').all(|pair| pair.len() == 2);
    let hex: String = if in_pairs { text.replace(':', "") } else { text.to_owned() };
    let is_digest = matches!(hex.len(), 32 | 40 | 64) && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_digest {
        return refuse(
            "app_signature",
            "签名指纹应是MD5、SHA-1或SHA-256：32、40或64位十六进制数字，可每两位用冒号隔开",
        );
    }
    Ok(hex.to_ascii_lowercase())
}

#[cfg(test)]
mod tests;
