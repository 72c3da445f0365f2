//! Importing assignments from a file.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    authorization::{Action, Scope},
    division::DivisionCode,
};
use keyring::Keyring;
use store::{
    DbConnection, Store,
    divisions::divisions_hold,
    responsibilities::{NewAssignment, responsibility_overlaps},
};

use super::{
    AssignResponsibility,
    assign::enter,
    rules::{Fault, checked},
};
use crate::{
    App, Context, beijing_day,
    change::change_blocking,
    divisions::{Tree, bounded, off_the_workers, unreadable, uploaded},
    error::AppError,
    tables::{RefusedRow, Row, Table},
};

/// Assignments in one file: a city has some ten thousand villages and a few people for each.
const MOST_ROWS: u64 = 20_000;

/// What an import of assignments did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResponsibilitiesReport {
    /// Rows read.
    pub read: u64,
    /// Assignments entered.
    pub added: usize,
    /// Rows that were not taken.
    pub refused: Vec<RefusedRow>,
}

/// Rows of a file, each read by itself.
#[derive(Debug, Default)]
struct ResponsibilitiesFile {
    read: u64,
    rows: Vec<(u64, AssignResponsibility)>,
    refused: Vec<RefusedRow>,
}

/// Imports a file sent as a body, in one transaction. Columns: name, phone, post, division (a code), patch, from_day,
/// to_day. Rows that can be taken are, the others are reported; a dry run only reports. The same file again is refused row
/// by row: everybody in it is assigned already.
pub async fn responsibilities_import(
    app: &App,
    context: &Context,
    body: Vec<u8>,
    dry_run: bool,
) -> Result<ResponsibilitiesReport, AppError> {
    context.authorize(Action::EditResponsibilities, Scope::Served)?;
    let file = off_the_workers(move || ResponsibilitiesFile::read(uploaded(body)?)).await?;
    let (context, keyring, now) = (context.clone(), app.store.keyring.clone(), app.now());
    app.write(move |connection| import(connection, &keyring, &context, file, dry_run, now)).await
}

/// The same for a command, in the name of the officer of `context`. Blocking.
pub fn import_responsibilities(
    store: &Store,
    context: &Context,
    table: Table,
    dry_run: bool,
    now: DateTime<Utc>,
) -> Result<ResponsibilitiesReport, AppError> {
    context.authorize(Action::EditResponsibilities, Scope::Served)?;
    let file = ResponsibilitiesFile::read(table)?;
    change_blocking(&store.db, |connection| import(connection, &store.keyring, context, file, dry_run, now))
}

impl ResponsibilitiesFile {
    fn read(table: Table) -> Result<Self, AppError> {
        let required = ["name", "phone", "post", "division"].map(|column| table.required_column(column));
        let [name, phone, post, division] = required;
        let needed = [name?, phone?, post?, division?];
        let optional = ["patch", "from_day", "to_day"].map(|column| table.column(column));
        let mut file = Self::default();
        for row in table {
            bounded(&file.refused)?;
            file.read += 1;
            if file.read > MOST_ROWS {
                let detail = format!("一次最多导入{MOST_ROWS}行，请分成几个文件。没有导入任何内容。");
                return Err(AppError::invalid("", detail));
            }
            match row {
                Err(error) => file.refused.push(unreadable(error)?),
                Ok(row) => match parse(&row, needed, optional) {
                    Ok(request) => file.rows.push((row.line, request)),
                    Err(fault) => file.refused.push(RefusedRow::new(row.line, "", fault.code(), fault.reason())),
                },
            }
        }
        Ok(file)
    }
}

fn parse(
    row: &Row,
    [name, phone, post, division]: [usize; 4],
    [patch, from_day, to_day]: [Option<usize>; 3],
) -> Result<AssignResponsibility, Fault> {
    let text = |column: usize| row.cell(Some(column)).to_owned();
    let day = |column: Option<usize>, pointer: &'static str| match row.cell(column) {
        "" => Ok(None),
        // A date of a workbook may carry a time of day.
        cell => {
            let day: String = cell.chars().take(10).map(|sign| if sign == '/' { '-' } else { sign }).collect();
            day.parse::<NaiveDate>().map(Some).map_err(|_| Fault::BadDay(pointer))
        }
    };
    Ok(AssignResponsibility {
        name: text(name),
        phone: text(phone),
        post: text(post),
        division: text(division),
        patch: Some(row.cell(patch)).filter(|patch| !patch.is_empty()).map(str::to_owned),
        from_day: day(from_day, "/from_day")?,
        to_day: day(to_day, "/to_day")?,
    })
}

/// What the file itself has assigned so far: by person and place, the days.
type Assigned = HashMap<(String, DivisionCode, Option<String>), Vec<(NaiveDate, NaiveDate)>>;

fn import(
    connection: &mut DbConnection,
    keyring: &Keyring,
    context: &Context,
    file: ResponsibilitiesFile,
    dry_run: bool,
    now: DateTime<Utc>,
) -> Result<ResponsibilitiesReport, AppError> {
    divisions_hold(connection)?;
    let (tree, today) = (Tree::load(connection)?, beijing_day(now));
    let mut report = ResponsibilitiesReport { read: file.read, refused: file.refused, ..Default::default() };
    let mut assigned = Assigned::new();
    for (line, request) in file.rows {
        let judged = match checked(context, &tree, &request, today) {
            // In a dry run nothing is written, so that the file must be held against itself too.
            Ok(new) if overlaps(&mut assigned, &new) => Err(Fault::Overlap),
            Ok(new) if responsibility_overlaps(connection, keyring, &new)? => Err(Fault::Overlap),
            other => other,
        };
        match judged {
            Ok(new) => {
                report.added += 1;
                if !dry_run {
                    enter(connection, keyring, context, &new, now)?;
                }
            }
            // The line finds the row. What stands in it may be a phone, whatever column it is in.
            Err(fault) => report.refused.push(RefusedRow::new(line, "", fault.code(), fault.reason())),
        }
    }
    report.refused.sort_by_key(|row| row.line);
    Ok(report)
}

/// True if the file has assigned the same person to the same place already, on one of the days; notes it otherwise.
fn overlaps(assigned: &mut Assigned, new: &NewAssignment) -> bool {
    let days = assigned.entry((new.phone.clone(), new.division, new.patch.clone())).or_default();
    let to_day = new.to_day.unwrap_or(NaiveDate::MAX);
    let twice = days.iter().any(|(from, to)| *from <= to_day && new.from_day <= *to);
    if !twice {
        days.push((new.from_day, to_day));
    }
    twice
}
