use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;

use super::*;

const SMALL: Limits = Limits { row_bytes: 64, text_bytes: 10_000, workbook_bytes: 1_000_000 };

fn opened(bytes: &[u8], format: Format, header: HeaderRule<'_>) -> Table {
    Table::from_bytes(bytes.to_vec(), Some(format), header, SMALL).unwrap()
}

/// A line and its cells, or a line and why it cannot be read.
type Read = Result<(u64, Vec<String>), (u64, RowReason)>;

fn read(bytes: &[u8], format: Format) -> Vec<Read> {
    let table = opened(bytes, format, HeaderRule::Never);
    table.map(|row| row.map(|row| (row.line, row.cells)).map_err(|error| (error.line, error.reason))).collect()
}

fn row(line: u64, cells: &[&str]) -> Result<(u64, Vec<String>), (u64, RowReason)> {
    Ok((line, cells.iter().map(|cell| (*cell).to_owned()).collect()))
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn workbook(rows: &[&[&str]]) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (line, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(*cells) {
            match cell.parse::<f64>() {
                Ok(number) => sheet.write_number(line, column, number).unwrap(),
                Err(_) => sheet.write_string(line, column, *cell).unwrap(),
            };
        }
    }
    book.save_to_buffer().unwrap()
}

#[test]
fn a_text_row_is_the_whole_line() {
    let found = read("\u{feff}a,b \"c\"\t\r\n\n  \nlast".as_bytes(), Format::Txt);
    assert_eq!(found, [row(1, &["a,b \"c\"\t"]), row(4, &["last"])]);
}

#[test]
fn csv_cells_may_be_quoted_and_reach_over_lines() {
    let found = read(b"a,\"b,\"\"c\"\"\",\r\n\"x\ny\",z\n\"q\"r,s\"t\"\n", Format::Csv);
    assert_eq!(found, [row(1, &["a", "b,\"c\"", ""]), row(2, &["x\ny", "z"]), row(4, &["qr", "s\"t\""])]);
}

#[test]
fn an_open_quote_costs_its_own_line_only() {
    let found = read(b"a,1\n\"b,2\nc,3\nd,4\n", Format::Csv);
    assert_eq!(found, [row(1, &["a", "1"]), Err((2, RowReason::OpenQuote)), row(3, &["c", "3"]), row(4, &["d", "4"])]);
}

#[test]
fn an_open_quote_hides_no_other_bad_line() {
    let long = "x".repeat(65);
    let found = read(format!("\"b\nc\n{long}\nd\n").as_bytes(), Format::Csv);
    assert_eq!(found, [Err((1, RowReason::OpenQuote)), row(2, &["c"]), Err((3, RowReason::TooLong)), row(4, &["d"])]);
}

#[test]
fn quotes_mean_nothing_between_tabs() {
    assert_eq!(read(b"\"a\tb\"\n", Format::Tsv), [row(1, &["\"a", "b\""])]);
}

#[test]
fn bad_bytes_and_long_lines_are_refused_one_by_one() {
    let mut bytes = b"ok\n\xff\xfe\na\0b\n".to_vec();
    bytes.extend([b'x'; 65]);
    bytes.extend(b"\nlast\n");
    let expected = [
        row(1, &["ok"]),
        Err((2, RowReason::NotUtf8)),
        Err((3, RowReason::Nul)),
        Err((4, RowReason::TooLong)),
        row(5, &["last"]),
    ];
    for format in [Format::Txt, Format::Csv, Format::Tsv] {
        assert_eq!(read(&bytes, format), expected);
    }
}

#[test]
fn a_line_may_be_as_long_as_the_limit_and_no_longer() {
    for (length, ending, fits) in
        [(64, "\n", true), (64, "\r\n", true), (64, "", true), (65, "\n", false), (65, "\r\n", false), (65, "", false)]
    {
        let found = read(format!("{}{ending}", "x".repeat(length)).as_bytes(), Format::Txt);
        assert_eq!((found.len(), found[0].is_ok()), (1, fits), "{length} {ending:?}");
    }
    let marked = read(format!("\u{feff}{}\nb\n", "x".repeat(64)).as_bytes(), Format::Txt);
    assert_eq!(marked, [Err((1, RowReason::TooLong)), row(2, &["b"])]);
    assert_eq!(read(format!("{}\nb", "x".repeat(200_000)).as_bytes(), Format::Txt).len(), 1);
}

#[test]
fn gzip_is_found_by_its_bytes_and_bounded() {
    assert_eq!(read(&packed(b"a\nb\n"), Format::Txt), [row(1, &["a"]), row(2, &["b"])]);
    let mut two = packed(b"a\n");
    two.extend(packed(b"b\n"));
    assert_eq!(read(&two, Format::Txt).len(), 2);
    let bomb = packed("line\n".repeat(100_000).as_bytes());
    let found = read(&bomb, Format::Txt);
    assert_eq!(found.last().map(|row| row.clone().unwrap_err().1), Some(RowReason::TooLarge));
    assert!(found.len() <= 2_001);
}

#[test]
fn a_torn_gzip_file_ends_with_a_reason() {
    let whole = packed("some line of text\n".repeat(50).as_bytes());
    let found = read(&whole[..whole.len() - 20], Format::Txt);
    assert_eq!(found.last().map(|row| row.clone().unwrap_err().1), Some(RowReason::Unreadable));
}

#[test]
fn a_header_is_taken_when_the_rule_says_so() {
    let text = b" Code ,NAME\n1,a\n";
    let always = opened(text, Format::Csv, HeaderRule::Always);
    assert_eq!((always.column("code"), always.column("name"), always.column("level")), (Some(0), Some(1), None));
    assert!(always.required_column("level").is_err());
    assert_eq!(always.count(), 1);
    let some = opened(text, Format::Csv, HeaderRule::IfAny(&["url", "name"]));
    assert!(some.header().is_some());
    let none = opened(text, Format::Csv, HeaderRule::IfAny(&["url"]));
    assert!(none.header().is_none());
    assert_eq!(none.count(), 2);
    assert!(matches!(Table::from_bytes(Vec::new(), None, HeaderRule::Always, SMALL), Err(TableError::NoHeader)));
}

#[test]
fn a_short_row_has_empty_cells() {
    let mut table = opened(b"a,b\n 1 \n", Format::Csv, HeaderRule::Always);
    let row = table.next().unwrap().unwrap();
    assert_eq!((row.cell(Some(0)), row.cell(Some(1)), row.cell(None)), ("1", "", ""));
}

#[test]
fn a_workbook_reads_like_text() {
    let book = workbook(&[&["code", "", "name"], &["411602000000", "", "川汇区"], &[], &["33.626"]]);
    let mut table = Table::from_bytes(book.clone(), None, HeaderRule::Always, SMALL).unwrap();
    assert_eq!(table.column("name"), Some(2));
    let rows: Vec<Row> = table.by_ref().map(Result::unwrap).collect();
    assert_eq!(
        rows.iter().map(|row| (row.line, row.cell(Some(0)), row.cell(Some(2)))).collect::<Vec<_>>(),
        [(2, "411602000000", "川汇区"), (4, "33.626", ""),]
    );
    assert_eq!(table.position(), table.size_hint_bytes());
    assert_eq!(Table::from_bytes(packed(&book), None, HeaderRule::Never, SMALL).unwrap().count(), 3);
}

#[test]
fn a_workbook_that_unpacks_to_more_than_it_may_is_refused() {
    let long = "x".repeat(30_000);
    let row: Vec<&str> = std::iter::repeat_n(long.as_str(), 50).collect();
    let book = workbook(&[&row]);
    let tight = Limits { workbook_bytes: 20_000, ..SMALL };
    assert!(book.len() < 20_000);
    assert!(matches!(Table::from_bytes(book, None, HeaderRule::Never, tight), Err(TableError::TooLarge)));
}

#[test]
fn what_is_no_workbook_is_refused_as_one() {
    let mut torn = workbook(&[&["a"]]);
    torn.truncate(torn.len() / 2);
    for bytes in [b"PK\x03\x04".to_vec(), b"PK\x03\x04junk".to_vec(), torn] {
        assert!(matches!(Table::from_bytes(bytes, None, HeaderRule::Never, SMALL), Err(TableError::Workbook)));
    }
}

#[test]
fn a_file_name_tells_the_format() {
    let cases = [
        ("a.txt", Some(Format::Txt)),
        ("a.b.CSV", Some(Format::Csv)),
        ("a.tsv.gz", Some(Format::Tsv)),
        ("a.xlsx", Some(Format::Xlsx)),
        ("a.gz", None),
        ("csv", None),
        ("a.xls", None),
    ];
    for (name, expected) in cases {
        assert_eq!(Format::of_path(Path::new(name)), expected, "{name}");
    }
}

#[test]
fn a_file_is_read_with_its_position() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.csv.gz");
    std::fs::write(&path, packed(b"value\na\nb\n")).unwrap();
    let mut table = Table::open(&path, None, HeaderRule::IfAny(&["value"])).unwrap();
    assert_eq!(table.by_ref().filter(Result::is_ok).count(), 2);
    assert_eq!(table.position(), table.size_hint_bytes());
    assert!(matches!(Table::open(folder.path(), Some(Format::Csv), HeaderRule::Never), Err(TableError::Io(_))));
    assert!(matches!(Table::open(&folder.path().join("none.csv"), None, HeaderRule::Never), Err(TableError::Io(_))));
}

#[test]
fn a_refused_value_is_no_formula() {
    let mut bytes = Vec::new();
    let mut report = RefusedReport::new(&mut bytes).unwrap();
    for value in ["=1+1", "@x", "+8613800138000", "-cmd", "a,\"b"] {
        report.add(&RefusedRow::new(7, value, "bad_code", "原因")).unwrap();
    }
    assert_eq!(report.written(), 5);
    assert_eq!(report.finish().unwrap(), 5);
    let text = String::from_utf8(bytes).unwrap();
    let expected = "\u{feff}line,value,code,reason\n7,'=1+1,bad_code,原因\n7,'@x,bad_code,原因\n\
                    7,+8613800138000,bad_code,原因\n7,'-cmd,bad_code,原因\n7,\"a,\"\"b\",bad_code,原因\n";
    assert_eq!(text, expected);
}

proptest! {
    #[test]
    fn any_bytes_are_rows_or_refusals_and_lines_only_go_up(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for format in [Format::Txt, Format::Csv, Format::Tsv] {
            let lines: Vec<u64> = read(&bytes, format).into_iter().map(|row| row.map_or_else(|e| e.0, |r| r.0)).collect();
            prop_assert!(lines.windows(2).all(|pair| pair[0] < pair[1]), "{lines:?}");
        }
        let _ = Table::from_bytes(bytes, Some(Format::Xlsx), HeaderRule::Never, SMALL).map(Iterator::count);
    }

    #[test]
    fn text_with_many_quotes_and_commas_loses_no_line(text in "[\",\na]{0,200}") {
        for row in read(text.as_bytes(), Format::Csv) {
            prop_assert!(!matches!(row, Err((_, RowReason::NotUtf8 | RowReason::Nul | RowReason::Unreadable))));
        }
    }

    #[test]
    fn what_a_csv_writer_writes_is_read_back(rows in proptest::collection::vec(proptest::array::uniform2("[a\",\n ]{0,6}x"), 0..20)) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let found: Vec<Vec<String>> = read(&writer.into_inner().unwrap(), Format::Csv).into_iter().map(|row| row.unwrap().1).collect();
        prop_assert_eq!(found, rows.iter().map(|row| row.to_vec()).collect::<Vec<_>>());
    }

    #[test]
    fn a_workbook_with_any_byte_changed_never_panics(position in 0usize..6_000, byte in any::<u8>()) {
        let mut book = workbook(&[&["code", "name"], &["1", "a"]]);
        let position = position % book.len();
        book[position] = byte;
        let _ = Table::from_bytes(book, Some(Format::Xlsx), HeaderRule::Always, SMALL).map(Iterator::count);
    }
}
