//! `summary.csv` and `months.csv` as JSON: an array of their lines, numbers as numbers, undefined values as null, infinite ones as "inf".

use std::io::{self, Write};
use std::path::Path;

use serde_json::{Map, Number, Value};

use super::error::Error;
use text::{from_csv, in_json};

/// Columns that are text, even if a cell looks like a number.
const TEXT: [&str; 6] = ["strategy", "measure", "unit", "method", "part", "fault"];

/// Prints the lines of the CSV files at `paths`, one object a line.
///
/// # Errors
/// If a file cannot be read or `out` cannot be written.
pub fn print<'a>(paths: impl Iterator<Item = &'a Path>, out: &mut impl Write) -> io::Result<()> {
    let mut separator = "[\n";
    for path in paths {
        print_file(path, &mut separator, out)?;
    }
    writeln!(out, "{}", if separator == "[\n" { "[]" } else { "\n]" })?;
    out.flush()
}

fn print_file(path: &Path, separator: &mut &str, out: &mut impl Write) -> io::Result<()> {
    let unread = |error: csv::Error| io::Error::other(Error::new(path, "cannot read", error));
    let mut reader = csv::Reader::from_path(path).map_err(unread)?;
    let names = reader.headers().map_err(unread)?.clone();
    for record in reader.records() {
        let record = record.map_err(unread)?;
        let cells = names.iter().zip(&record).map(|(name, cell)| (name.to_owned(), value(name, cell)));
        let line = Value::Object(cells.collect::<Map<_, _>>());
        write!(out, "{separator}{}", in_json(&line.to_string()))?;
        *separator = ",\n";
    }
    Ok(())
}

fn value(name: &str, cell: &str) -> Value {
    if cell.is_empty() {
        return Value::Null;
    }
    let number = if TEXT.contains(&name) { None } else { cell.parse::<Number>().ok() };
    number.map_or_else(|| Value::String(from_csv(cell).into_owned()), Value::Number)
}
