//! What the comparison can find: the model is given a wrong value, and held against the same runs.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::compare::{Comparison, Row, compare};
use crate::measure::Measured;

/// Wrong values of a key of a scenario, from the smallest error to the greatest.
struct Wrong {
    scenario: &'static str,
    key: &'static str,
    /// What the scenario has.
    right: &'static str,
    /// In TOML.
    values: &'static [&'static str],
}

const WRONG: [Wrong; 7] = [
    Wrong { scenario: "core-drop", key: "bus.loss", right: "0.03", values: &["0.04", "0.045", "0.05", "0.06"] },
    Wrong {
        scenario: "core-drop",
        key: "path.delay.uniform",
        right: r#"["10ms", "30ms"]"#,
        values: &[r#"["10ms", "31ms"]"#, r#"["10ms", "32ms"]"#, r#"["10ms", "33ms"]"#, r#"["10ms", "35ms"]"#],
    },
    Wrong {
        scenario: "core-drop",
        key: "api.create_service.exponential",
        right: "20ms",
        values: &["21ms", "22ms", "23ms", "25ms"],
    },
    Wrong { scenario: "core-ack", key: "strategies.one.push.attempts", right: "3", values: &["2", "1"] },
    Wrong {
        scenario: "jetstream-drop",
        key: "strategies.one.push.ack_wait",
        right: "2s",
        values: &["2500ms", "3s", "5s", "8s"],
    },
    Wrong {
        scenario: "pull-initiate",
        key: "api.fetch_service.exponential",
        right: "5ms",
        values: &["6ms", "8ms", "10ms", "15ms"],
    },
    Wrong {
        scenario: "watch-gateway-kill",
        key: "gateways.install",
        right: "5ms",
        values: &["6ms", "7ms", "8ms", "10ms"],
    },
];

/// One wrong value and what the comparison says.
pub(crate) struct Tried {
    scenario: &'static str,
    key: &'static str,
    right: &'static str,
    value: &'static str,
    comparison: Comparison,
}

impl Tried {
    fn found(&self) -> Vec<&Row> {
        self.comparison.rows.iter().filter(|row| !row.agrees()).collect()
    }
}

/// Holds the model with each wrong value against the runs of its scenario. `folders`: the runs of a scenario.
///
/// # Errors
/// What is wrong with the folders.
pub(crate) fn try_errors(folders: impl Fn(&str) -> Vec<PathBuf>, calibration: &Path) -> Result<Vec<Tried>, String> {
    let mut all = Vec::new();
    for Wrong { scenario, key, right, values } in WRONG {
        for value in values {
            let comparison = compare(&folders(scenario), Some(calibration), &[format!("{key}={value}")])?;
            all.push(Tried { scenario, key, right, value, comparison });
        }
    }
    Ok(all)
}

/// A text between double quotes, as CSV wants it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// All measures of all tries, as CSV.
pub(crate) fn errors(tries: &[Tried]) -> String {
    let mut text = "scenario,key,right,wrong,measure,measured,low,high,predicted,agrees\n".to_owned();
    for tried @ Tried { scenario, key, .. } in tries {
        let [right, wrong] = [tried.right, tried.value].map(quoted);
        for row in &tried.comparison.rows {
            let Measured { name, value, low, high, .. } = row.measured;
            let (predicted, agrees) = (row.predicted, row.agrees());
            let _ = writeln!(text, "{scenario},{key},{right},{wrong},{name},{value},{low},{high},{predicted},{agrees}");
        }
    }
    text
}

/// Texts as code, one after the other.
fn listed<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    texts.map(|text| format!("`{text}`")).collect::<Vec<_>>().join(", ")
}

/// A row for each key: the wrong values that agree, and the first that differs with its measures.
pub(crate) fn table(tries: &[Tried]) -> String {
    let mut text = "| scenario | key | its value | not found | found | by |\n|---|---|---|---|---|---|\n".to_owned();
    for of_key in tries.chunk_by(|one, other| (one.scenario, one.key) == (other.scenario, other.key)) {
        let Tried { scenario, key, right, .. } = of_key[0];
        let first = of_key.iter().position(|tried| !tried.found().is_empty()).unwrap_or(of_key.len());
        let missed = listed(of_key[..first].iter().map(|tried| tried.value));
        let missed = if missed.is_empty() { "–".to_owned() } else { missed };
        let found = of_key.get(first).map_or(["none".to_owned(), String::new()], |tried| {
            [format!("`{}`", tried.value), listed(tried.found().iter().map(|row| row.measured.name))]
        });
        let _ = writeln!(text, "| {scenario} | `{key}` | `{right}` | {missed} | {} |", found.join(" | "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Unit;

    fn tried(value: &'static str, predicted: f64) -> Tried {
        let measured = Measured { name: "stall_rate", value: 0.03, low: 0.02, high: 0.04, unit: Unit::Share };
        let rows = vec![Row { measured, predicted, is_known: false }];
        let comparison = Comparison { rows, ..Comparison::made_up() };
        Tried { scenario: "core-drop", key: "bus.loss", right: "0.03", value, comparison }
    }

    #[test]
    fn the_table_names_the_smallest_error_that_is_found() {
        let tries = [tried("0.04", 0.04), tried("0.06", 0.06), tried("0.09", 0.09)];
        let row = table(&tries).lines().last().expect("a row").to_owned();
        assert_eq!(row, "| core-drop | `bus.loss` | `0.03` | `0.04` | `0.06` | `stall_rate` |");
        let row = table(&tries[..1]).lines().last().expect("a row").to_owned();
        assert_eq!(row, "| core-drop | `bus.loss` | `0.03` | `0.04` | none |  |");
    }

    #[test]
    fn the_values_that_are_called_right_are_those_of_the_scenarios() {
        for Wrong { scenario, key, right, .. } in WRONG {
            let file = crate::all::scenario_file(scenario);
            let text = std::fs::read_to_string(&file).expect("a scenario");
            let table: toml::Table = text.parse().expect("TOML");
            let value = key.split('.').fold(&toml::Value::Table(table), |value, name| &value[name]).to_string();
            let [value, right] = [value.as_str(), right].map(|text| text.replace([' ', '"'], ""));
            assert_eq!(value, right, "{scenario}: {key}");
        }
    }
}
