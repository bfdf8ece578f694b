//! Values of which quantiles are wanted: kept one by one while few, in a histogram when many.
//!
//! Up to [`EXACT_MAX`] finite values quantiles are exact (nearest rank). Beyond, they come from a histogram with
//! three significant digits whose relative error is at most 0.05 %. Count, mean and extremes stay exact either way.

use hdrhistogram::Histogram;

use crate::engine::Duration;

/// Values kept one by one before the histogram takes over.
pub const EXACT_MAX: usize = 1 << 16;

/// Durations, some of them infinite, in any order: the order of recording and merging never shows.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    exact: Vec<u64>,
    histogram: Option<Box<Histogram<u64>>>,
    finite: u64,
    infinite: u64,
    sum: u128,
    max: u64,
}

impl Samples {
    /// Adds one value.
    pub fn record(&mut self, value: Duration) {
        let nanos = value.as_nanos();
        self.finite += 1;
        self.sum += u128::from(nanos);
        self.max = self.max.max(nanos);
        self.keep(nanos, 1);
    }

    /// Adds one value that never came: it counts as infinite in quantiles and nowhere else.
    pub fn record_infinite(&mut self) {
        self.infinite += 1;
    }

    /// Adds all values of `other`.
    pub fn merge(&mut self, other: &Self) {
        self.finite += other.finite;
        self.infinite += other.infinite;
        self.sum += other.sum;
        self.max = self.max.max(other.max);
        for &nanos in &other.exact {
            self.keep(nanos, 1);
        }
        for step in other.histogram.iter().flat_map(|histogram| histogram.iter_recorded()) {
            self.keep(step.value_iterated_to(), step.count_at_value());
        }
    }

    /// Values in all, infinite ones included.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.finite + self.infinite
    }

    /// Mean of the finite values, s.
    #[must_use]
    pub fn mean_s(&self) -> Option<f64> {
        (self.finite > 0).then(|| self.sum as f64 / self.finite as f64 / 1e9)
    }

    /// Largest finite value, s.
    #[must_use]
    pub fn max_s(&self) -> Option<f64> {
        (self.finite > 0).then(|| Duration::from_nanos(self.max).as_secs_f64())
    }

    /// The `numerator`/`denominator` quantile by nearest rank (the ⌈qn⌉-th smallest, the first at q = 0), s;
    /// infinite where the rank falls among the infinite values, none without values.
    ///
    /// A fraction of integers, so that the rank is exact.
    #[must_use]
    pub fn quantile_s(&mut self, numerator: u64, denominator: u64) -> Option<f64> {
        let count = self.count();
        if count == 0 {
            return None;
        }
        let rank = (u128::from(numerator) * u128::from(count)).div_ceil(u128::from(denominator)).max(1);
        if rank > u128::from(self.finite) {
            return Some(f64::INFINITY);
        }
        let rank = u64::try_from(rank).expect("a rank is at most the count");
        let nanos = match &self.histogram {
            Some(_) if rank == self.finite => self.max,
            Some(histogram) => histogram_rank(histogram, rank),
            None => *self.exact.select_nth_unstable(usize::try_from(rank - 1).expect("few values")).1,
        };
        Some(Duration::from_nanos(nanos).as_secs_f64())
    }

    fn keep(&mut self, nanos: u64, times: u64) {
        if let Some(histogram) = &mut self.histogram {
            histogram.saturating_record_n(nanos.max(1), times);
            return;
        }
        for _ in 0..times {
            self.exact.push(nanos);
        }
        if self.exact.len() > EXACT_MAX {
            let mut histogram = Histogram::new(3).expect("three digits are supported");
            for nanos in std::mem::take(&mut self.exact) {
                histogram.saturating_record(nanos.max(1));
            }
            self.histogram = Some(Box::new(histogram));
        }
    }
}

/// The midpoint of the bucket that holds the `rank`-th smallest value.
fn histogram_rank(histogram: &Histogram<u64>, rank: u64) -> u64 {
    let mut seen = 0;
    for step in histogram.iter_recorded() {
        seen += step.count_at_value();
        if seen >= rank {
            return histogram.median_equivalent(step.value_iterated_to());
        }
    }
    histogram.max()
}
