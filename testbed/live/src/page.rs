//! The documents of `testbed all`, and their numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use toml::{Table, Value};

use crate::all::SEEDS;
use crate::calibrate::PIECES;
use crate::compare::{Comparison, Row, Standing};
use crate::measure::Measured;
use crate::power::{Tried, table};

/// The page. The places in brackets are filled.
const TEXT: &str = include_str!("validation.md");
const PLACES: [&str; 7] =
    ["{counts}", "{errors}", "{results}", "{differences}", "{calibration}", "{timers}", "{machine}"];

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

/// How busy the machine was in each run, and how late timers were, as CSV.
pub(crate) fn runs(comparisons: &[Comparison]) -> String {
    let mut text = "scenario,seed,load,real_time_priority,lateness_p99_ms\n".to_owned();
    for Comparison { name, machines, .. } in comparisons {
        for (seed, (machine, late)) in (1..).zip(machines) {
            let load = machine.load.map(|load| load.to_string()).unwrap_or_default();
            let priority = machine.real_time_priority.map(|priority| priority.to_string()).unwrap_or_default();
            let seed: u64 = seed;
            let _ = writeln!(text, "{name},{seed},{load},{priority},{late}");
        }
    }
    text
}

/// How busy the machine was in all runs.
fn machine(comparisons: &[Comparison]) -> String {
    let machines = || comparisons.iter().flat_map(|comparison| &comparison.machines).map(|(machine, _)| machine);
    let loads: BTreeSet<u64> = machines().filter_map(|machine| machine.load).map(|load| load.round() as u64).collect();
    let priorities: BTreeSet<u32> = machines().filter_map(|machine| machine.real_time_priority).collect();
    let between = |least: Option<String>, most: Option<String>| match (least, most) {
        (Some(least), Some(most)) if least == most => least,
        (Some(least), Some(most)) => format!("{least} to {most}"),
        (None, _) | (_, None) => "unknown".to_owned(),
    };
    let ends = [
        between(loads.first().map(u64::to_string), loads.last().map(u64::to_string)),
        between(priorities.first().map(u32::to_string), priorities.last().map(u32::to_string)),
    ];
    format!("{} runs, load {}, real-time priority {}", machines().count(), ends[0], ends[1])
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

/// Measures whose rows may repeat each other: an attempt that never connects also stalls and is late.
const RATES: [&str; 3] = ["stall_rate", "failure_rate", "late_rate"];

/// The rows that say nothing new: rates that repeat another rate of their scenario; of the others those in which nothing was
/// seen and nothing is predicted.
fn repeated_and_zero(comparisons: &[Comparison]) -> (usize, usize) {
    let (mut repeated, mut zero) = (0, 0);
    for comparison in comparisons {
        let mut seen = BTreeSet::new();
        for row in &comparison.rows {
            let is_rate = RATES.contains(&row.measured.name);
            if is_rate && !seen.insert((row.measured.value.to_bits(), row.predicted.to_bits())) {
                repeated += 1;
            } else if row.measured.value <= 0.0 && row.predicted <= 0.0 {
                zero += 1;
            }
        }
    }
    (repeated, zero)
}

/// In how many scenarios a measure's prediction is outside the interval, and why that is no unknown difference.
fn outside(comparisons: &[Comparison], name: &str) -> String {
    let rows = || {
        let rows = comparisons.iter().filter_map(|one| one.row(name));
        rows.filter(|row| row.standing() != Standing::Inside)
    };
    let known = rows().filter(|row| row.is_known).count();
    let by_margin = rows().filter(|row| row.agrees() && !row.is_known).count();
    let rest = rows().count() - known - by_margin;
    let rest = if rest == 0 { String::new() } else { format!(", {rest} differ") };
    format!("{} scenarios: {by_margin} agree by the margin alone, {known} are known to differ{rest}", rows().count())
}

/// What the comparisons show together.
fn counts(comparisons: &[Comparison]) -> String {
    let rows: Vec<&Row> = comparisons.iter().flat_map(|comparison| &comparison.rows).collect();
    let count = |holds: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| holds(row)).count();
    let inside = count(&|row| row.standing() == Standing::Inside);
    let by_margin = count(&|row| row.standing() == Standing::WithinMargin && !row.is_known);
    let not_seen = count(&|row| row.standing() == Standing::Inside && row.is_known);
    let known_within = count(&|row| row.standing() == Standing::WithinMargin && row.is_known);
    let known = count(&|row| !row.agrees() && row.is_known);
    let unknown = count(&|row| !row.agrees() && !row.is_known);
    let never = count(&|row| row.measured.value.is_infinite() && row.predicted.is_infinite());
    let (repeated, zero) = repeated_and_zero(comparisons);
    let of_scenarios = |holds: &dyn Fn(&Comparison) -> bool| comparisons.iter().filter(|one| holds(one)).count();
    let all_agree = of_scenarios(&|one| one.rows.iter().all(|row| row.agrees() && !row.is_known));
    let some_differ = of_scenarios(&|one| !one.agrees());
    let hidden = comparisons.len() - all_agree - some_differ;
    let mut slower: Vec<f64> = comparisons
        .iter()
        .filter_map(|one| one.row("handshake_wait_p50_s"))
        .map(|row| (row.measured.value - row.predicted) * 1000.0)
        .collect();
    slower.sort_unstable_by(f64::total_cmp);
    let positive = slower.iter().filter(|difference| **difference > 0.0).count();
    // Of an even number, the mean of the two in the middle.
    let of = |place: usize| slower.get(place).copied().unwrap_or_default();
    let middle = f64::midpoint(of(slower.len().saturating_sub(1) / 2), of(slower.len() / 2));
    let (of, scenarios) = (rows.len(), comparisons.len());
    let [p50, p90] = ["handshake_wait_p50_s", "handshake_wait_p90_s"].map(|name| outside(comparisons, name));
    format!(
        "- {scenarios} scenarios have {of} measures. {inside} predictions lie in the measured interval of 99.9 %, {not_seen} \
         of them in a measure that is known to differ. {by_margin} more agree by the margin below. {known_within} lie within \
         the margin too, but are known to differ. {known} differ for a known reason, {unknown} for an unknown one.\n\
         - Scenarios that agree in all measures: {all_agree}. Scenarios with a known difference that the interval or the \
         margin hides: {hidden}. Scenarios that differ: {some_differ}.\n\
         - Real parts are slower. The median wait is longer than predicted in {positive} of {scenarios} scenarios, in the \
         median by {middle:.1} ms. The predicted median lies outside the interval in {p50}. The predicted 90th \
         percentile lies outside in {p90}.\n\
         - The {of} measures are fewer tests. In {never} both sides are *never*. {repeated} rates repeat another rate of \
         their scenario. In {zero} of the others nothing was seen and nothing is predicted: 0 against 0. One \
         is fitted, not predicted: `failure_rate` of `slow-consumer-server`."
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
    let Comparison { name, attempts, lateness_ms, rows, .. } = comparison;
    let [stalls, median] = ["stall_rate", "handshake_wait_p50_s"].map(|name| comparison.cells(name));
    let inside = rows.iter().filter(|row| row.standing() == Standing::Inside).count();
    let (of, verdict) = (rows.len(), comparison.verdict());
    format!(
        "| [{name}](validation/scenarios.md#{name}) | {attempts} | {stalls} | {median} | {lateness_ms:.1} | {inside} of {of} | \
         {verdict} |\n"
    )
}

/// The table of all scenarios.
fn results(comparisons: &[Comparison]) -> String {
    let mut text =
        "| scenario | attempts | stall rate: real parts | model | wait p50: real parts | model | late, ms | inside \
                    | verdict |\n|---|---|---|---|---|---|---|---|---|\n"
            .to_owned();
    for comparison in comparisons {
        text += &line(comparison);
    }
    text
}

/// What real parts are known to do otherwise: for each scenario its measures and the reason.
fn differences(comparisons: &[Comparison]) -> String {
    let mut text = String::new();
    for comparison in comparisons {
        let Comparison { name, description, difference: Some(difference), .. } = comparison else { continue };
        let _ = writeln!(text, "### {name}\n\n{description}\n\n{}", comparison.table_of(&|row| row.is_known));
        let _ = writeln!(text, "{}\n", difference.text);
    }
    text
}

/// A scenario's section.
fn section(comparison: &Comparison, table: &Table, base: &Table) -> String {
    let Comparison { name, description, runs, create_failed, difference, .. } = comparison;
    let mut text = format!("\n## {name}\n\n{description} {runs} runs; {create_failed} creates failed.\n\n");
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
    if difference.is_some() {
        let _ = writeln!(text, "\n[The reason of the difference](../validation.md#{name}).");
    }
    let _ = writeln!(text, "\n![Waits of {name}: real parts and model]({name}.svg)");
    if !times.is_empty() {
        let _ = writeln!(text, "\n![Versions of {name}: real parts and model]({name}-versions.svg)");
    }
    text
}

/// The document of all scenarios: keys, measures and figures of each. `tables`: the scenarios' files.
pub(crate) fn sections(comparisons: &[Comparison], tables: &[Table]) -> String {
    let mut text = format!(
        "# All scenarios: keys, measures, figures\n\nMade by `testbed all`: {SEEDS} seeds of each scenario, pooled. \
         [validation.md](../validation.md) says what is compared, and what a verdict means. [results.md](../results.md) \
         defines the measures; `api_watches` and `relists` are counts per run. The numbers are in [measured.csv](measured.csv).\n"
    );
    let base = comparisons.iter().position(|comparison| comparison.name == BASE);
    let none = Table::new();
    let base = base.map_or(&none, |base| &tables[base]);
    for (comparison, table) in comparisons.iter().zip(tables) {
        text += &section(comparison, table, base);
    }
    text
}

/// What each piece took alone, and where that was measured.
fn calibration(meta: &serde_json::Value) -> String {
    let mut text =
        "| file | samples | mean, ms | p50, ms | p99, ms | longest, ms |\n|---|---|---|---|---|---|\n".to_owned();
    for piece in PIECES {
        let of = &meta[piece];
        let times = ["mean_ms", "p50_ms", "p99_ms", "max_ms"].map(|name| match of[name].as_f64() {
            Some(time) => format!("{time:.3}"),
            None => "–".to_owned(),
        });
        let _ = writeln!(text, "| `{piece}.csv` | {} | {} |", of["samples"], times.join(" | "));
    }
    let megabytes = |name: &str| meta[name].as_f64().unwrap_or_default() / 1e6;
    let word = |name: &str| meta[name].to_string().replace('"', "");
    let _ = write!(
        text,
        "\nOf a frozen subscription {:.1} MB came late and {:.1} MB were lost. NATS server {}, boringtun {}, Linux {}, {} \
         processors; load {} when the calibration began, real-time priority {}.",
        megabytes("frozen_held_bytes"),
        megabytes("frozen_lost_bytes"),
        word("nats_server"),
        word("boringtun"),
        word("kernel"),
        word("processors"),
        word("load"),
        word("real_time_priority"),
    );
    text
}

/// The page: its text with the counts and tables filled in.
pub(crate) fn page(comparisons: &[Comparison], tries: &[Tried], meta: &serde_json::Value) -> String {
    let timers = ["mean_ms", "p99_ms"].map(|name| format!("{} ms", meta["timers"][name].as_f64().unwrap_or_default()));
    let fillings = [
        counts(comparisons),
        table(tries),
        results(comparisons),
        differences(comparisons),
        calibration(meta),
        format!("their mean is {}, their 99th percentile {}", timers[0], timers[1]),
        machine(comparisons),
    ];
    PLACES.iter().zip(fillings).fold(TEXT.to_owned(), |text, (place, filling)| text.replace(place, filling.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Unit;

    #[test]
    fn the_text_has_each_place_once() {
        for place in PLACES {
            assert_eq!(TEXT.matches(place).count(), 1, "{place}");
        }
    }

    #[test]
    fn rates_of_nothing_count_once_and_other_shares_of_nothing_each() {
        let row = |name, value| Row {
            measured: Measured { name, value, low: 0.0, high: 0.01, unit: Unit::Share },
            predicted: value,
            is_known: false,
        };
        let rows = vec![
            row("stall_rate", 0.02),
            row("failure_rate", 0.0),
            row("late_rate", 0.02),
            row("unpropagated_fraction", 0.0),
            row("stale_connect_fraction", 0.02),
        ];
        assert_eq!(repeated_and_zero(&[Comparison { rows, ..Comparison::made_up() }]), (1, 2));
    }

    #[test]
    fn other_keys_are_those_with_another_value() {
        let parse = |text: &str| text.parse::<Table>().expect("TOML");
        let base = parse("name = \"a\"\nhorizon = \"40s\"\n[bus]\nloss = 0.03\ndelay = \"1ms\"");
        let other = parse("name = \"b\"\nhorizon = \"40s\"\n[bus]\nloss = 0.1\ndelay = { exponential = \"1ms\" }");
        assert_eq!(other_keys(&other, &base), "`bus.delay.exponential = \"1ms\"`, `bus.loss = 0.1`");
    }
}
