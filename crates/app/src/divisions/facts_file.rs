//! Rows of a file of facts.

use domain::division::{DivisionCode, Place, PlaceError};

use super::tree_file::{bounded, clipped, unreadable};
use crate::{
    error::AppError,
    tables::{RefusedRow, Row, Table},
};

/// People in one community at most; the largest in China have a few hundred thousand.
const HIGHEST_COUNT: i64 = 2_000_000;

/// What a row says; what it leaves out stays as it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct FactsRow {
    pub(super) line: u64,
    pub(super) code: DivisionCode,
    pub(super) population: Option<i64>,
    pub(super) households: Option<i64>,
    pub(super) place: Option<Place>,
}

/// Why a row is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FactsFault {
    BadCode,
    UnknownCode,
    Closed,
    NotACommunity,
    Duplicate,
    Empty,
    NotANumber,
    Negative,
    TooLarge,
    HalfAPlace,
    OutsideChina,
}

impl FactsFault {
    pub(super) const fn facts(self) -> (&'static str, &'static str) {
        match self {
            Self::BadCode => ("bad_code", "区划代码须为12位数字"),
            Self::UnknownCode => ("unknown_code", "没有这个区划"),
            Self::Closed => ("closed", "这个区划已撤销"),
            Self::NotACommunity => ("not_a_community", "只能填写村、社区一级的人口、户数和位置"),
            Self::Duplicate => ("duplicate", "前面已有相同代码的行"),
            Self::Empty => ("empty", "没有填写人口、户数或位置"),
            Self::NotANumber => ("not_a_number", "人口、户数须为整数，经纬度须为数字"),
            Self::Negative => ("negative", "人口、户数不能为负数"),
            Self::TooLarge => ("too_large", "人口或户数过大"),
            Self::HalfAPlace => ("half_a_place", "纬度和经度须同时填写"),
            Self::OutsideChina => {
                ("outside_china", "位置不在中国范围内（北纬3至54度、东经73至136度），请检查经纬度是否填反")
            }
        }
    }

    pub(super) fn report(self, line: u64, value: &str) -> RefusedRow {
        let (code, reason) = self.facts();
        RefusedRow::new(line, clipped(value), code, reason)
    }
}

struct Columns {
    code: usize,
    population: Option<usize>,
    households: Option<usize>,
    latitude: Option<usize>,
    longitude: Option<usize>,
}

/// Reads a file with the column code and any of population, households, latitude, longitude. Returns how many rows there
/// were, those that can be read and the report of the others.
pub(super) fn read(table: Table) -> Result<(u64, Vec<FactsRow>, Vec<RefusedRow>), AppError> {
    let columns = Columns {
        code: table.required_column("code")?,
        population: table.column("population"),
        households: table.column("households"),
        latitude: table.column("latitude"),
        longitude: table.column("longitude"),
    };
    let known = [columns.population, columns.households, columns.latitude, columns.longitude];
    if known.iter().all(Option::is_none) {
        return Err(AppError::invalid("", "表头须有population、households、latitude、longitude中的至少一列。"));
    }
    let (mut read, mut rows, mut refused) = (0, Vec::new(), Vec::new());
    for row in table {
        bounded(&refused)?;
        read += 1;
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                refused.push(unreadable(error)?);
                continue;
            }
        };
        match parse(&row, &columns) {
            Ok(facts) => rows.push(facts),
            Err(fault) => refused.push(fault.report(row.line, &row.cells.join(","))),
        }
    }
    Ok((read, rows, refused))
}

fn parse(row: &Row, columns: &Columns) -> Result<FactsRow, FactsFault> {
    let facts = FactsRow {
        line: row.line,
        code: row.cell(Some(columns.code)).parse().map_err(|_| FactsFault::BadCode)?,
        population: count(row.cell(columns.population))?,
        households: count(row.cell(columns.households))?,
        place: place(row.cell(columns.latitude), row.cell(columns.longitude))?,
    };
    let empty = facts.population.is_none() && facts.households.is_none() && facts.place.is_none();
    if empty { Err(FactsFault::Empty) } else { Ok(facts) }
}

/// A whole number, as a spreadsheet may write it: `1565`, `1,565`, `1565.0`.
fn count(cell: &str) -> Result<Option<i64>, FactsFault> {
    if cell.is_empty() {
        return Ok(None);
    }
    let (negative, digits) = cell.strip_prefix('-').map_or((false, cell), |rest| (true, rest));
    let whole = digits
        .split_once('.')
        .map_or(Some(digits), |(whole, fraction)| fraction.bytes().all(|digit| digit == b'0').then_some(whole));
    let plain: String = whole.ok_or(FactsFault::NotANumber)?.chars().filter(|c| *c != ',').collect();
    if plain.is_empty() || !plain.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(FactsFault::NotANumber);
    }
    match plain.parse::<i64>() {
        Ok(0) => Ok(Some(0)),
        Ok(_) | Err(_) if negative => Err(FactsFault::Negative),
        Ok(number) if number <= HIGHEST_COUNT => Ok(Some(number)),
        _ => Err(FactsFault::TooLarge),
    }
}

fn place(latitude: &str, longitude: &str) -> Result<Option<Place>, FactsFault> {
    match (latitude, longitude) {
        ("", "") => Ok(None),
        ("", _) | (_, "") => Err(FactsFault::HalfAPlace),
        (latitude, longitude) => {
            let number = |text: &str| text.parse::<f64>().map_err(|_| FactsFault::NotANumber);
            Place::in_china(number(latitude)?, number(longitude)?).map(Some).map_err(|error| match error {
                PlaceError::NotOnEarth | PlaceError::OutsideChina => FactsFault::OutsideChina,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tables::{HeaderRule, Limits};

    fn read_text(text: &str) -> (u64, Vec<FactsRow>, Vec<RefusedRow>) {
        read(Table::from_bytes(text.into(), None, HeaderRule::Always, Limits::UPLOAD).unwrap()).unwrap()
    }

    #[test]
    fn counts_are_read_as_spreadsheets_write_them() {
        let cases = [
            ("", Ok(None)),
            ("0", Ok(Some(0))),
            ("1565", Ok(Some(1565))),
            ("1,565", Ok(Some(1565))),
            ("1565.0", Ok(Some(1565))),
            ("1565.5", Err(FactsFault::NotANumber)),
            ("-3", Err(FactsFault::Negative)),
            ("2000001", Err(FactsFault::TooLarge)),
            ("99999999999999999999", Err(FactsFault::TooLarge)),
            ("约1500", Err(FactsFault::NotANumber)),
            ("-", Err(FactsFault::NotANumber)),
            ("1e3", Err(FactsFault::NotANumber)),
            ("NaN", Err(FactsFault::NotANumber)),
        ];
        for (cell, expected) in cases {
            assert_eq!(count(cell), expected, "{cell}");
        }
    }

    #[test]
    fn places_have_both_halves_and_lie_in_china() {
        assert_eq!(place("33.6", ""), Err(FactsFault::HalfAPlace));
        assert_eq!(place("114.7", "33.6"), Err(FactsFault::OutsideChina));
        assert_eq!(place("NaN", "114.7"), Err(FactsFault::OutsideChina));
        assert_eq!(place("x", "114.7"), Err(FactsFault::NotANumber));
        assert!(place("33.6", "114.7").is_ok_and(|place| place.is_some()));
    }

    #[test]
    fn each_row_is_taken_or_refused_with_its_line() {
        let (read, rows, refused) =
            read_text("code,population,latitude,longitude\n411602001001,1565,33.6,114.7\n4116,1,,\n411602001002,,,\n");
        assert_eq!((read, rows.len()), (3, 1));
        let found: Vec<_> = refused.iter().map(|row| (row.line, row.code)).collect();
        assert_eq!(found, [(3, "bad_code"), (4, "empty")]);
    }

    #[test]
    fn a_file_without_any_facts_is_refused() {
        let table = Table::from_bytes(b"code,name\n".to_vec(), None, HeaderRule::Always, Limits::UPLOAD).unwrap();
        assert!(read(table).is_err());
    }

    proptest! {
        #[test]
        fn any_cells_are_read_or_refused(cells in proptest::array::uniform3("[-0-9.,eE年 ]{0,12}")) {
            let [number, latitude, longitude] = &cells;
            if let Ok(Some(number)) = count(number.trim()) {
                prop_assert!((0..=HIGHEST_COUNT).contains(&number));
            }
            let _ = place(latitude.trim(), longitude.trim());
        }
    }
}
