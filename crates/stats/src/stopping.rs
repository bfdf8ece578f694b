//! Number of replications: the stages after which the precision is compared with its target.
//!
//! The stages are fixed in advance, so the number of replications depends on the values alone, not on the number of
//! threads. A stricter target passes through all stages of a looser one. Looking at an interval before the data are
//! complete lowers its coverage a little. The first stage of [`FIRST`] replications and growth by half keep this loss
//! small.

use crate::Estimate;

/// Replications of the first stage.
pub const FIRST: u32 = 10;

/// A wanted half-width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Precision {
    /// Half-width divided by the absolute mean.
    Relative(f64),
    /// Half-width.
    Absolute(f64),
}

impl Precision {
    /// Whether an estimate is precise enough. False without an interval, and for a mean of zero under a relative
    /// target.
    #[must_use]
    pub fn is_reached(self, estimate: &Estimate) -> bool {
        let (Some(half), Some(mean)) = (estimate.half_width(), estimate.mean) else { return false };
        match self {
            Self::Relative(share) => mean != 0.0 && half <= share * mean.abs(),
            Self::Absolute(width) => half <= width,
        }
    }
}

/// The stage after `n` replications (0: none yet), none after `at_most`: 10, 15, 23, 35, 53, 80, …
///
/// ```
/// use stats::stopping::next_stage;
/// assert_eq!(next_stage(0, 500), Some(10));
/// assert_eq!(next_stage(10, 500), Some(15));
/// assert_eq!(next_stage(15, 20), Some(20));
/// assert_eq!(next_stage(20, 20), None);
/// ```
#[must_use]
pub fn next_stage(n: u32, at_most: u32) -> Option<u32> {
    let mut stage = FIRST;
    while stage <= n {
        stage = stage.saturating_add(stage.div_ceil(2));
    }
    (n < at_most).then(|| stage.min(at_most))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Method;

    #[test]
    fn a_half_width_is_compared_with_the_mean_or_by_itself() {
        let estimate = Estimate { n: 10, mean: Some(-2.0), interval: Some((-2.1, -1.9)), method: Method::T };
        assert!(Precision::Relative(0.051).is_reached(&estimate));
        assert!(!Precision::Relative(0.049).is_reached(&estimate));
        assert!(Precision::Absolute(0.11).is_reached(&estimate));
        assert!(!Precision::Absolute(0.09).is_reached(&estimate));
    }

    #[test]
    fn nothing_is_precise_without_an_interval_or_relative_to_zero() {
        assert!(!Precision::Absolute(1.0).is_reached(&Estimate::bare(1, Some(1.0))));
        let zero = Estimate { n: 10, mean: Some(0.0), interval: Some((0.0, 0.0)), method: Method::T };
        assert!(!Precision::Relative(0.1).is_reached(&zero));
    }

    #[test]
    fn stages_reach_the_cap_and_end_there() {
        let mut stages = Vec::new();
        let mut n = 0;
        while let Some(next) = next_stage(n, 100) {
            stages.push(next);
            n = next;
        }
        assert_eq!(stages, [10, 15, 23, 35, 53, 80, 100]);
    }
}
