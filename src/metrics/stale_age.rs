//! The distribution of the stale age over record-time.
//!
//! A record that is stale from age a₀ to age a₁ spends equal time at each age between, so the record-time at ages
//! up to x is fresh + Σ (min(a₁, x) − min(a₀, x)): a piecewise-linear function whose corners are all that is kept.

use crate::engine::Duration;

/// Fresh record-time and the stretches of staleness.
#[derive(Clone, Debug, Default)]
pub struct StaleAge {
    fresh: u128,
    stretches: Vec<(u64, u64)>,
}

impl StaleAge {
    /// Adds record-time at age 0.
    pub fn record_fresh(&mut self, record_nanos: u128) {
        self.fresh += record_nanos;
    }

    /// Adds a stretch during which one record aged from `start` to `end`; nothing if it has no length.
    pub fn record_stretch(&mut self, start: Duration, end: Duration) {
        if start < end {
            self.stretches.push((start.as_nanos(), end.as_nanos()));
        }
    }

    /// Adds all that `other` holds.
    pub fn merge(&mut self, other: &Self) {
        self.fresh += other.fresh;
        self.stretches.extend_from_slice(&other.stretches);
    }

    /// Stretches of staleness.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.stretches.len() as u64
    }

    /// Mean age over record-time, s; none without record-time.
    #[must_use]
    pub fn mean_s(&self) -> Option<f64> {
        let total = self.total();
        let twice: u128 =
            self.stretches.iter().map(|&(a, b)| u128::from(b - a) * (u128::from(a) + u128::from(b))).sum();
        (total > 0).then(|| twice as f64 / 2.0 / total as f64 / 1e9)
    }

    /// Share of record-time that is stale; none without record-time.
    #[must_use]
    pub fn fraction(&self) -> Option<f64> {
        let total = self.total();
        (total > 0).then(|| (total - self.fresh) as f64 / total as f64)
    }

    /// The age below which `numerator`/`denominator` of the record-time lies, s; none without record-time.
    #[must_use]
    pub fn quantile_s(&self, numerator: u64, denominator: u64) -> Option<f64> {
        let total = self.total();
        if total == 0 {
            return None;
        }
        let target = total * u128::from(numerator) / u128::from(denominator);
        let mut below = self.fresh;
        if target <= below {
            return Some(0.0);
        }
        let mut corners: Vec<(u64, i64)> = self.stretches.iter().flat_map(|&(a, b)| [(a, 1), (b, -1)]).collect();
        corners.sort_unstable();
        let (mut age, mut slope) = (0_u64, 0_i64);
        for (corner, change) in corners {
            let gained = u128::from(corner - age) * u128::from(slope.unsigned_abs());
            if below + gained >= target && slope > 0 {
                let rest = (target - below) as f64 / slope as f64;
                return Some((age as f64 + rest) / 1e9);
            }
            below += gained;
            age = corner;
            slope += change;
        }
        Some(age as f64 / 1e9)
    }

    fn total(&self) -> u128 {
        self.fresh + self.stretches.iter().map(|&(a, b)| u128::from(b - a)).sum::<u128>()
    }
}
