//! How long a warm-up: the marginal standard error rule on batches of five (MSER-5).
//!
//! K. P. White, "An effective truncation heuristic for bias reduction in simulation output", Simulation 69 (1997)
//! 323–334; K. P. White, M. J. Cobb and S. C. Spratt, "A comparison of five steady-state truncation heuristics for
//! simulation", WSC 2000. With batch means z of m batches, the rule drops the d that minimizes
//! Σ_{i>d} (zᵢ − `z̄_d)²` / (m − d)², and trusts the answer only if d ≤ m/2.

/// Values in a batch.
pub const BATCH: usize = 5;

/// The result of the rule for a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truncation {
    /// Drop this number of first values.
    Drop(usize),
    /// The minimum lies in the second half: the series is too short, or has no steady state.
    Unsettled,
}

/// The truncation of `series`; none if it has fewer than ten batches.
///
/// ```
/// use stats::mser::{Truncation, truncation};
/// let mut series = vec![10.0; 20];
/// series.extend((0..180).map(|i| f64::from(i % 2)));
/// assert_eq!(truncation(&series), Some(Truncation::Drop(20)));
/// ```
#[must_use]
pub fn truncation(series: &[f64]) -> Option<Truncation> {
    let batches: Vec<f64> = series.chunks_exact(BATCH).map(|batch| batch.iter().sum::<f64>() / BATCH as f64).collect();
    let m = batches.len();
    if m < 10 {
        return None;
    }
    // Sums over the tails, accumulated from the end, and shifted by the last batch so that squares do not cancel. A
    // tail of five batches or fewer is too short.
    let shift = batches[m - 1];
    let (mut sum, mut squares) = (0.0, 0.0);
    let mut best = (f64::INFINITY, 0);
    for (d, batch) in batches.iter().enumerate().rev() {
        sum += batch - shift;
        squares += (batch - shift) * (batch - shift);
        let left = (m - d) as f64;
        let error = (squares - sum * sum / left).max(0.0) / (left * left);
        if m - d > 5 && error <= best.0 {
            best = (error, d);
        }
    }
    Some(if best.1 > m / 2 { Truncation::Unsettled } else { Truncation::Drop(best.1 * BATCH) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_that_settles_is_cut_where_it_settles() {
        let series: Vec<f64> = (0..300).map(|i| f64::from(i.min(50)) + if i % 2 == 0 { 0.5 } else { -0.5 }).collect();
        assert_eq!(truncation(&series), Some(Truncation::Drop(50)));
    }

    #[test]
    fn a_series_that_never_settles_is_said_to_be_unsettled() {
        let series: Vec<f64> = (0..200).map(|i| f64::from(i) * f64::from(i)).collect();
        assert_eq!(truncation(&series), Some(Truncation::Unsettled));
    }

    #[test]
    fn a_constant_series_is_kept_whole_and_a_short_one_not_judged() {
        assert_eq!(truncation(&[3.0; 100]), Some(Truncation::Drop(0)));
        assert_eq!(truncation(&[3.0; 49]), None);
    }
}
