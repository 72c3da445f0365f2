//! What replies say of an officer.

use chrono::{DateTime, Utc};
use domain::{
    authorization::Role,
    person::{name_masked, phone_masked},
};
use serde::{Deserialize, Serialize};
use store::{officers::StoredOfficer, units::StoredUnit};

/// A unit by id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitName {
    /// Outward id.
    pub id: String,
    /// Its name.
    pub name: String,
}

impl UnitName {
    /// The name of a unit.
    pub(crate) fn of(unit: &StoredUnit) -> Self {
        Self { id: unit.public_id.clone(), name: unit.name.clone() }
    }
}

/// An officer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficerView {
    /// Outward id.
    pub id: String,
    /// The name to sign in with.
    pub username: String,
    /// What they are.
    pub role: Role,
    /// Their unit.
    pub unit: Option<UnitName>,
    /// Their name, masked except where one officer is read.
    pub name: Option<String>,
    /// Their phone, likewise.
    pub phone: Option<String>,
    /// Whether they may sign in.
    pub active: bool,
    /// When they were entered.
    pub created_at: DateTime<Utc>,
    /// When they were disabled.
    pub disabled_at: Option<DateTime<Utc>>,
}

impl OfficerView {
    /// With name and phone in full: for a read that is audited.
    pub(super) fn full(officer: &StoredOfficer, units: &[StoredUnit]) -> Self {
        Self {
            id: officer.public_id.to_string(),
            username: officer.username.clone(),
            role: officer.role,
            unit: units.iter().find(|unit| Some(unit.id) == officer.unit_id).map(UnitName::of),
            name: officer.name.clone(),
            phone: officer.phone.clone(),
            active: officer.active,
            created_at: officer.created_at,
            disabled_at: officer.disabled_at,
        }
    }

    /// With name and phone masked.
    pub(super) fn masked(officer: &StoredOfficer, units: &[StoredUnit]) -> Self {
        let full = Self::full(officer, units);
        Self { name: full.name.as_deref().map(name_masked), phone: full.phone.as_deref().map(phone_masked), ..full }
    }
}
