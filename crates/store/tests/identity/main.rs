//! The rules of sign-in that the database must keep, on both databases and under concurrency.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail the test")]

mod accounts;
mod attempts;
mod refresh;
mod repeats;
mod support;
