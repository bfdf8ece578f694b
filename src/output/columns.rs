//! What all result files have in common: the point, its swept keys, the strategy; and lines of CSV.

use csv::WriterBuilder;

use crate::experiment::{Group, Plan};

/// Lines of CSV in memory.
pub(super) struct Lines {
    writer: csv::Writer<Vec<u8>>,
}

impl Lines {
    pub(super) fn new() -> Self {
        Self { writer: WriterBuilder::new().flexible(true).from_writer(Vec::new()) }
    }

    /// Adds a line.
    pub(super) fn push<I: IntoIterator<Item: AsRef<[u8]>>>(&mut self, fields: I) {
        for field in fields {
            self.writer.write_field(field).expect("memory takes every line");
        }
        self.writer.write_record(None::<&[u8]>).expect("memory takes every line");
    }

    /// Adds a line that begins with the fields `shared` by many.
    pub(super) fn push_after<I: IntoIterator<Item: AsRef<str>>>(&mut self, shared: &[String], rest: I) {
        for field in shared {
            self.writer.write_field(field).expect("memory takes every line");
        }
        for field in rest {
            self.writer.write_field(field.as_ref()).expect("memory takes every line");
        }
        self.writer.write_record(None::<&[u8]>).expect("memory takes every line");
    }

    /// The lines so far, each ended by a newline.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.writer.into_inner().expect("memory takes every line")
    }
}

/// `point`, the swept keys and `strategy`.
pub(super) fn names(plan: &Plan) -> Vec<String> {
    let mut names = vec!["point".to_owned()];
    names.extend(plan.keys.iter().cloned());
    names.push("strategy".to_owned());
    names
}

/// What stands in these columns for `group`.
pub(super) fn values(plan: &Plan, group: Group) -> Vec<String> {
    let mut values = vec![group.point.to_string()];
    values.extend(plan.points[group.point].iter().cloned());
    values.push(plan.strategies[group.strategy].clone());
    values
}

/// One line: the names, then `rest`.
pub(super) fn header(plan: &Plan, rest: &[&str]) -> Vec<u8> {
    let mut lines = Lines::new();
    lines.push(names(plan).into_iter().chain(rest.iter().map(|&name| name.to_owned())));
    lines.into_bytes()
}
