//! The page of an answer: the sentence, its figures, its numbers, how to reproduce.

use std::fmt::Write as _;

use serde::Serialize;

use super::page::{command, readable, rendered, style};
use crate::folder::manifest::Manifest;

/// Rows of the table.
const ROWS_MAX: usize = 60;

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
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    /// Rows that are left out.
    more: usize,
    style: String,
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
    let shown = rows.iter().take(ROWS_MAX).map(|row| row.iter().map(|cell| readable(cell)).collect());
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
        rows: shown.collect(),
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
    fn an_image_keeps_every_byte_of_its_figure() {
        assert_eq!(image("<a b='ä#'/>"), "data:image/svg+xml,%3Ca b=%27%C3%A4%23%27/%3E");
    }
}
