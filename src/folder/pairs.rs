//! `pairs.csv`: the difference of every pair of strategies, paired over replications and judged together.
//!
//! `compare.csv` shows how each strategy differs from the baseline. To find the best strategies, all pairs must be
//! compared, and the comparison of interest is chosen after looking. So the pairs of a point are one family for Holm's
//! adjustment.

use super::columns::{self, CsvLines};
use super::compare::{self, Comparison};
use crate::measure::{MEASURES, measure_index};
use crate::plan::Group;
use crate::plan::Plan;
use crate::run::{Estimator, Row};
use stats::Difference;

/// The measures by which strategies are ranked.
pub const RANKED: [&str; 2] = ["stall_rate", "late_rate"];

/// One measure of one pair of strategies.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// The earlier strategy in the order of the experiment.
    pub strategy: usize,
    /// The later strategy.
    pub other: usize,
    /// Index in [`MEASURES`].
    pub measure: usize,
    /// The difference, strategy − other.
    pub comparison: Comparison,
}

/// Compares all strategies of a point with each other. Order: strategy, other strategy, measure.
///
/// # Panics
/// If a measure of [`RANKED`] does not exist.
#[must_use]
pub fn point(estimator: &mut Estimator, rows: &[Vec<Row>]) -> Vec<Pair> {
    let places: Vec<(usize, usize)> =
        (0..rows.len()).flat_map(|strategy| (strategy + 1..rows.len()).map(move |other| (strategy, other))).collect();
    let mut pairs = Vec::with_capacity(places.len() * RANKED.len());
    for name in RANKED {
        let measure = measure_index(name).expect("a measure");
        let difference =
            |&(strategy, other): &(usize, usize)| estimator.difference(&rows[strategy], &rows[other], measure);
        let family: Vec<Difference> = places.iter().map(difference).collect();
        let judged = places.iter().zip(compare::judge(estimator, family));
        pairs.extend(judged.map(|(&(strategy, other), comparison)| Pair { strategy, other, measure, comparison }));
    }
    // A stable sort keeps the order of the measures of a pair.
    pairs.sort_by_key(|pair| (pair.strategy, pair.other));
    pairs
}

/// The header.
#[must_use]
pub fn header(plan: &Plan) -> Vec<u8> {
    let names: Vec<&str> = ["other"].into_iter().chain(compare::COLUMNS).collect();
    columns::header(plan, &names)
}

/// The lines of a point's pairs.
#[must_use]
pub fn lines(plan: &Plan, point: usize, pairs: &[Pair]) -> Vec<u8> {
    let mut lines = CsvLines::new();
    for of_one in pairs.chunk_by(|one, other| one.strategy == other.strategy) {
        let shared = columns::shared(plan, Group { point, strategy: of_one[0].strategy });
        for pair in of_one {
            lines.begin(&shared);
            lines.field(&plan.strategies[pair.other]);
            compare::write(&mut lines, &MEASURES[pair.measure], &pair.comparison);
        }
    }
    lines.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::compare::tests::{Dice, made_up};

    #[test]
    fn every_pair_stands_once_and_its_family_is_all_pairs_of_the_point() {
        let mut dice = Dice(5);
        let mut stricter = 0;
        for _ in 0..50 {
            let rows = made_up(&mut dice);
            let mut estimator = Estimator::new(0.95);
            let pairs = point(&mut estimator, &rows);
            let places: Vec<_> =
                pairs.iter().map(|pair| (pair.strategy, pair.other, MEASURES[pair.measure].name)).collect();
            let mut expected = Vec::new();
            for strategy in 0..rows.len() {
                for other in strategy + 1..rows.len() {
                    expected.extend(RANKED.map(|name| (strategy, other, name)));
                }
            }
            assert_eq!(places, expected);
            // In a larger family the same difference is never easier to show.
            for (other, comparisons) in compare::point(&mut estimator, &rows, 0) {
                for pair in pairs.iter().filter(|pair| (pair.strategy, pair.other) == (0, other)) {
                    let of_all = pair.comparison.judged.map(|judged| judged.adjusted);
                    let of_baseline = comparisons[pair.measure].judged.map(|judged| judged.adjusted);
                    assert!(of_all >= of_baseline, "{of_all:?} {of_baseline:?}");
                    stricter += u32::from(of_all > of_baseline);
                }
            }
        }
        assert!(stricter > 20, "{stricter}");
    }
}
