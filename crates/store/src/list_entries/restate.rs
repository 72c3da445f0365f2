//! Working out anew what entries come to, after something about them changed.

use std::collections::{BTreeMap, HashMap};

use chrono::{NaiveDate, TimeDelta};
use diesel::{ExpressionMethods as _, JoinOnDsl as _, QueryDsl as _, RunQueryDsl as _};
use domain::{
    ListKind, LookupKey, SubjectKind,
    standing::{Claim, DecayRules, EntryState, Ruling, Standing, in_share, standing},
};

use super::{EntryRow, key_of, kind_of, state_of};
use crate::{
    change_counters::{self, Counter},
    connection::DbConnection,
    error::StoreError,
    list_conflicts,
    list_events::{Doing, list_events_add},
    schema::{list_claims, list_entries, list_sources},
    types::At,
};

/// Keys asked for in one statement: well below SQLite's limit of 32,766 bound values.
pub(super) const KEYS_PER_STATEMENT: usize = 10_000;

/// An entry whose state has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restated {
    /// Where it is looked up.
    pub key: LookupKey,
    /// Kind of its subjects.
    pub kind: SubjectKind,
    /// What it was.
    pub before: EntryState,
    /// What it is.
    pub after: EntryState,
}

/// What decides about an entry.
struct Kept {
    id: i64,
    key: LookupKey,
    kind: SubjectKind,
    state: EntryState,
    held: bool,
    ruling: Option<Ruling>,
    expires_on: Option<NaiveDate>,
}

/// Works out anew what the entries of `list` under these keys come to, writes what differs, and says whose state changed:
/// these get a change number, and a line in their history. Call it last in the transaction that changed them.
pub fn list_entries_restate(
    connection: &mut DbConnection,
    list: ListKind,
    keys: &[LookupKey],
    rules: &DecayRules,
    doing: &Doing<'_>,
) -> Result<Vec<Restated>, StoreError> {
    let mut restated = Vec::new();
    for keys in keys.chunks(KEYS_PER_STATEMENT) {
        let entries = kept(connection, list, keys)?;
        let claims = match list {
            ListKind::Blacklist => claims_of(connection, keys)?,
            ListKind::Allowlist | ListKind::Guardlist => HashMap::new(),
        };
        restated.extend(write(connection, list, entries, &claims, rules, doing)?);
    }
    Ok(restated)
}

fn write(
    connection: &mut DbConnection,
    list: ListKind,
    entries: Vec<Kept>,
    claims: &HashMap<LookupKey, Vec<Claim>>,
    rules: &DecayRules,
    doing: &Doing<'_>,
) -> Result<Vec<Restated>, StoreError> {
    let today = (doing.now + TimeDelta::hours(8)).date_naive();
    let mut older = BTreeMap::<Option<NaiveDate>, Vec<i64>>::new();
    let mut changed = Vec::new();
    for entry in entries {
        let claims = claims.get(&entry.key).map_or(&[][..], Vec::as_slice);
        let after = match list {
            ListKind::Blacklist => standing(entry.ruling, entry.held, claims, rules.of(entry.kind), today),
            ListKind::Allowlist | ListKind::Guardlist => unclaimed(entry.ruling, entry.held),
        };
        if after.state != entry.state {
            changed.push((entry, after));
        } else if after.expires_on != entry.expires_on {
            older.entry(after.expires_on).or_default().push(entry.id);
        }
    }
    for (expires_on, ids) in older {
        diesel::update(list_entries::table.filter(list_entries::id.eq_any(ids)))
            .set(list_entries::expires_on.eq(expires_on))
            .execute(connection)?;
    }
    if changed.is_empty() {
        return Ok(Vec::new());
    }
    let before = change_counters::take(connection, Counter::Lists, i64::try_from(changed.len()).unwrap_or(i64::MAX))?;
    for (number, (entry, after)) in (before + 1..).zip(&changed) {
        diesel::update(list_entries::table.find(entry.id))
            .set((
                list_entries::state.eq(after.state.as_str()),
                list_entries::expires_on.eq(after.expires_on),
                list_entries::updated_at.eq(At::new(doing.now)),
                list_entries::change_number.eq(number),
            ))
            .execute(connection)?;
    }
    let states: Vec<_> = changed.iter().map(|(entry, after)| (entry.key, after.state)).collect();
    list_events_add(connection, list, &states, doing)?;
    list_conflicts::list_conflicts_open(connection, before, doing.now)?;
    Ok(changed
        .into_iter()
        .map(|(entry, after)| Restated { key: entry.key, kind: entry.kind, before: entry.state, after: after.state })
        .collect())
}

/// What an entry would come to under a ruling, and its score today.
pub fn list_entry_standing(
    connection: &mut DbConnection,
    entry: &EntryRow,
    ruling: Option<Ruling>,
    rules: &DecayRules,
    today: NaiveDate,
) -> Result<(EntryState, Option<u8>), StoreError> {
    if entry.list != ListKind::Blacklist {
        return Ok((unclaimed(ruling, entry.held).state, None));
    }
    let claims = claims_of(connection, &[entry.key])?.remove(&entry.key).unwrap_or_default();
    let decay = rules.of(entry.kind);
    Ok((standing(ruling, entry.held, &claims, decay, today).state, Some(decay.score(&claims, today))))
}

/// Allowlists and guard lists have no claims: they stand until two officers decide otherwise.
pub(super) fn unclaimed(ruling: Option<Ruling>, held: bool) -> Standing {
    let state = match ruling {
        Some(Ruling::Lifted) => EntryState::Withdrawn,
        Some(Ruling::Suspended) => EntryState::Suspended,
        None if held => EntryState::Proposed,
        Some(Ruling::Listed) | None => EntryState::Active,
    };
    Standing { state, expires_on: None }
}

type KeptRow = (i64, Vec<u8>, String, String, bool, Option<String>, Option<NaiveDate>);

/// The entries in the order of their ids, held to the end of the transaction.
fn kept(connection: &mut DbConnection, list: ListKind, keys: &[LookupKey]) -> Result<Vec<Kept>, StoreError> {
    let query = list_entries::table
        .filter(list_entries::lookup_key.eq_any(bytes(keys)))
        .filter(list_entries::list.eq(list.as_str()))
        .order(list_entries::id)
        .select((
            list_entries::id,
            list_entries::lookup_key,
            list_entries::kind,
            list_entries::state,
            list_entries::held,
            list_entries::ruling,
            list_entries::expires_on,
        ));
    let rows: Vec<KeptRow> = match connection {
        DbConnection::Pg(inner) => query.for_update().load(inner)?,
        DbConnection::Sqlite(inner) => query.load(inner)?,
    };
    let kept = |(id, key, kind, state, held, ruling, expires_on): KeptRow| {
        Ok(Kept {
            id,
            key: key_of(key)?,
            kind: kind_of(&kind)?,
            state: state_of(&state)?,
            held,
            ruling: ruling.as_deref().and_then(Ruling::from_word),
            expires_on,
        })
    };
    rows.into_iter().map(kept).collect()
}

/// What sources say of these keys.
pub(super) fn claims_of(
    connection: &mut DbConnection,
    keys: &[LookupKey],
) -> Result<HashMap<LookupKey, Vec<Claim>>, StoreError> {
    let rows: Vec<(Vec<u8>, i16, NaiveDate, i16)> = list_claims::table
        .inner_join(list_sources::table.on(list_sources::id.eq(list_claims::source_id)))
        .filter(list_claims::lookup_key.eq_any(bytes(keys)))
        .order((list_claims::lookup_key, list_claims::source_id))
        .select((list_claims::lookup_key, list_claims::confidence, list_claims::seen_on, list_sources::share))
        .load(connection)?;
    let mut claims = HashMap::<LookupKey, Vec<Claim>>::new();
    for (key, confidence, seen_on, share) in rows {
        let key = key_of(key)?;
        let percent = |number: i16| u8::try_from(number).unwrap_or(0);
        let trusted = in_share(key, percent(share));
        claims.entry(key).or_default().push(Claim { confidence: percent(confidence), seen_on, trusted });
    }
    Ok(claims)
}

pub(super) fn bytes(keys: &[LookupKey]) -> Vec<Vec<u8>> {
    keys.iter().map(|key| key.0.to_vec()).collect()
}
