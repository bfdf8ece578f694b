//! The numbers of a result folder, found by point, strategy and measure, for the conclusion and the report.

use std::collections::BTreeMap;

use super::rare;
use crate::file::goals;
use crate::folder::error::Error;
use crate::folder::reader::{CompareRow, MonthRow, ReadEstimate, Reader, SummaryRow};
use crate::measure::{MEASURES, measure_index};
use crate::model::Cause;
use crate::plan::Group;
use draw::figure::Unit;

/// Quantiles that the report names.
const QUANTILES: [f64; 2] = [0.5, 0.99];

/// Distributions that it takes them from.
const WAITS: [&str; 2] = ["handshake_wait_s", "time_to_connect_s"];

/// Points × strategies up to which every measure is read and shown.
const GROUPS_IN_FULL: usize = 120;

/// Measures that are named for any number of points, beside those of causes and load.
const MEASURED: [&str; 18] = [
    "attempts",
    "attempts_first",
    "stalled",
    "stall_rate",
    "late",
    "late_rate",
    "failure_rate",
    "create_time_mean_s",
    "handshake_wait_p99_s",
    "time_to_connect_p50_s",
    "time_to_connect_p99_s",
    "missing_fraction",
    "stale_fraction",
    "revoked_exposure_mean_s",
    "recovery_max_s",
    "connected",
    "table_mean",
    "create_failed",
];

/// The numbers of a result folder.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) reader: &'a Reader,
    /// Whether every measure was read, not only those that the report always names.
    pub(crate) all: bool,
    summary: BTreeMap<FactKey, SummaryRow>,
    compare: BTreeMap<FactKey, CompareRow>,
    /// By point, strategy, distribution and place in [`QUANTILES`].
    quantiles: BTreeMap<(usize, usize, usize, usize), Option<f64>>,
    /// What happens in a month; empty if no fault says how often it comes.
    pub(crate) months: Vec<MonthRow>,
}

/// Point, strategy, measure.
type FactKey = (usize, usize, String);

impl<'a> Facts<'a> {
    /// Reads the measures that the report names.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub(crate) fn read(reader: &'a Reader) -> Result<Self, Error> {
        Self::of(reader, reader.points().len() * reader.strategies().len() <= GROUPS_IN_FULL)
    }

    /// Reads the measures that are named for any number of points.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub(crate) fn read_named(reader: &'a Reader) -> Result<Self, Error> {
        Self::of(reader, false)
    }

    fn of(reader: &'a Reader, all: bool) -> Result<Self, Error> {
        let key = |group: Group, measure: &str| (group.point, group.strategy, measure.to_owned());
        let goals = goals(&reader.manifest().experiment);
        let is_goal = |name: &str| goals.iter().any(|goal| goal.measure.name == name);
        let is_cause = |name: &str| Cause::ALL.iter().any(|cause| cause.column() == name);
        let is_load = |name: &str| measure_index(name).is_some_and(|index| MEASURES[index].load.is_some());
        let wanted = |name: &str| {
            all || MEASURED.contains(&name)
                || is_load(name)
                || rare::NEEDED.contains(&name)
                || is_cause(name)
                || is_goal(name)
        };
        let summary = reader.summary(wanted)?.into_iter().map(|row| (key(row.group, &row.measure), row)).collect();
        let compare = reader.compare(wanted)?.into_iter().map(|row| (key(row.group, &row.measure), row)).collect();
        let mut quantiles = BTreeMap::new();
        for row in reader.distributions(|name| WAITS.contains(&name))? {
            let wait = WAITS.iter().position(|name| *name == row.measure);
            let place = QUANTILES.iter().position(|quantile| (quantile - row.quantile).abs() < 1e-9);
            if let (Some(wait), Some(place)) = (wait, place) {
                quantiles.insert((row.group.point, row.group.strategy, wait, place), row.value);
            }
        }
        let months = reader.months(|_| true)?;
        Ok(Self { reader, all, summary, compare, quantiles, months })
    }

    /// The estimate of a measure; undefined where there is none.
    pub(crate) fn estimate(&self, point: usize, strategy: usize, measure: &str) -> ReadEstimate {
        let row = self.summary(point, strategy, measure);
        row.map_or(ReadEstimate { mean: None, low: None, high: None }, |row| row.estimate)
    }

    /// The mean of a measure.
    pub(crate) fn mean(&self, point: usize, strategy: usize, measure: &str) -> Option<f64> {
        self.estimate(point, strategy, measure).mean
    }

    /// The line of `summary.csv`.
    pub(crate) fn summary(&self, point: usize, strategy: usize, measure: &str) -> Option<&SummaryRow> {
        self.summary.get(&(point, strategy, measure.to_owned()))
    }

    /// The line of `compare.csv`; none for the baseline.
    pub(crate) fn compare(&self, point: usize, strategy: usize, measure: &str) -> Option<&CompareRow> {
        self.compare.get(&(point, strategy, measure.to_owned()))
    }

    /// The median or the 99th percentile of the handshake wait or the time to connect, pooled over the replications.
    pub(crate) fn quantile(&self, point: usize, strategy: usize, wait: &str, quantile: f64) -> Option<f64> {
        let wait = WAITS.iter().position(|name| *name == wait)?;
        let place = QUANTILES.iter().position(|known| (known - quantile).abs() < 1e-9)?;
        *self.quantiles.get(&(point, strategy, wait, place))?
    }

    /// Index of the baseline.
    pub(crate) fn baseline(&self) -> usize {
        let name = self.reader.baseline();
        self.reader.strategies().iter().position(|strategy| strategy == name).unwrap_or(0)
    }

    /// Name of a strategy.
    pub(crate) fn name(&self, strategy: usize) -> &'a str {
        &self.reader.strategies()[strategy]
    }

    /// Names of strategies.
    pub(crate) fn names(&self, strategies: &[usize]) -> Vec<&'a str> {
        strategies.iter().map(|strategy| self.name(*strategy)).collect()
    }

    /// The unit of a measure.
    pub(crate) fn unit(measure: &str) -> Unit {
        crate::measure::measure_index(measure).map_or(Unit::None, |index| Unit::of(MEASURES[index].unit))
    }
}
