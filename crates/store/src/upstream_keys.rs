//! Keys of upstream systems, and the nonces of their signed requests.

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _};
use keyring::{Keyring, PublicId, SealContext};

use crate::{
    connection::DbConnection,
    dialect::native,
    error::StoreError,
    schema::{upstream_keys, upstream_nonces},
    types::At,
};

/// Names the sealed secret.
pub(crate) const SECRET: &str = "upstream_keys.secret";
const ACTIVE: &str = "active";

/// A key that may sign. Has no `Debug`: it holds the secret.
#[derive(Clone)]
pub struct UpstreamKey {
    /// Key in the database.
    pub id: i64,
    /// What is handed over with the secret and sent with each request.
    pub key_id: PublicId,
    /// The secret's text, whose bytes are the HMAC key.
    pub secret: String,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = upstream_keys, treat_none_as_default_value = false)]
struct Row<'a> {
    key_id: &'a str,
    name: &'a str,
    secret: Vec<u8>,
    state: &'a str,
    created_at: At,
}

/// Adds a key for the partner called `name` and returns its id. A partner may have several keys at a time, to exchange
/// them without a gap.
pub fn upstream_key_create(
    connection: &mut DbConnection,
    keyring: &Keyring,
    name: &str,
    secret: &str,
    now: DateTime<Utc>,
) -> Result<PublicId, StoreError> {
    let key_id = PublicId::random();
    let row = Row {
        key_id: &key_id.to_string(),
        name,
        secret: keyring.seal_system(SealContext::new(SECRET, key_id), secret.as_bytes())?,
        state: ACTIVE,
        created_at: At::new(now),
    };
    diesel::insert_into(upstream_keys::table).values(row).execute(connection)?;
    Ok(key_id)
}

/// The active key with this id.
pub fn upstream_key_find(
    connection: &mut DbConnection,
    keyring: &Keyring,
    key_id: PublicId,
) -> Result<Option<UpstreamKey>, StoreError> {
    let found: Option<(i64, Vec<u8>)> = upstream_keys::table
        .filter(upstream_keys::key_id.eq(key_id.to_string()))
        .filter(upstream_keys::state.eq(ACTIVE))
        .select((upstream_keys::id, upstream_keys::secret))
        .first(connection)
        .optional()?;
    let open = |(id, sealed): (i64, Vec<u8>)| {
        let secret = keyring.open_system(SealContext::new(SECRET, key_id), &sealed)?;
        let secret =
            String::from_utf8(secret).map_err(|_| StoreError::Unreadable("a secret that is no text".to_owned()))?;
        Ok(UpstreamKey { id, key_id, secret })
    };
    found.map(open).transpose()
}

/// Name of the partner whose key this is.
pub fn upstream_name(connection: &mut DbConnection, key_id: &str) -> Result<String, StoreError> {
    Ok(upstream_keys::table
        .filter(upstream_keys::key_id.eq(key_id))
        .filter(upstream_keys::state.eq(ACTIVE))
        .select(upstream_keys::name)
        .first(connection)?)
}

/// Disables a key. False when there is no active key with this id.
pub fn upstream_key_disable(connection: &mut DbConnection, key_id: PublicId) -> Result<bool, StoreError> {
    let found = upstream_keys::table
        .filter(upstream_keys::key_id.eq(key_id.to_string()))
        .filter(upstream_keys::state.eq(ACTIVE));
    Ok(diesel::update(found).set(upstream_keys::state.eq("disabled")).execute(connection)? == 1)
}

/// Uses up a nonce of a key. False when it was used before: of several equal requests, at whatever servers, one passes.
pub fn upstream_nonce_use(
    connection: &mut DbConnection,
    upstream_key_id: i64,
    nonce: &str,
    expires_at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let row = (
        upstream_nonces::upstream_key_id.eq(upstream_key_id),
        upstream_nonces::nonce.eq(nonce),
        upstream_nonces::expires_at.eq(At::new(expires_at)),
    );
    let inserted = native!(connection, |inner| diesel::insert_into(upstream_nonces::table)
        .values(row)
        .on_conflict((upstream_nonces::upstream_key_id, upstream_nonces::nonce))
        .do_nothing()
        .execute(inner))?;
    Ok(inserted == 1)
}

/// Forgets nonces whose requests would be refused for their time. Returns how many.
pub fn upstream_nonces_prune(connection: &mut DbConnection, now: DateTime<Utc>) -> Result<usize, StoreError> {
    Ok(diesel::delete(upstream_nonces::table.filter(upstream_nonces::expires_at.le(At::new(now))))
        .execute(connection)?)
}
