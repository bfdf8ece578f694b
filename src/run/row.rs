//! Data kept of each run: a line of `runs.csv`, and samples that are pooled over the runs of a point and strategy.

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
    /// The row of a finished run.
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

/// Data of the runs of a group beyond their rows: the samples behind `distributions.csv` and `timeseries.csv`.
///
/// Pooling is exact and does not depend on the order.
#[derive(Clone, Debug, Default)]
pub struct RunPool {
    /// The distributions, pooled.
    pub distributions: Distributions,
    /// The time series of each replication; empty if the scenario has no bins.
    pub series: BTreeMap<u32, Vec<SeriesBin>>,
}

impl RunPool {
    /// The pool of one run.
    #[must_use]
    pub fn of(replication: u32, outcome: RunOutcome) -> Self {
        Self { distributions: outcome.distributions, series: BTreeMap::from([(replication, outcome.series)]) }
    }

    /// Adds the runs of `other`.
    ///
    /// # Panics
    /// If both pools contain the same run: it would count twice.
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

    /// The replications in the pool, ascending.
    pub fn replications(&self) -> impl Iterator<Item = u32> + '_ {
        self.series.keys().copied()
    }

    /// Whether the pool contains no run.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }
}
