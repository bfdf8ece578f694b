//! `summary.csv` as JSON: an array of its lines, numbers as numbers, undefined values as null, infinite ones as "inf".

use std::io::{self, Write};
use std::path::Path;

use serde_json::{Map, Number, Value};

use super::error::Error;
use text::{from_csv, in_json};

/// Columns that are text, even if a cell looks like a number.
const TEXT: [&str; 4] = ["strategy", "measure", "unit", "method"];

/// Prints the lines of the CSV file at `path`, one object a line.
///
/// # Errors
/// If the file cannot be read or `out` cannot be written.
pub fn print(path: &Path, out: &mut impl Write) -> io::Result<()> {
    let unread = |error: csv::Error| io::Error::other(Error::new(path, "cannot read", error));
    let mut reader = csv::Reader::from_path(path).map_err(unread)?;
    let names = reader.headers().map_err(unread)?.clone();
    let mut separator = "[\n";
    for record in reader.records() {
        let record = record.map_err(unread)?;
        let cells = names.iter().zip(&record).map(|(name, cell)| (name.to_owned(), value(name, cell)));
        let line = Value::Object(cells.collect::<Map<_, _>>());
        write!(out, "{separator}{}", in_json(&line.to_string()))?;
        separator = ",\n";
    }
    writeln!(out, "{}", if separator == "[\n" { "[]" } else { "\n]" })?;
    out.flush()
}

fn value(name: &str, cell: &str) -> Value {
    if cell.is_empty() {
        return Value::Null;
    }
    let number = if TEXT.contains(&name) { None } else { cell.parse::<Number>().ok() };
    number.map_or_else(|| Value::String(from_csv(cell).into_owned()), Value::Number)
}
