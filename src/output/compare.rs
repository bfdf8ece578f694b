//! `compare.csv`: each strategy's differences from the baseline, paired over replications, with a verdict.

use super::columns::{self, Lines};
use crate::experiment::{Estimator, Group, Plan, Row};
use crate::metrics::MEASURES;
use crate::stats::holm;
use crate::stats::paired::Difference;

/// What a comparison shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The strategy's value is below the baseline's.
    Lower,
    /// It is above.
    Higher,
    /// The adjusted p-value is not below 1 − confidence: a difference may be there, but is not shown.
    NotShown,
}

impl Verdict {
    /// What an adjusted p-value shows of a difference with this sign.
    #[must_use]
    pub fn of(adjusted: f64, alpha: f64, sign: i8) -> Self {
        match sign {
            -1 if adjusted < alpha => Self::Lower,
            1 if adjusted < alpha => Self::Higher,
            _ => Self::NotShown,
        }
    }

    /// As `compare.csv` has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lower => "lower",
            Self::Higher => "higher",
            Self::NotShown => "no difference shown",
        }
    }
}

/// One measure of one strategy against the baseline.
#[derive(Clone, Copy, Debug)]
pub struct Comparison {
    /// The paired difference, strategy − baseline.
    pub difference: Difference,
    /// Its p-value after Holm's adjustment over the strategies that are compared with the baseline in this measure at
    /// this point; none where nothing could be tested.
    pub adjusted: Option<f64>,
    /// What that shows.
    pub verdict: Option<Verdict>,
}

/// Compares all strategies of a point with the baseline: for each strategy but the baseline, one comparison for each
/// of [`MEASURES`].
///
/// # Panics
/// If `rows` has no baseline.
#[must_use]
pub fn point(estimator: &mut Estimator, rows: &[Vec<Row>], baseline: usize) -> Vec<(usize, Vec<Comparison>)> {
    let others: Vec<usize> = (0..rows.len()).filter(|&strategy| strategy != baseline).collect();
    let mut compared: Vec<(usize, Vec<Comparison>)> =
        others.iter().map(|&strategy| (strategy, Vec::with_capacity(MEASURES.len()))).collect();
    for index in 0..MEASURES.len() {
        let family: Vec<Difference> =
            others.iter().map(|&strategy| estimator.difference(&rows[strategy], &rows[baseline], index)).collect();
        let tested: Vec<f64> = family.iter().filter_map(|difference| difference.p_value).collect();
        let mut adjusted = holm::adjust(&tested).into_iter();
        for ((_, comparisons), difference) in compared.iter_mut().zip(family) {
            let adjusted = difference.p_value.and_then(|_| adjusted.next());
            let verdict = adjusted.map(|p| Verdict::of(p, estimator.alpha(), difference.sign));
            comparisons.push(Comparison { difference, adjusted, verdict });
        }
    }
    compared
}

/// The first line.
#[must_use]
pub fn header(plan: &Plan) -> Vec<u8> {
    columns::header(
        plan,
        &["baseline", "measure", "unit", "n", "difference", "ci_low", "ci_high", "p_adjusted", "verdict", "method"],
    )
}

/// The lines of one strategy's comparisons.
#[must_use]
pub fn lines(plan: &Plan, group: Group, comparisons: &[Comparison]) -> Vec<u8> {
    let mut lines = Lines::new();
    let shared = columns::shared(plan, group);
    for (measure, comparison) in MEASURES.iter().zip(comparisons) {
        let Comparison { difference, adjusted, verdict } = comparison;
        lines.begin(&shared);
        lines.field(&plan.strategies[plan.baseline]);
        lines.field(measure.name);
        lines.field(measure.unit);
        lines.whole(difference.n as u64);
        lines.number(difference.mean);
        lines.limits(difference.interval);
        lines.number(*adjusted);
        lines.field(verdict.map_or("", Verdict::name));
        lines.field(difference.method.name());
        lines.end();
    }
    lines.into_bytes()
}
