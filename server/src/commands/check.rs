//! `golden-bell check`: subjects and texts from standard input, JSON lines out.

use std::io::{BufRead as _, Write as _, stdin, stdout};

use app::check::{Question, check_offline};
use domain::{Subject, SubjectKind};
use web::checks::CheckReply;

use crate::{Config, start};

/// What the lines are.
#[derive(Debug, clap::Args)]
pub(super) struct Check {
    /// Every line is a subject of this kind. Without it a line that is one link or one phone number is that, and any other
    /// line is a text.
    #[arg(long)]
    kind: Option<String>,
    /// Every line is a text.
    #[arg(long, conflicts_with = "kind")]
    text: bool,
}

pub(super) fn run(config: &Config, check: &Check) -> anyhow::Result<()> {
    let kind = check.kind.as_deref().map(super::import::kind_of).transpose()?;
    let lists = start::lists_to_read(config)?;
    let mut out = std::io::BufWriter::new(stdout().lock());
    for line in stdin().lock().split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end_matches('\r');
        if line.trim().is_empty() {
            continue;
        }
        match check_offline(&lists, &question(line, kind, check.text)) {
            Ok(report) => serde_json::to_writer(&mut out, &CheckReply::from(report))?,
            Err(error) => serde_json::to_writer(
                &mut out,
                &serde_json::json!({ "error": { "code": error.code.as_str(), "detail": error.detail } }),
            )?,
        }
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

/// A line is a subject where the whole of it is one: a number, or a link without blanks.
fn question(line: &str, kind: Option<SubjectKind>, text: bool) -> Question {
    let value = line.trim().to_owned();
    if let Some(kind) = kind {
        return Question::Subject { kind, value };
    }
    let found = domain::extract::subjects(&value);
    let whole = value.chars().count();
    match found.as_slice() {
        [only] if !text && only.span == (0, whole) => Question::Subject { kind: only.subject.kind(), value },
        [] if !text && looks_like_number(&value) => Question::Subject { kind: SubjectKind::Phone, value },
        _ => Question::Text(line.to_owned()),
    }
}

/// Short service numbers and odd caller ids are not picked out of running text, but alone on a line they are numbers.
fn looks_like_number(value: &str) -> bool {
    let numeric = value.chars().all(|c| c.is_ascii_digit() || "+-() *#.".contains(c));
    numeric && Subject::parse(SubjectKind::Phone, value).is_ok()
}
