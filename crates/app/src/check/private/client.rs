//! What a client does with what it got: lists of its own, against which it checks.

use std::collections::BTreeMap;

use domain::{ListKind, LookupKey, MatchRule, SubjectKind, candidates, verdict::Verdict};
use lookup::{Change, Lists, Name, Record};

use super::{BucketEntry, OfficialNumber, PrefixRule};
use crate::AppError;

/// The lists made of a bucket and the small lists. [`super::super::check_offline`] against them answers for a number of that
/// bucket as an ordinary check does.
pub fn lists(bucket: &[BucketEntry], rules: &[PrefixRule], official: &[OfficialNumber]) -> Result<Lists, AppError> {
    let mut known: BTreeMap<LookupKey, (Record, Option<Name>)> = BTreeMap::new();
    for number in official {
        let record = Record::new(ListKind::Allowlist, MatchRule::Exact, 0);
        let kind = SubjectKind::Phone;
        // Without its text a number has an owner and nobody imitates it.
        let canonical = number.canonical.clone().filter(|text| LookupKey::of(kind, text) == number.key);
        let name = Name { kind, canonical: canonical.unwrap_or_default(), owner: number.owner.clone() };
        known.insert(number.key, (record, Some(name)));
    }
    for rule in rules {
        let kind = SubjectKind::Phone;
        let name = Name { kind, canonical: rule.canonical.clone(), owner: rule.owner.clone() };
        known.insert(LookupKey::of(kind, &rule.canonical), (record_of(rule), Some(name)));
    }
    for (key, record) in bucket.iter().filter_map(BucketEntry::record) {
        known.entry(key).or_insert((record, None)).0 = record;
    }
    let lists = Lists::empty();
    let changes =
        (1..).zip(known).map(|(number, (key, (record, name)))| Change { number, key, record: Some(record), name });
    lists.apply(changes).map_err(|error| AppError::internal(error.to_string()))?;
    Ok(lists)
}

fn record_of(rule: &PrefixRule) -> Record {
    let reach = candidates::reach(MatchRule::NumberPrefix, &rule.canonical);
    let record = if rule.verdict == Verdict::Fraud {
        let code = rule.fraud_type.as_ref().map_or("", |code| code.as_str());
        Record::blacklisted(MatchRule::NumberPrefix, reach, code, rule.severity.unwrap_or(0))
    } else {
        Record::new(ListKind::Allowlist, MatchRule::NumberPrefix, reach)
    };
    record.seen(Record::day(rule.first_seen), Record::day(rule.last_seen))
}
