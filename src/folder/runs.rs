//! `runs.csv`: a line for each run, in canonical order.

use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};

use csv::{ByteRecord, StringRecord};

use super::bounded::{self, Bounded};
use super::columns::{self, CsvLines};
use super::error::Error;
use super::{cell, range};
use crate::measure::MEASURES;
use crate::plan::Group;
use crate::plan::Plan;
use crate::run::Row;
use text::from_csv;

/// The header.
#[must_use]
pub fn header(plan: &Plan) -> Vec<u8> {
    let mut names = vec!["replication", "fingerprint", "events"];
    names.extend(plan.measures().iter().map(|measure| measure.name));
    columns::header(plan, &names)
}

/// The lines of `rows`.
#[must_use]
pub fn lines(plan: &Plan, rows: &[Row]) -> Vec<u8> {
    let mut lines = CsvLines::new();
    for rows in rows.chunk_by(|one, other| one.group == other.group) {
        let shared = columns::shared(plan, rows[0].group);
        for row in rows {
            lines.begin(&shared);
            lines.whole(row.replication.into());
            lines.field(format!("{:016x}", row.fingerprint));
            lines.whole(row.events);
            for &value in &row.measures[..plan.measures().len()] {
                lines.number(value);
            }
            lines.end();
        }
    }
    lines.into_bytes()
}

/// The first column in which two rows of the same run differ.
#[must_use]
pub fn first_difference(one: &Row, other: &Row) -> Option<&'static str> {
    if one.fingerprint != other.fingerprint {
        return Some("fingerprint");
    }
    if one.events != other.events {
        return Some("events");
    }
    let index = (0..MEASURES.len()).find(|&index| one.measures[index] != other.measures[index])?;
    Some(MEASURES[index].name)
}

/// Reads `runs.csv` from the front.
pub struct RunsReader<'a> {
    plan: &'a Plan,
    path: PathBuf,
    reader: csv::Reader<Remembered>,
    record: ByteRecord,
    ahead: Option<ReadRow>,
    end: u64,
}

/// A row, and its line as it is in the file.
struct ReadRow {
    row: Row,
    line: Vec<u8>,
}

/// A file that is read as CSV, and the bytes read of it, because a line is compared with its checksum byte by byte.
struct Remembered {
    file: Bounded,
    /// Bytes read and not yet forgotten.
    bytes: Vec<u8>,
    /// Position of the first of them in the file.
    start: u64,
}

/// Bytes are forgotten in pieces of this size, so that few are moved.
const FORGOTTEN: usize = 1 << 16;

impl Remembered {
    /// The bytes of a line. All before them are forgotten.
    fn line(&mut self, place: Range<u64>) -> Vec<u8> {
        let at = |position: u64| usize::try_from(position - self.start).expect("the bytes are in memory");
        let (begin, end) = (at(place.start), at(place.end));
        let line = self.bytes[begin..end].to_vec();
        if begin >= FORGOTTEN {
            self.bytes.drain(..begin);
            self.start = place.start;
        }
        line
    }
}

impl Read for Remembered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.bytes.extend_from_slice(&buffer[..read]);
        Ok(read)
    }
}

impl<'a> RunsReader<'a> {
    /// Opens a file, which must have the columns of `plan`.
    ///
    /// # Errors
    /// If it cannot be read, or has another header.
    pub fn open(plan: &'a Plan, path: &Path) -> Result<Self, Error> {
        let file = Remembered { file: bounded::file(path)?, bytes: Vec::new(), start: 0 };
        let mut reader = csv::ReaderBuilder::new().from_reader(file);
        let mut found = CsvLines::new();
        found.push(reader.byte_headers().map_err(Error::at(path, "cannot read"))?);
        if found.into_bytes() != header(plan) {
            let cause = "its columns are not those of this experiment; use another --out, or --overwrite";
            return Err(Error::new(path, "cannot go on with it", cause));
        }
        let end = header(plan).len() as u64;
        Ok(Self { plan, path: path.to_owned(), reader, record: ByteRecord::new(), ahead: None, end })
    }

    /// End of the last row taken, in bytes from the start of the file.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.end
    }

    /// Takes the next row; none at the end of the file, or at an invalid line.
    pub fn next_row(&mut self) -> Option<Row> {
        self.next_read().map(|read| read.row)
    }

    /// Takes the next row if it belongs to `group`.
    pub fn next_of(&mut self, group: Group) -> Option<Row> {
        self.next_line_of(group, &mut Vec::new())
    }

    /// Takes the next row if it belongs to `group`, and appends its line to `lines`.
    pub(crate) fn next_line_of(&mut self, group: Group, lines: &mut Vec<u8>) -> Option<Row> {
        if self.ahead.is_none() {
            self.ahead = self.read();
        }
        if self.ahead.as_ref()?.row.group != group {
            return None;
        }
        let read = self.next_read()?;
        lines.extend_from_slice(&read.line);
        Some(read.row)
    }

    fn next_read(&mut self) -> Option<ReadRow> {
        let read = match self.ahead.take() {
            Some(read) => read,
            None => self.read()?,
        };
        self.end += read.line.len() as u64;
        Some(read)
    }

    fn read(&mut self) -> Option<ReadRow> {
        self.reader.get_mut().file.next_line();
        let begin = self.reader.position().byte();
        if !self.reader.read_byte_record(&mut self.record).ok()? {
            return None;
        }
        let end = self.reader.position().byte();
        let record = StringRecord::from_byte_record(std::mem::take(&mut self.record)).ok()?;
        let row = row(self.plan, &record).ok()?;
        self.record = record.into_byte_record();
        Some(ReadRow { row, line: self.reader.get_mut().line(begin..end) })
    }

    /// The file's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The row of one line.
pub(crate) fn of_line(plan: &Plan, line: &[u8]) -> Option<Row> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line);
    let record = reader.records().next()?.ok()?;
    row(plan, &record).ok()
}

/// Reads one line.
fn row(plan: &Plan, record: &StringRecord) -> Result<Row, String> {
    let mut fields = record.iter();
    let mut next = || fields.next().ok_or_else(|| "it ends early".to_owned());
    let point: usize = whole(next()?)?;
    let keys = plan.points.get(point).ok_or_else(|| format!("there is no point {point}"))?;
    for key in keys {
        let found = from_csv(next()?);
        if found != *key {
            return Err(format!("point {point} has {key}, not {found}"));
        }
    }
    let name = next()?;
    let strategy = plan.strategies.iter().position(|strategy| strategy == name);
    let strategy = strategy.ok_or_else(|| format!("there is no strategy {name}"))?;
    let replication = whole(next()?)?;
    let fingerprint = u64::from_str_radix(next()?, 16).map_err(|error| error.to_string())?;
    let events = whole(next()?)?;
    let mut measures = [None; MEASURES.len()];
    for value in &mut measures[..plan.measures().len()] {
        *value = cell::read_number(next()?)?;
    }
    range::check_run(&measures)?;
    Ok(Row { group: Group { point, strategy }, replication, fingerprint, events, measures })
}

fn whole<T: std::str::FromStr>(cell: &str) -> Result<T, String> {
    cell.parse().map_err(|_| format!("\"{cell}\" is not a whole number"))
}
