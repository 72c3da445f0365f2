//! Personal data: sealed under a key of its person, found by a blind index.

mod blind_index;
mod sealing;
mod suite;

#[cfg(test)]
mod sealing_tests;

pub use blind_index::BlindIndex;
pub(crate) use blind_index::BlindKey;
pub use sealing::{PersonKey, SEAL_HEADER_BYTES, SealContext, SealError, sealed_under};
pub use suite::{Suite, UnknownSuite};
