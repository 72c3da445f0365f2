//! One CSV record (RFC 4180), built up line by line.

/// Where in a record the reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first character of a cell.
    Start,
    /// Inside a cell that does not begin with a quote: a quote in it is a character like others.
    Plain,
    /// Between quotes.
    Quoted,
    /// After a quote between quotes: the end, or the first half of a doubled one.
    AfterQuote,
}

/// A record whose quotes may reach over several lines.
#[derive(Debug)]
pub(super) struct CsvRecord {
    cells: Vec<String>,
    cell: String,
    state: State,
}

impl CsvRecord {
    pub(super) fn new() -> Self {
        Self { cells: Vec::new(), cell: String::new(), state: State::Start }
    }

    /// Takes one more line. True once the record is complete.
    pub(super) fn take_line(&mut self, line: &str) -> bool {
        if self.state == State::Quoted {
            self.cell.push('\n');
        }
        for character in line.chars() {
            self.take(character);
        }
        self.state != State::Quoted
    }

    fn take(&mut self, character: char) {
        self.state = match (self.state, character) {
            (State::Start | State::Plain | State::AfterQuote, ',') => {
                self.cells.push(std::mem::take(&mut self.cell));
                State::Start
            }
            (State::Start, '"') => State::Quoted,
            (State::Quoted, '"') => State::AfterQuote,
            (State::AfterQuote, '"') => {
                self.cell.push('"');
                State::Quoted
            }
            (State::Quoted, _) => {
                self.cell.push(character);
                State::Quoted
            }
            // After a closing quote only a comma is right; what stands there is kept all the same.
            (State::Start | State::Plain | State::AfterQuote, _) => {
                self.cell.push(character);
                State::Plain
            }
        };
    }

    /// The cells of a complete record.
    pub(super) fn into_cells(mut self) -> Vec<String> {
        self.cells.push(self.cell);
        self.cells
    }
}
