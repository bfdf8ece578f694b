//! Columns common to all result files (the point, its swept keys, the strategy), and lines of CSV.

use std::io::Write as _;

use csv::WriterBuilder;

use super::cell;
use crate::plan::Group;
use crate::plan::Plan;
use text;

/// Lines of CSV in memory.
pub(crate) struct CsvLines {
    writer: csv::Writer<Vec<u8>>,
    /// Buffer for the field being written.
    field: Vec<u8>,
}

impl CsvLines {
    pub(crate) fn new() -> Self {
        Self { writer: WriterBuilder::new().flexible(true).from_writer(Vec::new()), field: Vec::new() }
    }

    /// Adds a line.
    pub(crate) fn push<I: IntoIterator<Item: AsRef<[u8]>>>(&mut self, fields: I) {
        for field in fields {
            self.field(field);
        }
        self.end();
    }

    /// Begins a line with fields that many lines share.
    pub(crate) fn begin(&mut self, shared: &[String]) {
        for field in shared {
            self.field(field);
        }
    }

    /// Adds a field.
    pub(crate) fn field(&mut self, field: impl AsRef<[u8]>) {
        self.writer.write_field(field).expect("memory takes every line");
    }

    /// Adds a number.
    pub(crate) fn number(&mut self, value: Option<f64>) {
        self.field.clear();
        cell::put(&mut self.field, value);
        self.writer.write_field(&self.field).expect("memory takes every line");
    }

    /// Adds both limits of an interval.
    pub(crate) fn limits(&mut self, interval: Option<(f64, f64)>) {
        self.number(interval.map(|limits| limits.0));
        self.number(interval.map(|limits| limits.1));
    }

    /// Adds a whole number.
    pub(crate) fn whole(&mut self, value: u64) {
        self.field.clear();
        write!(self.field, "{value}").expect("memory takes every number");
        self.writer.write_field(&self.field).expect("memory takes every line");
    }

    /// Ends a line.
    pub(crate) fn end(&mut self) {
        self.writer.write_record(None::<&[u8]>).expect("memory takes every line");
    }

    /// The lines so far, each ended by a newline.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.writer.into_inner().expect("memory takes every line")
    }
}

/// The fields of `group` in the columns of [`names`].
pub(crate) fn shared(plan: &Plan, group: Group) -> Vec<String> {
    let mut values = vec![group.point.to_string()];
    values.extend(plan.points[group.point].iter().map(|value| text::in_csv(value).into_owned()));
    values.push(plan.strategies[group.strategy].clone());
    values
}

/// `point`, the swept keys and `strategy`.
pub(crate) fn names(plan: &Plan) -> Vec<String> {
    let mut names = vec!["point".to_owned()];
    names.extend(plan.keys.iter().cloned());
    names.push("strategy".to_owned());
    names
}

/// The header: the names, then `rest`.
pub(crate) fn header(plan: &Plan, rest: &[&str]) -> Vec<u8> {
    let mut lines = CsvLines::new();
    lines.push(names(plan).into_iter().chain(rest.iter().map(|&name| name.to_owned())));
    lines.into_bytes()
}
