//! Tokens of a session: short access tokens that are checked without the database, and refresh tokens that are not.

mod access;
mod refresh;
mod token_key;

#[cfg(test)]
mod access_tests;
#[cfg(test)]
mod forged_tests;

pub use access::{AccessClaims, Audience, LEEWAY_SECONDS, MAX_LIFETIME_SECONDS, TokenError};
pub use refresh::new_refresh_token;
pub(crate) use token_key::TokenKey;
