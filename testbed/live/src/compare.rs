//! `testbed compare`: what was measured beside what the model predicts, and the verdict.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use des::RunKey;
use pushpull::model::{Arrivals, Scenario};
use pushpull::plan::{Overrides, Plan};
use toml::{Table, Value};

use crate::bench::Bench;
use crate::history::{self, json};
use crate::machine::Machine;
use crate::measure::{Measured, Seen, Unit, agrees, changes, is_inside};
use crate::run::{Injected, KnownDifference, around};

/// Simulated runs of a prediction.
const REPLICATIONS: u32 = 60;

/// The machine was later than this, ms: its times say nothing.
pub(crate) const LATE_MS: f64 = 15.0;

/// How a prediction stands to what was measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// In the interval.
    Inside,
    /// In the interval with its margin.
    WithinMargin,
    Outside,
}

/// One measure of a scenario.
pub(crate) struct Row {
    pub(crate) measured: Measured,
    pub(crate) predicted: f64,
    /// Real parts are known to differ in this measure.
    pub(crate) is_known: bool,
}

/// At most three digits.
fn digits(value: f64) -> String {
    let decimals = match value {
        ..9.995 => 2,
        ..99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$}")
}

impl Row {
    pub(crate) fn standing(&self) -> Standing {
        if is_inside(&self.measured, self.predicted) {
            Standing::Inside
        } else if agrees(&self.measured, self.predicted) {
            Standing::WithinMargin
        } else {
            Standing::Outside
        }
    }

    pub(crate) fn agrees(&self) -> bool {
        self.standing() != Standing::Outside
    }

    pub(crate) fn verdict(&self) -> &'static str {
        match (self.standing(), self.is_known) {
            (Standing::Inside, false) => "agrees",
            (Standing::WithinMargin, false) => "agrees by the margin",
            (Standing::Outside, false) => "**differs**",
            (Standing::Inside, true) => "known difference, not seen",
            (Standing::WithinMargin, true) => "known difference, within the margin",
            (Standing::Outside, true) => "**known difference**",
        }
    }

    /// The measured value with its interval, and the prediction, in one unit.
    pub(crate) fn cells(&self) -> [String; 2] {
        let Measured { value, low, high, unit, .. } = self.measured;
        let long = [value, low, self.predicted].into_iter().find(|time| time.is_finite()).unwrap_or(1.0) >= 1.0;
        let (factor, name) = match unit {
            Unit::Share | Unit::TimeShare => (100.0, " %"),
            Unit::Seconds if long => (1.0, " s"),
            Unit::Seconds => (1000.0, " ms"),
            Unit::Count => (1.0, " per run"),
        };
        let show = |value: f64| if value.is_finite() { digits(value * factor) } else { "never".to_owned() };
        let unit_of = |values: &[f64]| if values.iter().any(|value| value.is_finite()) { name } else { "" };
        [
            format!("{} [{}, {}]{}", show(value), show(low), show(high), unit_of(&[value, low, high])),
            format!("{}{}", show(self.predicted), unit_of(&[self.predicted])),
        ]
    }

    /// What was measured and predicted, in words.
    pub(crate) fn sentence(&self) -> String {
        let [measured, predicted] = self.cells();
        format!("{}: real parts {measured}, model {predicted}.", self.measured.name)
    }
}

/// A scenario's comparison.
pub(crate) struct Comparison {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) runs: usize,
    /// Attempts that sent an initiation.
    pub(crate) attempts: usize,
    pub(crate) create_failed: u64,
    /// Lateness of timers at the 99th percentile, the worst of the runs, ms.
    pub(crate) lateness_ms: f64,
    /// For each run the machine, and the lateness of timers at the 99th percentile, ms.
    pub(crate) machines: Vec<(Machine, f64)>,
    pub(crate) rows: Vec<Row>,
    /// What the real parts are known to do otherwise.
    pub(crate) difference: Option<KnownDifference>,
    /// Whether peers are updated or revoked.
    pub(crate) changes: bool,
    /// All waits in order, s.
    pub(crate) measured_waits: Vec<f64>,
    pub(crate) predicted_waits: Vec<f64>,
    /// All times of versions to their gateway in order, s; empty where they are not measured.
    pub(crate) measured_propagations: Vec<f64>,
    pub(crate) predicted_propagations: Vec<f64>,
    /// For each gateway how long pushes took to it, in order, s.
    pub(crate) pushes: Vec<Vec<f64>>,
}

impl Comparison {
    pub(crate) fn agrees(&self) -> bool {
        self.rows.iter().all(Row::agrees)
    }

    /// Whether no measure differs in an unknown way.
    pub(crate) fn is_understood(&self) -> bool {
        self.rows.iter().all(|row| row.agrees() || row.is_known)
    }

    /// The same with what the real parts are known to do otherwise.
    pub(crate) fn with(mut self, difference: Option<KnownDifference>) -> Result<Self, String> {
        for name in difference.iter().flat_map(|difference| &difference.measures) {
            let row = self.rows.iter_mut().find(|row| row.measured.name == name);
            let row = row.ok_or_else(|| format!("{}: [testbed] differs: no measure {name:?}", self.name))?;
            row.is_known = true;
        }
        self.difference = difference;
        Ok(self)
    }

    /// The measures that disagree, or are known to.
    pub(crate) fn verdict(&self) -> String {
        let list = |is_in: &dyn Fn(&Row) -> bool| {
            let names = self.rows.iter().filter(|row| is_in(row)).map(|row| format!("`{}`", row.measured.name));
            names.collect::<Vec<_>>().join(", ")
        };
        let words = [
            ("**differs**", list(&|row| !row.agrees() && !row.is_known)),
            ("**known difference**", list(&|row| !row.agrees() && row.is_known)),
            (
                "known difference, within the margin",
                list(&|row| row.is_known && row.standing() == Standing::WithinMargin),
            ),
            ("known difference, not seen", list(&|row| row.is_known && row.standing() == Standing::Inside)),
        ];
        let words: Vec<String> = words
            .iter()
            .filter(|(_, names)| !names.is_empty())
            .map(|(word, names)| format!("{word}: {names}"))
            .collect();
        if words.is_empty() { "agrees".to_owned() } else { words.join("; ") }
    }

    /// A comparison of made-up waits without measures.
    #[cfg(test)]
    pub(crate) fn made_up() -> Self {
        let waits: Vec<f64> = (1..=1000).map(|n| if n > 970 { f64::INFINITY } else { f64::from(n) / 1000.0 }).collect();
        Self {
            name: "made-up".to_owned(),
            description: "Made up.".to_owned(),
            runs: 1,
            attempts: waits.len(),
            create_failed: 0,
            lateness_ms: 1.0,
            machines: Vec::new(),
            rows: Vec::new(),
            difference: None,
            changes: true,
            measured_waits: waits.clone(),
            predicted_waits: waits.clone(),
            measured_propagations: waits.clone(),
            predicted_propagations: waits,
            pushes: Vec::new(),
        }
    }

    pub(crate) fn row(&self, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.measured.name == name)
    }

    /// Two cells of a table: a measure with its interval, and its prediction.
    pub(crate) fn cells(&self, name: &str) -> String {
        self.row(name).map_or_else(|| "| ".to_owned(), |row| row.cells().join(" | "))
    }

    /// All measures as rows of a table.
    pub(crate) fn table(&self) -> String {
        self.table_of(&|_| true)
    }

    /// Some measures as rows of a table.
    pub(crate) fn table_of(&self, shows: &dyn Fn(&Row) -> bool) -> String {
        let mut text = "| measure | real parts, 99.9 % | model | verdict |\n|---|---|---|---|\n".to_owned();
        for row in self.rows.iter().filter(|row| shows(row)) {
            let _ = writeln!(text, "| `{}` | {} | {} |", row.measured.name, row.cells().join(" | "), row.verdict());
        }
        text
    }
}

/// Puts the faults as they were in place of those that were asked for.
fn put_faults(table: &mut Table, folder: &Path) -> Result<(), String> {
    let injected: Vec<Injected> = json(&folder.join("faults.json"))?;
    let Some(Value::Array(faults)) = table.get_mut("faults") else { return Ok(()) };
    for injected in injected {
        if let Some(Value::Table(fault)) = faults.get_mut(injected.fault) {
            fault.insert("at".to_owned(), format!("{:.6}s", injected.at).into());
            fault.insert("for".to_owned(), format!("{:.6}s", injected.length).into());
        }
    }
    Ok(())
}

/// Puts the drops of a server that cuts off a frozen subscription where the model expects them: they begin when the
/// receiver's buffers are full, and end when as much was lost as in the calibration.
fn put_server_drops(table: &mut Table, folder: &Path, scenario: &Scenario, calibration: &Path) -> Result<(), String> {
    let meta: serde_json::Value = json(&calibration.join("meta.json"))?;
    let injected: Vec<Injected> = json(&folder.join("faults.json"))?;
    let push_bytes = Bench::read(folder).push_bytes as f64;
    let Some(Value::Array(faults)) = table.get_mut("faults") else { return Ok(()) };
    for (number, fault) in scenario.faults.iter().enumerate() {
        let Some(freeze) = around(fault, &scenario.faults) else { continue };
        let bytes =
            |name: &str| meta[name].as_f64().ok_or("meta.json has no frozen_held_bytes; see `testbed calibrate`");
        let (held, lost) = (bytes("frozen_held_bytes")?, bytes("frozen_lost_bytes")?);
        let place = scenario.faults.iter().position(|other| std::ptr::eq(other, freeze));
        let Some(freeze) = injected.iter().find(|injected| Some(injected.fault) == place) else { continue };
        let Arrivals::Poisson { rate, .. } = &scenario.clients.arrivals else { continue };
        let bytes_per_second = rate / f64::from(scenario.gateways.count) * push_bytes;
        let from = (held / bytes_per_second).min(freeze.length);
        let lasts = (lost / bytes_per_second).clamp(1e-6, (freeze.length - from).max(1e-6));
        if let Some(Value::Table(fault)) = faults.get_mut(number) {
            fault.insert("at".to_owned(), format!("{:.6}s", freeze.at + from).into());
            fault.insert("for".to_owned(), format!("{lasts:.6}s").into());
        }
    }
    Ok(())
}

/// The delays of the real bus and the real HTTP, as they were measured alone.
fn calibrated(calibration: &Path) -> Result<Vec<String>, String> {
    let file = |name: &str| {
        let path = calibration.join(name);
        let path =
            path.canonicalize().map_err(|error| format!("{}: {error}; see `testbed calibrate`", path.display()))?;
        Ok::<String, String>(path.display().to_string())
    };
    let (bus, http) = (file("bus.csv")?, file("http.csv")?);
    Ok(vec![
        format!("bus.delay={{ empirical = {bus:?} }}"),
        format!("http.delay={{ empirical = {http:?} }}"),
        format!("api.client_delay={{ empirical = {http:?} }}"),
    ])
}

/// Compares result folders of one experiment, pooled, with the model. `changes_of_model`: keys of the model with other values,
/// `KEY=VALUE`.
///
/// # Errors
/// What is wrong with the folders.
pub(crate) fn compare(
    folders: &[PathBuf],
    calibration: Option<&Path>,
    changes_of_model: &[String],
) -> Result<Comparison, String> {
    let mut set = calibration.map(calibrated).transpose()?.unwrap_or_default();
    set.extend_from_slice(changes_of_model);
    let (mut measured, mut predicted) = (Seen::default(), Seen::default());
    let mut machines = Vec::new();
    let mut last = None;
    let mut pushes: Vec<Vec<f64>> = Vec::new();
    for folder in folders {
        let path = folder.join("experiment.toml");
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut table: Table = text.parse().map_err(|error| format!("{}: {error}", path.display()))?;
        put_faults(&mut table, folder)?;
        if let Some(calibration) = calibration {
            let plan = Plan::read(&path, &Overrides::default()).map_err(|error| error.to_string())?;
            put_server_drops(&mut table, folder, &plan.scenario(0, 0), calibration)?;
        }
        let predicted_file = folder.join("prediction.toml");
        std::fs::write(&predicted_file, table.to_string()).map_err(|error| error.to_string())?;
        let overrides = Overrides { set: set.clone(), ..Overrides::default() };
        let plan = Plan::read(&predicted_file, &overrides).map_err(|error| error.to_string())?;
        let scenario = plan.scenario(0, 0);
        for replication in 0..REPLICATIONS {
            predicted.extend(&Seen::simulate(&scenario, RunKey { seed: plan.seed, replication }));
        }
        measured.extend(&history::read(folder, &scenario)?);
        machines.push((Machine::read(folder)?, lateness(folder)?));
        pushes.resize(scenario.gateways.count as usize, Vec::new());
        for (all, delays) in pushes.iter_mut().zip(history::push_delays(folder, scenario.gateways.count)?) {
            all.extend(delays);
            all.sort_unstable_by(f64::total_cmp);
        }
        last = Some((plan.name, plan.description, scenario));
    }
    let Some((name, description, scenario)) = last else { return Err("no result folder".to_owned()) };
    let predictions = predicted.measures(&scenario);
    let rows = measured.measures(&scenario).into_iter().filter_map(|measured| {
        let predicted = predictions.iter().find(|predicted| predicted.name == measured.name)?.value;
        Some(Row { measured, predicted, is_known: false })
    });
    Ok(Comparison {
        name,
        description,
        runs: folders.len(),
        attempts: measured.attempts.len(),
        create_failed: measured.create_failed,
        lateness_ms: machines.iter().map(|(_, late)| *late).fold(0.0, f64::max),
        machines,
        rows: rows.collect(),
        difference: None,
        changes: changes(&scenario),
        measured_waits: measured.waits(),
        predicted_waits: predicted.waits(),
        measured_propagations: measured.propagations(&scenario),
        predicted_propagations: predicted.propagations(&scenario),
        pushes,
    })
}

/// How late timers were in a run, at the 99th percentile, ms.
pub(crate) fn lateness(folder: &Path) -> Result<f64, String> {
    let path = folder.join("lateness.json");
    let value: serde_json::Value = json(&path)?;
    value["lateness_p99_ms"].as_f64().ok_or_else(|| format!("{}: no lateness_p99_ms", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(value: f64, low: f64, high: f64, unit: Unit, predicted: f64, is_known: bool) -> Row {
        Row { measured: Measured { name: "a_measure", value, low, high, unit }, predicted, is_known }
    }

    #[test]
    fn cells_have_three_digits_and_say_their_unit_once() {
        let never = f64::INFINITY;
        let rows = [
            (row(0.0411, 0.0406, 0.1234, Unit::Seconds, 0.04, false), ["41.1 [40.6, 123] ms", "40.0 ms"]),
            (row(5.2169, 5.2095, 12.345, Unit::Seconds, never, false), ["5.22 [5.21, 12.3] s", "never"]),
            (row(never, 5.355, never, Unit::Seconds, never, false), ["never [5.36, never] s", "never"]),
            (row(never, never, never, Unit::Seconds, never, false), ["never [never, never]", "never"]),
            (row(1.0, 0.9982, 1.0, Unit::Share, 0.9996, false), ["100 [99.8, 100] %", "100 %"]),
            (row(36.0, 32.2, 39.8, Unit::Count, 37.9, false), ["36.0 [32.2, 39.8] per run", "37.9 per run"]),
        ];
        for (row, cells) in rows {
            assert_eq!(row.cells(), cells);
        }
    }

    #[test]
    fn a_scenario_says_of_each_known_difference_how_it_shows() {
        let verdict = |predicted| {
            let rows = vec![row(0.03, 0.02, 0.04, Unit::Share, predicted, true)];
            Comparison { rows, ..Comparison::made_up() }.verdict()
        };
        assert_eq!(verdict(0.03), "known difference, not seen: `a_measure`");
        assert_eq!(verdict(0.045), "known difference, within the margin: `a_measure`");
        assert_eq!(verdict(0.06), "**known difference**: `a_measure`");
    }

    #[test]
    fn a_known_difference_is_never_called_an_agreement() {
        let verdict = |predicted, is_known| row(0.03, 0.02, 0.04, Unit::Share, predicted, is_known).verdict();
        assert_eq!(
            [0.03, 0.045, 0.06].map(|predicted| verdict(predicted, false)),
            ["agrees", "agrees by the margin", "**differs**"]
        );
        assert!([0.03, 0.045, 0.06].iter().all(|predicted| verdict(*predicted, true).contains("known difference")));
    }
}
