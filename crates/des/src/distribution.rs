//! Distributions of a duration, sampled by inversion: one uniform gives one variate.
//!
//! One uniform per variate keeps common random numbers in step: a draw in one alternative is the same quantile
//! in another.

use std::sync::Arc;

use crate::smooth::{Formula, Smooth};
use crate::stream::fraction;
use crate::time::Duration;

/// The standard normal quantile of 0.99.
const Z99: f64 = 2.326_347_874_040_841;

/// How a duration is distributed.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// Always the same.
    Constant(Duration),
    /// Uniform on [`low`, `high`], in seconds.
    Uniform {
        /// Smallest value, s, ≥ 0.
        low: f64,
        /// Largest value, s, ≥ `low`.
        high: f64,
    },
    /// A distribution whose quantile function is a formula: see [`Distribution::exponential`],
    /// [`Distribution::lognormal`], [`Distribution::pareto`].
    Smooth(Arc<Smooth>),
    /// Measured values in seconds, ascending, at least one: each of the n has probability 1/n.
    Empirical(Arc<[f64]>),
    /// Measured values in seconds, ascending, each with the sum of the weights up to and with it; the last sum is > 0.
    Weighted(Arc<[(f64, f64)]>),
    /// Quantiles and their values in seconds, both ascending, at least one: linear between them, constant below the
    /// first quantile and above the last.
    Quantiles(Arc<[(f64, f64)]>),
}

impl Distribution {
    /// The exponential distribution of `mean` seconds, > 0.
    #[must_use]
    pub fn exponential(mean: f64) -> Self {
        Self::Smooth(Arc::new(Smooth::new(Formula::Exponential { mean })))
    }

    /// The lognormal distribution of this median and 99th percentile, both in seconds, 0 < `median` ≤ `p99`:
    /// median·exp(σz) with σ = ln(p99/median)/2.3263.
    ///
    /// ```
    /// use des::Distribution;
    /// let distribution = Distribution::lognormal(0.040, 0.250);
    /// assert_eq!(distribution.quantile(0.5).as_nanos(), 40_000_000);
    /// ```
    #[must_use]
    pub fn lognormal(median: f64, p99: f64) -> Self {
        let sigma = libm::log(p99 / median) / Z99;
        Self::Smooth(Arc::new(Smooth::new(Formula::Lognormal { median, sigma })))
    }

    /// The Pareto distribution min·(1 − u)^(−1/shape); `min` in seconds, > 0; `shape` > 0.
    #[must_use]
    pub fn pareto(min: f64, shape: f64) -> Self {
        Self::Smooth(Arc::new(Smooth::new(Formula::Pareto { min, shape })))
    }

    /// The value at quantile `u` in [0, 1), rounded to a nanosecond.
    #[must_use]
    #[inline]
    pub fn quantile(&self, u: f64) -> Duration {
        match self {
            Self::Constant(duration) => *duration,
            Self::Uniform { low, high } => Duration::from_secs_f64(low + (high - low) * u),
            Self::Smooth(smooth) => smooth.quantile(u),
            Self::Empirical(values) => Duration::from_secs_f64(values[place(u, values.len())]),
            Self::Weighted(values) => Duration::from_secs_f64(weighted(values, u)),
            Self::Quantiles(points) => Duration::from_secs_f64(interpolate(points, u)),
        }
    }

    /// The value at the quantile given by 64 random `bits` as a fraction.
    #[inline]
    pub(super) fn draw(&self, bits: u64) -> Duration {
        match self {
            Self::Smooth(smooth) => smooth.at(bits),
            _ => self.quantile(fraction(bits)),
        }
    }

    /// The mean in seconds, infinite where it does not exist.
    #[must_use]
    pub fn mean(&self) -> f64 {
        match self {
            Self::Constant(duration) => duration.as_secs_f64(),
            Self::Uniform { low, high } => (low + high) / 2.0,
            Self::Smooth(smooth) => smooth.formula.mean(),
            Self::Empirical(values) => values.iter().sum::<f64>() / values.len() as f64,
            Self::Weighted(values) => {
                let mut before = 0.0;
                let terms = values.iter().map(|(value, sum)| value * (sum - std::mem::replace(&mut before, *sum)));
                terms.sum::<f64>() / total(values)
            }
            Self::Quantiles(points) => {
                let (first, last) = (points[0], points[points.len() - 1]);
                let between =
                    points.windows(2).map(|pair| (pair[1].0 - pair[0].0) * f64::midpoint(pair[0].1, pair[1].1));
                first.0 * first.1 + between.sum::<f64>() + (1.0 - last.0) * last.1
            }
        }
    }
}

/// The place ⌊u·n⌋ of `n` values, from 0. The product of a `u` near 1 may be rounded up to n.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 ≤ u·n ≤ n")]
fn place(u: f64, n: usize) -> usize {
    ((u * n as f64) as usize).min(n - 1)
}

/// The sum of all weights.
fn total(values: &[(f64, f64)]) -> f64 {
    values[values.len() - 1].1
}

/// The first value whose sum of weights is above `u` times the sum of all.
fn weighted(values: &[(f64, f64)], u: f64) -> f64 {
    let mark = u * total(values);
    values[values.partition_point(|(_, sum)| *sum <= mark).min(values.len() - 1)].0
}

/// Linear interpolation between `points`, quantile and value, at quantile `u`.
fn interpolate(points: &[(f64, f64)], u: f64) -> f64 {
    let above = points.partition_point(|(quantile, _)| *quantile <= u);
    match (above.checked_sub(1).map(|below| points[below]), points.get(above)) {
        (Some((q, value)), Some((next_q, next))) => value + (next - value) * ((u - q) / (next_q - q)),
        (Some((_, value)), None) | (None, Some(&(_, value))) => value,
        (None, None) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_each_law_are_those_of_its_formula() {
        let ms = |x: f64| Duration::from_secs_f64(x / 1000.0);
        assert_eq!(Distribution::Uniform { low: 0.010, high: 0.030 }.quantile(0.25), ms(15.0));
        assert_eq!(Distribution::exponential(1.0).quantile(0.5).as_nanos(), 693_147_181); // ln 2
        let p99 = Distribution::lognormal(0.040, 0.250).quantile(0.99).as_secs_f64();
        assert!((p99 / 0.250 - 1.0).abs() < 2e-7, "{p99}");
        assert_eq!(Distribution::pareto(0.005, 1.5).quantile(0.0), ms(5.0));
        assert_eq!(Distribution::pareto(1.0, 2.0).quantile(0.75), ms(2000.0)); // 0.25^(-1/2)
        assert_eq!(Distribution::Empirical([2.0].into()).quantile(0.9), ms(2000.0));
    }

    #[test]
    fn a_measured_value_is_drawn_as_often_as_it_was_measured_and_nothing_between() {
        let ms = |x: f64| Duration::from_secs_f64(x / 1000.0);
        let values = [0.001, 0.002, 0.003, 1.0];
        let weights = [(0.001, 1.0), (0.002, 2.0), (0.003, 3.0), (1.0, 4.0)];
        for distribution in [Distribution::Empirical(values.into()), Distribution::Weighted(weights.into())] {
            for (u, value) in [(0.0, 1), (0.249, 1), (0.25, 2), (0.5, 3), (0.749, 3), (0.75, 1000), (0.999, 1000)] {
                assert_eq!(distribution.quantile(u).as_nanos(), value * 1_000_000, "{distribution:?} {u}");
            }
            assert_eq!(distribution.quantile(1.0 - f64::EPSILON / 2.0).as_nanos(), 1_000_000_000);
            assert!((distribution.mean() - 0.2515).abs() < 1e-12);
        }
        // (1·5 + 3·15)/4
        let distribution = Distribution::Weighted([(5.0, 1.0), (15.0, 4.0)].into());
        assert_eq!((distribution.quantile(0.2499), distribution.quantile(0.25)), (ms(5000.0), ms(15_000.0)));
        assert!((distribution.mean() - 12.5).abs() < 1e-12);
        // 1 − 2⁻⁵³ times 3 is rounded to 3
        assert_eq!(Distribution::Empirical([0.0, 1.0, 4.0].into()).quantile(1.0 - f64::EPSILON / 2.0), ms(4000.0));
    }

    #[test]
    fn a_table_of_quantiles_is_linear_between_them_and_holds_its_ends() {
        let distribution = Distribution::Quantiles([(0.5, 0.010), (0.9, 0.050), (0.9, 0.060), (0.99, 0.150)].into());
        for (u, value) in
            [(0.0, 10.0), (0.5, 10.0), (0.7, 30.0), (0.9, 60.0), (0.945, 105.0), (0.99, 150.0), (0.999, 150.0)]
        {
            assert!((distribution.quantile(u).as_secs_f64() - value / 1000.0).abs() < 1e-9, "{u}");
        }
        // 0.5·10 + 0.4·30 + 0.09·105 + 0.01·150 ms
        assert!((distribution.mean() - 0.02795).abs() < 1e-12);
    }

    #[test]
    fn means_are_those_of_the_formulas() {
        assert!((Distribution::pareto(1.0, 3.0).mean() - 1.5).abs() < 1e-12);
        assert!(Distribution::pareto(1.0, 1.0).mean().is_infinite());
        assert!((Distribution::Empirical([0.0, 1.0, 5.0].into()).mean() - 2.0).abs() < 1e-12);
    }
}
