//! `testbed few` and `testbed all`: sets of scenarios, and the document that shows what came out.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::calibrate::calibrate;
use crate::compare::{Comparison, LATE_MS, compare};
use crate::run::{nats_version, run};

/// Scenarios of `few`: a push with losses, a pull, and a killed gateway.
const FEW: [&str; 3] = ["core-drop", "pull-initiate", "jetstream-kill"];

/// Tries of a scenario on a machine whose timers are late.
const TRIES: u32 = 2;

fn scenarios() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios")
}

/// Runs a scenario with some seeds, and compares.
fn scenario(file: &Path, seeds: u64, folder: &Path, calibration: &Path) -> Result<Comparison, String> {
    let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut folders = Vec::new();
    for seed in 1..=seeds {
        let out = folder.join(format!("{name}-{seed}"));
        run(file, &out, seed)?;
        folders.push(out);
    }
    compare(&folders, Some(calibration))
}

/// Three scenarios with one seed. Whether all agree; on a machine whose timers are late nothing is said.
///
/// # Errors
/// What is wrong with the folder or the machine.
pub(crate) fn few(folder: &Path) -> Result<bool, String> {
    let calibration = folder.join("calibration");
    calibrate(&calibration)?;
    let mut agreed = true;
    for name in FEW {
        let file = scenarios().join(format!("{name}.toml"));
        let mut judged = false;
        for attempt in 1..=TRIES {
            let comparison = scenario(&file, 1, &folder.join(format!("try-{attempt}")), &calibration)?;
            println!("{name}: {} clients, timers late by {:.1} ms at p99", comparison.clients, comparison.lateness_ms);
            print!("{}", comparison.table());
            if comparison.lateness_ms <= LATE_MS {
                agreed &= comparison.agrees();
                judged = true;
                break;
            }
        }
        if !judged {
            println!("{name}: not judged: the machine's timers were late by more than {LATE_MS} ms in {TRIES} tries");
        }
    }
    Ok(agreed)
}

/// Every scenario with three seeds. Writes `docs/validation.md`.
///
/// # Errors
/// What is wrong with the folder or the machine.
pub(crate) fn all(folder: &Path) -> Result<bool, String> {
    const SEEDS: u64 = 3;
    let calibration = folder.join("calibration");
    calibrate(&calibration)?;
    let mut files: Vec<PathBuf> = std::fs::read_dir(scenarios())
        .map_err(|error| format!("{}: {error}", scenarios().display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    let mut comparisons = Vec::new();
    for file in files {
        let comparison = scenario(&file, SEEDS, folder, &calibration)?;
        print!("{}", comparison.table());
        comparisons.push(comparison);
    }
    let meta = std::fs::read_to_string(calibration.join("meta.json")).map_err(|error| error.to_string())?;
    let page = page(&comparisons, &meta, &nats_version()?, SEEDS);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/validation.md");
    std::fs::write(&path, page).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(comparisons.iter().all(Comparison::agrees))
}

/// The document: its text, the table of all scenarios, and a section for each.
fn page(comparisons: &[Comparison], meta: &str, nats: &str, seeds: u64) -> String {
    let mut text = include_str!("validation.md").to_owned();
    let _ = writeln!(text, "\n## Results\n\nMade by `testbed all`: {seeds} seeds a scenario, pooled; {nats}.\n");
    text += "| scenario | clients | timers late at p99, ms | measures that agree | verdict |\n|---|---|---|---|---|\n";
    for comparison in comparisons {
        let agree = comparison.rows.iter().filter(|row| crate::measure::agrees(&row.measured, row.predicted)).count();
        let verdict = if comparison.agrees() { "agrees" } else { "**differs**" };
        let Comparison { name, clients, lateness_ms, rows, .. } = comparison;
        let _ = writeln!(text, "| {name} | {clients} | {lateness_ms:.1} | {agree} of {} | {verdict} |", rows.len());
    }
    for comparison in comparisons {
        let Comparison { name, description, runs, create_failed, .. } = comparison;
        let _ = writeln!(text, "\n### {name}\n\n{description}\n\n{runs} runs; {create_failed} creates failed.\n");
        text += &comparison.table();
    }
    let _ = writeln!(text, "\n### The machine\n\n```json\n{}\n```", meta.trim());
    text
}
