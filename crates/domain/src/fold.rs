//! Folding of pasted characters: one plain form for what people type, paste or disguise.

/// The plain form of one character, or the character itself.
///
/// - Full-width letters, digits and punctuation (U+FF01 to U+FF5E) become ASCII; the ideographic space (U+3000) and the
///   no-break space (U+00A0) become a space.
/// - Decimal digits of other scripts that arrive by paste (Arabic-Indic U+0660, extended Arabic-Indic U+06F0, the
///   mathematical digits U+1D7CE to U+1D7FF) become ASCII digits.
///
/// Circled digits stay as they are: in Chinese texts `①` numbers a list and must not grow into the number behind it.
pub fn fold_char(c: char) -> char {
    if c.is_ascii() {
        return c;
    }
    let code = u32::from(c);
    let folded = match code {
        0xFF01..=0xFF5E => code - 0xFF01 + 0x21,
        0x3000 | 0x00A0 => 0x20,
        0x0660..=0x0669 => code - 0x0660 + 0x30,
        0x06F0..=0x06F9 => code - 0x06F0 + 0x30,
        0x1D7CE..=0x1D7FF => (code - 0x1D7CE) % 10 + 0x30,
        _ => return c,
    };
    char::from_u32(folded).unwrap_or(c)
}

/// Whether a character only separates the parts of a number: white space, dashes, dots, brackets, and the
/// invisible marks that come along by copying ([`is_invisible`]).
///
/// Slash, tilde, underscore and comma are none: they stand between two numbers or inside a name as often as in a number.
pub fn is_separator(c: char) -> bool {
    match c {
        ' ' | '-' | '.' | '(' | ')' | '[' | ']' | '{' | '}' => true,
        _ if c.is_ascii() => c.is_ascii_whitespace() || c == '\u{B}',
        '（' | '）' | '［' | '］' | '｛' | '｝' | '．' | '－' => true,
        '【' | '】' | '〔' | '〕' | '〖' | '〗' | '「' | '」' | '『' | '』' => true,
        '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{2500}' | '\u{FE58}' | '\u{FE63}' => true,
        '\u{30FC}' | '\u{FF70}' => true,
        '·' | '•' | '・' | '‧' | '。' | '｡' | '･' => true,
        _ => c.is_whitespace() || is_invisible(c),
    }
}

/// Whether a character shows nothing by itself: text direction, zero width, soft hyphen, variation selectors, and the
/// keycap that makes an emoji of a digit.
pub fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{FEFF}' | '\u{20E3}' | '\u{FE0E}' | '\u{FE0F}'
            | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_width_and_foreign_digits_become_ascii() {
        let folded: String = "１３８ＡｚＺ！～\u{3000}\u{A0}٣۴𝟗𝟶".chars().map(fold_char).collect();
        assert_eq!(folded, "138AzZ!~  3490");
    }

    #[test]
    fn other_characters_stay() {
        for c in "a1+中①。é\u{FF5F}".chars() {
            assert_eq!(fold_char(c), c);
        }
    }

    #[test]
    fn separators_are_spaces_dashes_dots_brackets_and_invisible_marks() {
        for c in " \t\n\u{3000}-－—–.·。()（）[]【】\u{200B}\u{202D}\u{FEFF}".chars() {
            assert!(is_separator(c), "{:?}", c);
        }
        for c in "0aZ+*#/_~,，:：;'\"@&\u{0}中转".chars() {
            assert!(!is_separator(c), "{:?}", c);
        }
    }
}
