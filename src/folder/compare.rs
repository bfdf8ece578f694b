//! `compare.csv`: each strategy's differences from the baseline, paired over replications, with a verdict.

use super::columns::{self, CsvLines};
use crate::measure::{MEASURES, Measure};
use crate::plan::Group;
use crate::plan::Plan;
use crate::run::{Estimator, Row};
use stats::{Difference, holm};

/// The result of a comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The strategy's value is below the baseline's.
    Lower,
    /// The strategy's value is above the baseline's.
    Higher,
    /// The adjusted p-value is not below 1 − confidence: a difference is possible but not shown.
    NotShown,
}

impl Verdict {
    /// The verdict for an adjusted p-value and the sign of the difference.
    #[must_use]
    pub fn of(adjusted: f64, alpha: f64, sign: i8) -> Self {
        match sign {
            -1 if adjusted < alpha => Self::Lower,
            1 if adjusted < alpha => Self::Higher,
            _ => Self::NotShown,
        }
    }

    /// The text in `compare.csv`.
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
    /// The judgement within the family of comparisons; none if no test was possible.
    pub judged: Option<JudgedDifference>,
}

impl Comparison {
    /// The interval shown with the verdict; none if there is none.
    #[must_use]
    pub fn interval(&self) -> Option<(f64, f64)> {
        self.judged.and_then(|judged| judged.interval)
    }

    /// The verdict.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        self.judged.map(|judged| judged.verdict)
    }
}

/// The judgement of one difference within a family of comparisons.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct JudgedDifference {
    /// The p-value after Holm's adjustment over the family.
    pub adjusted: f64,
    /// Its verdict.
    pub verdict: Verdict,
    /// The level of the interval, higher than that of a single comparison: see [`holm::levels`].
    pub level: f64,
    /// The interval at that level. It excludes zero exactly if a difference is shown. None if the method has no
    /// interval.
    pub interval: Option<(f64, f64)>,
}

/// Judges the differences of one family together.
pub fn judge(estimator: &mut Estimator, family: Vec<Difference>) -> Vec<Comparison> {
    let alpha = estimator.alpha();
    let tested: Vec<f64> = family.iter().filter_map(|difference| difference.p_value).collect();
    let mut adjusted = holm::adjust(&tested).into_iter().zip(holm::levels(&tested, alpha));
    let judged = family.into_iter().map(|difference| Comparison {
        difference,
        judged: difference.p_value.and_then(|_| adjusted.next()).map(|(adjusted, outside)| JudgedDifference {
            adjusted,
            verdict: Verdict::of(adjusted, alpha, difference.sign),
            level: 1.0 - outside,
            interval: estimator.interval(&difference, outside),
        }),
    });
    judged.collect()
}

/// Compares all strategies of a point with the baseline: for each strategy except the baseline, one comparison for each
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
        for ((_, comparisons), comparison) in compared.iter_mut().zip(judge(estimator, family)) {
            comparisons.push(comparison);
        }
    }
    compared
}

/// The columns of a comparison.
pub(crate) const COLUMNS: [&str; 10] =
    ["measure", "unit", "n", "difference", "ci_low", "ci_high", "p_adjusted", "verdict", "method", "level"];

/// The header.
#[must_use]
pub fn header(plan: &Plan) -> Vec<u8> {
    let names: Vec<&str> = ["baseline"].into_iter().chain(COLUMNS).collect();
    columns::header(plan, &names)
}

/// The lines of one strategy's comparisons.
#[must_use]
pub fn lines(plan: &Plan, group: Group, comparisons: &[Comparison]) -> Vec<u8> {
    let mut lines = CsvLines::new();
    let shared = columns::shared(plan, group);
    for (measure, comparison) in plan.measures().iter().zip(comparisons) {
        lines.begin(&shared);
        lines.field(&plan.strategies[plan.baseline]);
        write(&mut lines, measure, comparison);
    }
    lines.into_bytes()
}

/// Ends a line with the [`COLUMNS`] of a comparison.
pub(crate) fn write(lines: &mut CsvLines, measure: &Measure, comparison: &Comparison) {
    let difference = &comparison.difference;
    lines.field(measure.name);
    lines.field(measure.unit);
    lines.whole(difference.n as u64);
    lines.number(difference.mean);
    lines.limits(comparison.interval());
    lines.number(comparison.judged.map(|judged| judged.adjusted));
    lines.field(comparison.verdict().map_or("", Verdict::name));
    lines.field(difference.method.name());
    lines.number(comparison.judged.filter(|judged| judged.interval.is_some()).map(|judged| judged.level));
    lines.end();
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::measure::measure_index;
    use stats::Method;

    /// A random generator for made-up runs: xorshift64*.
    pub(crate) struct Dice(pub u64);

    impl Dice {
        fn next(&mut self) -> u64 {
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11
        }

        fn unit(&mut self) -> f64 {
            self.next() as f64 / (1_u64 << 53) as f64
        }

        pub(crate) fn one<T: Copy>(&mut self, of: &[T]) -> T {
            of[usize::try_from(self.next() % of.len() as u64).expect("below a length")]
        }
    }

    /// Measures of every kind.
    pub(crate) const SHOWN: [&str; 6] =
        ["stall_rate", "late_rate", "failed", "handshake_wait_mean_s", "table_max", "handshake_wait_p99_s"];

    /// Made-up runs of up to six strategies: equal and different, large and small, with infinite waits.
    pub(crate) fn made_up(dice: &mut Dice) -> Vec<Vec<Row>> {
        let index = |name: &str| measure_index(name).expect("a measure");
        let replications = dice.one(&[2_u32, 3, 5, 6, 10, 20]);
        let size: f64 = dice.one(&[3.0, 30.0, 1000.0]);
        (0..dice.one(&[2_usize, 3, 5, 7]))
            .map(|strategy| {
                let (rate, effect): (f64, f64) =
                    (dice.one(&[0.0, 0.002, 0.02, 0.1, 0.5]), dice.one(&[0.0, 0.0, 0.3, 3.0]));
                let never = dice.one(&[0.0, 0.0, 0.2]);
                let row = |replication| {
                    let attempts: f64 = (dice.unit() * size).ceil() * dice.one(&[1.0, 1.0, 10.0]);
                    let bursts: f64 = dice.one(&[0.0, 1.0, 2.0]);
                    let stalled = (attempts * (rate * bursts).min(1.0) * dice.unit()).round();
                    let failed = (stalled * dice.one(&[0.0, 0.5])).round();
                    let wait = 1.0 + effect + dice.unit();
                    let mut measures = [None; MEASURES.len()];
                    for (name, value) in [
                        ("attempts", attempts),
                        ("create_failed", 0.0),
                        ("connected", attempts - failed),
                        ("failed", failed),
                        ("stall_rate", stalled / attempts),
                        ("late_rate", stalled / attempts),
                        ("handshake_wait_mean_s", wait),
                        ("table_max", 5.0 + effect.ceil()),
                        ("handshake_wait_p99_s", if dice.unit() < never { f64::INFINITY } else { wait }),
                    ] {
                        measures[index(name)] = Some(value);
                    }
                    Row { group: Group { point: 0, strategy }, replication, fingerprint: 0, events: 0, measures }
                };
                (0..replications).map(row).collect()
            })
            .collect()
    }

    #[test]
    fn a_difference_is_shown_exactly_where_the_interval_beside_it_leaves_out_zero() {
        let mut dice = Dice(1);
        let (mut shown, mut not_shown) = (0, 0);
        for _ in 0..400 {
            let mut estimator = Estimator::new(dice.one(&[0.9, 0.95, 0.99]));
            for (_, comparisons) in point(&mut estimator, &made_up(&mut dice), 0) {
                for name in SHOWN {
                    let comparison = comparisons[measure_index(name).expect("a measure")];
                    let Some(judged) = comparison.judged else { continue };
                    let differs = judged.verdict != Verdict::NotShown;
                    let method = comparison.difference.method;
                    let Some((low, high)) = judged.interval else {
                        assert!(
                            method == Method::Sign || method == Method::Constant && !differs,
                            "{name}: {comparison:?}"
                        );
                        continue;
                    };
                    let mean = comparison.difference.mean.expect("what has an interval has a value");
                    assert!(low <= mean && mean <= high, "{name}: {comparison:?}");
                    assert_eq!(differs, low > 0.0 || high < 0.0, "{name}: {comparison:?}");
                    assert_eq!(judged.verdict == Verdict::Lower, high < 0.0, "{name}: {comparison:?}");
                    shown += usize::from(differs);
                    not_shown += usize::from(!differs);
                }
            }
        }
        assert!(shown > 500 && not_shown > 500, "{shown} {not_shown}");
    }

    #[test]
    fn a_side_without_events_beside_one_burst_shows_nothing() {
        let index = measure_index("stall_rate").expect("a measure");
        let rows = |strategy: usize, stalled: f64| -> Vec<Row> {
            let row = |replication: u32| {
                let mut measures = [None; MEASURES.len()];
                measures[measure_index("attempts").expect("a measure")] = Some(100.0);
                measures[measure_index("create_failed").expect("a measure")] = Some(0.0);
                measures[index] = Some(if replication == 0 { stalled / 100.0 } else { 0.0 });
                Row { group: Group { point: 0, strategy }, replication, fingerprint: 0, events: 0, measures }
            };
            (0..20).map(row).collect()
        };
        let compared = point(&mut Estimator::new(0.95), &[rows(0, 60.0), rows(1, 0.0)], 0);
        let judged = compared[0].1[index].judged.expect("twenty pairs");
        let (low, high) = judged.interval.expect("an interval");
        assert_eq!(judged.verdict, Verdict::NotShown);
        assert!(low < -0.03 && high >= 0.0, "{low} {high}");
    }
}
