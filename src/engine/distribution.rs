//! Laws of a duration, sampled by inversion: one uniform gives one variate.
//!
//! One uniform per variate keeps common random numbers in step: a draw under one strategy is the same quantile
//! under another.

use std::sync::Arc;

use super::smooth::{Formula, Smooth};
use super::stream::fraction;
use super::time::Duration;

/// The standard normal quantile of 0.99.
const Z99: f64 = 2.326_347_874_040_841;

/// How a duration is distributed.
#[derive(Clone, Debug, PartialEq)]
pub enum Law {
    /// Always the same.
    Constant(Duration),
    /// Uniform on [`low`, `high`], in seconds.
    Uniform {
        /// Smallest value, s, ≥ 0.
        low: f64,
        /// Largest value, s, ≥ `low`.
        high: f64,
    },
    /// A law whose quantiles are a formula: see [`Law::exponential`], [`Law::lognormal`], [`Law::pareto`].
    Smooth(Arc<Smooth>),
    /// Quantiles of measured values, linear between them: the i-th of n sorted values is the quantile i/(n − 1).
    Empirical(Arc<[f64]>),
}

impl Law {
    /// The exponential law of `mean` seconds, > 0.
    #[must_use]
    pub fn exponential(mean: f64) -> Self {
        Self::Smooth(Arc::new(Smooth::new(Formula::Exponential { mean })))
    }

    /// The lognormal law of this median and 99th percentile, both in seconds, 0 < `median` ≤ `p99`:
    /// median·exp(σz) with σ = ln(p99/median)/2.3263.
    ///
    /// ```
    /// use pushpull::engine::Law;
    /// let law = Law::lognormal(0.040, 0.250);
    /// assert_eq!(law.quantile(0.5).as_nanos(), 40_000_000);
    /// ```
    #[must_use]
    pub fn lognormal(median: f64, p99: f64) -> Self {
        let sigma = libm::log(p99 / median) / Z99;
        Self::Smooth(Arc::new(Smooth::new(Formula::Lognormal { median, sigma })))
    }

    /// The Pareto law min·(1 − u)^(−1/shape); `min` in seconds, > 0; `shape` > 0.
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
            Self::Empirical(values) => Duration::from_secs_f64(interpolate(values, u)),
        }
    }

    /// The value at the quantile that is 64 random `bits` as a fraction.
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
            Self::Empirical(values) if values.len() == 1 => values[0],
            Self::Empirical(values) => {
                values.windows(2).map(|pair| f64::midpoint(pair[0], pair[1])).sum::<f64>() / (values.len() - 1) as f64
            }
        }
    }
}

/// Linear interpolation between sorted `values` at quantile `u`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 ≤ position < values.len()")]
fn interpolate(values: &[f64], u: f64) -> f64 {
    let last = values.len() - 1;
    let position = u * last as f64;
    let index = (position as usize).min(last.saturating_sub(1));
    let fraction = position - index as f64;
    let upper = values[(index + 1).min(last)];
    values[index] + (upper - values[index]) * fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_each_law_are_those_of_its_formula() {
        let ms = |x: f64| Duration::from_secs_f64(x / 1000.0);
        assert_eq!(Law::Uniform { low: 0.010, high: 0.030 }.quantile(0.25), ms(15.0));
        assert_eq!(Law::exponential(1.0).quantile(0.5).as_nanos(), 693_147_181); // ln 2
        let p99 = Law::lognormal(0.040, 0.250).quantile(0.99).as_secs_f64();
        assert!((p99 / 0.250 - 1.0).abs() < 2e-7, "{p99}");
        assert_eq!(Law::pareto(0.005, 1.5).quantile(0.0), ms(5.0));
        assert_eq!(Law::pareto(1.0, 2.0).quantile(0.75), ms(2000.0)); // 0.25^(-1/2)
        let empirical = Law::Empirical([0.0, 1.0, 4.0].into());
        assert_eq!(empirical.quantile(0.5), ms(1000.0));
        assert_eq!(empirical.quantile(0.75), ms(2500.0));
        assert_eq!(Law::Empirical([2.0].into()).quantile(0.9), ms(2000.0));
    }

    #[test]
    fn means_are_those_of_the_formulas() {
        assert!((Law::pareto(1.0, 3.0).mean() - 1.5).abs() < 1e-12);
        assert!(Law::pareto(1.0, 1.0).mean().is_infinite());
        assert!((Law::Empirical([0.0, 1.0, 4.0].into()).mean() - 1.5).abs() < 1e-12);
    }
}
