//! What the measurements share: made-up subjects, and lists of any size made of them.
//!
//! Everything is computed from an index, so that every run measures the same and any number of distinct subjects can be
//! drawn. Nothing here names a real person's number on purpose.

pub mod lists;
pub mod made_up;
