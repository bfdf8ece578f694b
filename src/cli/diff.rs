//! `pushpull diff`: whether two result folders differ, and which points, strategies and measures do, and by how much.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{BufWriter, Write, stdout};
use std::path::Path;

use serde_json::json;

use super::args::DiffArgs;
use super::screen::{self, Screen};
use super::{Failure, Outcome};
use crate::folder::cell;
use crate::folder::compare::{self, Comparison, Verdict};
use crate::folder::diff::{Differences, Extent, Likeness, MeasureChange, SharedNames, find, is_shown, settings};
use crate::folder::foreign::{ForeignRuns, SideName};
use crate::folder::manifest::{MANIFEST, Manifest};
use crate::folder::reader::refuse_shard;
use crate::measure::MEASURES;
use crate::report::conclusion::write::plural;
use crate::report::printed::{Line, Tone, hung, wrap};
use crate::run::Estimator;
use draw::figure::Unit;

/// Points and strategies that are printed with all their differences.
const SHOWN_MAX: usize = 40;

/// Compares the folders that `args` name.
pub(super) fn main(args: &DiffArgs) -> Outcome {
    let (before, after) = (manifest(&args.before)?, manifest(&args.after)?);
    let (mut a, mut b) = (ForeignRuns::open(&args.before)?, ForeignRuns::open(&args.after)?);
    let names = SharedNames::new(&a, &b);
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
    let judged: Vec<(&MeasureChange, Comparison)> =
        found.changes.iter().zip(compare::judge(&mut estimator, family)).collect();
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
        write_hung(&mut out, &text)?;
    }
    print(&mut out, &names.both, &judged)
}

/// The verdict, and which measures differ most often.
fn conclusion(found: &Differences, names: &SharedNames, judged: &[(&MeasureChange, Comparison)]) -> Vec<Line> {
    let conclusion = Likeness::of(found, names, judged);
    let (compared, other) = (found.compared, found.compared - found.same);
    let shown: Vec<&(&MeasureChange, Comparison)> =
        judged.iter().filter(|(_, comparison)| is_shown(comparison)).collect();
    let (text, tone) = match conclusion {
        Likeness::Same => {
            let at = if compared == 1 { String::new() } else { format!(" at all {}", places(compared)) };
            (format!("the same: A and B have the same runs{at}"), Tone::Better)
        }
        Likeness::More => {
            (format!("the same where both have runs: {}; {}", places(compared), more(found, names)), Tone::Plain)
        }
        Likeness::NotShown => (
            format!(
                "no difference shown: {other} of {compared} points and strategies have other runs, but none of {} measures is \
                 shown to differ",
                found.measured
            ),
            Tone::Plain,
        ),
        Likeness::Differ => (
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
    // First the measures that users ask about, then those that differ most often.
    let first =
        |measure: usize| LEADING.iter().position(|name| MEASURES[measure].name == *name).unwrap_or(LEADING.len());
    let mut ranked: Vec<(usize, (usize, usize))> = counts.into_iter().collect();
    ranked.sort_by_key(|(measure, (lower, higher))| (first(*measure), Reverse(lower + higher), *measure));
    for (measure, (lower, higher)) in ranked.iter().take(LEADING_MAX) {
        lines.push(Line::of(format!("  {}: {}", MEASURES[*measure].name, at_places(*lower, *higher, compared))));
    }
    if ranked.len() > LEADING_MAX {
        lines.push(Line::of(format!("  and {} more measures", ranked.len() - LEADING_MAX)));
    }
    lines
}

/// `lower in B at 3 and higher at 1 of 6 points and strategies`.
fn at_places(lower: usize, higher: usize, compared: usize) -> String {
    let of = if compared > 1 { format!(" of {}", places(compared)) } else { " point and strategy".to_owned() };
    match (lower, higher) {
        (0, higher) => format!("higher in B at {higher}{of}"),
        (lower, 0) => format!("lower in B at {lower}{of}"),
        (lower, higher) => format!("lower in B at {lower} and higher at {higher}{of}"),
    }
}

/// `1 point and strategy`, `6 points and strategies`.
fn places(count: usize) -> String {
    plural(count, "point and strategy", "points and strategies")
}

/// Which folder has runs that the other lacks.
fn more(found: &Differences, names: &SharedNames) -> &'static str {
    let [only_a, only_b] = names.only();
    match (found.a.more || !only_a.is_empty(), found.b.more || !only_b.is_empty()) {
        (true, true) => "each of A and B has runs that the other lacks",
        (true, false) => "A has runs that B lacks",
        (false, true) => "B has runs that A lacks",
        (false, false) => "at the others neither has runs",
    }
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
fn write_hung(out: &mut impl Write, text: &str) -> std::io::Result<()> {
    hung(text, screen::columns().unwrap_or(usize::MAX), 4).iter().try_for_each(|line| writeln!(out, "{line}"))
}

/// Both folders, and settings, points and strategies that only one of them has.
fn sides(
    out: &mut impl Write,
    args: &DiffArgs,
    (before, after): (&Manifest, &Manifest),
    found: &Differences,
    names: &SharedNames,
) -> std::io::Result<()> {
    let shows_extent = found.is_uneven() || before.ended.is_none() || after.ended.is_none();
    describe(out, "A", &args.before, before, shows_extent.then_some(&found.a))?;
    describe(out, "B", &args.after, after, shows_extent.then_some(&found.b))?;
    for (key, a, b) in settings(&before.experiment, &after.experiment) {
        let value_text =
            |value: &Option<toml::Value>| value.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string);
        write_hung(out, &format!("  {key}: {} in A, {} in B", value_text(&a), value_text(&b)))?;
    }
    for (letter, only) in ["A", "B"].into_iter().zip(names.only()) {
        for name in only.iter().take(10) {
            write_hung(out, &format!("only in {letter}: {}", full_name(name)))?;
        }
        if only.len() > 10 {
            writeln!(out, "only in {letter}: {} more", only.len() - 10)?;
        }
    }
    Ok(())
}

/// The same contents as JSON.
fn as_json(
    args: &DiffArgs,
    (before, after): (&Manifest, &Manifest),
    found: &Differences,
    names: &SharedNames,
    judged: &[(&MeasureChange, Comparison)],
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
    let place = |name: &SideName| json!({ "point": name.point, "strategy": name.strategy });
    let only = names.only().map(|names| names.iter().map(place).collect::<Vec<_>>());
    let settings = settings(&before.experiment, &after.experiment).into_iter();
    let settings = settings.map(|(key, a, b)| {
        let value_text = |value: Option<toml::Value>| value.map(|value| value.to_string());
        json!({ "key": key, "a": value_text(a), "b": value_text(b) })
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
        "verdict": Likeness::of(found, names, judged).name(),
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

/// The manifest of a folder that is no shard: in a shard, missing runs would read as differences.
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
    let extent = extent.map_or_else(String::new, |Extent { held, compared, .. }| {
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
    write_hung(out, &text)
}

fn full_name(name: &SideName) -> String {
    if name.point.is_empty() { name.strategy.clone() } else { format!("{}, {}", name.point, name.strategy) }
}

fn print<W: Write>(out: &mut Screen<W>, names: &[SideName], judged: &[(&MeasureChange, Comparison)]) -> Outcome {
    let width = screen::columns().unwrap_or(120);
    let mut groups = 0;
    for mine in judged.chunk_by(|one, other| one.0.name == other.0.name) {
        groups += 1;
        if groups > SHOWN_MAX {
            continue;
        }
        let significant = mine.iter().filter(|(_, comparison)| is_shown(comparison)).count();
        let name = full_name(&names[mine[0].0.name]);
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
fn lines(change: &MeasureChange, comparison: &Comparison, width: usize) -> Vec<Line> {
    let name = MEASURES[change.measure].name;
    let difference = match (change.difference.mean, comparison.interval()) {
        (Some(mean), Some((low, high))) => Unit::CountDifference.with_limits(mean, low, high),
        // Infinite values have no difference of means: what is lower or higher is counted over the replications.
        (mean, None) if is_shown(comparison) && !mean.is_some_and(f64::is_finite) => "by replication:".to_owned(),
        (mean, _) => short(mean, DIGITS),
    };
    let (before, after) = apart(change.before, change.after);
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

/// Significant digits of a mean, and the most digits with which two means are written so that they differ.
const DIGITS: usize = 5;
const DIGITS_MAX: usize = 15;

/// Two means with the fewest digits with which they read differently.
fn apart(before: Option<f64>, after: Option<f64>) -> (String, String) {
    let written = |digits: usize| (short(before, digits), short(after, digits));
    let differ = (DIGITS..=DIGITS_MAX).map(written).find(|(before, after)| before != after);
    differ.unwrap_or_else(|| written(DIGITS))
}

/// A mean with this number of significant digits; `–` if undefined.
fn short(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |value| significant(value, digits))
}

/// `value` with this number of significant digits.
fn significant(value: f64, digits: usize) -> String {
    if value == 0.0 || value.is_infinite() {
        return cell::number(Some(value));
    }
    let rounded: f64 = format!("{value:.*e}", digits - 1).parse().expect("a number that was just written");
    cell::number(Some(rounded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_that_differ_never_read_alike() {
        let pair = |before: f64, after: f64| apart(Some(before), Some(after));
        assert_eq!(pair(1080.7326, 1080.7), ("1080.73".to_owned(), "1080.7".to_owned()));
        assert_eq!(pair(0.0101, 0.0095), ("0.0101".to_owned(), "0.0095".to_owned()));
        assert_eq!(pair(f64::INFINITY, f64::INFINITY), ("inf".to_owned(), "inf".to_owned()));
        assert_eq!(apart(None, None).0, "–");
    }

    #[test]
    fn a_count_of_the_verdict_says_what_is_counted() {
        assert_eq!(at_places(0, 1, 6), "higher in B at 1 of 6 points and strategies");
        assert_eq!(at_places(3, 1, 6), "lower in B at 3 and higher at 1 of 6 points and strategies");
        assert_eq!(at_places(1, 0, 1), "lower in B at 1 point and strategy");
    }
}
