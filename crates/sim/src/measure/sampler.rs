//! Sampling on the simulator's hottest path: a few values are kept one by one, many values are counted by bucket.
//!
//! During a run a bucket is one byte, and its overflows are counted elsewhere. Why: the buckets in use of four
//! distributions stay in the L1 cache; with eight-byte words they would not. Gain: 6 % less time (docs/performance.md,
//! "What made the difference"). Tests: `values_that_come_again_and_again_are_all_counted` and the errors of quantiles,
//! in `samples.rs`.

use des::Duration;

use super::histogram::{bucket, lowest};
use super::samples::{EXACT_MAX, Samples};

/// Collects the values of one distribution of one run.
#[derive(Default)]
pub(crate) struct Sampler {
    /// All values, except those in `counts`.
    samples: Samples,
    /// Lowest byte of each bucket's count. One byte per bucket keeps the buckets in use in the L1 cache. Empty while
    /// there are few values.
    counts: Vec<u8>,
    /// Number of overflows of each of these bytes.
    overruns: Vec<u64>,
}

impl Sampler {
    /// Adds one value.
    #[inline(always)]
    pub(crate) fn record(&mut self, value: Duration) {
        let nanos = value.as_nanos();
        self.samples.note(nanos);
        let bucket = bucket(nanos);
        if bucket < self.counts.len() {
            self.count(bucket);
        } else {
            self.record_first(nanos);
        }
    }

    /// Counts a value whose bucket exists.
    #[inline(always)]
    fn count(&mut self, bucket: usize) {
        let count = &mut self.counts[bucket];
        *count = count.wrapping_add(1);
        if *count == 0 {
            self.run_over(bucket);
        }
    }

    #[cold]
    #[inline(never)]
    fn run_over(&mut self, bucket: usize) {
        self.overruns[bucket] += 1;
    }

    /// Adds one value that was never reached: infinite in quantiles, ignored elsewhere.
    pub(crate) fn record_infinite(&mut self) {
        self.samples.infinite += 1;
    }

    /// Adds a value while there are few values, or the first value of a bucket beyond the existing ones.
    #[inline(never)]
    fn record_first(&mut self, nanos: u64) {
        if !self.counts.is_empty() {
            return self.count_anew(nanos);
        }
        self.samples.exact.push(nanos);
        if self.samples.exact.len() > EXACT_MAX {
            for nanos in std::mem::take(&mut self.samples.exact) {
                self.count_anew(nanos);
            }
        }
    }

    /// Counts a value whose bucket may not exist.
    fn count_anew(&mut self, nanos: u64) {
        let bucket = bucket(nanos);
        if bucket >= self.counts.len() {
            self.counts.resize(bucket + 1, 0);
            self.overruns.resize(bucket + 1, 0);
        }
        self.count(bucket);
    }

    /// The sampled values.
    pub(crate) fn finish(mut self) -> Samples {
        for (bucket, (&count, &overruns)) in self.counts.iter().zip(&self.overruns).enumerate() {
            let count = (overruns << u8::BITS) + u64::from(count);
            if count > 0 {
                self.samples.keep_in_histogram(lowest(bucket), count);
            }
        }
        self.samples.sort_run();
        self.samples
    }
}
