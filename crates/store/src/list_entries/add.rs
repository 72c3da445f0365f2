//! Adding entries in bulk, with what their sources say of them.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _};
use domain::{
    ListKind, ListRule, LookupKey,
    standing::{Claim, DecayRules, in_share, standing},
};
use keyring::PublicId;
use rand::RngExt as _;

use super::{
    merge::{Stored, merge, stored},
    restate::{KEYS_PER_STATEMENT, bytes, list_entries_restate, unclaimed},
};

use crate::{
    change_counters::{self, Counter},
    connection::DbConnection,
    dialect::native,
    error::StoreError,
    list_conflicts,
    list_events::Doing,
    list_proposals::{NewProposal, Origin, list_proposals_add},
    list_sources::{ListSource, list_source_ensure},
    schema::{list_claims, list_entries},
    types::At,
};

/// Rows in one insert: well below SQLite's limit of 32,766 bound values.
const ROWS_PER_INSERT: usize = 1_000;

/// An entry to add.
#[derive(Debug, Clone)]
pub struct NewEntry {
    /// Which list.
    pub list: ListKind,
    /// What it covers.
    pub rule: ListRule,
    /// Code of the fraud type; absent where the list has none.
    pub fraud_type: Option<String>,
    /// 0 (unknown) to 3 (grave).
    pub severity: u8,
    /// Where it comes from, e.g. the name of a feed.
    pub source: String,
    /// Whose subject it is, e.g. the bank.
    pub owner: Option<String>,
    /// First day it was seen, as the source says.
    pub first_seen: Option<NaiveDate>,
    /// Last day it was seen, as the source says.
    pub last_seen: Option<NaiveDate>,
    /// True where a guard list holds it: stored as proposed, gives no verdict.
    pub held: bool,
    /// How sure the source is of this one, 0 to 100; as of its others where absent.
    pub confidence: Option<u8>,
    /// The day on which the source said so, where it is told; today where absent.
    pub seen_on: Option<NaiveDate>,
}

/// What holds for all entries that come together.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<'a> {
    /// How entries age.
    pub rules: &'a DecayRules,
    /// How sure a source is that is not known yet, 0 to 100.
    pub confidence: u8,
    /// The share of trust (percent) of a source that is not known yet.
    pub share: u8,
    /// The time.
    pub now: DateTime<Utc>,
}

impl<'a> Delivery<'a> {
    /// From sources that are trusted in whole.
    pub const fn trusted(rules: &'a DecayRules, now: DateTime<Utc>) -> Self {
        Self { rules, confidence: 80, share: 100, now }
    }

    fn today(&self) -> NaiveDate {
        (self.now + TimeDelta::hours(8)).date_naive()
    }
}

/// How many entries were new.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Added {
    /// Active at once.
    pub active: u64,
    /// Held for review, or because their source is not trusted enough yet.
    pub held: u64,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = list_entries, treat_none_as_default_value = false)]
struct Row<'a> {
    public_id: Vec<u8>,
    list: &'a str,
    kind: &'a str,
    rule: &'a str,
    canonical: &'a str,
    lookup_key: Vec<u8>,
    fraud_type: Option<&'a str>,
    severity: i16,
    source: &'a str,
    owner: Option<&'a str>,
    first_seen: Option<NaiveDate>,
    last_seen: Option<NaiveDate>,
    state: &'a str,
    created_at: At,
    updated_at: At,
    change_number: i64,
    held: bool,
    expires_on: Option<NaiveDate>,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = list_claims, treat_none_as_default_value = false)]
struct ClaimRow {
    lookup_key: Vec<u8>,
    source_id: i64,
    confidence: i16,
    seen_on: NaiveDate,
}

/// Adds the entries that are not there yet, and what their sources say of those that are; opens a conflict for each subject
/// that now stands on both the blacklist and the allowlist, and a review for each that a guard list holds. What was decided
/// about an entry stays decided: a source does not undo it.
pub fn list_entries_add(
    connection: &mut DbConnection,
    entries: &[NewEntry],
    delivery: &Delivery<'_>,
) -> Result<Added, StoreError> {
    let keyed = keyed(entries);
    let known = stored(connection, &keyed)?;
    let is_known = |key: &LookupKey, entry: &NewEntry| known.contains_key(&(*key, entry.list));
    let sources = sources(connection, entries, delivery)?;
    let source_of = |entry: &NewEntry| {
        sources.get(entry.source.as_str()).ok_or_else(|| StoreError::Fault("an entry without a source".to_owned()))
    };
    let (old, fresh): (Vec<_>, Vec<_>) = keyed.into_iter().partition(|(key, entry)| is_known(key, entry));
    let changed = say_again(connection, &old, &known, &source_of, delivery)?;
    let added = add_fresh(connection, &fresh, &source_of, delivery)?;
    let source = entries.first().map_or("", |entry| entry.source.as_str());
    let doing = Doing { actor_kind: "source", actor_id: source, action: "delivered", reason: "", now: delivery.now };
    list_entries_restate(connection, ListKind::Blacklist, &changed, delivery.rules, &doing)?;
    Ok(added)
}

/// Sorted by key and each subject once: rows arrive in the order of the index.
fn keyed(entries: &[NewEntry]) -> Vec<(LookupKey, &NewEntry)> {
    let mut keyed: Vec<(LookupKey, &NewEntry)> =
        entries.iter().map(|entry| (LookupKey::of(entry.rule.kind, &entry.rule.canonical), entry)).collect();
    keyed.sort_by_key(|(key, entry)| (*key, entry.list.as_str()));
    keyed.dedup_by_key(|(key, entry)| (*key, entry.list.as_str()));
    keyed
}

fn sources<'a>(
    connection: &mut DbConnection,
    entries: &'a [NewEntry],
    delivery: &Delivery<'_>,
) -> Result<HashMap<&'a str, ListSource>, StoreError> {
    let names: BTreeSet<&str> = entries.iter().map(|entry| entry.source.as_str()).collect();
    let ensure = |name| {
        let source = list_source_ensure(connection, name, delivery.confidence, delivery.share, delivery.now)?;
        Ok((name, source))
    };
    names.into_iter().map(ensure).collect()
}

fn claim_of(key: LookupKey, entry: &NewEntry, source: &ListSource, delivery: &Delivery<'_>) -> Claim {
    let percent = |number: i16| u8::try_from(number).unwrap_or(0);
    Claim {
        confidence: entry.confidence.unwrap_or_else(|| percent(source.confidence)),
        // A source that still publishes an entry stands by it today. Nobody has seen anything tomorrow: it would never age.
        seen_on: entry.seen_on.unwrap_or_else(|| delivery.today()).min(delivery.today()),
        trusted: in_share(key, percent(source.share)),
    }
}

fn claim_row(key: LookupKey, source: &ListSource, claim: &Claim) -> ClaimRow {
    ClaimRow {
        lookup_key: key.0.to_vec(),
        source_id: source.id,
        confidence: claim.confidence.into(),
        seen_on: claim.seen_on,
    }
}

/// What sources say of entries that are there. Returns the keys about which something new was said.
fn say_again<'a>(
    connection: &mut DbConnection,
    old: &[(LookupKey, &'a NewEntry)],
    known: &HashMap<(LookupKey, ListKind), Stored>,
    source_of: &impl Fn(&'a NewEntry) -> Result<&'a ListSource, StoreError>,
    delivery: &Delivery<'_>,
) -> Result<Vec<LookupKey>, StoreError> {
    let listed: Vec<_> = old.iter().filter(|(_, entry)| entry.list == ListKind::Blacklist).copied().collect();
    let keys: Vec<LookupKey> = listed.iter().map(|(key, _)| *key).collect();
    let said = said(connection, &keys)?;
    let mut rows = Vec::new();
    for (key, entry) in &listed {
        let source = source_of(entry)?;
        let row = claim_row(*key, source, &claim_of(*key, entry, source, delivery));
        let is_news = said.get(&(*key, source.id)).is_none_or(|(confidence, seen_on)| {
            row.seen_on > *seen_on || (row.seen_on == *seen_on && row.confidence != *confidence)
        });
        if is_news {
            rows.push(row);
        }
    }
    let changed: HashSet<Vec<u8>> = rows.iter().map(|row| row.lookup_key.clone()).collect();
    claims_write(connection, &rows)?;
    merge(connection, &listed, known, delivery.now)?;
    Ok(keys.into_iter().filter(|key| changed.contains(&key.0[..])).collect())
}

type Said = HashMap<(LookupKey, i64), (i16, NaiveDate)>;

fn said(connection: &mut DbConnection, keys: &[LookupKey]) -> Result<Said, StoreError> {
    let mut said = Said::new();
    for keys in keys.chunks(KEYS_PER_STATEMENT) {
        let rows: Vec<(Vec<u8>, i64, i16, NaiveDate)> = list_claims::table
            .filter(list_claims::lookup_key.eq_any(bytes(keys)))
            .select((list_claims::lookup_key, list_claims::source_id, list_claims::confidence, list_claims::seen_on))
            .load(connection)?;
        for (key, source, confidence, seen_on) in rows {
            said.insert((super::key_of(key)?, source), (confidence, seen_on));
        }
    }
    Ok(said)
}

fn claims_write(connection: &mut DbConnection, rows: &[ClaimRow]) -> Result<(), StoreError> {
    use diesel::upsert::excluded;
    for rows in rows.chunks(ROWS_PER_INSERT) {
        native!(connection, |inner| diesel::insert_into(list_claims::table)
            .values(rows)
            .on_conflict((list_claims::lookup_key, list_claims::source_id))
            .do_update()
            .set((
                list_claims::confidence.eq(excluded(list_claims::confidence)),
                list_claims::seen_on.eq(excluded(list_claims::seen_on)),
            ))
            .execute(inner))?;
    }
    Ok(())
}

fn add_fresh<'a>(
    connection: &mut DbConnection,
    fresh: &[(LookupKey, &'a NewEntry)],
    source_of: &impl Fn(&'a NewEntry) -> Result<&'a ListSource, StoreError>,
    delivery: &Delivery<'_>,
) -> Result<Added, StoreError> {
    if fresh.is_empty() {
        return Ok(Added::default());
    }
    let (mut claims, mut rows) = (Vec::new(), Vec::new());
    for (key, entry) in fresh {
        let source = source_of(entry)?;
        let claim = claim_of(*key, entry, source, delivery);
        rows.push(row(entry, *key, &claim, delivery));
        if entry.list == ListKind::Blacklist {
            claims.push(claim_row(*key, source, &claim));
        }
    }
    claims_write(connection, &claims)?;
    open_reviews(connection, fresh, delivery.now)?;
    let before = change_counters::take(connection, Counter::Lists, i64::try_from(rows.len()).unwrap_or(i64::MAX))?;
    rows.iter_mut().zip(before + 1..).for_each(|(row, number)| row.change_number = number);
    let mut inserted = 0;
    for rows in rows.chunks(ROWS_PER_INSERT) {
        inserted += native!(connection, |inner| diesel::insert_into(list_entries::table)
            .values(rows)
            .on_conflict((list_entries::lookup_key, list_entries::list))
            .do_nothing()
            .execute(inner))?;
    }
    list_conflicts::list_conflicts_open(connection, before, delivery.now)?;
    if inserted < rows.len() {
        // Somebody else added some of them meanwhile, and did not know of these claims.
        let keys: Vec<LookupKey> = fresh.iter().map(|(key, _)| *key).collect();
        let doing = Doing { actor_kind: "source", actor_id: "", action: "delivered", reason: "", now: delivery.now };
        list_entries_restate(connection, ListKind::Blacklist, &keys, delivery.rules, &doing)?;
    }
    let active = rows.iter().filter(|row| row.state == "active").count() as u64;
    Ok(Added { active, held: rows.len() as u64 - active })
}

fn row<'a>(entry: &'a NewEntry, key: LookupKey, claim: &Claim, delivery: &Delivery<'_>) -> Row<'a> {
    let public_id: [u8; 16] = rand::rng().random();
    let standing = match entry.list {
        ListKind::Blacklist => {
            standing(None, entry.held, &[*claim], delivery.rules.of(entry.rule.kind), delivery.today())
        }
        ListKind::Allowlist | ListKind::Guardlist => unclaimed(None, entry.held),
    };
    Row {
        public_id: public_id.to_vec(),
        list: entry.list.as_str(),
        kind: entry.rule.kind.as_str(),
        rule: entry.rule.rule.as_str(),
        canonical: &entry.rule.canonical,
        lookup_key: key.0.to_vec(),
        fraud_type: entry.fraud_type.as_deref(),
        severity: i16::from(entry.severity),
        source: &entry.source,
        owner: entry.owner.as_deref(),
        first_seen: entry.first_seen,
        last_seen: entry.last_seen,
        state: standing.state.as_str(),
        created_at: At::new(delivery.now),
        updated_at: At::new(delivery.now),
        change_number: 0,
        held: entry.held,
        expires_on: standing.expires_on,
    }
}

/// What a guard list holds is for people to decide.
fn open_reviews(
    connection: &mut DbConnection,
    fresh: &[(LookupKey, &NewEntry)],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let held = fresh.iter().filter(|(_, entry)| entry.held && entry.list == ListKind::Blacklist);
    let proposals: Vec<NewProposal<'_>> = held
        .map(|(key, entry)| NewProposal {
            public_id: PublicId::random(),
            key: *key,
            list: entry.list,
            ruling: domain::standing::Ruling::Listed,
            origin: Origin::Guard,
            reason: "防误报名单或名称提示这可能是正常网站，需人工核实。",
            proposed_by: None,
            now,
        })
        .collect();
    list_proposals_add(connection, &proposals)?;
    Ok(())
}

/// Takes back what a source said of these keys. Returns how many claims there were.
pub fn list_claims_withdraw(
    connection: &mut DbConnection,
    source_id: i64,
    keys: &[LookupKey],
    rules: &DecayRules,
    doing: &Doing<'_>,
) -> Result<usize, StoreError> {
    let mut withdrawn = 0;
    for keys in keys.chunks(10_000) {
        withdrawn += diesel::delete(
            list_claims::table
                .filter(list_claims::source_id.eq(source_id))
                .filter(list_claims::lookup_key.eq_any(bytes(keys))),
        )
        .execute(connection)?;
    }
    list_entries_restate(connection, ListKind::Blacklist, keys, rules, doing)?;
    Ok(withdrawn)
}
