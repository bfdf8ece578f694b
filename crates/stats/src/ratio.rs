//! A ratio of sums over replications: sum over sum, with the jackknife.

use crate::{Estimate, Method, Student};

/// A part and a whole of each replication: events and trials, or a total and its divisor.
#[derive(Clone, Copy, Debug)]
pub struct Ratio<'a> {
    /// Parts, each of its replication's whole.
    pub parts: &'a [f64],
    /// Wholes, > 0.
    pub wholes: &'a [f64],
}

impl Ratio<'_> {
    /// Replications.
    pub(super) const fn n(&self) -> usize {
        self.parts.len()
    }

    /// The sum of the parts.
    pub(super) fn part(&self) -> f64 {
        self.parts.iter().sum()
    }

    /// The sum of the wholes.
    pub(super) fn whole(&self) -> f64 {
        self.wholes.iter().sum()
    }

    /// Sum over sum; none without replications, or if the result is not finite.
    ///
    /// If every replication has the same ratio, the result is that ratio, to the last bit.
    #[must_use]
    pub fn pooled(&self) -> Option<f64> {
        let first = *self.parts.first()? / *self.wholes.first()?;
        let alike = self.each().all(|ratio| ratio.total_cmp(&first).is_eq());
        Some(if alike { first } else { self.part() / self.whole() }).filter(|pooled| pooled.is_finite())
    }

    /// The ratio of each replication.
    pub(super) fn each(&self) -> impl Iterator<Item = f64> + '_ {
        self.parts.iter().zip(self.wholes).map(|(part, whole)| part / whole)
    }

    /// For each replication, the pooled ratio of the others; needs two.
    pub(super) fn without_one(&self) -> impl Iterator<Item = f64> {
        let (parts, wholes) = (without_one(self.parts), without_one(self.wholes));
        parts.into_iter().zip(wholes).map(|(part, whole)| part / whole)
    }

    /// Degrees of freedom of [`Ratio::variance`]: n − 1 for replications of equal size, fewer if few of them hold most
    /// of the whole: (n − 1)·W with W = (Σw)²/(n·Σw²). L. Kish, "Survey sampling" (1965), section 11.7.
    pub(super) fn degrees(&self) -> f64 {
        let (n, whole) = (self.n() as f64, self.whole());
        let squares: f64 = self.wholes.iter().map(|whole| whole * whole).sum();
        (n - 1.0) * (whole * whole / squares / n).min(1.0)
    }

    /// The jackknife's variance of the pooled ratio, about the pooled ratio; needs two replications, and finite parts.
    pub(super) fn variance(&self) -> f64 {
        let pooled = self.pooled().expect("two replications with a ratio");
        jackknife(self.without_one().map(|ratio| ratio - pooled))
    }
}

/// For each value, the sum of the others: those before plus those after. No subtraction, so a small remainder beside a
/// large value keeps its digits.
fn without_one(values: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; values.len()];
    let mut after = 0.0;
    for (sum, value) in sums.iter_mut().zip(values).rev() {
        *sum = after;
        after += value;
    }
    let mut before = 0.0;
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += before;
        before += value;
    }
    sums
}

/// The jackknife's variance of a statistic, from its deviations when one replication is left out: (n − 1)/n · Σ d².
pub(super) fn jackknife(deviations: impl Iterator<Item = f64>) -> f64 {
    let (mut n, mut squares) = (0.0, 0.0);
    for deviation in deviations {
        n += 1.0;
        squares += deviation * deviation;
    }
    squares * (n - 1.0) / n
}

/// A standard error below this share of the value is rounding.
pub(super) const ROUNDING: f64 = 1e-12;

/// The pooled ratio, with Student's t interval about it from the jackknife: R ± t·√((n − 1)/n · Σ (Rᵢ − R)²), where Rᵢ
/// is the ratio without replication i, and t has (n − 1)·(Σw)²/(n·Σw²) degrees of freedom for wholes w.
///
/// With equal wholes this is the interval of the mean of the ratios. With unequal wholes each replication has the
/// weight of its whole, and the degrees of freedom account for it. M. H. Quenouille, "Notes on bias in estimation",
/// Biometrika 43 (1956) 353–360; J. W. Tukey, "Bias and confidence in not quite large samples", Annals of Mathematical
/// Statistics 29 (1958) 614.
///
/// One replication has no interval. Equal ratios have an interval of zero width ([`Method::Constant`]).
///
/// ```
/// use stats::Student;
/// use stats::ratio::{Ratio, self};
/// let ratio = Ratio { parts: &[0.0, 5.0], wholes: &[2.0, 8.0] };
/// assert_eq!(ratio::estimate(&ratio, &mut Student::new(0.95)).mean, Some(0.5)); // 5 of 10, not (0 + 5/8)/2
/// ```
#[must_use]
pub fn estimate(ratio: &Ratio<'_>, student: &mut Student) -> Estimate {
    let n = ratio.n();
    let Some(pooled) = ratio.pooled().filter(|_| n > 1) else { return Estimate::bare(n, ratio.pooled()) };
    let error = libm::sqrt(ratio.variance());
    if error <= ROUNDING * pooled.abs() {
        return Estimate { n, mean: Some(pooled), interval: Some((pooled, pooled)), method: Method::Constant };
    }
    let half = student.quantile(ratio.degrees()) * error;
    Estimate { n, mean: Some(pooled), interval: Some((pooled - half, pooled + half)), method: Method::Jackknife }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mean;

    #[test]
    fn runs_weigh_as_much_as_their_wholes() {
        let ratio = Ratio { parts: &[0.0, 5.0], wholes: &[2.0, 8.0] };
        let estimate = estimate(&ratio, &mut Student::new(0.95));
        // Without the first 5/8, without the second 0/2: 1/2 · ((1/8)² + (1/2)²) = 17/128
        // on 1·(10²/(2·68)) = 25/34 of a degree of freedom.
        let mut student = Student::new(0.95);
        let half = student.quantile(25.0 / 34.0) * libm::sqrt(17.0 / 128.0);
        let (low, high) = estimate.interval.expect("an interval");
        assert_eq!((estimate.n, estimate.mean, estimate.method), (2, Some(0.5), Method::Jackknife));
        assert!((low - (0.5 - half)).abs() < 1e-9 && (high - (0.5 + half)).abs() < 1e-9, "{low} {high}");
    }

    #[test]
    fn equal_wholes_give_the_interval_of_the_mean() {
        let mut student = Student::new(0.95);
        let (parts, values) = ([41.0, 50.0, 38.0, 46.0, 55.0], [4.1, 5.0, 3.8, 4.6, 5.5]);
        let pooled = estimate(&Ratio { parts: &parts, wholes: &[10.0; 5] }, &mut student);
        let mean = mean::estimate(&values, &mut student);
        let ((a, b), (c, d)) = (pooled.interval.expect("an interval"), mean.interval.expect("an interval"));
        assert!((a - c).abs() < 1e-13 && (b - d).abs() < 1e-13, "{a} {b}, {c} {d}");
    }

    #[test]
    fn ratios_that_are_all_the_same_are_said_to_be_whatever_their_wholes() {
        let same = Ratio { parts: &[0.3, 0.6, 2.1], wholes: &[3.0, 6.0, 21.0] };
        let estimate = estimate(&same, &mut Student::new(0.95));
        assert_eq!(estimate.method, Method::Constant);
    }

    #[test]
    fn a_run_beside_which_the_others_vanish_leaves_a_number() {
        let vanishing = Ratio { parts: &[1e18, 1e-3, 1e-3], wholes: &[2e18, 1e-3, 4e-3] };
        let estimate = estimate(&vanishing, &mut Student::new(0.95));
        let (low, high) = estimate.interval.expect("an interval");
        assert_eq!(vanishing.without_one().next(), Some(0.4));
        assert!(low.is_finite() && high.is_finite() && low < 0.4 && high > 0.5, "{low} {high}");
    }

    #[test]
    fn a_ratio_that_is_no_finite_number_is_undefined() {
        let mut student = Student::new(0.95);
        for parts in [[1.0, f64::INFINITY], [f64::INFINITY; 2], [f64::INFINITY, f64::NEG_INFINITY], [f64::MAX; 2]] {
            let ratio = Ratio { parts: &parts, wholes: &[2.0, 3.0] };
            assert_eq!(estimate(&ratio, &mut student), Estimate::bare(2, None), "{parts:?}");
        }
    }

    #[test]
    fn one_replication_and_none_have_no_interval() {
        let mut student = Student::new(0.95);
        let one = Ratio { parts: &[1.0], wholes: &[4.0] };
        assert_eq!(estimate(&one, &mut student), Estimate::bare(1, Some(0.25)));
        assert_eq!(estimate(&Ratio { parts: &[], wholes: &[] }, &mut student), Estimate::bare(0, None));
    }
}
