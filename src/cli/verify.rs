//! `pushpull verify`: the model against its closed forms.

use std::fmt::Write as _;
use std::io::{Write, stdout};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::args::VerifyArgs;
use super::progress::{Progress, ProgressName};
use super::run::cores;
use super::underway::Far;
use super::{Failure, Outcome};
use crate::file::nearest;
use crate::verify::{Case, Effort, FAMILY_ALPHA, Report, VerifiedRow, cases, examine, runs};

/// Runs the cases that `args` name and prints the table.
pub(super) fn main(args: &VerifyArgs) -> Outcome {
    let all = cases();
    if let Some(name) = &args.experiment {
        let case = named(&all, name)?;
        stdout().write_all(case.text(args.seed).as_bytes())?;
        return Ok(());
    }
    for name in &args.case {
        named(&all, name)?;
    }
    let chosen = |case: &Case| args.case.is_empty() || args.case.iter().any(|name| name == case.name);
    let cases: Vec<Case> = all.into_iter().filter(chosen).collect();
    let how = if args.quiet { ProgressName::None } else { ProgressName::Auto };
    let progress = Mutex::new(Progress::new(Some(runs(&cases, Effort::Full)), how));
    let jobs = args.jobs.map_or_else(cores, usize::from);
    let report = examine(&cases, args.seed, Effort::Full, jobs, &|events| {
        let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress.made(events);
        progress.tick(Far::default);
    });
    progress.lock().unwrap_or_else(PoisonError::into_inner).end();
    let text = if args.json { format!("{:#}\n", to_json(&report)) } else { to_table(&report) };
    stdout().write_all(text.as_bytes())?;
    verdict(&report)
}

/// A row that falls outside is a failure.
fn verdict(report: &Report) -> Outcome {
    match report.rows.iter().filter(|row| !row.agrees).count() {
        0 => Ok(()),
        failed => Err(Failure::Failed(format!("{failed} of {} rows fall outside", report.rows.len()))),
    }
}

/// The case of this name.
fn named<'a>(cases: &'a [Case], name: &str) -> Result<&'a Case, Failure> {
    cases.iter().find(|case| case.name == name).ok_or_else(|| {
        let names: Vec<&str> = cases.iter().map(|case| case.name).collect();
        let hint = nearest(name, names.iter().copied()).map_or(String::new(), |near| format!("; did you mean {near}?"));
        Failure::Usage(format!("--case: there is no case {name}{hint}\naccepted: {}", names.join(", ")))
    })
}

const HEADINGS: [&str; 7] = ["case", "formula", "expected", "simulated", "interval", "z", "verdict"];

/// The table, one block a case.
fn to_table(report: &Report) -> String {
    let lines: Vec<[String; 7]> = report.rows.iter().map(cells).collect();
    let mut widths = HEADINGS.map(|heading| heading.chars().count());
    for (width, cell) in lines.iter().flat_map(|line| (0..).zip(line)) {
        widths[width] = widths[width].max(cell.chars().count());
    }
    let mut text = String::new();
    let put = |line: &[String; 7]| {
        let mut row = String::new();
        for (column, (cell, width)) in line.iter().zip(widths).enumerate() {
            // Words and intervals start together, numbers end together.
            let _ = match column {
                2 | 3 | 5 => write!(row, "  {cell:>width$}"),
                _ => write!(row, "  {cell:<width$}"),
            };
        }
        row.trim_end().to_owned()
    };
    let _ = writeln!(text, "{}", put(&HEADINGS.map(str::to_owned)));
    for (name, about) in &report.cases {
        let _ = writeln!(text, "\n{name}: {about}");
        for (row, line) in report.rows.iter().zip(&lines) {
            if row.case == *name {
                let _ = writeln!(text, "{}", put(line));
            }
        }
    }
    let exact = report.rows.iter().filter(|row| row.interval.is_none()).count();
    let failed = report.rows.iter().filter(|row| !row.agrees).count();
    let _ = writeln!(
        text,
        "\n{} rows: {exact} exact to the nanosecond, {} with an interval of {:.5} % confidence, so that all of them hold",
        report.rows.len(),
        report.rows.len() - exact,
        report.confidence * 100.0,
    );
    let _ = writeln!(
        text,
        "the expected value with {} % (Bonferroni). {} runs, {} events, seed {}.",
        (1.0 - FAMILY_ALPHA) * 100.0,
        report.runs,
        report.events,
        report.seed,
    );
    let _ = match failed {
        0 => writeln!(text, "Verdict: the model agrees with every closed form."),
        _ => writeln!(text, "Verdict: {failed} rows fall outside."),
    };
    text
}

fn cells(row: &VerifiedRow) -> [String; 7] {
    let (simulated, interval) = match row.interval {
        None if row.simulated.is_nan() => ("–".to_owned(), "no value".to_owned()),
        None => (short(row.simulated), "exact".to_owned()),
        Some((low, high)) => {
            let digits = digits((high - low) / 2.0);
            let number = |value: f64| format!("{value:.digits$}");
            (number(row.simulated), format!("[{}, {}]", number(low), number(high)))
        }
    };
    [
        row.quantity.clone(),
        row.formula.clone(),
        short(row.expected),
        simulated,
        interval,
        row.z.map_or_else(|| "–".to_owned(), |z| format!("{z:+.2}")),
        if row.agrees { "ok" } else { "OUTSIDE" }.to_owned(),
    ]
}

/// Decimals that leave two significant digits of a half-width.
fn digits(half_width: f64) -> usize {
    let mut digits = 0;
    let mut scaled = half_width;
    while scaled > 0.0 && scaled < 9.95 && digits < 8 {
        scaled *= 10.0;
        digits += 1;
    }
    digits
}

/// Five significant digits, without trailing zeros.
fn short(value: f64) -> String {
    let mut digits = 0;
    let mut scaled = value.abs();
    while scaled > 0.0 && scaled < 9_999.5 && digits < 8 {
        scaled *= 10.0;
        digits += 1;
    }
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn to_json(report: &Report) -> Value {
    let rows: Vec<Value> = report.rows.iter().map(row_to_json).collect();
    json!({
        "agrees": report.agrees(),
        "family_confidence": 1.0 - FAMILY_ALPHA,
        "interval_confidence": report.confidence,
        "seed": report.seed,
        "runs": report.runs,
        "events": report.events,
        "rows": rows,
    })
}

fn row_to_json(row: &VerifiedRow) -> Value {
    json!({
        "case": row.case,
        "quantity": row.quantity,
        "formula": row.formula,
        "expected": row.expected,
        "simulated": row.simulated,
        "ci_low": row.interval.map(|interval| interval.0),
        "ci_high": row.interval.map(|interval| interval.1),
        "z": row.z,
        "n": row.n,
        "method": row.method.name(),
        "agrees": row.agrees,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::{HERE, Run};

    fn report_of(expected: f64) -> Report {
        let stalled = |run: &Run| run.measure("stalled") / run.measure("attempts");
        let case = Case::new("lost", "all of them", 8, "horizon = '5s'\nbus.loss = 1.0\nstrategies.push.push = {}");
        examine(&[case.mean(HERE, "stall rate", "1", expected, stalled)], 1, Effort::Full, 1, &|_| ())
    }

    #[test]
    fn a_row_that_falls_outside_is_shown_and_is_a_failure() {
        let (right, wrong) = (report_of(1.0), report_of(0.99));
        assert!(verdict(&right).is_ok());
        assert!(to_table(&right).ends_with("Verdict: the model agrees with every closed form.\n"));
        assert!(matches!(verdict(&wrong), Err(Failure::Failed(why)) if why == "1 of 1 rows fall outside"));
        let table = to_table(&wrong);
        assert!(table.contains("OUTSIDE") && table.ends_with("Verdict: 1 rows fall outside.\n"), "{table}");
        assert_eq!(to_json(&wrong)["agrees"], false);
        assert_eq!(to_json(&wrong)["rows"][0]["expected"], 0.99);
    }

    #[test]
    fn numbers_show_five_significant_digits_and_no_idle_zeros() {
        let texts = [0.010_2, 1.0 / 3.0, 103.33, 12_345.678, 0.0, 5.02, 1.23e-6].map(short);
        assert_eq!(texts, ["0.0102", "0.33333", "103.33", "12346", "0", "5.02", "0.00000123"]);
    }
}
