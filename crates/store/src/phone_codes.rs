//! One-time codes sent by SMS to prove a phone. Phone and code stand under keyed hashes alone.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _, upsert::excluded};
use keyring::Keyring;

use crate::{connection::DbConnection, dialect::native, error::StoreError, schema::phone_codes, types::At};

const PHONE: &str = "phone_codes.phone";
const CODE: &str = "phone_codes.code";
/// Seconds before another code may be sent to the same phone.
pub const RESEND_SECONDS: i64 = 60;
/// How long a code is good.
pub const CODE_MINUTES: i64 = 5;
/// Wrong codes after which the sent one is void.
const MOST_FAILURES: i32 = 5;

/// What became of a code that came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeOutcome {
    /// It is the one that was sent; it is used up now.
    Right,
    /// It is not, or too many wrong ones came before.
    Wrong,
    /// None was sent, it is too old, or it was used.
    None,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = phone_codes, treat_none_as_default_value = false)]
struct Row {
    phone_index: Vec<u8>,
    code_index: Vec<u8>,
    sent_at: At,
    expires_at: At,
    failures: i32,
}

/// Notes a code about to be sent. Another one within a minute is refused with the seconds left.
pub fn phone_code_issue(
    connection: &mut DbConnection,
    keyring: &Keyring,
    phone: &str,
    code: &str,
    now: DateTime<Utc>,
) -> Result<Result<(), i64>, StoreError> {
    let phone_index = keyring.blind_index(PHONE, phone).to_vec();
    let sent: Option<At> =
        phone_codes::table.find(&phone_index).select(phone_codes::sent_at).first(connection).optional()?;
    let again = sent.map(|sent| DateTime::<Utc>::from(sent) + TimeDelta::seconds(RESEND_SECONDS));
    if let Some(left) = again.map(|again| (again - now).num_seconds()).filter(|left| *left > 0) {
        return Ok(Err(left));
    }
    let row = Row {
        code_index: keyring.blind_index(CODE, &format!("{phone} {code}")).to_vec(),
        phone_index,
        sent_at: At::new(now),
        expires_at: At::new(now + TimeDelta::minutes(CODE_MINUTES)),
        failures: 0,
    };
    native!(connection, |inner| diesel::insert_into(phone_codes::table)
        .values(&row)
        .on_conflict(phone_codes::phone_index)
        .do_update()
        .set((
            phone_codes::code_index.eq(excluded(phone_codes::code_index)),
            phone_codes::sent_at.eq(excluded(phone_codes::sent_at)),
            phone_codes::expires_at.eq(excluded(phone_codes::expires_at)),
            phone_codes::failures.eq(excluded(phone_codes::failures)),
        ))
        .execute(inner))?;
    Ok(Ok(()))
}

/// Takes a code back that could not be sent: another may be asked for at once.
pub fn phone_code_forget(connection: &mut DbConnection, keyring: &Keyring, phone: &str) -> Result<(), StoreError> {
    let index = keyring.blind_index(PHONE, phone).to_vec();
    diesel::delete(phone_codes::table.find(index)).execute(connection)?;
    Ok(())
}

/// Uses a code up, if it is the one that was sent to this phone.
pub fn phone_code_use(
    connection: &mut DbConnection,
    keyring: &Keyring,
    phone: &str,
    code: &str,
    now: DateTime<Utc>,
) -> Result<CodeOutcome, StoreError> {
    let phone_index = keyring.blind_index(PHONE, phone).to_vec();
    let code_index = keyring.blind_index(CODE, &format!("{phone} {code}")).to_vec();
    let good = phone_codes::table
        .find(&phone_index)
        .filter(phone_codes::code_index.eq(&code_index))
        .filter(phone_codes::expires_at.gt(At::new(now)))
        .filter(phone_codes::failures.lt(MOST_FAILURES));
    // One statement, so that of two uses at once one finds the row.
    if diesel::delete(good).execute(connection)? == 1 {
        return Ok(CodeOutcome::Right);
    }
    let open = phone_codes::table.find(&phone_index).filter(phone_codes::expires_at.gt(At::new(now)));
    let counted = diesel::update(open).set(phone_codes::failures.eq(phone_codes::failures + 1)).execute(connection)?;
    Ok(if counted == 1 { CodeOutcome::Wrong } else { CodeOutcome::None })
}

/// Forgets codes that are no longer good. Returns how many.
pub fn phone_codes_prune(connection: &mut DbConnection, now: DateTime<Utc>) -> Result<usize, StoreError> {
    Ok(diesel::delete(phone_codes::table.filter(phone_codes::expires_at.le(At::new(now)))).execute(connection)?)
}
