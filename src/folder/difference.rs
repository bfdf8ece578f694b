//! Finds the first difference between two files.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::error::Error;

/// Describes the first difference of two text files, by line and, in a CSV file, by column; none if they are the same.
///
/// # Errors
/// If a file cannot be read.
pub fn first_differing_line(one: &Path, other: &Path) -> Result<Option<String>, Error> {
    let open = |path: &Path| File::open(path).map(BufReader::new).map_err(Error::at(path, "cannot read"));
    let (mut a, mut b) = (open(one)?, open(other)?);
    let (mut line_a, mut line_b) = (Vec::new(), Vec::new());
    let mut header = Vec::new();
    for number in 1.. {
        line_a.clear();
        line_b.clear();
        a.read_until(b'\n', &mut line_a).map_err(Error::at(one, "cannot read"))?;
        b.read_until(b'\n', &mut line_b).map_err(Error::at(other, "cannot read"))?;
        if line_a != line_b {
            return Ok(Some(description(number, &header, &line_a, &line_b)));
        }
        if line_a.is_empty() {
            return Ok(None);
        }
        if number == 1 {
            header.clone_from(&line_a);
        }
    }
    unreachable!("a file has an end")
}

/// `line 7, column stall_rate: 0.01, then 0.02`.
fn description(number: u64, header: &[u8], one: &[u8], other: &[u8]) -> String {
    match (one.is_empty(), other.is_empty()) {
        (true, _) => return format!("line {number}: only the second has it"),
        (_, true) => return format!("line {number}: only the first has it"),
        _ => {}
    }
    let cells = |line: &[u8]| -> Vec<String> {
        let reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(line);
        let record = reader.into_records().next().and_then(Result::ok);
        record.iter().flatten().map(str::to_owned).collect()
    };
    let (names, one, other) = (cells(header), cells(one), cells(other));
    let column = one.iter().zip(&other).position(|(one, other)| one != other);
    let Some(column) = column else { return format!("line {number}: one has more columns") };
    let name = names.get(column).map_or_else(|| (column + 1).to_string(), String::clone);
    let keys: Vec<String> = names
        .iter()
        .zip(&one)
        .take(column)
        .take_while(|(name, _)| *name != "fingerprint")
        .map(|(name, cell)| format!("{name} {cell}"))
        .collect();
    format!("line {number} ({}), column {name}: {}, then {}", keys.join(", "), one[column], other[column])
}
