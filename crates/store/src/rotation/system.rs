//! Officers, partners and who answers for which village: sealed under a master key or under a key of the row's own.

use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _, SelectableHelper as _, prelude};
use keyring::{Keyring, SealContext};

use super::{Part, Step, load_part, opened::opened};
use crate::{
    connection::DbConnection,
    error::StoreError,
    officers::{
        TOTP_SECRET,
        profile::{NAME, PHONE},
    },
    persons::parse_id,
    responsibilities,
    schema::{officers, responsibility_assignments as assignments, upstream_keys},
    upstream_keys::SECRET,
};

#[derive(prelude::Queryable, prelude::Selectable, prelude::AsChangeset, Clone, PartialEq, Eq)]
#[diesel(table_name = officers, treat_none_as_null = true)]
struct Officer {
    id: i64,
    public_id: String,
    key: Vec<u8>,
    totp_secret: Vec<u8>,
    name: Option<Vec<u8>>,
    phone: Option<Vec<u8>>,
    phone_index: Option<Vec<u8>>,
}

/// Brings a part of the officers to the current keys. Call it in a write transaction.
pub fn officers_reseal(connection: &mut DbConnection, keyring: &Keyring, part: Part) -> Result<Step, StoreError> {
    let found: Vec<Officer> = load_part!(connection, keyring, part, officers, key, Officer)?;
    let (mut step, opened) = opened(keyring, found, |row| (row.id, &row.public_id, &row.key))?;
    for (row, mut officer) in opened {
        let mut anew = Officer { key: officer.wrapped.clone(), ..row.clone() };
        anew.totp_secret = officer.bytes(keyring, TOTP_SECRET, &row.totp_secret);
        officer.column(keyring, NAME, &mut anew.name, None);
        officer.column(keyring, PHONE, &mut anew.phone, Some(&mut anew.phone_index));
        step.stuck += u64::from(!officer.whole);
        if anew != row {
            diesel::update(officers::table.find(row.id)).set(anew).execute(connection)?;
            step.changed += 1;
        }
    }
    Ok(step)
}

#[derive(prelude::Queryable, prelude::Selectable, prelude::AsChangeset, Clone, PartialEq, Eq)]
#[diesel(table_name = assignments)]
struct Assignment {
    id: i64,
    public_id: String,
    key: Vec<u8>,
    name: Vec<u8>,
    phone: Vec<u8>,
    phone_index: Vec<u8>,
}

/// Brings a part of who answers for which village to the current keys. Call it in a write transaction.
pub fn responsibilities_reseal(
    connection: &mut DbConnection,
    keyring: &Keyring,
    part: Part,
) -> Result<Step, StoreError> {
    let found: Vec<Assignment> = load_part!(connection, keyring, part, assignments, key, Assignment)?;
    let (mut step, opened) = opened(keyring, found, |row| (row.id, &row.public_id, &row.key))?;
    for (row, mut assignment) in opened {
        let mut anew = Assignment { key: assignment.wrapped.clone(), ..row.clone() };
        anew.name = assignment.bytes(keyring, responsibilities::NAME, &row.name);
        if let Ok((phone, text)) = assignment.open(keyring, responsibilities::PHONE, &row.phone) {
            anew.phone = phone;
            anew.phone_index = keyring.blind_index(responsibilities::PHONE, &text).to_vec();
        }
        step.stuck += u64::from(!assignment.whole);
        if anew != row {
            diesel::update(assignments::table.find(row.id)).set(anew).execute(connection)?;
            step.changed += 1;
        }
    }
    Ok(step)
}

#[derive(prelude::Queryable, prelude::Selectable)]
#[diesel(table_name = upstream_keys)]
struct UpstreamKey {
    id: i64,
    key_id: String,
    secret: Vec<u8>,
}

/// Brings a part of the secrets of partners to the current master key. Call it in a write transaction.
pub fn upstream_keys_reseal(connection: &mut DbConnection, keyring: &Keyring, part: Part) -> Result<Step, StoreError> {
    let found: Vec<UpstreamKey> = load_part!(connection, keyring, part, upstream_keys, secret, UpstreamKey)?;
    let mut step = Step::over(&found, |row| row.id);
    for UpstreamKey { id, key_id, secret } in found {
        match keyring.reseal_system(SealContext::new(SECRET, parse_id(&key_id)?), &secret) {
            Err(_) => step.stuck += 1,
            Ok(None) => {}
            Ok(Some(anew)) => {
                let row = upstream_keys::table.find(id);
                diesel::update(row).set(upstream_keys::secret.eq(anew)).execute(connection)?;
                step.changed += 1;
            }
        }
    }
    Ok(step)
}
