//! One entry of a bucket as it is sent.

use domain::{ListKind, LookupKey, MatchRule, fraud_type::FraudCode};
use lookup::Record;

const FRAUD: u8 = 1;
const OFFICIAL: u8 = 2;
const GUARDED: u8 = 3;

/// 26 bytes: the lookup key (16); the verdict (1: fraud, 2: official, 3: none, but it resembles official numbers by right); of
/// fraud its type (4, ASCII, filled with zero bytes) and severity (0 where unknown); first and last day seen (2 each,
/// big-endian, days since 2000-01-01, 0 where unknown).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BucketEntry([u8; Self::SIZE]);

impl BucketEntry {
    /// Bytes of an entry.
    pub const SIZE: usize = 26;

    /// The entry of an exact rule.
    pub(super) fn of(key: LookupKey, record: &Record) -> Self {
        let verdict = match record.verdict_list(MatchRule::Exact) {
            Some(ListKind::Blacklist) => FRAUD,
            Some(_) => OFFICIAL,
            None => GUARDED,
        };
        // What the lists know of an entry that the allowlist overrules is nobody's business.
        let (fraud_type, severity) =
            if verdict == FRAUD { (record.fraud_type, record.severity) } else { Default::default() };
        let seen = [record.first_seen.to_be_bytes(), record.last_seen.to_be_bytes()];
        let bytes =
            key.0.into_iter().chain([verdict]).chain(fraud_type).chain([severity]).chain(seen.into_iter().flatten());
        let mut entry = [0; Self::SIZE];
        for (to, from) in entry.iter_mut().zip(bytes) {
            *to = from;
        }
        Self(entry)
    }

    /// As it is sent.
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// An entry that was received; none of another length.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Key and record, as a client puts them into lists of its own; none for a verdict that is not known.
    pub(super) fn record(&self) -> Option<(LookupKey, Record)> {
        let (key, rest) = self.0.split_first_chunk()?;
        let (verdict, rest) = rest.split_first()?;
        let (fraud_type, rest) = rest.split_first_chunk::<4>()?;
        let (severity, rest) = rest.split_first()?;
        let [first_seen, last_seen] = rest.as_chunks().0 else { return None };
        let code = str::from_utf8(fraud_type).ok()?.trim_end_matches('\0');
        let record = match *verdict {
            FRAUD => Record::blacklisted(MatchRule::Exact, 0, code, *severity),
            OFFICIAL => Record::new(ListKind::Allowlist, MatchRule::Exact, 0),
            GUARDED => Record::new(ListKind::Guardlist, MatchRule::Exact, 0),
            _ => return None,
        };
        let known = code.is_empty() || FraudCode::parse(code).is_ok();
        let record = record.seen(u16::from_be_bytes(*first_seen), u16::from_be_bytes(*last_seen));
        known.then_some((LookupKey(*key), record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_keeps_what_the_verdict_needs_and_no_more() {
        let listed = Record::blacklisted(MatchRule::Exact, 0, "T02", 3).seen(9_000, 9_100);
        let allowed = Record::new(ListKind::Allowlist, MatchRule::Exact, 0).seen(8_000, 8_100);
        let guarded = Record::new(ListKind::Guardlist, MatchRule::Exact, 0);
        for record in [listed, allowed, guarded] {
            let entry = BucketEntry::of(LookupKey([7; 16]), &record);
            let received = BucketEntry::from_bytes(entry.as_bytes()).expect("an entry");
            assert_eq!(received.record(), Some((LookupKey([7; 16]), record)));
        }
        let both = BucketEntry::of(LookupKey([7; 16]), &listed.merge(allowed));
        assert_eq!(both.record(), Some((LookupKey([7; 16]), allowed.seen(8_000, 9_100))));
    }

    #[test]
    fn a_strange_entry_is_none() {
        assert_eq!(BucketEntry::from_bytes(&[0; 25]), None);
        assert_eq!(BucketEntry([0; 26]).record(), None);
        let mut entry = BucketEntry::of(LookupKey([7; 16]), &Record::blacklisted(MatchRule::Exact, 0, "T02", 3));
        entry.0[17] = 0xff;
        assert_eq!(entry.record(), None);
    }
}
