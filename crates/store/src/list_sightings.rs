//! What others saw of entries, and what follows: a source that no longer says it takes its own claim back; what somebody calls
//! wrong is for two officers to decide.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _};
use domain::{
    ListKind, LookupKey,
    sighting::SightingKind,
    standing::{DecayRules, Ruling},
};
use keyring::PublicId;

use crate::{
    connection::DbConnection,
    dialect::native,
    error::StoreError,
    list_entries::{NewEntry, key_of, list_claims_withdraw, list_entries_among},
    list_events::Doing,
    list_proposals::{NewProposal, Origin, list_proposals_add},
    schema::{list_claims, list_sightings, list_sources},
    types::At,
};

/// Keys in one statement, and rows in one insert: well below SQLite's limit of 32,766 bound values.
const KEYS_PER_STATEMENT: usize = 10_000;
const ROWS_PER_INSERT: usize = 1_000;

/// What a review says that a sighting opens.
const REASON: &str = "交换来的数据称这一条是误报，需人工核实。";

/// A sighting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSighting {
    /// Where the entry is looked up.
    pub key: LookupKey,
    /// On which list.
    pub list: ListKind,
    /// Who saw it.
    pub source: String,
    /// What they say.
    pub kind: SightingKind,
    /// The day on which they did.
    pub seen_on: NaiveDate,
}

/// What came of sightings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SightingsTaken {
    /// Claims that their own source took back.
    pub claims_withdrawn: usize,
    /// Reviews that were opened.
    pub reviews_opened: usize,
}

type Word = (LookupKey, String);

/// Takes sightings of entries of `list`. The latest word of each source counts; one that was taken before does nothing again. An
/// expiration ends the claim of the same source unless it was made later; a false positive opens a review of an active entry,
/// unless one is open.
pub fn list_sightings_take(
    connection: &mut DbConnection,
    list: ListKind,
    sightings: &[NewSighting],
    rules: &DecayRules,
    now: DateTime<Utc>,
) -> Result<SightingsTaken, StoreError> {
    let mut taken = SightingsTaken::default();
    // The other lists know no claims; what a source says of the blacklist does not end with a word about another list.
    if list == ListKind::Blacklist {
        let expired = fresh(connection, list, SightingKind::Expiration, sightings)?;
        write(connection, list, SightingKind::Expiration, &expired, now)?;
        taken.claims_withdrawn = withdraw(connection, &expired, rules, now)?;
    }
    let wrong = fresh(connection, list, SightingKind::FalsePositive, sightings)?;
    let keys: Vec<LookupKey> = wrong.keys().map(|(key, _)| *key).collect();
    // What gives no verdict now may do so later: then the same word counts.
    let active: HashSet<LookupKey> = list_entries_among(connection, list, &keys)?.into_iter().collect();
    let wrong: BTreeMap<Word, NaiveDate> = wrong.into_iter().filter(|((key, _), _)| active.contains(key)).collect();
    write(connection, list, SightingKind::FalsePositive, &wrong, now)?;
    let reviews: Vec<NewProposal<'_>> = active.iter().map(|key| review(list, *key, now)).collect();
    taken.reviews_opened = list_proposals_add(connection, &reviews)?;
    Ok(taken)
}

fn review(list: ListKind, key: LookupKey, now: DateTime<Utc>) -> NewProposal<'static> {
    NewProposal {
        public_id: PublicId::random(),
        key,
        list,
        ruling: Ruling::Lifted,
        origin: Origin::Sighting,
        reason: REASON,
        proposed_by: None,
        now,
    }
}

/// The latest word of each source that is news.
fn fresh(
    connection: &mut DbConnection,
    list: ListKind,
    kind: SightingKind,
    sightings: &[NewSighting],
) -> Result<BTreeMap<Word, NaiveDate>, StoreError> {
    let mut latest = BTreeMap::<Word, NaiveDate>::new();
    for sighting in sightings.iter().filter(|sighting| sighting.kind == kind && sighting.list == list) {
        let day = latest.entry((sighting.key, sighting.source.clone())).or_insert(sighting.seen_on);
        *day = sighting.seen_on.max(*day);
    }
    let keys: Vec<LookupKey> = latest.keys().map(|(key, _)| *key).collect();
    let known = known(connection, list, kind, &keys)?;
    latest.retain(|word, day| known.get(word).is_none_or(|before| before < day));
    Ok(latest)
}

fn known(
    connection: &mut DbConnection,
    list: ListKind,
    kind: SightingKind,
    keys: &[LookupKey],
) -> Result<HashMap<Word, NaiveDate>, StoreError> {
    let mut known = HashMap::new();
    for keys in keys.chunks(KEYS_PER_STATEMENT) {
        let rows: Vec<(Vec<u8>, String, NaiveDate)> = list_sightings::table
            .filter(list_sightings::lookup_key.eq_any(bytes(keys)))
            .filter(list_sightings::list.eq(list.as_str()))
            .filter(list_sightings::kind.eq(kind.as_str()))
            .select((list_sightings::lookup_key, list_sightings::source, list_sightings::seen_on))
            .load(connection)?;
        for (key, source, day) in rows {
            known.insert((key_of(key)?, source), day);
        }
    }
    Ok(known)
}

#[derive(diesel::Insertable)]
#[diesel(table_name = list_sightings, treat_none_as_default_value = false)]
struct Row<'a> {
    lookup_key: Vec<u8>,
    list: &'a str,
    source: &'a str,
    kind: &'a str,
    seen_on: NaiveDate,
    taken_at: At,
}

fn write(
    connection: &mut DbConnection,
    list: ListKind,
    kind: SightingKind,
    words: &BTreeMap<Word, NaiveDate>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    use diesel::upsert::excluded;
    let row = |((key, source), seen_on): (&'_ Word, &NaiveDate)| (key.0.to_vec(), source.clone(), *seen_on);
    let rows: Vec<_> = words.iter().map(row).collect();
    for part in rows.chunks(ROWS_PER_INSERT) {
        let rows: Vec<Row<'_>> = part
            .iter()
            .map(|(key, source, seen_on)| Row {
                lookup_key: key.clone(),
                list: list.as_str(),
                source,
                kind: kind.as_str(),
                seen_on: *seen_on,
                taken_at: At::new(now),
            })
            .collect();
        native!(connection, |inner| diesel::insert_into(list_sightings::table)
            .values(&rows)
            .on_conflict((
                list_sightings::lookup_key,
                list_sightings::list,
                list_sightings::source,
                list_sightings::kind
            ))
            .do_update()
            .set((
                list_sightings::seen_on.eq(excluded(list_sightings::seen_on)),
                list_sightings::taken_at.eq(excluded(list_sightings::taken_at)),
            ))
            .execute(inner))?;
    }
    Ok(())
}

/// Takes back what each source said no later than it said that it no longer does.
fn withdraw(
    connection: &mut DbConnection,
    expired: &BTreeMap<Word, NaiveDate>,
    rules: &DecayRules,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let mut by_source = BTreeMap::<&str, BTreeMap<LookupKey, NaiveDate>>::new();
    for ((key, source), day) in expired {
        by_source.entry(source).or_default().insert(*key, *day);
    }
    let mut withdrawn = 0;
    for (source, days) in by_source {
        let id = list_sources::table.filter(list_sources::name.eq(source)).select(list_sources::id).first(connection);
        let Some(id) = id.optional()? else { continue };
        let keys: Vec<LookupKey> = days.keys().copied().collect();
        let mut gone = Vec::new();
        for (key, said) in claimed(connection, id, &keys)? {
            if days.get(&key).is_some_and(|day| said <= *day) {
                gone.push(key);
            }
        }
        let doing = Doing { actor_kind: "source", actor_id: source, action: "taken_back", reason: "", now };
        if !gone.is_empty() {
            withdrawn += list_claims_withdraw(connection, id, &gone, rules, &doing)?;
        }
    }
    Ok(withdrawn)
}

fn claimed(
    connection: &mut DbConnection,
    source: i64,
    keys: &[LookupKey],
) -> Result<Vec<(LookupKey, NaiveDate)>, StoreError> {
    let mut claimed = Vec::new();
    for keys in keys.chunks(KEYS_PER_STATEMENT) {
        let rows: Vec<(Vec<u8>, NaiveDate)> = list_claims::table
            .filter(list_claims::source_id.eq(source))
            .filter(list_claims::lookup_key.eq_any(bytes(keys)))
            .select((list_claims::lookup_key, list_claims::seen_on))
            .load(connection)?;
        for (key, day) in rows {
            claimed.push((key_of(key)?, day));
        }
    }
    Ok(claimed)
}

/// Leaves out what a source said on a told day and has taken back since: an older file brings it no more.
pub fn list_sightings_sift(
    connection: &mut DbConnection,
    list: ListKind,
    entries: Vec<NewEntry>,
) -> Result<Vec<NewEntry>, StoreError> {
    let key = |entry: &NewEntry| LookupKey::of(entry.rule.kind, &entry.rule.canonical);
    let dated: Vec<LookupKey> = entries.iter().filter(|entry| entry.seen_on.is_some()).map(key).collect();
    let expired = known(connection, list, SightingKind::Expiration, &dated)?;
    if expired.is_empty() {
        return Ok(entries);
    }
    let stands = |entry: &NewEntry| {
        let ended = expired.get(&(key(entry), entry.source.clone()));
        entry.seen_on.is_none_or(|day| ended.is_none_or(|ended| day > *ended))
    };
    Ok(entries.into_iter().filter(stands).collect())
}

fn bytes(keys: &[LookupKey]) -> Vec<Vec<u8>> {
    keys.iter().map(|key| key.0.to_vec()).collect()
}
