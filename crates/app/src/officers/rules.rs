//! Who may manage whom, and what must hold of an officer.

use domain::{
    authorization::{Action, Role, may_manage},
    person::name_canonical,
};
use store::{
    DbConnection, StoreError,
    officers::{StoredOfficer, officers_active},
    units::StoredUnit,
};

use crate::{
    Actor, Context,
    error::{AppError, ErrorCode},
    identity::{USERNAME_IS_PHONE, username_canonical, username_is_phone},
    people::phone_reachable,
    units::Ground,
};

/// Why an officer cannot be so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    BadUsername,
    UsernameIsPhone,
    UsernameTaken,
    BadName,
    BadPhone,
    PhoneTaken,
    BadRole,
    RoleAbove,
    NoUnit,
    UnknownUnit,
    ClosedUnit,
}

impl Fault {
    /// The stable word, the JSON pointer to the field, the reason in Chinese.
    const fn facts(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::BadUsername => ("bad_username", "/username", "用户名须为2至64个文字、字母、数字或 . _ - @"),
            Self::UsernameIsPhone => ("username_is_phone", "/username", USERNAME_IS_PHONE),
            Self::UsernameTaken => ("username_taken", "/username", "这个用户名已被使用，请换一个"),
            Self::BadName => ("bad_name", "/name", "姓名须为1至30个文字"),
            Self::BadPhone => ("bad_phone", "/phone", "须为手机号，或带区号的固定电话"),
            Self::PhoneTaken => ("phone_taken", "/phone", "这个电话已登记在另一名在职人员名下"),
            Self::BadRole => ("bad_role", "/role", "没有这个角色，或这个角色不能登录管理端"),
            Self::RoleAbove => ("role_above", "/role", "您不能设置或管理这个角色的人员"),
            Self::NoUnit => ("no_unit", "/unit", "请指定本辖区内的机构"),
            Self::UnknownUnit => ("unknown_unit", "/unit", "没有这个机构"),
            Self::ClosedUnit => ("closed_unit", "/unit", "这个机构已撤销"),
        }
    }

    /// The stable word.
    pub(super) const fn code(self) -> &'static str {
        self.facts().0
    }

    /// The reason in Chinese.
    pub(super) const fn reason(self) -> &'static str {
        self.facts().2
    }
}

impl From<Fault> for AppError {
    fn from(fault: Fault) -> Self {
        let (_, pointer, reason) = fault.facts();
        match fault {
            Fault::UsernameTaken | Fault::PhoneTaken => Self::new(ErrorCode::Conflict, format!("{reason}。")),
            Fault::RoleAbove => Self::new(ErrorCode::Forbidden, format!("{reason}。")),
            _ => Self::invalid(pointer, format!("{reason}。")),
        }
    }
}

/// The one spelling of a user name.
pub(super) fn username(text: &str) -> Result<String, Fault> {
    if username_is_phone(text) {
        return Err(Fault::UsernameIsPhone);
    }
    username_canonical(text).ok_or(Fault::BadUsername)
}

/// The one spelling of a name.
pub(super) fn name(text: &str) -> Result<String, Fault> {
    name_canonical(text).ok_or(Fault::BadName)
}

/// The canonical form of a phone on which somebody can be reached.
pub(super) fn phone(text: &str) -> Result<String, Fault> {
    phone_reachable(text).ok_or(Fault::BadPhone)
}

/// A role that the one who asks may give.
pub(super) fn role(context: &Context, role: Role) -> Result<(), Fault> {
    if !role.is_officer() {
        return Err(Fault::BadRole);
    }
    match &context.actor {
        Actor::Officer(officer) if !may_manage(officer.role, role) => Err(Fault::RoleAbove),
        _ => Ok(()),
    }
}

/// An open unit in which the one who asks may place somebody; a foreign unit and an absent one are the same.
pub(super) fn unit(context: &Context, ground: &Ground, unit: Option<&StoredUnit>) -> Result<Option<i64>, Fault> {
    let scope = ground.scope_of(context, unit.map(|unit| unit.id));
    let allowed = context.authorize(Action::EditOfficers, scope).is_ok();
    match unit {
        None if allowed => Ok(None),
        None => Err(Fault::NoUnit),
        Some(_) if !allowed => Err(Fault::UnknownUnit),
        Some(unit) if unit.closed_at.is_some() => Err(Fault::ClosedUnit),
        Some(unit) => Ok(Some(unit.id)),
    }
}

/// [`unit`] for an outward id.
pub(super) fn unit_named(context: &Context, ground: &Ground, public_id: Option<&str>) -> Result<Option<i64>, Fault> {
    let named = public_id.map(|id| ground.unit_named(id).ok_or(Fault::UnknownUnit)).transpose()?;
    unit(context, ground, named)
}

/// Refuses unless this officer is within reach of the one who asks.
pub(super) fn within_reach(context: &Context, ground: &Ground, officer: &StoredOfficer) -> Result<(), AppError> {
    context.authorize(Action::EditOfficers, ground.scope_of(context, officer.unit_id))?;
    Ok(role(context, officer.role)?)
}

/// [`within_reach`] of an officer who is active.
pub(super) fn manageable(context: &Context, ground: &Ground, officer: &StoredOfficer) -> Result<(), AppError> {
    within_reach(context, ground, officer)?;
    if officer.active { Ok(()) } else { Err(conflict("这名人员已停用，不能再改。")) }
}

/// True if the one who asks is this officer.
pub(super) fn is_self(context: &Context, officer: &StoredOfficer) -> bool {
    matches!(&context.actor, Actor::Officer(asking) if asking.id == officer.id)
}

/// Refuses to take away the last active administrator.
pub(super) fn administrator_remains(connection: &mut DbConnection, officer: &StoredOfficer) -> Result<(), AppError> {
    let last = officer.role == Role::Administrator && officers_active(connection, Role::Administrator)? <= 1;
    if last {
        Err(conflict("这是最后一名在用的管理员，请先设立另一名管理员。"))
    } else {
        Ok(())
    }
}

/// It contradicts what is there.
pub(super) fn conflict(detail: &'static str) -> AppError {
    AppError::new(ErrorCode::Conflict, detail)
}

/// What the database says of a name in use.
pub(super) fn taken(error: StoreError) -> AppError {
    match error {
        StoreError::AlreadyExists(_) => Fault::UsernameTaken.into(),
        other => other.into(),
    }
}
