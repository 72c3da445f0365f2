//! A file of officers: its rows, each checked by itself.

use std::collections::HashSet;

use domain::authorization::Role;

use super::rules::{self, Fault};
use crate::{
    divisions::{bounded, unreadable},
    error::AppError,
    tables::{RefusedRow, Row, Table},
};

/// A row that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OfficerRow {
    pub(super) line: u64,
    pub(super) username: String,
    pub(super) name: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) role: Role,
    /// Name of the unit.
    pub(super) unit: Option<String>,
}

/// Rows of a file of officers.
#[derive(Debug, Clone, Default)]
pub(super) struct OfficersFile {
    pub(super) read: u64,
    pub(super) rows: Vec<OfficerRow>,
    pub(super) refused: Vec<RefusedRow>,
}

impl OfficersFile {
    /// Reads a file of at most `most` rows: for each a password will be hashed.
    pub(super) fn read(table: Table, most: u64) -> Result<Self, AppError> {
        let username = Some(table.required_column("username")?);
        let columns = [
            username,
            table.column("name"),
            table.column("phone"),
            Some(table.required_column("role")?),
            table.column("unit"),
        ];
        let (mut file, mut usernames, mut phones) = (Self::default(), HashSet::new(), HashSet::new());
        for row in table {
            bounded(&file.refused)?;
            file.read += 1;
            if file.read > most {
                return Err(AppError::invalid("", format!("一次最多导入{most}人，请分成几个文件。没有导入任何内容。")));
            }
            let row = match row {
                Ok(row) => row,
                Err(error) => {
                    file.refused.push(unreadable(error)?);
                    continue;
                }
            };
            let parsed = parse(&row, columns).map_err(|fault| (fault.code(), fault.reason()));
            let unique = parsed.and_then(|officer| {
                if !usernames.insert(officer.username.clone()) {
                    return Err(("duplicate", "前面已有同一用户名的行"));
                }
                if officer.phone.as_ref().is_some_and(|phone| !phones.insert(phone.clone())) {
                    return Err(("duplicate_phone", "前面已有同一电话的行"));
                }
                Ok(officer)
            });
            match unique {
                Ok(officer) => file.rows.push(officer),
                // The line finds the row. What stands in it may be a phone, whatever column it is in.
                Err((code, reason)) => file.refused.push(RefusedRow::new(row.line, "", code, reason)),
            }
        }
        Ok(file)
    }
}

fn parse(row: &Row, [username, name, phone, role, unit]: [Option<usize>; 5]) -> Result<OfficerRow, Fault> {
    let cell = |column| Some(row.cell(column)).filter(|cell| !cell.is_empty());
    Ok(OfficerRow {
        line: row.line,
        username: rules::username(row.cell(username))?,
        name: cell(name).map(rules::name).transpose()?,
        phone: cell(phone).map(rules::phone).transpose()?,
        role: Role::from_word(row.cell(role)).filter(|role| role.is_officer()).ok_or(Fault::BadRole)?,
        unit: cell(unit).map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::divisions::test_support::table;

    fn read(text: &str) -> OfficersFile {
        OfficersFile::read(table(text), 10).unwrap()
    }

    #[test]
    fn each_row_is_judged_and_named_by_its_line() {
        let file = read(
            "username,name,phone,role,unit\n Li.Lei ,李雷,138 0013 8000,community_officer,一所\nli.lei,韩梅,,auditor,\n\
            han,韩梅,13800138000,auditor,\nx,,,auditor,\n13800138001,,,auditor,\nwang,王,110,auditor,\nzhao,赵,,resident,\n",
        );
        assert_eq!(file.rows.len(), 1);
        assert_eq!((file.rows[0].username.as_str(), file.rows[0].phone.as_deref()), ("li.lei", Some("+8613800138000")));
        let codes: Vec<&str> = file.refused.iter().map(|row| row.code).collect();
        assert_eq!(
            codes,
            ["duplicate", "duplicate_phone", "bad_username", "username_is_phone", "bad_phone", "bad_role"]
        );
        assert!(file.refused.iter().all(|row| row.value.is_empty()));
    }

    #[test]
    fn a_file_too_long_or_without_a_column_is_refused_whole() {
        let rows: String = (0..11).map(|n| format!("user{n},auditor\n")).collect();
        assert!(OfficersFile::read(table(&format!("username,role\n{rows}")), 10).is_err());
        assert!(OfficersFile::read(table("username\nli.lei\n"), 10).is_err());
    }
}
