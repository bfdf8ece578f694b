//! Laws of a duration, sampled by inversion: one uniform gives one variate.
//!
//! One uniform per variate keeps common random numbers in step: a draw under one strategy is the same quantile
//! under another. Transcendental functions come from the pure-Rust `libm`, so that every platform rounds alike.

use std::sync::Arc;

use super::time::Duration;

/// The standard normal quantile of 0.99, which turns a (median, p99) pair into a lognormal's σ = ln(p99/median)/z.
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
    /// Exponential with this mean, s, > 0.
    Exponential {
        /// Mean, s.
        mean: f64,
    },
    /// Lognormal: median·exp(σz).
    Lognormal {
        /// Median, s, > 0.
        median: f64,
        /// Standard deviation of the logarithm, ≥ 0.
        sigma: f64,
    },
    /// Pareto: min·(1 − u)^(−1/shape).
    Pareto {
        /// Smallest value, s, > 0.
        min: f64,
        /// Tail index, > 0.
        shape: f64,
    },
    /// Quantiles of measured values, linear between them: the i-th of n sorted values is the quantile i/(n − 1).
    Empirical(Arc<[f64]>),
}

impl Law {
    /// The law of a lognormal from its median and 99th percentile, both in seconds.
    ///
    /// ```
    /// use pushpull::engine::Law;
    /// let law = Law::lognormal(0.040, 0.250);
    /// assert_eq!(law.quantile(0.5).as_nanos(), 40_000_000);
    /// ```
    #[must_use]
    pub fn lognormal(median: f64, p99: f64) -> Self {
        Self::Lognormal { median, sigma: libm::log(p99 / median) / Z99 }
    }

    /// The value at quantile `u` in [0, 1), rounded to a nanosecond.
    #[must_use]
    pub fn quantile(&self, u: f64) -> Duration {
        match self {
            Self::Constant(duration) => *duration,
            Self::Uniform { low, high } => Duration::from_secs_f64(low + (high - low) * u),
            Self::Exponential { mean } => Duration::from_secs_f64(-mean * libm::log1p(-u)),
            Self::Lognormal { median, sigma } => {
                Duration::from_secs_f64(median * libm::exp(sigma * normal_quantile(u)))
            }
            Self::Pareto { min, shape } => Duration::from_secs_f64(min * libm::exp(-libm::log1p(-u) / shape)),
            Self::Empirical(values) => Duration::from_secs_f64(interpolate(values, u)),
        }
    }

    /// The mean in seconds, infinite where it does not exist.
    #[must_use]
    pub fn mean(&self) -> f64 {
        match self {
            Self::Constant(duration) => duration.as_secs_f64(),
            Self::Uniform { low, high } => (low + high) / 2.0,
            Self::Exponential { mean } => *mean,
            Self::Lognormal { median, sigma } => median * libm::exp(sigma * sigma / 2.0),
            Self::Pareto { shape, .. } if *shape <= 1.0 => f64::INFINITY,
            Self::Pareto { min, shape } => shape * min / (shape - 1.0),
            Self::Empirical(values) if values.len() == 1 => values[0],
            Self::Empirical(values) => {
                values.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0).sum::<f64>() / (values.len() - 1) as f64
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

/// The standard normal quantile at `u` in [0, 1): Wichura's algorithm AS 241 (PPND16), relative error about 1e-16.
///
/// At `u` = 0 the smallest uniform, 2^-54, stands in, so the result is finite.
///
/// M. J. Wichura, "Algorithm AS 241: The percentage points of the normal distribution", Applied Statistics 37 (1988) 477–484.
#[must_use]
pub fn normal_quantile(u: f64) -> f64 {
    let q = u - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * polynomial(&CENTRE_NUMERATOR, r) / polynomial(&CENTRE_DENOMINATOR, r);
    }
    let tail = if q < 0.0 { u.max(f64::from_bits((1023 - 54) << 52)) } else { 1.0 - u };
    let r = libm::sqrt(-libm::log(tail));
    let value = if r <= 5.0 {
        polynomial(&MIDDLE_NUMERATOR, r - 1.6) / polynomial(&MIDDLE_DENOMINATOR, r - 1.6)
    } else {
        polynomial(&TAIL_NUMERATOR, r - 5.0) / polynomial(&TAIL_DENOMINATOR, r - 5.0)
    };
    if q < 0.0 { -value } else { value }
}

/// Horner's rule, lowest coefficient first; never fused, so that every platform rounds alike.
fn polynomial(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

const CENTRE_NUMERATOR: [f64; 8] = [
    3.387_132_872_796_366_5,
    1.331_416_678_917_843_8e2,
    1.971_590_950_306_551_3e3,
    1.373_169_376_550_946e4,
    4.592_195_393_154_987e4,
    6.726_577_092_700_87e4,
    3.343_057_558_358_813e4,
    2.509_080_928_730_122_7e3,
];
const CENTRE_DENOMINATOR: [f64; 8] = [
    1.0,
    4.231_333_070_160_091e1,
    6.871_870_074_920_579e2,
    5.394_196_021_424_751e3,
    2.121_379_430_158_659_7e4,
    3.930_789_580_009_271e4,
    2.872_908_573_572_194_3e4,
    5.226_495_278_852_545e3,
];
const MIDDLE_NUMERATOR: [f64; 8] = [
    1.423_437_110_749_683_5,
    4.630_337_846_156_546,
    5.769_497_221_460_691,
    3.647_848_324_763_204_5,
    1.270_458_252_452_368_4,
    2.417_807_251_774_506e-1,
    2.272_384_498_926_918_4e-2,
    7.745_450_142_783_414e-4,
];
const MIDDLE_DENOMINATOR: [f64; 8] = [
    1.0,
    2.053_191_626_637_758_8,
    1.676_384_830_183_803_8,
    6.897_673_349_851e-1,
    1.481_039_764_274_800_8e-1,
    1.519_866_656_361_645_7e-2,
    5.475_938_084_995_345e-4,
    1.050_750_071_644_416_9e-9,
];
const TAIL_NUMERATOR: [f64; 8] = [
    6.657_904_643_501_103,
    5.463_784_911_164_114,
    1.784_826_539_917_291_3,
    2.965_605_718_285_048_7e-1,
    2.653_218_952_657_612_4e-2,
    1.242_660_947_388_078_4e-3,
    2.711_555_568_743_487_6e-5,
    2.010_334_399_292_288_1e-7,
];
const TAIL_DENOMINATOR: [f64; 8] = [
    1.0,
    5.998_322_065_558_88e-1,
    1.369_298_809_227_358e-1,
    1.487_536_129_085_061_5e-2,
    7.868_691_311_456_133e-4,
    1.846_318_317_510_054_8e-5,
    1.421_511_758_316_446e-7,
    2.044_263_103_389_939_8e-15,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normal_quantile_agrees_with_published_percentage_points() {
        // scipy.stats.norm.ppf
        for (u, expected) in [
            (0.5, 0.0),
            (0.975, 1.959_963_984_540_054),
            (0.99, 2.326_347_874_040_841),
            (0.25, -0.674_489_750_196_081_7),
            (1e-3, -3.090_232_306_167_813_5),
            (1e-9, -5.997_807_015_007_686),
            (1e-15, -7.941_345_326_170_997),
        ] {
            let got: f64 = normal_quantile(u);
            assert!((got - expected).abs() <= 2e-15 * expected.abs(), "{u}: {got} against {expected}");
        }
        assert!(normal_quantile(0.0).is_finite());
    }

    #[test]
    fn quantiles_of_each_law_are_those_of_its_formula() {
        let ms = |x: f64| Duration::from_secs_f64(x / 1000.0);
        assert_eq!(Law::Uniform { low: 0.010, high: 0.030 }.quantile(0.25), ms(15.0));
        assert_eq!(Law::Exponential { mean: 1.0 }.quantile(0.5).as_nanos(), 693_147_181); // ln 2
        assert_eq!(Law::lognormal(0.040, 0.250).quantile(0.99), ms(250.0));
        assert_eq!(Law::Pareto { min: 0.005, shape: 1.5 }.quantile(0.0), ms(5.0));
        assert_eq!(Law::Pareto { min: 1.0, shape: 2.0 }.quantile(0.75), ms(2000.0)); // 0.25^(-1/2)
        let empirical = Law::Empirical([0.0, 1.0, 4.0].into());
        assert_eq!(empirical.quantile(0.5), ms(1000.0));
        assert_eq!(empirical.quantile(0.75), ms(2500.0));
        assert_eq!(Law::Empirical([2.0].into()).quantile(0.9), ms(2000.0));
    }

    #[test]
    fn means_are_those_of_the_formulas() {
        assert!((Law::Pareto { min: 1.0, shape: 3.0 }.mean() - 1.5).abs() < 1e-12);
        assert!(Law::Pareto { min: 1.0, shape: 1.0 }.mean().is_infinite());
        assert!((Law::Empirical([0.0, 1.0, 4.0].into()).mean() - 1.5).abs() < 1e-12);
    }
}
