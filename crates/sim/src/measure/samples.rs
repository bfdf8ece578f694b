//! Values for quantiles: kept one by one while few, in a histogram when many.
//!
//! Up to [`EXACT_MAX`] finite values, quantiles are exact (nearest rank). Beyond, they come from a histogram with three
//! significant digits and a relative error of at most 0.05 %. Count, mean and extremes are exact in both cases.

use des::Duration;

use super::histogram::Histogram;

/// Maximum number of values kept one by one.
pub const EXACT_MAX: usize = 1 << 16;

/// Durations, some of them infinite. The result does not depend on the order of recording and merging.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    pub(crate) exact: Vec<u64>,
    pub(crate) histogram: Option<Histogram>,
    pub(crate) finite: u64,
    pub(crate) infinite: u64,
    pub(crate) sum: u128,
    pub(crate) max: u64,
    order: Order,
}

/// Known order of the values.
#[derive(Clone, Debug, Default)]
enum Order {
    #[default]
    Unknown,
    /// `exact` is sorted.
    Sorted,
    /// Rank of the last value in each bucket of the histogram, and the bucket's midpoint.
    Buckets(Vec<(u64, u64)>),
}

impl Samples {
    /// Samples without values, from the stored totals of others.
    pub(crate) fn restored(finite: u64, infinite: u64, sum: u128, max: u64) -> Self {
        Self { finite, infinite, sum, max, ..Self::default() }
    }

    /// Sorts the values of one run: for its own quantiles, and so that a pool is merged from sorted pieces.
    pub(crate) fn sort_run(&mut self) {
        if self.histogram.is_none() {
            self.exact.sort_unstable();
            self.order = Order::Sorted;
        }
    }

    /// Adds one finite value to the totals. The caller stores the value itself.
    #[inline]
    pub(crate) fn note(&mut self, nanos: u64) {
        self.finite += 1;
        self.sum += u128::from(nanos);
        self.max = self.max.max(nanos);
    }

    /// Adds all values of `other`.
    pub fn merge(&mut self, other: &Self) {
        self.finite += other.finite;
        self.infinite += other.infinite;
        self.sum += other.sum;
        self.max = self.max.max(other.max);
        if self.histogram.is_none() && self.exact.len() + other.exact.len() <= EXACT_MAX {
            self.order = Order::Unknown;
            self.exact.extend_from_slice(&other.exact);
        } else {
            for &nanos in &other.exact {
                self.keep(nanos, 1);
            }
        }
        for (bucket, count) in other.histogram.iter().flat_map(Histogram::recorded) {
            self.keep(bucket.highest(), count);
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

    /// The `numerator`/`denominator` quantile by nearest rank (the ⌈qn⌉-th smallest, the first at q = 0), s. Infinite
    /// if the rank is among the infinite values, none without values.
    ///
    /// A fraction of integers makes the rank exact.
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
        let nanos = match (&self.histogram, &self.order) {
            (Some(_), _) if rank == self.finite => self.max,
            (Some(_), Order::Buckets(buckets)) => buckets[buckets.partition_point(|&(last, _)| last < rank)].1,
            (Some(histogram), _) => histogram_rank(histogram, rank),
            (None, order) => {
                let index = usize::try_from(rank - 1).expect("few values");
                match order {
                    Order::Sorted => self.exact[index],
                    _ => *self.exact.select_nth_unstable(index).1,
                }
            }
        };
        Some(Duration::from_nanos(nanos).as_secs_f64())
    }

    /// Sorts the values, or ranks the buckets, once, so that many quantiles are cheap.
    ///
    /// The runs of a pool are already sorted one by one. The stable sort merges such pieces instead of sorting from
    /// scratch.
    #[expect(clippy::stable_sort_primitive, reason = "it is the one that makes use of sorted pieces")]
    pub fn sort(&mut self) {
        if !matches!(self.order, Order::Unknown) {
            return;
        }
        self.order = match &self.histogram {
            None => {
                self.exact.sort();
                Order::Sorted
            }
            Some(histogram) => Order::Buckets(buckets(histogram).collect()),
        };
    }

    fn keep(&mut self, nanos: u64, times: u64) {
        self.order = Order::Unknown;
        if let Some(histogram) = &mut self.histogram {
            return histogram.record(nanos, times);
        }
        for _ in 0..times {
            self.exact.push(nanos);
        }
        if self.exact.len() > EXACT_MAX {
            for nanos in std::mem::take(&mut self.exact) {
                self.keep_in_histogram(nanos, 1);
            }
        }
    }

    /// Adds a value to the histogram, which is created for the first value.
    pub(crate) fn keep_in_histogram(&mut self, nanos: u64, times: u64) {
        self.histogram.get_or_insert_default().record(nanos, times);
    }
}

/// The buckets with values: the rank of the last value in each, and the midpoint of each.
fn buckets(histogram: &Histogram) -> impl Iterator<Item = (u64, u64)> + '_ {
    histogram.recorded().scan(0, |seen, (bucket, count)| {
        *seen += count;
        Some((*seen, bucket.midpoint()))
    })
}

/// The midpoint of the bucket that holds the `rank`-th smallest value.
fn histogram_rank(histogram: &Histogram, rank: u64) -> u64 {
    let found = buckets(histogram).find(|&(last, _)| last >= rank);
    found.expect("a rank is at most the count of finite values").1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::sampler::Sampler;

    /// Values from microseconds to hours, in a scattered order.
    fn values(count: u64) -> Vec<u64> {
        (0..count).map(|i| 1_000 + (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (20 + i % 24))).collect()
    }

    #[test]
    fn few_values_have_exact_quantiles_and_many_are_within_the_stated_error() {
        for (count, error) in [(EXACT_MAX as u64, 0.0), (EXACT_MAX as u64 + 1, 5e-4), (300_000, 5e-4)] {
            let mut sorted = values(count);
            let mut sampler = Sampler::default();
            for &nanos in &sorted {
                sampler.record(Duration::from_nanos(nanos));
            }
            let mut samples = sampler.finish();
            sorted.sort_unstable();
            let mut ordered = samples.clone();
            ordered.sort();
            for permille in [0_u64, 1, 10, 500, 900, 990, 999, 1000] {
                let rank = (permille * count).div_ceil(1000).max(1);
                let exact = sorted[usize::try_from(rank - 1).expect("small")] as f64 / 1e9;
                let got = samples.quantile_s(permille, 1000).expect("a quantile");
                assert!((got - exact).abs() <= error * exact, "{permille} ‰ of {count}: {got} against {exact}");
                assert_eq!(ordered.quantile_s(permille, 1000), Some(got), "{permille} ‰ of {count}, sorted first");
            }
        }
    }

    #[test]
    fn values_that_come_again_and_again_are_all_counted() {
        let (few, many) = (130_000, 170_001);
        let mut sampler = Sampler::default();
        for index in 0..few.max(many) {
            for (count, nanos) in [(few, 1_000), (many, 2_000_000)] {
                if index < count {
                    sampler.record(Duration::from_nanos(nanos));
                }
            }
        }
        let mut samples = sampler.finish();
        assert_eq!(samples.count(), few + many);
        for (rank, expected) in [(1, 1e-6), (few, 1e-6), (few + 1, 2e-3), (few + many, 2e-3)] {
            let got = samples.quantile_s(rank, few + many).expect("a quantile");
            assert!((got - expected).abs() <= 5e-4 * expected, "rank {rank}: {got} against {expected}");
        }
    }

    #[test]
    fn a_value_beyond_all_reason_is_still_a_value() {
        let mut sampler = Sampler::default();
        for _ in 0..=EXACT_MAX {
            sampler.record(Duration::MAX);
        }
        let mut samples = sampler.finish();
        assert!(samples.quantile_s(1, 2).expect("a quantile") > 2e9);
    }
}
