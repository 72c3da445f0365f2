//! Accounts of officers, made and borrowed at the command line. Blocking.

use chrono::{DateTime, Utc};
use domain::authorization::Role;
use keyring::{
    passwords::{hash_password, new_password},
    totp::TotpSecret,
};
use store::{
    Store, StoreError,
    audit_log::audit_log_add,
    divisions::divisions_hold,
    officers::{ActingOfficer, NewOfficer, officer_acting, officer_create as insert, officer_unit_find},
};

use crate::{
    Actor, Context, Officer,
    error::{AppError, ErrorCode},
    people::phone_reachable,
};

/// Why a phone is no user name.
pub(crate) const USERNAME_IS_PHONE: &str = "用户名不能是电话号码，请改用姓名拼音或工号";

/// What a new officer is told once. Has no `Debug`: it holds the password.
pub struct OfficerCredentials {
    /// Outward id.
    pub public_id: String,
    /// The name to sign in with, canonical.
    pub username: String,
    /// The password.
    pub password: String,
    /// The secret of the one-time codes, base32, to be typed into a phone.
    pub totp_secret: String,
    /// The same as an address for a QR code.
    pub otpauth_uri: String,
}

/// The one spelling of a user name: trimmed, ASCII letters in lower case. 2 to 64 letters or digits of any script, `.`,
/// `_`, `-` or `@`, and no phone; `None` for anything else.
pub fn username_canonical(text: &str) -> Option<String> {
    let name = text.trim().to_ascii_lowercase();
    let fits = (2..=64).contains(&name.chars().count());
    let known = |character: char| character.is_alphanumeric() || matches!(character, '.' | '_' | '-' | '@');
    (fits && name.chars().all(known) && !username_is_phone(&name)).then_some(name)
}

/// True for a phone, also with marks between its digits. User names stand in plain in the database and in lists: nobody's phone
/// may be one.
pub fn username_is_phone(name: &str) -> bool {
    let bare: String = name.chars().filter(|sign| !matches!(sign, '.' | '_' | '-' | '@' | '+' | ' ')).collect();
    phone_reachable(&bare).is_some()
}

/// Makes an officer and returns what they sign in with. Blocking.
///
/// # Errors
/// `invalid_field` for a name, role or unit that cannot be; `conflict` for a name in use.
pub fn officer_create(
    store: &Store,
    username: &str,
    role: Role,
    unit: Option<&str>,
    now: DateTime<Utc>,
) -> Result<OfficerCredentials, AppError> {
    if username_is_phone(username) {
        return Err(AppError::invalid("/username", USERNAME_IS_PHONE));
    }
    let username = username_canonical(username)
        .ok_or_else(|| AppError::invalid("/username", "用户名须为2至64个文字、字母、数字或 . _ - @"))?;
    if !role.is_officer() {
        return Err(AppError::invalid("/role", "这个角色不能登录管理端"));
    }
    let (password, secret) = (new_password(), TotpSecret::random());
    let password_hash = hash_password(&password).map_err(|error| AppError::internal(error.to_string()))?;
    let public_id = store.db.write_blocking(|connection| {
        // Whoever closes the unit meanwhile waits, and then sees this officer in it.
        divisions_hold(connection)?;
        let unit_id = match unit {
            Some(name) => Some(officer_unit_find(connection, name)?.ok_or(StoreError::NotFound)?),
            None => None,
        };
        let new =
            NewOfficer { username: &username, password_hash: &password_hash, totp_secret: &secret, role, unit_id };
        let public_id = insert(connection, &store.keyring, &new, now)?.to_string();
        let (context, detail) = (Context::operator(), serde_json::json!({ "role": role.as_str() }));
        audit_log_add(connection, &context.audit(now, "officer.created", "officer", &public_id, detail))?;
        Ok(public_id)
    });
    let public_id = public_id.map_err(|error| match error {
        StoreError::NotFound => AppError::invalid("/unit", "没有这个名称的机构"),
        StoreError::AlreadyExists(_) => AppError::new(ErrorCode::Conflict, "这个用户名已被使用，请换一个。"),
        other => other.into(),
    })?;
    let (totp_secret, otpauth_uri) = (secret.to_base32(), secret.to_uri(&username));
    Ok(OfficerCredentials { public_id, username, password, totp_secret, otpauth_uri })
}

/// The context of a command that an operator runs in an officer's name: their role and divisions hold. Blocking.
///
/// # Errors
/// `not_found` when no active officer has this name.
pub fn officer_context(store: &Store, username: &str) -> Result<Context, AppError> {
    let username = username_canonical(username).ok_or_else(AppError::not_found)?;
    let found = store.db.run_blocking(|connection| officer_acting(connection, &username))?;
    let ActingOfficer { officer, unit, served } = found.ok_or_else(AppError::not_found)?;
    let (id, public_id, role) = (officer.id, officer.public_id.to_string(), officer.role);
    let actor = Actor::Officer(Officer { id, public_id, session: String::new(), role, unit, served });
    Ok(Context { actor, request_id: "command".to_owned() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_have_one_spelling_and_odd_ones_are_refused() {
        assert_eq!(username_canonical(" Zhang.San "), Some("zhang.san".to_owned()));
        for name in ["张三", "012345", "20261124", "li.lei-2"] {
            assert_eq!(username_canonical(name), Some(name.to_owned()));
        }
        for wrong in [
            "",
            "a",
            "a b",
            "a\u{202e}b",
            "a/b",
            "名\n字",
            "13800138000",
            "138-0013-8000",
            "0394.8270110",
            &"x".repeat(65),
        ] {
            assert_eq!(username_canonical(wrong), None, "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn a_canonical_name_is_its_own(text in "\\PC{0,70}") {
            if let Some(name) = username_canonical(&text) {
                prop_assert_eq!(username_canonical(&name), Some(name.clone()));
            }
        }
    }
}
