//! The page of an answer: the sentence, its figures, its numbers, how to reproduce.

use std::fmt::Write as _;

use serde::Serialize;

use super::page::{command, rendered, style};
use crate::folder::manifest::Manifest;

/// Rows of the table.
const ROWS_MAX: usize = 60;

/// Significant digits of a number in the table.
const DIGITS: usize = 4;

/// All that the template names.
#[derive(Serialize)]
struct AnswerPage<'a> {
    head: AnswerHead<'a>,
    sentence: &'a str,
    /// The sentence line by line: one for each strategy that is compared.
    lines: Vec<&'a str>,
    /// The figures as addresses of images.
    figures: Vec<String>,
    file: &'a str,
    /// The names, in parts between which a line may break.
    columns: Vec<Vec<String>>,
    rows: Vec<Vec<AnswerCell>>,
    /// `measure stall_rate`: columns that are left out because all rows have the same value.
    same: Vec<String>,
    /// Rows that are left out.
    more: usize,
    style: String,
}

/// A cell: a number and its interval, each of which stays on one line, or a text in parts between which a line may break.
#[derive(PartialEq, Debug, Serialize)]
struct AnswerCell {
    number: bool,
    parts: Vec<String>,
}

impl AnswerCell {
    fn new(text: &str) -> Self {
        let number = text.bytes().any(|byte| byte.is_ascii_digit())
            && !text.bytes().any(|byte| byte.is_ascii_alphabetic() && byte != b'e');
        Self { number, parts: if number { value_and_limits(text) } else { parts(text) } }
    }
}

/// A value and its interval, between which a line may break.
fn value_and_limits(text: &str) -> Vec<String> {
    match text.split_once(" [") {
        Some((value, limits)) => vec![value.to_owned(), format!("[{limits}")],
        None => vec![text.to_owned()],
    }
}

/// A name in parts, each with the dot, underline or hyphen at its end.
fn parts(name: &str) -> Vec<String> {
    name.split_inclusive(['_', '.', '-']).map(str::to_owned).collect()
}

/// A table as the page shows it: its columns and rows, and what all rows have in common.
type AnswerTable = (Vec<Vec<String>>, Vec<Vec<AnswerCell>>, Vec<String>);

/// Makes few columns of many: an interval stands beside its value, and a column with the same value in every row is left out.
fn narrowed(columns: &[String], rows: &[Vec<String>]) -> AnswerTable {
    let (mut names, mut same) = (Vec::new(), Vec::new());
    let mut cells: Vec<Vec<AnswerCell>> = rows.iter().take(ROWS_MAX).map(|_| Vec::new()).collect();
    let mut column = 0;
    while column < columns.len() {
        let ends = |name: &str, end: &str| name == end || name.ends_with(&format!("_{end}"));
        let has_limits = matches!(&columns[column + 1..], [low, high, ..] if ends(low, "low") && ends(high, "high"));
        let text = |row: &[String]| match (rounded(&row[column]), has_limits && !row[column + 1].is_empty()) {
            (value, false) => value,
            (value, true) => {
                let limits = format!("[{}, {}]", rounded(&row[column + 1]), rounded(&row[column + 2]));
                if value.is_empty() { limits } else { format!("{value} {limits}") }
            }
        };
        let first = rows.first().map(|row| text(row)).unwrap_or_default();
        let is_same = rows.iter().all(|row| text(row) == first);
        match (is_same, first.is_empty(), rows.len()) {
            (true, true, 1..) => {}
            (true, false, 2..) => same.push(format!("{} {first}", columns[column])),
            _ => {
                names.push(parts(&columns[column]));
                for (cells, row) in cells.iter_mut().zip(rows) {
                    cells.push(AnswerCell::new(&text(row)));
                }
            }
        }
        column += if has_limits { 3 } else { 1 };
    }
    (names, cells, same)
}

/// A cell with [`DIGITS`] significant digits; the file has all of them.
fn rounded(cell: &str) -> String {
    let is_number = cell.contains('.') && cell.bytes().all(|byte| byte.is_ascii_digit() || b".-+e".contains(&byte));
    match cell.parse::<f64>().ok().filter(|number| is_number && number.is_finite()) {
        Some(number) => {
            let short = format!("{number:.*e}", DIGITS - 1).parse().unwrap_or(number);
            crate::folder::cell::number(Some(short))
        }
        None => cell.to_owned(),
    }
}

/// Where the answer comes from.
#[derive(Serialize)]
struct AnswerHead<'a> {
    name: &'a str,
    description: &'a str,
    command: String,
    runs: u64,
    seed: u64,
    version: &'a str,
    commit: &'a str,
    digest: &'a str,
}

/// The page: from the manifest, the sentence, the figures as SVG, and the table with its name, its header first.
///
/// # Panics
/// If the template is wrong.
#[must_use]
pub fn answer_page(manifest: &Manifest, sentence: &str, svgs: &[String], table: (&str, &[Vec<String>])) -> String {
    let text = |key: &str| manifest.experiment.get(key).and_then(toml::Value::as_str).unwrap_or_default();
    let (file, lines) = table;
    let (columns, rows) = lines.split_first().map_or((Vec::new(), lines), |(head, rows)| (head.clone(), rows));
    let (columns, shown, same) = narrowed(&columns, rows);
    let page = AnswerPage {
        head: AnswerHead {
            name: text("name"),
            description: text("description"),
            command: command(&manifest.command),
            runs: manifest.runs,
            seed: manifest.seed,
            version: &manifest.version,
            commit: &manifest.commit,
            digest: &manifest.digest,
        },
        sentence,
        lines: sentence.lines().collect(),
        figures: svgs.iter().map(|svg| image(svg)).collect(),
        file,
        columns,
        rows: shown,
        same,
        more: rows.len().saturating_sub(ROWS_MAX),
        style: style(),
    };
    rendered("answer", &page)
}

/// An SVG as the address of an image, in which no script runs.
fn image(svg: &str) -> String {
    let mut address = "data:image/svg+xml,".to_owned();
    for byte in svg.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~ =:/,;()".contains(&byte) {
            address.push(char::from(byte));
        } else {
            let _ = write!(address, "%{byte:02X}");
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_table_has_its_intervals_beside_the_values_and_says_once_what_all_rows_have() {
        let line = |cells: &str| cells.split(',').map(str::to_owned).collect::<Vec<_>>();
        let columns = line("key,measure,total,total_low,total_high,first,first_low,first_high");
        let rows =
            [line("bus.loss,stall_rate,0.6215123,0.447881,0.8171421,,,"), line("path.loss,stall_rate,0.76159,,,,,")];
        let (names, cells, same) = narrowed(&columns, &rows);
        assert_eq!(names, [["key"], ["total"]]);
        assert_eq!(same, ["measure stall_rate"]);
        let cell = |number: bool, parts: &[&str]| AnswerCell {
            number,
            parts: parts.iter().map(ToString::to_string).collect(),
        };
        assert_eq!(cells[0], [cell(false, &["bus.", "loss"]), cell(true, &["0.6215", "[0.4479, 0.8171]"])]);
        assert_eq!(cells[1], [cell(false, &["path.", "loss"]), cell(true, &["0.7616"])]);
        // Of one row, what it has is shown.
        assert_eq!(narrowed(&columns, &rows[..1]).0, [["key"], ["measure"], ["total"]]);
    }

    #[test]
    fn an_image_keeps_every_byte_of_its_figure() {
        assert_eq!(image("<a b='ä#'/>"), "data:image/svg+xml,%3Ca b=%27%C3%A4%23%27/%3E");
    }
}
