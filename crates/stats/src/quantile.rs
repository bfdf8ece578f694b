//! A quantile of values that come in replications.

use crate::{Estimate, Method, Student};

/// The quantile of the pooled values, with an interval from the same quantile of each replication, by sectioning:
/// ± t·s/√n, where s² = Σ (qᵢ − q)²/(n − 1) is taken about the pooled quantile q, not about the mean of the qᵢ.
///
/// The mean of the quantiles of few values is biased. The pooled quantile is biased much less, and s counts the bias as
/// spread. S. Asmussen and P. W. Glynn, "Stochastic simulation" (2007), section III.5a; M. K. Nakayama, "Confidence
/// intervals for quantiles using sectioning when applying variance-reduction techniques", ACM Transactions on Modeling
/// and Computer Simulation 24 (2014) 19. Each replication needs values beyond the quantile.
///
/// There is no interval with one replication, or if a quantile is infinite.
///
/// ```
/// use stats::{Student, quantile};
/// let estimate = quantile::estimate(2.0, &[1.0, 2.0, 3.0], &mut Student::new(0.95));
/// let (low, high) = estimate.interval.unwrap();
/// assert!((low - (2.0 - 2.484)).abs() < 1e-3 && (high - (2.0 + 2.484)).abs() < 1e-3); // 2 ± 4.3027·1/√3
/// ```
#[must_use]
pub fn estimate(pooled: f64, sections: &[f64], student: &mut Student) -> Estimate {
    let n = sections.len();
    if n < 2 || pooled.is_infinite() || sections.iter().any(|value| value.is_infinite()) {
        return Estimate::bare(n, Some(pooled));
    }
    let squares: f64 = sections.iter().map(|value| (value - pooled) * (value - pooled)).sum();
    let half = student.quantile((n - 1) as f64) * libm::sqrt(squares / ((n - 1) as f64 * n as f64));
    Estimate { n, mean: Some(pooled), interval: Some((pooled - half, pooled + half)), method: Method::Sectioning }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bias_of_the_sections_widens_the_interval() {
        let mut student = Student::new(0.95);
        let half = |pooled, student: &mut Student| {
            estimate(pooled, &[1.0, 1.1, 0.9, 1.0], student).half_width().expect("an interval")
        };
        assert!(half(1.5, &mut student) > 4.0 * half(1.0, &mut student));
    }

    #[test]
    fn infinite_quantiles_and_one_replication_have_no_interval() {
        let mut student = Student::new(0.95);
        assert_eq!(estimate(1.0, &[1.0], &mut student).interval, None);
        assert_eq!(estimate(1.0, &[1.0, f64::INFINITY], &mut student).interval, None);
        assert_eq!(estimate(f64::INFINITY, &[1.0, 2.0], &mut student).mean, Some(f64::INFINITY));
    }
}
