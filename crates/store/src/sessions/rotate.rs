//! Refresh tokens: each is good once and gives the next one (RFC 9700 section 4.14.2).

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, RunQueryDsl as _, dsl::max};
use keyring::PublicId;

use super::{EndReason, HolderKind, Session, refresh_token_add};
use crate::{
    connection::DbConnection,
    dialect::first_for_update,
    error::StoreError,
    persons::parse_id,
    revocations::revocations_add,
    schema::{refresh_tokens, sessions},
    types::At,
};

/// How long a used token is remembered. A still older one is refused like one that never was.
const USED_TOKENS_KEPT: TimeDelta = TimeDelta::days(7);

/// A presented refresh token and what it should become.
#[derive(Debug, Clone, Copy)]
pub struct Rotation {
    /// Whose tokens are good here.
    pub holder_kind: HolderKind,
    /// Keyed hash of the presented token.
    pub presented: [u8; 32],
    /// Keyed hash of the token to issue.
    pub successor: [u8; 32],
    /// The time.
    pub now: DateTime<Utc>,
    /// How long after its first use a token may come again because the reply was lost.
    pub retry_window: TimeDelta,
    /// How long a session lives without use.
    pub idle: TimeDelta,
    /// How long a session lives at most.
    pub absolute: TimeDelta,
    /// Until when access tokens of a revoked session must be refused.
    pub revoked_until: DateTime<Utc>,
}

/// What became of a presented token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotated {
    /// The successor is the one live token.
    Renewed(Session),
    /// Unknown, of another kind of holder, or of a session that is over. Nothing changed.
    Refused,
    /// Used before: somebody has a copy. The session has ended; commit, then tell the servers.
    Reused(Session),
}

/// Exchanges a refresh token. Call it inside a write transaction and commit whatever it returns; all uses of the tokens of
/// one session happen one after another under the lock of its row.
pub fn session_rotate(connection: &mut DbConnection, rotation: &Rotation) -> Result<Rotated, StoreError> {
    let presented = refresh_tokens::table
        .filter(refresh_tokens::token_hash.eq(rotation.presented.as_slice()))
        .select((refresh_tokens::id, refresh_tokens::session_id));
    let Some((token_id, session_id)) = presented.first::<(i64, i64)>(connection).optional()? else {
        return Ok(Rotated::Refused);
    };
    let Some((session, created_at)) = lock_live(connection, session_id, rotation)? else {
        return Ok(Rotated::Refused);
    };
    if !may_be_exchanged(connection, session_id, token_id, rotation)? {
        end(connection, session, rotation)?;
        return Ok(Rotated::Reused(session));
    }
    renew(connection, session_id, created_at, rotation)?;
    Ok(Rotated::Renewed(session))
}

/// Locks the session and returns it, with its beginning, if it is the right kind of holder's and not over.
fn lock_live(
    connection: &mut DbConnection,
    session_id: i64,
    rotation: &Rotation,
) -> Result<Option<(Session, DateTime<Utc>)>, StoreError> {
    let live = sessions::table
        .find(session_id)
        .filter(sessions::holder_kind.eq(rotation.holder_kind.as_str()))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(At::new(rotation.now)))
        .select((sessions::public_id, sessions::holder_id, sessions::created_at));
    let found: Option<(String, i64, At)> = first_for_update!(connection, live)?;
    let session = |(public_id, holder_id, created_at): (String, i64, At)| {
        let public_id: PublicId = parse_id(&public_id)?;
        Ok((Session { id: session_id, public_id, holder_id }, created_at.into()))
    };
    found.map(session).transpose()
}

/// Takes the token if it is new, or is the last used one, came again in time, and its successor was not used: that one is
/// then retired. Anything else is a second use.
fn may_be_exchanged(
    connection: &mut DbConnection,
    session_id: i64,
    token_id: i64,
    rotation: &Rotation,
) -> Result<bool, StoreError> {
    let now = Some(At::new(rotation.now));
    // Only under the lock is the state of the token what it will be at the commit.
    let state: Option<(Option<At>, Option<At>)> = refresh_tokens::table
        .find(token_id)
        .select((refresh_tokens::used_at, refresh_tokens::retired_at))
        .first(connection)
        .optional()?;
    // Gone meanwhile means used long ago.
    let Some((used_at, None)) = state else { return Ok(false) };
    let Some(used_at) = used_at else {
        diesel::update(refresh_tokens::table.find(token_id))
            .set(refresh_tokens::used_at.eq(now))
            .execute(connection)?;
        return Ok(true);
    };
    let of_session = refresh_tokens::table.filter(refresh_tokens::session_id.eq(session_id));
    let last_used: Option<i64> =
        of_session.filter(refresh_tokens::used_at.is_not_null()).select(max(refresh_tokens::id)).first(connection)?;
    if rotation.now - DateTime::from(used_at) > rotation.retry_window || last_used != Some(token_id) {
        return Ok(false);
    }
    let live = of_session.filter(refresh_tokens::used_at.is_null()).filter(refresh_tokens::retired_at.is_null());
    diesel::update(live).set(refresh_tokens::retired_at.eq(now)).execute(connection)?;
    Ok(true)
}

fn renew(
    connection: &mut DbConnection,
    session_id: i64,
    created_at: DateTime<Utc>,
    rotation: &Rotation,
) -> Result<(), StoreError> {
    let expires_at = (rotation.now + rotation.idle).min(created_at + rotation.absolute);
    diesel::update(sessions::table.find(session_id))
        .set(sessions::expires_at.eq(At::new(expires_at)))
        .execute(connection)?;
    let forgotten = refresh_tokens::table
        .filter(refresh_tokens::session_id.eq(session_id))
        .filter(refresh_tokens::issued_at.lt(At::new(rotation.now - USED_TOKENS_KEPT)))
        .filter(refresh_tokens::used_at.lt(At::new(rotation.now - USED_TOKENS_KEPT)));
    diesel::delete(forgotten).execute(connection)?;
    refresh_token_add(connection, session_id, &rotation.successor, rotation.now)
}

fn end(connection: &mut DbConnection, session: Session, rotation: &Rotation) -> Result<(), StoreError> {
    diesel::update(sessions::table.find(session.id))
        .set((
            sessions::ended_at.eq(Some(At::new(rotation.now))),
            sessions::end_reason.eq(Some(EndReason::Reused.as_str())),
        ))
        .execute(connection)?;
    revocations_add(connection, &[session.public_id], rotation.revoked_until)
}
