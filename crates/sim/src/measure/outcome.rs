//! The outcome of a run.

use super::ratio::{NumberKind, Whole, total, trials};
use super::samples::Samples;
use super::stale_age::StaleAge;
use super::table::{DISTRIBUTIONS, MEASURES};
use crate::model::Variant;

/// The result of one run: a pure function of scenario and key.
#[derive(Clone, Debug)]
pub struct RunOutcome {
    /// Running hash of the event history.
    pub fingerprint: u64,
    /// Events handled.
    pub events: u64,
    /// Which of the compiled worlds made it. The other would have given the same.
    pub variant: Variant,
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

/// A measure of the time series.
#[derive(Clone, Copy, Debug)]
pub struct SeriesMeasure {
    /// Its name.
    pub name: &'static str,
    /// Unit: `1` (a fraction) or `count`.
    pub unit: &'static str,
    /// The kind of its number in a bin.
    pub number: NumberKind,
}

/// The measures of the time series. `attempts` are those that sent an initiation,
/// `attempts_started` are all.
pub const SERIES: [SeriesMeasure; 17] = [
    SeriesMeasure { name: "attempts", unit: "count", number: NumberKind::Events },
    SeriesMeasure { name: "stalled", unit: "count", number: NumberKind::Events },
    SeriesMeasure { name: "stall_rate", unit: "1", number: NumberKind::Ratio(trials(Whole::Of("attempts"))) },
    SeriesMeasure { name: "connected", unit: "count", number: NumberKind::Events },
    SeriesMeasure { name: "attempts_started", unit: "count", number: NumberKind::Events },
    SeriesMeasure { name: "late", unit: "count", number: NumberKind::Events },
    SeriesMeasure { name: "late_rate", unit: "1", number: NumberKind::Ratio(trials(Whole::Of("attempts_started"))) },
    SeriesMeasure { name: "table_mean", unit: "count", number: NumberKind::Average },
    SeriesMeasure { name: "records_in_run_mean", unit: "count", number: NumberKind::Average },
    SeriesMeasure {
        name: "stale_fraction",
        unit: "1",
        number: NumberKind::Ratio(total(Whole::Of("records_in_run_mean"))),
    },
    SeriesMeasure { name: "stale_records", unit: "count", number: NumberKind::Average },
    SeriesMeasure { name: "live_mean", unit: "count", number: NumberKind::Average },
    SeriesMeasure { name: "missing_fraction", unit: "1", number: NumberKind::Ratio(total(Whole::Of("live_mean"))) },
    SeriesMeasure { name: "api_utilization", unit: "1", number: NumberKind::Average },
    SeriesMeasure { name: "api_queue_mean", unit: "count", number: NumberKind::Average },
    SeriesMeasure { name: "fetches", unit: "count", number: NumberKind::Events },
    SeriesMeasure { name: "bus_sent", unit: "count", number: NumberKind::Events },
];

/// One bin of the time series, from `index` · bin on. Attempts belong to the bin of their first initiation; late ones,
/// and the attempts that they are compared to, to the bin of their start.
pub type SeriesBin = [Option<f64>; SERIES.len()];
