//! The seven cases of `tests/cases`: do the simulated distributions agree with those of an independent implementation?

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use crate::sandbox::{Sandbox, cells};

const CASES: [&str; 7] = ["loss", "queues", "restart", "stale", "strangers", "bursts", "watch"];

/// One row of the comparison.
struct Row {
    strategy: String,
    measure: String,
    theirs: f64,
    their_error: f64,
    ours: f64,
    /// The difference divided by its standard error. If a replication is infinite, the difference of the shares of
    /// infinite ones.
    z: f64,
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name)
}

/// Runs a case with `options` and compares it row by row.
fn compare(case: &str, options: &str) -> Vec<Row> {
    let sandbox = Sandbox::new();
    let experiment = file(&format!("{case}.toml"));
    sandbox.run(&format!("run {} --out r --quiet {options}", experiment.display()));
    let runs = cells(&sandbox.path("r/runs.csv"));
    let header = &runs[0];
    let strategy = header.iter().position(|name| name == "strategy").expect("a column");
    let mut ours: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
    for run in &runs[1..] {
        for (name, cell) in header.iter().zip(run).filter(|(_, cell)| !cell.is_empty()) {
            if let Ok(value) = cell.parse() {
                ours.entry((&run[strategy], name)).or_default().push(value);
            }
        }
    }
    let expected = cells(&file(&format!("{case}.csv")));
    let finite = expected[1..].iter().filter(|line| !line[3].is_empty());
    let rows = finite.filter_map(|line| {
        assert!(header.contains(&line[1]), "{case}: no column {}", line[1]);
        let number = |cell: &str| cell.parse::<f64>().unwrap_or(0.0);
        let (count, theirs, their_error) = (number(&line[2]), number(&line[3]), number(&line[4]));
        let values = ours.get(&(line[0].as_str(), line[1].as_str()))?;
        Some(row(line, count, theirs, their_error, values))
    });
    rows.collect()
}

fn row(line: &[String], their_count: f64, theirs: f64, their_error: f64, values: &[f64]) -> Row {
    let count = values.len() as f64;
    let infinite = values.iter().filter(|value| value.is_infinite()).count() as f64;
    let ours = values.iter().sum::<f64>() / count;
    let z = if theirs.is_infinite() {
        if infinite >= count { 0.0 } else { f64::INFINITY }
    } else if infinite > 0.0 {
        let share = infinite / (count + their_count);
        infinite / count / (share * (1.0 - share) * (1.0 / count + 1.0 / their_count)).sqrt()
    } else {
        let squares: f64 = values.iter().map(|value| (value - ours) * (value - ours)).sum();
        let their_squares = their_error * their_error * their_count * (their_count - 1.0);
        let variance = (squares + their_squares) / (count + their_count - 2.0);
        let error = (variance * (1.0 / count + 1.0 / their_count)).sqrt();
        let gap = ours - theirs;
        if gap.abs() <= 1e-6 * theirs.abs().max(1e-3) { 0.0 } else { gap / error }
    };
    Row { strategy: line[0].clone(), measure: line[1].clone(), theirs, their_error, ours, z }
}

/// The reasons against agreement; empty if there are none.
fn objections(case: &str, rows: &[Row]) -> String {
    let mut text = String::new();
    let high = rows.iter().filter(|row| row.z.abs() > 3.0).count();
    if high as f64 > 0.02 * rows.len() as f64 + 1.0 {
        let _ = writeln!(text, "{case}: {high} of {} rows beyond 3 standard errors", rows.len());
    }
    for row in rows {
        if row.z.is_nan() || row.z.abs() > 4.5 {
            let _ = writeln!(text, "{case}: {}", line(row));
        }
    }
    text
}

fn line(row: &Row) -> String {
    let theirs = format!("{:.6} ± {:.3}", row.theirs, row.their_error);
    format!("{:12} {:26} {theirs:>26} {:>16.6} {:>+9.2}", row.strategy, row.measure, row.ours, row.z)
}

#[test]
fn a_few_replications_agree_with_the_independent_implementation() {
    let mut objected = String::new();
    let mut compared = 0;
    for case in CASES {
        let rows = compare(case, "--replications 8");
        compared += rows.len();
        objected += &objections(case, &rows);
    }
    assert!(compared > 1_800, "only {compared} rows were compared");
    assert!(objected.is_empty(), "strategy, measure, theirs, ours, z:\n{objected}");
}

#[test]
#[ignore = "the whole table, for a person to read; takes a minute"]
fn every_measure_of_every_case_beside_the_independent_implementation() {
    let replications = std::env::var("PUSHPULL_REPLICATIONS").unwrap_or_else(|_| "100".to_owned());
    let mut options = format!("--replications {replications}");
    if let Ok(seed) = std::env::var("PUSHPULL_SEED") {
        let _ = write!(options, " --seed {seed}");
    }
    let mut objected = String::new();
    for case in CASES {
        let rows = compare(case, &options);
        println!("\n{case}\n{:12} {:26} {:>26} {:>16} {:>9}", "strategy", "measure", "theirs", "ours", "z");
        for row in &rows {
            println!("{}", line(row));
        }
        let beyond = |limit: f64| rows.iter().filter(|row| row.z.abs() > limit).count();
        println!("{case}: {} rows, {} beyond 3, {} beyond 4.5", rows.len(), beyond(3.0), beyond(4.5));
        objected += &objections(case, &rows);
    }
    assert!(objected.is_empty(), "strategy, measure, theirs, ours, z:\n{objected}");
}
