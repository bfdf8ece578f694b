//! The mean number of events per replication, few or many.

use crate::proportion::settled;
use crate::special::gamma_quantile;
use crate::{Estimate, Method, Student, mean};

/// With fewer effective events in all, no normal approximation is used.
pub const FEW: f64 = 50.0;

/// The mean of `counts`, one per replication, each a number of events.
///
/// If the total varies more between replications than a Poisson variate, it is divided by the dispersion: this gives
/// the *effective* events. From [`FEW`] effective events on, the interval is Student's t. Below, it is Garwood's exact
/// limits for a Poisson total, on that scale. F. Garwood, "Fiducial limits for the Poisson distribution", Biometrika 28
/// (1936) 437–442.
///
/// ```
/// use stats::{Student, count};
/// let estimate = count::estimate(&[0.0; 10], &mut Student::new(0.95));
/// let (low, high) = estimate.interval.unwrap();
/// assert!(low == 0.0 && (high - 0.368_887_9).abs() < 1e-7); // −ln 0.025 / 10
/// ```
#[must_use]
pub fn estimate(counts: &[f64], student: &mut Student) -> Estimate {
    let dispersion = dispersion(counts, student);
    let total: f64 = counts.iter().sum();
    if counts.len() < 2 || total / dispersion >= FEW {
        return mean::estimate(counts, student);
    }
    let n = counts.len() as f64;
    let (low, high) = student.garwood(total / dispersion);
    let scale = dispersion / n;
    Estimate {
        n: counts.len(),
        mean: Some(total / n),
        interval: Some((low * scale, high * scale)),
        method: Method::Garwood,
    }
}

/// The variance of `counts` relative to a Poisson variate's, with a penalty for estimating it; at least 1.
pub(super) fn dispersion(counts: &[f64], student: &mut Student) -> f64 {
    if counts.len() < 2 {
        return 1.0;
    }
    let (average, variance) = mean::moments(counts);
    if average <= 0.0 {
        return 1.0;
    }
    (variance / average * student.penalty((counts.len() - 1) as f64)).max(1.0)
}

/// Events in all, divided by the dispersion; zero if there are no counts.
pub(super) fn effective(counts: &[f64], student: &mut Student) -> f64 {
    if counts.is_empty() { 0.0 } else { counts.iter().sum::<f64>() / dispersion(counts, student) }
}

/// Garwood's exact limits for the mean of a Poisson variate with the observed value `events`, which may be a fraction.
#[must_use]
pub fn garwood(events: f64, alpha: f64) -> (f64, f64) {
    (garwood_low(events, alpha), garwood_high(events, alpha))
}

pub(super) fn garwood_low(events: f64, alpha: f64) -> f64 {
    if events > 0.0 { settled(gamma_quantile(alpha / 2.0, events)) } else { 0.0 }
}

pub(super) fn garwood_high(events: f64, alpha: f64) -> f64 {
    if events > 0.0 { gamma_quantile(1.0 - alpha / 2.0, events + 1.0) } else { -libm::log(alpha / 2.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_limits_agree_with_scipy() {
        // scipy.stats.chi2.ppf(0.025, 2·7)/2 and chi2.ppf(0.975, 2·8)/2
        let (low, high) = garwood(7.0, 0.05);
        assert!((low - 2.814_363_051_519_865_4).abs() < 1e-11, "{low}");
        assert!((high - 14.422_675_361_702_376).abs() < 1e-10, "{high}");
    }

    #[test]
    fn many_events_have_a_t_interval_and_few_an_exact_one() {
        let mut student = Student::new(0.95);
        assert_eq!(estimate(&[30.0, 28.0, 25.0, 33.0, 27.0], &mut student).method, Method::T);
        assert_eq!(estimate(&[3.0, 2.0, 4.0, 1.0, 3.0], &mut student).method, Method::Garwood);
    }

    #[test]
    fn events_in_one_burst_count_as_few() {
        let mut student = Student::new(0.95);
        let spread = estimate(&[1.0; 10], &mut student).interval.expect("an interval");
        let burst = estimate(&[0.0, 0.0, 0.0, 10.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], &mut student);
        let burst = burst.interval.expect("an interval");
        assert!(burst.0 < spread.0 && burst.1 > 2.0 * spread.1);
        let mut large = [0.0; 10];
        large[3] = 5000.0;
        assert_eq!(estimate(&large, &mut student).method, Method::Garwood);
    }
}
