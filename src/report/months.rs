//! The report's table of stalled and late connections in a month.

use serde::Serialize;

use super::conclusion::facts::Facts;
use super::conclusion::month::{
    Month, base_words, fault, months, of_every_run, other_keys, rounded, rounded_total, times,
};
use crate::figure::PointFault;

/// Rows that are shown.
const ROWS_MAX: usize = 200;

/// What is counted: the measure, and how the column's head names it.
const COUNTED: [(&str, &str); 3] =
    [("stalled", "Stalled connections"), ("late", "Late connections"), ("attempts", "Connections")];

/// The section of the month.
#[derive(Serialize, Debug)]
pub(super) struct MonthSection {
    /// The faults, with how often each comes.
    faults: Vec<String>,
    /// The name of the runs without these faults.
    base: &'static str,
    /// The faults that strike in every run: what each does and since when.
    every_run: Vec<String>,
    /// Whether other keys are swept.
    points: bool,
    tables: Vec<MonthTable>,
}

#[derive(Serialize, Debug)]
struct MonthTable {
    title: &'static str,
    rows: Vec<MonthLine>,
    left_out: usize,
}

#[derive(Serialize, Debug)]
struct MonthLine {
    point: String,
    strategy: String,
    base: String,
    faults: Vec<String>,
    all: String,
}

/// The month of a folder; none if no fault says how often it comes.
pub(super) fn section(facts: &Facts<'_>) -> Option<MonthSection> {
    let stalled = months(facts, "stalled");
    let first = stalled.first()?;
    let often = |row: &&crate::folder::reader::MonthRow| {
        format!("{} ({} a month)", fault(facts, row.group.point), row.per_month.map_or_else(String::new, times))
    };
    let mut every_run: Vec<String> = Vec::new();
    for fault in stalled.iter().flat_map(|month| of_every_run(facts, month.point)) {
        let named = PointFault::named(&fault);
        if !every_run.contains(&named) {
            every_run.push(named);
        }
    }
    let line = |month: &Month<'_>| MonthLine {
        point: place(facts, month.point),
        strategy: facts.name(month.strategy).to_owned(),
        base: rounded_total(month.base),
        faults: month.faults.iter().map(|row| rounded(row.estimate)).collect(),
        all: rounded_total(month.all),
    };
    let table = |(measure, title): &(&str, &'static str)| {
        let months = months(facts, measure);
        let rows = months.iter().take(ROWS_MAX).map(line).collect();
        MonthTable { title, rows, left_out: months.len().saturating_sub(ROWS_MAX) }
    };
    Some(MonthSection {
        faults: first.faults.iter().map(often).collect(),
        base: base_words(!every_run.is_empty()),
        every_run,
        points: !other_keys(facts, first.point).is_empty(),
        tables: COUNTED.iter().map(table).collect(),
    })
}

/// The other keys of a point and their values.
fn place(facts: &Facts<'_>, point: usize) -> String {
    let keys = other_keys(facts, point).into_iter().map(|(key, value)| format!("{key} = {value}"));
    keys.collect::<Vec<_>>().join(", ")
}
