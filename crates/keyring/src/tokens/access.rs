//! Access tokens: JWT (RFC 7519, RFC 9068) signed with HS256, checked as RFC 8725 asks.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{keys::Keyring, public_id::PublicId};

const ISSUER: &str = "golden-bell";
/// Longer than any token of ours; refused before anything is parsed.
const MAX_TOKEN_BYTES: usize = 4096;
const MAX_ROLE_BYTES: usize = 64;

/// By how many seconds the clocks of two servers may differ.
pub const LEEWAY_SECONDS: i64 = 5;
/// No access token lives longer, whatever it says: a revoked one must run out soon.
pub const MAX_LIFETIME_SECONDS: i64 = 3600;

/// For which of the two APIs a token is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Audience {
    /// Residents.
    MiniProgram,
    /// Officers.
    Console,
}

/// What an access token says about its bearer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessClaims {
    /// The API it is for (`aud`).
    pub audience: Audience,
    /// The resident or officer (`sub`).
    pub subject: PublicId,
    /// The role's name as in the role table: lower-case letters and `_`, at most 64.
    pub role: String,
    /// The session family (`fam`): all tokens that came from one sign-in, revoked together.
    pub family: PublicId,
    /// When it was issued and began to be valid (`iat`, `nbf`); whole seconds.
    pub issued_at: DateTime<Utc>,
    /// When it ends (`exp`); whole seconds, at most [`MAX_LIFETIME_SECONDS`] later.
    pub expires_at: DateTime<Utc>,
}

/// Why a token was not issued or not accepted. To the bearer all but `Expired` are one and the same refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Longer than 4,096 bytes.
    #[error("longer than any token of ours")]
    TooLong,
    /// Not three parts divided by dots.
    #[error("not a token")]
    Malformed,
    /// A header that we do not write: another `alg` or `typ`, an unknown or removed `kid`, or anything more.
    #[error("a header that is not ours")]
    Header,
    /// Not signed by us, or changed.
    #[error("the signature does not match")]
    Signature,
    /// A claim is missing, unknown, given twice, of another type or out of range; or another issuer.
    #[error("the claims are not ours")]
    Claims,
    /// For the other API.
    #[error("for another audience")]
    Audience,
    /// From the future.
    #[error("not valid yet")]
    NotYetValid,
    /// Its time is over: the client refreshes.
    #[error("expired")]
    Expired,
}

/// The claims as they are written. Borrowed texts refuse escapes, integers refuse fractions and strings, and serde refuses
/// missing, unknown and repeated names.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    role: &'a str,
    fam: &'a str,
    iat: i64,
    nbf: i64,
    exp: i64,
}

impl Audience {
    /// The word in the `aud` claim.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MiniProgram => "mini-program",
            Self::Console => "console",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::MiniProgram, Self::Console].into_iter().find(|audience| audience.as_str() == word)
    }
}

impl Keyring {
    /// A token with these claims, signed with the current token key.
    ///
    /// # Errors
    /// [`TokenError::Claims`] for a role that is no role's name, or a lifetime that is not above zero and at most
    /// [`MAX_LIFETIME_SECONDS`].
    pub fn issue_token(&self, claims: &AccessClaims) -> Result<String, TokenError> {
        let (iat, exp) = (claims.issued_at.timestamp(), claims.expires_at.timestamp());
        let (sub, fam) = (claims.subject.to_string(), claims.family.to_string());
        let aud = claims.audience.as_str();
        let written = Written { iss: ISSUER, aud, sub: &sub, role: &claims.role, fam: &fam, iat, nbf: iat, exp };
        written.check()?;
        let (_, key) = self.token.current();
        let payload = serde_json::to_vec(&written).map_err(|_| TokenError::Claims)?;
        let mut token = String::with_capacity(512);
        token.push_str(key.header());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        let signature = key.sign(token.as_bytes()).ok_or(TokenError::Signature)?;
        token.push('.');
        token.push_str(&signature);
        Ok(token)
    }

    /// The claims of a token that is ours, for `audience`, and valid at `now`. Whether its family was revoked is for the
    /// caller to ask.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn verify_token(
        &self,
        token: &str,
        audience: Audience,
        now: DateTime<Utc>,
    ) -> Result<AccessClaims, TokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::TooLong);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, payload) = message.split_once('.').ok_or(TokenError::Malformed)?;
        let key = self.token.iter().find(|(_, key)| key.header() == header).ok_or(TokenError::Header)?.1;
        if !key.verifies(message.as_bytes(), signature) {
            return Err(TokenError::Signature);
        }
        let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| TokenError::Claims)?;
        // A derived reader would also take an array of the values in order.
        if !payload.starts_with(b"{") {
            return Err(TokenError::Claims);
        }
        let claims = serde_json::from_slice::<Written<'_>>(&payload).map_err(|_| TokenError::Claims)?.check()?;
        if claims.audience != audience {
            return Err(TokenError::Audience);
        }
        claims.within_time(now)?;
        Ok(claims)
    }
}

impl Written<'_> {
    /// All that can be asked of the claims without knowing the time.
    fn check(&self) -> Result<AccessClaims, TokenError> {
        let lifetime = self.exp.checked_sub(self.iat).ok_or(TokenError::Claims)?;
        let role_is_a_name = !self.role.is_empty()
            && self.role.len() <= MAX_ROLE_BYTES
            && self.role.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        if self.iss != ISSUER
            || !role_is_a_name
            || self.nbf != self.iat
            || !(1..=MAX_LIFETIME_SECONDS).contains(&lifetime)
        {
            return Err(TokenError::Claims);
        }
        let instant = |seconds| DateTime::from_timestamp(seconds, 0).ok_or(TokenError::Claims);
        Ok(AccessClaims {
            audience: Audience::from_word(self.aud).ok_or(TokenError::Claims)?,
            subject: self.sub.parse().map_err(|_| TokenError::Claims)?,
            role: self.role.to_owned(),
            family: self.fam.parse().map_err(|_| TokenError::Claims)?,
            issued_at: instant(self.iat)?,
            expires_at: instant(self.exp)?,
        })
    }
}

impl AccessClaims {
    /// Refuses a token before and after its time, of which all else was verified.
    ///
    /// # Errors
    /// [`TokenError::NotYetValid`], [`TokenError::Expired`].
    pub fn within_time(&self, now: DateTime<Utc>) -> Result<(), TokenError> {
        let now = now.timestamp();
        if self.issued_at.timestamp() > now.saturating_add(LEEWAY_SECONDS) {
            return Err(TokenError::NotYetValid);
        }
        if self.expires_at.timestamp() <= now.saturating_sub(LEEWAY_SECONDS) {
            return Err(TokenError::Expired);
        }
        Ok(())
    }
}
