//! One typing slip between two short texts.

/// How `typed` came out of `meant`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slip {
    /// Two neighbours exchanged.
    Exchanged,
    /// `typed` has the first for the second.
    Changed(u8, u8),
    /// `typed` has one more; whether a neighbour of it is the same, and whether it stands last.
    Added(u8, Place),
    /// `typed` lacks one; likewise.
    Dropped(u8, Place),
}

/// Where an added or dropped byte stands in the longer text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Beside one like it.
    Doubled,
    /// At the very beginning or end.
    Edge,
    /// Elsewhere.
    Inner,
}

/// The one slip between `typed` and `meant`; none if they are equal or further apart.
pub(super) fn slip(typed: &[u8], meant: &[u8]) -> Option<Slip> {
    let same = typed.iter().zip(meant).take_while(|(left, right)| left == right).count();
    let typed_rest = typed.get(same..)?;
    let meant_rest = meant.get(same..)?;
    match (typed_rest, meant_rest) {
        ([added, rest @ ..], meant_rest) if rest == meant_rest => Some(Slip::Added(*added, place(typed, same))),
        (typed_rest, [dropped, rest @ ..]) if typed_rest == rest => Some(Slip::Dropped(*dropped, place(meant, same))),
        ([left, typed_after @ ..], [right, meant_after @ ..]) if typed_after == meant_after => {
            Some(Slip::Changed(*left, *right))
        }
        ([first, second, typed_after @ ..], [other, another, meant_after @ ..])
            if first == another && second == other && typed_after == meant_after =>
        {
            Some(Slip::Exchanged)
        }
        _ => None,
    }
}

fn place(longer: &[u8], at: usize) -> Place {
    let one = longer.get(at);
    let before = at.checked_sub(1).and_then(|before| longer.get(before));
    let after = longer.get(at + 1);
    if one == before || one == after {
        Place::Doubled
    } else if before.is_none() || after.is_none() {
        Place::Edge
    } else {
        Place::Inner
    }
}

/// Whether two letters lie side by side on a keyboard, where a finger slips.
pub(super) fn beside(left: u8, right: u8) -> bool {
    const ROWS: [&[u8]; 3] = [b"qwertyuiop", b"asdfghjkl", b"zxcvbnm"];
    let at = |letter| {
        ROWS.iter().zip(0_i32..).find_map(|(row, line)| {
            let column = row.iter().zip(0_i32..).find(|(key, _)| **key == letter)?.1;
            // Each row is set off by half a key from the one above.
            Some((line, 2 * column + line))
        })
    };
    match (at(left), at(right)) {
        (Some((line, column)), Some((other_line, other_column))) => {
            (line - other_line).abs() <= 1 && (column - other_column).abs() <= 2
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_slip_is_told_from_the_others() {
        assert_eq!(slip(b"taobao", b"taobao"), None);
        assert_eq!(slip(b"toabao", b"taobao"), Some(Slip::Exchanged));
        assert_eq!(slip(b"taobap", b"taobao"), Some(Slip::Changed(b'p', b'o')));
        assert_eq!(slip(b"taobaoo", b"taobao"), Some(Slip::Added(b'o', Place::Doubled)));
        assert_eq!(slip(b"taobaos", b"taobao"), Some(Slip::Added(b's', Place::Edge)));
        assert_eq!(slip(b"taxobao", b"taobao"), Some(Slip::Added(b'x', Place::Inner)));
        assert_eq!(slip(b"taobo", b"taobao"), Some(Slip::Dropped(b'a', Place::Inner)));
        assert_eq!(slip(b"tabo", b"taobao"), None);
        assert_eq!(slip(b"", b""), None);
    }

    #[test]
    fn a_finger_slips_to_the_next_key_only() {
        for (left, right) in [(b'q', b'w'), (b'q', b'a'), (b'w', b'a'), (b'g', b'v'), (b'n', b'm')] {
            assert!(beside(left, right) && beside(right, left));
        }
        for (left, right) in [(b'q', b'e'), (b'q', b'z'), (b'a', b'p'), (b'1', b'2')] {
            assert!(!beside(left, right));
        }
    }

    proptest! {
        #[test]
        fn texts_one_slip_apart_share_a_hash(meant in "[a-c]{1,8}", typed in "[a-c]{1,8}") {
            let hashes = |text: &str| {
                let mut all = Vec::new();
                let _: std::ops::ControlFlow<()> =
                    super::super::hash::neighbourhood(super::super::hash::VariantHash::new(0), text.as_bytes(), |hash| {
                        all.push(hash);
                        std::ops::ControlFlow::Continue(())
                    });
                all
            };
            if typed == meant || slip(typed.as_bytes(), meant.as_bytes()).is_some() {
                let stored = hashes(&meant);
                prop_assert!(hashes(&typed).iter().any(|hash| stored.contains(hash)));
            }
        }
    }
}
