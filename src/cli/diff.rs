//! `pushpull diff`: which points, strategies and measures of two result folders differ, and by how much.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use super::args::DiffArgs;
use super::{Failure, Outcome, screen};
use crate::experiment::{Estimator, Row};
use crate::metrics::MEASURES;
use crate::output::cell;
use crate::output::compare::Verdict;
use crate::output::foreign::{ForeignRuns, Name};
use crate::output::manifest::{MANIFEST, Manifest};
use crate::stats::holm;
use crate::stats::paired::Difference;

/// Points and strategies that are printed with all that differs.
const SHOWN_MAX: usize = 40;

/// One measure of one point and strategy that is not the same in both folders.
struct Change {
    name: usize,
    measure: usize,
    before: Option<f64>,
    after: Option<f64>,
    difference: Difference,
}

/// Compares the folders that `args` name.
pub(super) fn main(args: &DiffArgs) -> Outcome {
    let (before, after) = (manifest(&args.before)?, manifest(&args.after)?);
    let mut out = screen::stdout();
    describe(&mut out, "A", &args.before, &before)?;
    describe(&mut out, "B", &args.after, &after)?;
    for line in settings(&before.experiment, &after.experiment) {
        writeln!(out, "  {line}")?;
    }
    let (mut a, mut b) = (ForeignRuns::open(&args.before)?, ForeignRuns::open(&args.after)?);
    let both = common(&mut out, &a, &b)?;
    let confidence = after.experiment.get("confidence").and_then(toml::Value::as_float).unwrap_or(0.95);
    let mut estimator = Estimator::new(confidence);
    let paired = before.seed == after.seed;
    let (mut changes, mut same, mut measured) = (Vec::new(), 0, 0);
    for (index, name) in both.iter().enumerate() {
        let (mut rows, mut others) = (a.rows(name)?, b.rows(name)?);
        if paired {
            keep_common(&mut rows, &mut others);
        }
        if rows == others {
            same += 1;
            continue;
        }
        for measure in (0..MEASURES.len()).filter(|&measure| a.has(measure) && b.has(measure)) {
            measured += 1;
            changes.extend(change(&mut estimator, index, measure, &rows, &others, paired));
        }
    }
    writeln!(out, "points and strategies in both: {}; with the same runs: {same}", both.len())?;
    if same < both.len() {
        let how = if paired { "paired over replications, as the seeds agree" } else { "unpaired, as the seeds differ" };
        writeln!(out, "measures compared: {measured}; with another mean: {}; {how}", changes.len())?;
    }
    print(&mut out, &both, &changes, estimator.alpha())?;
    Ok(())
}

fn manifest(folder: &Path) -> Result<Manifest, Failure> {
    Manifest::read(folder)?
        .ok_or_else(|| Failure::Usage(format!("{}: is no result folder, it has no {MANIFEST}", folder.display())))
}

fn describe(out: &mut impl Write, letter: &str, folder: &Path, manifest: &Manifest) -> std::io::Result<()> {
    let state = if manifest.ended.is_some() { "" } else { ", not finished" };
    writeln!(
        out,
        "{letter}  {}: version {} {}, seed {}, {}{state}",
        folder.display(),
        manifest.version,
        manifest.commit,
        manifest.seed,
        manifest.replications,
    )
}

/// Settings that are not the same, by key.
fn settings(before: &toml::Table, after: &toml::Table) -> Vec<String> {
    let mut lines = Vec::new();
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for key in keys {
        match (before.get(key), after.get(key)) {
            (Some(toml::Value::Table(before)), Some(toml::Value::Table(after))) => {
                lines.extend(settings(before, after).into_iter().map(|line| format!("{key}.{line}")));
            }
            (before, after) if before != after => {
                let told =
                    |value: Option<&toml::Value>| value.map_or_else(|| "nothing".to_owned(), ToString::to_string);
                lines.push(format!("{key}: {} in A, {} in B", told(before), told(after)));
            }
            _ => {}
        }
    }
    lines
}

/// Points and strategies of both folders; tells of those in one only.
fn common(out: &mut impl Write, a: &ForeignRuns, b: &ForeignRuns) -> std::io::Result<Vec<Name>> {
    let (in_a, in_b): (BTreeSet<&Name>, BTreeSet<&Name>) = (a.names().iter().collect(), b.names().iter().collect());
    for (letter, mine, theirs) in [("A", a.names(), &in_b), ("B", b.names(), &in_a)] {
        let only: Vec<&Name> = mine.iter().filter(|name| !theirs.contains(name)).collect();
        for name in only.iter().take(10) {
            writeln!(out, "only in {letter}: {}", told(name))?;
        }
        if only.len() > 10 {
            writeln!(out, "only in {letter}: {} more", only.len() - 10)?;
        }
    }
    Ok(a.names().iter().filter(|name| in_b.contains(name)).cloned().collect())
}

fn told(name: &Name) -> String {
    if name.point.is_empty() { name.strategy.clone() } else { format!("{}, {}", name.point, name.strategy) }
}

/// Leaves the replications that both sides have: only these are paired.
fn keep_common(rows: &mut Vec<Row>, others: &mut Vec<Row>) {
    let replications = |rows: &[Row]| rows.iter().map(|row| row.replication).collect::<BTreeSet<u32>>();
    let common: BTreeSet<u32> = replications(rows).intersection(&replications(others)).copied().collect();
    rows.retain(|row| common.contains(&row.replication));
    others.retain(|row| common.contains(&row.replication));
}

/// The change of one measure; none if it has the same values in both.
fn change(
    estimator: &mut Estimator,
    name: usize,
    measure: usize,
    before: &[Row],
    after: &[Row],
    paired: bool,
) -> Option<Change> {
    let values = |rows: &[Row]| rows.iter().map(|row| row.measures[measure]).collect::<Vec<_>>();
    if values(before) == values(after) {
        return None;
    }
    let difference = if paired {
        estimator.difference(after, before, measure)
    } else {
        estimator.independent(after, before, measure)
    };
    let mean = |estimator: &mut Estimator, rows| estimator.measure(rows, measure).mean;
    let (before, after) = (mean(estimator, before), mean(estimator, after));
    Some(Change { name, measure, before, after, difference })
}

fn print(out: &mut impl Write, names: &[Name], changes: &[Change], alpha: f64) -> std::io::Result<()> {
    let tested: Vec<f64> = changes.iter().filter_map(|change| change.difference.p_value).collect();
    let mut adjusted = holm::adjust(&tested).into_iter();
    let verdicts: Vec<Option<Verdict>> = changes
        .iter()
        .map(|change| {
            let adjusted = change.difference.p_value.and_then(|_| adjusted.next());
            adjusted.map(|p| Verdict::of(p, alpha, change.difference.sign))
        })
        .collect();
    let shown = |verdict: Option<Verdict>| matches!(verdict, Some(Verdict::Lower | Verdict::Higher));
    let judged: Vec<(&Change, Option<Verdict>)> = changes.iter().zip(verdicts).collect();
    let mut groups = 0;
    for mine in judged.chunk_by(|one, other| one.0.name == other.0.name) {
        groups += 1;
        if groups > SHOWN_MAX {
            continue;
        }
        let significant = mine.iter().filter(|(_, verdict)| shown(*verdict)).count();
        let name = told(&names[mine[0].0.name]);
        writeln!(out, "\n{name}: measures that differ: {}, significantly: {significant}", mine.len())?;
        for (change, verdict) in mine.iter().filter(|(_, verdict)| significant == 0 || shown(*verdict)) {
            writeln!(out, "{}", line(change, *verdict))?;
        }
    }
    if groups > SHOWN_MAX {
        writeln!(out, "\nand {} more points and strategies that differ", groups - SHOWN_MAX)?;
    }
    if groups > 0 {
        writeln!(
            out,
            "\nB − A; lower or higher only where Holm's adjustment over all comparisons leaves it significant"
        )?;
    }
    Ok(())
}

/// `  stall_rate                  0.0101 → 0.0095   -0.0006 [-0.0008, -0.0004] lower`
fn line(change: &Change, verdict: Option<Verdict>) -> String {
    let short = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| significant(value, 5));
    let limits = change
        .difference
        .interval
        .map_or_else(String::new, |(low, high)| format!(" [{}, {}]", significant(low, 3), significant(high, 3)));
    format!(
        "  {:28} {:>12} → {:<12} {:>12}{limits} {}",
        MEASURES[change.measure].name,
        short(change.before),
        short(change.after),
        short(change.difference.mean),
        verdict.map_or("", Verdict::name),
    )
}

/// `value` with so many significant digits.
fn significant(value: f64, digits: usize) -> String {
    if value == 0.0 || value.is_infinite() {
        return cell::number(Some(value));
    }
    let rounded: f64 = format!("{value:.*e}", digits - 1).parse().expect("a number that was just written");
    cell::number(Some(rounded))
}
