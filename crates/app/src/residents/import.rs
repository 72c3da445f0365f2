//! Officers register many at once, from a file: all rows or none.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use domain::{
    authorization::{Action, Scope},
    division::{DivisionCode, Level},
    person::{ConsentBasis, Origin, PhoneProof, Purpose, TagSource},
};
use store::{
    DbConnection, Store, StoreError,
    audit_log::audit_log_add_each,
    persons::{AddedBy, NewPerson, SealedPerson, all_phones_hold, person_seal, persons_add, persons_of_phones},
};

use super::{console::is_served, register_for::attestation, rules};
use crate::{
    App, AppError, Context,
    divisions::{Tree, bounded, off_the_workers, unreadable, uploaded},
    tables::{RefusedRow, Row, Table},
};

/// Rows of a file that is sent as a body: they are written in one transaction, during which no other phone is registered.
const MOST_ROWS: usize = 20_000;
/// Rows a command writes in one transaction, so that others come between.
const ROWS_PER_TRANSACTION: usize = 10_000;

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

/// A row that can be read.
struct ReadRow {
    new: NewPerson,
    reason: String,
}

/// Where the columns stand, by their English or Chinese name.
struct Columns {
    name: Option<usize>,
    phone: Option<usize>,
    division: Option<usize>,
    birth_year: Option<usize>,
    tags: Option<usize>,
    attestation: Option<usize>,
}

impl Columns {
    fn of(table: &Table) -> Result<Self, AppError> {
        let find = |english: &str, chinese: &str| table.column(english).or_else(|| table.column(chinese));
        let needed = |english: &str, chinese: &str| {
            let missing = || AppError::invalid("", format!("文件里缺少“{chinese}”（{english}）这一列。"));
            find(english, chinese).map(Some).ok_or_else(missing)
        };
        Ok(Self {
            name: needed("name", "姓名")?,
            phone: needed("phone", "手机号")?,
            division: needed("division", "区划代码")?,
            attestation: needed("attestation", "同意说明")?,
            birth_year: find("birth_year", "出生年份"),
            tags: find("tags", "人群标签"),
        })
    }
}

/// Registers the persons of a file, in the word of the officer who sends it. Columns: name, phone, division (code of a
/// village one serves), attestation, and where known birth_year and tags (divided by `;`).
pub async fn persons_import(
    app: &App,
    context: &Context,
    body: Vec<u8>,
    dry_run: bool,
) -> Result<ImportReport, AppError> {
    context.authorize(Action::RegisterPersons, Scope::Served)?;
    let tree = app.divisions.get(&app.store.db).await?;
    let (store, asker, now) = (app.store.clone(), context.clone(), app.now());
    off_the_workers(move || {
        let (rows, mut report) = read(&asker, &tree, uploaded(body)?, MOST_ROWS, now)?;
        if report.refused.is_empty() {
            (report.added, report.already) = write(&store, &asker, seal(&store, rows)?, dry_run, now)?;
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
    let (rows, mut report) = read(context, tree, table, usize::MAX, now)?;
    if !report.refused.is_empty() {
        return Ok(report);
    }
    let all = rows.len();
    let mut rows = rows.into_iter();
    loop {
        let part: Vec<ReadRow> = rows.by_ref().take(ROWS_PER_TRANSACTION).collect();
        if part.is_empty() {
            return Ok(report);
        }
        let (added, already) = write(store, context, seal(store, part)?, dry_run, now)?;
        report.added += added;
        report.already += already;
        progress(report.added + report.already, all);
    }
}

/// Sealing takes the time; it is done before the transaction.
fn seal(store: &Store, rows: Vec<ReadRow>) -> Result<Vec<SealedPerson>, StoreError> {
    rows.into_iter().map(|row| person_seal(&store.keyring, row.new, Some(&row.reason))).collect()
}

/// Writes persons in one transaction. Returns how many were new and how many were there.
fn write(
    store: &Store,
    context: &Context,
    sealed: Vec<SealedPerson>,
    dry_run: bool,
    now: DateTime<Utc>,
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
        persons_add(connection, &keyring, &new, by, now)?;
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

fn read(
    context: &Context,
    tree: &Tree,
    table: Table,
    most: usize,
    now: DateTime<Utc>,
) -> Result<(Vec<ReadRow>, ImportReport), AppError> {
    let columns = Columns::of(&table)?;
    let (mut rows, mut seen, mut report) = (Vec::new(), HashSet::new(), ImportReport::default());
    for row in table {
        bounded(&report.refused)?;
        report.read += 1;
        if rows.len() == most {
            return Err(AppError::invalid("", format!("一个文件最多{most}行，请分开提交。")));
        }
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                report.refused.push(unreadable(error)?);
                continue;
            }
        };
        match parse(context, tree, &columns, &row, now) {
            Ok(read) if !seen.insert((read.new.phone.clone(), read.new.name.clone())) => {
                report.refused.push(refused(&row, "duplicate", "前面已有相同姓名和手机号的一行"));
            }
            Ok(read) => rows.push(read),
            Err(error) => {
                let field = error.fields.first().map_or("", |field| field.pointer.trim_start_matches('/'));
                report.refused.push(refused(&row, code_of(field), &error.detail));
            }
        }
    }
    Ok((rows, report))
}

fn refused(row: &Row, code: &'static str, reason: &str) -> RefusedRow {
    // The row's own words are personal data: the line says which row it is.
    RefusedRow::new(row.line, "", code, reason)
}

/// The stable word for a field at fault.
fn code_of(field: &str) -> &'static str {
    match field.split('/').next().unwrap_or_default() {
        "name" => "bad_name",
        "phone" => "bad_phone",
        "division" => "bad_division",
        "birth_year" => "bad_birth_year",
        "tags" => "bad_tags",
        "attestation" => "bad_attestation",
        _ => "bad_row",
    }
}

fn parse(
    context: &Context,
    tree: &Tree,
    columns: &Columns,
    row: &Row,
    now: DateTime<Utc>,
) -> Result<ReadRow, AppError> {
    let birth_year = match row.cell(columns.birth_year) {
        "" => None,
        text => Some(text.parse().map_err(|_| AppError::invalid("/birth_year", "出生年份请填四位数字。"))?),
    };
    let tags: Vec<String> = row
        .cell(columns.tags)
        .split([';', '；', '、'])
        .map(|tag| tag.trim().to_owned())
        .filter(|tag| !tag.is_empty())
        .collect();
    Ok(ReadRow {
        new: NewPerson {
            origin: Origin::Officer,
            division: village(context, tree, row.cell(columns.division))?,
            phone: rules::phone("/phone", row.cell(columns.phone))?,
            phone_proof: Some(PhoneProof::Attested),
            name: rules::name("/name", Some(row.cell(columns.name)))?,
            birth_year: rules::birth_year("/birth_year", birth_year, now)?,
            tags: rules::tags("/tags", &tags)?,
            consents: vec![Purpose::Warnings],
        },
        reason: attestation("/attestation", row.cell(columns.attestation))?,
    })
}

/// A village in use that the caller serves.
fn village(context: &Context, tree: &Tree, text: &str) -> Result<DivisionCode, AppError> {
    let rule = || AppError::invalid("/division", "区划代码须为您辖区内在用的村或社区的12位代码");
    let code: DivisionCode = text.parse().map_err(|_| rule())?;
    let node = tree.get(code).filter(|node| node.is_open() && node.stored.division.level == Level::Village);
    node.filter(|_| is_served(context, tree, code)).map(|_| code).ok_or_else(rule)
}
