//! Named random streams.
//!
//! Every draw has a name: the key is the run's (seed, replication), and purpose, instance and index name the draw.
//! Draws share no state and do not depend on the order of construction or of drawing. So a draw that only one
//! alternative makes never shifts another draw: common random numbers hold by construction.
//!
//! Two kinds of stream, both based on `ChaCha8` (`rand_chacha`) with the key (seed, replication) and the purpose as
//! stream id:
//!
//! * a [`Sequence`] is one `ChaCha` stream read in order, for the few processes that run through the whole run
//!   (arrivals, failures);
//! * [`Draws`] are addressed at random, for one of millions of instances: `ChaCha` gives the purpose's key, and the draw
//!   (instance, index) is the value of a counter-based generator at that counter. It keeps no state per instance and
//!   takes a few nanoseconds; a `ChaCha` stream per instance takes sixty nanoseconds and 300 bytes.
//!
//! The counter-based generator is Widynski's Squares (B. Widynski, "Squares: A Fast Counter-Based RNG",
//! arXiv 2004.06278, the five-round 64-bit form), with keys made as its author asks. The key of a purpose comes from the
//! `ChaCha` stream of the purpose and the instance `u32::MAX`, so no [`Sequence`] has that instance.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::distribution::Distribution;
use crate::time::Duration;

/// The name of a run's randomness. What the model does is not part of the name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RunKey {
    /// The seed, shared by all replications.
    pub seed: u64,
    /// The replication, from 0.
    pub replication: u32,
}

/// The end of every key: a constant that separates these streams from others with the same seed.
const APART: &[u8; 16] = b"pushpull streams";

/// The instance whose `ChaCha` stream gives the key of a purpose's [`Draws`].
const KEY_INSTANCE: u32 = u32::MAX;

impl RunKey {
    /// The `ChaCha` stream of `purpose`, for `instance` of it.
    #[inline]
    fn chacha(self, purpose: u32, instance: u32) -> ChaCha8Rng {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&self.seed.to_le_bytes());
        key[8..12].copy_from_slice(&self.replication.to_le_bytes());
        key[16..].copy_from_slice(APART);
        let mut generator = ChaCha8Rng::from_seed(key);
        generator.set_stream(u64::from(purpose) << 32 | u64::from(instance));
        generator
    }
}

/// 53 random bits as a fraction in [0, 1).
pub(super) fn fraction(bits: u64) -> f64 {
    (bits >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
}

/// One `ChaCha` stream, read in order.
#[derive(Clone, Debug)]
pub struct Sequence(ChaCha8Rng);

impl Sequence {
    /// The stream of `purpose` for `instance`.
    ///
    /// # Panics
    /// If `instance` is `u32::MAX`: that stream gives the key of the purpose's [`Draws`].
    #[must_use]
    #[inline]
    pub fn new(key: RunKey, purpose: u32, instance: u32) -> Self {
        assert!(instance != KEY_INSTANCE, "the instance u32::MAX belongs to the key of Draws");
        Self(key.chacha(purpose, instance))
    }

    /// The next uniform in [0, 1).
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        fraction(self.0.next_u64())
    }

    /// The next variate of the exponential distribution of `mean` seconds.
    #[inline]
    pub fn exponential(&mut self, mean: f64) -> Duration {
        Duration::from_secs_f64(-mean * libm::log1p(-self.uniform()))
    }

    /// The next variate of `distribution`. Uses one uniform for every distribution.
    #[inline]
    pub fn duration(&mut self, distribution: &Distribution) -> Duration {
        distribution.draw(self.0.next_u64())
    }
}

/// The draws of one purpose, addressed by instance and index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draws {
    key: u64,
}

impl Draws {
    /// The draws of `purpose`.
    #[must_use]
    #[inline]
    pub fn new(key: RunKey, purpose: u32) -> Self {
        Self { key: squares_key(&mut key.chacha(purpose, KEY_INSTANCE)) }
    }

    /// 64 random bits, always the same for the same `instance` and `index`.
    #[must_use]
    #[inline]
    pub fn bits(self, instance: u32, index: u32) -> u64 {
        squares64(u64::from(instance) << 32 | u64::from(index), self.key)
    }

    /// A uniform in [0, 1).
    #[must_use]
    #[inline]
    pub fn uniform(self, instance: u32, index: u32) -> f64 {
        fraction(self.bits(instance, index))
    }

    /// True with this `probability`: never at 0, always at 1.
    #[must_use]
    #[inline]
    pub fn happens(self, instance: u32, index: u32, probability: f64) -> bool {
        probability > 0.0 && self.uniform(instance, index) < probability
    }

    /// A whole number below `bound`, > 0, uniform up to 2^-32. A bound of 1 draws nothing.
    #[must_use]
    #[inline]
    pub fn below(self, instance: u32, index: u32, bound: u32) -> u32 {
        if bound == 1 {
            return 0;
        }
        let product = (self.bits(instance, index) >> 32) * u64::from(bound);
        u32::try_from(product >> 32).expect("the upper half of a 64-bit number")
    }

    /// A variate of `distribution`. A constant draws nothing; no other draw depends on that.
    #[must_use]
    #[inline(always)]
    pub fn duration(self, instance: u32, index: u32, distribution: &Distribution) -> Duration {
        match distribution {
            Distribution::Constant(duration) => *duration,
            _ => distribution.draw(self.bits(instance, index)),
        }
    }

    /// Uniform on [0, `max`); zero if the interval is empty.
    #[must_use]
    #[inline]
    pub fn jitter(self, instance: u32, index: u32, max: Duration) -> Duration {
        if max == Duration::ZERO {
            return max;
        }
        let product = u128::from(self.bits(instance, index)) * u128::from(max.as_nanos());
        Duration::from_nanos(u64::try_from(product >> 64).expect("below max"))
    }
}

/// Five rounds of middle-square with a Weyl sequence at position `counter`.
#[inline]
const fn squares64(counter: u64, key: u64) -> u64 {
    let y = counter.wrapping_mul(key);
    let z = y.wrapping_add(key);
    let mut x = y;
    x = x.wrapping_mul(x).wrapping_add(y).rotate_right(32);
    x = x.wrapping_mul(x).wrapping_add(z).rotate_right(32);
    x = x.wrapping_mul(x).wrapping_add(y).rotate_right(32);
    x = x.wrapping_mul(x).wrapping_add(z);
    let t = x;
    x = x.rotate_right(32);
    t ^ (x.wrapping_mul(x).wrapping_add(y) >> 32)
}

/// A key as the paper requires: its upper eight hexadecimal digits all differ, so do its lower eight, and it is odd.
fn squares_key(generator: &mut ChaCha8Rng) -> u64 {
    let mut key = 0;
    for _half in 0..2 {
        let mut used = 0_u16;
        let mut digits = 0;
        while digits < 8 {
            let digit = generator.next_u32() >> 28;
            if used & (1 << digit) == 0 && (digits < 7 || digit % 2 == 1) {
                used |= 1 << digit;
                key = key << 4 | u64::from(digit);
                digits += 1;
            }
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: RunKey = RunKey { seed: 42, replication: 0 };

    #[test]
    fn the_first_values_of_some_streams_never_change() {
        let mut sequence = Sequence::new(KEY, 7, 3);
        let sequence = [sequence.0.next_u64(), sequence.0.next_u64()];
        let draws = Draws::new(KEY, 7);
        assert_eq!(sequence, PINNED_SEQUENCE);
        assert_eq!([draws.bits(0, 0), draws.bits(17, 2)], PINNED_DRAWS);
    }

    const PINNED_SEQUENCE: [u64; 2] = [8_610_321_971_236_885_786, 5_985_741_827_246_077_154];
    const PINNED_DRAWS: [u64; 2] = [13_374_350_627_535_466_668, 15_216_804_261_975_127_160];

    #[test]
    fn squares_gives_the_values_of_an_implementation_written_from_the_paper() {
        // Computed with Python's integers from the formulas of the paper.
        let key = 0xc58e_fd15_4ce3_2f6d;
        assert_eq!(squares64(0, key), 0x8352_d815_14c3_f20f);
        assert_eq!(squares64(1, key), 0x4d64_5c71_0dea_443c);
        assert_eq!(squares64(17 << 32 | 5, key), 0x5af2_3710_257c_79d4);
    }

    #[test]
    fn keys_are_odd_and_their_halves_repeat_no_digit() {
        for purpose in 0..200 {
            let key = Draws::new(KEY, purpose).key;
            assert_eq!(key % 2, 1);
            for half in [key >> 32, key & 0xffff_ffff] {
                let digits: std::collections::BTreeSet<u64> = (0..8).map(|i| half >> (4 * i) & 15).collect();
                assert_eq!(digits.len(), 8, "{key:016x}");
            }
        }
    }

    #[test]
    fn streams_differ_by_seed_replication_purpose_and_instance() {
        let first = |key: RunKey, purpose, instance| Sequence::new(key, purpose, instance).0.next_u64();
        let base = first(KEY, 1, 1);
        assert_ne!(base, first(RunKey { seed: 43, ..KEY }, 1, 1));
        assert_ne!(base, first(RunKey { replication: 1, ..KEY }, 1, 1));
        assert_ne!(base, first(KEY, 2, 1));
        assert_ne!(base, first(KEY, 1, 2));
    }

    #[test]
    #[should_panic = "belongs to the key of Draws"]
    fn no_sequence_has_the_instance_of_the_keys() {
        let _ = Sequence::new(KEY, 1, u32::MAX);
    }

    #[test]
    fn certain_and_impossible_events_are_just_that() {
        let draws = Draws::new(KEY, 1);
        assert!((0..10_000).all(|i| draws.happens(i, 0, 1.0) && !draws.happens(i, 0, 0.0)));
    }

    #[test]
    fn uniforms_fill_the_unit_interval_evenly() {
        // χ² over 100 cells of 10^6 draws: mean 99, σ 14.1; 99.99 % quantile 161.3.
        for (instances, indices) in [(1_000_000, 1), (250_000, 4), (1_000, 1_000)] {
            let draws = Draws::new(KEY, 5);
            let mut cells = [0_u32; 100];
            for instance in 0..instances {
                for index in 0..indices {
                    cells[draws.below(instance, index, 100) as usize] += 1;
                }
            }
            let square = |n: u32| (f64::from(n) - 1e4) * (f64::from(n) - 1e4);
            let chi: f64 = cells.iter().map(|&n| square(n) / 1e4).sum();
            assert!(chi < 161.3 && chi > 50.0, "{instances}×{indices}: {chi}");
        }
    }
}
