//! Who stands in for whom.

use chrono::{NaiveDate, TimeDelta};
use domain::authorization::{Action, Scope};
use keyring::Keyring;
use serde::Serialize;
use serde_json::json;
use store::{
    DbConnection,
    audit_log::audit_log_add,
    officer_substitutes::{
        NewSubstitute, officer_substitute_add, officer_substitute_end, officer_substitute_find,
        officer_substitutes_page, officer_substitutes_touching,
    },
    officers::{StoredOfficer, officer_find, officers_by_id},
};

use super::{OfficerName, SubstituteView, view::officers_named};
use crate::{
    App, Context, Page, beijing_day,
    error::{AppError, ErrorCode},
    officers::listed,
    once::{Done, Request, once},
    page::{rows_wanted, unread},
    units::Ground,
};

/// Longest time somebody stands in.
const LONGEST: TimeDelta = TimeDelta::days(366);

/// A substitute to name.
#[derive(Debug, Clone, Serialize)]
pub struct NameSubstitute {
    /// Outward id of the officer who is away.
    pub officer: String,
    /// Outward id of who stands in.
    pub substitute: String,
    /// First day, in Beijing, today or later.
    pub from_day: NaiveDate,
    /// Last day, in Beijing.
    pub to_day: NaiveDate,
}

/// Names a substitute. The same request under the same key names them once.
///
/// # Errors
/// `invalid_field` for days that cannot be and for officers the caller does not see; `conflict` where either of the two is
/// away or stands in for somebody already: a chain would leave nobody to call.
pub async fn substitute_create(
    app: &App,
    context: &Context,
    request: NameSubstitute,
    idempotency_key: Option<String>,
) -> Result<SubstituteView, AppError> {
    context.authorize(Action::EditDuty, Scope::Served)?;
    let now = app.now();
    let today = beijing_day(now);
    if request.from_day < today || request.from_day - today > LONGEST {
        return Err(AppError::invalid("/from_day", "代班须从今天或以后的日期开始，不晚于一年后。"));
    }
    if request.to_day < request.from_day || request.to_day - request.from_day > LONGEST {
        return Err(AppError::invalid("/to_day", "结束日期不能早于开始日期，最长一年。"));
    }
    let (context, keyring) = (context.clone(), app.store.keyring.clone());
    app.write(move |connection| {
        let once_only = Request { operation: "substitute_create", body: &request, key: idempotency_key.as_deref() };
        let done = once(connection, &keyring, &context, &once_only, now, |connection| {
            let ground = Ground::hold(connection)?;
            let officer = found(connection, &keyring, &context, &ground, ("/officer", &request.officer))?;
            let substitute = found(connection, &keyring, &context, &ground, ("/substitute", &request.substitute))?;
            if officer.id == substitute.id {
                return Err(AppError::invalid("/substitute", "代班人不能是本人。"));
            }
            let days = (request.from_day, request.to_day);
            if !officer_substitutes_touching(connection, [officer.id, substitute.id], days)?.is_empty() {
                let detail = "这些日期里，其中一人已有代班安排，请先结束原来的安排。";
                return Err(AppError::new(ErrorCode::Conflict, detail));
            }
            let new = NewSubstitute {
                officer_id: officer.id,
                substitute_id: substitute.id,
                from_day: request.from_day,
                to_day: request.to_day,
            };
            let id = officer_substitute_add(connection, new, now)?;
            let detail = json!({ "officer": request.officer, "substitute": request.substitute,
                "from_day": request.from_day, "to_day": request.to_day });
            audit_log_add(connection, &context.audit(now, "substitute.named", "substitute", &id, detail))?;
            Ok(id)
        })?;
        // Whether it was named now or before, and ended since or not: who asks is told of these two.
        let named = |connection: &mut DbConnection, id: &str| {
            officer_find(connection, &keyring, id)?.ok_or_else(AppError::not_found)
        };
        let (officer, substitute) = (named(connection, &request.officer)?, named(connection, &request.substitute)?);
        if matches!(done, Done::Before(_)) {
            listed(connection, &context, [request.officer.clone(), request.substitute.clone()], "duty", now)?;
        }
        Ok(SubstituteView {
            id: done.id().to_owned(),
            officer: OfficerName::of(&officer),
            substitute: OfficerName::of(&substitute),
            from_day: request.from_day,
            to_day: request.to_day,
        })
    })
    .await
}

/// An active officer whose duty the caller may arrange; a foreign one and an absent one are the same.
fn found(
    connection: &mut DbConnection,
    keyring: &Keyring,
    context: &Context,
    ground: &Ground,
    (pointer, id): (&str, &str),
) -> Result<StoredOfficer, AppError> {
    let officer = officer_find(connection, keyring, id)?.filter(|officer| {
        officer.active && context.authorize(Action::EditDuty, ground.scope_of(context, officer.unit_id)).is_ok()
    });
    officer.ok_or_else(|| AppError::invalid(pointer, "没有这名在职人员。"))
}

/// Substitutions that hold today or later, of officers in the units the caller sees, in the order in which they were entered.
/// A page has 1 to 200. The look is audited.
pub async fn substitutes_list(
    app: &App,
    context: &Context,
    cursor: Option<String>,
    limit: u32,
) -> Result<Page<SubstituteView>, AppError> {
    context.authorize(Action::ReadDuty, Scope::Served)?;
    let rows = rows_wanted(limit, 200)?;
    let (context, keyring, now) = (context.clone(), app.store.keyring.clone(), app.now());
    app.write(move |connection| {
        let today = beijing_day(now);
        let units = Ground::load(connection)?.visible(&context, Action::ReadDuty);
        let found = officer_substitutes_page(connection, units.as_deref(), today, cursor.as_deref(), rows);
        let page = Page::of(found.map_err(unread)?, limit, |one| one.public_id.clone());
        let ids = page.items.iter().flat_map(|one| [one.officer_id, one.substitute_id]);
        let officers = officers_named(connection, &keyring, ids)?;
        listed(connection, &context, officers.values().map(|officer| officer.public_id.to_string()), "duty", now)?;
        Ok(page.filter_map(|one| {
            Some(SubstituteView {
                id: one.public_id,
                officer: OfficerName::of(officers.get(&one.officer_id)?),
                substitute: OfficerName::of(officers.get(&one.substitute_id)?),
                from_day: one.from_day,
                to_day: one.to_day,
            })
        }))
    })
    .await
}

/// Ends a substitution at once; the officer is on duty again.
pub async fn substitute_end(app: &App, context: &Context, id: &str) -> Result<(), AppError> {
    context.authorize(Action::EditDuty, Scope::Served)?;
    let (context, keyring, id, now) = (context.clone(), app.store.keyring.clone(), id.to_owned(), app.now());
    app.write(move |connection| {
        let ground = Ground::hold(connection)?;
        let one = officer_substitute_find(connection, &id)?.ok_or_else(AppError::not_found)?;
        let officer = officers_by_id(connection, &keyring, &[one.officer_id])?.pop().ok_or_else(AppError::not_found)?;
        context.authorize(Action::EditDuty, ground.scope_of(&context, officer.unit_id))?;
        officer_substitute_end(connection, one.id, now)?;
        audit_log_add(connection, &context.audit(now, "substitute.ended", "substitute", &id, json!({})))?;
        Ok(())
    })
    .await
}
