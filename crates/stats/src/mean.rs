//! The mean of a measure over replications.

use crate::{Estimate, Method, Student};

/// The mean and the unbiased variance of finite values, added in their order.
///
/// # Panics
/// Without values.
#[must_use]
pub fn moments(values: &[f64]) -> (f64, f64) {
    assert!(!values.is_empty(), "no values have no mean");
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (mean, if values.len() > 1 { squares / (n - 1.0) } else { 0.0 })
}

/// The mean of `values`, one per replication, with Student's t interval: mean ± t·s/√n.
///
/// One replication has no interval. If a value is infinite, the mean is infinite and there is no interval. Equal values
/// have an interval of zero width with [`Method::Constant`], which is no measure of chance.
///
/// ```
/// use stats::{Student, mean};
/// let estimate = mean::estimate(&[1.0, 2.0, 3.0], &mut Student::new(0.95));
/// let (low, high) = estimate.interval.unwrap();
/// // 2 ± 4.3027·1/√3
/// assert!((low - (2.0 - 2.484)).abs() < 1e-3 && (high - (2.0 + 2.484)).abs() < 1e-3);
/// ```
#[must_use]
pub fn estimate(values: &[f64], student: &mut Student) -> Estimate {
    let n = values.len();
    if n == 0 {
        return Estimate::bare(0, None);
    }
    if values.iter().any(|value| value.is_infinite()) {
        let sum: f64 = values.iter().sum();
        return Estimate::bare(n, (!sum.is_nan()).then_some(sum));
    }
    let (mean, variance) = moments(values);
    if n == 1 {
        return Estimate::bare(1, Some(mean));
    }
    if values.iter().all(|value| value.total_cmp(&values[0]).is_eq()) {
        return Estimate { n, mean: Some(values[0]), interval: Some((values[0], values[0])), method: Method::Constant };
    }
    let half = student.quantile((n - 1) as f64) * libm::sqrt(variance / n as f64);
    Estimate { n, mean: Some(mean), interval: Some((mean - half, mean + half)), method: Method::T }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_t_interval_agrees_with_scipy() {
        // scipy.stats.t.interval(0.95, 4, loc=mean, scale=sem) of these five
        let estimate = estimate(&[4.1, 5.0, 3.8, 4.6, 5.5], &mut Student::new(0.95));
        let (low, high) = estimate.interval.expect("five values have an interval");
        assert!((low - 3.753_298_039_294_557).abs() < 1e-12, "{low}");
        assert!((high - 5.446_701_960_705_442).abs() < 1e-12, "{high}");
    }

    #[test]
    fn values_that_are_all_the_same_are_said_to_be() {
        let estimate = estimate(&[0.1; 3], &mut Student::new(0.95));
        assert_eq!((estimate.mean, estimate.interval), (Some(0.1), Some((0.1, 0.1))));
        assert_eq!(estimate.method, Method::Constant);
    }

    #[test]
    fn one_value_and_infinite_ones_have_no_interval() {
        let mut student = Student::new(0.95);
        assert_eq!(estimate(&[3.0], &mut student), Estimate::bare(1, Some(3.0)));
        assert_eq!(estimate(&[3.0, f64::INFINITY], &mut student), Estimate::bare(2, Some(f64::INFINITY)));
        assert_eq!(estimate(&[], &mut student), Estimate::bare(0, None));
    }
}
