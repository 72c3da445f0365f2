//! What somebody wants decided about an entry. Two officers decide together: one stands by it, another approves.

use chrono::{DateTime, Utc};
use diesel::{
    BoolExpressionMethods as _, ExpressionMethods as _, JoinOnDsl as _, OptionalExtension as _, QueryDsl as _,
    RunQueryDsl as _,
};
use domain::{ListKind, LookupKey, SubjectKind, standing::Ruling};
use keyring::PublicId;

use crate::{
    connection::DbConnection,
    dialect::{first_for_update, native},
    error::StoreError,
    list_entries::{key_of, kind_of, list_of},
    schema::{list_entries, list_proposals},
    sought::sought,
    types::At,
};

const ROWS_PER_STATEMENT: usize = 1_000;

/// Where a proposal comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// An officer.
    Officer,
    /// A guard list held what a source delivered.
    Guard,
    /// Enough residents reported it.
    Reports,
    /// Its owner objects.
    Appeal,
    /// Whom we exchange lists with saw that it is wrong.
    Sighting,
}

impl Origin {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Officer => "officer",
            Self::Guard => "guard",
            Self::Reports => "reports",
            Self::Appeal => "appeal",
            Self::Sighting => "sighting",
        }
    }
}

/// A proposal to make.
#[derive(Debug, Clone)]
pub struct NewProposal<'a> {
    /// Outward id.
    pub public_id: PublicId,
    /// Where the entry is looked up.
    pub key: LookupKey,
    /// On which list.
    pub list: ListKind,
    /// What is proposed.
    pub ruling: Ruling,
    /// Where it comes from.
    pub origin: Origin,
    /// Why.
    pub reason: &'a str,
    /// Key of the officer who stands by it, if one does.
    pub proposed_by: Option<i64>,
    /// The time.
    pub now: DateTime<Utc>,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = list_proposals, treat_none_as_default_value = false)]
struct Row<'a> {
    public_id: String,
    lookup_key: Vec<u8>,
    list: &'a str,
    ruling: &'a str,
    origin: &'a str,
    reason: &'a str,
    created_at: At,
    proposed_by: Option<i64>,
}

/// Opens proposals and returns how many. An entry about which one is open keeps that one.
pub fn list_proposals_add(connection: &mut DbConnection, new: &[NewProposal<'_>]) -> Result<usize, StoreError> {
    let rows: Vec<Row<'_>> = new
        .iter()
        .map(|new| Row {
            public_id: new.public_id.to_string(),
            lookup_key: new.key.0.to_vec(),
            list: new.list.as_str(),
            ruling: new.ruling.as_str(),
            origin: new.origin.as_str(),
            reason: new.reason,
            created_at: At::new(new.now),
            proposed_by: new.proposed_by,
        })
        .collect();
    let mut opened = 0;
    for rows in rows.chunks(ROWS_PER_STATEMENT) {
        opened += native!(connection, |inner| diesel::insert_into(list_proposals::table)
            .values(rows)
            .on_conflict_do_nothing()
            .execute(inner))?;
    }
    Ok(opened)
}

/// A proposal as stored, with the entry it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredProposal {
    /// Key in the database.
    pub id: i64,
    /// Outward id.
    pub public_id: String,
    /// Where the entry is looked up.
    pub key: LookupKey,
    /// On which list.
    pub list: ListKind,
    /// Outward id of the entry.
    pub entry: String,
    /// Kind of its subjects.
    pub kind: SubjectKind,
    /// Canonical name of its rule.
    pub canonical: String,
    /// State of the entry now.
    pub state: String,
    /// What is proposed.
    pub ruling: Ruling,
    /// `officer`, `guard`, `reports`, `appeal` or `sighting`.
    pub origin: String,
    /// Why.
    pub reason: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Key of the officer who stands by it, if one does yet.
    pub proposed_by: Option<i64>,
    /// Key of the officer who decided.
    pub decided_by: Option<i64>,
    /// When it was decided.
    pub decided_at: Option<DateTime<Utc>>,
    /// How it was decided.
    pub approved: Option<bool>,
    /// Why it was decided so.
    pub decision_reason: Option<String>,
}

type Loaded = (
    (i64, String, Vec<u8>, String, String, String, String, At),
    (Option<i64>, Option<i64>, Option<At>, Option<bool>, Option<String>),
    (Vec<u8>, String, String, String),
);

type Columns = (
    (
        list_proposals::id,
        list_proposals::public_id,
        list_proposals::lookup_key,
        list_proposals::list,
        list_proposals::ruling,
        list_proposals::origin,
        list_proposals::reason,
        list_proposals::created_at,
    ),
    (
        list_proposals::proposed_by,
        list_proposals::decided_by,
        list_proposals::decided_at,
        list_proposals::approved,
        list_proposals::decision_reason,
    ),
    (list_entries::public_id, list_entries::kind, list_entries::canonical, list_entries::state),
);

const COLUMNS: Columns = (
    (
        list_proposals::id,
        list_proposals::public_id,
        list_proposals::lookup_key,
        list_proposals::list,
        list_proposals::ruling,
        list_proposals::origin,
        list_proposals::reason,
        list_proposals::created_at,
    ),
    (
        list_proposals::proposed_by,
        list_proposals::decided_by,
        list_proposals::decided_at,
        list_proposals::approved,
        list_proposals::decision_reason,
    ),
    (list_entries::public_id, list_entries::kind, list_entries::canonical, list_entries::state),
);

/// Each proposal beside its entry.
macro_rules! with_entries {
    () => {
        list_proposals::table
            .inner_join(
                list_entries::table.on(list_entries::lookup_key
                    .eq(list_proposals::lookup_key)
                    .and(list_entries::list.eq(list_proposals::list))),
            )
            .select(COLUMNS)
    };
}

/// Proposals, newest first, after the one with outward id `after`; open ones or decided ones.
pub fn list_proposals_page(
    connection: &mut DbConnection,
    open: bool,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<StoredProposal>, StoreError> {
    let mut query = with_entries!().order(list_proposals::id.desc()).limit(limit).into_boxed();
    query = match open {
        true => query.filter(list_proposals::decided_at.is_null()),
        false => query.filter(list_proposals::decided_at.is_not_null()),
    };
    if let Some(after) = after {
        let after = sought(after)?;
        let id: i64 = list_proposals::table
            .filter(list_proposals::public_id.eq(after))
            .select(list_proposals::id)
            .first(connection)?;
        query = query.filter(list_proposals::id.lt(id));
    }
    query.load::<Loaded>(connection)?.into_iter().map(decoded).collect()
}

/// All proposals about an entry, newest first.
pub fn list_proposals_of(
    connection: &mut DbConnection,
    key: LookupKey,
    list: ListKind,
) -> Result<Vec<StoredProposal>, StoreError> {
    let query = with_entries!()
        .filter(list_proposals::lookup_key.eq(key.0.to_vec()))
        .filter(list_proposals::list.eq(list.as_str()))
        .order(list_proposals::id.desc());
    query.load::<Loaded>(connection)?.into_iter().map(decoded).collect()
}

/// A proposal by its outward id, held to the end of the transaction.
pub fn list_proposal_hold(connection: &mut DbConnection, public_id: &str) -> Result<StoredProposal, StoreError> {
    let held =
        list_proposals::table.filter(list_proposals::public_id.eq(sought(public_id)?)).select(list_proposals::id);
    let id: Option<i64> = first_for_update!(connection, held)?;
    let id = id.ok_or(StoreError::NotFound)?;
    decoded(with_entries!().filter(list_proposals::id.eq(id)).first::<Loaded>(connection)?)
}

fn decoded((proposal, decision, entry): Loaded) -> Result<StoredProposal, StoreError> {
    let (id, public_id, key, list, ruling, origin, reason, created_at) = proposal;
    let (proposed_by, decided_by, decided_at, approved, decision_reason) = decision;
    let (entry_id, kind, canonical, state) = entry;
    Ok(StoredProposal {
        id,
        public_id,
        key: key_of(key)?,
        list: list_of(&list)?,
        entry: crate::list_entries::entry_id(entry_id)?,
        kind: kind_of(&kind)?,
        canonical,
        state,
        ruling: Ruling::from_word(&ruling).ok_or_else(|| StoreError::Unreadable(format!("ruling {ruling}")))?,
        origin,
        reason,
        created_at: created_at.into(),
        proposed_by,
        decided_by,
        decided_at: decided_at.map(Into::into),
        approved,
        decision_reason,
    })
}

/// An officer stands by what the system proposed.
pub fn list_proposal_support(connection: &mut DbConnection, id: i64, officer: i64) -> Result<(), StoreError> {
    diesel::update(list_proposals::table.find(id))
        .set(list_proposals::proposed_by.eq(Some(officer)))
        .execute(connection)?;
    Ok(())
}

/// Writes down how a proposal was decided.
pub fn list_proposal_decide(
    connection: &mut DbConnection,
    id: i64,
    officer: i64,
    approved: bool,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::update(list_proposals::table.find(id))
        .set((
            list_proposals::decided_by.eq(Some(officer)),
            list_proposals::decided_at.eq(Some(At::new(now))),
            list_proposals::approved.eq(Some(approved)),
            list_proposals::decision_reason.eq(Some(reason)),
        ))
        .execute(connection)?;
    Ok(())
}
