//! `golden-bell check`: subjects and texts from standard input, JSON lines out.

use std::io::{BufRead as _, Write as _, stdin, stdout};

use anyhow::Context as _;
use app::{
    AppError,
    check::{CheckReport, Question, check_offline},
};
use domain::{Subject, SubjectKind};
use tokio::runtime;
use web::checks::CheckReply;

use crate::{Config, private_check::PrivateChecker, start};

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
    /// Ask this server, without telling it the number: for phone and bank_account.
    #[arg(long, value_name = "URL", requires_all = ["kind", "token"])]
    private: Option<String>,
    /// A resident's access token for it. An argument can be seen by others on the machine: the variable is better.
    #[arg(long, env = "GOLDEN_BELL_CHECK_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Checked instead of the lines of standard input.
    value: Option<String>,
}

pub(super) fn run(config: &Config, check: &Check) -> anyhow::Result<()> {
    let kind = check.kind.as_deref().map(super::import::kind_of).transpose()?;
    if let Some(url) = &check.private {
        let kind = kind.context("--private needs --kind")?;
        let checker = PrivateChecker::new(url, check.token.as_deref().unwrap_or_default())?;
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        return each(check, |line| runtime.block_on(checker.check(kind, line.trim())));
    }
    let lists = start::lists_to_read(config)?;
    each(check, |line| Ok(check_offline(&lists, &question(line, kind, check.text))?))
}

/// Prints the answer about each value; a value that is refused is an error in its place.
fn each(check: &Check, mut answer: impl FnMut(&str) -> anyhow::Result<CheckReport>) -> anyhow::Result<()> {
    let mut out = std::io::BufWriter::new(stdout().lock());
    let mut print = |line: &str| -> anyhow::Result<()> {
        match answer(line).map_err(|error| error.downcast::<AppError>()) {
            Ok(report) => serde_json::to_writer(&mut out, &CheckReply::from(report))?,
            Err(Ok(error)) => serde_json::to_writer(
                &mut out,
                &serde_json::json!({ "error": { "code": error.code.as_str(), "detail": error.detail } }),
            )?,
            Err(Err(fault)) => return Err(fault),
        }
        Ok(out.write_all(b"\n")?)
    };
    if let Some(value) = &check.value {
        print(value)?;
        return Ok(out.flush()?);
    }
    for line in stdin().lock().split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end_matches('\r');
        if !line.trim().is_empty() {
            print(line)?;
        }
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
