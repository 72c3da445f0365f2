//! What persons agreed to. A withdrawn consent keeps its row: that it was given, and until when.

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _};
use domain::person::{ConsentBasis, Purpose};
use keyring::{Keyring, SealContext};

use super::profile::StoredPerson;
use crate::{connection::DbConnection, error::StoreError, schema::consents, types::At};

/// Names the sealed reason of an attestation.
pub(crate) const CONSENT_REASON: &str = "consents.reason";

#[derive(diesel::Insertable)]
#[diesel(table_name = consents, treat_none_as_default_value = false)]
pub(crate) struct ConsentRow<'a> {
    pub(crate) person_id: i64,
    pub(crate) purpose: &'a str,
    pub(crate) version: &'a str,
    pub(crate) basis: &'a str,
    pub(crate) given_by: &'a str,
    pub(crate) reason: Option<&'a [u8]>,
    pub(crate) given_at: At,
}

/// A consent to note.
#[derive(Debug, Clone, Copy)]
pub struct NewConsent<'a> {
    /// What for.
    pub purpose: Purpose,
    /// Version of the text that was agreed to.
    pub version: &'a str,
    /// On whose word.
    pub basis: ConsentBasis,
    /// Outward id of who gave it: the person, the guardian, the officer.
    pub given_by: &'a str,
    /// Why the person could not give it themselves; sealed.
    pub reason: Option<&'a str>,
}

/// A consent as stored.
#[derive(Debug, Clone)]
pub struct StoredConsent {
    /// What for.
    pub purpose: Purpose,
    /// Version of the text.
    pub version: String,
    /// On whose word.
    pub basis: ConsentBasis,
    /// Outward id of who gave it.
    pub given_by: String,
    /// When.
    pub given_at: DateTime<Utc>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<DateTime<Utc>>,
}

/// Notes a consent. One to the same text that holds already stays as it is; one to an older text gives way.
pub fn consent_give(
    connection: &mut DbConnection,
    keyring: &Keyring,
    person: &StoredPerson,
    new: NewConsent<'_>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let held: Option<String> = consents::table
        .filter(consents::person_id.eq(person.id))
        .filter(consents::purpose.eq(new.purpose.as_str()))
        .filter(consents::withdrawn_at.is_null())
        .select(consents::version)
        .first(connection)
        .optional()?;
    if held.as_deref() == Some(new.version) {
        return Ok(());
    }
    consent_withdraw(connection, person.id, new.purpose, now)?;
    let seal =
        |reason: &str| keyring.seal(&person.key, SealContext::new(CONSENT_REASON, person.public_id), reason.as_bytes());
    let reason = new.reason.map(seal).transpose()?;
    let row = ConsentRow {
        person_id: person.id,
        purpose: new.purpose.as_str(),
        version: new.version,
        basis: new.basis.as_str(),
        given_by: new.given_by,
        reason: reason.as_deref(),
        given_at: At::new(now),
    };
    diesel::insert_into(consents::table).values(row).execute(connection)?;
    Ok(())
}

/// Withdraws a consent. Says whether there was one.
pub fn consent_withdraw(
    connection: &mut DbConnection,
    person: i64,
    purpose: Purpose,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let held = consents::table
        .filter(consents::person_id.eq(person))
        .filter(consents::purpose.eq(purpose.as_str()))
        .filter(consents::withdrawn_at.is_null());
    Ok(diesel::update(held).set(consents::withdrawn_at.eq(Some(At::new(now)))).execute(connection)? > 0)
}

/// All consents of a person, withdrawn ones too, oldest first.
pub fn consents_of(connection: &mut DbConnection, person: i64) -> Result<Vec<StoredConsent>, StoreError> {
    let rows: Vec<(String, String, String, String, At, Option<At>)> = consents::table
        .filter(consents::person_id.eq(person))
        .order(consents::id)
        .select((
            consents::purpose,
            consents::version,
            consents::basis,
            consents::given_by,
            consents::given_at,
            consents::withdrawn_at,
        ))
        .load(connection)?;
    rows.into_iter()
        .map(|(purpose, version, basis, given_by, given_at, withdrawn_at)| {
            let unreadable = |what: &str| StoreError::Unreadable(format!("{what} of a consent"));
            Ok(StoredConsent {
                purpose: Purpose::from_word(&purpose).ok_or_else(|| unreadable("purpose"))?,
                version,
                basis: ConsentBasis::from_word(&basis).ok_or_else(|| unreadable("basis"))?,
                given_by,
                given_at: given_at.into(),
                withdrawn_at: withdrawn_at.map(Into::into),
            })
        })
        .collect()
}
