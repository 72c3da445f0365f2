//! Lines of bounded length.

use std::{
    collections::VecDeque,
    io::{self, BufRead, Read as _},
};

use super::RowReason;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What a call found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// A line.
    Line,
    /// A line longer than may be, skipped.
    TooLong,
    /// Reading failed; nothing follows.
    Failed(RowReason),
    /// The end of the file.
    End,
}

/// Reads lines into a buffer of the caller's; keeps their number.
pub(super) struct Lines {
    reader: Box<dyn BufRead + Send>,
    limit: usize,
    /// What was given back, to be read again.
    returned: VecDeque<(Found, Vec<u8>)>,
    number: u64,
}

impl Lines {
    pub(super) fn new(reader: Box<dyn BufRead + Send>, limit: usize) -> Self {
        Self { reader, limit, returned: VecDeque::new(), number: 0 }
    }

    /// Number of the last line read, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Gives back what was read last, the earliest first.
    pub(super) fn give_back(&mut self, read: Vec<(Found, Vec<u8>)>) {
        self.number = self.number.saturating_sub(u64::try_from(read.len()).unwrap_or(0));
        for one in read.into_iter().rev() {
            self.returned.push_front(one);
        }
    }

    /// Reads the next line into `line`, without its end.
    pub(super) fn read(&mut self, line: &mut Vec<u8>) -> Found {
        if let Some((found, returned)) = self.returned.pop_front() {
            self.number += 1;
            *line = returned;
            return found;
        }
        line.clear();
        match self.read_new(line) {
            Ok(found) => found,
            Err(error) => {
                self.number += 1;
                Found::Failed(match error.kind() {
                    io::ErrorKind::FileTooLarge => RowReason::TooLarge,
                    _ => RowReason::Unreadable,
                })
            }
        }
    }

    fn read_new(&mut self, line: &mut Vec<u8>) -> io::Result<Found> {
        let room = u64::try_from(self.limit).unwrap_or(u64::MAX).saturating_add(2);
        let read = (&mut self.reader).take(room).read_until(b'\n', line)?;
        if read == 0 {
            return Ok(Found::End);
        }
        self.number += 1;
        let ended = line.last() == Some(&b'\n');
        let cut = !ended && u64::try_from(read).is_ok_and(|read| read == room);
        if ended {
            line.pop();
            if line.last() == Some(&b'\r') {
                line.pop();
            }
        }
        if self.number == 1 && line.starts_with(BYTE_ORDER_MARK) {
            line.drain(..BYTE_ORDER_MARK.len());
        }
        if line.len() <= self.limit && !cut {
            return Ok(Found::Line);
        }
        line.clear();
        if cut {
            self.skip_line()?;
        }
        Ok(Found::TooLong)
    }

    fn skip_line(&mut self) -> io::Result<()> {
        let mut rest = Vec::new();
        while (&mut self.reader).take(64 * 1024).read_until(b'\n', &mut rest)? > 0 && rest.last() != Some(&b'\n') {
            rest.clear();
        }
        Ok(())
    }
}
