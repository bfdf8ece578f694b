//! `testbed few` and `testbed all`: sets of scenarios, and the document that shows what came out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use draw::Theme;
use toml::Table;

use crate::calibrate::{PIECES, calibrate};
use crate::compare::{Comparison, LATE_MS, compare, lateness};
use crate::figure::{figure, propagation};
use crate::history::json;
use crate::page::{numbers, page, pushes, runs, sections};
use crate::power::{errors, try_errors};
use crate::run::{known_difference, refuse_other, run};

/// Scenarios of `few`: a push with losses, a pull, and a killed gateway.
const FEW: [&str; 3] = ["core-drop", "pull-initiate", "jetstream-kill"];

/// Tries of a scenario of `few`. A measure fails if it disagrees in two tries on a machine that is not late.
const TRIES: u32 = 3;

/// Seeds of `all`, and how often a run is made again on a late machine.
pub(crate) const SEEDS: u64 = 3;
const AGAIN: u32 = 3;

fn root() -> &'static Path {
    // Without "..", which needs folders that a container lacks.
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("this package is in testbed/live")
}

/// The file of a scenario.
pub(crate) fn scenario_file(name: &str) -> PathBuf {
    root().join("testbed/scenarios").join(format!("{name}.toml"))
}

fn shown(path: &Path, error: &dyn std::fmt::Display) -> String {
    format!("{}: {error}", path.display())
}

fn read(path: &Path) -> Result<Table, String> {
    let text = std::fs::read_to_string(path).map_err(|error| shown(path, &error))?;
    text.parse().map_err(|error| shown(path, &error))
}

fn write(path: &Path, text: impl AsRef<[u8]>) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| shown(path, &error))
}

/// How the tries of one scenario ended.
enum Verdict {
    Agrees,
    Differs(Vec<&'static str>),
    Unknown,
}

/// Tries a scenario until it agrees, or until a measure has disagreed twice.
fn judge(name: &str, folder: &Path, calibration: &Path) -> Result<Verdict, String> {
    let file = scenario_file(name);
    let mut disagreed: BTreeMap<&'static str, u32> = BTreeMap::new();
    for attempt in 1..=TRIES {
        let out = folder.join(format!("{name}-try-{attempt}"));
        run(&file, &out, u64::from(attempt))?;
        let comparison = compare(&[out], Some(calibration), &[])?;
        println!("{name}: {} attempts, timers late by {:.1} ms at p99", comparison.attempts, comparison.lateness_ms);
        print!("{}", comparison.table());
        if comparison.lateness_ms > LATE_MS {
            println!("{name}: not judged: timers were late by more than {LATE_MS} ms");
            continue;
        }
        if comparison.agrees() {
            return Ok(Verdict::Agrees);
        }
        for row in comparison.rows.iter().filter(|row| !row.agrees()) {
            *disagreed.entry(row.measured.name).or_default() += 1;
        }
        let twice: Vec<&str> = disagreed.iter().filter(|(_, times)| **times == 2).map(|(name, _)| *name).collect();
        if !twice.is_empty() {
            return Ok(Verdict::Differs(twice));
        }
    }
    Ok(Verdict::Unknown)
}

/// Calibrates until the machine is not late. Whether it was so at last.
fn is_calibrated(folder: &Path, whole: bool) -> Result<bool, String> {
    for _ in 0..TRIES {
        if calibrate(folder, whole, None)? <= LATE_MS {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Three scenarios with one seed. Whether none differs; on a machine whose timers are late nothing is said.
///
/// # Errors
/// What is wrong with the folder or the machine.
pub(crate) fn few(folder: &Path) -> Result<bool, String> {
    let calibration = folder.join("calibration");
    if !is_calibrated(&calibration, false)? {
        println!("skipped: in {TRIES} calibrations the machine was late by more than {LATE_MS} ms");
        return Ok(true);
    }
    let mut agreed = true;
    for name in FEW {
        match judge(name, folder, &calibration)? {
            Verdict::Agrees => println!("{name}: agrees"),
            Verdict::Differs(measures) => {
                agreed = false;
                println!("{name}: DIFFERS in two runs: {}", measures.join(", "));
            }
            Verdict::Unknown => println!("{name}: skipped: {TRIES} runs on this machine do not show whether it agrees"),
        }
    }
    Ok(agreed)
}

/// The folders of a scenario's runs.
fn made(file: &Path, folder: &Path) -> Vec<PathBuf> {
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    (1..=SEEDS).map(|seed| folder.join(format!("{name}-{seed}"))).collect()
}

/// Makes one run, again while the machine is late. A run that is in the folder is not made again.
fn quiet_run(file: &Path, out: &Path, seed: u64) -> Result<(), String> {
    if out.join("runs.csv").is_file() {
        return Ok(());
    }
    for attempt in 1..=AGAIN {
        if out.is_dir() {
            std::fs::remove_dir_all(out).map_err(|error| shown(out, &error))?;
        }
        run(file, out, seed)?;
        if attempt == AGAIN || lateness(out)? <= LATE_MS {
            break;
        }
    }
    Ok(())
}

/// Runs a scenario with all seeds side by side, and compares.
fn scenario(file: &Path, folder: &Path, calibration: &Path) -> Result<Comparison, String> {
    let folders = made(file, folder);
    std::thread::scope(|scope| {
        let runs: Vec<_> =
            folders.iter().zip(1..).map(|(out, seed)| scope.spawn(move || quiet_run(file, out, seed))).collect();
        runs.into_iter().try_for_each(|run| run.join().expect("no panic"))
    })?;
    let description = read(file)?["description"].as_str().unwrap_or_default().to_owned();
    Comparison { description, ..compare(&folders, Some(calibration), &[])? }.with(known_difference(file)?)
}

/// Every scenario with three seeds. Whether none differs in an unknown way. Writes `docs/validation.md`, and into
/// `docs/validation` the calibration, the figures, the numbers and the tables of all scenarios. Runs of the same experiments
/// that are in the folder are not made again.
///
/// # Errors
/// What is wrong with the folder or the machine.
pub(crate) fn all(folder: &Path) -> Result<bool, String> {
    let calibration = folder.join("calibration");
    if !calibration.join("meta.json").is_file() && !is_calibrated(&calibration, true)? {
        return Err(format!("in {TRIES} calibrations the machine was late by more than {LATE_MS} ms"));
    }
    let scenarios = root().join("testbed/scenarios");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&scenarios)
        .map_err(|error| shown(&scenarios, &error))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    // Before anything is run.
    for file in &files {
        for out in made(file, folder) {
            if out.join("runs.csv").is_file() {
                refuse_other(file, &out)?;
            }
        }
    }
    let mut comparisons = Vec::new();
    let mut tables = Vec::new();
    for file in files {
        tables.push(read(&file)?);
        let comparison = scenario(&file, folder, &calibration)?;
        println!("{}: timers late by {:.1} ms at p99", comparison.name, comparison.lateness_ms);
        print!("{}", comparison.table());
        comparisons.push(comparison);
    }
    let tries = try_errors(|name| made(&scenario_file(name), folder), &calibration)?;
    let docs = root().join("docs");
    let figures = docs.join("validation");
    let kept = figures.join("calibration");
    std::fs::create_dir_all(&kept).map_err(|error| shown(&kept, &error))?;
    for name in PIECES.iter().map(|piece| format!("{piece}.csv")).chain(["meta.json".to_owned()]) {
        let from = calibration.join(&name);
        std::fs::copy(&from, kept.join(&name)).map_err(|error| shown(&from, &error))?;
    }
    let meta: serde_json::Value = json(&calibration.join("meta.json"))?;
    for comparison in &comparisons {
        let svg = draw::svg(&figure(comparison), Theme::Light);
        write(&figures.join(format!("{}.svg", comparison.name)), svg)?;
        if let Some(figure) = propagation(comparison) {
            write(&figures.join(format!("{}.svg", figure.name)), draw::svg(&figure, Theme::Light))?;
        }
    }
    write(&docs.join("validation.md"), page(&comparisons, &tries, &meta))?;
    write(&figures.join("scenarios.md"), sections(&comparisons, &tables))?;
    write(&figures.join("measured.csv"), numbers(&comparisons))?;
    write(&figures.join("runs.csv"), runs(&comparisons))?;
    write(&figures.join("errors.csv"), errors(&tries))?;
    write(&figures.join("pushes.csv"), pushes(&comparisons))?;
    Ok(comparisons.iter().all(Comparison::is_understood))
}
