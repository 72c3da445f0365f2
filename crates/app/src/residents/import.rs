//! Officers register many at once, from a file: all rows or none.

mod rows;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use domain::{
    authorization::{Action, Scope},
    person::{ConsentBasis, TagSource},
};
use store::{
    DbConnection, Store, StoreError,
    audit_log::audit_log_add_each,
    dialect::expect_many_inserts,
    persons::{AddedBy, SealedPerson, all_phones_hold, person_seal, persons_add, persons_of_phones},
};

use self::rows::{Columns, ReadRow, read};
use crate::{
    App, AppError, Context,
    divisions::{Tree, off_the_workers, uploaded},
    tables::{RefusedRow, Row, RowError, Table},
};

/// Rows of a file that is sent as a body: they are written in one transaction, during which no other phone is registered.
const MOST_ROWS: usize = 20_000;
/// Rows a command writes in one transaction, so that others come between.
const ROWS_PER_TRANSACTION: usize = 10_000;
/// Rows between two words of progress.
const STEP: usize = 1_000;

/// What an import is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Checks the rows.
    Reading,
    /// Seals what they say of persons.
    Sealing,
    /// Writes them, which is undone as a whole unless it comes to its end.
    Writing,
}

impl Phase {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Sealing => "sealing",
            Self::Writing => "writing",
        }
    }
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Rows read.
    pub read: u64,
    /// Persons registered; those who would be, in a dry run.
    pub added: usize,
    /// Persons who were registered already, with the same phone and name.
    pub already: usize,
    /// Rows that cannot be taken. Where there is one, nothing was registered.
    pub refused: Vec<RefusedRow>,
}

/// A file of persons that was sent: a table with the columns it needs, of a length that is taken.
pub struct PersonsFile {
    columns: Columns,
    rows: Vec<Result<Row, RowError>>,
    tree: Arc<Tree>,
}

/// Opens a body as a file of persons; nothing in its rows is looked at yet. Columns: name, phone, division (code of a village
/// one serves), attestation, and where known birth_year and tags (divided by `;`, with `@` and a day where they end).
pub async fn persons_file(app: &App, context: &Context, body: Vec<u8>) -> Result<PersonsFile, AppError> {
    context.authorize(Action::RegisterPersons, Scope::Served)?;
    let tree = app.divisions.get(&app.store.db).await?;
    off_the_workers(move || {
        let table = uploaded(body)?;
        let columns = Columns::of(&table)?;
        let rows: Vec<_> = table.take(MOST_ROWS + 1).collect();
        if rows.len() > MOST_ROWS {
            return Err(AppError::invalid("", format!("一个文件最多{MOST_ROWS}行，请分开提交。")));
        }
        Ok(PersonsFile { columns, rows, tree })
    })
    .await
}

/// Registers the persons of a file, in the word of the officer who sends it: all or none, even where the officer does not
/// wait for the end. `progress` hears how many of how many are through a phase.
pub async fn persons_import(
    app: &App,
    context: &Context,
    file: PersonsFile,
    dry_run: bool,
    progress: impl Fn(Phase, usize, usize) + Send + 'static,
) -> Result<ImportReport, AppError> {
    context.authorize(Action::RegisterPersons, Scope::Served)?;
    let (store, asker, now) = (app.store.clone(), context.clone(), app.now());
    off_the_workers(move || {
        let PersonsFile { columns, rows, tree } = file;
        let taken = |done, of| progress(Phase::Reading, done, of);
        let (rows, mut report) = read(&asker, &tree, &columns, counted(rows, &taken), now)?;
        if report.refused.is_empty() {
            let sealed = seal(&store, rows, &|done, of| progress(Phase::Sealing, done, of))?;
            let written = |done, of| progress(Phase::Writing, done, of);
            (report.added, report.already) = write(&store, &asker, sealed, dry_run, now, &written)?;
        }
        Ok(report)
    })
    .await
}

/// The same for a command, blocking: files of any length. The whole file is checked before the first row is written; then
/// some thousands are written at a time, and `progress` hears how many of how many. After a kill the same file again adds
/// those who are missing.
pub fn import_persons(
    store: &Store,
    context: &Context,
    tree: &Tree,
    table: Table,
    dry_run: bool,
    now: DateTime<Utc>,
    progress: &dyn Fn(usize, usize),
) -> Result<ImportReport, AppError> {
    context.authorize(Action::RegisterPersons, Scope::Served)?;
    let columns = Columns::of(&table)?;
    let (rows, mut report) = read(context, tree, &columns, table, now)?;
    if !report.refused.is_empty() {
        return Ok(report);
    }
    store.db.run_blocking(expect_many_inserts)?;
    let all = rows.len();
    let mut rows = rows.into_iter();
    loop {
        let part: Vec<ReadRow> = rows.by_ref().take(ROWS_PER_TRANSACTION).collect();
        if part.is_empty() {
            return Ok(report);
        }
        let before = report.added + report.already;
        let sealed = seal(store, part, &|_, _| ())?;
        let written = |done, _| progress(before + done, all);
        let (added, already) = write(store, context, sealed, dry_run, now, &written)?;
        report.added += added;
        report.already += already;
        progress(report.added + report.already, all);
    }
}

/// Sealing takes the time; it is done before the transaction.
fn seal(store: &Store, rows: Vec<ReadRow>, progress: &dyn Fn(usize, usize)) -> Result<Vec<SealedPerson>, StoreError> {
    counted(rows, progress).map(|row| person_seal(&store.keyring, row.new, Some(&row.reason))).collect()
}

/// The same rows; `progress` hears now and then how many were taken.
fn counted<T>(rows: Vec<T>, progress: &dyn Fn(usize, usize)) -> impl Iterator<Item = T> {
    let all = rows.len();
    rows.into_iter().zip(1..).map(move |(row, place): (T, usize)| {
        if place == all || place.is_multiple_of(STEP) {
            progress(place, all);
        }
        row
    })
}

/// Writes persons in one transaction. Returns how many were new and how many were there.
fn write(
    store: &Store,
    context: &Context,
    sealed: Vec<SealedPerson>,
    dry_run: bool,
    now: DateTime<Utc>,
    progress: &dyn Fn(usize, usize),
) -> Result<(usize, usize), AppError> {
    let officer = context.officer()?.clone();
    let keyring = store.keyring.clone();
    Ok(store.db.write_blocking(|connection| {
        all_phones_hold(connection)?;
        let (new, already) = without_known(connection, &keyring, sealed)?;
        if dry_run {
            return Ok((new.len(), already));
        }
        let by = AddedBy {
            basis: ConsentBasis::Attested,
            given_by: &officer.public_id,
            reason: None,
            tag_source: TagSource::Import,
            officer: Some(officer.id),
            registered: true,
        };
        let ids: Vec<String> = new.iter().map(|person| person.public_id.to_string()).collect();
        let detail = context.seen_by("代为登记");
        let audit = context.audit(now, "person.registered_by_officer", "person", "", detail);
        audit_log_add_each(connection, &audit, &ids)?;
        persons_add(connection, &keyring, &new, by, now, progress)?;
        Ok((new.len(), already))
    })?)
}

/// Those who are not registered yet with the same phone and name, and how many are.
fn without_known(
    connection: &mut DbConnection,
    keyring: &keyring::Keyring,
    sealed: Vec<SealedPerson>,
) -> Result<(Vec<SealedPerson>, usize), StoreError> {
    let phones: Vec<&str> = sealed.iter().map(|person| person.new_person().phone.as_str()).collect();
    let mut known = HashMap::<String, HashSet<Option<String>>>::new();
    for person in persons_of_phones(connection, keyring, &phones)? {
        if let (true, Some(phone)) = (person.is_registered(), person.phone) {
            known.entry(phone).or_default().insert(person.name);
        }
    }
    let all = sealed.len();
    let is_new = |person: &SealedPerson| {
        let new = person.new_person();
        known.get(&new.phone).is_none_or(|names| !names.contains(&new.name))
    };
    let new: Vec<SealedPerson> = sealed.into_iter().filter(is_new).collect();
    let already = all - new.len();
    Ok((new, already))
}
