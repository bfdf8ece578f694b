//! Student's t at one confidence level.

use std::collections::BTreeMap;

use crate::count::garwood;
use crate::special::{beta_quantile_logit, gamma_quantile, student_two_sided};

/// Quantiles of Student's t and of the normal distribution, and limits of counts, at one confidence level. Each is
/// computed once.
#[derive(Clone, Debug)]
pub struct Student {
    alpha: f64,
    normal: f64,
    /// Quantiles by the bits of the degrees of freedom.
    by_df: BTreeMap<u64, f64>,
    /// Garwood's limits by the bits of the number of events.
    garwood: BTreeMap<u64, (f64, f64)>,
}

/// Maximum number of limits in the cache.
const REMEMBERED: usize = 1 << 12;

impl Student {
    /// For two-sided intervals of confidence `level`.
    ///
    /// # Panics
    /// If `level` is not in (0, 1).
    #[must_use]
    pub fn new(level: f64) -> Self {
        assert!(level > 0.0 && level < 1.0, "a confidence of {level} is not in (0, 1)");
        Self { normal: libm::sqrt(2.0 * gamma_quantile(level, 0.5)), ..Self::beside(1.0 - level) }
    }

    /// For two-sided intervals that leave the probability `alpha` outside, however small.
    ///
    /// # Panics
    /// If `alpha` is not in (0, 1).
    #[must_use]
    pub fn beside(alpha: f64) -> Self {
        assert!(alpha > 0.0 && alpha < 1.0, "a probability of {alpha} outside is not in (0, 1)");
        Self {
            alpha,
            normal: libm::sqrt(2.0 * gamma_quantile(1.0 - alpha, 0.5)),
            by_df: BTreeMap::new(),
            garwood: BTreeMap::new(),
        }
    }

    /// The confidence level.
    #[must_use]
    pub const fn level(&self) -> f64 {
        1.0 - self.alpha
    }

    /// The probability outside the interval, 1 − level.
    #[must_use]
    pub const fn alpha(&self) -> f64 {
        self.alpha
    }

    /// The normal quantile z with P(|Z| ≤ z) = level.
    #[must_use]
    pub const fn normal(&self) -> f64 {
        self.normal
    }

    /// The quantile t with P(|T| ≤ t) = level for `df` > 0 degrees of freedom, which may be a fraction.
    ///
    /// ```
    /// let mut student = stats::Student::new(0.95);
    /// assert!((student.quantile(9.0) - 2.262_157_162_798_205).abs() < 1e-12); // any table of t
    /// ```
    ///
    /// # Panics
    /// If `df` is not positive.
    pub fn quantile(&mut self, df: f64) -> f64 {
        assert!(df > 0.0, "Student's t needs a degree of freedom");
        let alpha = self.alpha();
        if self.by_df.len() == REMEMBERED {
            self.by_df.clear();
        }
        *self.by_df.entry(df.to_bits()).or_insert_with(|| quantile(alpha, df))
    }

    /// [`garwood`] at this level.
    pub(super) fn garwood(&mut self, events: f64) -> (f64, f64) {
        let alpha = self.alpha();
        if self.garwood.len() == REMEMBERED {
            self.garwood.clear();
        }
        *self.garwood.entry(events.to_bits()).or_insert_with(|| garwood(events, alpha))
    }

    /// (t/z)² for `df` degrees of freedom: the factor on a sample size when the variance is estimated.
    pub fn penalty(&mut self, df: f64) -> f64 {
        let ratio = self.quantile(df) / self.normal;
        ratio * ratio
    }
}

/// t with P(|T| > t) = `alpha`: x = df/(df + t²) is the `alpha` quantile of Beta(df/2, 1/2), so t² = df·(1 − x)/x.
fn quantile(alpha: f64, df: f64) -> f64 {
    libm::sqrt(df) * libm::exp(-beta_quantile_logit(alpha, df / 2.0, 0.5) / 2.0)
}

/// P(|T| > |`t`|) for `df` degrees of freedom.
pub(super) fn p_value(t: f64, df: f64) -> f64 {
    student_two_sided(t, df)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_agree_with_scipy_for_few_and_very_many_degrees_of_freedom() {
        // scipy.stats.t.ppf(0.5 + level/2, df)
        for (level, df, expected) in [
            (0.95, 1, 12.706_204_736_174_694),
            (0.95, 2, 4.302_652_729_749_462),
            (0.95, 9, 2.262_157_162_798_205),
            (0.95, 19, 2.093_024_054_408_308_7),
            (0.99, 19, 2.860_934_606_464_979_4),
            (0.999, 4, 8.610_301_581_379_522),
            (0.95, 499, 1.964_729_390_987_688_6),
            (0.9, 10_000, 1.645_006_018_069_243),
            (0.95, 100_000, 1.959_987_707_534_609_5),
            (0.95, 1_000_000, 1.959_966_356_814_107),
            (0.95, 10_000_000, 1.959_964_221_767_205),
            (0.8, 3, 1.637_744_353_696_209),
        ] {
            let got = quantile(1.0 - level, f64::from(df));
            assert!((got - expected).abs() < 1e-11 * expected, "t({level}, {df}) = {got}, not {expected}");
        }
        assert!((Student::new(0.95).normal() - 1.959_963_984_540_054).abs() < 1e-13);
    }

    #[test]
    fn p_values_agree_with_scipy_far_into_the_tail() {
        // 2·scipy.stats.t.sf(t, df)
        for (t, df, expected) in [
            (2.0, 5.0, 0.101_939_478_829_858_35),
            (5.5, 19.0, 2.635_002_858_690_889_5e-5),
            (0.1, 19.0, 0.921_391_949_765_254_5),
            (40.0, 19.0, 8.307_757_199_338_434e-20),
        ] {
            let got = p_value(t, df);
            assert!((got - expected).abs() < 1e-12 * expected, "P(|T| > {t}) = {got}, not {expected}");
        }
        assert!(p_value(f64::INFINITY, 3.0) < f64::MIN_POSITIVE);
    }
}
