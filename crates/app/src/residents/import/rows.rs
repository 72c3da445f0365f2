//! Rows of a file of persons.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use domain::{
    division::{DivisionCode, Level},
    person::{Origin, PhoneProof, Purpose},
};
use store::persons::NewPerson;

use super::{
    super::{NamedTag, console::is_served, register_for::attestation, rules, tags},
    ImportReport,
};
use crate::{
    AppError, Context,
    divisions::{Tree, bounded, unreadable},
    tables::{RefusedRow, Row, RowError, Table},
};

/// A row that can be read.
pub(super) struct ReadRow {
    pub(super) new: NewPerson,
    pub(super) reason: String,
}

/// Where the columns stand, by their English or Chinese name.
pub(super) struct Columns {
    name: Option<usize>,
    phone: Option<usize>,
    division: Option<usize>,
    birth_year: Option<usize>,
    tags: Option<usize>,
    attestation: Option<usize>,
}

impl Columns {
    pub(super) fn of(table: &Table) -> Result<Self, AppError> {
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

/// Checks the rows of a file.
pub(super) fn read(
    context: &Context,
    tree: &Tree,
    columns: &Columns,
    file: impl Iterator<Item = Result<Row, RowError>>,
    now: DateTime<Utc>,
) -> Result<(Vec<ReadRow>, ImportReport), AppError> {
    let (mut rows, mut seen, mut report) = (Vec::new(), HashSet::new(), ImportReport::default());
    for row in file {
        bounded(&report.refused)?;
        report.read += 1;
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                report.refused.push(unreadable(error)?);
                continue;
            }
        };
        match parse(context, tree, columns, &row, now) {
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
    let named = row.cell(columns.tags).split([';', '；', '、']).map(str::trim).filter(|tag| !tag.is_empty());
    let named: Vec<NamedTag> = named.map(tag).collect::<Result<_, AppError>>()?;
    Ok(ReadRow {
        new: NewPerson {
            origin: Origin::Officer,
            division: village(context, tree, row.cell(columns.division))?,
            phone: rules::phone("/phone", row.cell(columns.phone))?,
            phone_proof: Some(PhoneProof::Attested),
            name: rules::name("/name", Some(row.cell(columns.name)))?,
            birth_year: rules::birth_year("/birth_year", birth_year, now)?,
            tags: tags::tags("/tags", &named, now)?,
            consents: vec![Purpose::Warnings],
        },
        reason: attestation("/attestation", row.cell(columns.attestation))?,
    })
}

/// A tag: its code or name, and behind an `@` the day on which it ends.
fn tag(text: &str) -> Result<NamedTag, AppError> {
    let Some((word, day)) = text.split_once('@') else {
        return Ok(NamedTag { word: text.to_owned(), expires_on: None });
    };
    let rule = || AppError::invalid("/tags", "标签的到期日期写在@后面，例如：独居老人@2027-03-01");
    Ok(NamedTag { word: word.to_owned(), expires_on: Some(day.trim().parse().map_err(|_| rule())?) })
}

/// A village in use that the caller serves.
fn village(context: &Context, tree: &Tree, text: &str) -> Result<DivisionCode, AppError> {
    let rule = || AppError::invalid("/division", "区划代码须为您辖区内在用的村或社区的12位代码");
    let code: DivisionCode = text.parse().map_err(|_| rule())?;
    let node = tree.get(code).filter(|node| node.is_open() && node.stored.division.level == Level::Village);
    node.filter(|_| is_served(context, tree, code)).map(|_| code).ok_or_else(rule)
}
