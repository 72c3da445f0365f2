//! Reading officers.

use chrono::{DateTime, Utc};
use domain::authorization::{Action, Scope};
use serde_json::json;
use store::{
    DbConnection, StoreError,
    audit_log::{audit_log_add, audit_log_add_each},
    officers::{OfficerFilter, officer_find, officers_page},
};

use super::OfficerView;
use crate::{App, Context, error::AppError, units::Ground};

/// Some officers and where the next ones begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficerPage {
    /// The officers, in the order in which they were entered; name and phone masked.
    pub items: Vec<OfficerView>,
    /// What to ask with for the next page; none on the last.
    pub next_cursor: Option<String>,
}

/// Which officers.
#[derive(Debug, Clone)]
pub struct OfficersWanted {
    /// Those of this unit, by outward id.
    pub unit: Option<String>,
    /// Those who are active, or are not; none for both.
    pub active: Option<bool>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Officers on a page, 1 to 200.
    pub limit: u32,
}

/// Officers of units in the divisions of the one who asks, or all for those who see the whole. The look is audited.
pub async fn officers_list(app: &App, context: &Context, wanted: OfficersWanted) -> Result<OfficerPage, AppError> {
    context.authorize(Action::ReadOfficers, Scope::Served)?;
    if !(1..=200).contains(&wanted.limit) {
        return Err(AppError::invalid("limit", "条数须为1至200。"));
    }
    let (context, keyring, now) = (context.clone(), app.store.keyring.clone(), app.now());
    app.write(move |connection| {
        let ground = Ground::load(connection)?;
        let filter = OfficerFilter { units: units(&context, &ground, wanted.unit.as_deref())?, active: wanted.active };
        let limit = i64::from(wanted.limit);
        let found = officers_page(connection, &keyring, &filter, wanted.cursor.as_deref(), limit + 1);
        let mut found = found.map_err(|error| match error {
            StoreError::NotFound => AppError::invalid("cursor", "翻页位置无效，请从第一页重新开始。"),
            other => other.into(),
        })?;
        let more = found.len() > wanted.limit as usize;
        found.truncate(wanted.limit as usize);
        let items: Vec<OfficerView> = found.iter().map(|officer| OfficerView::masked(officer, &ground.units)).collect();
        listed(connection, &context, items.iter().map(|officer| officer.id.clone()), "list", now)?;
        let next_cursor = items.last().filter(|_| more).map(|officer| officer.id.clone());
        Ok(OfficerPage { items, next_cursor })
    })
    .await
}

/// A row in the audit log for each of these officers, whose names are shown. Call it in the transaction that reads them.
pub(crate) fn listed(
    connection: &mut DbConnection,
    context: &Context,
    officers: impl IntoIterator<Item = String>,
    purpose: &'static str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut ids: Vec<String> = officers.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    let audit = context.audit(now, "officer.listed", "officer", "", context.seen_by(purpose));
    audit_log_add_each(connection, &audit, &ids)
}

/// Keys of the units whose officers are asked for and may be seen; none for everybody.
fn units(context: &Context, ground: &Ground, unit: Option<&str>) -> Result<Option<Vec<i64>>, AppError> {
    let Some(unit) = unit else { return Ok(ground.visible(context, Action::ReadOfficers)) };
    let unit = ground.unit_named(unit).ok_or_else(AppError::not_found)?;
    context.authorize(Action::ReadOfficers, ground.scope_of(context, Some(unit.id)))?;
    Ok(Some(vec![unit.id]))
}

/// One officer with name and phone in full. The look is audited before it is answered.
pub async fn officer_get(app: &App, context: &Context, id: &str) -> Result<OfficerView, AppError> {
    context.authorize(Action::ReadOfficers, Scope::Served)?;
    let (context, keyring, id, now) = (context.clone(), app.store.keyring.clone(), id.to_owned(), app.now());
    app.write(move |connection| {
        let ground = Ground::load(connection)?;
        let officer = officer_find(connection, &keyring, &id)?.ok_or_else(AppError::not_found)?;
        context.authorize(Action::ReadOfficers, ground.scope_of(&context, officer.unit_id))?;
        audit_log_add(connection, &context.audit(now, "officer.read", "officer", &id, json!({})))?;
        Ok(OfficerView::full(&officer, &ground.units))
    })
    .await
}
