//! The outcome of a run.

use super::samples::Samples;
use super::stale_age::StaleAge;
use super::table::{DISTRIBUTIONS, MEASURES};

/// The result of one run: a pure function of scenario and key.
#[derive(Clone, Debug)]
pub struct RunOutcome {
    /// Running hash of the event history.
    pub fingerprint: u64,
    /// Events handled.
    pub events: u64,
    /// One value for each of [`MEASURES`]; none where a measure is undefined; infinite where its definition says so;
    /// never NaN.
    pub measures: [Option<f64>; MEASURES.len()],
    /// The distributions.
    pub distributions: Distributions,
    /// The time series, if the scenario has bins.
    pub series: Vec<SeriesBin>,
}

/// The distributions of a run, or of many runs pooled.
#[derive(Clone, Debug, Default)]
pub struct Distributions {
    /// Handshake wait, time to connect, create time, propagation.
    pub samples: [Samples; 4],
    /// Stale age, over record-time.
    pub stale_age: StaleAge,
}

impl Distributions {
    /// Pools `other` into this.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.samples.iter_mut().zip(&other.samples) {
            mine.merge(theirs);
        }
        self.stale_age.merge(&other.stale_age);
    }

    /// Prepares all distributions once, so that many quantiles are cheap.
    pub fn sort(&mut self) {
        self.samples.iter_mut().for_each(Samples::sort);
        self.stale_age.sort();
    }

    /// Number of values of distribution `index` of [`DISTRIBUTIONS`] (of the stale age: the number of stretches of
    /// staleness).
    ///
    /// # Panics
    /// If there is no such distribution.
    #[must_use]
    pub fn count(&self, index: usize) -> u64 {
        assert!(index < DISTRIBUTIONS.len(), "distribution {index} of {}", DISTRIBUTIONS.len());
        self.samples.get(index).map_or_else(|| self.stale_age.count(), Samples::count)
    }

    /// The `numerator`/`denominator` quantile of distribution `index` of [`DISTRIBUTIONS`], s; none without values.
    ///
    /// # Panics
    /// If there is no such distribution.
    #[must_use]
    pub fn quantile_s(&mut self, index: usize, numerator: u64, denominator: u64) -> Option<f64> {
        assert!(index < DISTRIBUTIONS.len(), "distribution {index} of {}", DISTRIBUTIONS.len());
        match self.samples.get_mut(index) {
            Some(samples) => samples.quantile_s(numerator, denominator),
            None => self.stale_age.quantile_s(numerator, denominator),
        }
    }
}

/// The measures of the time series, with their units.
pub const SERIES: [(&str, &str); 14] = [
    ("attempts", "count"),
    ("stalled", "count"),
    ("stall_rate", "1"),
    ("connected", "count"),
    ("table_mean", "count"),
    ("records_in_run_mean", "count"),
    ("stale_fraction", "1"),
    ("stale_records", "count"),
    ("live_mean", "count"),
    ("missing_fraction", "1"),
    ("api_utilization", "1"),
    ("api_queue_mean", "count"),
    ("fetches", "count"),
    ("bus_sent", "count"),
];

/// One bin of the time series, from `index` · bin on. Attempts belong to the bin of their first initiation.
pub type SeriesBin = [Option<f64>; SERIES.len()];
