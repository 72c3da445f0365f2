//! Percent-escapes, as Safe Browsing v4 takes them off and puts them on.

use std::borrow::Cow;

/// Takes off percent-escapes until none is left (`%2541` is `A`).
///
/// One pass is enough: an escape is undone as soon as its last digit is written, and undoing it may complete the one
/// before. Escapes can't overlap, so the order makes no difference, and a thousand nested layers cost no more than their
/// length.
pub(super) fn unescape(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !bytes.contains(&b'%') {
        return Cow::Borrowed(bytes);
    }
    let mut plain = Vec::with_capacity(bytes.len());
    for byte in bytes {
        plain.push(*byte);
        while let Some((head, &[b'%', high, low])) = plain.split_last_chunk::<3>()
            && let Some(byte) = hex_pair(high, low)
        {
            let length = head.len();
            plain.truncate(length);
            plain.push(byte);
        }
    }
    Cow::Owned(plain)
}

fn hex_pair(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// Whether Safe Browsing v4 escapes this byte: up to 0x20, from 0x7f, `#` and `%`.
const fn is_escaped(byte: u8) -> bool {
    byte <= 0x20 || byte >= 0x7f || byte == b'#' || byte == b'%'
}

/// Appends `bytes`, escaping what Safe Browsing v4 escapes, with upper-case hexadecimal digits. All it appends is ASCII.
pub(super) fn append_escaped(out: &mut Vec<u8>, bytes: &[u8]) {
    if !bytes.iter().any(|byte| is_escaped(*byte)) {
        out.extend_from_slice(bytes);
        return;
    }
    for byte in bytes {
        if is_escaped(*byte) {
            append_escape(out, *byte);
        } else {
            out.push(*byte);
        }
    }
}

/// Appends `bytes` with escapes for what is no visible ASCII; escapes already there stay as they are.
pub(super) fn append_opaque(out: &mut Vec<u8>, bytes: &[u8]) {
    for byte in bytes {
        if byte.is_ascii_graphic() {
            out.push(*byte);
        } else {
            append_escape(out, *byte);
        }
    }
}

fn append_escape(out: &mut Vec<u8>, byte: u8) {
    let digit = |value: u8| if value < 10 { b'0' + value } else { b'A' + (value - 10) };
    out.extend([b'%', digit(byte >> 4), digit(byte & 15)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(text: &str) -> String {
        let mut out = Vec::new();
        append_escaped(&mut out, &unescape(text.as_bytes()));
        String::from_utf8(out).expect("ASCII")
    }

    #[test]
    fn nested_escapes_come_off_until_none_is_left() {
        assert_eq!(both("%25%32%35"), "%25");
        assert_eq!(both("%2525252525252525"), "%25");
        assert_eq!(both("%%%25%32%35asd%%"), "%25%25%25asd%25%25");
        assert_eq!(both("asdf%25%32%35asd"), "asdf%25asd");
        assert_eq!(both("%2541%2g%4"), "A%252g%254");
    }

    #[test]
    fn only_the_four_classes_of_bytes_are_escaped() {
        assert_eq!(both("a b\u{1}\u{7f}é#~!@$^&*()|<>\"'`{}\\"), "a%20b%01%7F%C3%A9%23~!@$^&*()|<>\"'`{}\\");
    }
}
