//! The escapes of the vector files: `\\`, `\t`, `\n`, `\r`, `\u{HEX}` for a code point, `\xHH` for a raw byte.

/// The bytes that an escaped line stands for. An unknown escape stands for itself.
pub(super) fn unescape(line: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        rest = escape(after, &mut bytes).unwrap_or_else(|| {
            bytes.push(b'\\');
            after
        });
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

/// Appends what the escape at the start of `text` stands for, and returns what follows it.
fn escape<'a>(text: &'a str, bytes: &mut Vec<u8>) -> Option<&'a str> {
    let mut chars = text.chars();
    let single = match chars.next()? {
        '\\' => b'\\',
        't' => b'\t',
        'n' => b'\n',
        'r' => b'\r',
        'x' => {
            let (digits, after) = chars.as_str().split_at_checked(2)?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            return Some(after);
        }
        'u' => {
            let (digits, after) = chars.as_str().strip_prefix('{')?.split_once('}')?;
            push_code_point(u32::from_str_radix(digits, 16).ok()?, bytes);
            return Some(after);
        }
        _ => return None,
    };
    bytes.push(single);
    Some(chars.as_str())
}

fn push_code_point(code: u32, bytes: &mut Vec<u8>) {
    match char::from_u32(code) {
        Some(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        // A lone surrogate, as WTF-8 writes it: not valid text, which is the point of such a vector.
        None => bytes.extend(
            [0xE0 | (code >> 12), 0x80 | ((code >> 6) & 0x3F), 0x80 | (code & 0x3F)]
                .map(|byte| u8::try_from(byte & 0xFF).unwrap_or(b'?')),
        ),
    }
}

/// A line with everything escaped that a terminal or a table would swallow.
pub(super) fn escaped(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => line.push_str("\\\\"),
            '\t' => line.push_str("\\t"),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            c if c.is_control() || is_invisible(c) => line.push_str(&format!("\\u{{{:X}}}", u32::from(c))),
            c => line.push(c),
        }
    }
    line
}

const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_escape_is_read() {
        assert_eq!(unescape(r"a\\b\tc\nd\re\u{1F}f\xF0g"), b"a\\b\tc\nd\re\x1Ff\xF0g");
    }

    #[test]
    fn what_is_no_escape_stands_for_itself() {
        for line in [r"\q", r"\x4", r"\u{110000000}", r"\u12", "\\", r"\xZZ"] {
            assert_eq!(unescape(line), line.as_bytes(), "{line}");
        }
    }

    #[test]
    fn escaping_and_unescaping_give_the_text_back() {
        let text = "a\\b\tc\u{200B}d\u{1}中文\u{FEFF}";
        assert_eq!(unescape(&escaped(text)), text.as_bytes());
    }
}
