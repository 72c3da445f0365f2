//! The commands of the program.

mod canonicalize;
mod check;
mod create;
mod demo;
mod escapes;
mod evaluate;
mod export;
mod import;
mod keys;
mod officers;
mod residents;
mod responsibilities;
mod serve;
mod sign;
mod territory;
mod trust;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::config::{Config, DEFAULTS};

/// Golden Bell 金钟罩: protects the people of a city from telecom and online fraud.
#[derive(Debug, Parser)]
#[command(name = "golden-bell", version)]
pub struct Arguments {
    /// A configuration file over the defaults.
    #[arg(long, global = true, env = "GOLDEN_BELL_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the APIs and run the workers until stopped.
    Serve,
    /// Bring a file into the lists, the divisions, the units, the officers, the residents or who answers for what.
    #[command(subcommand)]
    Import(import::Import),
    /// Give a list to others.
    #[command(subcommand)]
    Export(export::Export),
    /// Check subjects and texts against the last snapshot, or privately at a server; one JSON reply a line.
    Check(check::Check),
    /// Print the canonical form of each input line, or `!` and the reason.
    Canonicalize(canonicalize::Canonicalize),
    /// Create people and keys.
    #[command(subcommand)]
    Create(create::Create),
    /// Disable people and keys.
    #[command(subcommand)]
    Disable(create::Disable),
    /// Exchange the keys while servers run.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Sign a request of an upstream system.
    Sign(sign::Sign),
    /// Count anew and compare.
    #[command(subcommand)]
    Recount(residents::Recount),
    /// Say how far a source of the blacklist is trusted.
    TrustSource(trust::TrustSource),
    /// Name the division or divisions that follow a closed one.
    NameSuccessor(territory::NameSuccessor),
    /// Fill a data folder with what the demo shows: made-up coordinates, population and units.
    SeedDemo(demo::SeedDemo),
    /// Measure the quality of judgements on labelled data.
    #[command(subcommand)]
    Evaluate(evaluate::Evaluate),
    /// Print every setting with its default.
    Config,
    /// Print the OpenAPI document.
    Openapi,
}

/// Runs the command that was asked for.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    let config = || Config::load(arguments.config.as_deref());
    match arguments.command {
        Command::Serve => serve::serve(config()?),
        Command::Import(import) => import::run(&config()?, import),
        Command::Export(export) => export::run(&config()?, &export),
        Command::Check(check) => check::run(&config()?, &check),
        Command::Canonicalize(canonicalize) => canonicalize::run(&canonicalize),
        Command::Create(create) => create::run(&config()?, create),
        Command::Disable(disable) => create::disable(&config()?, &disable),
        Command::Keys(keys) => keys::run(&config()?, keys),
        Command::Sign(sign) => sign::run(&sign),
        Command::Recount(recount) => residents::recount(&config()?, &recount),
        Command::TrustSource(trust) => trust::run(&config()?, &trust),
        Command::NameSuccessor(name) => territory::name_successor(&config()?, &name),
        Command::SeedDemo(seed) => demo::run(&config()?, &seed),
        Command::Evaluate(evaluate) => evaluate::run(&config()?, &evaluate),
        Command::Config => {
            print!("{DEFAULTS}");
            Ok(())
        }
        Command::Openapi => {
            println!("{}", crate::openapi().to_pretty_json()?);
            Ok(())
        }
    }
}
