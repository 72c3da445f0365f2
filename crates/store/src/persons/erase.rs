//! Erasure: the key of a person's data is destroyed, and with it everything sealed under it, in backups too.

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _};

use super::profile::StoredPerson;
use crate::{
    appeals::appeals_erase,
    audit_log::PERSON,
    connection::DbConnection,
    error::StoreError,
    families::{family_link_end, family_links_touching},
    own_checks::own_checks_forget,
    reports::reports_erase,
    schema::{audit_log, consents, person_tags, persons, refresh_tokens, sessions, sign_ups, warnings},
    types::At,
};

/// Erases a person: key, openid, phone, name, blind indexes, tags, warnings, reports, sessions' tokens and where the sign-up came
/// from. What stays names them by a random number alone: that they were there, what they agreed to and until when, and
/// the audit log without the purposes that officers wrote down. Ends their family links; returns the keys of persons who were known through them alone.
pub fn person_erase(
    connection: &mut DbConnection,
    person: &StoredPerson,
    now: DateTime<Utc>,
) -> Result<Vec<i64>, StoreError> {
    let mut orphans = Vec::new();
    for link in family_links_touching(connection, person.id)? {
        let reason = if link.resident_id == person.id { "erased" } else { "left" };
        family_link_end(connection, link.id, reason, now)?;
        if link.resident_id == person.id {
            orphans.push(link.member_id);
        }
    }
    diesel::update(persons::table.find(person.id))
        .set((
            persons::state.eq("erased"),
            persons::key.eq(Vec::<u8>::new()),
            persons::openid.eq(None::<Vec<u8>>),
            persons::openid_index.eq(None::<Vec<u8>>),
            persons::name.eq(None::<Vec<u8>>),
            persons::birth_year.eq(None::<i16>),
            persons::registered_at.eq(None::<At>),
            persons::paused_at.eq(None::<At>),
            persons::last_signed_in_at.eq(None::<At>),
        ))
        .execute(connection)?;
    super::person_phone_clear(connection, person.id)?;
    diesel::delete(person_tags::table.filter(person_tags::person_id.eq(person.id))).execute(connection)?;
    diesel::delete(warnings::table.filter(warnings::person_id.eq(person.id))).execute(connection)?;
    reports_erase(connection, person.id)?;
    appeals_erase(connection, person.id, now)?;
    own_checks_forget(connection, person.id)?;
    diesel::delete(sign_ups::table.filter(sign_ups::person_id.eq(person.id))).execute(connection)?;
    let of_person = consents::table.filter(consents::person_id.eq(person.id));
    diesel::update(of_person).set(consents::reason.eq(None::<Vec<u8>>)).execute(connection)?;
    let looks = audit_log::table
        .filter(audit_log::object_kind.eq(PERSON))
        .filter(audit_log::object_id.eq(person.public_id.to_string()))
        .filter(audit_log::purpose.is_not_null());
    diesel::update(looks).set(audit_log::purpose.eq(None::<Vec<u8>>)).execute(connection)?;
    let open = consents::table.filter(consents::person_id.eq(person.id)).filter(consents::withdrawn_at.is_null());
    diesel::update(open).set(consents::withdrawn_at.eq(Some(At::new(now)))).execute(connection)?;
    let of_resident =
        sessions::table.filter(sessions::holder_kind.eq("resident")).filter(sessions::holder_id.eq(person.id));
    let tokens = refresh_tokens::table.filter(refresh_tokens::session_id.eq_any(of_resident.select(sessions::id)));
    diesel::delete(tokens).execute(connection)?;
    Ok(orphans)
}
