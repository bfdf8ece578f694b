//! `pushpull diff`: whether two result folders differ, and which points, strategies and measures do, and by how much.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{BufWriter, Write, stdout};
use std::path::Path;

use serde_json::json;

use super::args::DiffArgs;
use super::screen::{self, Screen};
use super::{Failure, Outcome};
use crate::folder::cell;
use crate::folder::compare::{self, Comparison, Verdict};
use crate::folder::foreign::{ForeignRuns, Name};
use crate::folder::manifest::{MANIFEST, Manifest};
use crate::folder::reader::refuse_shard;
use crate::measure::MEASURES;
use crate::report::printed::{Line, Tone, hung, wrap};
use crate::run::{Estimator, Row};
use draw::figure::Unit;
use stats::Difference;

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
    let names = Names::new(&a, &b);
    let confidence = after.experiment.get("confidence").and_then(toml::Value::as_float).unwrap_or(0.95);
    let mut estimator = Estimator::new(confidence);
    let paired = before.seed == after.seed;
    let found = find(&mut a, &mut b, &names.both, paired, &mut estimator)?;
    if found.compared == 0 && !args.json {
        let mut out = screen::stdout();
        let verdict = "nothing in common: no point and strategy has a replication in both folders";
        for line in wrapped(verdict) {
            out.line(&Line::default().then(line, Tone::Strong))?;
        }
        writeln!(out)?;
        sides(&mut out, args, (&before, &after), &found, &names)?;
    }
    if found.compared == 0 {
        return Err(Failure::Failed("nothing to compare".to_owned()));
    }
    let family = found.changes.iter().map(|change| change.difference).collect();
    let judged: Vec<(&Change, Comparison)> = found.changes.iter().zip(compare::judge(&mut estimator, family)).collect();
    if args.json {
        let value = as_json(args, (&before, &after), &found, &names, &judged, paired);
        let mut out = Screen::json(BufWriter::new(stdout().lock()));
        serde_json::to_writer_pretty(&mut out, &value).map_err(std::io::Error::from)?;
        return Ok(writeln!(out)?);
    }
    let mut out = screen::stdout();
    for line in conclusion(&found, &names, &judged) {
        out.line(&line)?;
    }
    writeln!(out)?;
    sides(&mut out, args, (&before, &after), &found, &names)?;
    let (compared, same) = (found.compared, found.same);
    writeln!(out, "points and strategies in both: {}; with the same runs: {same}", names.both.len())?;
    if compared < names.both.len() {
        writeln!(out, "points and strategies without a replication to compare: {}", names.both.len() - compared)?;
    }
    if same < compared {
        let how = if paired { "paired over replications, as the seeds agree" } else { "unpaired, as the seeds differ" };
        let text = format!("measures compared: {}; with another mean: {}; {how}", found.measured, found.changes.len());
        tell(&mut out, &text)?;
    }
    print(&mut out, &names.both, &judged)
}

/// Whether a difference is shown.
fn is_shown(comparison: &Comparison) -> bool {
    matches!(comparison.verdict(), Some(Verdict::Lower | Verdict::Higher))
}

/// What the comparison comes to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Conclusion {
    /// The same runs throughout, and the same points and strategies.
    Same,
    /// Other runs, and no measure is shown to differ.
    NotShown,
    /// Measures are shown to differ.
    Differ,
    /// What both have is the same, but one has more.
    More,
}

impl Conclusion {
    fn of(found: &Findings, names: &Names, judged: &[(&Change, Comparison)]) -> Self {
        if judged.iter().any(|(_, comparison)| is_shown(comparison)) {
            Self::Differ
        } else if found.same < found.compared {
            Self::NotShown
        } else if found.uneven || found.compared < names.both.len() || names.only().iter().any(|only| !only.is_empty())
        {
            Self::More
        } else {
            Self::Same
        }
    }

    /// As `--json` has it.
    const fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::NotShown => "no difference shown",
            Self::Differ => "differ",
            Self::More => "same where both have runs",
        }
    }
}

/// The verdict, and which measures differ most often.
fn conclusion(found: &Findings, names: &Names, judged: &[(&Change, Comparison)]) -> Vec<Line> {
    let conclusion = Conclusion::of(found, names, judged);
    let (compared, other) = (found.compared, found.compared - found.same);
    let shown: Vec<&(&Change, Comparison)> = judged.iter().filter(|(_, comparison)| is_shown(comparison)).collect();
    let (text, tone) = match conclusion {
        Conclusion::Same => {
            (format!("the same: A and B have the same runs at all {compared} points and strategies"), Tone::Better)
        }
        Conclusion::More => (
            format!(
                "the same where both have runs: {compared} points and strategies; one has runs that the other has not"
            ),
            Tone::Plain,
        ),
        Conclusion::NotShown => (
            format!(
                "no difference shown: {other} of {compared} points and strategies have other runs, but none of {} measures is \
                 shown to differ",
                found.measured
            ),
            Tone::Plain,
        ),
        Conclusion::Differ => (
            format!(
                "A and B differ: {other} of {compared} points and strategies have other runs, and {} of {} measures are shown \
                 to differ",
                shown.len(),
                found.measured
            ),
            Tone::Strong,
        ),
    };
    let mut lines: Vec<Line> = wrapped(&text).into_iter().map(|line| Line::default().then(line, tone)).collect();
    let mut counts: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    for (change, comparison) in shown {
        let count = counts.entry(change.measure).or_default();
        match comparison.verdict() {
            Some(Verdict::Lower) => count.0 += 1,
            _ => count.1 += 1,
        }
    }
    // What a user asks about first is told first, then what differs most often.
    let first =
        |measure: usize| LEADING.iter().position(|name| MEASURES[measure].name == *name).unwrap_or(LEADING.len());
    let mut ranked: Vec<(usize, (usize, usize))> = counts.into_iter().collect();
    ranked.sort_by_key(|(measure, (lower, higher))| (first(*measure), Reverse(lower + higher), *measure));
    for (measure, (lower, higher)) in ranked.iter().take(LEADING_MAX) {
        let told =
            |count: &usize, word: &str| if *count > 0 { format!("{word} in B at {count}") } else { String::new() };
        let parts: Vec<String> =
            [told(lower, "lower"), told(higher, "higher")].into_iter().filter(|part| !part.is_empty()).collect();
        lines.push(Line::of(format!("  {}: {}", MEASURES[*measure].name, parts.join(", "))));
    }
    if ranked.len() > LEADING_MAX {
        lines.push(Line::of(format!("  and {} more measures", ranked.len() - LEADING_MAX)));
    }
    lines
}

/// Lines as long as the terminal is wide.
fn wrapped(text: &str) -> Vec<String> {
    wrap(text, screen::columns().unwrap_or(120).max(40))
}

/// Measures that the verdict names first.
const LEADING: [&str; 4] = ["stall_rate", "late_rate", "failure_rate", "create_failed"];

/// Most measures that the verdict names.
const LEADING_MAX: usize = 6;

/// Writes a line as long as the terminal is wide; what does not fit it follows, indented.
fn tell(out: &mut impl Write, text: &str) -> std::io::Result<()> {
    hung(text, screen::columns().unwrap_or(usize::MAX), 4).iter().try_for_each(|line| writeln!(out, "{line}"))
}

/// Both folders, and what is not in both.
fn sides(
    out: &mut impl Write,
    args: &DiffArgs,
    (before, after): (&Manifest, &Manifest),
    found: &Findings,
    names: &Names,
) -> std::io::Result<()> {
    let told = found.uneven || before.ended.is_none() || after.ended.is_none();
    describe(out, "A", &args.before, before, told.then_some(&found.a))?;
    describe(out, "B", &args.after, after, told.then_some(&found.b))?;
    for (key, a, b) in settings(&before.experiment, &after.experiment) {
        let told =
            |value: &Option<toml::Value>| value.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string);
        tell(out, &format!("  {key}: {} in A, {} in B", told(&a), told(&b)))?;
    }
    for (letter, only) in ["A", "B"].into_iter().zip(names.only()) {
        for name in only.iter().take(10) {
            tell(out, &format!("only in {letter}: {}", self::told(name)))?;
        }
        if only.len() > 10 {
            writeln!(out, "only in {letter}: {} more", only.len() - 10)?;
        }
    }
    Ok(())
}

/// All that is printed for a person, for a program.
fn as_json(
    args: &DiffArgs,
    (before, after): (&Manifest, &Manifest),
    found: &Findings,
    names: &Names,
    judged: &[(&Change, Comparison)],
    paired: bool,
) -> serde_json::Value {
    let number = |value: Option<f64>| match value {
        // JSON has no infinity.
        Some(value) if value.is_infinite() => json!(cell::number(Some(value))),
        value => json!(value),
    };
    let side = |folder: &Path, manifest: &Manifest| {
        json!({
            "folder": folder.display().to_string(),
            "version": manifest.version,
            "commit": manifest.commit,
            "seed": manifest.seed,
            "finished": manifest.ended.is_some(),
        })
    };
    let place = |name: &Name| json!({ "point": name.point, "strategy": name.strategy });
    let only = names.only().map(|names| names.iter().map(place).collect::<Vec<_>>());
    let settings = settings(&before.experiment, &after.experiment).into_iter();
    let settings = settings.map(|(key, a, b)| {
        let told = |value: Option<toml::Value>| value.map(|value| value.to_string());
        json!({ "key": key, "a": told(a), "b": told(b) })
    });
    let changes = judged.iter().map(|(change, comparison)| {
        let name = &names.both[change.name];
        let limits = comparison.interval();
        json!({
            "point": name.point,
            "strategy": name.strategy,
            "measure": MEASURES[change.measure].name,
            "unit": MEASURES[change.measure].unit,
            "a": number(change.before),
            "b": number(change.after),
            "difference": number(change.difference.mean),
            "ci_low": number(limits.map(|limits| limits.0)),
            "ci_high": number(limits.map(|limits| limits.1)),
            "p_adjusted": comparison.judged.map(|judged| judged.adjusted),
            "verdict": comparison.verdict().map(Verdict::name),
        })
    });
    let [only_a, only_b] = only;
    json!({
        "verdict": Conclusion::of(found, names, judged).name(),
        "a": side(&args.before, before),
        "b": side(&args.after, after),
        "settings": settings.collect::<Vec<_>>(),
        "only_in_a": only_a,
        "only_in_b": only_b,
        "compared": found.compared,
        "same_runs": found.same,
        "measures_compared": found.measured,
        "measures_shown_to_differ": judged.iter().filter(|(_, comparison)| is_shown(comparison)).count(),
        "paired": paired,
        "changes": changes.collect::<Vec<_>>(),
    })
}

/// Points and strategies: of both folders, and of one only.
struct Names {
    both: Vec<Name>,
    only_a: Vec<Name>,
    only_b: Vec<Name>,
}

impl Names {
    fn new(a: &ForeignRuns, b: &ForeignRuns) -> Self {
        let set = |runs: &ForeignRuns| runs.names().iter().cloned().collect::<BTreeSet<Name>>();
        let (in_a, in_b) = (set(a), set(b));
        let split = |names: &[Name], others: &BTreeSet<Name>| -> (Vec<Name>, Vec<Name>) {
            names.iter().cloned().partition(|name| others.contains(name))
        };
        let (both, only_a) = split(a.names(), &in_b);
        let (_, only_b) = split(b.names(), &in_a);
        Self { both, only_a, only_b }
    }

    /// Those of A only, and of B only.
    const fn only(&self) -> [&Vec<Name>; 2] {
        [&self.only_a, &self.only_b]
    }
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
    let text = format!(
        "{letter}  {}: version {} {}, seed {}, {}{state}{extent}",
        folder.display(),
        manifest.version,
        manifest.commit,
        manifest.seed,
        manifest.replications,
    );
    tell(out, &text)
}

/// A key with its values in both folders.
type Setting = (String, Option<toml::Value>, Option<toml::Value>);

/// Settings that are not the same, by key.
fn settings(before: &toml::Table, after: &toml::Table) -> Vec<Setting> {
    let mut all = Vec::new();
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for key in keys {
        match (before.get(key), after.get(key)) {
            (Some(toml::Value::Table(before)), Some(toml::Value::Table(after))) => {
                all.extend(settings(before, after).into_iter().map(|(inner, a, b)| (format!("{key}.{inner}"), a, b)));
            }
            (before, after) if before != after => all.push((key.clone(), before.cloned(), after.cloned())),
            _ => {}
        }
    }
    all
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

fn print<W: Write>(out: &mut Screen<W>, names: &[Name], judged: &[(&Change, Comparison)]) -> Outcome {
    let width = screen::columns().unwrap_or(120);
    let mut groups = 0;
    for mine in judged.chunk_by(|one, other| one.0.name == other.0.name) {
        groups += 1;
        if groups > SHOWN_MAX {
            continue;
        }
        let significant = mine.iter().filter(|(_, comparison)| is_shown(comparison)).count();
        let name = told(&names[mine[0].0.name]);
        let heading = format!("{name}: measures that differ: {}, significantly: {significant}", mine.len());
        writeln!(out)?;
        for part in wrapped(&heading) {
            out.line(&Line::default().then(part, Tone::Strong))?;
        }
        for (change, comparison) in mine.iter().filter(|(_, comparison)| significant == 0 || is_shown(comparison)) {
            for line in lines(change, comparison, width) {
                out.line(&line)?;
            }
        }
    }
    if groups > SHOWN_MAX {
        writeln!(out, "\nand {} more points and strategies that differ", groups - SHOWN_MAX)?;
    }
    if groups > 0 {
        let how = "B − A; all comparisons are judged together (Holm), and intervals are as wide as that takes: lower or \
                   higher exactly where the interval leaves out zero";
        writeln!(out)?;
        for part in wrapped(how) {
            out.line(&Line::default().then(part, Tone::Faint))?;
        }
    }
    Ok(())
}

/// A measure: `  stall_rate                   0.0101 → 0.0095   −0.000600 [−0.000800, −0.000400] lower`; in a narrow
/// terminal the difference stands below.
fn lines(change: &Change, comparison: &Comparison, width: usize) -> Vec<Line> {
    let short = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| significant(value, 5));
    let name = MEASURES[change.measure].name;
    let difference = match (change.difference.mean, comparison.interval()) {
        (Some(mean), Some((low, high))) => Unit::CountDifference.with_limits(mean, low, high),
        (mean, _) => short(mean),
    };
    let (before, after) = (short(change.before), short(change.after));
    let verdict = comparison.verdict().map_or("", Verdict::name);
    let tone = if is_shown(comparison) { Tone::Strong } else { Tone::Faint };
    let wide = Line::of(format!("  {name:28} {before:>12} → {after:<12} {difference} ")).then(verdict, tone);
    if wide.width() <= width {
        return vec![wide];
    }
    let whole = Line::of(format!("    {difference} ")).then(verdict, tone);
    let below = if whole.width() <= width {
        vec![whole]
    } else {
        vec![Line::of(format!("    {difference}")), Line::of("    ").then(verdict, tone)]
    };
    std::iter::once(Line::of(format!("  {name}: {before} → {after}"))).chain(below).collect()
}

/// `value` with so many significant digits.
fn significant(value: f64, digits: usize) -> String {
    if value == 0.0 || value.is_infinite() {
        return cell::number(Some(value));
    }
    let rounded: f64 = format!("{value:.*e}", digits - 1).parse().expect("a number that was just written");
    cell::number(Some(rounded))
}
