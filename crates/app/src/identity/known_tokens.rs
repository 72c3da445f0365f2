//! Access tokens of residents that this server has verified already.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use keyring::{AccessClaims, TokenError};
use quick_cache::sync::Cache;

/// Tokens that are remembered; an entry takes about half a kilobyte.
const MOST: usize = 16_384;

/// Verified tokens with what they say. A client sends the same token for a quarter of an hour, and verifying it anew costs
/// a tenth of a check. The whole token is the key, so one that differs in a single character is verified; whether it is
/// still within its time is asked again at each use, and whether its session was revoked is asked after this.
pub struct KnownTokens(Cache<Box<str>, Arc<AccessClaims>>);

impl Default for KnownTokens {
    fn default() -> Self {
        Self(Cache::new(MOST))
    }
}

impl KnownTokens {
    /// What a token that was verified before says, if it is still within its time.
    pub(super) fn recall(&self, token: &str, now: DateTime<Utc>) -> Option<Result<Arc<AccessClaims>, TokenError>> {
        let claims = self.0.get(token)?;
        Some(claims.within_time(now).map(|()| claims))
    }

    pub(super) fn remember(&self, token: &str, claims: AccessClaims) -> Arc<AccessClaims> {
        let claims = Arc::new(claims);
        self.0.insert(token.into(), claims.clone());
        claims
    }
}
