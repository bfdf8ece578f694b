//! Taking samples, on the simulator's hottest path: values are kept while few, and counted by bucket when many.
//!
//! While a run lasts a bucket is one byte, and its overruns are counted elsewhere. Why: the buckets in use of four
//! distributions stay in the nearest cache, which words of eight bytes would leave. Gain: 6 % less time
//! (docs/performance.md, "What made the difference"). Tests: `values_that_come_again_and_again_are_all_counted` and the
//! errors of quantiles, in `samples.rs`.

use des::Duration;

use super::histogram::{bucket, lowest};
use super::samples::{EXACT_MAX, Samples};

/// Collects the values of one distribution of one run.
#[derive(Default)]
pub(crate) struct Sampler {
    /// All that is known, but the values that `counts` holds.
    samples: Samples,
    /// How many values fell into each bucket, the lowest byte, so that the buckets in use stay in the nearest cache;
    /// empty while there are few.
    counts: Vec<u8>,
    /// How often each of these bytes ran over.
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

    /// Counts a value of a bucket that is there.
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

    /// Adds one value that never came: it counts as infinite in quantiles and nowhere else.
    pub(crate) fn record_infinite(&mut self) {
        self.samples.infinite += 1;
    }

    /// Adds a value while there are few, or the first of a bucket beyond all before.
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

    /// Counts a value whose bucket may not be there.
    fn count_anew(&mut self, nanos: u64) {
        let bucket = bucket(nanos);
        if bucket >= self.counts.len() {
            self.counts.resize(bucket + 1, 0);
            self.overruns.resize(bucket + 1, 0);
        }
        self.count(bucket);
    }

    /// What was sampled.
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
