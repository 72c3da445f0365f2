//! Counts of the protected population.
//!
//! Counts are kept for each village by the transactions that change persons ([`store::population`]); [`PopulationCache`]
//! holds them in memory and asks the database only for what changed lately; [`population`] sums them up the tree.

mod cache;
mod population;
mod recount;
mod sums;

pub use cache::PopulationCache;
pub use population::{PopulationNode, PopulationTree, population};
pub use recount::{recount, recount_nightly};
pub use sums::{Counts, Events};
