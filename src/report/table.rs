//! The comparison that `run` prints: per point, each strategy's handshake waits, stall rate and late rate, and their
//! differences from the baseline.

use std::fmt::Write as _;

use super::conclusion::write;
use super::printed::{Line, Tone, wrap};
use crate::folder::compare::{Comparison, Verdict};
use crate::folder::results::GroupSummary;
use crate::measure::measure_index;
use crate::plan::Plan;
use draw::figure::Unit;
use stats::Estimate;

/// Points that are printed; the others stand in the files.
const POINTS_MAX: usize = 40;

/// The table, growing point by point.
pub struct Table<'a> {
    plan: &'a Plan,
    points: Vec<(usize, Vec<TableEntry>)>,
    others: usize,
}

/// The row of a strategy at a point.
struct TableEntry {
    strategy: String,
    runs: String,
    wait_p50: String,
    wait_p99: String,
    /// Each with the difference from the baseline; none for the baseline.
    rates: [(String, Option<DifferenceCell>); RATES.len()],
}

/// A difference from the baseline, as the table writes it.
struct DifferenceCell {
    text: String,
    tone: Tone,
}

/// The rates of the table: their measures and their names. Lower is better.
const RATES: [(&str, &str); 2] = [("stall_rate", "stall"), ("late_rate", "late")];

/// Letters of a line where there is no terminal.
const WIDTH: usize = 120;

/// The fewest letters of a line.
const WIDTH_MIN: usize = 40;

/// Between two columns.
const GAP: usize = 2;

/// Columns: strategy, runs, waits, the rate's name, the rate, its difference.
const COLUMNS: usize = 7;

impl<'a> Table<'a> {
    /// A table without points.
    #[must_use]
    pub const fn new(plan: &'a Plan) -> Self {
        Self { plan, points: Vec::new(), others: 0 }
    }

    /// Adds a point.
    pub fn push(&mut self, groups: &mut [GroupSummary], compared: &[(usize, Vec<Comparison>)]) {
        if self.points.len() == POINTS_MAX {
            self.others += 1;
            return;
        }
        let Some(point) = groups.first().map(|group| group.group.point) else { return };
        let indices = RATES.map(|(measure, _)| measure_index(measure).expect("a measure"));
        let mut entries = Vec::new();
        for group in groups {
            let strategy = group.group.strategy;
            let comparison = compared.iter().find(|compared| compared.0 == strategy);
            let rates = indices.map(|index| {
                let cell = comparison.map(|(_, comparisons)| DifferenceCell::of(&comparisons[index]));
                (rate(&group.estimates[index]), cell)
            });
            entries.push(TableEntry {
                strategy: self.plan.strategies[strategy].clone(),
                runs: group.replications.to_string(),
                wait_p50: wait(group.distributions.quantile_s(0, 50, 100)),
                wait_p99: wait(group.distributions.quantile_s(0, 99, 100)),
                rates,
            });
        }
        self.points.push((point, entries));
    }

    /// Its lines, none longer than `width` letters, or than what suits a file where that is not known.
    #[must_use]
    pub fn lines(&self, width: Option<usize>) -> Vec<Line> {
        let width = width.unwrap_or(WIDTH).max(WIDTH_MIN);
        let plan = self.plan;
        let baseline = &plan.strategies[plan.baseline];
        let title = if plan.description.is_empty() {
            plan.name.clone()
        } else {
            format!("{}: {}", plan.name, plan.description)
        };
        let mut lines: Vec<Line> =
            wrap(&title, width).into_iter().map(|line| Line::default().then(line, Tone::Strong)).collect();
        let widths = self.widths(baseline);
        let wide = widths.iter().sum::<usize>() + GAP * COLUMNS <= width;
        for (point, entries) in &self.points {
            lines.push(Line::default());
            let keys = plan.keys.iter().zip(&plan.points[*point]).map(|(key, value)| format!("{key} = {value}"));
            let keys: Vec<String> = keys.collect();
            if !keys.is_empty() {
                let named = wrap(&format!("point {point}: {}", keys.join(", ")), width);
                lines.extend(named.into_iter().map(|line| Line::default().then(line, Tone::Strong)));
            }
            if wide {
                lines.extend(table(entries, &headings(baseline), widths));
            } else {
                lines.extend(entries.iter().flat_map(|entry| block(entry, width)));
            }
        }
        if self.others > 0 {
            lines.extend([Line::default(), Line::of(format!("and {} more points in the files", self.others))]);
        }
        lines.push(Line::default());
        let notes = wrap(&self.notes(baseline), width.min(WIDTH));
        lines.extend(notes.into_iter().map(|line| Line::default().then(line, Tone::Faint)));
        lines
    }

    /// The widest cell of each column.
    fn widths(&self, baseline: &str) -> [usize; COLUMNS] {
        let mut widths = headings(baseline).map(|heading| heading.chars().count());
        for cells in self.points.iter().flat_map(|(_, entries)| entries).flat_map(TableEntry::cells) {
            for (width, (cell, _)) in widths.iter_mut().zip(cells) {
                *width = (*width).max(cell.chars().count());
            }
        }
        widths
    }

    /// How to read the table.
    fn notes(&self, baseline: &str) -> String {
        format!(
            "Stall: of the attempts that sent an initiation. Late: not connected {} after the start of the attempt, its \
             create included. Waits are handshake waits, pooled over the runs; never: more than 1 % of the attempts did \
             not connect (p50: more than half). Differences are to {baseline}, in percentage points, paired over \
             replications. Intervals of rates hold with {} % confidence each; those of differences are wider where \
             several strategies are judged together (Holm), so that lower or higher is said exactly where the interval \
             leaves out zero, and else that no difference is shown. No interval beside a verdict: see `method` in \
             compare.csv.",
            late_after(self.plan),
            Unit::None.write(self.plan.confidence * 100.0)
        )
    }
}

impl std::fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.lines(None).iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

fn headings(baseline: &str) -> [String; COLUMNS] {
    let difference = format!("rate − that of {baseline}");
    ["strategy", "runs", "wait p50", "wait p99", "", "rate", &difference].map(str::to_owned)
}

impl TableEntry {
    /// Its lines in a table.
    fn cells(&self) -> [[(String, Tone); COLUMNS]; RATES.len()] {
        std::array::from_fn(|line| {
            let once = |text: &str| (if line == 0 { text.to_owned() } else { String::new() }, Tone::Plain);
            let (rate, cell) = &self.rates[line];
            let difference = match cell {
                Some(cell) => (cell.text.clone(), cell.tone),
                None => (once("baseline").0, Tone::Faint),
            };
            [
                once(&self.strategy),
                once(&self.runs),
                once(&self.wait_p50),
                once(&self.wait_p99),
                (RATES[line].1.to_owned(), Tone::Plain),
                (rate.clone(), Tone::Plain),
                difference,
            ]
        })
    }
}

/// The entries of a point side by side: names and intervals start together, numbers end together.
fn table(entries: &[TableEntry], headings: &[String; COLUMNS], widths: [usize; COLUMNS]) -> Vec<Line> {
    let headings = headings.clone().map(|heading| (heading, Tone::Faint));
    let rows = std::iter::once(headings).chain(entries.iter().flat_map(TableEntry::cells));
    let line = |cells: [(String, Tone); COLUMNS]| {
        let mut line = Line::default();
        for (column, ((cell, tone), width)) in cells.into_iter().zip(widths).enumerate() {
            let room = " ".repeat(width - cell.chars().count());
            let (before, behind) =
                if (1..=3).contains(&column) { (room, String::new()) } else { (String::new(), room) };
            line = line
                .then(format!("{}{before}", " ".repeat(GAP)), Tone::Plain)
                .then(cell, tone)
                .then(behind, Tone::Plain);
        }
        line
    };
    rows.map(line).collect()
}

/// An entry for a narrow terminal: a line for each of its values.
fn block(entry: &TableEntry, width: usize) -> Vec<Line> {
    let role = if entry.rates.iter().all(|(_, cell)| cell.is_none()) { ", baseline" } else { "" };
    let runs = if entry.runs == "1" { "run" } else { "runs" };
    let name = wrap(&format!("{} ({} {runs}{role})", entry.strategy, entry.runs), width);
    let mut lines: Vec<Line> = name.into_iter().map(Line::of).collect();
    lines.push(Line::of(format!("  wait   p50 {}, p99 {}", entry.wait_p50, entry.wait_p99)));
    for ((_, name), (rate, cell)) in RATES.iter().zip(&entry.rates) {
        let line = Line::of(format!("  {name:<5}  {rate}"));
        let Some(cell) = cell else {
            lines.push(line);
            continue;
        };
        if line.width() + GAP + cell.text.chars().count() <= width {
            lines.push(line.then(" ".repeat(GAP), Tone::Plain).then(cell.text.clone(), cell.tone));
        } else {
            lines.push(line);
            let indent = 9;
            let parts = wrap(&cell.text, width - indent).into_iter();
            lines.extend(parts.map(|part| Line::of(" ".repeat(indent)).then(part, cell.tone)));
        }
    }
    lines
}

impl DifferenceCell {
    fn of(comparison: &Comparison) -> Self {
        let tone = match comparison.verdict() {
            Some(Verdict::Lower) => Tone::Better,
            Some(Verdict::Higher) => Tone::Worse,
            Some(Verdict::NotShown) | None => Tone::Faint,
        };
        Self { text: difference(comparison), tone }
    }
}

/// `5 s`; the key's name if it is swept.
fn late_after(plan: &Plan) -> String {
    const KEY: &str = "late_after";
    if plan.keys.iter().any(|key| key == KEY) {
        return KEY.to_owned();
    }
    wait(Some(plan.scenario(0, 0).late_after.as_secs_f64()))
}

/// `1.02 % [0.98, 1.07]`
fn rate(estimate: &Estimate) -> String {
    let (low, high) = estimate.interval.unzip();
    write::estimate(Unit::Share, estimate.mean, low, high)
}

/// `−0.47 [−0.50, −0.44] lower`
fn difference(comparison: &Comparison) -> String {
    let (low, high) = comparison.interval().unzip();
    let mut text = write::estimate(Unit::SharePoints, comparison.difference.mean, low, high).replacen(" pp", "", 1);
    let verdict = match comparison.verdict() {
        None => "",
        // shorter than in the files, for the sake of the line
        Some(Verdict::NotShown) => "not shown",
        Some(verdict) => verdict.name(),
    };
    if !verdict.is_empty() {
        let _ = write!(text, " {verdict}");
    }
    text
}

/// `82.3 ms`, `5.12 s`, `never`.
fn wait(seconds: Option<f64>) -> String {
    write::value(Unit::Seconds, seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::compare;
    use crate::folder::compare::tests::{Dice, made_up};
    use crate::run::Estimator;
    use stats::Method;

    #[test]
    fn rates_are_written_as_in_the_conclusion() {
        let estimate =
            |mean, low, high| Estimate { n: 20, mean: Some(mean), interval: Some((low, high)), method: Method::T };
        assert_eq!(rate(&estimate(0.0102, 0.0098, 0.01071)), "1.02 % [0.98, 1.07]");
        assert_eq!(rate(&estimate(0.0, 0.0, 1.234e-6)), "0.000000 % [0.000000, 0.000123]");
        assert_eq!(rate(&estimate(1.0, 0.99, 1.0)), "100.00 % [99.00, 100.00]");
        assert_eq!(rate(&Estimate::bare(1, Some(0.25))), "25 %");
        assert_eq!(rate(&Estimate::bare(0, None)), "–");
    }

    /// A table of two points, with names and intervals of ordinary length.
    fn table_of(plan: &Plan) -> Table<'_> {
        let cell = |text: &str, tone| Some(DifferenceCell { text: text.to_owned(), tone });
        let entry = |strategy: &str, differences: [Option<DifferenceCell>; 2]| {
            let [stall, late] = differences;
            TableEntry {
                strategy: strategy.to_owned(),
                runs: "20".to_owned(),
                wait_p50: "82.3 ms".to_owned(),
                wait_p99: "5.12 s".to_owned(),
                rates: [("1.02 % [0.98, 1.07]".to_owned(), stall), ("1.10 % [1.05, 1.15]".to_owned(), late)],
            }
        };
        let entries = || {
            let lower = cell("-0.47 [-0.50, -0.44] lower", Tone::Better);
            let none = cell("-0.01 [-0.03, +0.01] not shown", Tone::Faint);
            vec![entry("push", [None, None]), entry("push-retry", [lower, none])]
        };
        Table { plan, points: vec![(0, entries()), (1, entries())], others: 3 }
    }

    #[test]
    fn a_table_fits_every_terminal_without_breaking_words() {
        let plan = Plan::from_table(
            &"name = 'small'\ndescription = 'How many handshakes stall while a lossy bus carries the pushes?'\n\
              [strategies.push]\npush = {}\n[strategies.push-retry]\npush = { attempts = 3 }\n\
              [[sweep]]\n'bus.loss' = [0.0, 0.1]\n"
                .parse()
                .expect("TOML"),
            &[],
        )
        .expect("a valid experiment");
        let table = table_of(&plan);
        let whole: Vec<String> = table.lines(None).iter().map(ToString::to_string).collect();
        let words = |lines: &[String]| {
            let mut words: Vec<String> =
                lines.iter().flat_map(|line| line.split_whitespace()).map(str::to_owned).collect();
            words.sort();
            words.dedup();
            words
        };
        for width in [60, 80, 140] {
            let lines: Vec<String> = table.lines(Some(width)).iter().map(ToString::to_string).collect();
            assert!(lines.iter().all(|line| line.chars().count() <= width), "{width}:\n{}", lines.join("\n"));
            let known = words(&whole);
            let broken: Vec<String> = words(&lines).into_iter().filter(|word| !known.contains(word)).collect();
            let own = ["(20", "runs)", "runs,", "baseline)", "p50", "p99", "ms,"];
            assert!(broken.iter().all(|word| own.contains(&word.as_str())), "{width}: {broken:?}");
            for text in ["-0.47 [-0.50, -0.44] lower", "1.10 % [1.05, 1.15]", "and 3 more points in the files"] {
                assert!(lines.iter().any(|line| line.contains(text)), "{text} at {width}");
            }
        }
        assert!(whole.iter().any(|line| line.contains("rate − that of push")), "{whole:?}");
        assert!(table.lines(Some(60)).iter().any(|line| line.0.iter().any(|span| span.tone == Tone::Better)));
    }

    #[test]
    fn waits_are_reported_in_a_unit_that_fits() {
        let waits = [Some(82.3e-3), Some(5.123), Some(103.33), Some(f64::INFINITY), Some(2.5e-6), Some(0.0), None];
        assert_eq!(waits.map(wait), ["82.3 ms", "5.12 s", "103 s", "never", "2.5 µs", "0 s", "–"]);
    }

    #[test]
    fn the_interval_as_printed_leaves_out_zero_exactly_where_a_difference_is_shown() {
        let mut dice = Dice(2);
        let (mut shown, mut not_shown) = (0, 0);
        for _ in 0..300 {
            let rows = made_up(&mut dice);
            for (_, comparisons) in compare::point(&mut Estimator::new(0.95), &rows, 0) {
                let text = difference(&comparisons[measure_index("stall_rate").expect("a measure")]);
                let Some((_, rest)) = text.split_once('[') else { continue };
                let (limits, verdict) = rest.split_once("] ").expect("an interval and a verdict");
                let limits: Vec<f64> =
                    limits.split(", ").map(|limit| limit.replace('−', "-").parse().expect("a number")).collect();
                let differs = limits[0] > 0.0 || limits[1] < 0.0;
                assert_eq!(verdict != "not shown", differs, "{text}");
                shown += usize::from(differs);
                not_shown += usize::from(!differs);
            }
        }
        assert!(shown > 30 && not_shown > 300, "{shown} {not_shown}");
    }
}
