//! The table of the best strategies against the baseline: waits, failures, freshness, load.

use serde::Serialize;

use super::comparison::{ComparedCell, verdict_beside};
use crate::measure::Load;
use crate::report::conclusion::Conclusion;
use crate::report::conclusion::facts::Facts;
use crate::report::conclusion::write;

/// Measures of waits, failures and freshness.
const OUTCOMES: [&str; 11] = [
    "late_rate",
    "stall_rate",
    "time_to_connect_p50_s",
    "time_to_connect_p99_s",
    "create_time_mean_s",
    "create_failed",
    "failure_rate",
    "missing_fraction",
    "stale_fraction",
    "revoked_exposure_mean_s",
    "recovery_max_s",
];

/// Strategies that are put beside the baseline.
const BESIDE_MAX: usize = 3;

/// A table: a row for each measure, a column for the baseline and for each leader.
#[derive(Serialize, Debug)]
pub(super) struct Price {
    /// The point that it is about; empty if nothing is swept.
    point: String,
    baseline: String,
    strategies: Vec<String>,
    rows: Vec<PriceRow>,
}

#[derive(Serialize, Debug)]
struct PriceRow {
    measure: String,
    name: &'static str,
    baseline: ComparedCell,
    strategies: Vec<ComparedCell>,
}

/// The best against the baseline; none where no other strategy leads.
pub(super) fn price(facts: &Facts<'_>, conclusion: &Conclusion) -> Option<Price> {
    let baseline = facts.baseline();
    let strategies: Vec<usize> =
        conclusion.leaders.iter().copied().filter(|leader| *leader != baseline).take(BESIDE_MAX).collect();
    if strategies.is_empty() || conclusion.leaders.contains(&baseline) {
        return None;
    }
    let point = conclusion.telling;
    let loads = Load::measures(&Load::OF_MECHANISMS).chain(["table_mean"]);
    let rows: Vec<PriceRow> = OUTCOMES
        .into_iter()
        .chain(loads)
        .filter(|name| {
            let means = strategies.iter().chain([&baseline]).map(|strategy| facts.mean(point, *strategy, name));
            means.into_iter().flatten().any(|mean| mean != 0.0)
        })
        .map(|name| PriceRow {
            measure: write::measure(name).to_owned(),
            name,
            baseline: value(facts, point, baseline, name),
            strategies: strategies.iter().map(|strategy| value(facts, point, *strategy, name)).collect(),
        })
        .collect();
    Some(Price {
        point: facts.reader.describe(point),
        baseline: facts.name(baseline).to_owned(),
        strategies: facts.names(&strategies).into_iter().map(str::to_owned).collect(),
        rows,
    })
}

fn value(facts: &Facts<'_>, point: usize, strategy: usize, measure: &str) -> ComparedCell {
    let unit = Facts::unit(measure);
    let estimate = facts.estimate(point, strategy, measure);
    let cell = ComparedCell::estimate(unit, estimate).with_verdict(verdict_beside(facts, point, strategy, measure));
    cell.of_recovery(facts, point, strategy, measure)
}
