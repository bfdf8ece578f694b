//! `runs.csv`: a line for each run, in canonical order.

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
    reader: csv::Reader<Bounded>,
    record: ByteRecord,
    ahead: Option<Row>,
    end: u64,
}

impl<'a> RunsReader<'a> {
    /// Opens a file, which must have the columns of `plan`.
    ///
    /// # Errors
    /// If it cannot be read, or has another header.
    pub fn open(plan: &'a Plan, path: &Path) -> Result<Self, Error> {
        let mut reader = bounded::csv(path)?;
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
        let row = match self.ahead.take() {
            Some(row) => row,
            None => self.read()?,
        };
        self.end += lines(self.plan, std::slice::from_ref(&row)).len() as u64;
        Some(row)
    }

    /// Takes the next row if it belongs to `group`.
    pub fn next_of(&mut self, group: Group) -> Option<Row> {
        if self.ahead.is_none() {
            self.ahead = self.read();
        }
        if self.ahead.as_ref()?.group == group { self.next_row() } else { None }
    }

    fn read(&mut self) -> Option<Row> {
        self.reader.get_mut().next_line();
        if !self.reader.read_byte_record(&mut self.record).ok()? {
            return None;
        }
        let record = StringRecord::from_byte_record(self.record.clone()).ok()?;
        row(self.plan, &record).ok()
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
