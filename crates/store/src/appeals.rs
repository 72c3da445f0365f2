//! Objections of owners to what the lists say of their numbers and sites. What they wrote is sealed under their own keys.

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _};
use domain::{ListKind, LookupKey, SubjectKind, appeal::ProofMethod};
use keyring::{Keyring, PublicId, SealContext};

use crate::{
    connection::DbConnection,
    dialect::{first_for_update, native},
    error::StoreError,
    list_entries::{key_of, kind_of, list_of},
    persons::{StoredPerson, persons_by_id, profile::open_text},
    schema::appeals,
    sought::sought,
    types::At,
};

/// Names the sealed subject of an appeal.
pub(crate) const CANONICAL: &str = "appeals.canonical";
/// Names the sealed statement of an appeal.
pub(crate) const STATEMENT: &str = "appeals.statement";

/// An appeal to make.
#[derive(Debug, Clone)]
pub struct NewAppeal<'a> {
    /// Outward id.
    pub public_id: PublicId,
    /// The entry that a decision changes.
    pub key: LookupKey,
    /// The list on which it stands, or shall stand.
    pub list: ListKind,
    /// Kind of the subject.
    pub kind: SubjectKind,
    /// Canonical form of the subject.
    pub canonical: &'a str,
    /// What its owner says.
    pub statement: &'a str,
    /// What the owner of a site publishes to prove it.
    pub token: &'a str,
    /// The time.
    pub now: DateTime<Utc>,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = appeals, treat_none_as_default_value = false)]
struct Row<'a> {
    public_id: String,
    person_id: i64,
    lookup_key: Vec<u8>,
    list: &'a str,
    kind: &'a str,
    canonical: Option<Vec<u8>>,
    statement: Option<Vec<u8>>,
    token: &'a str,
    created_at: At,
}

/// Keeps an appeal. Says whether it is the person's only open one about this entry; another is not kept.
pub fn appeal_add(
    connection: &mut DbConnection,
    keyring: &Keyring,
    person: &StoredPerson,
    new: &NewAppeal<'_>,
) -> Result<bool, StoreError> {
    let seal = |column: &'static str, text: &str| {
        keyring.seal(&person.key, SealContext::new(column, person.public_id), text.as_bytes())
    };
    let row = Row {
        public_id: new.public_id.to_string(),
        person_id: person.id,
        lookup_key: new.key.0.to_vec(),
        list: new.list.as_str(),
        kind: new.kind.as_str(),
        canonical: Some(seal(CANONICAL, new.canonical)?),
        statement: Some(seal(STATEMENT, new.statement)?),
        token: new.token,
        created_at: At::new(new.now),
    };
    let added = native!(connection, |inner| diesel::insert_into(appeals::table)
        .values(&row)
        .on_conflict_do_nothing()
        .execute(inner))?;
    Ok(added == 1)
}

/// An appeal as stored, opened.
#[derive(Debug, Clone)]
pub struct StoredAppeal {
    /// Key in the database.
    pub id: i64,
    /// Outward id.
    pub public_id: String,
    /// The entry that a decision changes.
    pub key: LookupKey,
    /// The list on which it stands, or shall stand.
    pub list: ListKind,
    /// Kind of the subject.
    pub kind: SubjectKind,
    /// Canonical form of the subject.
    pub canonical: String,
    /// What its owner says.
    pub statement: String,
    /// What the owner of a site publishes to prove it.
    pub token: String,
    /// How it was proved.
    pub method: Option<ProofMethod>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was proved: from then on the clock runs.
    pub proved_at: Option<DateTime<Utc>>,
    /// By when it has to be decided.
    pub due_at: Option<DateTime<Utc>>,
    /// Outward id of the proposal that decides about it.
    pub proposal: Option<String>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// `lifted`, `upheld` or `withdrawn`.
    pub outcome: Option<String>,
}

type Loaded = (
    (i64, String, i64, Vec<u8>, String, String, Option<Vec<u8>>, Option<Vec<u8>>),
    (String, Option<String>, At, Option<At>, Option<At>, Option<String>, Option<At>, Option<String>),
);

type Columns = (
    (
        appeals::id,
        appeals::public_id,
        appeals::person_id,
        appeals::lookup_key,
        appeals::list,
        appeals::kind,
        appeals::canonical,
        appeals::statement,
    ),
    (
        appeals::token,
        appeals::method,
        appeals::created_at,
        appeals::proved_at,
        appeals::due_at,
        appeals::proposal,
        appeals::closed_at,
        appeals::outcome,
    ),
);

const COLUMNS: Columns = (
    (
        appeals::id,
        appeals::public_id,
        appeals::person_id,
        appeals::lookup_key,
        appeals::list,
        appeals::kind,
        appeals::canonical,
        appeals::statement,
    ),
    (
        appeals::token,
        appeals::method,
        appeals::created_at,
        appeals::proved_at,
        appeals::due_at,
        appeals::proposal,
        appeals::closed_at,
        appeals::outcome,
    ),
);

fn opened(keyring: &Keyring, person: &StoredPerson, (what, state): Loaded) -> Result<StoredAppeal, StoreError> {
    let (id, public_id, _, key, list, kind, canonical, statement) = what;
    let (token, method, created_at, proved_at, due_at, proposal, closed_at, outcome) = state;
    let open = |column, sealed| open_text(keyring, &person.key, column, person.public_id, sealed);
    let known = |word: String| {
        ProofMethod::from_word(&word).ok_or_else(|| StoreError::Unreadable("proof of an appeal".to_owned()))
    };
    Ok(StoredAppeal {
        id,
        public_id,
        key: key_of(key)?,
        list: list_of(&list)?,
        kind: kind_of(&kind)?,
        canonical: open(CANONICAL, canonical)?.unwrap_or_default(),
        statement: open(STATEMENT, statement)?.unwrap_or_default(),
        token,
        method: method.map(known).transpose()?,
        created_at: created_at.into(),
        proved_at: proved_at.map(Into::into),
        due_at: due_at.map(Into::into),
        proposal,
        closed_at: closed_at.map(Into::into),
        outcome,
    })
}

/// A person's own appeals, newest first.
pub fn appeals_of(
    connection: &mut DbConnection,
    keyring: &Keyring,
    person: &StoredPerson,
    limit: i64,
) -> Result<Vec<StoredAppeal>, StoreError> {
    let rows: Vec<Loaded> = appeals::table
        .filter(appeals::person_id.eq(person.id))
        .order(appeals::id.desc())
        .limit(limit)
        .select(COLUMNS)
        .load(connection)?;
    rows.into_iter().map(|row| opened(keyring, person, row)).collect()
}

/// An appeal of this person's own, held to the end of the transaction.
pub fn appeal_hold(
    connection: &mut DbConnection,
    keyring: &Keyring,
    person: &StoredPerson,
    public_id: &str,
) -> Result<StoredAppeal, StoreError> {
    let query = appeals::table
        .filter(appeals::person_id.eq(person.id))
        .filter(appeals::public_id.eq(sought(public_id)?))
        .select(COLUMNS);
    let loaded: Option<Loaded> = first_for_update!(connection, query)?;
    opened(keyring, person, loaded.ok_or(StoreError::NotFound)?)
}

/// An appeal by its outward id, whoever made it, held to the end of the transaction.
pub fn appeal_find(
    connection: &mut DbConnection,
    keyring: &Keyring,
    public_id: &str,
) -> Result<StoredAppeal, StoreError> {
    let query = appeals::table.filter(appeals::public_id.eq(sought(public_id)?)).select(COLUMNS);
    let loaded: Option<Loaded> = first_for_update!(connection, query)?;
    with_person(connection, keyring, loaded.ok_or(StoreError::NotFound)?)
}

fn with_person(connection: &mut DbConnection, keyring: &Keyring, loaded: Loaded) -> Result<StoredAppeal, StoreError> {
    let person = persons_by_id(connection, keyring, &[loaded.0.2])?.pop().ok_or(StoreError::NotFound)?;
    opened(keyring, &person, loaded)
}

/// Proved and open appeals, the one that is due first at the front; those behind `after`, a due instant and a key.
pub fn appeals_waiting(
    connection: &mut DbConnection,
    keyring: &Keyring,
    limit: i64,
) -> Result<Vec<StoredAppeal>, StoreError> {
    let rows: Vec<Loaded> = appeals::table
        .filter(appeals::closed_at.is_null())
        .filter(appeals::proved_at.is_not_null())
        .order((appeals::due_at, appeals::id))
        .limit(limit)
        .select(COLUMNS)
        .load(connection)?;
    rows.into_iter().map(|row| with_person(connection, keyring, row)).collect()
}

/// Ownership is proved: the clock runs.
pub fn appeal_prove(
    connection: &mut DbConnection,
    id: i64,
    method: ProofMethod,
    now: DateTime<Utc>,
    due_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::update(appeals::table.find(id))
        .set((
            appeals::method.eq(Some(method.as_str())),
            appeals::proved_at.eq(Some(At::new(now))),
            appeals::due_at.eq(Some(At::new(due_at))),
        ))
        .execute(connection)?;
    Ok(())
}

/// The proposal that decides about an appeal.
pub fn appeal_propose(connection: &mut DbConnection, id: i64, proposal: &str) -> Result<(), StoreError> {
    diesel::update(appeals::table.find(id)).set(appeals::proposal.eq(Some(proposal))).execute(connection)?;
    Ok(())
}

/// Closes an appeal.
pub fn appeal_close(
    connection: &mut DbConnection,
    id: i64,
    outcome: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::update(appeals::table.find(id))
        .set((appeals::closed_at.eq(Some(At::new(now))), appeals::outcome.eq(Some(outcome))))
        .execute(connection)?;
    Ok(())
}

/// Closes every open appeal that a proposal decides about.
pub fn appeals_decide(
    connection: &mut DbConnection,
    proposal: &str,
    lifted: bool,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let open = appeals::table.filter(appeals::proposal.eq(proposal)).filter(appeals::closed_at.is_null());
    let outcome = if lifted { "lifted" } else { "upheld" };
    diesel::update(open)
        .set((appeals::closed_at.eq(Some(At::new(now))), appeals::outcome.eq(Some(outcome))))
        .execute(connection)?;
    Ok(())
}

/// When proved appeals began and ended since an instant, and the ends of those that were right.
#[derive(Debug, Clone, Default)]
pub struct AppealTimes {
    /// Of appeals that were right: proved and closed.
    pub lifted: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    /// How many were not.
    pub upheld: u64,
    /// How many are open.
    pub open: u64,
    /// How many of the open ones are late.
    pub late: u64,
}

/// How appeals went since an instant.
pub fn appeal_times(
    connection: &mut DbConnection,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<AppealTimes, StoreError> {
    let closed: Vec<(Option<At>, Option<At>, Option<String>)> = appeals::table
        .filter(appeals::closed_at.ge(At::new(since)))
        .filter(appeals::proved_at.is_not_null())
        .select((appeals::proved_at, appeals::closed_at, appeals::outcome))
        .load(connection)?;
    let waiting = || appeals::table.filter(appeals::closed_at.is_null()).filter(appeals::proved_at.is_not_null());
    let open: i64 = waiting().count().get_result(connection)?;
    let late: i64 = waiting().filter(appeals::due_at.lt(At::new(now))).count().get_result(connection)?;
    let mut times = AppealTimes {
        open: u64::try_from(open).unwrap_or(0),
        late: u64::try_from(late).unwrap_or(0),
        ..AppealTimes::default()
    };
    for (proved_at, closed_at, outcome) in closed {
        match (proved_at, closed_at, outcome.as_deref()) {
            (Some(proved), Some(closed), Some("lifted")) => times.lifted.push((proved.into(), closed.into())),
            (_, _, Some("upheld")) => times.upheld += 1,
            _ => {}
        }
    }
    Ok(times)
}

/// Takes what a person wrote out of their appeals, and closes the open ones: when they are erased.
pub(crate) fn appeals_erase(connection: &mut DbConnection, person: i64, now: DateTime<Utc>) -> Result<(), StoreError> {
    let own = || appeals::table.filter(appeals::person_id.eq(person));
    diesel::update(own())
        .set((appeals::canonical.eq(None::<Vec<u8>>), appeals::statement.eq(None::<Vec<u8>>)))
        .execute(connection)?;
    diesel::update(own().filter(appeals::closed_at.is_null()))
        .set((appeals::closed_at.eq(Some(At::new(now))), appeals::outcome.eq(Some("withdrawn"))))
        .execute(connection)?;
    // The key of a number that was theirs leads to them.
    diesel::update(own()).set(appeals::lookup_key.eq(Vec::<u8>::new())).execute(connection)?;
    Ok(())
}
