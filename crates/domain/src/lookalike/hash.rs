//! The 64-bit variant hash: a polynomial in the bytes with a final mix, so that all neighbours of a text cost one pass. Not a
//! secret and not an identity; a hit is confirmed on the texts.

use std::ops::ControlFlow;

/// Odd, with well spread bits.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

/// A hash in the making.
#[derive(Debug, Clone, Copy)]
pub(super) struct VariantHash(u64);

impl VariantHash {
    /// Begins with a tag, so that the ways of imitating never meet.
    pub(super) const fn new(tag: u8) -> Self {
        Self(1).byte(tag)
    }

    /// With one more byte.
    pub(super) const fn byte(self, byte: u8) -> Self {
        Self(self.0.wrapping_mul(BASE).wrapping_add(byte as u64))
    }

    /// With the bytes of `text`, ASCII letters in lower case: paths keep their case, names have none.
    pub(super) fn text(self, text: &[u8]) -> Self {
        text.iter().fold(self, |hash, byte| hash.byte(byte.to_ascii_lowercase()))
    }

    /// The hash.
    pub(super) const fn finish(self) -> u64 {
        let mixed = (self.0 ^ (self.0 >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        let mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        mixed ^ (mixed >> 33)
    }
}

/// Longer texts have no neighbours here; labels and numbers are shorter.
const LONGEST: usize = 64;

/// Shows `keep` the hash of `text` (in lower case) after `start`, and of `text` with each one byte left out. Two texts one
/// slip apart (a byte changed, added, left out, or two neighbours exchanged) share at least one of these.
pub(super) fn neighbourhood<B>(
    start: VariantHash,
    text: &[u8],
    mut keep: impl FnMut(u64) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let mut before = [start; LONGEST];
    let mut whole = start;
    for (place, byte) in before.iter_mut().zip(text) {
        *place = whole;
        whole = whole.byte(*byte);
    }
    keep(whole.finish())?;
    let (mut after, mut power, mut last) = (0_u64, 1_u64, None);
    for (before, byte) in before.iter().zip(text).rev() {
        // Leaving out either of two equal neighbours gives the same text.
        if last != Some(byte) {
            keep(VariantHash(before.0.wrapping_mul(power).wrapping_add(after)).finish())?;
        }
        after = after.wrapping_add(u64::from(*byte).wrapping_mul(power));
        power = power.wrapping_mul(BASE);
        last = Some(byte);
    }
    ControlFlow::Continue(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_the_texts_with_one_byte_less() {
        let start = VariantHash::new(b't').text(b"com");
        let mut seen = Vec::new();
        let _: ControlFlow<()> = neighbourhood(start, b"taobao", |hash| {
            seen.push(hash);
            ControlFlow::Continue(())
        });
        let texts = ["taobao", "taoba", "taobo", "taoao", "tabao", "tobao", "aobao"];
        let wanted: Vec<u64> = texts.iter().map(|text| start.text(text.as_bytes()).finish()).collect();
        assert_eq!(seen, wanted);
    }

    #[test]
    fn equal_neighbours_are_left_out_once() {
        let mut seen = 0;
        let _: ControlFlow<()> = neighbourhood(VariantHash::new(b't'), b"aab", |_| {
            seen += 1;
            ControlFlow::Continue(())
        });
        assert_eq!(seen, 3);
    }
}
