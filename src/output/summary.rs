//! `summary.csv`: each measure's estimate over the replications of a group.

use super::cell;
use super::columns::{self, Lines};
use crate::experiment::{Group, Plan};
use crate::metrics::MEASURES;
use crate::stats::Estimate;

/// The first line.
#[must_use]
pub fn header(plan: &Plan) -> Vec<u8> {
    columns::header(plan, &["measure", "unit", "n", "mean", "ci_low", "ci_high", "method"])
}

/// A group's lines, from one estimate for each of [`MEASURES`].
#[must_use]
pub fn lines(plan: &Plan, group: Group, estimates: &[Estimate]) -> Vec<u8> {
    let mut lines = Lines::new();
    let shared = columns::values(plan, group);
    for (measure, estimate) in MEASURES.iter().zip(estimates) {
        let rest = [
            measure.name.to_owned(),
            measure.unit.to_owned(),
            estimate.n.to_string(),
            cell::number(estimate.mean),
            cell::number(estimate.interval.map(|limits| limits.0)),
            cell::number(estimate.interval.map(|limits| limits.1)),
            estimate.method.name().to_owned(),
        ];
        lines.push(shared.iter().cloned().chain(rest));
    }
    lines.into_bytes()
}
