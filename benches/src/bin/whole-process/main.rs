//! Measures the real program as its own process: what a check costs in processor time beside a bare echo, what ten million
//! entries cost in memory, how long an import takes, what a million residents cost. Prints figures and goals; judges nothing.
//!
//! Each round measures both sides one after the other (A B A B), so that other load on the machine hits both; the medians of
//! all rounds count. Cost is the processor time of the server process, user and system, over all its threads.

mod batch;
mod buckets;
mod city;
mod client;
mod echo;
mod figures;
mod import;
mod memory;
mod process;
mod registration;
mod rescore;
mod single;
mod town;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures `golden-bell` as a whole process.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    what: Option<What>,
}

/// What all measurements share.
#[derive(Debug, Clone, clap::Args)]
struct Options {
    /// Rounds; the medians of 8 or more are worth quoting.
    #[arg(long, global = true, default_value_t = 8)]
    rounds: usize,
    /// Entries on the lists.
    #[arg(long, global = true, default_value_t = 10_000_000)]
    entries: u32,
    /// Entries that stand in the database too, for the memory of a rebuild.
    #[arg(long, global = true, default_value_t = 10_000_000)]
    rows: u32,
    /// Residents whose population is asked for.
    #[arg(long, global = true, default_value_t = 1_000_000)]
    residents: u64,
    /// URL of a PostgreSQL database for the measurements of registration. All that is in it is lost.
    #[arg(long, global = true)]
    postgres: Option<String>,
    /// Where data is made, and kept for the next run.
    #[arg(long, global = true, default_value = "target/bench-data")]
    data: PathBuf,
    /// The program; beside this one where absent.
    #[arg(long, global = true)]
    program: Option<PathBuf>,
}

impl Options {
    fn program(&self) -> anyhow::Result<PathBuf> {
        match &self.program {
            Some(program) => Ok(program.clone()),
            None => Ok(std::env::current_exe()?.with_file_name("golden-bell")),
        }
    }
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum What {
    /// One authenticated check over HTTP.
    Single,
    /// A batch of 1,000 checks.
    Batch,
    /// Opening, memory at rest and while a new snapshot is built, swap under load.
    Memory,
    /// A million rows into SQLite.
    Import,
    /// A million entries with three sources each, worked out anew beside checks.
    Rescore,
    /// Residents registered by file, their counts, and the population of a city of a million.
    Registration,
    /// All of these.
    All,
    /// How many listed and how many mobile numbers share a bucket of the private check. Hashes every mobile number there is.
    Buckets,
    /// The bare server the checks are compared with; started by the others.
    #[command(hide = true)]
    Echo,
}

fn main() -> anyhow::Result<()> {
    let Arguments { options, what } = Arguments::parse();
    let what = what.unwrap_or(What::All);
    if matches!(what, What::Echo) {
        return echo::serve();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    if matches!(what, What::Single | What::All) {
        runtime.block_on(single::measure(&options))?;
    }
    if matches!(what, What::Batch | What::All) {
        runtime.block_on(batch::measure(&options))?;
    }
    if matches!(what, What::Import | What::All) {
        import::measure(&options)?;
    }
    if matches!(what, What::Rescore | What::All) {
        runtime.block_on(rescore::measure(&options))?;
    }
    if matches!(what, What::Registration | What::All) {
        runtime.block_on(registration::measure(&options))?;
    }
    if matches!(what, What::Buckets) {
        buckets::measure(&options)?;
    }
    if matches!(what, What::Memory | What::All) {
        runtime.block_on(memory::measure(&options))?;
    }
    Ok(())
}
