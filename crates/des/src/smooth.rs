//! Distributions whose quantile function is a formula, and a table that makes their variates cheap.
//!
//! A lognormal quantile by formula takes fifty nanoseconds, as much as several events. So a distribution is a table of
//! cubics that agree with the formula in value and slope at the knots. From either end of the unit interval, every octave
//! (1/2 to 1/4, 1/4 to 1/8 and so on) has sixteen cubics: enough where a distribution is steep, and few enough for the L1
//! cache. The relative error is below 2e-6 for σ ≤ 2 (tested), far below the
//! accuracy of any measured latency. The formula itself is used at the ends, for one draw in 4,096, and wherever a
//! distribution is too steep for cubics. Transcendental functions come from the pure-Rust `libm`, so every platform
//! computes the same table.

use std::fmt;
use std::sync::OnceLock;

use crate::normal::normal_quantile;
use crate::stream::fraction;
use crate::time::{Duration, NANOS_PER_SECOND};

/// Octaves of each half of the unit interval that are in the table.
const OCTAVES: u32 = 12;
/// Bits that name a cubic within its octave.
const BITS: u32 = 4;
/// Cubics of a distribution: octave by octave, in each those of the lower half and of the upper half in turn.
const CUBICS: usize = (OCTAVES as usize) << BITS << 1;

/// A continuous distribution given by its quantile function.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Formula {
    /// −mean·ln(1 − u); mean in seconds.
    Exponential { mean: f64 },
    /// median·exp(σz(u)); median in seconds.
    Lognormal { median: f64, sigma: f64 },
    /// min·(1 − u)^(−1/shape); min in seconds.
    Pareto { min: f64, shape: f64 },
}

impl Formula {
    /// The quantile at `u` in [0, 1), s.
    fn value(self, u: f64) -> f64 {
        match self {
            Self::Exponential { mean } => -mean * libm::log1p(-u),
            Self::Lognormal { median, sigma } => median * libm::exp(sigma * normal_quantile(u)),
            Self::Pareto { min, shape } => min * libm::exp(-libm::log1p(-u) / shape),
        }
    }

    /// The derivative with respect to u, s, given the value at u.
    fn slope(self, u: f64, value: f64) -> f64 {
        match self {
            Self::Exponential { mean } => mean / (1.0 - u),
            Self::Lognormal { sigma, .. } => {
                let z = normal_quantile(u);
                let density = libm::exp(-z * z / 2.0) / libm::sqrt(2.0 * std::f64::consts::PI);
                value * sigma / density
            }
            Self::Pareto { shape, .. } => value / (shape * (1.0 - u)),
        }
    }

    /// The mean, s; infinite where it does not exist.
    pub(super) fn mean(self) -> f64 {
        match self {
            Self::Exponential { mean } => mean,
            Self::Lognormal { median, sigma } => median * libm::exp(sigma * sigma / 2.0),
            Self::Pareto { shape, .. } if shape <= 1.0 => f64::INFINITY,
            Self::Pareto { min, shape } => shape * min / (shape - 1.0),
        }
    }
}

/// The coefficients of one cubic, constant first, in nanoseconds, on 1 to 2 from knot to knot.
type Cubic = [f64; 4];

/// From here on neighbouring `f64` values are 1 apart. Adding this number rounds to a whole, found in the low bits.
const WHOLE: f64 = (1_u64 << 52) as f64;

/// A distribution given by a formula, with its table. The table is computed at the first draw.
pub struct Smooth {
    pub(super) formula: Formula,
    table: OnceLock<Box<[Cubic; CUBICS]>>,
}

impl Smooth {
    pub(super) fn new(formula: Formula) -> Self {
        Self { formula, table: OnceLock::new() }
    }

    /// The value at quantile `u` in [0, 1), rounded to a nanosecond.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 ≤ u·2^53 < 2^53")]
    pub(super) fn quantile(&self, u: f64) -> Duration {
        self.at(((u * (1_u64 << 53) as f64) as u64) << 11)
    }

    /// The value at the quantile that is 64 random `bits` as a fraction, rounded to a nanosecond.
    ///
    /// The first bit gives the half, the number of equal bits after it the octave, the next four bits the cubic, and
    /// the rest the position within the cubic.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "cubics are few")]
    pub(super) fn at(&self, bits: u64) -> Duration {
        // Hot path: events wait for this result, so the code is kept short.
        let upper = bits.cast_signed() >> 63;
        let distance = bits ^ upper.cast_unsigned();
        let zeros = (distance | 1).leading_zeros();
        let within = distance << zeros << 1;
        let octave = (u64::from(zeros) << BITS << 1) - (2 << BITS) + (bits >> 63);
        let cubic = octave + (within >> (64 - BITS) << 1);
        let Some(table) = self.table.get() else { return self.at_first(bits) };
        let Some(&[a, b, c, d]) = table.get(cubic as usize) else { return self.by_formula(bits) };
        let t = f64::from_bits(1.0_f64.to_bits() | within << BITS >> 12);
        let nanos = a + t * (b + t * (c + t * d));
        if nanos < WHOLE {
            return Duration::from_nanos((nanos + WHOLE).to_bits() - WHOLE.to_bits());
        }
        self.by_formula(bits)
    }

    /// Computes the table. Another thread may have computed it meanwhile; nothing depends on which thread was first.
    #[cold]
    #[inline(never)]
    fn at_first(&self, bits: u64) -> Duration {
        self.table.get_or_init(|| table(self.formula));
        self.at(bits)
    }

    /// The formula: for quantiles outside the table, and for values above 52 days.
    #[cold]
    #[inline(never)]
    fn by_formula(&self, bits: u64) -> Duration {
        Duration::from_secs_f64(self.formula.value(fraction(bits)))
    }
}

/// The cubics that agree with the formula in value and slope at every knot.
#[cold]
fn table(formula: Formula) -> Box<[Cubic; CUBICS]> {
    let scale = NANOS_PER_SECOND as f64;
    let mut table = Box::new([Cubic::default(); CUBICS]);
    let mut width = 0.25 / f64::from(1 << BITS);
    for octave in table.chunks_exact_mut(2 << BITS) {
        for (half, towards) in [1.0, -1.0].into_iter().enumerate() {
            // The knot that is this many widths away from the end of the half.
            let knot = |widths: usize| {
                let distance = widths as f64 * width;
                let u = if half == 0 { distance } else { 1.0 - distance };
                let value = formula.value(u);
                (value * scale, formula.slope(u, value) * scale * width * towards)
            };
            let (mut value, mut slope) = knot(1 << BITS);
            for within in 0..1 << BITS {
                let (next, next_slope) = knot((1 << BITS) + within + 1);
                let rise = next - value;
                let (square, cube) = (3.0 * rise - 2.0 * slope - next_slope, slope + next_slope - 2.0 * rise);
                // A cubic with a steeper slope at a knot may not be monotone. NaN selects the formula.
                let constant = if slope.abs().max(next_slope.abs()) > 3.0 * rise.abs() { f64::NAN } else { value };
                octave[within << 1 | half] =
                    [constant - slope + square - cube, slope - 2.0 * square + 3.0 * cube, square - 3.0 * cube, cube];
                (value, slope) = (next, next_slope);
            }
        }
        width /= 2.0;
    }
    table
}

impl PartialEq for Smooth {
    fn eq(&self, other: &Self) -> bool {
        self.formula == other.formula
    }
}

impl fmt::Debug for Smooth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.formula.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_as_near_to_the_formula_as_promised() {
        for (formula, bound) in [
            // Below a millisecond, rounding to a nanosecond dominates: half a nanosecond is 5e-7 of a millisecond.
            (Formula::Exponential { mean: 10.0 }, 6e-7),
            (Formula::Lognormal { median: 10.0, sigma: 0.5 }, 2e-7),
            (Formula::Lognormal { median: 10.0, sigma: 2.0 }, 2e-6),
            (Formula::Pareto { min: 10.0, shape: 1.5 }, 5e-7),
        ] {
            let distribution = Smooth::new(formula);
            let mut worst = 0.0_f64;
            for i in 0..1_000_000 {
                let u = f64::from(i) / 1e6;
                let (exact, got) = (formula.value(u), distribution.quantile(u).as_secs_f64());
                worst = worst.max((got - exact).abs() / exact.max(1e-3));
            }
            assert!(worst < bound, "{formula:?}: {worst:e}");
        }
    }

    #[test]
    fn who_comes_too_late_to_make_the_table_draws_from_it_all_the_same() {
        let distribution = Smooth::new(Formula::Exponential { mean: 1000.0 });
        let bits = || (1..1000_u64).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let drawn: Vec<Duration> = bits().map(|bits| distribution.at(bits)).collect();
        assert!(bits().any(|bits| distribution.by_formula(bits) != distribution.at(bits)), "the difference would show");
        assert_eq!(bits().map(|bits| distribution.at_first(bits)).collect::<Vec<_>>(), drawn);
    }

    #[test]
    fn quantiles_never_fall() {
        for formula in [
            Formula::Exponential { mean: 1e-6 },
            Formula::Lognormal { median: 0.04, sigma: 0.8 },
            Formula::Lognormal { median: 0.04, sigma: 0.0 },
            Formula::Lognormal { median: 1e3, sigma: 4.0 },
            Formula::Lognormal { median: 1e-3, sigma: 40.0 },
            Formula::Pareto { min: 1.0, shape: 0.01 },
        ] {
            let distribution = Smooth::new(formula);
            let values: Vec<Duration> = (0..1_000_000).map(|i| distribution.quantile(f64::from(i) / 1e6)).collect();
            assert!(values.is_sorted(), "{formula:?}");
        }
    }

    #[test]
    fn what_is_too_steep_or_too_long_for_the_table_is_the_formula() {
        for formula in [Formula::Pareto { min: 1.0, shape: 0.01 }, Formula::Exponential { mean: 1e9 }] {
            let distribution = Smooth::new(formula);
            for u in [0.25, 0.5, 0.875, 1023.0 / 1024.0] {
                assert_eq!(distribution.quantile(u), Duration::from_secs_f64(formula.value(u)), "{formula:?} at {u}");
            }
        }
    }
}
