//! `golden-bell import …`: files into the lists, the divisions, the units and what is known of people.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use app::lists::{self, Defaults, ImportFormat, ImportOptions, ImportSummary};
use chrono::Utc;
use clap::{Args, Subcommand};
use domain::{
    ListKind, MatchRule, SubjectKind,
    fraud_type::{self, FraudCode},
};
use indicatif::{ProgressBar, ProgressStyle};

use super::{officers, residents, responsibilities, territory};
use crate::{Config, start};

/// What is imported.
#[derive(Debug, Subcommand)]
pub(super) enum Import {
    /// Subjects that are fraud. Active at once; what a guard list holds waits for review.
    Blacklist(List),
    /// Subjects that are official.
    Allowlist(List),
    /// Well-known sites and numbers: no verdict, but nothing of theirs is listed automatically.
    Guardlist(List),
    /// A tree of divisions: code,name,level,parent.
    Divisions(territory::Divisions),
    /// Population, households and coordinates of communities: code,population,households,latitude,longitude.
    DivisionFacts(territory::File),
    /// Units and what they serve: name,kind,parent,divisions.
    Units(territory::File),
    /// Residents whom an officer registers on their word.
    Residents(residents::Residents),
    /// Who answers for which village, township or county, as an officer enters it.
    Responsibilities(responsibilities::Responsibilities),
    /// Officers: username,name,phone,role,unit. All of them or none; what they sign in with goes to a file, once.
    Officers(officers::Officers),
}

/// A file of subjects: txt, csv, tsv, xlsx, ndjson (lines as `export` writes them) or json (events of MISP), each also as gz.
#[derive(Debug, Args)]
pub(super) struct List {
    /// The file.
    file: PathBuf,
    /// `phone`, `link`, `bank_account`, `payment_account`, `wechat_id`, `qq_id` or `app`; not needed where the file says it.
    #[arg(long)]
    kind: Option<String>,
    /// `txt`, `csv`, `tsv`, `xlsx`, `ndjson` or `misp`; by the name of the file where absent.
    #[arg(long)]
    format: Option<String>,
    /// Fraud type, by code (T00 to T10, T99) or Chinese name; a column `fraud_type` says otherwise for its row.
    #[arg(long)]
    fraud_type: Option<String>,
    /// Name of the source: all of the file is its word. Where absent, an event of MISP is the word of its organisation.
    #[arg(long)]
    source: Option<String>,
    /// The file is an export of one's own: believe each source in it to speak for itself.
    #[arg(long, conflicts_with = "source")]
    keep_sources: bool,
    /// Whose the subjects are; a column `owner` says otherwise for its row.
    #[arg(long)]
    owner: Option<String>,
    /// 0 (unknown) to 3 (grave); a column `severity` says otherwise for its row.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=3))]
    severity: u8,
    /// How sure the source is, 0 to 100, if it is not known yet; a column `confidence` says otherwise for its row.
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=100))]
    confidence: Option<u8>,
    /// Percent of its entries that are active on its word alone, if the source is not known yet. Where absent: 100 for the
    /// source of a text or table, `lists.probation_share` for what is exchanged.
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=100))]
    share: Option<u8>,
    /// `exact`, `number_prefix`, `host_suffix` or `path_prefix` for every row; by the look of each value where absent.
    #[arg(long)]
    rule: Option<String>,
    /// The value's column, by its header.
    #[arg(long)]
    column: Option<String>,
    /// The owner's column, by its header.
    #[arg(long)]
    owner_column: Option<String>,
}

pub(super) fn run(config: &Config, import: Import) -> anyhow::Result<()> {
    match import {
        Import::Blacklist(list) => import_list(config, ListKind::Blacklist, &list),
        Import::Allowlist(list) => import_list(config, ListKind::Allowlist, &list),
        Import::Guardlist(list) => import_list(config, ListKind::Guardlist, &list),
        Import::Divisions(divisions) => territory::import_divisions(config, &divisions),
        Import::DivisionFacts(facts) => territory::import_facts(config, &facts),
        Import::Units(units) => territory::import_units(config, &units),
        Import::Residents(residents) => residents::import(config, &residents),
        Import::Responsibilities(rows) => responsibilities::import(config, &rows),
        Import::Officers(officers) => officers::import(config, &officers),
    }
}

fn import_list(config: &Config, list: ListKind, arguments: &List) -> anyhow::Result<()> {
    let options = options(config, list, arguments)?;
    let store = start::store(config)?;
    let bar = bar(&arguments.file.display().to_string());
    let summary = lists::import_file(&store, &arguments.file, &options, Utc::now(), &|done, total| {
        bar.set_length(total);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    print(list, &arguments.file, &summary?);
    Ok(())
}

fn print(list: ListKind, file: &Path, summary: &ImportSummary) {
    let ImportSummary { read, added, already_there, held, refused, skipped, taken_back, reviews, refused_file } =
        summary;
    let (list, file) = (list.as_str(), file.display());
    println!(
        "{list} {file}: read {read}, added {added}, already there {already_there}, held {held}, refused {refused}"
    );
    if skipped + taken_back + reviews > 0 {
        println!("of the rows read, skipped {skipped}; claims taken back {taken_back}, reviews opened {reviews}");
    }
    if let Some(file) = refused_file {
        println!("refused rows and why: {}", file.display());
    }
}

fn options(config: &Config, list: ListKind, arguments: &List) -> anyhow::Result<ImportOptions> {
    let rule = arguments
        .rule
        .as_deref()
        .map(|word| MatchRule::from_word(word).with_context(|| format!("--rule: {word} is no rule")));
    let fraud_type = arguments.fraud_type.as_deref().map(fraud_code);
    let format = arguments.format.as_deref();
    let format = format
        .map(|word| ImportFormat::from_word(word).with_context(|| format!("--format: {word} is no format")))
        .transpose()?
        .unwrap_or_else(|| ImportFormat::of_path(&arguments.file));
    let kind = arguments.kind.as_deref().map(kind_of).transpose()?;
    let is_chosen = matches!(format, ImportFormat::Table(_)) && arguments.source.is_some();
    let share = if is_chosen { 100 } else { config.lists.probation_share };
    Ok(ImportOptions {
        defaults: Defaults {
            rule: rule.transpose()?,
            fraud_type: fraud_type.transpose()?,
            source: arguments.source.clone().unwrap_or_default(),
            owner: arguments.owner.clone(),
            severity: arguments.severity,
            ..Defaults::new(list, kind.unwrap_or(SubjectKind::Phone))
        },
        format: Some(format),
        any_kind: kind.is_none(),
        keep_sources: arguments.keep_sources,
        column: arguments.column.clone(),
        owner_column: arguments.owner_column.clone(),
        refused_dir: config.data_dir.join("refused"),
        decay: config.lists.decay.clone(),
        confidence: arguments.confidence.unwrap_or(config.lists.confidence),
        share: arguments.share.unwrap_or(share),
    })
}

/// The kind named by a word of the contract.
pub(super) fn kind_of(word: &str) -> anyhow::Result<SubjectKind> {
    SubjectKind::from_word(word).with_context(|| {
        let words = SubjectKind::ALL.map(SubjectKind::as_str).join(", ");
        format!("{word} is no kind of subject; there are {words}")
    })
}

fn fraud_code(word: &str) -> anyhow::Result<FraudCode> {
    let table = fraud_type::table();
    table.named(word).map(|known| known.code()).with_context(|| {
        let known: Vec<String> =
            table.iter().map(|known| format!("{} {}", known.code().as_str(), known.name_zh())).collect();
        format!("--fraud-type: {word} is not in the code table; there are {}", known.join(", "))
    })
}

/// A progress bar on a terminal; nothing elsewhere.
pub(super) fn bar(what: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {percent}% {elapsed}");
    ProgressBar::new(1).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())).with_message(what.to_owned())
}
