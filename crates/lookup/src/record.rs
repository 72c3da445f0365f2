//! The fixed-size answer of the lists about one key.

use chrono::{Days, NaiveDate};
use domain::{ListKind, MatchRule, candidates::Reaches};

/// What the lists say about one key: the strongest active entry of each list, folded together. Twelve bytes.
///
/// One key can be on several lists. Between a blacklist and an allowlist entry with the same rule the allowlist wins (equal
/// specificity); the rest of the record then still describes the blacklist entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// Bit n: on list n of [`LISTS`].
    lists: u8,
    /// Two bits a list: its rule, an index of [`RULES`].
    rules: u8,
    /// Severity of the blacklist entry, the greater the worse; 0 where there is none.
    pub severity: u8,
    /// Length of a prefix rule: see [`domain::candidates::reach`].
    pub reach: u8,
    /// Code of the blacklist entry's fraud type, ASCII, filled with zero bytes.
    pub fraud_type: [u8; 4],
    /// Days since 2000-01-01 of the first report; 0 unknown. See [`Record::date`].
    pub first_seen: u16,
    /// Days since 2000-01-01 of the last report; 0 unknown.
    pub last_seen: u16,
}

const LISTS: [ListKind; 3] = [ListKind::Blacklist, ListKind::Allowlist, ListKind::Guardlist];

/// From narrow to wide: of two entries of one list on one key the wider rule counts.
const RULES: [MatchRule; 4] = [MatchRule::Exact, MatchRule::PathPrefix, MatchRule::NumberPrefix, MatchRule::HostSuffix];

impl Record {
    /// Bytes of one record in a file.
    pub(crate) const SIZE: usize = 12;

    /// A record of one entry, without severity, fraud type and dates.
    pub fn new(list: ListKind, rule: MatchRule, reach: u8) -> Self {
        let place = place(list);
        let rule = RULES.into_iter().zip(0_u8..).find(|(one, _)| *one == rule).map_or(0, |(_, code)| code);
        Self {
            lists: 1 << place,
            rules: rule << (2 * place),
            severity: 0,
            reach,
            fraud_type: [0; 4],
            first_seen: 0,
            last_seen: 0,
        }
    }

    /// A blacklist record of one entry. `fraud_type` is cut to four bytes.
    pub fn blacklisted(rule: MatchRule, reach: u8, fraud_type: &str, severity: u8) -> Self {
        let mut record = Self { severity, ..Self::new(ListKind::Blacklist, rule, reach) };
        for (to, from) in record.fraud_type.iter_mut().zip(fraud_type.bytes()) {
            *to = from;
        }
        record
    }

    /// The same with dates; see [`Record::day`].
    #[must_use]
    pub const fn seen(mut self, first: u16, last: u16) -> Self {
        (self.first_seen, self.last_seen) = (first, last);
        self
    }

    /// Whether `list` has an entry here.
    pub const fn is_on(&self, list: ListKind) -> bool {
        self.lists & (1 << place(list)) != 0
    }

    /// The rule of the entry of `list`, if there is one.
    pub fn rule_on(&self, list: ListKind) -> Option<MatchRule> {
        let code = (self.rules >> (2 * place(list))) & 3;
        self.is_on(list).then(|| RULES.get(usize::from(code)).copied()).flatten()
    }

    /// Whether an entry here names this one subject, on whatever list.
    pub(crate) fn is_exact(&self) -> bool {
        LISTS.into_iter().any(|list| self.rule_on(list) == Some(MatchRule::Exact))
    }

    /// Whether an entry here is a number prefix, on whatever list.
    pub(crate) fn is_number_prefix(&self) -> bool {
        LISTS.into_iter().any(|list| self.rule_on(list) == Some(MatchRule::NumberPrefix))
    }

    /// The list that gives the verdict for an entry with `rule`: the allowlist before the blacklist, never a guard list.
    pub fn verdict_list(&self, rule: MatchRule) -> Option<ListKind> {
        [ListKind::Allowlist, ListKind::Blacklist].into_iter().find(|list| self.rule_on(*list) == Some(rule))
    }

    /// The fraud type as text; empty where none is given.
    pub fn fraud_code(&self) -> &str {
        let end = self.fraud_type.iter().position(|byte| *byte == 0).unwrap_or(4);
        self.fraud_type.get(..end).and_then(|code| str::from_utf8(code).ok()).unwrap_or("")
    }

    /// This record and another of the same key as one. Order does not matter.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        let rules = LISTS.into_iter().fold(0, |rules, list| {
            let code = |record: &Self| (record.rules >> (2 * place(list))) & 3;
            rules | (code(&self).max(code(&other)) << (2 * place(list)))
        });
        let strength = |record: &Self| (record.is_on(ListKind::Blacklist), record.severity, record.fraud_type);
        let (severity, fraud_type) = if strength(&self) >= strength(&other) {
            (self.severity, self.fraud_type)
        } else {
            (other.severity, other.fraud_type)
        };
        Self {
            lists: self.lists | other.lists,
            rules,
            severity,
            reach: self.reach.max(other.reach),
            fraud_type,
            first_seen: [self.first_seen, other.first_seen].into_iter().filter(|day| *day > 0).min().unwrap_or(0),
            last_seen: self.last_seen.max(other.last_seen),
        }
    }

    /// The reaches of its rules.
    pub(crate) fn reaches(&self) -> Reaches {
        LISTS
            .into_iter()
            .filter_map(|list| self.rule_on(list))
            .fold(Reaches::default(), |reaches, rule| reaches.with(rule, self.reach))
    }

    /// A date as stored: days since 2000-01-01, 0 for an earlier or unknown one. Lasts to 2179.
    pub fn day(date: Option<NaiveDate>) -> u16 {
        let days = date.zip(epoch()).map_or(0, |(date, epoch)| (date - epoch).num_days());
        u16::try_from(days).unwrap_or(if days > 0 { u16::MAX } else { 0 })
    }

    /// The date of a stored day, if known.
    pub fn date(day: u16) -> Option<NaiveDate> {
        if day == 0 { None } else { epoch()?.checked_add_days(Days::new(u64::from(day))) }
    }

    pub(crate) const fn to_bytes(self) -> [u8; Self::SIZE] {
        let [code_0, code_1, code_2, code_3] = self.fraud_type;
        let [first_0, first_1] = self.first_seen.to_le_bytes();
        let [last_0, last_1] = self.last_seen.to_le_bytes();
        [
            self.lists,
            self.rules,
            self.severity,
            self.reach,
            code_0,
            code_1,
            code_2,
            code_3,
            first_0,
            first_1,
            last_0,
            last_1,
        ]
    }

    #[inline]
    pub(crate) const fn from_bytes(bytes: [u8; Self::SIZE]) -> Self {
        let [lists, rules, severity, reach, code_0, code_1, code_2, code_3, first_0, first_1, last_0, last_1] = bytes;
        Self {
            lists,
            rules,
            severity,
            reach,
            fraud_type: [code_0, code_1, code_2, code_3],
            first_seen: u16::from_le_bytes([first_0, first_1]),
            last_seen: u16::from_le_bytes([last_0, last_1]),
        }
    }
}

const fn place(list: ListKind) -> u8 {
    match list {
        ListKind::Blacklist => 0,
        ListKind::Allowlist => 1,
        ListKind::Guardlist => 2,
    }
}

const fn epoch() -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(2000, 1, 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_record() -> impl Strategy<Value = Record> {
        let lists = proptest::sample::select(LISTS.to_vec());
        let rules = proptest::sample::select(RULES.to_vec());
        (lists, rules, any::<u8>(), 0_u8..64, any::<(u16, u16)>()).prop_map(|(list, rule, severity, reach, seen)| {
            match list {
                ListKind::Blacklist => Record::blacklisted(rule, reach, "T03", severity).seen(seen.0, seen.1),
                _ => Record::new(list, rule, reach).seen(seen.0, seen.1),
            }
        })
    }

    proptest! {
        #[test]
        fn bytes_keep_everything(record in any_record()) {
            prop_assert_eq!(Record::from_bytes(record.to_bytes()), record);
        }

        #[test]
        fn merging_ignores_order_and_repetition(a in any_record(), b in any_record(), c in any_record()) {
            prop_assert_eq!(a.merge(b), b.merge(a));
            prop_assert_eq!(a.merge(b).merge(c), a.merge(b.merge(c)));
            prop_assert_eq!(a.merge(a), a);
        }
    }

    #[test]
    fn the_allowlist_wins_at_equal_specificity_only() {
        let listed = Record::blacklisted(MatchRule::HostSuffix, 0, "T02", 3);
        let both = listed.merge(Record::new(ListKind::Allowlist, MatchRule::HostSuffix, 0));
        assert_eq!(both.verdict_list(MatchRule::HostSuffix), Some(ListKind::Allowlist));
        assert_eq!((both.fraud_code(), both.severity), ("T02", 3));
        let page_allowed = listed.merge(Record::new(ListKind::Allowlist, MatchRule::Exact, 0));
        assert_eq!(page_allowed.verdict_list(MatchRule::HostSuffix), Some(ListKind::Blacklist));
        assert_eq!(page_allowed.verdict_list(MatchRule::Exact), Some(ListKind::Allowlist));
    }

    #[test]
    fn a_guard_list_gives_no_verdict() {
        let guarded = Record::new(ListKind::Guardlist, MatchRule::HostSuffix, 0);
        assert_eq!(guarded.verdict_list(MatchRule::HostSuffix), None);
        assert!(guarded.is_on(ListKind::Guardlist) && !guarded.is_on(ListKind::Blacklist));
    }

    #[test]
    fn the_worse_of_two_entries_gives_fraud_type_and_severity() {
        let mild = Record::blacklisted(MatchRule::Exact, 0, "T99", 1).seen(0, 9000);
        let grave = Record::blacklisted(MatchRule::Exact, 0, "T01", 4).seen(8000, 8500);
        let merged = mild.merge(grave);
        assert_eq!((merged.fraud_code(), merged.severity), ("T01", 4));
        assert_eq!((merged.first_seen, merged.last_seen), (8000, 9000));
    }

    #[test]
    fn dates_go_in_and_out() {
        let date = NaiveDate::from_ymd_opt(2026, 11, 24);
        assert_eq!(Record::date(Record::day(date)), date);
        assert_eq!(Record::day(None), 0);
        assert_eq!(Record::date(0), None);
        assert_eq!(Record::day(NaiveDate::from_ymd_opt(1999, 1, 1)), 0);
    }
}
