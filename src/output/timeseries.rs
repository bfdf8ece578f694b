//! `timeseries.csv`: each bin's estimate over the replications of a group.

use std::borrow::Cow;

use super::cell;
use super::columns::{self, Lines};
use crate::engine::Duration;
use crate::experiment::{Estimator, Group, Plan, Pool};
use crate::metrics::{SERIES, SeriesBin};

/// The first line.
#[must_use]
pub fn header(plan: &Plan) -> Vec<u8> {
    columns::header(plan, &["t_s", "measure", "mean", "ci_low", "ci_high"])
}

/// A group's lines, `bin` wide.
#[must_use]
pub fn lines(plan: &Plan, group: Group, pool: &Pool, bin: Duration, estimator: &mut Estimator) -> Vec<u8> {
    let mut lines = Lines::new();
    let shared = columns::values(plan, group);
    let longest = pool.series.values().map(Vec::len).max().unwrap_or(0);
    for index in 0..longest {
        let start = cell::number(Some(bin.times(index as u64).as_secs_f64()));
        let bins: Vec<&SeriesBin> = pool.series.values().filter_map(|series| series.get(index)).collect();
        for (measure, (name, _)) in SERIES.iter().enumerate() {
            let estimate = estimator.bin(&bins, measure);
            let rest = [
                Cow::from(&start),
                (*name).into(),
                cell::number(estimate.mean).into(),
                cell::number(estimate.interval.map(|limits| limits.0)).into(),
                cell::number(estimate.interval.map(|limits| limits.1)).into(),
            ];
            lines.push_after(&shared, rest);
        }
    }
    lines.into_bytes()
}
