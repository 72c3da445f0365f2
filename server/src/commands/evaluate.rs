//! `golden-bell evaluate …`: how good the judgements are, on labelled data.

use std::{io::BufRead as _, path::PathBuf};

use anyhow::Context as _;
use clap::Subcommand;
use domain::{
    Subject, SubjectKind,
    wording::{self, Quality},
};

use crate::{Config, start};

/// What is measured.
#[derive(Debug, Subcommand)]
pub(super) enum Evaluate {
    /// Precision and recall of the wording rules on the project's labelled messages.
    Wording,
    /// How many subjects of a file are called look-alikes: on a list of benign ones, false positives.
    LookAlikes {
        /// One subject a line.
        file: PathBuf,
        /// Kind of the subjects.
        #[arg(long, default_value = "link")]
        kind: String,
    },
}

pub(super) fn run(config: &Config, evaluate: &Evaluate) -> anyhow::Result<()> {
    match evaluate {
        Evaluate::Wording => {
            for split in wording::Split::ALL {
                print_quality(split, &wording::evaluate(split));
            }
            Ok(())
        }
        Evaluate::LookAlikes { file, kind } => look_alikes(config, file, super::import::kind_of(kind)?),
    }
}

fn print_quality(split: wording::Split, quality: &wording::Quality) {
    let Quality { tp, fp, tn, fn_, precision, recall, .. } = quality;
    println!("{}: precision {precision:.3}, recall {recall:.3} (tp {tp}, fp {fp}, tn {tn}, fn {fn_})", split.as_str());
    for (code, of_type) in &quality.per_type {
        let (messages, found, typed) = (of_type.messages, of_type.found, of_type.typed);
        println!("  {}: {messages} messages, {found} found, {typed} with this type", code.as_str());
    }
}

fn look_alikes(config: &Config, file: &std::path::Path, kind: SubjectKind) -> anyhow::Result<()> {
    let store = start::store(config)?;
    let lists = start::lists(config, &store)?;
    let view = lists.view();
    let opened = std::fs::File::open(file).with_context(|| file.display().to_string())?;
    let (mut known, mut strange, mut alike) = (0_u64, 0_u64, 0_u64);
    for line in std::io::BufReader::new(opened).lines() {
        let Ok(subject) = Subject::parse(kind, line?.trim()) else { continue };
        let finding = view.find(&subject);
        if finding.matched.is_some() || finding.guarded {
            known += 1;
            continue;
        }
        strange += 1;
        if let Some(imitation) = view.imitated_by(&subject) {
            alike += 1;
            println!("{}\tlooks like {} ({})", subject.canonical(), imitation.what, imitation.kind.as_str());
        }
    }
    let rate = if strange == 0 { 0.0 } else { 100.0 * alike as f64 / strange as f64 };
    println!("{known} listed or guarded, {strange} others, {alike} of these called look-alikes: {rate:.3} %");
    Ok(())
}
