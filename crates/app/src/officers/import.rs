//! Importing officers from a file: all of them or none.

use chrono::{DateTime, Utc};
use domain::authorization::{Action, Scope};
use keyring::Keyring;
use store::{
    DbConnection, Store,
    officers::{officer_phone_taken, usernames_taken},
};

use super::{
    create::{Entry, enter},
    credentials::Secrets,
    import_file::{OfficerRow, OfficersFile},
    rules::{self, Fault},
};
use crate::{
    App, Context,
    change::change_blocking,
    divisions::{off_the_workers, uploaded},
    error::AppError,
    identity::OfficerCredentials,
    tables::{RefusedRow, Table},
    units::Ground,
};

/// Officers in one upload: hashing their passwords takes some twenty milliseconds each.
const MOST_UPLOADED: u64 = 500;
/// Officers in one file at the command line.
const MOST_AT_COMMAND: u64 = 20_000;

/// What an import of officers did. Has no `Debug`: it holds passwords.
#[derive(Default)]
pub struct OfficersReport {
    /// Rows read.
    pub read: u64,
    /// Rows that can be taken.
    pub valid: usize,
    /// The officers entered, with what each signs in with; none if any row was refused, and none in a dry run.
    pub created: Vec<OfficerCredentials>,
    /// Rows that cannot be taken.
    pub refused: Vec<RefusedRow>,
}

/// Imports a file for a command. Columns: username, name, phone, role, unit (a name). If any row is refused, nothing is
/// imported. `keep` is given the credentials before the commit: if it fails, nothing is imported either, so that no
/// officer exists whose password nobody knows. Blocking.
pub fn import_officers(
    store: &Store,
    context: &Context,
    table: Table,
    dry_run: bool,
    now: DateTime<Utc>,
    keep: impl FnOnce(&[OfficerCredentials]) -> Result<(), AppError>,
) -> Result<OfficersReport, AppError> {
    let file = OfficersFile::read(table, MOST_AT_COMMAND)?;
    let judged = change_blocking(&store.db, |connection| judge(connection, &store.keyring, context, &file))?;
    if dry_run || !judged.refused.is_empty() {
        return Ok(judged.report(&file));
    }
    let secrets = secrets(file.rows.len())?;
    change_blocking(&store.db, |connection| {
        let report = take(connection, &store.keyring, context, &file, &secrets, now)?;
        keep(&report.created)?;
        Ok(report)
    })
}

/// [`import_officers`] for a file sent as a body; the reply alone tells the credentials.
pub async fn officers_import(
    app: &App,
    context: &Context,
    body: Vec<u8>,
    dry_run: bool,
) -> Result<OfficersReport, AppError> {
    context.authorize(Action::EditOfficers, Scope::Served)?;
    let file = off_the_workers(move || OfficersFile::read(uploaded(body)?, MOST_UPLOADED)).await?;
    let (context, keyring, now) = (context.clone(), app.store.keyring.clone(), app.now());
    let (asking, keys, rows) = (context.clone(), keyring.clone(), file.clone());
    let judged = app.write(move |connection| judge(connection, &keys, &asking, &rows)).await?;
    if dry_run || !judged.refused.is_empty() {
        return Ok(judged.report(&file));
    }
    let count = file.rows.len();
    let secrets = app.password_gate.run(move || secrets(count)).await??;
    app.write(move |connection| take(connection, &keyring, &context, &file, &secrets, now)).await
}

fn secrets(count: usize) -> Result<Vec<Secrets>, AppError> {
    (0..count).map(|_| Secrets::random()).collect()
}

/// The rows of a file held against the database.
struct Judged {
    /// Keys of the units of the rows that can be taken, in their order.
    units: Vec<Option<i64>>,
    /// Those that cannot, for whatever reason.
    refused: Vec<RefusedRow>,
}

impl Judged {
    fn report(mut self, file: &OfficersFile) -> OfficersReport {
        self.refused.sort_by_key(|row| row.line);
        OfficersReport { read: file.read, valid: self.units.len(), created: Vec::new(), refused: self.refused }
    }
}

fn judge(
    connection: &mut DbConnection,
    keyring: &Keyring,
    context: &Context,
    file: &OfficersFile,
) -> Result<Judged, AppError> {
    let ground = Ground::hold(connection)?;
    let usernames: Vec<&str> = file.rows.iter().map(|row| row.username.as_str()).collect();
    let taken = usernames_taken(connection, &usernames)?;
    let mut judged = Judged { units: Vec::new(), refused: file.refused.clone() };
    for row in &file.rows {
        let fault = |fault: Fault| RefusedRow::new(row.line, "", fault.code(), fault.reason());
        if taken.contains(&row.username) {
            judged.refused.push(fault(Fault::UsernameTaken));
            continue;
        }
        match placed(context, &ground, row) {
            Err(wrong) => judged.refused.push(fault(wrong)),
            Ok(unit_id) => match &row.phone {
                Some(phone) if officer_phone_taken(connection, keyring, phone, None)? => {
                    judged.refused.push(fault(Fault::PhoneTaken));
                }
                _ => judged.units.push(unit_id),
            },
        }
    }
    Ok(judged)
}

fn placed(context: &Context, ground: &Ground, row: &OfficerRow) -> Result<Option<i64>, Fault> {
    rules::role(context, row.role)?;
    let named = |name: &String| ground.units.iter().find(|unit| unit.name == *name).ok_or(Fault::UnknownUnit);
    rules::unit(context, ground, row.unit.as_ref().map(named).transpose()?)
}

/// Enters every row, judged anew: somebody may have been quicker.
fn take(
    connection: &mut DbConnection,
    keyring: &Keyring,
    context: &Context,
    file: &OfficersFile,
    secrets: &[Secrets],
    now: DateTime<Utc>,
) -> Result<OfficersReport, AppError> {
    let judged = judge(connection, keyring, context, file)?;
    if !judged.refused.is_empty() {
        return Ok(judged.report(file));
    }
    let mut created = Vec::with_capacity(file.rows.len());
    for ((row, unit_id), secrets) in file.rows.iter().zip(&judged.units).zip(secrets) {
        let entry = Entry {
            username: &row.username,
            name: row.name.as_deref(),
            phone: row.phone.as_deref(),
            role: row.role,
            unit_id: *unit_id,
        };
        let officer = enter(connection, keyring, context, &entry, secrets, now)?;
        created.push(secrets.told(&officer.public_id.to_string(), &row.username));
    }
    Ok(OfficersReport { created, ..judged.report(file) })
}
