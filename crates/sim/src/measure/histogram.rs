//! A histogram of whole numbers with eleven bits of each number, that is three significant decimal digits.
//!
//! Numbers below 2,048 have a bucket each. Above, each doubling is divided into 1,024 buckets of equal width, so the
//! midpoint of a bucket is within 0.05 % of every number in it.

/// Bits below the leading one that select the bucket.
const BITS: u32 = 10;

/// Numbers above this one count as this one: in nanoseconds, 73 years.
const MAX: u64 = 1 << 61;

/// Counts by bucket.
#[derive(Clone, Debug, Default)]
pub(crate) struct Histogram {
    /// The length grows with the largest number.
    counts: Vec<u64>,
}

impl Histogram {
    /// Adds a number `times` times. Zero counts as 1, and numbers above 2^61 count as 2^61.
    pub(crate) fn record(&mut self, number: u64, times: u64) {
        let bucket = bucket(number.clamp(1, MAX));
        if bucket >= self.counts.len() {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] += times;
    }

    /// The buckets with numbers, in ascending order, each with its count.
    pub(crate) fn recorded(&self) -> impl Iterator<Item = (Bucket, u64)> + '_ {
        self.counts.iter().enumerate().filter(|&(_, &count)| count > 0).map(|(bucket, &count)| (Bucket(bucket), count))
    }
}

/// A bucket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Bucket(usize);

impl Bucket {
    /// The midpoint, rounded up.
    pub(crate) fn midpoint(self) -> u64 {
        lowest(self.0) + (width(self.0) >> 1)
    }

    /// The largest number.
    pub(crate) fn highest(self) -> u64 {
        lowest(self.0) + (width(self.0) - 1)
    }
}

/// The bucket of a number.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "what is left has eleven bits")]
pub(crate) fn bucket(number: u64) -> usize {
    let shift = (number >> BITS | 1).ilog2();
    ((shift as usize) << BITS) + (number >> shift) as usize
}

/// The smallest number of a bucket.
pub(crate) fn lowest(bucket: usize) -> u64 {
    let shift = shift(bucket);
    ((bucket - (shift << BITS)) as u64) << shift
}

/// Number of different numbers in a bucket.
fn width(bucket: usize) -> u64 {
    1 << shift(bucket)
}

/// Low bits of a number that do not select the bucket.
fn shift(bucket: usize) -> usize {
    (bucket >> BITS).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_follow_each_other_without_gap_and_hold_their_own_numbers() {
        for bucket_ in 0..bucket(MAX) {
            let this = Bucket(bucket_);
            assert_eq!(bucket(lowest(bucket_)), bucket_);
            assert_eq!(bucket(this.highest()), bucket_);
            assert_eq!(bucket(this.midpoint()), bucket_);
            assert_eq!(this.highest() + 1, lowest(bucket_ + 1));
        }
    }

    #[test]
    fn a_midpoint_is_within_a_twentieth_of_a_percent_of_the_numbers_of_its_bucket() {
        for bucket_ in 1..bucket(MAX) {
            let this = Bucket(bucket_);
            for number in [lowest(bucket_), this.highest()] {
                let error = this.midpoint().abs_diff(number) as f64 / number as f64;
                assert!(error <= 5e-4, "{number} in a bucket around {}", this.midpoint());
            }
        }
    }

    #[test]
    fn what_was_recorded_comes_back_in_order_with_its_counts() {
        let mut histogram = Histogram::default();
        for (number, times) in [(5_000_000, 2), (7, 1), (u64::MAX, 3), (0, 4), (5_000_001, 1), (1 << 61, 1)] {
            histogram.record(number, times);
        }
        let recorded: Vec<(u64, u64)> = histogram.recorded().map(|(bucket, count)| (lowest(bucket.0), count)).collect();
        assert_eq!(recorded, [(1, 4), (7, 1), (4_997_120, 3), (1 << 61, 4)]);
    }
}
