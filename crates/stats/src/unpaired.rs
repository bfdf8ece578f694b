//! Differences between two independent sets of runs: no common random numbers.

use crate::difference::{Difference, Limits, sign};
use crate::ratio::{ROUNDING, Ratio};
use crate::{Method, Student, count, mean, paired};

/// Difference of two means with Welch's interval; degrees of freedom by Welch and Satterthwaite.
///
/// No interval if a value is infinite, or if a side has fewer than two values. If neither side varies, the p-value is
/// that of the permutation test: R. A. Fisher, "The design of experiments" (1935), section 21.
///
/// ```
/// use stats::{Student, unpaired};
/// let difference = unpaired::means(&[5.1, 4.9, 5.6, 5.8], &[4.0, 4.4, 3.9], &mut Student::new(0.95));
/// assert!((difference.mean.unwrap() - 1.25).abs() < 1e-12);
/// ```
#[must_use]
pub fn means(mine: &[f64], theirs: &[f64], student: &mut Student) -> Difference {
    let (a, b) = (mean::estimate(mine, student), mean::estimate(theirs, student));
    let mean = a.mean.zip(b.mean).map(|(a, b)| a - b).filter(|difference| !difference.is_nan());
    let (Some(difference), 2..) = (mean.filter(|difference| difference.is_finite()), a.n.min(b.n)) else {
        return Difference::bare(a.n.min(b.n), mean);
    };
    let side = |of: &[f64]| {
        let n = of.len() as f64;
        Chance { variance: mean::moments(of).1 / n, degrees: n - 1.0, n: of.len() }
    };
    welch(difference, &side(mine), &side(theirs), 0.0)
}

/// Difference of two ratios of sums with Welch's interval on the jackknife's standard errors.
#[must_use]
pub fn ratios(mine: &Ratio<'_>, theirs: &Ratio<'_>) -> Difference {
    let n = mine.n().min(theirs.n());
    let pooled = mine.pooled().zip(theirs.pooled());
    let (Some((a, b)), 2..) = (pooled, n) else { return Difference::bare(n, pooled.map(|(a, b)| a - b)) };
    let side = |of: &Ratio<'_>| Chance { variance: of.variance(), degrees: of.degrees(), n: of.n() };
    welch(a - b, &side(mine), &side(theirs), ROUNDING * a.abs().max(b.abs()))
}

/// One side's standard error.
struct Chance {
    /// Variance of its estimate.
    variance: f64,
    /// Degrees of freedom of that variance.
    degrees: f64,
    /// Replications.
    n: usize,
}

/// Welch's test; a standard error up to `rounding` counts as zero.
fn welch(difference: f64, mine: &Chance, theirs: &Chance, rounding: f64) -> Difference {
    let (v, w, n) = (mine.variance, theirs.variance, mine.n.min(theirs.n));
    let error = libm::sqrt(v + w);
    if error <= rounding {
        // The share of all assignments of the values to the two sides that separate the sides as observed.
        let parted = (2.0 / ways(mine.n, theirs.n)).min(1.0);
        return Difference {
            p_value: Some(if difference == 0.0 { 1.0 } else { parted }),
            sign: sign(difference),
            method: Method::Constant,
            limits: Limits::Constant(parted),
            ..Difference::bare(n, Some(difference))
        };
    }
    let df = (v + w) * (v + w) / (v * v / mine.degrees + w * w / theirs.degrees);
    Difference::t(n, difference, error, df, Method::Welch)
}

/// Difference of proportions: [`ratios`], or the exact limits of [`paired::proportions`] if events are few.
#[must_use]
pub fn proportions(mine: &Ratio<'_>, theirs: &Ratio<'_>, student: &mut Student) -> Difference {
    let rare = paired::rare_outcomes(mine, student) + paired::rare_outcomes(theirs, student);
    if mine.n().min(theirs.n()) < 2 || rare >= count::FEW {
        return ratios(mine, theirs).of_shares();
    }
    paired::exact_proportions(mine, theirs, student)
}

/// Difference of numbers of events: Welch's, or the exact limits of [`paired::counts`] if events are few.
#[must_use]
pub fn counts(mine: &[f64], theirs: &[f64], student: &mut Student) -> Difference {
    let events = count::effective(mine, student) + count::effective(theirs, student);
    if mine.len().min(theirs.len()) < 2 || events >= count::FEW {
        return means(mine, theirs, student);
    }
    paired::exact_counts(mine, theirs, student)
}

/// The binomial coefficient of `a` + `b` over `a`.
fn ways(a: usize, b: usize) -> f64 {
    (1..=b).map(|i| (a + i) as f64 / i as f64).product()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_that_do_not_vary_are_judged_by_permutation() {
        let mut student = Student::new(0.95);
        let p = |a: &[f64], b: &[f64], student: &mut Student| means(a, b, student).p_value.expect("a p-value");
        assert!((p(&[2.0; 4], &[1.0; 4], &mut student) - 2.0 / 70.0).abs() < 1e-15); // 8 over 4 is 70
        assert!((p(&[2.0; 2], &[1.0; 2], &mut student) - 1.0 / 3.0).abs() < 1e-15);
        assert!((p(&[1.0; 2], &[1.0; 2], &mut student) - 1.0).abs() < 1e-15);
    }

    #[test]
    fn the_difference_of_means_agrees_with_scipy() {
        // scipy.stats.ttest_ind(a, b, equal_var=False)
        let difference = means(&[5.1, 4.9, 5.6, 5.8], &[4.0, 4.4, 3.9], &mut Student::new(0.95));
        let (low, high) = difference.interval(&mut Student::new(0.95)).expect("an interval");
        assert!((low - 0.579_665_928_546_629_2).abs() < 1e-12, "{low}");
        assert!((high - 1.920_334_071_453_369).abs() < 1e-12, "{high}");
        let p = difference.p_value.expect("a p-value");
        assert!((p - 0.004_993_460_730_871_94).abs() < 1e-14, "{p}");
    }

    #[test]
    fn ratios_of_equal_wholes_differ_as_means_do() {
        let mine = Ratio { parts: &[51.0, 49.0, 56.0, 58.0], wholes: &[10.0; 4] };
        let theirs = Ratio { parts: &[40.0, 44.0, 39.0], wholes: &[10.0; 3] };
        let difference = ratios(&mine, &theirs);
        assert!((difference.p_value.expect("a p-value") - 0.004_993_460_730_871_94).abs() < 1e-12);
        assert_eq!((difference.n, difference.method), (3, Method::Welch));
    }
}
