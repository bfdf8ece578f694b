//! The document of `testbed all`, and its numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use toml::{Table, Value};

use crate::all::SEEDS;
use crate::compare::{Comparison, Row, Standing};
use crate::measure::Measured;

/// The text before the results. `COUNTS` stands where their counts belong.
const TEXT: &str = include_str!("validation.md");
const COUNTS: &str = "{counts}";

/// The scenario to which the others are compared key by key.
const BASE: &str = "core-drop";

/// All measures of all scenarios, as CSV.
pub(crate) fn numbers(comparisons: &[Comparison]) -> String {
    let mut text =
        "scenario,attempts,lateness_p99_ms,measure,measured,low,high,predicted,inside,agrees,known\n".to_owned();
    for Comparison { name, attempts, lateness_ms, rows, .. } in comparisons {
        for row in rows {
            let Row { measured, predicted, is_known } = row;
            let Measured { name: measure, value, low, high, .. } = measured;
            let (inside, agrees) = (row.standing() == Standing::Inside, row.agrees());
            let _ = writeln!(
                text,
                "{name},{attempts},{lateness_ms},{measure},{value},{low},{high},{predicted},{inside},{agrees},{is_known}"
            );
        }
    }
    text
}

/// How long pushes took from the API to each gateway, as CSV. Those to gateways that got none are left out.
pub(crate) fn pushes(comparisons: &[Comparison]) -> String {
    let mut text = "scenario,gateway,pushes,p50_s,p99_s,longest_s\n".to_owned();
    for Comparison { name, pushes, .. } in comparisons {
        for (gateway, delays) in pushes.iter().enumerate().filter(|(_, delays)| !delays.is_empty()) {
            let count = delays.len();
            let [p50, p99] = [0.5, 0.99].map(|share| delays[((count - 1) as f64 * share) as usize]);
            let _ = writeln!(text, "{name},{gateway},{count},{p50:.6},{p99:.6},{:.6}", delays[count - 1]);
        }
    }
    text
}

/// What the comparisons show together.
fn counts(comparisons: &[Comparison]) -> String {
    let rows: Vec<&Row> = comparisons.iter().flat_map(|comparison| &comparison.rows).collect();
    let count = |holds: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| holds(row)).count();
    let inside = count(&|row| row.standing() == Standing::Inside);
    let agree = count(&|row| row.agrees() && !row.is_known);
    let known_within = count(&|row| row.agrees() && row.is_known);
    let known = count(&|row| !row.agrees() && row.is_known);
    let unknown = count(&|row| !row.agrees() && !row.is_known);
    let never = count(&|row| row.measured.value.is_infinite() && row.predicted.is_infinite());
    let (mut repeated, mut zero) = (0, 0);
    for comparison in comparisons {
        let mut seen = BTreeSet::new();
        for row in ["stall_rate", "failure_rate", "late_rate"].iter().filter_map(|name| comparison.row(name)) {
            if !seen.insert((row.measured.value.to_bits(), row.predicted.to_bits())) {
                repeated += 1;
            } else if row.measured.value <= 0.0 && row.predicted <= 0.0 {
                zero += 1;
            }
        }
    }
    let of_scenarios = |holds: &dyn Fn(&Comparison) -> bool| comparisons.iter().filter(|one| holds(one)).count();
    let all_agree = of_scenarios(&|one| one.rows.iter().all(|row| row.agrees() && !row.is_known));
    let some_differ = of_scenarios(&|one| !one.agrees());
    let margin_hides = comparisons.len() - all_agree - some_differ;
    let outside = |name: &str| of_scenarios(&|one| one.row(name).is_some_and(|row| row.standing() != Standing::Inside));
    let mut slower: Vec<f64> = comparisons
        .iter()
        .filter_map(|one| one.row("handshake_wait_p50_s"))
        .map(|row| (row.measured.value - row.predicted) * 1000.0)
        .collect();
    slower.sort_unstable_by(f64::total_cmp);
    let positive = slower.iter().filter(|difference| **difference > 0.0).count();
    let middle = slower.get(slower.len() / 2).copied().unwrap_or_default();
    let (of, scenarios) = (rows.len(), comparisons.len());
    format!(
        "- Of {of} measures in {scenarios} scenarios, {inside} predictions lie in the measured interval of 99.9 %. With the \
         margin below {agree} agree. {known_within} more lie within the margin too, but are known to differ. {known} differ in \
         a known way, {unknown} in an unknown one.\n\
         - Of the scenarios {all_agree} agree in all measures, {margin_hides} has a known difference that the margin hides, \
         and {some_differ} differ.\n\
         - Real parts are slower. The median wait is longer than predicted in {positive} of {scenarios} scenarios, and in the \
         middle one by {middle:.1} ms. It lies outside the interval in {} of them, the 90th percentile in {}. The margin of \
         2 ms or 5 % covers that.\n\
         - The {of} rows are fewer tests: in {never} both sides are *never*, {repeated} rates repeat another rate of their \
         scenario, and {zero} of the rest are 0 against 0.",
        outside("handshake_wait_p50_s"),
        outside("handshake_wait_p90_s"),
    )
}

/// Every key of a table with its value, those of inner tables after a dot.
fn keys(table: &Table, before: &str, all: &mut BTreeMap<String, String>) {
    for (name, value) in table {
        let key = format!("{before}{name}");
        if let Value::Table(inner) = value {
            keys(inner, &format!("{key}."), all);
        } else if !matches!(key.as_str(), "name" | "description") && !key.starts_with("testbed.differs.") {
            all.insert(key, value.to_string());
        }
    }
}

/// The keys that a scenario sets otherwise than the base.
fn other_keys(table: &Table, base: &Table) -> String {
    let [all, base] = [table, base].map(|table| {
        let mut all = BTreeMap::new();
        keys(table, "", &mut all);
        all
    });
    let other = all.iter().filter(|(key, value)| base.get(*key) != Some(value));
    let other: Vec<String> = other.map(|(key, value)| format!("`{key} = {value}`")).collect();
    other.join(", ")
}

/// A row of the table of all scenarios.
fn line(comparison: &Comparison) -> String {
    let Comparison { name, attempts, lateness_ms, .. } = comparison;
    let [stalls, median] = ["stall_rate", "handshake_wait_p50_s"].map(|name| comparison.cells(name));
    let verdict = comparison.verdict();
    format!("| [{name}](#{name}) | {attempts} | {stalls} | {median} | {lateness_ms:.1} | {verdict} |\n")
}

/// A scenario's section.
fn section(comparison: &Comparison, table: &Table, base: &Table) -> String {
    let Comparison { name, description, runs, create_failed, difference, .. } = comparison;
    let mut text = format!("\n### {name}\n\n{description} {runs} runs; {create_failed} creates failed.\n\n");
    if name != BASE {
        let _ = writeln!(text, "Keys other than in [{BASE}](#{BASE}): {}.\n", other_keys(table, base));
    }
    text += &comparison.table();
    let times = &comparison.measured_propagations;
    let lost = times.iter().filter(|time| time.is_infinite()).count();
    if lost > 0 {
        let _ = writeln!(
            text,
            "\n{lost} of {} versions did not arrive. `propagation_p50_s` and `propagation_p99_s` are of the others; the \
             figure counts all.",
            times.len()
        );
    }
    if let Some(difference) = difference {
        let _ = writeln!(text, "\nKnown difference: {}", difference.text);
    }
    let _ = writeln!(text, "\n![Waits of {name}: real parts and model](validation/{name}.svg)");
    if !times.is_empty() {
        let _ = writeln!(text, "\n![Versions of {name}: real parts and model](validation/{name}-versions.svg)");
    }
    text
}

/// The document: its text, the table of all scenarios, and a section for each. `tables`: the scenarios' files.
pub(crate) fn page(comparisons: &[Comparison], tables: &[Table], meta: &str) -> String {
    let mut text = TEXT.replace(COUNTS, &counts(comparisons));
    let _ = writeln!(text, "\n## Results\n\nMade by `testbed all`: {SEEDS} seeds of each scenario, pooled.\n");
    text += "| scenario | attempts | stall rate: real parts | model | wait p50: real parts | model | late, ms | verdict |\n";
    text += "|---|---|---|---|---|---|---|---|\n";
    for comparison in comparisons {
        text += &line(comparison);
    }
    text += "\n*late*: the 99th percentile of how much later than asked the timers of the clients' process fired, in the worst \
             of the runs. All numbers: [measured.csv](validation/measured.csv); how long pushes took to each gateway: \
             [pushes.csv](validation/pushes.csv).\n";
    let base = comparisons.iter().position(|comparison| comparison.name == BASE);
    let none = Table::new();
    let base = base.map_or(&none, |base| &tables[base]);
    for (comparison, table) in comparisons.iter().zip(tables) {
        text += &section(comparison, table, base);
    }
    let _ = writeln!(text, "\n## The machine\n\n```json\n{}\n```", meta.trim());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_has_one_place_for_the_counts() {
        assert_eq!(TEXT.matches(COUNTS).count(), 1);
    }

    #[test]
    fn other_keys_are_those_with_another_value() {
        let parse = |text: &str| text.parse::<Table>().expect("TOML");
        let base = parse("name = \"a\"\nhorizon = \"40s\"\n[bus]\nloss = 0.03\ndelay = \"1ms\"");
        let other = parse("name = \"b\"\nhorizon = \"40s\"\n[bus]\nloss = 0.1\ndelay = { exponential = \"1ms\" }");
        assert_eq!(other_keys(&other, &base), "`bus.delay.exponential = \"1ms\"`, `bus.loss = 0.1`");
    }
}
