//! `golden-bell import residents` and `golden-bell recount population`.

use std::path::PathBuf;

use anyhow::bail;
use app::{
    divisions::Tree,
    identity, residents, statistics,
    tables::{HeaderRule, Table},
};
use chrono::Utc;
use clap::{Args, Subcommand};

use super::{import::bar, territory::write_refused};
use crate::{Config, start};

/// A file of residents.
#[derive(Debug, Args)]
pub(super) struct Residents {
    /// The file: name,phone,division,attestation and where known birth_year,tags; csv, tsv or xlsx, each also as gz.
    file: PathBuf,
    /// User name of the officer who answers for them; their divisions hold.
    #[arg(long)]
    officer: String,
    /// Check the file and change nothing.
    #[arg(long)]
    dry_run: bool,
}

/// What is counted anew.
#[derive(Debug, Subcommand)]
pub(super) enum Recount {
    /// The protected population, from the persons themselves; differences are printed and end with status 1.
    Population(Population),
}

/// What to do with differences.
#[derive(Debug, Args)]
pub(super) struct Population {
    /// Set the counts right.
    #[arg(long)]
    repair: bool,
}

pub(super) fn import(config: &Config, arguments: &Residents) -> anyhow::Result<()> {
    let store = start::store(config)?;
    let context = identity::officer_context(&store, &arguments.officer)?;
    let tree = store.db.run_blocking(Tree::load)?;
    let table = Table::open(&arguments.file, None, HeaderRule::Always).map_err(app::AppError::from)?;
    let bar = bar(&arguments.file.display().to_string());
    let progress = |done: usize, all: usize| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    };
    let (dry_run, now) = (arguments.dry_run, Utc::now());
    let report = residents::import_persons(&store, &context, &tree, table, dry_run, now, &progress);
    bar.finish_and_clear();
    let report = report?;
    println!(
        "residents{}: read {}, added {}, already there {}, refused {}",
        if dry_run { " (dry run: nothing was changed)" } else { "" },
        report.read,
        report.added,
        report.already,
        report.refused.len()
    );
    if !report.refused.is_empty() {
        println!("nothing was registered: mend the refused rows first");
    }
    write_refused(config, &arguments.file, &report.refused)
}

pub(super) fn recount(config: &Config, Recount::Population(arguments): &Recount) -> anyhow::Result<()> {
    let store = start::store(config)?;
    let differences = statistics::recount(&store.db, arguments.repair, Utc::now())?;
    for one in &differences {
        println!("{} {}: kept {}, counted {}", one.division, one.metric, one.kept, one.counted);
    }
    println!("differences: {}{}", differences.len(), if arguments.repair { " (set right)" } else { "" });
    if !differences.is_empty() && !arguments.repair {
        bail!("the counts are not what the persons add up to");
    }
    Ok(())
}
