//! Whether the warm-up is long enough: pilot runs from an empty start, judged by MSER-5.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::atomic::AtomicBool;

use super::estimate::Estimator;
use super::options::RunOptions;
use super::row::{Row, RunPool};
use super::runner::{Ending, RunFailure, Runner, Sink, Stored};
use crate::measure::{SERIES, SeriesBin};
use crate::model::Scenario;
use crate::plan::Group;
use crate::plan::{Plan, Replications};
use crate::run::simulate;
use des::Duration;
use stats::mser::{self, Truncation};

/// Pilot runs of each point and strategy. Their average is judged.
pub const PILOTS: u32 = 5;

/// Bins of a pilot's series: a hundred batches of five.
const BINS: u64 = 500;

/// Maximum number of points examined: the first, the middle one and the last.
const POINTS_MAX: usize = 3;

/// Measures of the series that have a steady state.
const JUDGED: [&str; 7] =
    ["attempts", "stall_rate", "table_mean", "stale_fraction", "missing_fraction", "api_utilization", "api_queue_mean"];

/// Least number of stalls in all for a judgement of the stall rate: ten in each of a hundred batches.
const STALLS_MIN: f64 = 1000.0;

/// The result of the pilots of one point and strategy for one measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// Point and strategy.
    pub group: Group,
    /// The measure.
    pub measure: &'static str,
    /// Start of the steady state; none: the measure is not steady by the middle of the horizon.
    pub steady_from: Option<Duration>,
}

/// The system provides no thread for the runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoThread;

/// Judges the warm-up of `plan` by pilot runs, `jobs` at once.
///
/// A measure without values, or with a constant value, is left out. A pilot that panics is left out too.
///
/// # Errors
/// If the system provides no thread.
pub fn advise(plan: &Plan, jobs: usize) -> Result<Vec<Advice>, NoThread> {
    let points = looked_at(plan.points.len());
    let scenario = |group: Group| {
        let mut scenario: Scenario = plan.scenario(points[group.point], group.strategy);
        scenario.warmup = Duration::ZERO;
        scenario.bin = Some(bin(scenario.horizon));
        scenario
    };
    let mut pilots = Pilots { plan, points: &points, advice: Vec::new() };
    let stop = AtomicBool::new(false);
    let runner = Runner {
        points: points.len(),
        strategies: plan.strategies.len(),
        replications: &Replications::Fixed(PILOTS),
        chosen: None,
        confidence: plan.confidence,
        seed: plan.seed,
        options: &RunOptions::plain(jobs, &stop, &simulate),
        scenario: &scenario,
    };
    let Ok(ending) = runner.run(&mut pilots);
    if ending == Ending::NoThread { Err(NoThread) } else { Ok(pilots.advice) }
}

fn looked_at(points: usize) -> Vec<usize> {
    let mut looked: Vec<usize> = match points {
        0..=POINTS_MAX => (0..points).collect(),
        _ => vec![0, points / 2, points - 1],
    };
    looked.dedup();
    looked
}

fn bin(horizon: Duration) -> Duration {
    Duration::from_nanos((horizon.as_nanos() / BINS).max(1))
}

struct Pilots<'a> {
    plan: &'a Plan,
    points: &'a [usize],
    advice: Vec<Advice>,
}

impl Sink for Pilots<'_> {
    type Error = Infallible;

    fn stored(&mut self, _group: Group) -> Result<Stored, Infallible> {
        Ok(Stored::default())
    }

    fn rows(&mut self, _rows: &[Row], _pool: &RunPool) -> Result<(), Infallible> {
        Ok(())
    }

    fn group(&mut self, group: Group, _rows: Vec<Row>, pool: RunPool) -> Result<(), Infallible> {
        let group = Group { point: self.points[group.point], ..group };
        let bin = bin(self.plan.scenario(group.point, group.strategy).horizon);
        let mut estimator = Estimator::new(self.plan.confidence);
        let stalls = averaged(&pool.series, "stalled", &mut estimator).iter().sum::<f64>() * f64::from(PILOTS);
        for measure in JUDGED.into_iter().filter(|&measure| measure != "stall_rate" || stalls >= STALLS_MIN) {
            let series = averaged(&pool.series, measure, &mut estimator);
            let changes = series.windows(2).any(|pair| (pair[0] - pair[1]).abs() > 0.0);
            if let Some(truncation) = mser::truncation(&series).filter(|_| changes) {
                let steady_from = match truncation {
                    Truncation::Drop(bins) => Some(bin.times(bins as u64)),
                    Truncation::Unsettled => None,
                };
                self.advice.push(Advice { group, measure, steady_from });
            }
        }
        Ok(())
    }

    fn failed(&mut self, _failure: RunFailure) -> Result<(), Infallible> {
        Ok(())
    }
}

/// A measure's series, estimated over the runs; a bin without values repeats the previous bin.
fn averaged(runs: &BTreeMap<u32, Vec<SeriesBin>>, measure: &str, estimator: &mut Estimator) -> Vec<f64> {
    let index = SERIES.iter().position(|series| series.name == measure).expect("a measure of the series");
    let mut series = Vec::new();
    for bin in 0..usize::try_from(BINS).expect("few") {
        let bins: Vec<&SeriesBin> = runs.values().filter_map(|run| run.get(bin)).collect();
        series.extend(estimator.bin(&bins, index).mean.or_else(|| series.last().copied()));
    }
    series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_and_the_middle_of_a_sweep_are_looked_at() {
        assert_eq!(looked_at(1), [0]);
        assert_eq!(looked_at(3), [0, 1, 2]);
        assert_eq!(looked_at(100), [0, 50, 99]);
    }

    #[test]
    fn runs_are_averaged_bin_by_bin() {
        let index = SERIES.iter().position(|series| series.name == "table_mean").expect("a measure");
        let run = |values: [Option<f64>; 3]| -> Vec<SeriesBin> {
            let bin = |value| {
                let mut bin = [None; SERIES.len()];
                bin[index] = value;
                bin
            };
            values.into_iter().map(bin).collect()
        };
        let runs = BTreeMap::from([(0, run([Some(1.0), None, None])), (1, run([Some(3.0), None, Some(5.0)]))]);
        assert_eq!(averaged(&runs, "table_mean", &mut Estimator::new(0.95))[..3], [2.0, 2.0, 5.0]);
    }
}
