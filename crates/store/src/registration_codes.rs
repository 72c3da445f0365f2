//! The codes under which residents register with an officer: a short random id each, that says nothing by itself.

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods as _, JoinOnDsl as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _};
use keyring::PublicId;

use crate::{
    connection::DbConnection,
    dialect::native,
    error::StoreError,
    schema::{officers, registration_codes, unit_divisions, units},
    types::At,
};

/// Characters of a code: 88 random bits, and short enough for the scene of a mini-program code (32).
const LENGTH: usize = 22;

/// Whose code it is.
#[derive(Debug, Clone)]
pub struct CodeHolder {
    /// Key of the officer.
    pub officer_id: i64,
    /// Outward id of the officer.
    pub officer: String,
    /// Name of their unit.
    pub unit: Option<String>,
    /// Codes of the divisions their unit serves.
    pub served: Vec<String>,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = registration_codes, treat_none_as_default_value = false)]
struct Row<'a> {
    officer_id: i64,
    code: &'a str,
    created_at: At,
}

/// An officer's code, made at the first asking.
pub fn registration_code_of(
    connection: &mut DbConnection,
    officer_id: i64,
    now: DateTime<Utc>,
) -> Result<String, StoreError> {
    let new: String = PublicId::random().to_string().chars().take(LENGTH).collect();
    let row = Row { officer_id, code: &new, created_at: At::new(now) };
    native!(connection, |inner| diesel::insert_into(registration_codes::table)
        .values(&row)
        .on_conflict(registration_codes::officer_id)
        .do_nothing()
        .execute(inner))?;
    Ok(registration_codes::table.find(officer_id).select(registration_codes::code).first(connection)?)
}

/// The active officer to whom a code belongs.
pub fn registration_code_find(connection: &mut DbConnection, code: &str) -> Result<Option<CodeHolder>, StoreError> {
    // Any other text names nothing, and could be a phone: databases log the statements that fail, with their values.
    if code.len() != LENGTH || !code.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(None);
    }
    let found: Option<(i64, String, Option<i64>)> = registration_codes::table
        .inner_join(officers::table.on(officers::id.eq(registration_codes::officer_id)))
        .filter(registration_codes::code.eq(code))
        .filter(officers::state.eq("active"))
        .select((officers::id, officers::public_id, officers::unit_id))
        .first(connection)
        .optional()?;
    let Some((officer_id, officer, unit_id)) = found else { return Ok(None) };
    let Some(unit_id) = unit_id else {
        return Ok(Some(CodeHolder { officer_id, officer, unit: None, served: Vec::new() }));
    };
    let unit = units::table.find(unit_id).select(units::name).first(connection).optional()?;
    let served = unit_divisions::table
        .filter(unit_divisions::unit_id.eq(unit_id))
        .order(unit_divisions::division_code)
        .select(unit_divisions::division_code)
        .load(connection)?;
    Ok(Some(CodeHolder { officer_id, officer, unit, served }))
}
