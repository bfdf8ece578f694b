//! Differences between two alternatives that faced the same luck: paired over replications.

use super::proportion::{self, clopper_pearson};
use super::special::beta_cdf;
use super::{Method, Student, count, mean, student};

/// A difference, `mine` − `theirs`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Pairs whose difference is defined: two infinite values have none.
    pub n: usize,
    /// Their mean; infinite if one is; none if there is none, or if infinities of both signs meet.
    pub mean: Option<f64>,
    /// The interval's limits, where there is one.
    pub interval: Option<(f64, f64)>,
    /// The two-sided p-value of no difference.
    pub p_value: Option<f64>,
    /// Whether `mine` is the larger, as far as the test looks: −1, 0 or 1.
    pub sign: i8,
    /// How interval and p-value were made.
    pub method: Method,
}

/// Differences of values in pairs of (mine, theirs).
///
/// Student's t on the differences. Where some are infinite, the exact sign test, without an interval; where all are the
/// same, as the lengths of queues may be, t would be certain after two of them: the sign test, whatever their size.
///
/// ```
/// use pushpull::stats::{Student, paired};
/// let pairs = [(1.1, 1.0), (1.3, 1.0), (0.9, 0.9), (1.2, 1.1), (1.4, 1.2)];
/// let difference = paired::means(&pairs, &mut Student::new(0.95));
/// assert!((difference.mean.unwrap() - 0.14).abs() < 1e-12);
/// assert!((difference.p_value.unwrap() - 0.051_606).abs() < 1e-5); // scipy.stats.ttest_rel
/// ```
#[must_use]
pub fn means(pairs: &[(f64, f64)], student: &mut Student) -> Difference {
    let differences: Vec<f64> =
        pairs.iter().map(|(mine, theirs)| mine - theirs).filter(|difference| !difference.is_nan()).collect();
    if differences.iter().any(|difference| difference.is_infinite()) {
        return signs(&differences);
    }
    let estimate = mean::estimate(&differences, student);
    if estimate.method == Method::Constant {
        return Difference {
            mean: estimate.mean,
            interval: estimate.interval,
            method: Method::Constant,
            ..signs(&differences)
        };
    }
    let p_value = (estimate.n > 1).then(|| {
        let (mean, variance) = mean::moments(&differences);
        let error = libm::sqrt(variance / differences.len() as f64);
        student::p_value(mean / error, (differences.len() - 1) as f64)
    });
    Difference {
        n: estimate.n,
        mean: estimate.mean,
        interval: estimate.interval,
        p_value,
        sign: estimate.mean.map_or(0, sign),
        method: estimate.method,
    }
}

/// Differences of proportions: rates per replication, each with its number of trials.
///
/// From [`count::FEW`] effective events on both sides together, [`means`]. Below, the limits of each side by itself are combined
/// by squaring and adding (G. Y. Zou and A. Donner, "Construction of confidence limits about effect measures: a general
/// approach", Statistics in Medicine 27 (2008) 1693–1702), and the p-value is that of the share of all events on one
/// side, given their number. Both take the sides as independent, which common random numbers make cautious.
///
/// # Panics
/// If a rate is not in [0, 1].
#[must_use]
pub fn proportions(mine: &Trials<'_>, theirs: &Trials<'_>, student: &mut Student) -> Difference {
    let pairs: Vec<(f64, f64)> = mine.rates.iter().copied().zip(theirs.rates.iter().copied()).collect();
    if pairs.len() < 2 || mine.effective_events(student) + theirs.effective_events(student) >= count::FEW {
        return means(&pairs, student);
    }
    exact_proportions(mine, theirs, student)
}

/// The exact limits, whatever the number of events; the sides may have different numbers of replications.
pub(super) fn exact_proportions(mine: &Trials<'_>, theirs: &Trials<'_>, student: &mut Student) -> Difference {
    let (a, b) = (
        proportion::effective(mine.rates, mine.trials, student),
        proportion::effective(theirs.rates, theirs.trials, student),
    );
    let (p, q) = (mean::moments(mine.rates).0, mean::moments(theirs.rates).0);
    let alpha = student.alpha();
    exact(
        mine.rates.len().min(theirs.rates.len()),
        &Side { value: p, limits: clopper_pearson(p * a.trials, a.trials, alpha), exposure: a.trials * a.dispersion },
        &Side { value: q, limits: clopper_pearson(q * b.trials, b.trials, alpha), exposure: b.trials * b.dispersion },
        a.dispersion.max(b.dispersion),
    )
}

/// Differences of numbers of events per replication; below [`count::FEW`] effective events together as for
/// [`proportions`].
#[must_use]
pub fn counts(pairs: &[(f64, f64)], student: &mut Student) -> Difference {
    let (mine, theirs): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let events = count::effective(&mine, student) + count::effective(&theirs, student);
    if pairs.len() < 2 || events >= count::FEW {
        return means(pairs, student);
    }
    exact_counts(&mine, &theirs, student)
}

/// The exact limits, whatever the number of events; the sides may have different numbers of replications.
pub(super) fn exact_counts(mine: &[f64], theirs: &[f64], student: &mut Student) -> Difference {
    let mut side = |values: &[f64]| {
        let n = values.len() as f64;
        let dispersion = count::dispersion(values, student);
        let total: f64 = values.iter().sum();
        let (low, high) = student.garwood(total / dispersion);
        (Side { value: total / n, limits: (low * dispersion / n, high * dispersion / n), exposure: n }, dispersion)
    };
    let ((a, spread_a), (b, spread_b)) = (side(mine), side(theirs));
    exact(mine.len().min(theirs.len()), &a, &b, spread_a.max(spread_b))
}

/// Proportions per replication.
#[derive(Clone, Copy, Debug)]
pub struct Trials<'a> {
    /// Events over trials, in [0, 1].
    pub rates: &'a [f64],
    /// Trials, > 0.
    pub trials: &'a [f64],
}

impl Trials<'_> {
    /// Events in all, over the dispersion.
    pub(super) fn effective_events(&self, student: &mut Student) -> f64 {
        let events: f64 = self.rates.iter().zip(self.trials).map(|(rate, trials)| rate * trials).sum();
        if self.rates.is_empty() {
            0.0
        } else {
            events / proportion::effective(self.rates, self.trials, student).dispersion
        }
    }
}

/// One side of a comparison: events per exposure, with limits.
struct Side {
    value: f64,
    limits: (f64, f64),
    exposure: f64,
}

fn exact(n: usize, mine: &Side, theirs: &Side, dispersion: f64) -> Difference {
    let difference = mine.value - theirs.value;
    let low = difference - libm::hypot(mine.value - mine.limits.0, theirs.limits.1 - theirs.value);
    let high = difference + libm::hypot(mine.limits.1 - mine.value, theirs.value - theirs.limits.0);
    let events = mine.value * mine.exposure / dispersion;
    let total = events + theirs.value * theirs.exposure / dispersion;
    let share = mine.exposure / (mine.exposure + theirs.exposure);
    Difference {
        n,
        mean: Some(difference),
        interval: Some((low, high)),
        p_value: Some(binomial_p_value(events, total, share)),
        sign: sign(difference),
        method: Method::Mover,
    }
}

/// Twice the smaller tail of `events` among `total`, each of this kind with probability `share`; fractions allowed.
fn binomial_p_value(events: f64, total: f64, share: f64) -> f64 {
    let others = (total - events).max(0.0);
    let at_most = if others > 0.0 { beta_cdf(1.0 - share, others, events + 1.0) } else { 1.0 };
    let at_least = if events > 0.0 { beta_cdf(share, events, others + 1.0) } else { 1.0 };
    (2.0 * at_most.min(at_least)).min(1.0)
}

/// The exact two-sided sign test; equal pairs say nothing.
fn signs(differences: &[f64]) -> Difference {
    let sum: f64 = differences.iter().sum();
    let count = |positive: bool| differences.iter().filter(|d| **d != 0.0 && (**d > 0.0) == positive).count() as f64;
    let (above, below) = (count(true), count(false));
    Difference {
        n: differences.len(),
        mean: (!sum.is_nan()).then_some(sum),
        interval: None,
        p_value: Some(binomial_p_value(above, above + below, 0.5)),
        sign: sign(above - below),
        method: Method::Sign,
    }
}

fn sign(value: f64) -> i8 {
    i8::from(value > 0.0) - i8::from(value < 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paired_differences_agree_with_scipy() {
        // scipy.stats.ttest_rel(a, b) and its confidence_interval(0.95)
        let pairs = [(0.011, 0.010), (0.013, 0.010), (0.009, 0.009), (0.012, 0.011), (0.014, 0.012)];
        let difference = means(&pairs, &mut Student::new(0.95));
        let (low, high) = difference.interval.expect("an interval");
        assert!((difference.p_value.expect("a p-value") - 0.051_605_957_811).abs() < 1e-9);
        assert!((low + 1.571_477_698e-5).abs() < 1e-12, "{low}");
        assert!((high - 2.815_714_776_982e-3).abs() < 1e-12, "{high}");
    }

    #[test]
    fn binomial_p_values_agree_with_scipy() {
        // scipy.stats.binomtest(3, 17, 0.5).pvalue and binomtest(1, 9, 0.5).pvalue
        assert!((binomial_p_value(3.0, 17.0, 0.5) - 0.012_725_830_078_125).abs() < 1e-14);
        assert!((binomial_p_value(1.0, 9.0, 0.5) - 0.039_062_5).abs() < 1e-14);
        // 2·scipy.stats.binom.cdf(2, 20, 1/3)
        assert!((binomial_p_value(2.0, 20.0, 1.0 / 3.0) - 0.035_185_253_199).abs() < 1e-11);
        assert!((binomial_p_value(0.0, 0.0, 0.5) - 1.0).abs() < 1e-15);
    }

    #[test]
    fn no_events_on_either_side_leave_an_interval_around_zero() {
        let none = Trials { rates: &[0.0; 10], trials: &[500.0; 10] };
        let difference = proportions(&none, &none, &mut Student::new(0.95));
        let (low, high) = difference.interval.expect("an interval");
        assert!(low < 0.0 && high > 0.0 && (low + high).abs() < 1e-15);
        assert_eq!((difference.p_value, difference.sign), (Some(1.0), 0));
    }

    #[test]
    fn infinite_differences_are_judged_by_their_signs() {
        let inf = f64::INFINITY;
        let mut pairs = vec![(inf, 1.0); 9];
        pairs.extend([(inf, inf), (1.0, 2.0)]);
        let difference = means(&pairs, &mut Student::new(0.95));
        assert_eq!((difference.n, difference.mean, difference.interval), (10, Some(inf), None));
        assert_eq!((difference.sign, difference.method), (1, Method::Sign));
        // nine of ten: 2·(1 + 10)/1024
        assert!((difference.p_value.expect("a p-value") - 22.0 / 1024.0).abs() < 1e-14);
    }

    #[test]
    fn a_constant_difference_is_judged_by_how_often_it_came() {
        let mut student = Student::new(0.95);
        let twice = means(&[(2.0, 1.0); 2], &mut student);
        assert_eq!((twice.sign, twice.method), (1, Method::Constant));
        assert!((twice.p_value.expect("a p-value") - 0.5).abs() < 1e-15);
        let often = means(&[(1.0, 2.0); 10], &mut student);
        assert_eq!((often.interval, often.sign), (Some((-1.0, -1.0)), -1));
        assert!((often.p_value.expect("a p-value") - 2.0 / 1024.0).abs() < 1e-15);
        assert_eq!(means(&[(1.0, 1.0); 3], &mut student).p_value, Some(1.0));
        assert_eq!(means(&[(2.0, 1.0)], &mut student).p_value, None);
    }

    #[test]
    fn events_in_one_burst_are_few_however_many() {
        let mut rates = [0.0; 20];
        rates[7] = 0.2;
        let (mine, theirs) =
            (Trials { rates: &rates, trials: &[1000.0; 20] }, Trials { rates: &[0.0; 20], trials: &[1000.0; 20] });
        let difference = proportions(&mine, &theirs, &mut Student::new(0.95));
        assert_eq!(difference.method, Method::Mover);
        assert!(difference.p_value.expect("a p-value") > 0.3);
    }
}
