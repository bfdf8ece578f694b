//! Compares a result folder of `studies/signaling/signaling.toml` with theory: a tidy CSV file on stdout.
//!
//! ```text
//! cargo run --release --package pushpull-signaling -- results/signaling > results/signaling/theory.csv
//! ```
//!
//! Rows based on runs have `n` > 0. The other rows are theory alone, closely spaced, for the lines of a figure.

use std::io::{StdoutLock, Write, stdout};
use std::path::Path;

use pushpull::folder::manifest::Manifest;
use pushpull::folder::runs::RunsReader;
use pushpull::plan::Group;
use pushpull::plan::Plan;
use signaling::{Observed, Parameters, Prediction, Setting, Timers, lockstep};
use stats::{Student, mean};

/// Number of points of a line.
const STEPS: u32 = 40;
/// Refresh timers of the lines, s.
const REFRESH: (f64, f64) = (1.5, 60.0);
/// Losses of the lines.
const LOSS: (f64, f64) = (0.002, 0.3);
/// Refresh timer of the lines over the loss, s.
const MIDDLE: f64 = 5.0;

fn main() {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "results/signaling".to_owned());
    if let Err(error) = compare(Path::new(&folder)) {
        eprintln!("error: {folder}: {error}");
        std::process::exit(1);
    }
}

/// A measure of the study, in theory and in a run.
type Measure = (&'static str, fn(&Prediction) -> f64, fn(&Observed) -> f64);

const MEASURES: [Measure; 2] = [
    ("inconsistency", |theory| theory.inconsistency, |run| run.inconsistency),
    ("message_rate", |theory| theory.message_rate, |run| run.message_rate),
];

/// Writes, for each point, strategy and measure, the values of theory and runs; then the lines.
fn compare(folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let manifest = Manifest::read(folder)?.ok_or("it is no result folder")?;
    let plan = Plan::from_table(&manifest.experiment, &manifest.data)?;
    let mut reader = RunsReader::open(&plan, &folder.join("runs.csv"))?;
    let mut student = Student::new(plan.confidence);
    let mut out = stdout().lock();
    writeln!(out, "protocol,timers,refresh_s,loss,measure,theory,lockstep,n,mean,ci_low,ci_high")?;
    for point in 0..plan.points.len() {
        for strategy in 0..plan.strategies.len() {
            let setting = setting(&plan, point, strategy)?;
            let mut runs = Vec::new();
            while let Some(row) = reader.next_of(Group { point, strategy }) {
                runs.extend(Observed::of(&row.measures, &setting));
            }
            write(&mut out, &setting, &runs, &mut student)?;
        }
    }
    for strategy in 0..plan.strategies.len() {
        let setting = setting(&plan, 0, strategy)?;
        let mut losses: Vec<f64> = Vec::new();
        for point in 0..plan.points.len() {
            let loss = plan.scenario(point, strategy).bus.loss;
            if !losses.contains(&loss) {
                losses.push(loss);
            }
        }
        let ratio = setting.parameters.expiry / setting.parameters.refresh;
        let with = |refresh: f64, loss: f64| {
            let parameters = Parameters { loss, refresh, expiry: ratio * refresh, ..setting.parameters };
            Setting { parameters, ..setting }
        };
        for loss in losses {
            for refresh in steps(REFRESH) {
                write(&mut out, &with(refresh, loss), &[], &mut student)?;
            }
        }
        for loss in steps(LOSS) {
            write(&mut out, &with(MIDDLE, loss), &[], &mut student)?;
        }
    }
    Ok(())
}

/// Values from one end to the other, evenly spaced on a logarithmic scale.
fn steps((from, to): (f64, f64)) -> impl Iterator<Item = f64> {
    (0..=STEPS).map(move |step| from * libm::pow(to / from, f64::from(step) / f64::from(STEPS)))
}

fn setting(plan: &Plan, point: usize, strategy: usize) -> Result<Setting, String> {
    Setting::of(&plan.scenario(point, strategy)).map_err(|why| format!("{}: {why}", plan.strategies[strategy]))
}

/// Writes a line for each measure.
fn write(out: &mut StdoutLock<'_>, setting: &Setting, runs: &[Observed], student: &mut Student) -> std::io::Result<()> {
    let Parameters { loss, refresh, .. } = setting.parameters;
    let (theory, chain) = (setting.prediction(), lockstep(setting.protocol, &setting.parameters));
    let timers = if setting.timers == Timers::Constant { "constant" } else { "exponential" };
    let refresh = if setting.protocol.is_soft() { refresh.to_string() } else { String::new() };
    let cell = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    for (measure, predicted, observed) in MEASURES {
        let estimate = mean::estimate(&runs.iter().map(observed).collect::<Vec<f64>>(), student);
        let name = setting.protocol.name();
        write!(out, "{name},{timers},{refresh},{loss},{measure},{},{},", predicted(&theory), predicted(&chain))?;
        let (low, high) = (estimate.interval.map(|(low, _)| low), estimate.interval.map(|(_, high)| high));
        writeln!(out, "{},{},{},{}", estimate.n, cell(estimate.mean), cell(low), cell(high))?;
    }
    Ok(())
}
