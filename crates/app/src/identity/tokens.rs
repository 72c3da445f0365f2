//! The pair of tokens a sign-in gives.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use domain::authorization::Role;
use keyring::{AccessClaims, Audience, Keyring, PublicId, tokens::MAX_LIFETIME_SECONDS};

use super::{HolderKind, IdentitySettings};
use crate::error::AppError;

/// What the holder of a session gets. `Debug` shows neither token.
#[derive(Clone, PartialEq, Eq)]
pub struct Tokens {
    /// Goes with every request.
    pub access_token: String,
    /// Is exchanged, once, for the next pair.
    pub refresh_token: String,
    /// Seconds for which the access token is good.
    pub expires_in: u32,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

/// Who holds a session, as written into the access token.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Holder {
    pub(crate) public_id: PublicId,
    pub(crate) role: Role,
    pub(crate) session: PublicId,
}

/// The API at which the tokens of this kind of holder are good.
pub(crate) const fn audience(kind: HolderKind) -> Audience {
    match kind {
        HolderKind::Resident => Audience::MiniProgram,
        HolderKind::Officer => Audience::Console,
    }
}

/// The pair for a holder; `refresh_token` is the one whose hash was stored.
pub(crate) fn tokens(
    keyring: &Keyring,
    settings: &IdentitySettings,
    holder: Holder,
    refresh_token: String,
    now: DateTime<Utc>,
) -> Result<Tokens, AppError> {
    let kind = if holder.role.is_officer() { HolderKind::Officer } else { HolderKind::Resident };
    let claims = AccessClaims {
        audience: audience(kind),
        subject: holder.public_id,
        role: holder.role.as_str().to_owned(),
        family: holder.session,
        issued_at: now,
        expires_at: now + settings.access_token(),
    };
    let access_token = keyring.issue_token(&claims).map_err(|error| AppError::internal(error.to_string()))?;
    Ok(Tokens { access_token, refresh_token, expires_in: settings.access_token_seconds })
}

/// Until when a session ended now must be known as ended. Covers the longest lifetime any setting allows, so that tokens
/// issued before a change of the settings are covered too, and clocks that differ.
pub(crate) fn revoked_until(now: DateTime<Utc>) -> DateTime<Utc> {
    now + TimeDelta::seconds(MAX_LIFETIME_SECONDS) + TimeDelta::minutes(5)
}
