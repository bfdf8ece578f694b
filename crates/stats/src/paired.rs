//! Differences between two alternatives under common random numbers: paired over replications.

use crate::difference::{Difference, Limits, Side, sign};
use crate::ratio::{self, Ratio};
use crate::special::beta_cdf;
use crate::{Method, Student, count, mean, proportion};

/// Differences of values in pairs of (mine, theirs).
///
/// Student's t on the differences. If some differences are infinite: the exact sign test, without an interval. If all
/// differences are the same, as lengths of queues may be, t would be certain after two pairs: the sign test is used
/// too.
///
/// ```
/// use stats::{Student, paired};
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
    match (estimate.mean, estimate.method) {
        (Some(same), Method::Constant) => constant(&differences, same),
        (Some(mean), Method::T) => {
            let error = libm::sqrt(mean::moments(&differences).1 / differences.len() as f64);
            Difference::t(estimate.n, mean, error, (estimate.n - 1) as f64, Method::T)
        }
        _ => Difference { sign: estimate.mean.map_or(0, sign), ..Difference::bare(estimate.n, estimate.mean) },
    }
}

/// The difference of two ratios of sums over the same replications, with Student's t on the jackknife's standard error:
/// replication i is left out of both sides at once.
///
/// If the difference is the same in all replications: the exact sign test, as for [`means`].
///
/// # Panics
/// If the sides have different numbers of replications.
#[must_use]
pub fn ratios(mine: &Ratio<'_>, theirs: &Ratio<'_>) -> Difference {
    ratios_with(mine, theirs, 0.0)
}

/// The same, with a standard error of at least `least`.
fn ratios_with(mine: &Ratio<'_>, theirs: &Ratio<'_>, least: f64) -> Difference {
    let n = mine.n();
    assert_eq!(n, theirs.n(), "replications in pairs");
    let pooled = mine.pooled().zip(theirs.pooled());
    let difference = pooled.map(|(mine, theirs)| mine - theirs);
    let (Some((a, b)), Some(mean), 2..) = (pooled, difference, n) else {
        return Difference { sign: difference.map_or(0, sign), ..Difference::bare(n, difference) };
    };
    let without = mine.without_one().zip(theirs.without_one());
    let error = libm::sqrt(ratio::jackknife(without.map(|(mine, theirs)| mine - theirs - mean)));
    if error <= ratio::ROUNDING * a.abs().max(b.abs()) {
        let each: Vec<f64> = mine.each().zip(theirs.each()).map(|(mine, theirs)| mine - theirs).collect();
        return constant(&each, mean);
    }
    Difference::t(n, mean, error.max(least), mine.degrees().min(theirs.degrees()), Method::Jackknife)
}

/// The difference of the proportion among most of the trials and that among all trials.
///
/// As [`proportions`], with a standard error of at least that of independent trials. The two differ by the events among
/// the few trials that are left out. Often no replication has such an event; then the jackknife sees the difference move
/// with the proportion alone, and is far too sure of it. With p the proportion of all, M most and N all trials, and D the
/// dispersion of the events, the variance of independent trials is D·p(1 − p)·(1/M − 1/N).
///
/// ```
/// use stats::{Student, paired, ratio::Ratio};
/// // Ten events in each run, none of them among the one trial in a hundred that is left out.
/// let parts = [9.0, 11.0, 10.0, 8.0, 12.0, 10.0, 9.0, 11.0];
/// let most = Ratio { parts: &parts, wholes: &[990.0; 8] };
/// let all = Ratio { parts: &parts, wholes: &[1000.0; 8] };
/// let mut student = Student::new(0.95);
/// assert!(paired::proportions(&most, &all, &mut student).p_value.unwrap() < 1e-6);
/// assert!(paired::most_of(&most, &all, &mut student).p_value.unwrap() > 0.3);
/// ```
///
/// # Panics
/// If the sides have different numbers of replications.
#[must_use]
pub fn most_of(most: &Ratio<'_>, all: &Ratio<'_>, student: &mut Student) -> Difference {
    if most.n() < 2 || rare_outcomes(most, student) + rare_outcomes(all, student) < count::FEW {
        return proportions(most, all, student);
    }
    let dispersion = proportion::effective(all, student).dispersion.max(1.0);
    let share = all.part() / all.whole();
    let left_out = (1.0 / most.whole() - 1.0 / all.whole()).max(0.0);
    ratios_with(most, all, libm::sqrt(dispersion * share * (1.0 - share) * left_out)).of_shares()
}

/// Differences of proportions: events over trials, of the same replications on both sides.
///
/// From [`count::FEW`] rare outcomes on both sides together on, [`ratios`]. A side's rare outcomes are its effective
/// events, or its trials without an event if these are fewer: near a share of one, t is as wrong as near zero.
///
/// Below, the exact limits of each side are combined by the root of the sum of squares, and the p-value is the α at
/// which the interval touches zero. This method treats the sides as independent, so it is conservative under common
/// random numbers. Both sides use the larger of the two dispersions, because a side without events shows no dispersion.
///
/// # Panics
/// If the sides have different numbers of replications.
#[must_use]
pub fn proportions(mine: &Ratio<'_>, theirs: &Ratio<'_>, student: &mut Student) -> Difference {
    if mine.n() < 2 || rare_outcomes(mine, student) + rare_outcomes(theirs, student) >= count::FEW {
        return ratios(mine, theirs).of_shares();
    }
    exact_proportions(mine, theirs, student)
}

/// The smaller of events and trials without an event, divided by the dispersion; zero without replications.
pub(super) fn rare_outcomes(events: &Ratio<'_>, student: &mut Student) -> f64 {
    if events.n() == 0 {
        return 0.0;
    }
    let proportion::Effective { events, trials, .. } = proportion::effective(events, student);
    events.min(trials - events)
}

/// The exact limits, for any number of events; the sides may have different numbers of replications.
pub(super) fn exact_proportions(mine: &Ratio<'_>, theirs: &Ratio<'_>, student: &mut Student) -> Difference {
    let dispersion =
        proportion::effective(mine, student).dispersion.max(proportion::effective(theirs, student).dispersion);
    let side = |of: &Ratio<'_>| Side::Proportion { events: of.part() / dispersion, trials: of.whole() / dispersion };
    Difference::mover(mine.n().min(theirs.n()), side(mine), side(theirs)).of_shares()
}

/// Differences of numbers of events per replication. Below [`count::FEW`] effective events on both sides together, the
/// exact limits as for [`proportions`].
#[must_use]
pub fn counts(pairs: &[(f64, f64)], student: &mut Student) -> Difference {
    let (mine, theirs): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let events = count::effective(&mine, student) + count::effective(&theirs, student);
    if pairs.len() < 2 || events >= count::FEW {
        return means(pairs, student);
    }
    exact_counts(&mine, &theirs, student)
}

/// The exact limits, for any number of events; the sides may have different numbers of replications.
pub(super) fn exact_counts(mine: &[f64], theirs: &[f64], student: &mut Student) -> Difference {
    let dispersion = count::dispersion(mine, student).max(count::dispersion(theirs, student));
    let side = |values: &[f64]| Side::Count {
        events: values.iter().sum::<f64>() / dispersion,
        scale: dispersion / values.len() as f64,
    };
    Difference::mover(mine.len().min(theirs.len()), side(mine), side(theirs))
}

/// A difference that is the same in all replications: the exact sign test.
fn constant(differences: &[f64], mean: f64) -> Difference {
    let n = differences.len() as f64;
    Difference {
        mean: Some(mean),
        method: Method::Constant,
        limits: Limits::Constant(binomial_p_value(n, n, 0.5)),
        ..signs(differences)
    }
}

/// Twice the smaller tail of `events` among `total`, each of this kind with probability `share`; fractions are allowed.
fn binomial_p_value(events: f64, total: f64, share: f64) -> f64 {
    let others = (total - events).max(0.0);
    let at_most = if others > 0.0 { beta_cdf(1.0 - share, others, events + 1.0) } else { 1.0 };
    let at_least = if events > 0.0 { beta_cdf(share, events, others + 1.0) } else { 1.0 };
    (2.0 * at_most.min(at_least)).min(1.0)
}

/// The exact two-sided sign test; pairs of equal values are left out.
fn signs(differences: &[f64]) -> Difference {
    let sum: f64 = differences.iter().sum();
    let count = |positive: bool| differences.iter().filter(|d| **d != 0.0 && (**d > 0.0) == positive).count() as f64;
    let (above, below) = (count(true), count(false));
    Difference {
        n: differences.len(),
        mean: (!sum.is_nan()).then_some(sum),
        p_value: Some(binomial_p_value(above, above + below, 0.5)),
        sign: sign(above - below),
        method: Method::Sign,
        limits: Limits::None,
        most: f64::INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paired_differences_agree_with_scipy() {
        // scipy.stats.ttest_rel(a, b) and its confidence_interval(0.95)
        let pairs = [(0.011, 0.010), (0.013, 0.010), (0.009, 0.009), (0.012, 0.011), (0.014, 0.012)];
        let difference = means(&pairs, &mut Student::new(0.95));
        let (low, high) = difference.interval(&mut Student::new(0.95)).expect("an interval");
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
        let none = Ratio { parts: &[0.0; 10], wholes: &[500.0; 10] };
        let mut student = Student::new(0.95);
        let difference = proportions(&none, &none, &mut student);
        let (low, high) = difference.interval(&mut student).expect("an interval");
        assert!(low < 0.0 && high > 0.0 && (low + high).abs() < 1e-15);
        assert_eq!((difference.p_value, difference.sign), (Some(1.0), 0));
    }

    #[test]
    fn few_events_are_judged_much_as_the_binomial_test_of_the_share_of_one_side_judges_them() {
        let mut student = Student::new(0.95);
        for (mine, theirs) in [(0.0, 5.0), (0.0, 6.0), (1.0, 7.0), (1.0, 8.0), (3.0, 12.0), (5.0, 14.0), (9.0, 9.0)] {
            let difference = counts(&[(mine, theirs), (0.0, 0.0)], &mut Student::new(0.95));
            let side = |events| Side::Count { events, scale: 1.0 };
            let exact = Difference::mover(2, side(mine), side(theirs)).p_value.expect("a p-value");
            let binomial = binomial_p_value(mine, mine + theirs, 0.5);
            assert!((exact / binomial - 1.0).abs() < 0.35, "{mine} and {theirs}: {exact}, not {binomial}");
            assert_eq!(difference.method, Method::Mover);
            assert!(difference.interval(&mut student).is_some());
        }
    }

    #[test]
    fn a_difference_of_ratios_is_one_of_sums() {
        let mine = Ratio { parts: &[0.0, 5.0, 30.0], wholes: &[2.0, 8.0, 90.0] };
        let theirs = Ratio { parts: &[1.0, 1.0, 9.0], wholes: &[4.0, 6.0, 90.0] };
        let difference = ratios(&mine, &theirs);
        assert!((difference.mean.expect("a difference") - (0.35 - 0.11)).abs() < 1e-15);
        // Without one: 35/98 − 10/96, 30/92 − 10/94, 5/10 − 2/10; 2/3 of the squares of their deviations from 0.24.
        let deviations = [35.0 / 98.0 - 10.0 / 96.0 - 0.24, 30.0 / 92.0 - 10.0 / 94.0 - 0.24, 0.3 - 0.24];
        let error = libm::sqrt(deviations.iter().map(|d| d * d).sum::<f64>() * 2.0 / 3.0);
        let mut student = Student::new(0.95);
        let half = student.quantile(2.0 / 3.0 * 1e4 / 8168.0) * error; // the smaller of 2/3·100²/8168 and 2/3·100²/8152
        let (low, high) = difference.interval(&mut student).expect("an interval");
        assert!((low - (0.24 - half)).abs() < 1e-14 && (high - (0.24 + half)).abs() < 1e-14, "{low} {high}");
        assert_eq!(difference.method, Method::Jackknife);
    }

    #[test]
    fn a_difference_of_ratios_that_is_always_the_same_is_judged_by_its_sign() {
        let mine = Ratio { parts: &[0.3, 0.6, 2.1], wholes: &[3.0, 6.0, 21.0] };
        let theirs = Ratio { parts: &[0.1, 0.2, 0.7], wholes: &[10.0, 20.0, 70.0] };
        let difference = ratios(&mine, &theirs);
        assert_eq!((difference.method, difference.sign), (Method::Constant, 1));
        assert!((difference.p_value.expect("a p-value") - 0.25).abs() < 1e-15);
        assert_eq!(difference.interval(&mut Student::new(0.95)), None);
    }

    #[test]
    fn infinite_differences_are_judged_by_their_signs() {
        let inf = f64::INFINITY;
        let mut pairs = vec![(inf, 1.0); 9];
        pairs.extend([(inf, inf), (1.0, 2.0)]);
        let difference = means(&pairs, &mut Student::new(0.95));
        let interval = difference.interval(&mut Student::new(0.95));
        assert_eq!((difference.n, difference.mean, interval), (10, Some(inf), None));
        assert_eq!((difference.sign, difference.method), (1, Method::Sign));
        // nine of ten: 2·(1 + 10)/1024
        assert!((difference.p_value.expect("a p-value") - 22.0 / 1024.0).abs() < 1e-14);
    }

    #[test]
    fn a_constant_difference_is_judged_by_how_often_it_came() {
        let mut student = Student::new(0.95);
        let twice = means(&[(2.0, 1.0); 2], &mut student);
        assert_eq!((twice.sign, twice.method), (1, Method::Constant));
        assert_eq!(twice.interval(&mut student), None);
        assert!((twice.p_value.expect("a p-value") - 0.5).abs() < 1e-15);
        let often = means(&[(1.0, 2.0); 10], &mut student);
        assert_eq!((often.interval(&mut student), often.sign), (Some((-1.0, -1.0)), -1));
        assert!((often.p_value.expect("a p-value") - 2.0 / 1024.0).abs() < 1e-15);
        assert_eq!(means(&[(1.0, 1.0); 3], &mut student).p_value, Some(1.0));
        assert_eq!(means(&[(2.0, 1.0)], &mut student).p_value, None);
    }

    #[test]
    fn a_share_of_one_is_judged_as_surely_as_one_that_is_nearly_one() {
        let none = Ratio { parts: &[0.0; 5], wholes: &[240.0; 5] };
        let judged = |parts: &[f64]| {
            let of = Ratio { parts, wholes: &vec![240.0; parts.len()] };
            let none = Ratio { parts: &none.parts[..parts.len()], wholes: &none.wholes[..parts.len()] };
            proportions(&of, &none, &mut Student::new(0.95))
        };
        let (all, nearly) = (judged(&[240.0; 5]), judged(&[240.0, 239.0, 240.0, 240.0, 239.0]));
        assert_eq!((all.method, nearly.method), (Method::Mover, Method::Mover));
        assert!(all.p_value.expect("a p-value") <= nearly.p_value.expect("a p-value"));
        assert!(nearly.p_value.expect("a p-value") < 1e-9);
        // Two replications leave t one degree of freedom: half-width 12.7·0.125.
        let of = Ratio { parts: &[180.0, 120.0], wholes: &[240.0; 2] };
        let none = Ratio { parts: &[0.0; 2], wholes: &[240.0; 2] };
        let limits = ratios(&of, &none).of_shares().interval(&mut Student::new(0.95));
        let (low, high) = limits.expect("an interval");
        assert!(low > -1.0 && (high - 1.0).abs() < 1e-15, "{low} {high}");
    }

    #[test]
    fn events_in_one_burst_are_few_however_many() {
        let mut events = [0.0; 20];
        events[7] = 200.0;
        let mine = Ratio { parts: &events, wholes: &[1000.0; 20] };
        let theirs = Ratio { parts: &[0.0; 20], wholes: &[1000.0; 20] };
        let difference = proportions(&mine, &theirs, &mut Student::new(0.95));
        assert_eq!(difference.method, Method::Mover);
        assert!(difference.p_value.expect("a p-value") > 0.3);
    }
}
