//! `golden-bell export …`: a list as a file that others, or another installation, read.

use std::{
    fs::File,
    io::{BufWriter, Write, stdout},
    path::PathBuf,
};

use anyhow::Context as _;
use app::lists::{ExportFormat, ExportRequest, ORGANISATION, export_to};
use chrono::Utc;
use clap::{Args, Subcommand};
use domain::ListKind;

use super::import::kind_of;
use crate::{Config, start};

/// What is exported.
#[derive(Debug, Subcommand)]
pub(super) enum Export {
    /// Subjects that are fraud, with what each source says of them.
    Blacklist(List),
    /// Subjects that are official.
    Allowlist(List),
    /// Well-known sites and numbers.
    Guardlist(List),
}

/// How it is written, and where.
#[derive(Debug, Args)]
pub(super) struct List {
    /// `csv`, `ndjson` or `misp`.
    #[arg(long, default_value = "csv")]
    format: String,
    /// Only `phone`, `link`, `bank_account`, `payment_account`, `wechat_id`, `qq_id` or `app`.
    #[arg(long)]
    kind: Option<String>,
    /// Only what changed after this version, in the order of changes: the one that the last export told.
    #[arg(long, value_name = "VERSION")]
    since_version: Option<i64>,
    /// The organisation that gives it.
    #[arg(long, default_value = ORGANISATION)]
    organisation: String,
    /// The file, written anew; standard output where absent.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(config: &Config, export: &Export) -> anyhow::Result<()> {
    let (list, arguments) = match export {
        Export::Blacklist(arguments) => (ListKind::Blacklist, arguments),
        Export::Allowlist(arguments) => (ListKind::Allowlist, arguments),
        Export::Guardlist(arguments) => (ListKind::Guardlist, arguments),
    };
    let List { format, kind, since_version, organisation, output } = arguments;
    let request = ExportRequest {
        format: ExportFormat::from_word(format).with_context(|| format!("--format: {format} is no format"))?,
        list,
        kind: kind.as_deref().map(kind_of).transpose()?,
        changed_after: *since_version,
        organisation: organisation.clone(),
    };
    let store = start::store(config)?;
    let mut writer: Box<dyn Write> = match output {
        Some(path) => Box::new(File::create(path).with_context(|| format!("cannot write {}", path.display()))?),
        None => Box::new(stdout().lock()),
    };
    let mut buffered = BufWriter::new(&mut writer);
    let exported = export_to(&store, &request, Utc::now(), &mut buffered)?;
    buffered.flush()?;
    // Standard output may be the export itself.
    eprintln!("{}: {} entries up to version {}", list.as_str(), exported.entries, exported.version);
    Ok(())
}
