//! The two small public lists beside the buckets: number prefixes, and official numbers.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use chrono::NaiveDate;
use domain::{
    ListKind, LookupKey, MatchRule, SubjectKind,
    authorization::{Action, Scope},
    fraud_type::FraudCode,
    verdict::Verdict,
};
use lookup::{NamedNumber, Record, View};

use crate::{App, AppError, Context};

/// A number prefix on a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrefixRule {
    /// Its canonical form, e.g. `+8617012*`.
    pub canonical: String,
    /// `fraud` or `official`.
    pub verdict: Verdict,
    /// Of fraud, its type.
    pub fraud_type: Option<FraudCode>,
    /// 1 to 3, where known.
    pub severity: Option<u8>,
    /// Whose the numbers are, where known.
    pub owner: Option<String>,
    /// First day seen.
    pub first_seen: Option<NaiveDate>,
    /// Last day seen.
    pub last_seen: Option<NaiveDate>,
}

/// An official number with its owner: what a bucket has no room for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficialNumber {
    /// Its lookup key.
    pub key: LookupKey,
    /// Its canonical form, of those that others may pass themselves off as.
    pub canonical: Option<String>,
    /// Whose it is.
    pub owner: Option<String>,
}

/// Both lists.
#[derive(Debug, Default)]
pub struct SmallLists {
    version: u64,
    /// In the order of their canonical forms.
    pub prefix_rules: Vec<PrefixRule>,
    /// In key order.
    pub official_numbers: Vec<OfficialNumber>,
}

/// The small lists as they were last asked for: made again only when the lists changed.
#[derive(Debug, Default)]
pub struct SmallListsCache(ArcSwapOption<SmallLists>);

/// Number prefixes and official numbers as they are now; from memory.
pub fn private_small_lists(app: &App, context: &Context) -> Result<Arc<SmallLists>, AppError> {
    context.authorize(Action::CheckPrivately, Scope::Own)?;
    let view = app.lists.view();
    let made = app.small_lists.0.load_full().filter(|made| made.version == view.version());
    Ok(made.unwrap_or_else(|| {
        let made = Arc::new(SmallLists::of(&view));
        app.small_lists.0.store(Some(made.clone()));
        made
    }))
}

impl SmallLists {
    fn of(view: &View) -> Self {
        let mut lists = Self { version: view.version(), ..Self::default() };
        for number in view.named_numbers() {
            if let Some(list) = number.record.verdict_list(MatchRule::NumberPrefix) {
                lists.prefix_rules.extend(prefix_rule(list, number));
            } else if number.record.verdict_list(MatchRule::Exact) == Some(ListKind::Allowlist) {
                let NamedNumber { key, canonical, owner, .. } = number;
                lists.official_numbers.push(OfficialNumber { key, canonical, owner });
            }
        }
        lists.prefix_rules.sort_by(|left, right| left.canonical.cmp(&right.canonical));
        lists
    }
}

fn prefix_rule(list: ListKind, number: NamedNumber) -> Option<PrefixRule> {
    let (record, fraud) = (number.record, list == ListKind::Blacklist);
    let canonical = number.canonical?;
    // The text was kept for this key and no other.
    (LookupKey::of(SubjectKind::Phone, &canonical) == number.key).then_some(PrefixRule {
        canonical,
        verdict: if fraud { Verdict::Fraud } else { Verdict::Official },
        fraud_type: FraudCode::parse(record.fraud_code()).ok().filter(|_| fraud),
        severity: Some(record.severity).filter(|severity| fraud && *severity > 0),
        owner: number.owner.filter(|_| !fraud),
        first_seen: Record::date(record.first_seen),
        last_seen: Record::date(record.last_seen),
    })
}
