//! Changing an officer.

use domain::authorization::{Action, Role, Scope};
use serde_json::json;
use store::{
    audit_log::audit_log_add,
    officers::{StoredOfficer, officer_find, officer_phone_taken, officer_place_set, officer_profile_set},
};

use super::{
    OfficerView,
    leave::{Left, duty_left},
    rules,
};
use crate::{App, Context, error::AppError, units::Ground};

/// What to change; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct ChangeOfficer {
    /// Another role.
    pub role: Option<Role>,
    /// Another unit, by outward id, or none.
    pub unit: Option<Option<String>>,
    /// Another name.
    pub name: Option<String>,
    /// Another phone.
    pub phone: Option<String>,
}

/// A changed officer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedOfficer {
    /// The officer, name and phone masked.
    pub officer: OfficerView,
    /// Shifts that had not begun and now lack somebody.
    pub shifts_ended: usize,
}

/// Changes role, unit, name or phone of an officer. Role and unit hold from the officer's next request on. Who moves to
/// another unit leaves the shifts and substitutions that have not begun.
///
/// # Errors
/// `not_found` for an officer the caller does not see; `forbidden` for a role above the caller's reach, the one they have or
/// the one they shall have; `conflict` for one's own role and unit, for the last administrator, for a disabled officer, and
/// for a phone in use.
pub async fn officer_change(
    app: &App,
    context: &Context,
    id: &str,
    request: ChangeOfficer,
) -> Result<ChangedOfficer, AppError> {
    context.authorize(Action::EditOfficers, Scope::Served)?;
    let name = request.name.as_deref().map(rules::name).transpose()?;
    let phone = request.phone.as_deref().map(rules::phone).transpose()?;
    let (context, keyring, id, now) = (context.clone(), app.store.keyring.clone(), id.to_owned(), app.now());
    app.write(move |connection| {
        let ground = Ground::hold(connection)?;
        let old = officer_find(connection, &keyring, &id)?.ok_or_else(AppError::not_found)?;
        rules::manageable(&context, &ground, &old)?;
        let unit_id = match &request.unit {
            None => old.unit_id,
            Some(unit) => rules::unit_named(&context, &ground, unit.as_deref())?,
        };
        let role = request.role.unwrap_or(old.role);
        rules::role(&context, role)?;
        let new = StoredOfficer {
            role,
            unit_id,
            name: name.or_else(|| old.name.clone()),
            phone: phone.or_else(|| old.phone.clone()),
            ..old.clone()
        };
        let (moves, renames) =
            ((new.role, new.unit_id) != (old.role, old.unit_id), (&new.name, &new.phone) != (&old.name, &old.phone));
        if moves {
            if rules::is_self(&context, &old) {
                return Err(rules::conflict("不能更改自己的角色和机构，请由另一名管理人员更改。"));
            }
            if new.role != old.role {
                rules::administrator_remains(connection, &old)?;
            }
            officer_place_set(connection, old.id, new.role, new.unit_id)?;
        }
        let left = if new.unit_id == old.unit_id { Left::default() } else { duty_left(connection, old.id, now)? };
        if renames {
            if let Some(phone) = &new.phone
                && officer_phone_taken(connection, &keyring, phone, Some(old.id))?
            {
                return Err(rules::Fault::PhoneTaken.into());
            }
            officer_profile_set(connection, &keyring, &old, new.name.as_deref(), new.phone.as_deref())?;
        }
        if moves || renames {
            let unit = ground.unit(new.unit_id).map(|unit| &unit.public_id);
            let detail = json!({ "role": new.role.as_str(), "unit": unit, "name_or_phone": renames,
                "shifts": left.shifts, "substitutions": left.substitutions });
            audit_log_add(connection, &context.audit(now, "officer.changed", "officer", &id, detail))?;
        }
        Ok(ChangedOfficer { officer: OfficerView::masked(&new, &ground.units), shifts_ended: left.shifts })
    })
    .await
}
