//! What replies say of shifts and substitutes.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use domain::person::name_masked;
use keyring::Keyring;
use serde::{Deserialize, Serialize};
use store::{
    DbConnection, StoreError,
    officers::{StoredOfficer, officers_by_id},
};

use crate::officers::UnitName;

/// An officer by id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficerName {
    /// Outward id.
    pub id: String,
    /// The name to sign in with.
    pub username: String,
    /// Their name, masked.
    pub name: Option<String>,
}

impl OfficerName {
    pub(super) fn of(officer: &StoredOfficer) -> Self {
        Self {
            id: officer.public_id.to_string(),
            username: officer.username.clone(),
            name: officer.name.as_deref().map(name_masked),
        }
    }
}

/// A shift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShiftView {
    /// Outward id.
    pub id: String,
    /// For which unit.
    pub unit: UnitName,
    /// Who is planned.
    pub officer: OfficerName,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
}

/// Who stands in for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubstituteView {
    /// Outward id.
    pub id: String,
    /// Who is away.
    pub officer: OfficerName,
    /// Who stands in.
    pub substitute: OfficerName,
    /// First day, in Beijing.
    pub from_day: NaiveDate,
    /// Last day, in Beijing.
    pub to_day: NaiveDate,
}

/// The officers with these keys, by key.
pub(super) fn officers_named(
    connection: &mut DbConnection,
    keyring: &Keyring,
    ids: impl IntoIterator<Item = i64>,
) -> Result<HashMap<i64, StoredOfficer>, StoreError> {
    let mut ids: Vec<i64> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(officers_by_id(connection, keyring, &ids)?.into_iter().map(|officer| (officer.id, officer)).collect())
}
