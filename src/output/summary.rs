//! `summary.csv`: each measure's estimate over the replications of a group.

use std::borrow::Cow;

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
            Cow::from(measure.name),
            measure.unit.into(),
            estimate.n.to_string().into(),
            cell::number(estimate.mean).into(),
            cell::number(estimate.interval.map(|limits| limits.0)).into(),
            cell::number(estimate.interval.map(|limits| limits.1)).into(),
            estimate.method.name().into(),
        ];
        lines.push_after(&shared, rest);
    }
    lines.into_bytes()
}
