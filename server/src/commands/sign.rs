//! `golden-bell sign`: the headers of a signed request.

use std::{io::Read as _, path::PathBuf};

use chrono::Utc;
use keyring::{PublicId, signature::SignedRequest};

/// What is signed.
#[derive(Debug, clap::Args)]
pub(super) struct Sign {
    /// The key id.
    #[arg(long)]
    key_id: String,
    /// The secret. An argument can be seen by others on the machine: the variable is better.
    #[arg(long, env = "GOLDEN_BELL_SIGN_SECRET", hide_env_values = true)]
    secret: String,
    /// HTTP method.
    #[arg(long, default_value = "POST")]
    method: String,
    /// Path and query, e.g. /api/v1/upstream/checks.
    #[arg(long)]
    path: String,
    /// The file with the body; `-` is standard input. Without it the body is empty.
    #[arg(long)]
    body: Option<PathBuf>,
    /// Unix seconds; now where absent.
    #[arg(long)]
    timestamp: Option<i64>,
    /// 8 to 64 letters, digits, `_` or `-`; random where absent.
    #[arg(long)]
    nonce: Option<String>,
}

pub(super) fn run(sign: &Sign) -> anyhow::Result<()> {
    let body = match &sign.body {
        None => Vec::new(),
        Some(path) if path.as_os_str() == "-" => {
            let mut body = Vec::new();
            std::io::stdin().read_to_end(&mut body)?;
            body
        }
        Some(path) => std::fs::read(path)?,
    };
    let timestamp = sign.timestamp.unwrap_or_else(|| Utc::now().timestamp()).to_string();
    let nonce = sign.nonce.clone().unwrap_or_else(|| PublicId::random().to_string());
    let request = SignedRequest {
        method: &sign.method,
        path_and_query: &sign.path,
        timestamp: &timestamp,
        nonce: &nonce,
        body: &body,
    };
    println!("X-Key-Id: {}", sign.key_id);
    println!("X-Timestamp: {timestamp}");
    println!("X-Nonce: {nonce}");
    println!("X-Signature: {}", request.sign(sign.secret.as_bytes()));
    Ok(())
}
