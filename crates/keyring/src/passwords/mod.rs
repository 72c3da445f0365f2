//! Passwords of officers: which are accepted, how they are kept, how one is checked.
//!
//! Hashing and checking take tens of milliseconds and 19 MiB each: run them off the async workers, a few at a time.

mod hash;
mod rules;

pub use hash::{PasswordHashError, hash_password, verify_dummy, verify_password};
pub use rules::{PasswordRule, check_rules, new_password};
