//! What replies say of an assignment.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    division::DivisionCode,
    person::{name_masked, phone_masked},
};
use serde::{Deserialize, Serialize};
use store::responsibilities::StoredAssignment;

use crate::divisions::Tree;

/// Who answers for what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignmentView {
    /// Outward id.
    pub id: String,
    /// Name of the person, masked.
    pub name: String,
    /// Phone of the person, masked.
    pub phone: String,
    /// What they are there.
    pub post: String,
    /// Code of the division.
    pub division: DivisionCode,
    /// Names from the top down to the division.
    pub path: Vec<String>,
    /// The part of the village, where it is not the whole.
    pub patch: Option<String>,
    /// First day, in Beijing.
    pub from_day: NaiveDate,
    /// Last day, in Beijing, where one was set.
    pub to_day: Option<NaiveDate>,
    /// Whether it holds today.
    pub current: bool,
    /// When it was ended.
    pub ended_at: Option<DateTime<Utc>>,
}

impl AssignmentView {
    /// The view of an assignment on a day.
    pub(super) fn of(assignment: &StoredAssignment, tree: &Tree, today: NaiveDate) -> Self {
        let begun = assignment.from_day <= today;
        let over = assignment.ended_at.is_some() || assignment.to_day.is_some_and(|last| last < today);
        Self {
            id: assignment.public_id.to_string(),
            name: name_masked(&assignment.name),
            phone: phone_masked(&assignment.phone),
            post: assignment.post.clone(),
            division: assignment.division,
            path: tree.get(assignment.division).map(|node| tree.path(node)).unwrap_or_default(),
            patch: assignment.patch.clone(),
            from_day: assignment.from_day,
            to_day: assignment.to_day,
            current: begun && !over,
            ended_at: assignment.ended_at,
        }
    }
}
