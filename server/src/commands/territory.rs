//! The part of `golden-bell import` about divisions and units.

use std::path::{Path, PathBuf};

use app::{
    Context,
    divisions::{self, ImportOptions, ImportReport, Successors},
    tables::{HeaderRule, RefusedReport, RefusedRow, Table},
    units,
};
use chrono::Utc;
use clap::Args;

use crate::{Config, start};

/// A file of divisions.
#[derive(Debug, Args)]
pub(super) struct Divisions {
    /// The file: code,name,level,parent; csv, tsv or xlsx, each also as gz.
    file: PathBuf,
    /// The year the file describes.
    #[arg(long)]
    year: i32,
    /// Successors of divisions the file no longer has: code,successor.
    #[arg(long)]
    successors: Option<PathBuf>,
    /// Report what would change, and change nothing.
    #[arg(long)]
    dry_run: bool,
}

/// A file.
#[derive(Debug, Args)]
pub(super) struct File {
    /// The file: csv, tsv or xlsx, each also as gz.
    file: PathBuf,
}

/// The successors of a division.
#[derive(Debug, Args)]
pub(super) struct NameSuccessor {
    /// Code of the closed division.
    code: String,
    /// Codes of what follows it; what hangs on it goes to the first.
    #[arg(required = true)]
    successors: Vec<String>,
}

pub(super) fn import_divisions(config: &Config, arguments: &Divisions) -> anyhow::Result<()> {
    let store = start::store(config)?;
    let bar = super::import::bar(&arguments.file.display().to_string());
    let file = divisions::read_tree_file(table(&arguments.file)?, &|done, total| {
        bar.set_length(total.unwrap_or(1));
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    let (successors, mut refused) = match &arguments.successors {
        Some(path) => divisions::read_successors(table(path)?)?,
        None => (Successors::default(), Vec::new()),
    };
    let options = ImportOptions { year: arguments.year, dry_run: arguments.dry_run, successors };
    let report = divisions::import_tree(&store.db, &Context::operator(), file, &options, Utc::now())?;
    refused.extend(report.refused.iter().cloned());
    print_report(&report);
    write_refused(config, &arguments.file, &refused)
}

fn print_report(report: &ImportReport) {
    println!(
        "divisions of {}{}: read {}, unchanged {}, added {}, reopened {}, renamed {}, moved {}, vanished {}, refused {}",
        report.year,
        if report.dry_run { " (dry run: nothing was changed)" } else { "" },
        report.read,
        report.unchanged,
        report.added,
        report.reopened,
        report.renamed.len(),
        report.moved.len(),
        report.vanished.len(),
        report.refused.len()
    );
    for vanished in &report.vanished {
        let words = |codes: &[domain::division::DivisionCode]| {
            codes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        println!(
            "vanished: {} {}; successors named: {}; likely: {}",
            vanished.code,
            vanished.name,
            words(&vanished.successors),
            words(&vanished.likely)
        );
    }
}

pub(super) fn import_facts(config: &Config, arguments: &File) -> anyhow::Result<()> {
    let store = start::store(config)?;
    let report = divisions::import_facts(&store.db, &Context::operator(), table(&arguments.file)?, Utc::now())?;
    println!(
        "facts: read {}, changed {}, unchanged {}, refused {}",
        report.read,
        report.changed,
        report.unchanged,
        report.refused.len()
    );
    write_refused(config, &arguments.file, &report.refused)
}

pub(super) fn import_units(config: &Config, arguments: &File) -> anyhow::Result<()> {
    let store = start::store(config)?;
    let report = units::import_units(&store.db, &Context::operator(), table(&arguments.file)?, Utc::now())?;
    println!(
        "units: read {}, added {}, changed {}, unchanged {}, refused {}",
        report.read,
        report.added,
        report.changed,
        report.unchanged,
        report.refused.len()
    );
    write_refused(config, &arguments.file, &report.refused)
}

pub(super) fn name_successor(config: &Config, arguments: &NameSuccessor) -> anyhow::Result<()> {
    let store = start::store(config)?;
    let code = |text: &String| {
        text.parse::<domain::division::DivisionCode>().map_err(|error| anyhow::anyhow!("{text}: {error}"))
    };
    let mut successors = Successors::default();
    let named: anyhow::Result<Vec<_>> = arguments.successors.iter().map(code).collect();
    successors.add(1, code(&arguments.code)?, named?);
    let (count, refused) = divisions::name_successors(&store.db, &Context::operator(), &successors, Utc::now())?;
    for row in &refused {
        eprintln!("refused: {}: {}", row.value, row.reason);
    }
    anyhow::ensure!(refused.is_empty(), "nothing was changed for what is refused");
    println!("successors named: {count}");
    Ok(())
}

pub(super) fn table(path: &Path) -> anyhow::Result<Table> {
    Table::open(path, None, HeaderRule::Always).map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))
}

pub(super) fn write_refused(config: &Config, file: &Path, refused: &[RefusedRow]) -> anyhow::Result<()> {
    if refused.is_empty() {
        return Ok(());
    }
    let folder = config.data_dir.join("refused");
    std::fs::create_dir_all(&folder)?;
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let path = folder.join(format!("{name}-{}-refused.csv", Utc::now().format("%Y%m%dT%H%M%SZ")));
    let mut report = RefusedReport::new(std::io::BufWriter::new(std::fs::File::create(&path)?))?;
    for row in refused {
        report.add(row)?;
    }
    report.finish()?;
    println!("refused rows and why: {}", path.display());
    Ok(())
}
