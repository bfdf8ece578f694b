//! Whether the weighted estimate of rare stalls can be believed.
//!
//! Weights undo what extra losses do to a tagged peer itself. They do not undo what the peer's retries do to others, by
//! queues and collapses. So each run is repeated with half the tags, and compared with the run without any. Weights have
//! the mean 1; where extra losses are so frequent that hardly a message of a tagged peer survives, the rare attempts with
//! the large weights are missing, and the mean is far below 1.

use std::sync::LazyLock;

use super::estimate::Estimator;
use super::row::Row;
use crate::measure::{MEASURES, Measure, measure_index};
use stats::{Difference, holm};

/// Fewest hits, over all runs of a group, from which the estimate has an interval.
pub const HITS_MIN: f64 = 50.0;

/// Lowest mean weight, over all runs of a group, from which the estimate is shown.
const WEIGHT_MIN: f64 = 0.5;

/// A mean weight that is shown to be below this refuses the estimate too. The estimate is off by as much as the weights.
pub const WEIGHT_NEAR: f64 = 0.9;

/// Level of the interval that shows it. An experiment has many groups.
const WEIGHT_CONFIDENCE: f64 = 0.999;

/// The measures that are weighted.
pub(super) static WEIGHTED: LazyLock<[usize; 2]> =
    LazyLock::new(|| ["stall_rate_rare", "stall_rate_rare_half"].map(at));

/// What is compared to find that tagged peers change more than their own fate: the estimate with all tags and with half
/// of them; and the stall rate of untagged peers with that of all peers in the run without tags.
static CHECKS: LazyLock<[(CheckKind, [usize; 2]); 3]> = LazyLock::new(|| {
    [
        (CheckKind::Estimates, ["stall_rate_rare", "stall_rate_rare_half"]),
        (CheckKind::MostOf, ["stall_rate_untagged", "stall_rate"]),
        (CheckKind::MostOf, ["stall_rate_untagged_half", "stall_rate"]),
    ]
    .map(|(kind, pair)| (kind, pair.map(at)))
});

/// How the two sides of a check are related.
#[derive(Clone, Copy)]
enum CheckKind {
    /// Two estimates.
    Estimates,
    /// Proportions of most and of all trials.
    MostOf,
}

/// Whether an estimate is shown.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum RareStanding {
    /// With its interval.
    Shown,
    /// Without an interval: there are fewer than [`HITS_MIN`] hits.
    Few {
        /// Hits of all runs.
        hits: f64,
    },
    /// Not at all: a check shows a difference, or the weights do not have the mean 1.
    Refused,
}

/// One comparison between runs with and without tags, or with half of them.
pub struct RareCheck {
    /// The measure on the left.
    pub measure: Measure,
    /// The measure on the right.
    pub against: Measure,
    /// Left − right, paired over replications.
    pub difference: Difference,
}

/// The comparisons of a group, which are one family.
#[must_use]
pub fn rare_checks(estimator: &mut Estimator, rows: &[Row]) -> Vec<RareCheck> {
    let compare = |(kind, indices): &(CheckKind, [usize; 2])| {
        let [measure, against] = indices.map(|index| MEASURES[index]);
        let difference = match kind {
            CheckKind::Estimates => estimator.paired(rows, rows, *indices),
            CheckKind::MostOf => estimator.most_of(rows, *indices),
        };
        RareCheck { measure, against, difference }
    };
    CHECKS.iter().map(compare).collect()
}

/// Whether the estimate of a group is shown.
pub(super) fn standing(estimator: &mut Estimator, rows: &[Row]) -> RareStanding {
    let tested: Vec<f64> = rare_checks(estimator, rows).iter().filter_map(|check| check.difference.p_value).collect();
    if holm::adjust(&tested).iter().any(|adjusted| *adjusted < estimator.alpha()) {
        return RareStanding::Refused;
    }
    if weights_are_missing(estimator, rows) {
        return RareStanding::Refused;
    }
    let index = at("rare_hits");
    let hits: f64 = rows.iter().filter_map(|row| row.measures[index]).sum();
    if hits < HITS_MIN { RareStanding::Few { hits } } else { RareStanding::Shown }
}

/// Whether the weights of tagged attempts miss a part of their mean, 1: too few attempts keep their messages.
fn weights_are_missing(estimator: &mut Estimator, rows: &[Row]) -> bool {
    let index = at("rare_weight_mean");
    estimator.unchecked(rows, index).mean.is_some_and(|mean| {
        let interval = || Estimator::new(WEIGHT_CONFIDENCE).unchecked(rows, index).interval;
        mean < WEIGHT_MIN || mean < WEIGHT_NEAR && interval().is_some_and(|(_, high)| high < WEIGHT_NEAR)
    })
}

fn at(name: &str) -> usize {
    measure_index(name).expect("a measure")
}
