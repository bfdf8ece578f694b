//! Stories of stalled clients: the runs that are searched for them, and their form in the report.
//!
//! The report only shows the stories. The command that writes the report replays the runs.

use serde::Serialize;

use crate::folder::error::Error;
use crate::folder::reader::Reader;
use crate::model::Cause;
use crate::plan::Group;

/// A run in which a cause made a client stall.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StalledRun {
    /// The cause, as `trace` names it: `config_lost`.
    pub cause: &'static str,
    /// Its meaning: `the config was lost on its way`.
    pub meaning: &'static str,
    /// Point and strategy.
    pub group: Group,
    /// The replication.
    pub replication: u32,
    /// Fingerprint of the run, 16 hexadecimal digits.
    pub fingerprint: String,
    /// Events of the run.
    pub events: u64,
}

/// The story of one cause, or why there is none.
#[derive(Clone, Serialize, PartialEq, Eq, Debug)]
pub struct Telling {
    /// What made the client stall.
    pub meaning: &'static str,
    /// Which run it was: point, strategy, replication.
    pub place: String,
    /// The story; empty where there is none.
    pub story: String,
    /// Why there is none.
    pub why_not: String,
    /// The command that prints the story again.
    pub command: String,
}

/// For each cause that made a client stall: the shortest run in which it did, of the strategy in which it did most.
///
/// # Errors
/// If `runs.csv` cannot be read.
pub fn found(reader: &Reader) -> Result<Vec<StalledRun>, Error> {
    let is_cause = |name: &str| Cause::ALL.iter().any(|cause| cause.column() == name);
    let names: Vec<String> = reader.run_measures()?.into_iter().filter(|name| is_cause(name)).collect();
    let runs = reader.runs(is_cause)?;
    let mut all = Vec::new();
    for cause in Cause::ALL {
        let Some(place) = names.iter().position(|name| name == cause.column()) else { continue };
        let stalls = |strategy: usize| -> f64 {
            runs.iter().filter(|run| run.group.strategy == strategy).filter_map(|run| run.measures[place]).sum()
        };
        let totals: Vec<f64> = (0..reader.strategies().len()).map(stalls).collect();
        let most = totals.iter().copied().fold(0.0, f64::max);
        let Some(strategy) = totals.iter().position(|total| *total >= most).filter(|_| most > 0.0) else { continue };
        let with = runs
            .iter()
            .filter(|run| run.group.strategy == strategy && run.measures[place].is_some_and(|stalls| stalls > 0.0));
        let shortest = with.min_by_key(|run| (run.events, run.group.point, run.replication));
        all.extend(shortest.map(|run| StalledRun {
            cause: cause.word(),
            meaning: cause.meaning(),
            group: run.group,
            replication: run.replication,
            fingerprint: run.fingerprint.clone(),
            events: run.events,
        }));
    }
    Ok(all)
}
