//! Officers and partners: few rows, sealed under a master key or under a key of their own.

use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _};
use keyring::{Keyring, PublicId, SealContext, SealError};

use super::{HEADER, Rows, Step, resealed, substr};
use crate::{
    connection::DbConnection,
    dialect::load_unheld,
    error::StoreError,
    officers::TOTP_SECRET,
    persons::parse_id,
    schema::{officers, upstream_keys},
    upstream_keys::SECRET,
};

type Officer = (i64, String, Vec<u8>, Vec<u8>);

/// Brings the keys and one-time-code secrets of officers after `after` to the current keys, at most `limit`. Call it in a
/// write transaction.
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
            .select((officers::id, officers::public_id, officers::key, officers::totp_secret))
    )?;
    let mut step = Step { last: found.last().map(|(id, ..)| *id), ..Step::default() };
    for row in found {
        step.seen += 1;
        let Ok(anew) = moved(keyring, &row, parse_id(&row.1)?) else {
            step.stuck += 1;
            continue;
        };
        if anew != row {
            let (id, _, key, secret) = anew;
            diesel::update(officers::table.find(id))
                .set((officers::key.eq(key), officers::totp_secret.eq(secret)))
                .execute(connection)?;
            step.changed += 1;
        }
    }
    Ok(step)
}

fn moved(keyring: &Keyring, row: &Officer, owner: PublicId) -> Result<Officer, SealError> {
    let (id, public_id, wrapped, secret) = row;
    let key = keyring.unwrap_key(wrapped, owner)?;
    let anew = keyring.rewrap_key(wrapped, owner)?.unwrap_or_else(|| wrapped.clone());
    Ok((*id, public_id.clone(), anew, resealed(keyring, &key, TOTP_SECRET, owner, secret)?))
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
