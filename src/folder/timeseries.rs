//! `timeseries.csv`: each bin's estimate over the replications of a group.

use super::columns::{self, CsvLines};
use crate::measure::{SERIES, SeriesBin};
use crate::plan::Group;
use crate::plan::Plan;
use crate::run::{Estimator, RunPool};
use des::Duration;

/// The header.
#[must_use]
pub fn header(plan: &Plan) -> Vec<u8> {
    columns::header(plan, &["t_s", "measure", "mean", "ci_low", "ci_high"])
}

/// A group's lines; each bin has the width `bin`.
#[must_use]
pub fn lines(plan: &Plan, group: Group, pool: &RunPool, bin: Duration, estimator: &mut Estimator) -> Vec<u8> {
    let mut lines = CsvLines::new();
    let shared = columns::shared(plan, group);
    let longest = pool.series.values().map(Vec::len).max().unwrap_or(0);
    for index in 0..longest {
        let start = bin.times(index as u64).as_secs_f64();
        let bins: Vec<&SeriesBin> = pool.series.values().filter_map(|series| series.get(index)).collect();
        for (measure, series) in SERIES.iter().enumerate() {
            let estimate = estimator.bin(&bins, measure);
            lines.begin(&shared);
            lines.number(Some(start));
            lines.field(series.name);
            lines.number(estimate.mean);
            lines.limits(estimate.interval);
            lines.end();
        }
    }
    lines.into_bytes()
}
