//! Officers as people: name, phone, place, and how their accounts change.

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, Queryable, RunQueryDsl as _};
use domain::authorization::Role;
use keyring::{Keyring, PersonKey, PublicId, SealContext, totp::TotpSecret};

use super::{ACTIVE, TOTP_SECRET};
use crate::{
    connection::DbConnection,
    error::StoreError,
    persons::{parse_id, profile::open_text},
    schema::officers,
    sought::{sought, sought_if_any},
    types::At,
};

/// Names the sealed name.
pub(crate) const NAME: &str = "officers.name";
/// Names the sealed phone and its blind index.
pub(crate) const PHONE: &str = "officers.phone";
/// Names in one statement: well below SQLite's limit of 32,766 bound values.
const NAMES_PER_STATEMENT: usize = 1_000;

/// An officer, with what is sealed opened.
#[derive(Debug, Clone)]
pub struct StoredOfficer {
    /// Key in the database.
    pub id: i64,
    /// Outward id.
    pub public_id: PublicId,
    /// What their personal data is sealed under.
    pub key: PersonKey,
    /// The name to sign in with, canonical.
    pub username: String,
    /// What they are.
    pub role: Role,
    /// Key of their unit.
    pub unit_id: Option<i64>,
    /// Whether they may sign in.
    pub active: bool,
    /// Name.
    pub name: Option<String>,
    /// Canonical phone.
    pub phone: Option<String>,
    /// When they were entered.
    pub created_at: DateTime<Utc>,
    /// When they were disabled; none also for who was before this was kept.
    pub disabled_at: Option<DateTime<Utc>>,
}

#[derive(Queryable)]
struct Row {
    id: i64,
    public_id: String,
    key: Vec<u8>,
    username: String,
    role: String,
    unit_id: Option<i64>,
    state: String,
    name: Option<Vec<u8>>,
    phone: Option<Vec<u8>>,
    created_at: At,
    disabled_at: Option<At>,
}

const COLUMNS: (
    officers::id,
    officers::public_id,
    officers::key,
    officers::username,
    officers::role,
    officers::unit_id,
    officers::state,
    officers::name,
    officers::phone,
    officers::created_at,
    officers::disabled_at,
) = (
    officers::id,
    officers::public_id,
    officers::key,
    officers::username,
    officers::role,
    officers::unit_id,
    officers::state,
    officers::name,
    officers::phone,
    officers::created_at,
    officers::disabled_at,
);

fn opened(keyring: &Keyring, row: Row) -> Result<StoredOfficer, StoreError> {
    let public_id = parse_id(&row.public_id)?;
    let key = keyring.unwrap_key(&row.key, public_id)?;
    Ok(StoredOfficer {
        id: row.id,
        public_id,
        username: row.username,
        role: super::active(row.id, public_id, &row.role)?.role,
        unit_id: row.unit_id,
        active: row.state == ACTIVE,
        name: open_text(keyring, &key, NAME, public_id, row.name)?,
        phone: open_text(keyring, &key, PHONE, public_id, row.phone)?,
        created_at: row.created_at.into(),
        disabled_at: row.disabled_at.map(Into::into),
        key,
    })
}

/// Which officers.
#[derive(Debug, Clone, Default)]
pub struct OfficerFilter {
    /// Those of these units; none for everybody.
    pub units: Option<Vec<i64>>,
    /// Those who are active, or are not.
    pub active: Option<bool>,
}

/// Officers in the order in which they were entered, after the one with outward id `after`.
pub fn officers_page(
    connection: &mut DbConnection,
    keyring: &Keyring,
    filter: &OfficerFilter,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<StoredOfficer>, StoreError> {
    let mut query = officers::table.order(officers::id).limit(limit).select(COLUMNS).into_boxed();
    if let Some(units) = &filter.units {
        query = query.filter(officers::unit_id.eq_any(units.iter().map(|id| Some(*id)).collect::<Vec<_>>()));
    }
    match filter.active {
        None => {}
        Some(true) => query = query.filter(officers::state.eq(ACTIVE)),
        Some(false) => query = query.filter(officers::state.ne(ACTIVE)),
    }
    if let Some(after) = after {
        let after = sought(after)?;
        let id: Option<i64> =
            officers::table.filter(officers::public_id.eq(after)).select(officers::id).first(connection).optional()?;
        query = query.filter(officers::id.gt(id.ok_or(StoreError::NotFound)?));
    }
    let rows: Vec<Row> = query.load(connection)?;
    rows.into_iter().map(|row| opened(keyring, row)).collect()
}

/// The officer with this outward id, disabled ones too.
pub fn officer_find(
    connection: &mut DbConnection,
    keyring: &Keyring,
    public_id: &str,
) -> Result<Option<StoredOfficer>, StoreError> {
    let Some(public_id) = sought_if_any(public_id) else { return Ok(None) };
    let found: Option<Row> =
        officers::table.filter(officers::public_id.eq(public_id)).select(COLUMNS).first(connection).optional()?;
    found.map(|row| opened(keyring, row)).transpose()
}

/// The officer with this user name, canonical, disabled ones too.
pub fn officer_named(
    connection: &mut DbConnection,
    keyring: &Keyring,
    username: &str,
) -> Result<Option<StoredOfficer>, StoreError> {
    let found: Option<Row> =
        officers::table.filter(officers::username.eq(username)).select(COLUMNS).first(connection).optional()?;
    found.map(|row| opened(keyring, row)).transpose()
}

/// The officers with these keys, in the order of the keys, disabled ones too.
pub fn officers_by_id(
    connection: &mut DbConnection,
    keyring: &Keyring,
    ids: &[i64],
) -> Result<Vec<StoredOfficer>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(NAMES_PER_STATEMENT) {
        let rows: Vec<Row> = officers::table
            .filter(officers::id.eq_any(ids.to_vec()))
            .order(officers::id)
            .select(COLUMNS)
            .load(connection)?;
        for row in rows {
            found.push(opened(keyring, row)?);
        }
    }
    Ok(found)
}

/// Key, outward id and user name of the active officers of a unit, in the order in which they were entered.
pub fn officers_of_unit(connection: &mut DbConnection, unit_id: i64) -> Result<Vec<(i64, String, String)>, StoreError> {
    Ok(officers::table
        .filter(officers::unit_id.eq(Some(unit_id)))
        .filter(officers::state.eq(ACTIVE))
        .order(officers::id)
        .select((officers::id, officers::public_id, officers::username))
        .load(connection)?)
}

/// How many active officers hold a role.
pub fn officers_active(connection: &mut DbConnection, role: Role) -> Result<i64, StoreError> {
    Ok(officers::table
        .filter(officers::role.eq(role.as_str()))
        .filter(officers::state.eq(ACTIVE))
        .count()
        .get_result(connection)?)
}

/// Which of these user names are in use, also by disabled officers.
pub fn usernames_taken(connection: &mut DbConnection, usernames: &[&str]) -> Result<Vec<String>, StoreError> {
    let mut taken = Vec::new();
    for names in usernames.chunks(NAMES_PER_STATEMENT) {
        let found: Vec<String> = officers::table
            .filter(officers::username.eq_any(names.to_vec()))
            .select(officers::username)
            .load(connection)?;
        taken.extend(found);
    }
    Ok(taken)
}

/// True if an active officer other than `except` has this phone.
pub fn officer_phone_taken(
    connection: &mut DbConnection,
    keyring: &Keyring,
    phone: &str,
    except: Option<i64>,
) -> Result<bool, StoreError> {
    let indexes: Vec<Option<Vec<u8>>> =
        keyring.blind_index_candidates(PHONE, phone).into_iter().map(|index| Some(index.to_vec())).collect();
    let holders: Vec<i64> = officers::table
        .filter(officers::phone_index.eq_any(indexes))
        .filter(officers::state.eq(ACTIVE))
        .select(officers::id)
        .load(connection)?;
    Ok(holders.into_iter().any(|id| Some(id) != except))
}

/// Gives an officer this name and phone, sealed under their own key.
pub fn officer_profile_set(
    connection: &mut DbConnection,
    keyring: &Keyring,
    officer: &StoredOfficer,
    name: Option<&str>,
    phone: Option<&str>,
) -> Result<(), StoreError> {
    let seal = |column: &'static str, text: &str| {
        keyring.seal(&officer.key, SealContext::new(column, officer.public_id), text.as_bytes())
    };
    let index = phone.map(|phone| keyring.blind_index(PHONE, phone).to_vec());
    diesel::update(officers::table.find(officer.id))
        .set((
            officers::name.eq(name.map(|name| seal(NAME, name)).transpose()?),
            officers::phone.eq(phone.map(|phone| seal(PHONE, phone)).transpose()?),
            officers::phone_index.eq(index),
        ))
        .execute(connection)?;
    Ok(())
}

/// Gives an officer this role and unit; both hold from their next request on.
pub fn officer_place_set(
    connection: &mut DbConnection,
    id: i64,
    role: Role,
    unit_id: Option<i64>,
) -> Result<(), StoreError> {
    diesel::update(officers::table.find(id))
        .set((officers::role.eq(role.as_str()), officers::unit_id.eq(unit_id)))
        .execute(connection)?;
    Ok(())
}

/// Gives an officer another password and another secret of one-time codes; of the old ones nothing passes any more.
pub fn officer_credentials_set(
    connection: &mut DbConnection,
    keyring: &Keyring,
    officer: &StoredOfficer,
    password_hash: &str,
    totp_secret: &TotpSecret,
) -> Result<(), StoreError> {
    let context = SealContext::new(TOTP_SECRET, officer.public_id);
    diesel::update(officers::table.find(officer.id))
        .set((
            officers::password_hash.eq(password_hash),
            officers::totp_secret.eq(keyring.seal(&officer.key, context, totp_secret.as_bytes())?),
            officers::totp_step.eq(0),
        ))
        .execute(connection)?;
    Ok(())
}

/// Disables an officer by key. The row stays, for what they did.
pub fn officer_close(connection: &mut DbConnection, id: i64, now: DateTime<Utc>) -> Result<(), StoreError> {
    diesel::update(officers::table.find(id))
        .set((officers::state.eq("disabled"), officers::disabled_at.eq(Some(At::new(now)))))
        .execute(connection)?;
    Ok(())
}

/// Lets a disabled officer sign in again.
pub fn officer_open(connection: &mut DbConnection, id: i64) -> Result<(), StoreError> {
    diesel::update(officers::table.find(id))
        .set((officers::state.eq(ACTIVE), officers::disabled_at.eq(None::<At>)))
        .execute(connection)?;
    Ok(())
}
