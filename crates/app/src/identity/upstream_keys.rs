//! Keys of upstream systems: made and ended at the command line, remembered for a second while in use.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use keyring::{PublicId, new_upstream_secret};
use store::{
    DbConnection, Store, StoreError,
    audit_log::audit_log_add,
    upstream_keys::{UpstreamKey, upstream_key_create as insert, upstream_key_disable as disable, upstream_key_find},
};

use crate::{App, Context, error::AppError};

/// A disabled key is refused within this time.
const REMEMBERED: TimeDelta = TimeDelta::seconds(1);
/// Partners are few; more keys than this mean something else is going on.
const MOST: usize = 1_000;
const LONGEST_NAME: usize = 100;

/// A key and when it was read.
type Read = (DateTime<Utc>, Arc<UpstreamKey>);

/// Keys in use, each as it was at most a second ago.
#[derive(Default)]
pub struct UpstreamKeys(Mutex<HashMap<PublicId, Read>>);

impl UpstreamKeys {
    /// The active key with this id.
    pub(super) async fn find(&self, app: &App, key_id: PublicId) -> Result<Option<Arc<UpstreamKey>>, AppError> {
        let now = app.now();
        if let Some(key) = self.remembered(key_id, now) {
            return Ok(Some(key));
        }
        let keyring = app.store.keyring.clone();
        let found = app.store.db.run(move |connection| upstream_key_find(connection, &keyring, key_id)).await?;
        let Some(key) = found.map(Arc::new) else { return Ok(None) };
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.len() >= MOST {
            keys.clear();
        }
        keys.insert(key_id, (now, Arc::clone(&key)));
        Ok(Some(key))
    }

    fn remembered(&self, key_id: PublicId, now: DateTime<Utc>) -> Option<Arc<UpstreamKey>> {
        let keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (read_at, key) = keys.get(&key_id)?;
        ((now - *read_at).abs() < REMEMBERED).then(|| Arc::clone(key))
    }
}

/// What a partner is handed once. Has no `Debug`: it holds the secret.
pub struct UpstreamCredentials {
    /// Goes as `X-Key-Id`.
    pub key_id: String,
    /// The text whose bytes are the HMAC key.
    pub secret: String,
}

/// Makes a key for the partner called `name`. Blocking.
///
/// # Errors
/// `invalid_field` for an empty or overlong name.
pub fn upstream_key_create(store: &Store, name: &str, now: DateTime<Utc>) -> Result<UpstreamCredentials, AppError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(AppError::invalid("/name", "名称须为1至100个字"));
    }
    let secret = new_upstream_secret();
    let key_id = store.db.write_blocking(|connection| {
        let key_id = insert(connection, &store.keyring, name, &secret, now)?.to_string();
        audit(connection, now, "upstream_key.created", &key_id)?;
        Ok(key_id)
    });
    Ok(UpstreamCredentials { key_id: key_id?, secret })
}

/// Disables a key; every server refuses it within a second. Blocking.
///
/// # Errors
/// `not_found` when there is no active key with this id.
pub fn upstream_key_disable(store: &Store, key_id: &str, now: DateTime<Utc>) -> Result<(), AppError> {
    let id: PublicId = key_id.trim().parse().map_err(|_| AppError::not_found())?;
    let disabled = store.db.write_blocking(|connection| {
        if !disable(connection, id)? {
            return Err(StoreError::NotFound);
        }
        audit(connection, now, "upstream_key.disabled", &id.to_string())
    });
    Ok(disabled?)
}

fn audit(connection: &mut DbConnection, at: DateTime<Utc>, action: &str, key_id: &str) -> Result<(), StoreError> {
    let context = Context::operator();
    let detail = serde_json::json!({});
    audit_log_add(connection, &context.audit(at, action, "upstream_key", key_id, detail))
}
