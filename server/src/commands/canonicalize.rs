//! `golden-bell canonicalize KIND`: one input a line, one canonical form a line.

use std::io::{BufRead as _, Write as _, stdin, stdout};

use domain::{ParseError, Subject, SubjectKind, link::Link};

use super::escapes::{escaped, unescape};

/// How lines are read and written.
#[derive(Debug, clap::Args)]
pub(super) struct Canonicalize {
    /// `phone`, `link`, `bank_account`, `payment_account`, `wechat_id`, `qq_id` or `app`.
    kind: String,
    /// Read and write the escapes of the vector files: \\ \t \n \r \u{HEX} \xHH.
    #[arg(long)]
    escaped: bool,
    /// Print the lookup expressions of a link as a JSON array.
    #[arg(long)]
    expressions: bool,
}

pub(super) fn run(arguments: &Canonicalize) -> anyhow::Result<()> {
    let kind = super::import::kind_of(&arguments.kind)?;
    anyhow::ensure!(!arguments.expressions || kind == SubjectKind::Link, "--expressions is for links");
    let mut out = std::io::BufWriter::new(stdout().lock());
    for line in stdin().lock().split(b'\n') {
        let line = line?;
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        let answer = match answer(arguments, kind, line) {
            Ok(answer) if arguments.escaped => escaped(&answer),
            Ok(answer) => answer,
            Err(error) => format!("! {}: {}", error.code, error.detail),
        };
        writeln!(out, "{answer}")?;
    }
    Ok(out.flush()?)
}

const NOT_TEXT: ParseError = ParseError { code: "not_utf8", detail: "内容不是UTF-8文字。" };

fn answer(arguments: &Canonicalize, kind: SubjectKind, line: &[u8]) -> Result<String, ParseError> {
    let unescaped = match std::str::from_utf8(line) {
        Ok(text) if arguments.escaped => unescape(text),
        _ => line.to_vec(),
    };
    if kind == SubjectKind::Link {
        let link = Link::parse_bytes(&unescaped)?;
        return Ok(if arguments.expressions { json(&link.expressions()) } else { link.canonical().to_owned() });
    }
    let text = std::str::from_utf8(&unescaped).map_err(|_| NOT_TEXT)?;
    Subject::parse(kind, text).map(|subject| subject.canonical().to_owned())
}

fn json(expressions: &[String]) -> String {
    serde_json::to_string(expressions).unwrap_or_default()
}
