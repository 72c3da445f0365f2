//! `golden-bell seed-demo`: what the demo shows besides real facts, marked as made up.

use app::{divisions, units};
use chrono::Utc;

use crate::{Config, start};

/// Options.
#[derive(Debug, clap::Args)]
pub(super) struct SeedDemo {
    /// The same seed makes the same things.
    #[arg(long, default_value_t = 20_261_124)]
    seed: u64,
}

pub(super) fn run(config: &Config, arguments: &SeedDemo) -> anyhow::Result<()> {
    let store = start::store(config)?;
    let bar = super::import::bar("made-up population and places");
    let made = divisions::make_up(&store.db, &config.sample_dir, arguments.seed, Utc::now(), &|done, total| {
        bar.set_length(total.unwrap_or(1));
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let made = made?;
    println!(
        "made up, and marked so: population and households of {} communities, places of {} ({})",
        made.communities,
        made.placed,
        if made.outlines { "inside the outlines of their counties" } else { "around the city's centre" }
    );
    let units = units::make_up(&store.db, Utc::now())?;
    println!("units: added {}, unchanged {}", units.added, units.unchanged);
    Ok(())
}
