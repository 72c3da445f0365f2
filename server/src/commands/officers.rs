//! `golden-bell import officers`: a file of officers, and a file with what they sign in with.

use std::{
    fs::{File, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use app::{
    AppError, Context,
    officers::{self, OfficerCredentials},
};
use chrono::Utc;
use clap::Args;

use super::territory::{table, write_refused};
use crate::{Config, start};

/// A file of officers.
#[derive(Debug, Args)]
pub(super) struct Officers {
    /// The file: username,name,phone,role,unit; csv, tsv or xlsx, each also as gz.
    file: PathBuf,
    /// Report what would be refused, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Where passwords and one-time-code secrets are written, readable by you alone; an existing file is never overwritten.
    /// In the data folder where absent.
    #[arg(long)]
    credentials: Option<PathBuf>,
}

pub(super) fn import(config: &Config, arguments: &Officers) -> anyhow::Result<()> {
    let (store, now) = (start::store(config)?, Utc::now());
    let path = match &arguments.credentials {
        Some(path) => path.clone(),
        None => {
            let name = arguments.file.file_stem().unwrap_or_default().to_string_lossy();
            config.data_dir.join("credentials").join(format!("{name}-{}.csv", now.format("%Y%m%dT%H%M%SZ")))
        }
    };
    let rows = table(&arguments.file)?;
    // Written before the commit: an officer whose password nobody knows must not exist.
    let mut kept = false;
    let imported = officers::import_officers(&store, &Context::operator(), rows, arguments.dry_run, now, |created| {
        if created.is_empty() {
            return Ok(());
        }
        keep(&path, created)
            .map_err(|error| AppError::invalid("--credentials", format!("{}: {error}", path.display())))?;
        kept = true;
        Ok(())
    });
    if imported.is_err() && kept {
        // Nothing was imported: what would open nothing is not left lying about.
        let _ = std::fs::remove_file(&path);
    }
    let report = imported?;
    println!(
        "officers{}: read {}, can be taken {}, created {}, refused {}",
        if arguments.dry_run { " (dry run: nothing was changed)" } else { "" },
        report.read,
        report.valid,
        report.created.len(),
        report.refused.len()
    );
    write_refused(config, &arguments.file, &report.refused)?;
    if kept {
        println!("passwords and one-time-code secrets, told this once: {}", path.display());
    }
    let imports = report.refused.is_empty() || arguments.dry_run;
    anyhow::ensure!(imports, "nobody was imported: mend the refused rows and import the file again");
    Ok(())
}

/// Writes what each officer signs in with, and waits until it is on the disk.
fn keep(path: &Path, created: &[OfficerCredentials]) -> anyhow::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = private(path)?;
    // User names, generated passwords, base32 and addresses hold neither comma nor quote.
    let mut text = "\u{feff}username,password,totp_secret,otpauth_uri\n".to_owned();
    for OfficerCredentials { username, password, totp_secret, otpauth_uri, .. } in created {
        text.push_str(&format!("{username},{password},{totp_secret},{otpauth_uri}\n"));
    }
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    if written.is_err() {
        let _ = std::fs::remove_file(path);
    }
    written.context("cannot be written")
}

/// A new file that its owner alone can read.
fn private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
