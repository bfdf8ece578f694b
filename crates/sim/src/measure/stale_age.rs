//! The distribution of the stale age over record-time.
//!
//! A record that is stale from age a₀ to age a₁ spends equal time at each age between. So the record-time at ages up to
//! x is fresh + Σ (min(a₁, x) − min(a₀, x)): a piecewise-linear function, of which only the corners are kept. The
//! begins and the ends of stretches are recorded separately, so no state per record is needed.

use std::borrow::Cow;

use des::Duration;

/// Fresh record-time, and the corners of staleness.
#[derive(Clone, Debug, Default)]
pub struct StaleAge {
    pub(crate) fresh: u128,
    pub(crate) begins: Vec<u64>,
    pub(crate) ends: Vec<u64>,
}

impl StaleAge {
    /// Adds record-time at age 0, in nanoseconds.
    pub fn record_fresh(&mut self, record_nanos: u128) {
        self.fresh += record_nanos;
    }

    /// A record begins a stretch of staleness at this `age`.
    pub fn begin(&mut self, age: Duration) {
        self.begins.push(age.as_nanos());
    }

    /// A record ends a stretch of staleness at this `age`.
    pub fn end(&mut self, age: Duration) {
        self.ends.push(age.as_nanos());
    }

    /// Adds the content of `other`.
    pub fn merge(&mut self, other: &Self) {
        self.fresh += other.fresh;
        self.begins.extend_from_slice(&other.begins);
        self.ends.extend_from_slice(&other.ends);
    }

    /// Number of stretches of staleness.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.begins.len() as u64
    }

    /// Mean age over record-time, s; none without record-time.
    #[must_use]
    pub fn mean_s(&self) -> Option<f64> {
        let total = self.total();
        (total > 0).then(|| self.twice_integral() / 2.0 / total as f64 / 1e9)
    }

    /// Σ (a₁² − a₀²). Exact in 128 bits, unless thousands of records are stale for decades; then rounded.
    fn twice_integral(&self) -> f64 {
        let squares = |ages: &[u64]| {
            let mut squares = ages.iter().map(|&age| u128::from(age) * u128::from(age));
            squares.try_fold(0_u128, u128::checked_add)
        };
        let rounded = |ages: &[u64]| ages.iter().map(|&age| age as f64 * age as f64).sum::<f64>();
        match (squares(&self.ends), squares(&self.begins)) {
            (Some(ends), Some(begins)) => (ends - begins) as f64,
            _ => (rounded(&self.ends) - rounded(&self.begins)).max(0.0),
        }
    }

    /// Share of record-time that is stale; none without record-time.
    #[must_use]
    pub fn fraction(&self) -> Option<f64> {
        let total = self.total();
        (total > 0).then(|| (total - self.fresh) as f64 / total as f64)
    }

    /// Sorts the corners, so that many quantiles are cheap.
    pub fn sort(&mut self) {
        self.begins.sort_unstable();
        self.ends.sort_unstable();
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
        let (begins, ends) = (in_order(&self.begins), in_order(&self.ends));
        let (mut begins, mut ends) = (begins.iter().peekable(), ends.iter().peekable());
        let (mut age, mut slope) = (0_u64, 0_i64);
        // At the same age, ends are handled before begins.
        while let Some((&corner, change)) = match (begins.peek(), ends.peek()) {
            (Some(begin), Some(end)) if begin < end => begins.next().map(|age| (age, 1)),
            (Some(_), None) => begins.next().map(|age| (age, 1)),
            _ => ends.next().map(|age| (age, -1)),
        } {
            let gained = u128::from(corner - age) * u128::from(slope.unsigned_abs());
            if slope > 0 && below + gained >= target {
                return Some((age as f64 + (target - below) as f64 / slope as f64) / 1e9);
            }
            below += gained;
            age = corner;
            slope += change;
        }
        Some(age as f64 / 1e9)
    }

    fn total(&self) -> u128 {
        let sum = |ages: &[u64]| ages.iter().map(|&age| u128::from(age)).sum::<u128>();
        self.fresh + sum(&self.ends) - sum(&self.begins)
    }
}

/// `ages` in ascending order; already so after [`StaleAge::sort`].
fn in_order(ages: &[u64]) -> Cow<'_, [u64]> {
    if ages.is_sorted() {
        return ages.into();
    }
    let mut ages = ages.to_vec();
    ages.sort_unstable();
    ages.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_stretches_give_a_mean_and_quantiles_that_can_be_checked_by_hand() {
        // 6 s fresh; one record ages from 0 to 2 s, another from 1 s to 3 s: 10 s of record-time.
        let mut ages = StaleAge::default();
        ages.record_fresh(6_000_000_000);
        for (begin, end) in [(0, 2), (1, 3)] {
            ages.begin(Duration::from_secs(begin));
            ages.end(Duration::from_secs(end));
        }
        assert_eq!(ages.fraction(), Some(0.4));
        // Mean: (2² − 0² + 3² − 1²)/2 / 10.
        assert_eq!(ages.mean_s(), Some(0.6));
        assert_eq!(ages.quantile_s(6, 10), Some(0.0));
        assert_eq!(ages.quantile_s(7, 10), Some(1.0));
        assert_eq!(ages.quantile_s(8, 10), Some(1.5));
        assert_eq!(ages.quantile_s(1, 1), Some(3.0));
        assert_eq!(ages.count(), 2);
        assert_eq!(StaleAge::default().quantile_s(1, 2), None);
    }

    #[test]
    fn ages_whose_squares_do_not_fit_still_have_a_mean() {
        let mut ages = StaleAge::default();
        for _ in 0..3 {
            ages.begin(Duration::from_nanos(0));
            ages.end(Duration::MAX);
        }
        let mean = ages.mean_s().expect("there is record-time");
        assert!((mean / (u64::MAX as f64 / 2e9) - 1.0).abs() < 1e-12, "{mean}");
    }
}
