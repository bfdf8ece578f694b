//! What is kept of each run: a line of `runs.csv`, and what is pooled over the runs of a point and strategy.

use std::collections::BTreeMap;

use crate::measure::{Distributions, MEASURES, RunOutcome, SeriesBin};
use crate::plan::Group;

/// One run's line in `runs.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Point and strategy.
    pub group: Group,
    /// The replication, from 0.
    pub replication: u32,
    /// Running hash of the event history.
    pub fingerprint: u64,
    /// Events handled.
    pub events: u64,
    /// One value for each of [`MEASURES`]; none where undefined; never NaN.
    pub measures: [Option<f64>; MEASURES.len()],
}

impl Row {
    /// The row of a run that has ended.
    #[must_use]
    pub fn new(group: Group, replication: u32, outcome: &RunOutcome) -> Self {
        Self {
            group,
            replication,
            fingerprint: outcome.fingerprint,
            events: outcome.events,
            measures: outcome.measures,
        }
    }
}

/// What the runs of a group hold beyond their rows: the samples behind `distributions.csv` and `timeseries.csv`.
///
/// Pooling is exact and does not depend on the order.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    /// The distributions, pooled.
    pub distributions: Distributions,
    /// The time series of each replication; an empty one where the scenario has no bins.
    pub series: BTreeMap<u32, Vec<SeriesBin>>,
}

impl Pool {
    /// What one run holds.
    #[must_use]
    pub fn of(replication: u32, outcome: RunOutcome) -> Self {
        Self { distributions: outcome.distributions, series: BTreeMap::from([(replication, outcome.series)]) }
    }

    /// Adds the runs of `other`.
    ///
    /// # Panics
    /// If a run is in both: it would count twice.
    pub fn merge(&mut self, other: Self) {
        if self.is_empty() {
            *self = other;
            return;
        }
        self.distributions.merge(&other.distributions);
        for (replication, series) in other.series {
            let twice = self.series.insert(replication, series).is_some();
            assert!(!twice, "replication {replication} would count twice");
        }
    }

    /// The replications in it, ascending.
    pub fn replications(&self) -> impl Iterator<Item = u32> + '_ {
        self.series.keys().copied()
    }

    /// Whether it holds no run.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }
}
