//! `golden-bell import responsibilities`.

use std::path::PathBuf;

use app::{identity, responsibilities};
use chrono::Utc;
use clap::Args;

use super::territory::{table, write_refused};
use crate::{Config, start};

/// A file of who answers for what.
#[derive(Debug, Args)]
pub(super) struct Responsibilities {
    /// The file: name,phone,post,division and where known patch,from_day,to_day; csv, tsv or xlsx, each also as gz.
    file: PathBuf,
    /// User name of the officer who enters them; their divisions hold.
    #[arg(long)]
    officer: String,
    /// Report what would be refused, and change nothing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn import(config: &Config, arguments: &Responsibilities) -> anyhow::Result<()> {
    let store = start::store(config)?;
    let context = identity::officer_context(&store, &arguments.officer)?;
    let (rows, dry_run) = (table(&arguments.file)?, arguments.dry_run);
    let report = responsibilities::import_responsibilities(&store, &context, rows, dry_run, Utc::now())?;
    println!(
        "responsibilities{}: read {}, added {}, refused {}",
        if dry_run { " (dry run: nothing was changed)" } else { "" },
        report.read,
        report.added,
        report.refused.len()
    );
    write_refused(config, &arguments.file, &report.refused)
}
