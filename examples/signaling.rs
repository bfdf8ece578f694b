//! Holds a result folder of `experiments/signaling.toml` against theory: a tidy CSV file on stdout.
//!
//! ```text
//! cargo run --release --example signaling -- results/signaling > results/signaling/theory.csv
//! ```

use std::io::{Write, stdout};
use std::path::Path;

use pushpull::experiment::{Group, Plan};
use pushpull::output::{manifest::Manifest, runs::RunsReader};
use pushpull::signaling::{Observed, Setting, Timers, lockstep};
use pushpull::stats::{Student, mean};

fn main() {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "results/signaling".to_owned());
    if let Err(error) = compare(Path::new(&folder)) {
        eprintln!("error: {folder}: {error}");
        std::process::exit(1);
    }
}

/// Writes, for each point, strategy and measure, what theory says and what the runs showed.
fn compare(folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let manifest = Manifest::read(folder)?.ok_or("it is no result folder")?;
    let plan = Plan::from_table(&manifest.experiment, &manifest.data)?;
    let mut reader = RunsReader::open(&plan, &folder.join("runs.csv"))?;
    let mut student = Student::new(plan.confidence);
    let mut out = stdout().lock();
    writeln!(out, "protocol,timers,refresh_s,loss,measure,theory,lockstep,n,mean,ci_low,ci_high")?;
    for point in 0..plan.points.len() {
        for strategy in 0..plan.strategies.len() {
            let name = &plan.strategies[strategy];
            let setting = Setting::of(&plan.scenario(point, strategy)).map_err(|why| format!("{name}: {why}"))?;
            let mut runs = Vec::new();
            while let Some(row) = reader.next_of(Group { point, strategy }) {
                runs.extend(Observed::of(&row.measures, &setting));
            }
            let (theory, chain) = (setting.prediction(), lockstep(setting.protocol, &setting.parameters));
            let timers = if setting.timers == Timers::Constant { "constant" } else { "exponential" };
            let refresh =
                if setting.protocol.is_soft() { setting.parameters.refresh.to_string() } else { String::new() };
            let rows = [
                (
                    "inconsistency",
                    theory.inconsistency,
                    chain.inconsistency,
                    runs.iter().map(|run| run.inconsistency).collect::<Vec<f64>>(),
                ),
                (
                    "message_rate",
                    theory.message_rate,
                    chain.message_rate,
                    runs.iter().map(|run| run.message_rate).collect(),
                ),
            ];
            for (measure, theory, chain, values) in rows {
                let estimate = mean::estimate(&values, &mut student);
                let cell = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
                writeln!(
                    out,
                    "{},{timers},{refresh},{},{measure},{theory},{chain},{},{},{},{}",
                    setting.protocol.name(),
                    setting.parameters.loss,
                    estimate.n,
                    cell(estimate.mean),
                    cell(estimate.interval.map(|(low, _)| low)),
                    cell(estimate.interval.map(|(_, high)| high)),
                )?;
            }
        }
    }
    Ok(())
}
