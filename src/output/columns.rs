//! What all result files have in common: the point, its swept keys, the strategy; and lines of CSV.

use super::cell;
use crate::experiment::{Group, Plan};

/// Lines of CSV in memory.
#[derive(Default)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    /// Whether the last line has a field.
    begun: bool,
}

impl Lines {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Adds a line.
    pub(super) fn push<I: IntoIterator<Item: AsRef<[u8]>>>(&mut self, fields: I) {
        for field in fields {
            self.field(field);
        }
        self.end();
    }

    /// Begins a line with fields that many share.
    pub(super) fn begin(&mut self, shared: &Shared) {
        self.separate();
        self.bytes.extend_from_slice(&shared.0);
    }

    /// Adds a field, in quotes where it needs them.
    pub(super) fn field(&mut self, field: impl AsRef<[u8]>) {
        let field = field.as_ref();
        self.separate();
        if !field.iter().any(|byte| matches!(byte, b',' | b'"' | b'\r' | b'\n')) {
            return self.bytes.extend_from_slice(field);
        }
        self.bytes.push(b'"');
        for &byte in field {
            self.bytes.push(byte);
            if byte == b'"' {
                self.bytes.push(byte);
            }
        }
        self.bytes.push(b'"');
    }

    /// Adds a number.
    pub(super) fn number(&mut self, value: Option<f64>) {
        self.separate();
        cell::put(&mut self.bytes, value);
    }

    /// Adds both limits of an interval.
    pub(super) fn limits(&mut self, interval: Option<(f64, f64)>) {
        self.number(interval.map(|limits| limits.0));
        self.number(interval.map(|limits| limits.1));
    }

    /// Adds a whole number.
    pub(super) fn whole(&mut self, value: u64) {
        self.separate();
        cell::put_whole(&mut self.bytes, value);
    }

    /// Ends a line.
    pub(super) fn end(&mut self) {
        self.bytes.push(b'\n');
        self.begun = false;
    }

    /// The lines so far, each ended by a newline.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn separate(&mut self) {
        if self.begun {
            self.bytes.push(b',');
        }
        self.begun = true;
    }
}

/// The first fields of many lines.
pub(super) struct Shared(Vec<u8>);

impl Shared {
    /// These fields and those that `add` adds.
    pub(super) fn with(&self, add: impl FnOnce(&mut Lines)) -> Self {
        let mut lines = Lines::new();
        lines.begin(self);
        add(&mut lines);
        Self(lines.bytes)
    }
}

/// What stands in the columns of [`names`] for `group`.
pub(super) fn shared(plan: &Plan, group: Group) -> Shared {
    let mut lines = Lines::new();
    lines.whole(group.point as u64);
    for value in &plan.points[group.point] {
        lines.field(value);
    }
    lines.field(&plan.strategies[group.strategy]);
    Shared(lines.bytes)
}

/// `point`, the swept keys and `strategy`.
pub(super) fn names(plan: &Plan) -> Vec<String> {
    let mut names = vec!["point".to_owned()];
    names.extend(plan.keys.iter().cloned());
    names.push("strategy".to_owned());
    names
}

/// One line: the names, then `rest`.
pub(super) fn header(plan: &Plan, rest: &[&str]) -> Vec<u8> {
    let mut lines = Lines::new();
    lines.push(names(plan).into_iter().chain(rest.iter().map(|&name| name.to_owned())));
    lines.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_as_the_csv_crate_quotes_them() {
        let records = [["a", "b c", "0.1"], ["", "x,y", "say \"no\""], ["two\nlines", "\r", "#é'"], ["", "", ""]];
        let mut lines = Lines::new();
        let mut writer = csv::Writer::from_writer(Vec::new());
        for record in records {
            lines.push(record);
            writer.write_record(record).expect("memory takes every line");
        }
        assert_eq!(lines.into_bytes(), writer.into_inner().expect("memory takes every line"));
    }
}
