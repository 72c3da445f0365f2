//! Officers: their sign-in secrets, their role, and what their unit serves.

mod linked;
pub(crate) mod profile;
pub use linked::officers_linked;
pub use profile::{
    OfficerFilter, StoredOfficer, officer_close, officer_credentials_set, officer_find, officer_named, officer_open,
    officer_phone_taken, officer_place_set, officer_profile_set, officers_active, officers_by_id, officers_of_unit,
    officers_page, usernames_taken,
};

use chrono::{DateTime, Utc};
use diesel::{
    ExpressionMethods as _, JoinOnDsl as _, NullableExpressionMethods as _, OptionalExtension as _, QueryDsl as _,
    RunQueryDsl as _,
};
use domain::authorization::Role;
use keyring::{Keyring, PersonKey, PublicId, SealContext, totp::TotpSecret};

use crate::{
    connection::DbConnection,
    error::StoreError,
    persons::parse_id,
    schema::{officers, sessions, unit_divisions, units},
    types::At,
};

/// Names the sealed secret of one-time codes.
pub(crate) const TOTP_SECRET: &str = "officers.totp_secret";
const ACTIVE: &str = "active";

/// An officer to add.
#[derive(Debug, Clone, Copy)]
pub struct NewOfficer<'a> {
    /// The name to sign in with, canonical.
    pub username: &'a str,
    /// The password as PHC text.
    pub password_hash: &'a str,
    /// The secret of the one-time codes.
    pub totp_secret: &'a TotpSecret,
    /// What they are.
    pub role: Role,
    /// Key of their unit.
    pub unit_id: Option<i64>,
}

/// What proves an officer.
#[derive(Debug, Clone)]
pub struct OfficerSecrets {
    /// Key in the database.
    pub id: i64,
    /// Outward id.
    pub public_id: PublicId,
    /// The password as PHC text.
    pub password_hash: String,
    /// The secret of the one-time codes.
    pub totp_secret: TotpSecret,
    /// The step of the last code that passed.
    pub totp_step: i64,
}

/// An officer who may act now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveOfficer {
    /// Key in the database.
    pub id: i64,
    /// Outward id.
    pub public_id: PublicId,
    /// What they are.
    pub role: Role,
}

/// An officer with what decides what they may do where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActingOfficer {
    /// Who.
    pub officer: ActiveOfficer,
    /// Name of their unit.
    pub unit: Option<String>,
    /// Codes of the divisions it serves.
    pub served: Vec<String>,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = officers, treat_none_as_default_value = false)]
struct Row<'a> {
    public_id: &'a str,
    key: Vec<u8>,
    username: &'a str,
    password_hash: &'a str,
    totp_secret: Vec<u8>,
    totp_step: i64,
    role: &'a str,
    unit_id: Option<i64>,
    state: &'a str,
    created_at: At,
}

/// Adds an officer and returns the outward id. A name in use, also by a disabled officer, is
/// [`StoreError::AlreadyExists`].
pub fn officer_create(
    connection: &mut DbConnection,
    keyring: &Keyring,
    new: &NewOfficer<'_>,
    now: DateTime<Utc>,
) -> Result<PublicId, StoreError> {
    let (public_id, key) = (PublicId::random(), PersonKey::random());
    let row = Row {
        public_id: &public_id.to_string(),
        key: keyring.wrap_key(&key, public_id)?,
        username: new.username,
        password_hash: new.password_hash,
        totp_secret: keyring.seal(&key, SealContext::new(TOTP_SECRET, public_id), new.totp_secret.as_bytes())?,
        totp_step: 0,
        role: new.role.as_str(),
        unit_id: new.unit_id,
        state: ACTIVE,
        created_at: At::new(now),
    };
    diesel::insert_into(officers::table).values(row).execute(connection)?;
    Ok(public_id)
}

/// Key of the open unit with this name.
pub fn officer_unit_find(connection: &mut DbConnection, name: &str) -> Result<Option<i64>, StoreError> {
    Ok(units::table
        .filter(units::name.eq(name))
        .filter(units::closed_at.is_null())
        .select(units::id)
        .first(connection)
        .optional()?)
}

type SecretsRow = (i64, String, Vec<u8>, String, Vec<u8>, i64);

/// The secrets of the active officer with this name.
pub fn officer_secrets(
    connection: &mut DbConnection,
    keyring: &Keyring,
    username: &str,
) -> Result<Option<OfficerSecrets>, StoreError> {
    let found: Option<SecretsRow> = officers::table
        .filter(officers::username.eq(username))
        .filter(officers::state.eq(ACTIVE))
        .select((
            officers::id,
            officers::public_id,
            officers::key,
            officers::password_hash,
            officers::totp_secret,
            officers::totp_step,
        ))
        .first(connection)
        .optional()?;
    let open = |(id, public_id, key, password_hash, sealed, totp_step): SecretsRow| {
        let public_id = parse_id(&public_id)?;
        let key = keyring.unwrap_key(&key, public_id)?;
        let bytes = keyring.open(&key, SealContext::new(TOTP_SECRET, public_id), &sealed)?;
        let totp_secret = TotpSecret::from_bytes(&bytes)
            .ok_or_else(|| StoreError::Unreadable("a TOTP secret of another length".to_owned()))?;
        Ok(OfficerSecrets { id, public_id, password_hash, totp_secret, totp_step })
    };
    found.map(open).transpose()
}

/// Marks the step of a one-time code as used. False when the officer was disabled meanwhile, or when this or a later step
/// was used already: of several equal codes, in whatever process, one passes (RFC 6238 section 5.2).
pub fn officer_totp_use(connection: &mut DbConnection, officer_id: i64, step: i64) -> Result<bool, StoreError> {
    let unused =
        officers::table.find(officer_id).filter(officers::state.eq(ACTIVE)).filter(officers::totp_step.lt(step));
    Ok(diesel::update(unused).set(officers::totp_step.eq(step)).execute(connection)? == 1)
}

/// The officer with this key in the database, if active.
pub fn officer_active(connection: &mut DbConnection, officer_id: i64) -> Result<Option<ActiveOfficer>, StoreError> {
    let found: Option<(String, String)> = officers::table
        .find(officer_id)
        .filter(officers::state.eq(ACTIVE))
        .select((officers::public_id, officers::role))
        .first(connection)
        .optional()?;
    found.map(|(public_id, role)| active(officer_id, parse_id(&public_id)?, &role)).transpose()
}

/// The officer to whom a session belongs, if both live, with the name of their unit and the codes of the divisions it
/// serves.
pub fn officer_of_session(
    connection: &mut DbConnection,
    public_id: PublicId,
    session: PublicId,
    now: DateTime<Utc>,
) -> Result<Option<ActingOfficer>, StoreError> {
    let found: Option<(i64, String, Option<i64>, Option<String>)> = officers::table
        .inner_join(sessions::table.on(sessions::holder_id.eq(officers::id)))
        .left_join(units::table.on(officers::unit_id.eq(units::id.nullable())))
        .filter(officers::public_id.eq(public_id.to_string()))
        .filter(officers::state.eq(ACTIVE))
        .filter(sessions::public_id.eq(session.to_string()))
        .filter(sessions::holder_kind.eq("officer"))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(At::new(now)))
        .select((officers::id, officers::role, officers::unit_id, units::name.nullable()))
        .first(connection)
        .optional()?;
    let Some((id, role, unit_id, unit)) = found else { return Ok(None) };
    let served = unit_id.map_or(Ok(Vec::new()), |unit_id| served_by(connection, unit_id))?;
    Ok(Some(ActingOfficer { officer: active(id, public_id, &role)?, unit, served }))
}

/// The active officer with this name, with the name of their unit and the codes of the divisions it serves.
pub fn officer_acting(connection: &mut DbConnection, username: &str) -> Result<Option<ActingOfficer>, StoreError> {
    type Found = (i64, String, String, Option<i64>, Option<String>);
    let found: Option<Found> = officers::table
        .left_join(units::table.on(officers::unit_id.eq(units::id.nullable())))
        .filter(officers::username.eq(username))
        .filter(officers::state.eq(ACTIVE))
        .select((officers::id, officers::public_id, officers::role, officers::unit_id, units::name.nullable()))
        .first(connection)
        .optional()?;
    let Some((id, public_id, role, unit_id, unit)) = found else { return Ok(None) };
    let served = unit_id.map_or(Ok(Vec::new()), |unit_id| served_by(connection, unit_id))?;
    Ok(Some(ActingOfficer { officer: active(id, parse_id(&public_id)?, &role)?, unit, served }))
}

fn served_by(connection: &mut DbConnection, unit_id: i64) -> Result<Vec<String>, StoreError> {
    Ok(unit_divisions::table
        .inner_join(units::table)
        .filter(units::id.eq(unit_id))
        .filter(units::closed_at.is_null())
        .order(unit_divisions::division_code)
        .select(unit_divisions::division_code)
        .load(connection)?)
}

fn active(id: i64, public_id: PublicId, role: &str) -> Result<ActiveOfficer, StoreError> {
    let role = Role::from_word(role)
        .filter(|role| role.is_officer())
        .ok_or_else(|| StoreError::Unreadable("the role of an officer".to_owned()))?;
    Ok(ActiveOfficer { id, public_id, role })
}
