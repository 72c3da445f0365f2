//! Officers, partners and who answers for which village: sealed under a master key or under a key of the row's own.

use diesel::{ExpressionMethods as _, QueryDsl as _, Queryable, RunQueryDsl as _};
use keyring::{Keyring, SealContext};

use super::{HEADER, Rows, Step, opened::Opened, substr};
use crate::{
    connection::DbConnection,
    dialect::load_unheld,
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

#[derive(Queryable, Clone, PartialEq, Eq)]
struct Officer {
    id: i64,
    public_id: String,
    key: Vec<u8>,
    totp_secret: Vec<u8>,
    name: Option<Vec<u8>>,
    phone: Option<Vec<u8>>,
    phone_index: Option<Vec<u8>>,
}

/// Brings officers after `after` to the current keys, at most `limit`. Call it in a write transaction.
pub fn officers_reseal(
    connection: &mut DbConnection,
    keyring: &Keyring,
    rows: Rows,
    after: i64,
    limit: i64,
) -> Result<Step, StoreError> {
    let found: Vec<Officer> = load_unheld!(
        connection,
        officers::table
            .filter(officers::id.gt(after))
            .filter(substr(officers::key, 1, HEADER).ne(rows.passed_by(keyring)))
            .order(officers::id)
            .limit(limit)
            .select((
                officers::id,
                officers::public_id,
                officers::key,
                officers::totp_secret,
                officers::name,
                officers::phone,
                officers::phone_index,
            ))
    )?;
    let mut step = Step { last: found.last().map(|row| row.id), seen: found.len() as u64, ..Step::default() };
    for row in found {
        let Ok(mut officer) = Opened::of(keyring, &row.key, parse_id(&row.public_id)?) else {
            step.stuck += 1;
            continue;
        };
        let mut anew = Officer { key: officer.wrapped.clone(), ..row.clone() };
        anew.totp_secret = officer.bytes(keyring, TOTP_SECRET, &row.totp_secret);
        officer.column(keyring, NAME, &mut anew.name, None);
        officer.column(keyring, PHONE, &mut anew.phone, Some(&mut anew.phone_index));
        step.stuck += u64::from(!officer.whole);
        if anew != row {
            diesel::update(officers::table.find(row.id))
                .set((
                    officers::key.eq(anew.key),
                    officers::totp_secret.eq(anew.totp_secret),
                    officers::name.eq(anew.name),
                    officers::phone.eq(anew.phone),
                    officers::phone_index.eq(anew.phone_index),
                ))
                .execute(connection)?;
            step.changed += 1;
        }
    }
    Ok(step)
}

#[derive(Queryable, Clone, PartialEq, Eq)]
struct Assignment {
    id: i64,
    public_id: String,
    key: Vec<u8>,
    name: Vec<u8>,
    phone: Vec<u8>,
    phone_index: Vec<u8>,
}

/// Brings who answers for which village, after `after`, to the current keys, at most `limit`. Call it in a write
/// transaction.
pub fn responsibilities_reseal(
    connection: &mut DbConnection,
    keyring: &Keyring,
    rows: Rows,
    after: i64,
    limit: i64,
) -> Result<Step, StoreError> {
    let found: Vec<Assignment> = load_unheld!(
        connection,
        assignments::table
            .filter(assignments::id.gt(after))
            .filter(substr(assignments::key, 1, HEADER).ne(rows.passed_by(keyring)))
            .order(assignments::id)
            .limit(limit)
            .select((
                assignments::id,
                assignments::public_id,
                assignments::key,
                assignments::name,
                assignments::phone,
                assignments::phone_index,
            ))
    )?;
    let mut step = Step { last: found.last().map(|row| row.id), seen: found.len() as u64, ..Step::default() };
    for row in found {
        let Ok(mut assignment) = Opened::of(keyring, &row.key, parse_id(&row.public_id)?) else {
            step.stuck += 1;
            continue;
        };
        let mut anew = Assignment { key: assignment.wrapped.clone(), ..row.clone() };
        anew.name = assignment.bytes(keyring, responsibilities::NAME, &row.name);
        if let Ok((phone, text)) = assignment.open(keyring, responsibilities::PHONE, &row.phone) {
            anew.phone = phone;
            anew.phone_index = keyring.blind_index(responsibilities::PHONE, &text).to_vec();
        }
        step.stuck += u64::from(!assignment.whole);
        if anew != row {
            diesel::update(assignments::table.find(row.id))
                .set((
                    assignments::key.eq(anew.key),
                    assignments::name.eq(anew.name),
                    assignments::phone.eq(anew.phone),
                    assignments::phone_index.eq(anew.phone_index),
                ))
                .execute(connection)?;
            step.changed += 1;
        }
    }
    Ok(step)
}

/// Brings the secrets of partners after `after` to the current master key, at most `limit`. Call it in a write transaction.
pub fn upstream_keys_reseal(
    connection: &mut DbConnection,
    keyring: &Keyring,
    rows: Rows,
    after: i64,
    limit: i64,
) -> Result<Step, StoreError> {
    let found: Vec<(i64, String, Vec<u8>)> = load_unheld!(
        connection,
        upstream_keys::table
            .filter(upstream_keys::id.gt(after))
            .filter(substr(upstream_keys::secret, 1, HEADER).ne(rows.passed_by(keyring)))
            .order(upstream_keys::id)
            .limit(limit)
            .select((upstream_keys::id, upstream_keys::key_id, upstream_keys::secret))
    )?;
    let mut step = Step { last: found.last().map(|(id, ..)| *id), ..Step::default() };
    for (id, key_id, secret) in found {
        step.seen += 1;
        match keyring.reseal_system(SealContext::new(SECRET, parse_id(&key_id)?), &secret) {
            Err(_) => step.stuck += 1,
            Ok(None) => {}
            Ok(Some(anew)) => {
                diesel::update(upstream_keys::table.find(id))
                    .set(upstream_keys::secret.eq(anew))
                    .execute(connection)?;
                step.changed += 1;
            }
        }
    }
    Ok(step)
}
