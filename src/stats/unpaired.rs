//! Differences between two sets of runs that share no luck.

use super::paired::{self, Difference, Trials};
use super::{Method, Student, count, mean, student};

/// Difference of two means with Welch's interval; degrees of freedom by Welch and Satterthwaite.
///
/// No interval where a value is infinite, or a side has fewer than two. Where neither side varies, the p-value is that
/// of the permutation test: R. A. Fisher, "The design of experiments" (1935), section 21.
///
/// ```
/// use pushpull::stats::{Student, unpaired};
/// let difference = unpaired::means(&[5.1, 4.9, 5.6, 5.8], &[4.0, 4.4, 3.9], &mut Student::new(0.95));
/// assert!((difference.mean.unwrap() - 1.25).abs() < 1e-12);
/// ```
#[must_use]
pub fn means(mine: &[f64], theirs: &[f64], student: &mut Student) -> Difference {
    let (a, b) = (mean::estimate(mine, student), mean::estimate(theirs, student));
    let n = a.n.min(b.n);
    let mean = a.mean.zip(b.mean).map(|(a, b)| a - b).filter(|difference| !difference.is_nan());
    let bare = Difference { n, mean, interval: None, p_value: None, sign: 0, method: Method::None };
    let Some(difference) = mean.filter(|difference| difference.is_finite() && n > 1) else { return bare };
    let ((_, v), (_, w)) = (mean::moments(mine), mean::moments(theirs));
    let (v, w) = (v / mine.len() as f64, w / theirs.len() as f64);
    let error = libm::sqrt(v + w);
    let sign = i8::from(difference > 0.0) - i8::from(difference < 0.0);
    if error == 0.0 {
        // Of all ways to deal the values to the sides, the probability of one that parts them.
        let p_value = Some(if sign == 0 { 1.0 } else { 2.0 / ways(mine.len(), theirs.len()) }.min(1.0));
        return Difference {
            interval: Some((difference, difference)),
            p_value,
            sign,
            method: Method::Constant,
            ..bare
        };
    }
    let df = (v + w) * (v + w) / (v * v / (mine.len() - 1) as f64 + w * w / (theirs.len() - 1) as f64);
    let half = student::quantile(student.alpha(), df) * error;
    Difference {
        interval: Some((difference - half, difference + half)),
        p_value: Some(student::p_value(difference / error, df)),
        sign,
        method: Method::Welch,
        ..bare
    }
}

/// Difference of proportions: Welch's, or the exact limits of [`paired::proportions`] where events are few.
///
/// # Panics
/// If a rate is not in [0, 1].
#[must_use]
pub fn proportions(mine: &Trials<'_>, theirs: &Trials<'_>, student: &mut Student) -> Difference {
    let events = mine.effective_events(student) + theirs.effective_events(student);
    if mine.rates.len().min(theirs.rates.len()) < 2 || events >= count::FEW {
        return means(mine.rates, theirs.rates, student);
    }
    paired::exact_proportions(mine, theirs, student)
}

/// Difference of numbers of events: Welch's, or the exact limits of [`paired::counts`] where events are few.
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
        let (low, high) = difference.interval.expect("an interval");
        assert!((low - 0.579_665_928_546_629_2).abs() < 1e-12, "{low}");
        assert!((high - 1.920_334_071_453_369).abs() < 1e-12, "{high}");
        let p = difference.p_value.expect("a p-value");
        assert!((p - 0.004_993_460_730_871_94).abs() < 1e-14, "{p}");
    }
}
