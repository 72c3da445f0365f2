//! What a report of a resident is worth, and which texts are almost the same.

use std::collections::{BTreeSet, HashMap};

use crate::fold::{fold_char, is_invisible, is_separator};

/// A full vote, as [`weight`] counts: in hundredths.
pub const FULL_VOTE: u32 = 100;

/// What the vote of a reporter weighs, in hundredths of a full vote, after so many earlier reports proved right and wrong.
/// Who never reported has a full vote; nobody has more than one and a half, so that a few with a good record decide nothing
/// alone.
pub fn weight(right: i64, wrong: i64) -> u16 {
    let (right, wrong) = (right.max(0), wrong.max(0));
    // Two right and two wrong ones are assumed of everybody: one report more or less says little.
    let hundredths = 200 * (right + 2) / (right + wrong + 4);
    u16::try_from(hundredths.min(150)).unwrap_or(150)
}

/// The vote of one who is independent of the others: a device has one vote, whoever signed in on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vote {
    /// See [`weight`].
    pub weight: u16,
    /// Where it came from, as an index; none where that is not known.
    pub address: Option<[u8; 16]>,
}

/// What votes come to, in hundredths. Of those from one network address the strongest `per_address` count: a house full of
/// phones is not a village, and a village may share an address.
pub fn tally(votes: &[Vote], per_address: usize) -> u32 {
    let mut by_address = HashMap::<Option<[u8; 16]>, Vec<u16>>::new();
    votes.iter().for_each(|vote| by_address.entry(vote.address).or_default().push(vote.weight));
    let counted = by_address.into_iter().flat_map(|(address, mut weights)| {
        weights.sort_unstable_by(|a, b| b.cmp(a));
        let most = if address.is_some() { per_address } else { usize::MAX };
        weights.into_iter().take(most)
    });
    counted.map(u32::from).sum()
}

const VALUES: usize = 16;
/// Values of two fingerprints that agree, from which on their texts count as almost the same: about six tenths of their
/// parts are common.
const ALIKE: usize = 10;
/// Fewer characters say too little to compare.
const SHORTEST: usize = 12;

/// A fingerprint of a text by which almost equal ones are found (MinHash over groups of three characters; Broder 1997).
///
/// Digits, links and punctuation are left out: the same text comes with ever new numbers and addresses. The text cannot be
/// read back from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u32; VALUES]);

impl Fingerprint {
    /// The fingerprint of a text; none where it says too little.
    pub fn of(text: &str) -> Option<Self> {
        let letters: Vec<char> = text
            .chars()
            .map(fold_char)
            .filter(|c| !c.is_ascii() && c.is_alphanumeric() && !is_separator(*c) && !is_invisible(*c))
            .collect();
        if letters.len() < SHORTEST {
            return None;
        }
        let groups: BTreeSet<&[char]> = letters.windows(3).collect();
        let mut values = [u32::MAX; VALUES];
        for group in groups {
            let hash = hashed(group);
            for (place, value) in values.iter_mut().enumerate() {
                *value = (*value).min(stirred(hash, place as u64));
            }
        }
        Some(Self(values))
    }

    /// Its bytes, to be stored.
    pub fn to_bytes(self) -> Vec<u8> {
        self.0.iter().flat_map(|value| value.to_be_bytes()).collect()
    }

    /// Read back from [`Self::to_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (parts, rest) = bytes.as_chunks::<4>();
        let values: Vec<u32> = parts.iter().map(|part| u32::from_be_bytes(*part)).collect();
        rest.is_empty().then(|| values.try_into().ok().map(Self)).flatten()
    }

    /// Names under which a text that is almost the same is found: such texts nearly always share one.
    pub fn bands(&self) -> [i64; VALUES / 2] {
        let (pairs, _) = self.0.as_chunks::<2>();
        let mut bands = [0; VALUES / 2];
        for ((place, band), [first, second]) in bands.iter_mut().enumerate().zip(pairs) {
            let pair = u64::from(*first) << 32 | u64::from(*second);
            *band = (mixed(pair ^ mixed(place as u64 + 1))).cast_signed();
        }
        bands
    }

    /// Whether the texts of both are almost the same.
    pub fn is_like(&self, other: &Self) -> bool {
        self.0.iter().zip(other.0).filter(|(one, another)| **one == *another).count() >= ALIKE
    }
}

/// FNV-1a, the same on every machine and in every version.
fn hashed(group: &[char]) -> u64 {
    let bytes = group.iter().flat_map(|c| u32::from(*c).to_be_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn stirred(hash: u64, place: u64) -> u32 {
    (mixed(hash ^ mixed(place + 1)) >> 32) as u32
}

/// The finaliser of splitmix64: every bit of the input moves every bit of the output.
const fn mixed(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SCAM: &str =
        "【京东客服】您好，您名下的百万保障服务今日到期，如不取消将每月自动扣除2000元，请尽快拨打40012345678办理关闭。";

    #[test]
    fn a_record_moves_the_weight_within_bounds() {
        assert_eq!(weight(0, 0), 100);
        assert_eq!((weight(1, 0), weight(0, 1)), (120, 80));
        assert_eq!(weight(50, 0), 150);
        assert!(weight(0, 50) < 10);
    }

    #[test]
    fn one_address_has_so_many_votes_and_no_more() {
        let from = |address| Vote { weight: 100, address };
        let house = vec![from(Some([7; 16])); 500];
        assert_eq!(tally(&house, 5), 500);
        let strangers: Vec<Vote> = (0..10).map(|number| from(Some([number; 16]))).collect();
        assert_eq!(tally(&strangers, 5), 1_000);
        assert_eq!(tally(&[from(None); 10], 5), 1_000);
        let mut mixed = house;
        mixed.push(Vote { weight: 150, address: Some([7; 16]) });
        assert_eq!(tally(&mixed, 1), 150, "the strongest counts");
    }

    #[test]
    fn the_same_text_with_other_numbers_and_small_changes_is_almost_the_same() {
        let print = Fingerprint::of(SCAM).unwrap();
        for other in [
            SCAM.replace("40012345678", "95511889922"),
            SCAM.replace("2000", "8,000"),
            SCAM.replace('，', " ，"),
            SCAM.replace("您好，", ""),
            format!("{SCAM}退订回T"),
        ] {
            assert!(print.is_like(&Fingerprint::of(&other).unwrap()), "{other}");
        }
        for other in [
            "您的快递因地址不详无法派送，请点击链接补充收货信息，逾期包裹将被退回发件人处理。",
            "【京东】您购买的商品已由京东快递配送完成，如有问题请联系京东客服，感谢您的支持与信任。",
        ] {
            assert!(!print.is_like(&Fingerprint::of(other).unwrap()), "{other}");
        }
        assert_eq!(Fingerprint::of("点这里 http://a.b/c 13800138000"), None, "too little");
    }

    proptest! {
        #[test]
        fn almost_equal_texts_share_a_band(cut in 0_usize..50) {
            let changed: String = SCAM.chars().enumerate().filter(|(place, _)| *place != cut).map(|(_, c)| c).collect();
            let (one, other) = (Fingerprint::of(SCAM).unwrap(), Fingerprint::of(&changed).unwrap());
            prop_assert!(one.is_like(&other));
            prop_assert!(one.bands().iter().zip(other.bands()).any(|(one, other)| *one == other));
        }

        #[test]
        fn a_fingerprint_is_read_back(text in "[\u{4E00}-\u{9FA5}]{12,60}") {
            let print = Fingerprint::of(&text).unwrap();
            prop_assert_eq!(Fingerprint::from_bytes(&print.to_bytes()), Some(print));
            prop_assert!(print.is_like(&print));
        }
    }
}
