//! `golden-bell trust-source`: how far a source of the blacklist is trusted.

use crate::{Config, start};

/// Options.
#[derive(Debug, clap::Args)]
pub(super) struct TrustSource {
    /// Name of the source.
    name: String,
    /// Percent of its entries that are active on its word alone. Servers follow within half a minute.
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=100))]
    share: u8,
}

pub(super) fn run(config: &Config, arguments: &TrustSource) -> anyhow::Result<()> {
    app::lists::source_share_set(&start::store(config)?, &arguments.name, arguments.share)?;
    println!("{}: {} % of its entries are active on its word alone", arguments.name, arguments.share);
    Ok(())
}
