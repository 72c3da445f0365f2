//! What a blacklist entry is worth: who says so, how sure they are, how old it is, and what two officers decided.

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::{LookupKey, SubjectKind, words::words};

words! {
    /// Where an entry is in its life. Only an active one gives a verdict.
    EntryState {
        /// Waits for a decision, or for more trust in its source.
        Proposed = "proposed",
        /// Gives its verdict.
        Active = "active",
        /// Off while something is looked into.
        Suspended = "suspended",
        /// Taken back: by its sources, or because it was wrong.
        Withdrawn = "withdrawn",
        /// So old that nothing speaks for it any more.
        Expired = "expired",
    }
}

impl EntryState {
    /// In Chinese.
    pub const fn text_zh(self) -> &'static str {
        match self {
            Self::Proposed => "待审",
            Self::Active => "生效",
            Self::Suspended => "暂停",
            Self::Withdrawn => "已撤销",
            Self::Expired => "已过期",
        }
    }
}

words! {
    /// What two officers decided about an entry: it outranks what sources say.
    Ruling {
        /// It belongs on the list.
        Listed = "listed",
        /// It is off for now.
        Suspended = "suspended",
        /// It does not belong there.
        Lifted = "lifted",
    }
}

/// What one source says of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// How sure the source is, 0 to 100.
    pub confidence: u8,
    /// The day on which the source last saw it or said so.
    pub seen_on: NaiveDate,
    /// Whether the source's share of trust covers this entry, see [`in_share`].
    pub trusted: bool,
}

/// How the word of a source loses weight with age: the polynomial of the MISP decaying models,
/// `confidence × (1 − (age / lifetime)^(1 / speed))`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decay {
    /// Days after which nothing is left.
    pub lifetime_days: u32,
    /// Below 1 it falls late, above 1 early; 1 is a straight line.
    pub speed: f64,
    /// The score below which an entry expires, 0 to 100.
    pub threshold: u8,
}

impl Decay {
    /// What is left of a claim on a day, 0 to 100.
    fn worth(&self, claim: &Claim, day: NaiveDate) -> f64 {
        let age = (day - claim.seen_on).num_days().max(0) as f64;
        let part = (age / f64::from(self.lifetime_days.max(1))).min(1.0);
        f64::from(claim.confidence.min(100)) * (1.0 - part.powf(1.0 / self.speed.max(0.01)))
    }

    /// The score of an entry on a day, 0 to 100: each source that says so leaves less doubt.
    pub fn score(&self, claims: &[Claim], day: NaiveDate) -> u8 {
        let doubt: f64 = claims.iter().map(|claim| 1.0 - self.worth(claim, day) / 100.0).product();
        // Between 0 and 100 by construction.
        ((1.0 - doubt) * 100.0).round() as u8
    }

    /// The first day on which the score is below the threshold, if no source says it again.
    pub fn expires_on(&self, claims: &[Claim]) -> Option<NaiveDate> {
        let first = claims.iter().map(|claim| claim.seen_on).max()?;
        let below = |days: u64| {
            first.checked_add_days(Days::new(days)).is_none_or(|day| self.score(claims, day) < self.threshold)
        };
        // The score only falls, and is 0 at the end of the youngest claim's life.
        let (mut low, mut high) = (0, u64::from(self.lifetime_days) + 1);
        while low < high {
            let middle = low.midpoint(high);
            if below(middle) { high = middle } else { low = middle + 1 }
        }
        first.checked_add_days(Days::new(low))
    }
}

/// How entries of each kind age.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecayRules {
    /// Numbers change hands within months.
    pub phone: Decay,
    /// Sites of fraud live for weeks; what was one is seldom honest soon after.
    pub link: Decay,
    /// Bank accounts and payment accounts.
    pub account: Decay,
    /// WeChat ids, QQ ids and apps.
    pub other: Decay,
}

impl DecayRules {
    /// The rule for a kind.
    pub const fn of(&self, kind: SubjectKind) -> &Decay {
        match kind {
            SubjectKind::Phone => &self.phone,
            SubjectKind::Link => &self.link,
            SubjectKind::BankAccount | SubjectKind::PaymentAccount => &self.account,
            SubjectKind::WechatId | SubjectKind::QqId | SubjectKind::App => &self.other,
        }
    }
}

impl Default for DecayRules {
    fn default() -> Self {
        let decay = |lifetime_days| Decay { lifetime_days, speed: 0.5, threshold: 30 };
        Self { phone: decay(365), link: decay(365), account: decay(730), other: decay(365) }
    }
}

/// The share of trust (percent) of a source after what came of its entries. It begins with `probation`, doubles with every
/// ten entries that proved right, and falls back when more than one in ten of at least ten proved wrong.
pub fn share_after(probation: u8, share: u8, confirmed: i64, refuted: i64) -> u8 {
    let judged = confirmed + refuted;
    if judged < 10 {
        return share;
    }
    if refuted * 10 > judged {
        return share.min(probation);
    }
    let earned = u32::try_from(confirmed / 10).unwrap_or(u32::MAX).min(7);
    let earned = (u32::from(probation) << earned).min(100);
    share.max(u8::try_from(earned).unwrap_or(100))
}

/// Whether an entry lies in the share (percent) of a source on probation that is active. Chosen by its key, so that all
/// servers choose alike and a larger share contains the smaller.
pub fn in_share(key: LookupKey, share: u8) -> bool {
    let [.., high, low] = key.0;
    u16::from_be_bytes([high, low]) % 100 < u16::from(share)
}

/// What an entry comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Its state.
    pub state: EntryState,
    /// The day on which it expires by age; none where nothing can expire.
    pub expires_on: Option<NaiveDate>,
}

/// What an entry comes to on a day. `held` says that a guard list holds it: only a ruling makes it active.
pub fn standing(ruling: Option<Ruling>, held: bool, claims: &[Claim], decay: &Decay, today: NaiveDate) -> Standing {
    let counted: Vec<Claim> = if ruling == Some(Ruling::Listed) { claims.to_vec() } else { trusted(claims).collect() };
    let stands = |state, claims: &[Claim]| match decay.expires_on(claims) {
        // Too little trust from the first day on: that is no age.
        expires_on if expires_on == claims.iter().map(|claim| claim.seen_on).max() => {
            Standing { state: EntryState::Proposed, expires_on: None }
        }
        expires_on if expires_on.is_some_and(|day| day <= today) => Standing { state: EntryState::Expired, expires_on },
        expires_on => Standing { state, expires_on },
    };
    match ruling {
        Some(Ruling::Lifted) => Standing { state: EntryState::Withdrawn, expires_on: None },
        Some(Ruling::Suspended) => Standing { state: EntryState::Suspended, expires_on: None },
        _ if claims.is_empty() => Standing { state: EntryState::Withdrawn, expires_on: None },
        Some(Ruling::Listed) => stands(EntryState::Active, &counted),
        None if held || counted.is_empty() => stands(EntryState::Proposed, claims),
        None => stands(EntryState::Active, &counted),
    }
}

fn trusted(claims: &[Claim]) -> impl Iterator<Item = Claim> {
    claims.iter().copied().filter(|claim| claim.trusted)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DECAY: Decay = Decay { lifetime_days: 100, speed: 1.0, threshold: 30 };

    fn day(number: u64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + Days::new(number)
    }

    fn claim(confidence: u8, seen: u64) -> Claim {
        Claim { confidence, seen_on: day(seen), trusted: true }
    }

    #[test]
    fn one_claim_falls_as_the_formula_says() {
        assert_eq!(DECAY.score(&[claim(80, 0)], day(0)), 80);
        assert_eq!(DECAY.score(&[claim(80, 0)], day(50)), 40);
        assert_eq!(DECAY.score(&[claim(80, 0)], day(100)), 0);
        // base 80, lifetime 10, speed 2.3: 80 × (1 − 0.5^(1/2.3)) = 20.8
        let quick = Decay { lifetime_days: 10, speed: 2.3, threshold: 30 };
        assert_eq!(quick.score(&[claim(80, 0)], day(5)), 21);
    }

    #[test]
    fn sources_that_agree_leave_less_doubt() {
        assert_eq!(DECAY.score(&[claim(50, 0), claim(50, 0)], day(0)), 75);
        assert!(DECAY.expires_on(&[claim(50, 0), claim(50, 0)]) > DECAY.expires_on(&[claim(50, 0)]));
    }

    #[test]
    fn states_follow_rulings_guards_trust_and_age() {
        let state = |ruling, held, claims: &[Claim], today| standing(ruling, held, claims, &DECAY, day(today)).state;
        let (fresh, doubtful) = (claim(80, 0), Claim { trusted: false, ..claim(80, 0) });
        assert_eq!(state(None, false, &[fresh], 0), EntryState::Active);
        assert_eq!(state(None, true, &[fresh], 0), EntryState::Proposed);
        assert_eq!(state(None, false, &[doubtful], 0), EntryState::Proposed);
        assert_eq!(state(None, false, &[fresh], 90), EntryState::Expired);
        assert_eq!(state(None, false, &[claim(20, 0)], 0), EntryState::Proposed);
        assert_eq!(state(None, false, &[claim(20, 0), claim(20, 0)], 0), EntryState::Active);
        assert_eq!(state(None, false, &[], 0), EntryState::Withdrawn);
        assert_eq!(state(Some(Ruling::Listed), true, &[doubtful], 0), EntryState::Active);
        assert_eq!(state(Some(Ruling::Listed), true, &[doubtful], 90), EntryState::Expired);
        assert_eq!(state(Some(Ruling::Suspended), false, &[fresh], 0), EntryState::Suspended);
        assert_eq!(state(Some(Ruling::Lifted), false, &[fresh], 0), EntryState::Withdrawn);
    }

    #[test]
    fn a_share_holds_about_its_part_of_all_keys_and_grows() {
        let keys: Vec<LookupKey> =
            (0..10_000_u32).map(|number| LookupKey::of(crate::SubjectKind::Phone, &number.to_string())).collect();
        let count = |share| keys.iter().filter(|key| in_share(**key, share)).count();
        assert_eq!((count(0), count(100)), (0, 10_000));
        assert!((800..1_200).contains(&count(10)));
        assert!(keys.iter().all(|key| !in_share(*key, 10) || in_share(*key, 20)));
    }

    #[test]
    fn shares_grow_with_what_proved_right_and_fall_with_what_proved_wrong() {
        assert_eq!(share_after(10, 10, 5, 0), 10);
        assert_eq!(share_after(10, 10, 10, 0), 20);
        assert_eq!(share_after(10, 20, 40, 1), 100);
        assert_eq!(share_after(10, 100, 100, 20), 10);
        assert_eq!(share_after(10, 100, 8, 2), 10);
        assert_eq!(share_after(10, 100, 3, 3), 100);
    }

    proptest! {
        /// The day of expiry is the first below the threshold, by trying each.
        #[test]
        fn the_day_of_expiry_is_the_first_below(
            claims in prop::collection::vec((1..=100_u8, 0..200_u64), 1..4),
            lifetime in 1..300_u32, speed in 0.3..4.0_f64, threshold in 1..60_u8,
        ) {
            let decay = Decay { lifetime_days: lifetime, speed, threshold };
            let claims: Vec<Claim> = claims.into_iter().map(|(confidence, seen)| claim(confidence, seen)).collect();
            let expires = decay.expires_on(&claims).unwrap();
            let first = claims.iter().map(|claim| claim.seen_on).max().unwrap();
            let tried = (0..).map(|days| first + Days::new(days)).find(|day| decay.score(&claims, *day) < threshold);
            prop_assert_eq!(Some(expires), tried);
        }
    }
}
