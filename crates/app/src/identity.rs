//! Sign-in and proof of who asks: residents through WeChat, officers by password and one-time code, upstream systems by
//! signature.
//!
//! Players: a *session* begins with a sign-in and is one chain of refresh tokens; [`Tokens`] is what its holder gets;
//! [`Revocations`] are the ended sessions whose access tokens have not run out; [`PasswordGate`] bounds the work of
//! strangers; [`authenticate`] and [`verify_upstream`] turn a request's proof into an [`Actor`](crate::Actor).
//!
//! Flow: [`resident_sign_in`] or [`officer_sign_in`] → requests with the access token → [`session_refresh`] before it
//! ends → [`sign_out`]. Accounts and keys are made at the command line ([`officer_create`], [`upstream_key_create`]).
//! docs/security.md gives the reasons.

mod accounts;
mod addresses;
mod authenticate;
mod known_officers;
mod known_tokens;
mod lockout;
mod officer_sign_in;
mod password_gate;
mod refresh;
mod resident_sign_in;
mod revocations;
mod seen;
mod settings;
mod sign_out;
mod tokens;
mod upkeep;
mod upstream;
mod upstream_keys;

#[cfg(test)]
mod tests;

pub(crate) use accounts::USERNAME_IS_PHONE;
pub use accounts::{OfficerCredentials, officer_context, officer_create, username_canonical, username_is_phone};
pub use authenticate::authenticate;
pub use known_officers::KnownOfficers;
pub use known_tokens::KnownTokens;
pub use officer_sign_in::{OfficerSignIn, officer_sign_in};
pub use password_gate::PasswordGate;
pub use refresh::session_refresh;
pub use resident_sign_in::resident_sign_in;
pub use revocations::{Revocations, revocations_refresh};
pub use settings::IdentitySettings;
pub use sign_out::sign_out;
pub use store::sessions::HolderKind;
pub use tokens::Tokens;
pub(crate) use tokens::revoked_until;
pub use upkeep::prune;
pub use upstream::{SignedParts, verify_upstream};
pub use upstream_keys::{UpstreamCredentials, UpstreamKeys, upstream_key_create, upstream_key_disable};
