//! Warnings in residents' inboxes. What the warning was about is encrypted under the resident's key.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _};
use domain::SubjectKind;
use keyring::{BlindIndex, Keyring, PersonKey, PublicId, SealContext};

use crate::{
    connection::DbConnection,
    dialect::native,
    error::StoreError,
    schema::{persons, warnings},
    sought::sought,
    types::At,
};

/// Names the column in the cipher's associated data: a ciphertext moved to another column does not open.
pub(crate) const CANONICAL: &str = "warnings.canonical";

/// A warning to leave.
#[derive(Debug, Clone)]
pub struct NewWarning {
    /// Kind of the subject.
    pub kind: SubjectKind,
    /// The subject.
    pub canonical: String,
    /// Code of the fraud type.
    pub fraud_type: String,
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
}

/// Leaves warnings for the resident with outward id `resident`: one a person, subject and day. Call inside a write
/// transaction.
pub fn warnings_add(
    connection: &mut DbConnection,
    keyring: &Keyring,
    resident: &str,
    new: &[NewWarning],
) -> Result<(), StoreError> {
    let (resident_id, owner, key) = resident_key(connection, keyring, resident)?;
    let sealed: Result<Vec<Row>, StoreError> = new
        .iter()
        .map(|warning| {
            Ok(Row {
                public_id: PublicId::random().to_string(),
                person_id: resident_id,
                subject_index: subject_index(keyring, warning.kind.as_str(), &warning.canonical).to_vec(),
                day: warning.day,
                kind: warning.kind.as_str(),
                canonical: keyring.seal(&key, SealContext::new(CANONICAL, owner), warning.canonical.as_bytes())?,
                fraud_type: warning.fraud_type.clone(),
                created_at: At::new(warning.created_at),
            })
        })
        .collect();
    let rows = sealed?;
    native!(connection, |inner| diesel::insert_into(warnings::table)
        .values(&rows)
        .on_conflict((warnings::person_id, warnings::subject_index, warnings::day))
        .do_nothing()
        .execute(inner))?;
    Ok(())
}

/// By which a second warning of the same subject on the same day is known.
pub(crate) fn subject_index(keyring: &Keyring, kind: &str, canonical: &str) -> BlindIndex {
    keyring.blind_index("warnings.subject", &format!("{kind}:{canonical}"))
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
        .select((warnings::public_id, warnings::created_at, warnings::kind, warnings::canonical, warnings::fraud_type))
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
    let rows: Vec<(String, At, String, Vec<u8>, String)> = query.load(connection)?;
    rows.into_iter()
        .map(|(public_id, created_at, kind, canonical, fraud_type)| {
            let canonical = keyring.open(&key, SealContext::new(CANONICAL, owner), &canonical)?;
            Ok(StoredWarning {
                public_id,
                created_at: created_at.into(),
                kind: SubjectKind::from_word(&kind).ok_or_else(|| StoreError::Unreadable(format!("kind {kind}")))?,
                canonical: String::from_utf8(canonical).map_err(|error| StoreError::Unreadable(error.to_string()))?,
                fraud_type,
            })
        })
        .collect()
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
