//! What the eye makes of a label: characters that look alike become one.

use unicode_normalization::char::is_combining_mark;

/// The folded form of one label, at most 63 bytes, on the stack.
///
/// ASCII: `0` is `o`, `1` and `i` are `l`, `5` is `s`, `3` is `e`, `4` is `a`, `8` is `b`, `rn` is `m`, `vv` is `w`. The
/// digits go to different letters, so two all-digit names never meet. Labels in other scripts are decoded from punycode and
/// go through the skeleton of Unicode TR 39 first, without combining marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Skeleton {
    bytes: [u8; 63],
    length: usize,
}

impl Skeleton {
    /// The skeleton of a canonical label; none if it is no valid label.
    pub(super) fn of(label: &str) -> Option<Self> {
        match label.strip_prefix("xn--") {
            None => Self::folded(label.bytes(), true),
            Some(encoded) => {
                let decoded = idna::punycode::decode_to_string(encoded)?;
                let seen: String = unicode_security::skeleton(&decoded)
                    .filter(|character| !is_combining_mark(*character))
                    .flat_map(char::to_lowercase)
                    .collect();
                Self::folded(seen.bytes(), true)
            }
        }
    }

    /// Without the pairs `rn` and `vv`: one slip in the label is one slip in this, which a slip beside an `r` is not in the
    /// skeleton.
    pub(super) fn letter_by_letter(label: &str) -> Option<Self> {
        if label.starts_with("xn--") { Self::of(label) } else { Self::folded(label.bytes(), false) }
    }

    /// Its bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    fn folded(label: impl Iterator<Item = u8>, pairs: bool) -> Option<Self> {
        let mut folded = Self { bytes: [0; 63], length: 0 };
        for byte in label {
            let byte = look(byte);
            let pair = match (folded.bytes().last(), byte) {
                (Some(b'r'), b'n') if pairs => Some(b'm'),
                (Some(b'v'), b'v') if pairs => Some(b'w'),
                _ => None,
            };
            match pair {
                Some(one) => *folded.bytes.get_mut(folded.length.checked_sub(1)?)? = one,
                None => {
                    *folded.bytes.get_mut(folded.length)? = byte;
                    folded.length += 1;
                }
            }
        }
        (folded.length > 0).then_some(folded)
    }
}

/// The letter that a character is taken for.
const fn look(byte: u8) -> u8 {
    match byte {
        b'0' => b'o',
        b'1' | b'i' | b'I' => b'l',
        b'3' => b'e',
        b'4' => b'a',
        b'5' => b's',
        b'8' => b'b',
        other => other.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(left: &str, right: &str) -> bool {
        Skeleton::of(left).expect("a label") == Skeleton::of(right).expect("a label")
    }

    #[test]
    fn look_alike_characters_become_one() {
        for (left, right) in [
            ("icbc", "1cbc"),
            ("icbc", "lcbc"),
            ("taobao", "ta0ba0"),
            ("microsoft", "rnicrosoft"),
            ("wechat", "vvechat"),
            ("suning", "5uning"),
            // раypal with Cyrillic р and а, and ícbc.
            ("paypal", "xn--ypal-43d9g"),
            ("icbc", "xn--cbc-qma"),
        ] {
            assert!(same(left, right), "{left} {right}");
        }
    }

    #[test]
    fn different_names_stay_different() {
        for (left, right) in [("icbc", "ccb"), ("10086", "10085"), ("4399", "4398"), ("taobao", "taobo")] {
            assert!(!same(left, right), "{left} {right}");
        }
    }

    #[test]
    fn what_is_no_label_has_no_skeleton() {
        assert_eq!(Skeleton::of(""), None);
        assert_eq!(Skeleton::of(&"a".repeat(64)), None);
        assert_eq!(Skeleton::of("xn--\u{e9}"), None);
    }
}
