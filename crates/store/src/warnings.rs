//! Warnings in residents' inboxes. What the warning was about is encrypted under the resident's key.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{AggregateExpressionMethods as _, ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _, dsl::count};
use domain::SubjectKind;
use keyring::{BlindIndex, Keyring, PersonKey, PublicId, SealContext};

use crate::{
    connection::DbConnection,
    dialect::native,
    error::StoreError,
    persons::StoredPerson,
    schema::{persons, warnings},
    sought::sought,
    types::At,
};

/// Names the column in the cipher's associated data: a ciphertext moved to another column does not open.
pub(crate) const CANONICAL: &str = "warnings.canonical";
/// Names the blind index of the subject.
const SUBJECT: &str = "warnings.subject";
const ROWS_PER_STATEMENT: usize = 1_000;

type Loaded = (String, At, String, Vec<u8>, String, String);

/// Why somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WarningReason {
    /// They checked it, and it was fraud.
    Checked,
    /// They checked it, and later it turned out to be fraud.
    TurnedBad,
    /// They were told that it was fraud, and it was not.
    Withdrawn,
}

impl WarningReason {
    const ALL: [Self; 3] = [Self::Checked, Self::TurnedBad, Self::Withdrawn];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Checked => "checked",
            Self::TurnedBad => "turned_bad",
            Self::Withdrawn => "withdrawn",
        }
    }

    fn from_word(word: &str) -> Result<Self, StoreError> {
        let known = Self::ALL.into_iter().find(|reason| reason.as_str() == word);
        known.ok_or_else(|| StoreError::Unreadable(format!("reason {word}")))
    }
}

/// A warning to leave.
#[derive(Debug, Clone)]
pub struct NewWarning {
    /// Kind of the subject.
    pub kind: SubjectKind,
    /// The subject.
    pub canonical: String,
    /// Code of the fraud type.
    pub fraud_type: String,
    /// Why.
    pub reason: WarningReason,
    /// Day in Beijing time.
    pub day: NaiveDate,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// A warning as stored.
#[derive(Debug, Clone)]
pub struct StoredWarning {
    /// Outward id.
    pub public_id: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Kind of the subject.
    pub kind: SubjectKind,
    /// The subject.
    pub canonical: String,
    /// Code of the fraud type.
    pub fraud_type: String,
    /// Why.
    pub reason: WarningReason,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = warnings, treat_none_as_default_value = false)]
struct Row {
    public_id: String,
    person_id: i64,
    subject_index: Vec<u8>,
    day: NaiveDate,
    kind: &'static str,
    canonical: Vec<u8>,
    fraud_type: String,
    created_at: At,
    reason: &'static str,
}

/// Leaves warnings for the resident with outward id `resident`: one a person, subject, day and reason. Call inside a write
/// transaction.
pub fn warnings_add(
    connection: &mut DbConnection,
    keyring: &Keyring,
    resident: &str,
    new: &[NewWarning],
) -> Result<(), StoreError> {
    let (id, owner, key) = resident_key(connection, keyring, resident)?;
    let sealed = new.iter().map(|warning| sealed(keyring, id, owner, &key, warning));
    insert(connection, &sealed.collect::<Result<Vec<_>, _>>()?)
}

/// Leaves one warning for each of these persons.
pub fn warnings_add_to(
    connection: &mut DbConnection,
    keyring: &Keyring,
    persons: &[StoredPerson],
    warning: &NewWarning,
) -> Result<(), StoreError> {
    let sealed = persons.iter().map(|person| sealed(keyring, person.id, person.public_id, &person.key, warning));
    for rows in sealed.collect::<Result<Vec<_>, _>>()?.chunks(ROWS_PER_STATEMENT) {
        insert(connection, rows)?;
    }
    Ok(())
}

fn sealed(
    keyring: &Keyring,
    person_id: i64,
    owner: PublicId,
    key: &PersonKey,
    warning: &NewWarning,
) -> Result<Row, StoreError> {
    Ok(Row {
        public_id: PublicId::random().to_string(),
        person_id,
        subject_index: subject_index(keyring, warning.kind.as_str(), &warning.canonical).to_vec(),
        day: warning.day,
        kind: warning.kind.as_str(),
        canonical: keyring.seal(key, SealContext::new(CANONICAL, owner), warning.canonical.as_bytes())?,
        fraud_type: warning.fraud_type.clone(),
        created_at: At::new(warning.created_at),
        reason: warning.reason.as_str(),
    })
}

fn insert(connection: &mut DbConnection, rows: &[Row]) -> Result<(), StoreError> {
    native!(connection, |inner| diesel::insert_into(warnings::table)
        .values(rows)
        .on_conflict((warnings::person_id, warnings::subject_index, warnings::day, warnings::reason))
        .do_nothing()
        .execute(inner))?;
    Ok(())
}

/// By which a second warning of the same subject on the same day is known.
pub(crate) fn subject_index(keyring: &Keyring, kind: &str, canonical: &str) -> BlindIndex {
    keyring.blind_index(SUBJECT, &format!("{kind}:{canonical}"))
}

/// The resident's warnings, newest first, after the one with outward id `after`.
pub fn warnings_of_resident(
    connection: &mut DbConnection,
    keyring: &Keyring,
    resident: &str,
    after: Option<String>,
    limit: i64,
) -> Result<Vec<StoredWarning>, StoreError> {
    let (resident_id, owner, key) = resident_key(connection, keyring, resident)?;
    let mut query = warnings::table
        .filter(warnings::person_id.eq(resident_id))
        .order(warnings::id.desc())
        .limit(limit)
        .select((
            warnings::public_id,
            warnings::created_at,
            warnings::kind,
            warnings::canonical,
            warnings::fraud_type,
            warnings::reason,
        ))
        .into_boxed();
    if let Some(after) = after {
        let after = sought(&after)?;
        let id: i64 = warnings::table
            .filter(warnings::person_id.eq(resident_id))
            .filter(warnings::public_id.eq(after))
            .select(warnings::id)
            .first(connection)?;
        query = query.filter(warnings::id.lt(id));
    }
    let rows: Vec<Loaded> = query.load(connection)?;
    rows.into_iter()
        .map(|(public_id, created_at, kind, canonical, fraud_type, reason)| {
            let canonical = keyring.open(&key, SealContext::new(CANONICAL, owner), &canonical)?;
            Ok(StoredWarning {
                public_id,
                created_at: created_at.into(),
                kind: SubjectKind::from_word(&kind).ok_or_else(|| StoreError::Unreadable(format!("kind {kind}")))?,
                canonical: String::from_utf8(canonical).map_err(|error| StoreError::Unreadable(error.to_string()))?,
                fraud_type,
                reason: WarningReason::from_word(&reason)?,
            })
        })
        .collect()
}

/// How many residents were warned of a subject.
pub fn warned_count(
    connection: &mut DbConnection,
    keyring: &Keyring,
    kind: SubjectKind,
    canonical: &str,
) -> Result<i64, StoreError> {
    let about = warnings::table
        .filter(warnings::subject_index.eq_any(subject_indexes(keyring, kind, canonical)))
        .filter(warnings::reason.ne(WarningReason::Withdrawn.as_str()));
    Ok(about.select(count(warnings::person_id).aggregate_distinct()).get_result(connection)?)
}

/// What residents were told last about a subject since a day, by their keys in the database.
pub fn last_told(
    connection: &mut DbConnection,
    keyring: &Keyring,
    kind: SubjectKind,
    canonical: &str,
    since: NaiveDate,
) -> Result<HashMap<i64, WarningReason>, StoreError> {
    let told: Vec<(i64, String)> = warnings::table
        .filter(warnings::subject_index.eq_any(subject_indexes(keyring, kind, canonical)))
        .filter(warnings::day.ge(since))
        .order(warnings::id)
        .select((warnings::person_id, warnings::reason))
        .load(connection)?;
    told.into_iter().map(|(person, reason)| Ok((person, WarningReason::from_word(&reason)?))).collect()
}

/// All indexes under which a subject may stand.
fn subject_indexes(keyring: &Keyring, kind: SubjectKind, canonical: &str) -> Vec<Vec<u8>> {
    let candidates = keyring.blind_index_candidates(SUBJECT, &format!("{kind}:{canonical}"));
    candidates.into_iter().map(|index| index.to_vec()).collect()
}

fn resident_key(
    connection: &mut DbConnection,
    keyring: &Keyring,
    resident: &str,
) -> Result<(i64, PublicId, PersonKey), StoreError> {
    let (id, wrapped): (i64, Vec<u8>) = persons::table
        .filter(persons::public_id.eq(resident))
        .filter(persons::state.eq("active"))
        .select((persons::id, persons::key))
        .first(connection)?;
    let owner: PublicId = resident.parse().map_err(|_| StoreError::NotFound)?;
    Ok((id, owner, keyring.unwrap_key(&wrapped, owner)?))
}
