//! Every secret of Golden Bell and everything that is done with one.
//!
//! Players: the [`Keyring`] is what a key file holds (master keys, blind-index keys, token keys, one key for refresh
//! tokens); a [`PersonKey`] is the key under which one person's data is sealed, itself stored wrapped by a master key,
//! so that forgetting it erases the person; [`totp::TotpSecret`] and [`passwords`] prove officers, [`signature`] proves
//! upstream systems, [`AccessClaims`] is what an access token says about its bearer.
//!
//! Flow of personal data: a person gets a fresh [`PersonKey`]; [`Keyring::wrap_key`] makes the bytes to store beside the
//! person; [`Keyring::seal`] makes the ciphertext of a column; [`Keyring::blind_index`] makes the value by which a row is
//! found again. Flow of a sign-in: [`passwords::verify_password`] and [`totp::TotpSecret::verify`], then
//! [`Keyring::issue_token`] and [`tokens::new_refresh_token`]; each request then passes [`Keyring::verify_token`].
//!
//! Nothing here does I/O but the key file, nothing reads the clock, and neither errors nor `Debug` output show a secret.

mod keys;
mod mac;
pub mod passwords;
mod personal;
mod public_id;
mod random;
mod secret;
pub mod signature;
pub mod tokens;
pub mod totp;

pub use keys::{Exchange, KeyId, KeyState, Keyring, KeyringError, LiveKeyring};
pub use personal::{
    BlindIndex, PersonKey, SEAL_HEADER_BYTES, SealContext, SealError, Suite, UnknownSuite, sealed_under,
};
pub use public_id::{PublicId, PublicIdError};
pub use random::{new_upstream_secret, random_bytes};
pub use tokens::{AccessClaims, Audience, TokenError};
