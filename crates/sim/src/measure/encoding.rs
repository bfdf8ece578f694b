//! Distributions as bytes, so that runs can be pooled across processes: one canonical form for one content.
//!
//! Numbers are written seven bits at a time, lowest first (LEB128); sorted values as differences.

use super::histogram::Histogram;
use super::outcome::Distributions;
use super::samples::{EXACT_MAX, Samples};
use super::stale_age::StaleAge;

/// Appends `value`.
///
/// ```
/// use sim::measure::encoding::{put, take};
/// let mut bytes = Vec::new();
/// put(&mut bytes, 300);
/// assert_eq!(bytes, [0b1010_1100, 0b10]);
/// assert_eq!(take(&mut bytes.as_slice()), Some(300));
/// ```
pub fn put(bytes: &mut Vec<u8>, mut value: u128) {
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push((value & 0x7f) as u8);
}

/// Takes a value off the front; none if the bytes end early or the number is too large.
pub fn take(bytes: &mut &[u8]) -> Option<u128> {
    // Nine times seven bits fit into a word.
    let mut word = 0_u64;
    for (index, &byte) in bytes.iter().take(9).enumerate() {
        word |= u64::from(byte & 0x7f) << (7 * index);
        if byte < 0x80 {
            *bytes = &bytes[index + 1..];
            return Some(word.into());
        }
    }
    take_long(bytes)
}

fn take_long(bytes: &mut &[u8]) -> Option<u128> {
    let mut value = 0_u128;
    for shift in (0..).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let part = u128::from(byte & 0x7f);
        if shift >= 128 || (part << shift) >> shift != part {
            return None;
        }
        value |= part << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// Takes a value off the front; none if it does not fit the type.
pub fn take_as<T: TryFrom<u128>>(bytes: &mut &[u8]) -> Option<T> {
    T::try_from(take(bytes)?).ok()
}

impl Distributions {
    /// Appends the content.
    pub fn encode(&self, bytes: &mut Vec<u8>) {
        for samples in &self.samples {
            encode_samples(samples, bytes);
        }
        encode_stale_age(&self.stale_age, bytes);
    }

    /// Takes the output of [`Distributions::encode`] off the front; none if the bytes are invalid.
    #[must_use]
    pub fn decode(bytes: &mut &[u8]) -> Option<Self> {
        let mut distributions = Self::default();
        for samples in &mut distributions.samples {
            *samples = decode_samples(bytes)?;
        }
        distributions.stale_age = decode_stale_age(bytes)?;
        Some(distributions)
    }
}

fn encode_samples(samples: &Samples, bytes: &mut Vec<u8>) {
    for value in [samples.finite.into(), samples.infinite.into(), samples.sum, samples.max.into()] {
        put(bytes, value);
    }
    put(bytes, samples.histogram.is_some().into());
    let Some(histogram) = &samples.histogram else { return put_sorted(&samples.exact, bytes) };
    put(bytes, histogram.recorded().count() as u128);
    let mut previous = 0;
    for (bucket, count) in histogram.recorded() {
        put(bytes, u128::from(bucket.highest() - previous));
        put(bytes, count.into());
        previous = bucket.highest();
    }
}

/// Maximum number of values of a distribution in one piece: more than any run makes, and small enough that sums fit.
const VALUES_MAX: u64 = 1 << 40;

/// The samples, if the bytes are consistent: as many values as announced, and none above the maximum.
fn decode_samples(bytes: &mut &[u8]) -> Option<Samples> {
    let (finite, infinite) = (take_as(bytes)?, take_as(bytes)?);
    let (sum, max) = (take(bytes)?, take_as(bytes)?);
    if finite > VALUES_MAX || infinite > VALUES_MAX || sum > u128::from(finite) * u128::from(max) {
        return None;
    }
    let mut samples = Samples::restored(finite, infinite, sum, max);
    if take(bytes)? == 0 {
        samples.exact = take_sorted(bytes)?;
        let fits = samples.exact.len() as u64 == finite && samples.exact.last().copied().unwrap_or(0) == max;
        return (fits && samples.exact.len() <= EXACT_MAX).then_some(samples);
    }
    let mut histogram = Histogram::default();
    let (mut value, mut left) = (0_u64, finite);
    for _ in 0..take(bytes)? {
        value = value.checked_add(take_as(bytes)?)?;
        let times = take_as(bytes)?;
        left = left.checked_sub(times)?;
        histogram.record(value, times);
    }
    samples.histogram = Some(histogram);
    (left == 0 && finite > 0).then_some(samples)
}

fn encode_stale_age(stale_age: &StaleAge, bytes: &mut Vec<u8>) {
    put(bytes, stale_age.fresh);
    for ages in [&stale_age.begins, &stale_age.ends] {
        put_sorted(ages, bytes);
    }
}

/// The stale age, if the bytes are consistent: every stretch of staleness ends, and not before it begins.
fn decode_stale_age(bytes: &mut &[u8]) -> Option<StaleAge> {
    let ages = StaleAge { fresh: take(bytes)?, begins: take_sorted(bytes)?, ends: take_sorted(bytes)? };
    let pairs = ages.begins.len() == ages.ends.len() && ages.begins.iter().zip(&ages.ends).all(|(from, to)| from <= to);
    (pairs && ages.fresh <= FRESH_MAX).then_some(ages)
}

/// Maximum record-time in one piece, nanoseconds: a billion records for a thousand years.
const FRESH_MAX: u128 = 1 << 96;

/// Values in any order, written as their number and the differences of the sorted values.
fn put_sorted(values: &[u64], bytes: &mut Vec<u8>) {
    if !values.is_sorted() {
        let mut values = values.to_vec();
        values.sort_unstable();
        return put_sorted(&values, bytes);
    }
    put(bytes, values.len() as u128);
    let mut previous = 0;
    // Written to an array of fixed length: appending byte by byte to a vector costs several times as much.
    for values in values.chunks(64) {
        let start = bytes.len();
        bytes.resize(start + values.len() * WORD_BYTES_MAX, 0);
        let (added, mut end) = (&mut bytes[start..], 0);
        for &value in values {
            let mut rest = value - previous;
            while rest >= 0x80 {
                added[end] = (rest & 0x7f) as u8 | 0x80;
                rest >>= 7;
                end += 1;
            }
            added[end] = (rest & 0x7f) as u8;
            end += 1;
            previous = value;
        }
        bytes.truncate(start + end);
    }
}

/// Maximum length of a 64-bit number, bytes.
const WORD_BYTES_MAX: usize = 10;

fn take_sorted(bytes: &mut &[u8]) -> Option<Vec<u64>> {
    let mut value = 0_u64;
    let mut values = Vec::new();
    for _ in 0..take(bytes)? {
        value = value.checked_add(take_as(bytes)?)?;
        values.push(value);
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::sampler::Sampler;
    use crate::measure::{DISTRIBUTIONS, EXACT_MAX};
    use des::Duration;

    fn filled(values: usize) -> Distributions {
        let mut samplers = [(); 4].map(|()| Sampler::default());
        for i in 0..values as u64 {
            samplers[0].record(Duration::from_micros(i * 7919 % 1_000_003));
        }
        samplers[1].record_infinite();
        let mut distributions = Distributions { samples: samplers.map(Sampler::finish), ..Distributions::default() };
        distributions.stale_age.record_fresh(1 << 80);
        for (begin, end) in [(3, 5), (1, 2)] {
            distributions.stale_age.begin(Duration::from_secs(begin));
            distributions.stale_age.end(Duration::from_secs(end));
        }
        distributions
    }

    fn encoded(distributions: &Distributions) -> Vec<u8> {
        let mut bytes = Vec::new();
        distributions.encode(&mut bytes);
        bytes
    }

    #[test]
    fn what_was_encoded_comes_back_and_encodes_alike() {
        for values in [0, 10, EXACT_MAX + 5] {
            let mut before = filled(values);
            let bytes = encoded(&before);
            let mut rest = bytes.as_slice();
            let mut after = Distributions::decode(&mut rest).expect("bytes that were just written");
            assert!(rest.is_empty());
            assert_eq!(encoded(&after), bytes);
            for index in 0..DISTRIBUTIONS.len() {
                assert_eq!(before.quantile_s(index, 9, 10), after.quantile_s(index, 9, 10));
                assert_eq!(before.count(index), after.count(index));
            }
        }
    }

    #[test]
    fn pooling_first_or_encoding_first_gives_the_same_bytes() {
        let (a, b) = (filled(50_000), filled(40_000));
        let mut pooled = a.clone();
        pooled.merge(&b);
        let mut other = Distributions::decode(&mut encoded(&b).as_slice()).expect("bytes that were just written");
        other.merge(&Distributions::decode(&mut encoded(&a).as_slice()).expect("bytes that were just written"));
        assert_eq!(encoded(&pooled), encoded(&other));
    }

    #[test]
    fn sorted_values_come_back_however_far_apart() {
        let mut values: Vec<u64> = (0..300).map(|i| i * i * i).chain([1 << 40, u64::MAX - 1, u64::MAX]).collect();
        let mut bytes = Vec::new();
        put_sorted(&values, &mut bytes);
        assert_eq!(take_sorted(&mut bytes.as_slice()).as_ref(), Some(&values));
        values.reverse();
        let mut reversed = Vec::new();
        put_sorted(&values, &mut reversed);
        assert_eq!(reversed, bytes);
    }

    #[test]
    fn torn_bytes_are_refused() {
        let bytes = encoded(&filled(10));
        for length in 0..bytes.len() {
            assert!(Distributions::decode(&mut &bytes[..length]).is_none(), "{length} of {} bytes", bytes.len());
        }
    }
}
