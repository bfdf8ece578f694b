//! The comparison that `run` prints: per point, each strategy's stall rate and late rate, handshake waits, and its
//! difference from the baseline.

use std::fmt::Write as _;

use super::compare::{Comparison, Verdict};
use super::results::GroupSummary;
use crate::experiment::Plan;
use crate::metrics::measure_index;
use crate::stats::Estimate;

/// Points that are printed; the others stand in the files.
const POINTS_MAX: usize = 40;

/// The table, growing point by point.
pub struct Table<'a> {
    plan: &'a Plan,
    points: Vec<(usize, Vec<[String; COLUMNS]>)>,
    others: usize,
}

const COLUMNS: usize = 7;

const HEADINGS: [&str; COLUMNS] = ["strategy", "runs", "stall rate", "late rate", "wait p50", "wait p99", ""];

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
        let index = measure_index("stall_rate").expect("a measure");
        let late = measure_index("late_rate").expect("a measure");
        let mut lines = Vec::new();
        for group in groups {
            let strategy = group.group.strategy;
            let comparison = compared.iter().find(|compared| compared.0 == strategy);
            let difference = match comparison {
                None => "baseline".to_owned(),
                Some((_, comparisons)) => difference(&comparisons[index]),
            };
            lines.push([
                self.plan.strategies[strategy].clone(),
                group.replications.to_string(),
                rate(&group.estimates[index]),
                late_rate(&group.estimates[late], &group.estimates[index]),
                wait(group.distributions.quantile_s(0, 50, 100)),
                wait(group.distributions.quantile_s(0, 99, 100)),
                difference,
            ]);
        }
        self.points.push((point, lines));
    }
}

impl std::fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let plan = self.plan;
        writeln!(f, "{}{}{}", plan.name, if plan.description.is_empty() { "" } else { ": " }, plan.description)?;
        let baseline = &plan.strategies[plan.baseline];
        let mut headings = HEADINGS.map(str::to_owned);
        headings[COLUMNS - 1] = format!("stall rate − that of {baseline}");
        let mut widths = headings.clone().map(|heading| heading.chars().count());
        for (width, cell) in self.points.iter().flat_map(|(_, lines)| lines).flat_map(|line| (0..).zip(line)) {
            widths[width] = widths[width].max(cell.chars().count());
        }
        for (point, lines) in &self.points {
            let keys = plan.keys.iter().zip(&plan.points[*point]).map(|(key, value)| format!("{key} = {value}"));
            let keys: Vec<String> = keys.collect();
            writeln!(f)?;
            if !keys.is_empty() {
                writeln!(f, "point {point}: {}", keys.join(", "))?;
            }
            for line in std::iter::once(&headings).chain(lines) {
                let mut text = String::new();
                for (column, (cell, width)) in line.iter().zip(widths).enumerate() {
                    // Names and intervals start together, numbers end together.
                    let _ = match column {
                        1 | 3 | 4 | 5 => write!(text, "  {cell:>width$}"),
                        _ => write!(text, "  {cell:<width$}"),
                    };
                }
                writeln!(f, "{}", text.trim_end())?;
            }
        }
        if self.others > 0 {
            writeln!(f, "\nand {} more points in the files", self.others)?;
        }
        writeln!(
            f,
            "\nLate: not connected {} after the start of the attempt, its create included. Waits are handshake waits, pooled",
            late_after(plan)
        )?;
        writeln!(
            f,
            "over the runs. `never` under p99: more than 1 % of the attempts did not connect (p50: more than half)."
        )?;
        writeln!(
            f,
            "Intervals of rates hold with {} % confidence each; those of differences are wider where several strategies are",
            plan.confidence * 100.0
        )?;
        writeln!(
            f,
            "judged, so that they agree with the verdict: lower or higher where the interval leaves out zero. Differences are"
        )?;
        writeln!(
            f,
            "paired over replications, in percentage points, and those of a point are judged together (Holm)."
        )?;
        writeln!(f, "No interval beside a verdict: see `method` in compare.csv.")
    }
}

/// `5.00 s`; the key's name if it is swept.
fn late_after(plan: &Plan) -> String {
    const KEY: &str = "late_after";
    if plan.keys.iter().any(|key| key == KEY) {
        return KEY.to_owned();
    }
    wait(Some(plan.scenario(0, 0).late_after.as_secs_f64()))
}

/// `1.02 % [0.98, 1.07]`
fn rate(estimate: &Estimate) -> String {
    let Some(mean) = estimate.mean else { return "–".to_owned() };
    let digits = digits(upper(estimate) * 100.0);
    let mut text = format!("{:.digits$} %", mean * 100.0);
    if let Some((low, high)) = estimate.interval {
        let _ = write!(text, " [{:.digits$}, {:.digits$}]", low * 100.0, high * 100.0);
    }
    text
}

/// `0.00 %`: as precise as its interval, for which the line has no room, would show it; zero without an interval: as
/// precise as the stall rate.
fn late_rate(late: &Estimate, stall: &Estimate) -> String {
    let Some(mean) = late.mean else { return "–".to_owned() };
    let own = upper(late);
    let digits = digits(if own > 0.0 { own } else { upper(stall) } * 100.0);
    format!("{:.digits$} %", mean * 100.0)
}

/// The upper limit of a rate, or the rate itself.
fn upper(estimate: &Estimate) -> f64 {
    let mean = estimate.mean.unwrap_or(0.0);
    estimate.interval.map_or(mean, |limits| limits.1.max(mean))
}

/// `-0.47 [-0.50, -0.44] lower`
fn difference(comparison: &Comparison) -> String {
    let Some(mean) = comparison.difference.mean else { return "–".to_owned() };
    let limits = comparison.interval();
    let largest = limits.map_or(mean.abs(), |(low, high)| low.abs().max(high.abs()));
    let mut digits = digits(largest * 100.0);
    // A limit that is not zero does not read as zero beside a verdict.
    let nearest = limits.map_or(0.0, |(low, high)| if low > 0.0 { low } else { high.min(0.0) });
    while nearest != 0.0 && digits < 15 && format!("{:.digits$}", nearest * 100.0).parse() == Ok(0.0) {
        digits += 1;
    }
    let mut text = format!("{:+.digits$}", mean * 100.0 + 0.0);
    if let Some((low, high)) = limits {
        let _ = write!(text, " [{:+.digits$}, {:+.digits$}]", low * 100.0 + 0.0, high * 100.0 + 0.0);
    }
    let verdict = comparison.verdict().map_or("", Verdict::name);
    if !verdict.is_empty() {
        let _ = write!(text, " {verdict}");
    }
    text
}

/// Decimals that leave three significant digits of `value`.
fn digits(value: f64) -> usize {
    let mut digits = 0;
    let mut scaled = value.abs();
    while scaled < 99.95 && digits < 9 && scaled > 0.0 {
        scaled *= 10.0;
        digits += 1;
    }
    digits.min(9)
}

/// `82.3 ms`, `5.12 s`, `never`.
fn wait(seconds: Option<f64>) -> String {
    match seconds {
        None => "–".to_owned(),
        Some(seconds) if seconds.is_infinite() => "never".to_owned(),
        Some(0.0) => "0 s".to_owned(),
        Some(seconds) if seconds < 0.999_5e-3 => format!("{:.*} µs", digits(seconds * 1e6).min(2), seconds * 1e6),
        Some(seconds) if seconds < 0.999_5 => format!("{:.*} ms", digits(seconds * 1e3).min(2), seconds * 1e3),
        Some(seconds) => format!("{:.*} s", digits(seconds).min(2), seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Estimator;
    use crate::output::compare;
    use crate::output::compare::tests::{Dice, made_up};
    use crate::stats::Method;

    #[test]
    fn rates_show_three_digits_of_their_upper_limit() {
        let estimate =
            |mean, low, high| Estimate { n: 20, mean: Some(mean), interval: Some((low, high)), method: Method::T };
        assert_eq!(rate(&estimate(0.0102, 0.0098, 0.01071)), "1.02 % [0.98, 1.07]");
        assert_eq!(rate(&estimate(0.0, 0.0, 1.234e-6)), "0.000000 % [0.000000, 0.000123]");
        assert_eq!(rate(&estimate(1.0, 0.99, 1.0)), "100 % [99, 100]");
        assert_eq!(rate(&Estimate::bare(1, Some(0.25))), "25.0 %");
        assert_eq!(rate(&Estimate::bare(0, None)), "–");
    }

    #[test]
    fn late_rates_show_the_digits_of_their_interval() {
        let estimate =
            |mean, low, high| Estimate { n: 20, mean: Some(mean), interval: Some((low, high)), method: Method::T };
        let stall = estimate(0.0, 0.0, 0.0822);
        assert_eq!(late_rate(&stall, &stall), "0.00 %");
        assert_eq!(late_rate(&estimate(0.333, 0.32, 0.346), &stall), "33.3 %");
        assert_eq!(late_rate(&Estimate::bare(1, Some(0.0)), &stall), "0.00 %");
        assert_eq!(late_rate(&Estimate::bare(1, Some(0.0)), &Estimate::bare(1, Some(0.25))), "0.0 %");
        assert_eq!(late_rate(&Estimate::bare(1, Some(0.25)), &Estimate::bare(1, Some(0.0))), "25.0 %");
        assert_eq!(late_rate(&Estimate::bare(0, None), &stall), "–");
    }

    #[test]
    fn waits_are_told_in_a_unit_that_fits() {
        let told = [Some(82.3e-3), Some(5.123), Some(103.33), Some(f64::INFINITY), Some(2.5e-6), Some(0.0), None];
        assert_eq!(told.map(wait), ["82.3 ms", "5.12 s", "103 s", "never", "2.50 µs", "0 s", "–"]);
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
                let limits: Vec<f64> = limits.split(", ").map(|limit| limit.parse().expect("a number")).collect();
                let differs = limits[0] > 0.0 || limits[1] < 0.0;
                assert_eq!(verdict != "no difference shown", differs, "{text}");
                shown += usize::from(differs);
                not_shown += usize::from(!differs);
            }
        }
        assert!(shown > 30 && not_shown > 300, "{shown} {not_shown}");
    }
}
