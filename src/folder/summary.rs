//! `summary.csv`: each measure's estimate over the replications of a group.

use super::columns::{self, CsvLines};
use crate::plan::Group;
use crate::plan::Plan;
use stats::Estimate;

/// The header.
#[must_use]
pub fn header(plan: &Plan) -> Vec<u8> {
    columns::header(plan, &["measure", "unit", "n", "mean", "ci_low", "ci_high", "method"])
}

/// A group's lines, from one estimate for each of [`Plan::measures`].
#[must_use]
pub fn lines(plan: &Plan, group: Group, estimates: &[Estimate]) -> Vec<u8> {
    let mut lines = CsvLines::new();
    let shared = columns::shared(plan, group);
    for (measure, estimate) in plan.measures().iter().zip(estimates) {
        lines.begin(&shared);
        lines.field(measure.name);
        lines.field(measure.unit);
        lines.whole(estimate.n as u64);
        lines.number(estimate.mean);
        lines.limits(estimate.interval);
        lines.field(estimate.method.name());
        lines.end();
    }
    lines.into_bytes()
}
