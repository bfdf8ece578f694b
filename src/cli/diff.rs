//! `pushpull diff`: which points, strategies and measures of two result folders differ, and by how much.

use std::collections::BTreeSet;
use std::fmt;
use std::io::Write;
use std::path::Path;

use super::args::DiffArgs;
use super::{Failure, Outcome, screen};
use crate::experiment::{Estimator, Row};
use crate::metrics::MEASURES;
use crate::output::cell;
use crate::output::compare::{self, Comparison, Verdict};
use crate::output::foreign::{ForeignRuns, Name};
use crate::output::manifest::{MANIFEST, Manifest};
use crate::output::reader::refuse_shard;
use crate::stats::Difference;

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

/// The fewest and the most replications of a point and strategy.
#[derive(Default)]
struct Span(Option<(usize, usize)>);

impl Span {
    fn add(&mut self, count: usize) {
        let (least, most) = self.0.unwrap_or((count, count));
        self.0 = Some((least.min(count), most.max(count)));
    }
}

impl fmt::Display for Span {
    /// `20`, `3 to 20`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (least, most) = self.0.unwrap_or_default();
        if least == most { write!(f, "{most}") } else { write!(f, "{least} to {most}") }
    }
}

/// Replications of one folder at the points and strategies of both.
#[derive(Default)]
struct Extent {
    held: Span,
    compared: Span,
}

/// What was found at the points and strategies of both folders.
#[derive(Default)]
struct Findings {
    a: Extent,
    b: Extent,
    /// Whether some replication has no counterpart.
    uneven: bool,
    /// Points and strategies of which runs were compared.
    compared: usize,
    /// Those of them with the same runs.
    same: usize,
    /// Measures compared.
    measured: usize,
    changes: Vec<Change>,
}

/// Compares the folders that `args` name.
pub(super) fn main(args: &DiffArgs) -> Outcome {
    let (before, after) = (manifest(&args.before)?, manifest(&args.after)?);
    let (mut a, mut b) = (ForeignRuns::open(&args.before)?, ForeignRuns::open(&args.after)?);
    let mut apart = Vec::new();
    let both = common(&mut apart, &a, &b)?;
    let confidence = after.experiment.get("confidence").and_then(toml::Value::as_float).unwrap_or(0.95);
    let mut estimator = Estimator::new(confidence);
    let paired = before.seed == after.seed;
    let found = find(&mut a, &mut b, &both, paired, &mut estimator)?;
    let mut out = screen::stdout();
    let told = found.uneven || before.ended.is_none() || after.ended.is_none();
    describe(&mut out, "A", &args.before, &before, told.then_some(&found.a))?;
    describe(&mut out, "B", &args.after, &after, told.then_some(&found.b))?;
    for line in settings(&before.experiment, &after.experiment) {
        writeln!(out, "  {line}")?;
    }
    out.write_all(&apart)?;
    if found.compared == 0 {
        let why = "nothing to compare: no point and strategy has a replication in both folders";
        return Err(Failure::Failed(why.to_owned()));
    }
    let (compared, same) = (found.compared, found.same);
    writeln!(out, "points and strategies in both: {}; with the same runs: {same}", both.len())?;
    if compared < both.len() {
        writeln!(out, "points and strategies without a replication to compare: {}", both.len() - compared)?;
    }
    if same < compared {
        let how = if paired { "paired over replications, as the seeds agree" } else { "unpaired, as the seeds differ" };
        writeln!(out, "measures compared: {}; with another mean: {}; {how}", found.measured, found.changes.len())?;
    }
    print(&mut out, &both, &found.changes, &mut estimator)?;
    Ok(())
}

/// Compares the runs of the points and strategies of `both` folders.
fn find(
    a: &mut ForeignRuns,
    b: &mut ForeignRuns,
    both: &[Name],
    paired: bool,
    estimator: &mut Estimator,
) -> Result<Findings, Failure> {
    let mut found = Findings::default();
    for (index, name) in both.iter().enumerate() {
        let (mut rows, mut others) = (a.rows(name)?, b.rows(name)?);
        found.a.held.add(rows.len());
        found.b.held.add(others.len());
        let held = (rows.len(), others.len());
        if paired {
            keep_common(&mut rows, &mut others);
        }
        found.a.compared.add(rows.len());
        found.b.compared.add(others.len());
        found.uneven |= held.0 != held.1 || held != (rows.len(), others.len());
        if rows.is_empty() || others.is_empty() {
            continue;
        }
        found.compared += 1;
        if rows == others {
            found.same += 1;
            continue;
        }
        let has = |measure: usize| a.has(measure) && b.has(measure);
        for measure in 0..MEASURES.len() {
            if !estimator.columns(measure).into_iter().all(has) {
                continue;
            }
            found.measured += 1;
            found.changes.extend(change(estimator, index, measure, &rows, &others, paired));
        }
    }
    Ok(found)
}

/// The manifest of a folder that is no shard: of a shard it could not be told what is missing and what differs.
fn manifest(folder: &Path) -> Result<Manifest, Failure> {
    let manifest = Manifest::read(folder)?
        .ok_or_else(|| Failure::Usage(format!("{}: is no result folder, it has no {MANIFEST}", folder.display())))?;
    refuse_shard(folder, &manifest)?;
    Ok(manifest)
}

/// `A  results/a: version 1.0.0 0123abc, seed 7, 20 replications`, and how many there are where that is not all.
fn describe(
    out: &mut impl Write,
    letter: &str,
    folder: &Path,
    manifest: &Manifest,
    extent: Option<&Extent>,
) -> std::io::Result<()> {
    let state = if manifest.ended.is_some() { "" } else { ", not finished" };
    let extent = extent.map_or_else(String::new, |Extent { held, compared }| {
        format!("; replications in its runs: {held}, compared: {compared}")
    });
    writeln!(
        out,
        "{letter}  {}: version {} {}, seed {}, {}{state}{extent}",
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

fn print(out: &mut impl Write, names: &[Name], changes: &[Change], estimator: &mut Estimator) -> std::io::Result<()> {
    let family = changes.iter().map(|change| change.difference).collect();
    let shown = |comparison: &Comparison| matches!(comparison.verdict(), Some(Verdict::Lower | Verdict::Higher));
    let judged: Vec<(&Change, Comparison)> = changes.iter().zip(compare::judge(estimator, family)).collect();
    let mut groups = 0;
    for mine in judged.chunk_by(|one, other| one.0.name == other.0.name) {
        groups += 1;
        if groups > SHOWN_MAX {
            continue;
        }
        let significant = mine.iter().filter(|(_, comparison)| shown(comparison)).count();
        let name = told(&names[mine[0].0.name]);
        writeln!(out, "\n{name}: measures that differ: {}, significantly: {significant}", mine.len())?;
        for (change, comparison) in mine.iter().filter(|(_, comparison)| significant == 0 || shown(comparison)) {
            writeln!(out, "{}", line(change, comparison))?;
        }
    }
    if groups > SHOWN_MAX {
        writeln!(out, "\nand {} more points and strategies that differ", groups - SHOWN_MAX)?;
    }
    if groups > 0 {
        writeln!(
            out,
            "\nB − A; all comparisons are judged together (Holm), and intervals are as wide as that takes: lower or higher \
             exactly where the interval leaves out zero"
        )?;
    }
    Ok(())
}

/// `  stall_rate                  0.0101 → 0.0095   -0.0006 [-0.0008, -0.0004] lower`
fn line(change: &Change, comparison: &Comparison) -> String {
    let short = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| significant(value, 5));
    let limits = comparison
        .interval()
        .map_or_else(String::new, |(low, high)| format!(" [{}, {}]", significant(low, 3), significant(high, 3)));
    format!(
        "  {:28} {:>12} → {:<12} {:>12}{limits} {}",
        MEASURES[change.measure].name,
        short(change.before),
        short(change.after),
        short(change.difference.mean),
        comparison.verdict().map_or("", Verdict::name),
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
