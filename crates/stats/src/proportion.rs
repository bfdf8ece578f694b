//! A proportion: Wilson's and Clopper and Pearson's intervals, and an interval for trials in replications.

use crate::ratio::Ratio;
use crate::special::beta_quantile;
use crate::{Estimate, Method, Student};

/// Clopper and Pearson's exact interval for `successes` of `trials`; both may be fractions, such as effective sizes.
///
/// Without successes the lower limit is 0 and the upper one 1 − (α/2)^(1/trials), about 3.7/trials at 95 %.
///
/// ```
/// let (low, high) = stats::proportion::clopper_pearson(0.0, 1000.0, 0.05);
/// assert_eq!(low, 0.0);
/// assert!((high - 0.003_682_084).abs() < 1e-9); // 1 − 0.025^(1/1000)
/// ```
///
/// # Panics
/// If there are more successes than trials, or no trials.
#[must_use]
pub fn clopper_pearson(successes: f64, trials: f64, alpha: f64) -> (f64, f64) {
    (clopper_pearson_low(successes, trials, alpha), clopper_pearson_high(successes, trials, alpha))
}

/// Smaller limits are written as zero: a fraction of one effective event gives limits of 1e-190.
const LIMIT_MIN: f64 = 1e-100;

/// A limit; zero if it is below the smallest limit.
pub(super) fn settled(limit: f64) -> f64 {
    if limit < LIMIT_MIN { 0.0 } else { limit }
}

pub(super) fn clopper_pearson_low(successes: f64, trials: f64, alpha: f64) -> f64 {
    assert!(trials > 0.0 && successes >= 0.0 && successes <= trials, "{successes} successes of {trials} trials");
    let failures = trials - successes;
    if successes > 0.0 { settled(beta_quantile(alpha / 2.0, successes, failures + 1.0)) } else { 0.0 }
}

pub(super) fn clopper_pearson_high(successes: f64, trials: f64, alpha: f64) -> f64 {
    assert!(trials > 0.0 && successes >= 0.0 && successes <= trials, "{successes} successes of {trials} trials");
    let failures = trials - successes;
    if failures <= 0.0 {
        1.0
    } else if successes > 0.0 {
        beta_quantile(1.0 - alpha / 2.0, successes + 1.0, failures)
    } else {
        -libm::expm1(libm::log(alpha / 2.0) / trials)
    }
}

/// Wilson's score interval for `successes` of `trials` with normal quantile `z`.
///
/// ```
/// let (low, high) = stats::proportion::wilson(7.0, 50.0, 1.959_963_984_540_054);
/// assert!((low - 0.069_508_3).abs() < 1e-7 && (high - 0.261_861_9).abs() < 1e-7); // R: prop.test without correction
/// ```
///
/// # Panics
/// Without trials.
#[must_use]
pub fn wilson(successes: f64, trials: f64, z: f64) -> (f64, f64) {
    assert!(trials > 0.0, "no trials");
    let p = successes / trials;
    let z2 = z * z;
    let scale = 1.0 + z2 / trials;
    let centre = (p + z2 / (2.0 * trials)) / scale;
    let half = z / scale * libm::sqrt(p * (1.0 - p) / trials + z2 / (4.0 * trials * trials));
    ((centre - half).max(0.0), (centre + half).min(1.0))
}

/// The proportion of the pooled trials, events over trials of each replication. The interval holds for rare and common
/// events, for replications of unequal size, and for dependent trials within a replication.
///
/// The jackknife's variance of the pooled proportion, relative to that of independent trials, is the design effect. The
/// number of trials is divided by the design effect and by the penalty (t/z)² for estimating a variance from few
/// replications, but never increased. Clopper–Pearson's limits are then taken for the effective number. E. L. Korn and
/// B. I. Graubard, "Confidence intervals for proportions with small expected number of positive counts estimated from
/// survey data", Survey Methodology 24 (1998) 193–201.
///
/// The method is [`Method::ClopperPearson`] if the replications show no dependence. One replication has no interval:
/// dependence inside it is not visible.
///
/// # Panics
/// If there are more events than trials.
#[must_use]
pub fn estimate(events: &Ratio<'_>, student: &mut Student) -> Estimate {
    let n = events.n();
    let Some(p) = events.pooled().filter(|_| n > 1) else { return Estimate::bare(n, events.pooled()) };
    let effective = effective(events, student);
    let successes = effective.events.min(effective.trials);
    let interval = clopper_pearson(successes, effective.trials, student.alpha());
    let method = if effective.dispersion > 1.0 { Method::KornGraubard } else { Method::ClopperPearson };
    Estimate { n, mean: Some(p), interval: Some(interval), method }
}

/// The effective sample size of trials in replications.
pub(super) struct Effective {
    /// Number of independent trials with the same precision.
    pub trials: f64,
    /// Effective events.
    pub events: f64,
    /// Trials over effective trials, ≥ 1.
    pub dispersion: f64,
}

pub(super) fn effective(events: &Ratio<'_>, student: &mut Student) -> Effective {
    let (part, trials) = (events.part(), events.whole());
    let p = part / trials;
    let binomial = p * (1.0 - p) / trials;
    let dispersion = if binomial <= 0.0 || events.n() < 2 {
        1.0
    } else {
        (events.variance() / binomial * student.penalty(events.degrees())).max(1.0)
    };
    Effective { trials: trials / dispersion, events: part / dispersion, dispersion }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_limits_agree_with_scipy() {
        // scipy.stats.binomtest(k, n).proportion_ci(method="exact"), mpmath where scipy is short of digits
        for (k, n, low, high) in [
            (7.0, 50.0, 0.058_191_700_340_372_09, 0.267_396_002_497_008_4),
            (3.0, 1e6, 6.186_725_501_906_401e-7, 8.767_247_788_145_222e-6),
            (5.0, 1e7, 1.623_486_583_030_335_5e-7, 1.166_832_818_890_744e-6),
        ] {
            let (got_low, got_high) = clopper_pearson(k, n, 0.05);
            assert!((got_low / low - 1.0).abs() < 1e-11, "{k}/{n}: {got_low}");
            assert!((got_high / high - 1.0).abs() < 1e-11, "{k}/{n}: {got_high}");
        }
    }

    /// Ten or so replications of `trials` each.
    fn of(rates: &[f64], trials: f64, student: &mut Student) -> Estimate {
        let parts: Vec<f64> = rates.iter().map(|rate| rate * trials).collect();
        estimate(&Ratio { parts: &parts, wholes: &vec![trials; rates.len()] }, student)
    }

    #[test]
    fn no_events_in_many_trials_leave_the_rule_of_three() {
        let estimate = of(&[0.0; 20], 1000.0, &mut Student::new(0.95));
        let (low, high) = estimate.interval.expect("twenty replications have an interval");
        assert!(low.abs() < f64::MIN_POSITIVE);
        assert!((high - 3.688_879 / 20_000.0).abs() < 1e-7, "{high}"); // −ln 0.025 over the trials
        assert_eq!(estimate.method, Method::ClopperPearson);
    }

    #[test]
    fn runs_of_unequal_size_are_pooled() {
        let estimate = estimate(&Ratio { parts: &[0.0, 5.0], wholes: &[2.0, 8.0] }, &mut Student::new(0.95));
        assert_eq!(estimate.mean, Some(0.5));
    }

    #[test]
    fn replications_that_differ_more_than_chance_widen_the_interval() {
        let mut student = Student::new(0.95);
        let alike = [0.010, 0.011, 0.009, 0.010, 0.012, 0.008, 0.010, 0.011, 0.009, 0.010];
        let bursts = [0.0, 0.0, 0.05, 0.0, 0.0, 0.0, 0.05, 0.0, 0.0, 0.0];
        let (alike, bursts) = (of(&alike, 1000.0, &mut student), of(&bursts, 1000.0, &mut student));
        assert_eq!((alike.method, bursts.method), (Method::ClopperPearson, Method::KornGraubard));
        let width = |estimate: Estimate| estimate.half_width().expect("an interval");
        assert!(width(bursts) > 3.0 * width(alike));
    }

    #[test]
    fn all_successes_mirror_none() {
        let mut student = Student::new(0.95);
        let (low, high) = of(&[1.0; 4], 25.0, &mut student).interval.expect("an interval");
        let (none_low, none_high) = of(&[0.0; 4], 25.0, &mut student).interval.expect("an interval");
        assert!((low - (1.0 - none_high)).abs() < 1e-14 && (high - (1.0 - none_low)).abs() < 1e-14);
    }
}
