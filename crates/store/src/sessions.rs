//! Sessions: one from each sign-in, with a chain of refresh tokens of which only keyed hashes are kept.

mod rotate;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{ExpressionMethods as _, QueryDsl as _, RunQueryDsl as _};
use keyring::PublicId;

use crate::{
    connection::DbConnection,
    error::StoreError,
    persons::parse_id,
    revocations::revocations_add,
    schema::{refresh_tokens, sessions},
    types::At,
};

pub use rotate::{Rotated, Rotation, session_rotate};

/// How long after its end a session is kept, so that the use of an old token can still be told from a guess.
const KEPT_AFTER_END: TimeDelta = TimeDelta::days(1);
/// How many sessions one call of [`sessions_prune`] removes at most: no long transaction.
const PRUNED_AT_ONCE: i64 = 1_000;

/// Whose session it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HolderKind {
    /// A resident's.
    Resident,
    /// An officer's.
    Officer,
}

impl HolderKind {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Resident => "resident",
            Self::Officer => "officer",
        }
    }
}

/// Why a session ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// Its holder signed out everywhere.
    SignedOut,
    /// A refresh token was used twice: somebody else has it.
    Reused,
    /// Its holder was disabled.
    Disabled,
}

impl EndReason {
    const fn as_str(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::Reused => "reused",
            Self::Disabled => "disabled",
        }
    }
}

/// A session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// Key in the database.
    pub id: i64,
    /// Outward id: the family of all its tokens.
    pub public_id: PublicId,
    /// Key of the resident or officer.
    pub holder_id: i64,
}

/// A session to begin.
#[derive(Debug, Clone, Copy)]
pub struct NewSession {
    /// Whose.
    pub holder_kind: HolderKind,
    /// Key of the resident or officer.
    pub holder_id: i64,
    /// Keyed hash of the first refresh token.
    pub token_hash: [u8; 32],
    /// The time.
    pub now: DateTime<Utc>,
    /// When the session ends unless it is refreshed before.
    pub expires_at: DateTime<Utc>,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = sessions, treat_none_as_default_value = false)]
struct Row<'a> {
    public_id: &'a str,
    holder_kind: &'static str,
    holder_id: i64,
    created_at: At,
    expires_at: At,
}

/// Begins a session with its first refresh token. Call it inside a write transaction.
pub fn session_create(connection: &mut DbConnection, new: &NewSession) -> Result<Session, StoreError> {
    let public_id = PublicId::random();
    let row = Row {
        public_id: &public_id.to_string(),
        holder_kind: new.holder_kind.as_str(),
        holder_id: new.holder_id,
        created_at: At::new(new.now),
        expires_at: At::new(new.expires_at),
    };
    let id: i64 = diesel::insert_into(sessions::table).values(row).returning(sessions::id).get_result(connection)?;
    refresh_token_add(connection, id, &new.token_hash, new.now)?;
    Ok(Session { id, public_id, holder_id: new.holder_id })
}

fn refresh_token_add(
    connection: &mut DbConnection,
    session_id: i64,
    token_hash: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::session_id.eq(session_id),
            refresh_tokens::token_hash.eq(token_hash.as_slice()),
            refresh_tokens::issued_at.eq(At::new(now)),
        ))
        .execute(connection)?;
    Ok(())
}

/// Ends all sessions of a holder and returns their outward ids. Their access tokens are refused until `revoked_until`,
/// which must lie after the end of every access token issued so far.
pub fn sessions_end_all(
    connection: &mut DbConnection,
    (holder_kind, holder_id): (HolderKind, i64),
    reason: EndReason,
    now: DateTime<Utc>,
    revoked_until: DateTime<Utc>,
) -> Result<Vec<PublicId>, StoreError> {
    let open = sessions::table
        .filter(sessions::holder_kind.eq(holder_kind.as_str()))
        .filter(sessions::holder_id.eq(holder_id))
        .filter(sessions::ended_at.is_null());
    let ended: Vec<String> = diesel::update(open)
        .set((sessions::ended_at.eq(Some(At::new(now))), sessions::end_reason.eq(Some(reason.as_str()))))
        .returning(sessions::public_id)
        .get_results(connection)?;
    let ended = ended.iter().map(|id| parse_id(id)).collect::<Result<Vec<PublicId>, StoreError>>()?;
    revocations_add(connection, &ended, revoked_until)?;
    Ok(ended)
}

/// Removes up to a thousand sessions that are over for a day, with their tokens. Returns how many; call again until none.
pub fn sessions_prune(connection: &mut DbConnection, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let over: Vec<i64> = sessions::table
        .filter(sessions::expires_at.lt(At::new(now - KEPT_AFTER_END)))
        .order(sessions::expires_at)
        .limit(PRUNED_AT_ONCE)
        .select(sessions::id)
        .load(connection)?;
    diesel::delete(refresh_tokens::table.filter(refresh_tokens::session_id.eq_any(&over))).execute(connection)?;
    Ok(diesel::delete(sessions::table.filter(sessions::id.eq_any(&over))).execute(connection)?)
}
