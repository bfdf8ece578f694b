//! `testbed compare`: what was measured beside what the model predicts, and the verdict.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use des::RunKey;
use pushpull::model::{Arrivals, Scenario};
use pushpull::plan::{Overrides, Plan};
use toml::{Table, Value};

use crate::bench::Bench;
use crate::history::{self, json};
use crate::measure::{Measured, Seen, Unit, agrees};
use crate::run::{Injected, around};

/// Simulated runs of a prediction.
const REPLICATIONS: u32 = 60;

/// The machine was later than this, ms: its times say nothing.
pub(crate) const LATE_MS: f64 = 15.0;

/// One measure of a scenario.
pub(crate) struct Row {
    pub(crate) measured: Measured,
    pub(crate) predicted: f64,
}

impl Row {
    pub(crate) fn agrees(&self) -> bool {
        agrees(&self.measured, self.predicted)
    }

    /// A value in the measure's unit.
    fn show(&self, value: f64) -> String {
        if value.is_infinite() {
            "never".to_owned()
        } else {
            match self.measured.unit {
                Unit::Share | Unit::TimeShare => format!("{:.2} %", value * 100.0),
                Unit::Seconds => format!("{:.1} ms", value * 1000.0),
                Unit::Count => format!("{value:.1}"),
            }
        }
    }

    /// What was measured and predicted, in words.
    pub(crate) fn sentence(&self) -> String {
        let Measured { name, value, low, high, .. } = self.measured;
        let [value, low, high, predicted] = [value, low, high, self.predicted].map(|value| self.show(value));
        format!("{name}: real parts {value} [{low}, {high}], model {predicted}.")
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
    pub(crate) rows: Vec<Row>,
    /// What the real parts are known to do otherwise.
    pub(crate) difference: Option<String>,
    /// All waits in order, s.
    pub(crate) measured_waits: Vec<f64>,
    pub(crate) predicted_waits: Vec<f64>,
    /// All times of versions to their gateway in order, s; empty where they are not measured.
    pub(crate) measured_propagations: Vec<f64>,
    pub(crate) predicted_propagations: Vec<f64>,
}

impl Comparison {
    pub(crate) fn agrees(&self) -> bool {
        self.rows.iter().all(Row::agrees)
    }

    /// The measures that disagree.
    pub(crate) fn verdict(&self) -> String {
        let differ: Vec<String> =
            self.rows.iter().filter(|row| !row.agrees()).map(|row| format!("`{}`", row.measured.name)).collect();
        if differ.is_empty() { "agrees".to_owned() } else { format!("**differs**: {}", differ.join(", ")) }
    }

    /// Two cells of a table: a measure with its interval, and its prediction.
    pub(crate) fn cells(&self, name: &str) -> String {
        let Some(row) = self.rows.iter().find(|row| row.measured.name == name) else { return "| ".to_owned() };
        let Measured { value, low, high, .. } = row.measured;
        let [value, low, high, predicted] = [value, low, high, row.predicted].map(|value| row.show(value));
        format!("{value} [{low}, {high}] | {predicted}")
    }

    /// As rows of a table.
    pub(crate) fn table(&self) -> String {
        let mut text = "| measure | real parts, 99.9 % | model | verdict |\n|---|---|---|---|\n".to_owned();
        for row in &self.rows {
            let verdict = if row.agrees() { "agrees" } else { "**differs**" };
            let Measured { name, value, low, high, .. } = row.measured;
            let [value, low, high, predicted] = [value, low, high, row.predicted].map(|value| row.show(value));
            let _ = writeln!(text, "| `{name}` | {value} [{low}, {high}] | {predicted} | {verdict} |");
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

/// Compares result folders of one experiment, pooled, with the model.
///
/// # Errors
/// What is wrong with the folders.
pub(crate) fn compare(folders: &[PathBuf], calibration: Option<&Path>) -> Result<Comparison, String> {
    let set = calibration.map(calibrated).transpose()?.unwrap_or_default();
    let (mut measured, mut predicted) = (Seen::default(), Seen::default());
    let mut lateness_ms = 0.0_f64;
    let mut last = None;
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
        lateness_ms = lateness_ms.max(lateness(folder)?);
        last = Some((plan.name, plan.description, scenario));
    }
    let Some((name, description, scenario)) = last else { return Err("no result folder".to_owned()) };
    let predictions = predicted.measures(&scenario);
    let rows = measured.measures(&scenario).into_iter().filter_map(|measured| {
        let predicted = predictions.iter().find(|predicted| predicted.name == measured.name)?.value;
        Some(Row { measured, predicted })
    });
    Ok(Comparison {
        name,
        description,
        runs: folders.len(),
        attempts: measured.attempts.len(),
        create_failed: measured.create_failed,
        lateness_ms,
        rows: rows.collect(),
        difference: None,
        measured_waits: measured.waits(),
        predicted_waits: predicted.waits(),
        measured_propagations: measured.propagations(&scenario),
        predicted_propagations: predicted.propagations(&scenario),
    })
}

/// How late timers were in a run, at the 99th percentile, ms.
pub(crate) fn lateness(folder: &Path) -> Result<f64, String> {
    let path = folder.join("lateness.json");
    let value: serde_json::Value = json(&path)?;
    value["lateness_p99_ms"].as_f64().ok_or_else(|| format!("{}: no lateness_p99_ms", path.display()))
}
