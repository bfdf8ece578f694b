//! Space-filling designs on the unit cube: few points that still cover every key's range.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Maximum number of keys of a design.
pub(crate) const DIMENSIONS_MAX: usize = sobol_burley::NUM_DIMENSIONS as usize;

/// The first `count` points of the Owen-scrambled Sobol' sequence, each row a point of the unit cube of `dimensions`.
///
/// Best with a power of two points.
pub(crate) fn sobol(count: usize, dimensions: usize, seed: u64) -> Vec<Vec<f64>> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "both halves of the seed go in; count and dimensions are small"
    )]
    let (seed, indices, dimensions) = ((seed ^ (seed >> 32)) as u32, 0..count as u32, dimensions as u32);
    let row =
        |index| (0..dimensions).map(|dimension| f64::from(sobol_burley::sample(index, dimension, seed))).collect();
    indices.map(row).collect()
}

/// A seed for each of several independently scrambled sequences.
pub(crate) fn scramble(seed: u64, block: u32) -> u64 {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    // Beyond the streams of Latin hypercubes.
    generator.set_stream(u64::MAX - u64::from(block));
    u64::from(generator.next_u32())
}

/// A Latin hypercube: in each dimension every one of `count` equal slices holds exactly one point, at a random place.
///
/// M. D. `McKay`, R. J. Beckman, W. J. Conover, "A comparison of three methods for selecting values of input variables
/// in the analysis of output from a computer code", Technometrics 21 (1979) 239–245.
pub(crate) fn latin_hypercube(count: usize, dimensions: usize, seed: u64, block: u64) -> Vec<Vec<f64>> {
    let mut rows = vec![Vec::with_capacity(dimensions); count];
    for dimension in 0..dimensions {
        // One stream per block and dimension, so that an additional key does not change the values of others.
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream((block << 32) | dimension as u64);
        let mut slices: Vec<usize> = (0..count).collect();
        for last in (1..count).rev() {
            slices.swap(last, below(&mut generator, last + 1));
        }
        for (row, slice) in rows.iter_mut().zip(slices) {
            row.push((slice as f64 + unit(&mut generator)) / count as f64);
        }
    }
    rows
}

/// Uniform on [0, 1).
fn unit(generator: &mut ChaCha8Rng) -> f64 {
    (generator.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// Uniform on 0..`bound`, by multiplication; the bias is below `bound`/2^64.
#[expect(clippy::cast_possible_truncation, reason = "the product's upper half is below bound")]
fn below(generator: &mut ChaCha8Rng, bound: usize) -> usize {
    ((u128::from(generator.next_u64()) * bound as u128) >> 64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For one dimension, the slice of [0, 1), of `count`, that contains each row's value.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the value is in [0, 1)")]
    fn slices(rows: &[Vec<f64>], dimension: usize, count: usize) -> Vec<usize> {
        rows.iter().map(|row| (row[dimension] * count as f64) as usize).collect()
    }

    #[test]
    fn each_slice_of_a_latin_hypercube_holds_one_point() {
        let rows = latin_hypercube(50, 3, 7, 0);
        for dimension in 0..3 {
            let mut filled = slices(&rows, dimension, 50);
            filled.sort_unstable();
            assert_eq!(filled, (0..50).collect::<Vec<_>>());
        }
        assert_eq!(rows, latin_hypercube(50, 3, 7, 0));
        assert_ne!(rows, latin_hypercube(50, 3, 8, 0));
    }

    #[test]
    fn a_sobol_design_of_a_power_of_two_is_stratified_in_each_dimension() {
        let rows = sobol(64, 4, 7);
        for dimension in 0..4 {
            let mut filled = slices(&rows, dimension, 64);
            filled.sort_unstable();
            assert_eq!(filled, (0..64).collect::<Vec<_>>());
        }
        // Pairs of dimensions: a (0, 2)-sequence puts one point in each 8 × 8 box.
        let mut boxes: Vec<(usize, usize)> = slices(&rows, 0, 8).into_iter().zip(slices(&rows, 1, 8)).collect();
        boxes.sort_unstable();
        boxes.dedup();
        assert_eq!(boxes.len(), 64);
    }
}
