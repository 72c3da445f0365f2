//! From pasted text to the characters that count.

use crate::{
    fold::{fold_char, is_separator},
    subject::ParseError,
};

/// The most characters a number or raw caller id may have once cleaned.
pub(super) const LONGEST: usize = 32;

/// Digits, ASCII letters and `+*#`, in the order they came.
pub(super) struct Cleaned {
    characters: [u8; LONGEST],
    length: usize,
}

impl Cleaned {
    /// The characters.
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.characters.get(..self.length).unwrap_or_default()
    }
}

/// Folds, drops separators and refuses what no number or caller id contains.
///
/// Errors: `phone_empty`, `phone_no_digit`, `phone_too_long`, `phone_extension`, `phone_character`.
pub(super) fn clean(text: &str) -> Result<Cleaned, ParseError> {
    let mut cleaned = Cleaned { characters: [0; LONGEST], length: 0 };
    let mut has_digit = false;
    for c in text.chars() {
        let folded = fold_char(c);
        match u8::try_from(folded) {
            Ok(byte @ b'0'..=b'9') => {
                has_digit = true;
                push(&mut cleaned, byte)?;
            }
            Ok(byte @ (b'+' | b'*' | b'#' | b'a'..=b'z' | b'A'..=b'Z')) => push(&mut cleaned, byte)?,
            _ if is_separator(folded) => {}
            _ if c == '转' || c == '轉' => return Err(EXTENSION),
            _ => return Err(CHARACTER),
        }
    }
    match (cleaned.length, has_digit) {
        (0, _) => Err(EMPTY),
        (_, false) => Err(NO_DIGIT),
        _ => Ok(cleaned),
    }
}

fn push(cleaned: &mut Cleaned, byte: u8) -> Result<(), ParseError> {
    let slot = cleaned.characters.get_mut(cleaned.length).ok_or(TOO_LONG)?;
    *slot = byte;
    cleaned.length += 1;
    Ok(())
}

/// The text behind a leading `tel:` (RFC 3966), in any case and width.
pub(super) fn without_scheme(text: &str) -> &str {
    let mut rest = text.chars();
    for expected in ['t', 'e', 'l', ':'] {
        match rest.next() {
            Some(c) if fold_char(c).eq_ignore_ascii_case(&expected) => {}
            _ => return text,
        }
    }
    rest.as_str()
}

const EMPTY: ParseError = ParseError { code: "phone_empty", detail: "没有填写电话号码" };
const NO_DIGIT: ParseError = ParseError { code: "phone_no_digit", detail: "电话号码里至少要有一个数字" };
const TOO_LONG: ParseError =
    ParseError { code: "phone_too_long", detail: "电话号码太长：去掉空格和符号后最多32个字符" };
const EXTENSION: ParseError =
    ParseError { code: "phone_extension", detail: "请去掉“转”和后面的分机号，只填总机号码" };
const CHARACTER: ParseError = ParseError {
    code: "phone_character",
    detail: "电话号码里只能有数字、字母、+、*、#，以及空格、横线、点和括号",
};
